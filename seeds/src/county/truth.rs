//! Truth: the findings the hub is expected to have, judged from the finished household alone.
//! Here because the expected findings must not come from the plan: a mistake in planting would become the truth.
//! In: one household. Out: its A01 finding, if any; the sums written to truth.json.
//! Not here: SQL and the hub's own rules; this is the second, independent reading of the same clause.

use std::collections::BTreeMap;

use serde::Serialize;

use super::household::Household;
use super::income::FEN;
use super::plan::HouseholdType;

/// 监测线 of the demo, fen a year and head. Synthetic: no real document sets this figure.
pub const MONITORING_LINE_FEN: i64 = 8_000 * FEN;
/// 低保标准 716.00 yuan a month, fen a year and head.
pub const LOW_INCOME_STANDARD_FEN: i64 = 716 * 12 * FEN;
/// 人均纯收入 the plan of 2023 asks to look at, fen a year and head.
pub const INCOME_ATTENTION_FEN: i64 = 10_000 * FEN;
/// The accounting year rule A01 is judged for.
pub const JUDGED_YEAR: i64 = 2023;

/// An expected finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// 户编号.
    pub subject: String,
    /// The lowest line the income is below.
    pub band: Band,
    /// Severity of the warning.
    pub severity: Severity,
}

/// Ordered bands of rule A01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below the monitoring line.
    BelowMonitoringLine,
    /// Not below the monitoring line, but below the yearly low-income standard.
    BelowLowIncomeStandard,
    /// Below 10,000 yuan only.
    #[serde(rename = "below_10000")]
    Below10000,
}

/// Severity of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 橙.
    Orange,
    /// 黄.
    Yellow,
    /// 蓝.
    Blue,
}

/// Rule A01 for one household. Strictly below, in whole fen: `net < line * people`; exactly on a line is not below it.
pub fn a01(household: &Household) -> Option<Finding> {
    let watched = household
        .monitoring
        .as_ref()
        .is_some_and(|monitoring| monitoring.removed.is_none());
    if household.household_type != HouseholdType::Lifted && !watched {
        return None;
    }
    let income = household
        .incomes
        .iter()
        .find(|income| income.year == JUDGED_YEAR)?;
    let below = |line_fen: i64| income.net_fen < line_fen * income.people_year;
    let band = if below(MONITORING_LINE_FEN) {
        Band::BelowMonitoringLine
    } else if below(LOW_INCOME_STANDARD_FEN) {
        Band::BelowLowIncomeStandard
    } else if below(INCOME_ATTENTION_FEN) {
        Band::Below10000
    } else {
        return None;
    };
    let severity = match band {
        _ if household.no_labour => Severity::Blue,
        Band::BelowMonitoringLine => Severity::Orange,
        Band::BelowLowIncomeStandard | Band::Below10000 => Severity::Yellow,
    };
    Some(Finding {
        subject: household.household_no.clone(),
        band,
        severity,
    })
}

/// What truth.json holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Truth {
    /// By rule id.
    pub rules: BTreeMap<&'static str, RuleTruth>,
    /// Households of the county.
    pub households: u64,
    /// People of the county.
    pub people: u64,
    /// Data rows (without header rows) by `connector/stream`.
    pub rows: BTreeMap<&'static str, u64>,
    /// Data rows by file name.
    pub files: BTreeMap<String, u64>,
}

/// Expected outcome of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RuleTruth {
    /// Expected findings, in the order of the households.
    pub planted: Vec<Finding>,
    /// Subjects the rule cannot decide.
    pub undecidable: Vec<String>,
}
