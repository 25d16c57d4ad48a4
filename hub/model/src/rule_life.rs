//! What a rule says of the warnings it opens: their kind, their period, how long they live and by when they are handled.
//! Here because two rules may find alike and yet want other patience: one month of silence is not a clean household.
//! In: keys of a rule file. Out: plain values with the defaults that hold when a rule says nothing.
//! Not here: counting evaluations, clocks and deadlines (warnings and cases), the rule's SQL (engine).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a warning is about, as the worklists are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Category {
    /// Income fell or is low.
    #[serde(rename = "收入")]
    Income,
    /// An expense a family cannot carry.
    #[serde(rename = "支出")]
    Expense,
    /// Schooling, health, housing, water.
    #[serde(rename = "三保障")]
    Guarantees,
    /// A policy that should have reached somebody, or reached the wrong one.
    #[serde(rename = "政策")]
    Policy,
    /// Records that contradict each other or themselves.
    #[serde(rename = "数据质量")]
    DataQuality,
    /// A project: a power station, a procurement, an asset.
    #[serde(rename = "项目")]
    Project,
    /// An indicator of the whole programme.
    #[serde(rename = "指标")]
    Indicator,
}

impl Category {
    /// As people call it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Income => "收入",
            Self::Expense => "支出",
            Self::Guarantees => "三保障",
            Self::Policy => "政策",
            Self::DataQuality => "数据质量",
            Self::Project => "项目",
            Self::Indicator => "指标",
        }
    }
}

/// Which period a warning belongs to: a new period is a new warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// None: the same warning for as long as it is seen.
    #[default]
    None,
    /// The accounting year (1 October to 30 September) of the day.
    AccountingYear,
    /// The deadline it is about, a column of the rule.
    Deadline,
}

/// By when a warning has to be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// So many working days after it opened.
    Workdays(u32),
    /// So many days of the calendar after it opened.
    Days(u32),
    /// The next such day of the year.
    On {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
}

/// How a warning of a rule lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Complete evaluations in a row that found the subject clean before the warning clears; at least 1.
    pub clear_after: u32,
    /// Days after closing within which a warning that comes back reopens the same case.
    pub reopen_days: u32,
    /// Whether a case closes by itself once all its warnings cleared.
    pub auto_close: bool,
    /// Whether the subject's other warnings are muted while it stands.
    pub mutes: bool,
    /// Most warnings that may open at once; more are held for release.
    pub most: Option<u64>,
    /// By when it is handled; by severity when unsaid.
    pub due: Option<Due>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            clear_after: 1,
            reopen_days: 30,
            auto_close: false,
            mutes: false,
            most: None,
            due: None,
        }
    }
}

/// The unit of an indicator's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiUnit {
    /// Hundredths of a percent.
    Percent,
    /// A whole number.
    Count,
    /// Fen.
    Yuan,
}

/// What makes a rule an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// The unit of its measure.
    pub unit: KpiUnit,
    /// 口径: what is counted, over what, from which source.
    pub wording: String,
}
