//! `household`: a family (户) as the national system knows it.
//! Here because it is the spine: every other table joins it by `household_id`.
//! In: nothing. Out: the table's specification.
//! Not here: its members (membership) and its money (declared_income).

use super::{Column, Filled, History, Kind, Table};

/// One row is a household at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "household",
    row: "a household at the latest month of the national system's export",
    history: History::Latest,
    columns: &[
        Column {
            name: "household_id",
            kind: Kind::Id,
            filled: Filled::LinkHousehold,
            doc: "dense id, stable over runs",
        },
        Column {
            name: "household_no",
            kind: Kind::Text,
            filled: Filled::Required,
            doc: "户编号 of the national system, opaque text",
        },
        Column {
            name: "county",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "县(市、区) as the national system writes it",
        },
        Column {
            name: "town",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "乡(镇) as the national system writes it",
        },
        Column {
            name: "village",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "行政村 as the national system writes it",
        },
        Column {
            name: "village_group",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "组 or 自然村 within the village",
        },
        Column {
            name: "household_type",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "户类型: 脱贫户, 一般农户, …",
        },
        Column {
            name: "monitored_kind",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "监测对象类别; NULL when not monitored",
        },
        Column {
            name: "risk_removed",
            kind: Kind::Bool,
            filled: Filled::Optional,
            doc: "风险是否已消除; NULL when not monitored",
        },
        Column {
            name: "no_labour",
            kind: Kind::Bool,
            filled: Filled::Optional,
            doc: "整户无劳动力兜底保障户: covered by support, nobody can work",
        },
    ],
};
