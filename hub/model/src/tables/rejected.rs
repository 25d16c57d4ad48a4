//! `rejected`: rows that could not be used, each with its reason and its place.
//! Here because nothing that came may vanish: rows in = accepted + rejected + filtered.
//! In: nothing. Out: the table's specification.
//! Not here: the rejected row's other cells; they stay in landing under the same locator.

use super::{Column, Filled, History, Kind, Table};

/// One row is one reason why one landed row was refused.
pub(super) const TABLE: Table = Table {
    name: "rejected",
    row: "a reason why a landed row was refused",
    history: History::EachRun,
    columns: &[
        Column {
            name: "row",
            kind: Kind::Int,
            filled: Filled::Required,
            doc: "_row of the landed row within its run's stream",
        },
        Column {
            name: "code",
            kind: Kind::Text,
            filled: Filled::Required,
            doc: "reason code, stable (D01 …)",
        },
        Column {
            name: "column",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "the offending column's name in the source",
        },
        Column {
            name: "value_shown",
            kind: Kind::Text,
            filled: Filled::Optional,
            doc: "the offending value, masked; NULL when personal",
        },
        Column {
            name: "reason",
            kind: Kind::Text,
            filled: Filled::Required,
            doc: "the reason in a clerk's words, Chinese",
        },
    ],
};
