//! What is being read at this moment: which run, of which connector and stream, and how many rows came until now.
//! Here because a run that takes an hour and one that hangs look alike in the database, which hears of rows at the end.
//! In: runs that begin, rows as they are landed. Out: a row for each run that reads; gone when it has read.
//! Not here: runs that ended (store), rates (whoever looks twice).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hub_model::RunId;
use serde::{Deserialize, Serialize};

use crate::{Live, clock};

/// A run that reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunUnderWay {
    /// The run.
    pub run_id: String,
    /// Its connector.
    pub connector: String,
    /// The stream it reads; none before the first.
    pub stream: Option<String>,
    /// Rows of all its streams that were landed until now.
    pub rows: u64,
    /// When it began to read, milliseconds since 1970 UTC.
    pub began_ms: i64,
}

/// Every run that reads; their number is bounded by how many read at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<Vec<Arc<Counts>>>>);

#[derive(Debug)]
struct Counts {
    run: RunId,
    connector: String,
    began_ms: i64,
    stream: Mutex<Option<String>>,
    rows: AtomicU64,
}

/// Counts what one run reads, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counting {
    all: UnderWay,
    counts: Arc<Counts>,
}

impl UnderWay {
    /// `run` of `connector` begins to read.
    pub(crate) fn begins(&self, run: RunId, connector: &str) -> Counting {
        let counts = Arc::new(Counts {
            run,
            connector: connector.to_owned(),
            began_ms: clock::now_ms(),
            stream: Mutex::default(),
            rows: AtomicU64::new(0),
        });
        self.held().push(Arc::clone(&counts));
        Counting {
            all: self.clone(),
            counts,
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<Arc<Counts>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Vec<RunUnderWay> {
        let held = self.held();
        let runs = held.iter().map(|counts| RunUnderWay {
            run_id: counts.run.to_string(),
            connector: counts.connector.clone(),
            stream: counts
                .stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            rows: counts.rows.load(Ordering::Relaxed),
            began_ms: counts.began_ms,
        });
        runs.collect()
    }
}

impl Counting {
    /// From now on rows are of `stream`.
    pub(crate) fn stream(&self, stream: &str) {
        *self.counts.stream.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream.to_owned());
    }

    /// So many more rows were landed.
    pub(crate) fn landed(&self, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.counts.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.all.held().retain(|held| !Arc::ptr_eq(held, &self.counts));
    }
}

impl Live {
    /// What is being read at this moment.
    #[must_use]
    pub fn under_way(&self) -> Vec<RunUnderWay> {
        self.now().shared.under_way.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_seen_while_it_reads_with_what_came_and_not_after() {
        let all = UnderWay::default();
        let (one, other) = (clock::run_id(1), clock::run_id(2));
        let first = all.begins(one, "rolls");
        let second = all.begins(other, "books");
        first.stream("people");
        first.landed(10);
        first.landed(5);
        let seen = all.now();
        assert_eq!(seen.len(), 2);
        assert_eq!(
            (
                seen[0].rows,
                seen[0].stream.as_deref(),
                seen[0].connector.as_str()
            ),
            (15, Some("people"), "rolls")
        );
        assert_eq!((seen[1].rows, seen[1].stream.as_deref()), (0, None));
        drop(first);
        assert_eq!(all.now().len(), 1);
        drop(second);
        assert!(all.now().is_empty());
    }
}
