//! `rejected`: rows that could not be used, each with its reason and its place.
//! Here because nothing that came may vanish: rows in = accepted + rejected + filtered.
//! In: nothing. Out: the table's specification.
//! Not here: the rejected row's other cells; they stay in landing under the same locator.

use super::{History, Table};

/// One row is one reason why one landed row was refused.
pub(super) const TABLE: Table = Table {
    name: "rejected",
    row: "a reason why a landed row was refused",
    history: History::EachRun,
    columns: columns! {
        row:         Int  Required "_row of the landed row within its run's stream";
        code:        Text Required "reason code, stable (D01 …)";
        column:      Text Optional "the offending column's name in the source";
        value_shown: Text Optional "the offending value, masked; NULL when personal";
        reason:      Text Required "the reason in a clerk's words, Chinese";
    },
};
