//! Sorted events of many people, turned into payments piece by piece.
//! Here because a pass's payments are more than its events are, and most are needed for a moment only.
//! In: events, sorted. Out: the payments of one household after another, or batches of `income_payment`.
//! Not here: which events are one payment (reconcile).

use std::iter;
use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion::error::Result as DataFusionResult;

use super::event::{Event, Word};
use super::reconcile::{Payment, reconcile, together};
use super::table;
use super::window::Period;
use crate::computed::{BATCH_ROWS, Places};

/// Sorted events, turned into payments piece by piece.
pub(super) struct Payments {
    events: Vec<Event>,
    at: usize,
}

impl Payments {
    pub(super) fn new(events: Vec<Event>) -> Self {
        Self { events, at: 0 }
    }

    /// The next payments: all of a household; of those that belong to none, some.
    pub(super) fn of_household(&mut self, words: &[Word]) -> Option<Vec<Payment>> {
        let household = self.events.get(self.at)?.household;
        let mut payments = Vec::new();
        while self
            .events
            .get(self.at)
            .is_some_and(|event| event.household == household)
        {
            self.next(words, &mut payments);
            if household == 0 && payments.len() >= BATCH_ROWS {
                break;
            }
        }
        Some(payments)
    }

    /// Adds the payments of the next person and item.
    fn next(&mut self, words: &[Word], payments: &mut Vec<Payment>) {
        let rest = self.events.get(self.at..).unwrap_or_default();
        let Some(first) = rest.first() else { return };
        let nobody = (first.household, first.person) == (0, 0);
        // Nobody's rows are never the same payment unless they repeat each other.
        let alike = |event: &Event| {
            if nobody {
                event == first
            } else {
                together(event, first)
            }
        };
        let end = rest.iter().position(|event| !alike(event)).unwrap_or(rest.len());
        let named = words
            .get(usize::from(first.word))
            .is_some_and(|word| word.names_a_payment);
        reconcile(rest.get(..end).unwrap_or_default(), named, payments);
        self.at += end;
    }

    /// All of them, in batches of the columns at `places`.
    pub(super) fn batches(
        mut self,
        places: Places,
        words: Arc<[Word]>,
        rolling: Period,
    ) -> impl Iterator<Item = DataFusionResult<RecordBatch>> {
        iter::from_fn(move || {
            let mut payments = Vec::new();
            while self.at < self.events.len() && payments.len() < BATCH_ROWS {
                self.next(&words, &mut payments);
            }
            (!payments.is_empty()).then(|| table::payments(&places, &payments, &words, rolling))
        })
    }
}
