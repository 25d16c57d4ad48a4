//! The bounds of a stream: how far a delivery may be from the one before it.
//! Here because what is honest differs: a roll is complete each month, orders may fall by half.
//! In: what a configuration says, layer upon layer. Out: complete bounds, each with its key.
//! Not here: which file says it (the binary's settings).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done about something that is either there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reaction {
    /// A person looks first.
    Hold,
    /// Taken.
    Allow,
}

impl Reaction {
    /// The word written and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Allow => "allow",
        }
    }
}

/// What is done about the very rows of another period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sameness {
    /// A person looks first, always.
    Hold,
    /// A person looks first when it is unlikely to be honest: most dates of some column are of that other period, or the
    /// periods approved so far, two at least, all differ from the one before.
    Unlikely,
    /// Taken.
    Allow,
}

impl Sameness {
    /// The word written and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Unlikely => "unlikely",
            Self::Allow => "allow",
        }
    }
}

/// The bounds of a stream, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Whether anything is held at all.
    pub enabled: bool,
    /// Rows, of this period and of the one before: with fewer, counts and shares say nothing and are not compared.
    pub rows_min: u64,
    /// Rows may fall by so many percent of the period before; 100: never held for it.
    pub rows_fall_percent_max: u64,
    /// A column's share of empty cells may rise by so many percentage points; 100: never held for it.
    pub empty_percent_rise_max: u64,
    /// So many percent of a column's values may become values of another kind (number, date, other); 100: never held for it.
    pub kind_change_percent_max: u64,
    /// A column's median may become so many times greater or smaller; 0: never held for it.
    pub unit_shift_factor_max: u64,
    /// A column whose header the sheet no longer has.
    pub vanished_column: Reaction,
    /// A column that came under a header it never had.
    pub renamed_column: Reaction,
    /// Columns in another order.
    pub reordered_columns: Reaction,
    /// The very rows of another period.
    pub same_content: Sameness,
    /// A period never seen that is older than one that was.
    pub older_period: Reaction,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            enabled: true,
            rows_min: 20,
            rows_fall_percent_max: 25,
            empty_percent_rise_max: 50,
            kind_change_percent_max: 50,
            unit_shift_factor_max: 50,
            vanished_column: Reaction::Hold,
            renamed_column: Reaction::Hold,
            reordered_columns: Reaction::Hold,
            same_content: Sameness::Unlikely,
            older_period: Reaction::Hold,
        }
    }
}

impl Bounds {
    /// The bound called `key`, as it would be written.
    #[must_use]
    pub fn written(&self, key: &str) -> Option<String> {
        let number = match key {
            "rows_min" => self.rows_min,
            "rows_fall_percent_max" => self.rows_fall_percent_max,
            "empty_percent_rise_max" => self.empty_percent_rise_max,
            "kind_change_percent_max" => self.kind_change_percent_max,
            "unit_shift_factor_max" => self.unit_shift_factor_max,
            "enabled" => return Some(self.enabled.to_string()),
            "vanished_column" => return Some(self.vanished_column.as_str().to_owned()),
            "renamed_column" => return Some(self.renamed_column.as_str().to_owned()),
            "reordered_columns" => return Some(self.reordered_columns.as_str().to_owned()),
            "same_content" => return Some(self.same_content.as_str().to_owned()),
            "older_period" => return Some(self.older_period.as_str().to_owned()),
            _ => return None,
        };
        Some(number.to_string())
    }
}

/// Bounds as a configuration writes them: every key is optional, what is not written is taken from the layer below.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoundsWritten {
    enabled: Option<bool>,
    rows_min: Option<u64>,
    rows_fall_percent_max: Option<u64>,
    empty_percent_rise_max: Option<u64>,
    kind_change_percent_max: Option<u64>,
    unit_shift_factor_max: Option<u64>,
    vanished_column: Option<Reaction>,
    renamed_column: Option<Reaction>,
    reordered_columns: Option<Reaction>,
    same_content: Option<Sameness>,
    older_period: Option<Reaction>,
}

impl BoundsWritten {
    /// The keys there are, in the order they are shown.
    pub const KEYS: [&'static str; 11] = [
        "enabled",
        "rows_min",
        "rows_fall_percent_max",
        "empty_percent_rise_max",
        "kind_change_percent_max",
        "unit_shift_factor_max",
        "vanished_column",
        "renamed_column",
        "reordered_columns",
        "same_content",
        "older_period",
    ];

    /// `below`, with what is written here in its place.
    #[must_use]
    pub fn over(&self, below: &Bounds) -> Bounds {
        Bounds {
            enabled: self.enabled.unwrap_or(below.enabled),
            rows_min: self.rows_min.unwrap_or(below.rows_min),
            rows_fall_percent_max: self.rows_fall_percent_max.unwrap_or(below.rows_fall_percent_max),
            empty_percent_rise_max: self
                .empty_percent_rise_max
                .unwrap_or(below.empty_percent_rise_max),
            kind_change_percent_max: self
                .kind_change_percent_max
                .unwrap_or(below.kind_change_percent_max),
            unit_shift_factor_max: self.unit_shift_factor_max.unwrap_or(below.unit_shift_factor_max),
            vanished_column: self.vanished_column.unwrap_or(below.vanished_column),
            renamed_column: self.renamed_column.unwrap_or(below.renamed_column),
            reordered_columns: self.reordered_columns.unwrap_or(below.reordered_columns),
            same_content: self.same_content.unwrap_or(below.same_content),
            older_period: self.older_period.unwrap_or(below.older_period),
        }
    }

    /// Whether `key` is written here.
    #[must_use]
    pub fn says(&self, key: &str) -> bool {
        match key {
            "enabled" => self.enabled.is_some(),
            "rows_min" => self.rows_min.is_some(),
            "rows_fall_percent_max" => self.rows_fall_percent_max.is_some(),
            "empty_percent_rise_max" => self.empty_percent_rise_max.is_some(),
            "kind_change_percent_max" => self.kind_change_percent_max.is_some(),
            "unit_shift_factor_max" => self.unit_shift_factor_max.is_some(),
            "vanished_column" => self.vanished_column.is_some(),
            "renamed_column" => self.renamed_column.is_some(),
            "reordered_columns" => self.reordered_columns.is_some(),
            "same_content" => self.same_content.is_some(),
            "older_period" => self.older_period.is_some(),
            _ => false,
        }
    }

    /// The first bound that is out of its range: its key, and what it should be.
    #[must_use]
    pub fn mistake(&self) -> Option<(&'static str, &'static str)> {
        let percents = [
            ("rows_fall_percent_max", self.rows_fall_percent_max),
            ("empty_percent_rise_max", self.empty_percent_rise_max),
            ("kind_change_percent_max", self.kind_change_percent_max),
        ];
        for (key, percent) in percents {
            if percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
                return Some((key, "应在 1 到 100 之间 / 1 to 100"));
            }
        }
        if self
            .unit_shift_factor_max
            .is_some_and(|factor| !matches!(factor, 0 | 2..=1_000_000))
        {
            return Some((
                "unit_shift_factor_max",
                "应为 0（不检查）或 2 到 1000000 / 0 for never, or 2 to 1000000",
            ));
        }
        if self.rows_min == Some(0) {
            return Some(("rows_min", "应至少为 1 / at least 1"));
        }
        None
    }
}
