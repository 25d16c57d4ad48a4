//! The table `case_round`: how the hub's own cases go.
//! Here because whether warnings are verified in time, and cases closed, is an indicator like any other (clauses 2 and 3).
//! In: nothing. Out: its specification.
//! Not here: the cases themselves (model's case), reading them (store).

use super::Derived;

/// One row is one case in its last round.
pub const CASE_ROUND: Derived = Derived {
    name: "case_round",
    row: "a case of the hub's own, in its last round",
    // The hub always knows its own cases.
    inputs: &[],
    columns: columns! {
        subject:         Text Assembled "whom it is about, such as household/12; the same in all its rounds";
        county:          Text Assembled "where its subject is; NULL when its warnings did not say";
        town:            Text Assembled "the same";
        department:      Text Assembled "the department that must act; NULL before it is dispatched";
        severity:        Text Assembled "red, orange, yellow or blue";
        state:           Text Assembled "open, dispatched, verifying, handling, handled, rejected, returned, suspended or closed";
        opened_on:       Date Assembled "the day its clocks began; NULL before it has clocks";
        verify_due_on:   Date Assembled "last day in time for verifying";
        verified_on:     Date Assembled "day it was verified or rejected; NULL before";
        whole_due_on:    Date Assembled "last day in time for closing";
        closed_on:       Date Assembled "day it was closed; NULL before";
        stands_still:    Bool Assembled "whether its clocks stand still, because it was returned or suspended";
    },
};
