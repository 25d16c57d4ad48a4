//! A drift: one way in which a part is not like those before it.
//! Here because a person decides by it, in one look: what was, what is, which bound.
//! In: figures. Out: a value that is stored, and a sentence, Chinese first.
//! Not here: finding it (compare), and where the bound is configured (the binary). No value of a row is in it.

use serde::{Deserialize, Serialize};

use super::about;

/// One way in which a part is not like those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "drift", rename_all = "snake_case")]
pub enum Drift {
    /// Far fewer rows.
    RowsFell {
        /// Rows before.
        before: u64,
        /// Rows now.
        now: u64,
    },
    /// A column is not there any more.
    Vanished {
        /// Its name in the stream.
        column: String,
        /// The header it came under, where there was one.
        header: Option<String>,
    },
    /// A column came under a header it never had.
    Renamed {
        /// Its name in the stream.
        column: String,
        /// The header before.
        before: String,
        /// The header now.
        now: String,
    },
    /// Columns stand in another order.
    Reordered {
        /// Those that stand elsewhere, in their order before.
        before: Vec<String>,
        /// The same columns in their order now.
        now: Vec<String>,
    },
    /// Values are of another kind.
    Retyped {
        /// The column.
        column: String,
        /// Before: percent numbers, dates, others; or the declared type.
        before: String,
        /// The same now.
        now: String,
    },
    /// Numbers are of another size: 元 became 万元.
    UnitShifted {
        /// The column.
        column: String,
        /// The median before, hundredths of its decimal logarithm.
        before: i32,
        /// The median now.
        now: i32,
    },
    /// A column holds far less, or nothing.
    GoneEmpty {
        /// The column.
        column: String,
        /// Percent of rows without a value before.
        before: u64,
        /// Percent now.
        now: u64,
    },
    /// The very rows of another period.
    SameContent {
        /// That period.
        as_part: String,
    },
    /// A period never seen, older than one that was.
    OlderPeriod {
        /// The newest that was seen.
        newest: String,
    },
}

/// A drift with the bound it broke, as it stood then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// What it is.
    #[serde(flatten)]
    pub drift: Drift,
    /// The key of the bound.
    pub bound: String,
    /// Its value.
    pub allowed: String,
    /// Where it is written, or would be.
    pub written_in: String,
}

impl Drift {
    /// The key of the bound it broke.
    #[must_use]
    pub const fn bound(&self) -> &'static str {
        match self {
            Self::RowsFell { .. } => "rows_fall_percent_max",
            Self::Vanished { .. } => "vanished_column",
            Self::Renamed { .. } => "renamed_column",
            Self::Reordered { .. } => "reordered_columns",
            Self::Retyped { .. } => "kind_change_percent_max",
            Self::UnitShifted { .. } => "unit_shift_factor_max",
            Self::GoneEmpty { .. } => "empty_percent_rise_max",
            Self::SameContent { .. } => "same_content",
            Self::OlderPeriod { .. } => "older_period",
        }
    }

    /// The column it is about, when it is about one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Vanished { column, .. }
            | Self::Renamed { column, .. }
            | Self::Retyped { column, .. }
            | Self::UnitShifted { column, .. }
            | Self::GoneEmpty { column, .. } => Some(column),
            Self::RowsFell { .. }
            | Self::Reordered { .. }
            | Self::SameContent { .. }
            | Self::OlderPeriod { .. } => None,
        }
    }

    /// What it is, in a word or two.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::RowsFell { .. } => "行数突降 fewer rows",
            Self::Vanished { .. } => "缺少列 column vanished",
            Self::Renamed { .. } => "表头改名 column renamed",
            Self::Reordered { .. } => "列序变动 columns reordered",
            Self::Retyped { .. } => "内容类型变了 column retyped",
            Self::UnitShifted { .. } => "数量级变了 unit shifted",
            Self::GoneEmpty { .. } => "列变空 column gone empty",
            Self::SameContent { .. } => "内容与另一期相同 same content",
            Self::OlderPeriod { .. } => "旧期次后到 older period",
        }
    }

    /// What was, what is.
    #[must_use]
    pub fn was_and_is(&self) -> (String, String) {
        match self {
            Self::RowsFell { before, now } => {
                let fell = (before.saturating_sub(*now) * 100)
                    .checked_div(*before)
                    .unwrap_or_default();
                (format!("{before} 行"), format!("{now} 行（少 {fell}%）"))
            }
            Self::Vanished { header, .. } => (
                header
                    .as_ref()
                    .map_or_else(|| "有此列".to_owned(), |header| format!("“{header}”")),
                "没有此列".to_owned(),
            ),
            Self::Renamed { before, now, .. } => (format!("“{before}”"), format!("“{now}”")),
            Self::Reordered { before, now } => (before.join("、"), now.join("、")),
            Self::Retyped { before, now, .. } => (before.clone(), now.clone()),
            Self::UnitShifted { before, now, .. } => {
                let times = 10_f64.powf(f64::from((before - now).abs()) / 100.0);
                let way = if before > now { "小" } else { "大" };
                (
                    format!("中位数约 {}", about(*before)),
                    format!("约 {}（{way}到约 {times:.0} 倍，是否换了单位？）", about(*now)),
                )
            }
            Self::GoneEmpty { before, now, .. } => (format!("空 {before}%"), format!("空 {now}%")),
            Self::SameContent { as_part } => (
                format!("{as_part} 期的内容"),
                "逐行相同（是否发错了文件？）".to_owned(),
            ),
            Self::OlderPeriod { newest } => {
                (format!("已有 {newest} 期"), "更早的期次，从未收到过".to_owned())
            }
        }
    }

    /// One sentence, for lists and remarks.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (was, is) = self.was_and_is();
        let column = self
            .column()
            .map(|column| format!("“{column}”"))
            .unwrap_or_default();
        let title = self.title().split(' ').next().unwrap_or_default();
        format!("{title}{column}：{was} → {is}")
    }
}
