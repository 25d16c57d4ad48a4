//! `person`: a human being, once per row of the national system's export.
//! Here because identity, names and phones live in this table and in no other.
//! In: nothing. Out: the table's specification.
//! Not here: which household the person belongs to when (membership).

use super::{Column, Filled, History, Kind, Table};

/// One row is a person at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "person",
    row: "a person at the latest month of the national system's export",
    history: History::Latest,
    columns: &[
        Column {
            name: "person_id",
            kind: Kind::Id,
            filled: Filled::LinkPerson,
            doc: "dense id behind the keyed blind index",
        },
        Column {
            name: "household_id",
            kind: Kind::Id,
            filled: Filled::LinkHousehold,
            doc: "household of the row",
        },
        Column {
            name: "household_no",
            kind: Kind::Text,
            filled: Filled::Required,
            doc: "户编号 of the row",
        },
        Column {
            name: "person_no",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "人编号 of the national system, opaque text",
        },
        Column {
            name: "id_no",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "证件号码, first 18 characters when valid, else NULL; personal",
        },
        Column {
            name: "id_text",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "证件号码 as it came; personal",
        },
        Column {
            name: "name",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "姓名 as it came; personal",
        },
        Column {
            name: "relation",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "与户主关系 as the national system writes it",
        },
        Column {
            name: "phone",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "联系电话; personal",
        },
    ],
};
