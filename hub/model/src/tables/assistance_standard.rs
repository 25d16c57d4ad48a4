//! `assistance_standard`: the monthly standards of low-income benefit and destitute support.
//! Here because a household is measured by its own division's and month's standard, not by an average (clause 21).
//! In: nothing. Out: the table's specification.
//! Not here: the growth and the ratios clause 21 demands; they are parameters.

use super::{History, Table};

/// One row is one standard from one day on.
pub(super) const TABLE: Table = Table {
    name: "assistance_standard",
    row: "a standard in force",
    history: History::EachPart,
    columns: columns! {
        division:                 Text Required "区划: division code, or the name when it has none";
        kind:                     Text Required "低保 or 特困";
        monthly_fen:              Int  Required "月标准, fen a month and person (clause 21)";
        effective_on:             Date Required "执行日期: first day in force";
        previous_monthly_fen:     Int  Optional "上年标准, fen a month and person: growth ≥ 4.5 % (clause 21)";
        previous_consumption_fen: Int  Optional "上年度人均消费支出, fen a year and person: support ≥ 60 % of it (clause 21)";
    },
};
