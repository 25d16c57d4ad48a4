//! `membership`: who belongs to which household.
//! Here because belonging changes (分户, marriage, death) while the person and the household remain.
//! In: nothing. Out: the table's specification.
//! Not here: names and numbers of people (person).

use super::{Column, Filled, History, Kind, Table};

/// One row is one person's membership in one household at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "membership",
    row: "a person's membership in a household at the latest month of the national system's export",
    history: History::Latest,
    columns: &[
        Column {
            name: "household_id",
            kind: Kind::Id,
            filled: Filled::LinkHousehold,
            doc: "the household, dense id",
        },
        Column {
            name: "person_id",
            kind: Kind::Id,
            filled: Filled::LinkPerson,
            doc: "the person, dense id",
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
            doc: "人编号 of the row",
        },
        Column {
            name: "id_no",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "证件号码, valid 18 characters or NULL; personal",
        },
        Column {
            name: "relation",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "与户主关系 as the national system writes it",
        },
        Column {
            name: "is_head",
            kind: Kind::Bool,
            filled: Filled::Optional,
            doc: "whether the person is 户主",
        },
    ],
};
