//! `declared_income`: what a household's yearly income is said to be (clause 34's income statistics).
//! Here because rules compare it with lines and, later, with what departments really paid.
//! In: nothing. Out: the table's specification.
//! Not here: dated income events, from which both income windows are computed.

use super::{Column, Filled, History, Kind, Table};

/// One row is one household's declared income of one accounting year (1 October to 30 September).
pub(super) const TABLE: Table = Table {
    name: "declared_income",
    row: "a household's declared income of one accounting year",
    history: History::EachPart,
    columns: &[
        Column {
            name: "household_id",
            kind: Kind::Id,
            filled: Filled::LinkHousehold,
            doc: "the household, dense id",
        },
        Column {
            name: "household_no",
            kind: Kind::Text,
            filled: Filled::Required,
            doc: "户编号 of the row",
        },
        Column {
            name: "year",
            kind: Kind::Int,
            filled: Filled::Required,
            doc: "年度: the accounting year that ends on 30 September of it",
        },
        Column {
            name: "net_income_fen",
            kind: Kind::Int,
            filled: Filled::Required,
            doc: "纯收入, fen a year, may be negative",
        },
        Column {
            name: "wage_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "工资性收入, fen a year",
        },
        Column {
            name: "business_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "生产经营性收入, fen a year, before costs",
        },
        Column {
            name: "business_cost_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "生产经营性支出, fen a year",
        },
        Column {
            name: "property_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "财产性收入, fen a year",
        },
        Column {
            name: "transfer_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "转移性收入, fen a year",
        },
        Column {
            name: "people_year",
            kind: Kind::Int,
            filled: Filled::Required,
            doc: "年度家庭人口数, people, > 0: the divisor of the yearly figure",
        },
        Column {
            name: "people_now",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "当前家庭人口数, people, > 0",
        },
        Column {
            name: "per_capita_declared_fen",
            kind: Kind::Int,
            filled: Filled::Optional,
            doc: "人均纯收入 as declared, fen a year and person",
        },
    ],
};
