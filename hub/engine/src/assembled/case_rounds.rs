//! The hub's own cases as a table.
//! Here because an indicator about cases is a rule like any other, and a rule reads tables.
//! In: rounds of cases. Out: one batch of `case_round`.
//! Not here: which rounds there are (store).

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray};
use chrono::NaiveDate;
use hub_model::case::CaseRound;
use hub_model::{CaseState, Severity, tables};

use crate::Result;

/// `rounds` as rows.
pub(crate) fn batch(rounds: &[CaseRound]) -> Result<RecordBatch> {
    let texts = |text: fn(&CaseRound) -> Option<&str>| -> ArrayRef {
        Arc::new(rounds.iter().map(text).collect::<StringArray>())
    };
    let days = |day: fn(&CaseRound) -> Option<NaiveDate>| -> ArrayRef {
        let since_1970 = |day: NaiveDate| {
            let days = day.signed_duration_since(NaiveDate::default()).num_days();
            i32::try_from(days).ok()
        };
        let rows = rounds.iter().map(|round| day(round).and_then(since_1970));
        Arc::new(rows.collect::<Date32Array>())
    };
    let subjects = rounds.iter().map(|round| Some(round.subject.to_string()));
    let still = rounds.iter().map(|round| Some(round.stands_still));
    let columns = vec![
        Arc::new(subjects.collect::<StringArray>()) as ArrayRef,
        texts(|round| round.level(0)),
        texts(|round| round.level(1)),
        texts(|round| Some(round.department.as_str()).filter(|department| !department.is_empty())),
        texts(|round| Some(Severity::as_str(round.severity))),
        texts(|round| Some(CaseState::as_str(round.state))),
        days(|round| round.opened),
        days(|round| round.verify_due),
        days(|round| round.verified),
        days(|round| round.whole_due),
        days(|round| round.closed),
        Arc::new(still.collect::<BooleanArray>()),
    ];
    Ok(RecordBatch::try_new(tables::CASE_ROUND.schema(), columns)?)
}
