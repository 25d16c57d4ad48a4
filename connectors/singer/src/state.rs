//! Where a reading left off: the tap's own state, and which of its last rows were taken.
//! Here because taps begin with the last row again (`>=`), and a row that comes twice would count twice.
//! In: the hub's saved state; records and their replication key. Out: whether a record was taken before; the state to save.
//! Not here: when it is saved (reading).

use std::cmp::Ordering;
use std::collections::HashMap;

use plugin_api::serde::{Deserialize, Serialize};
use plugin_api::{Error, ReadRequest};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Most rows with the last value of the replication key that are remembered.
pub(crate) const SEEN_MAX: usize = 10_000;

/// State of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "plugin_api::serde", default)]
pub(crate) struct State {
    /// The value of the tap's last STATE message.
    pub(crate) singer: Option<Value>,
    /// Readings that brought rows: later ones stand beside the first.
    pub(crate) readings: u64,
    /// The version of the tap's table, as its last ACTIVATE_VERSION said.
    pub(crate) version: Option<i64>,
    /// The last rows taken.
    pub(crate) last: Last,
    /// Of a full reading: what tells it from another.
    pub(crate) digest: Option<String>,
}

/// The rows with the greatest value of the replication key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "plugin_api::serde", default)]
pub(crate) struct Last {
    /// That value as the tap wrote it in JSON.
    value: Option<String>,
    /// Digests of the rows; two equal rows are two.
    rows: Vec<String>,
}

impl State {
    /// The state of a request; none is an empty one.
    pub(crate) fn of(request: &ReadRequest) -> Result<Self, Error> {
        match &request.state {
            Some(state) => Self::deserialize(state)
                .map_err(|_| Error::config(format!("流 {} 的状态无法识别", request.stream))),
            None => Ok(Self::default()),
        }
    }

    /// For a full reading: everything is read anew, but an unchanged one is known.
    pub(crate) fn digest_only(self) -> Self {
        Self {
            digest: self.digest,
            ..Self::default()
        }
    }

    pub(crate) fn to_json(&self) -> Result<Value, Error> {
        Ok(serde_json::to_value(self)?)
    }
}

/// Tells rows taken before from new ones, and remembers the last.
pub(crate) struct Boundary {
    before: HashMap<String, usize>,
    last: Last,
    /// More rows share the last value than are remembered.
    pub(crate) overflowed: bool,
}

impl Boundary {
    pub(crate) fn new(last: Last) -> Self {
        let mut before = HashMap::new();
        for row in &last.rows {
            *before.entry(row.clone()).or_default() += 1;
        }
        Self {
            before,
            last,
            overflowed: false,
        }
    }

    /// Whether the record was taken by an earlier reading. Each row remembered answers yes once.
    pub(crate) fn taken(&mut self, record: &str) -> bool {
        if self.before.is_empty() {
            return false;
        }
        let digest = digest(record);
        let Some(count) = self.before.get_mut(&digest) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.before.remove(&digest);
        }
        true
    }

    /// A record that was taken now, with its replication key as it stands in JSON.
    pub(crate) fn take(&mut self, record: &str, value: &str) {
        let order = match &self.last.value {
            Some(last) => compared(value, last),
            None => Ordering::Greater,
        };
        match order {
            Ordering::Less => return,
            Ordering::Equal => {}
            Ordering::Greater => {
                self.last.value = Some(value.to_owned());
                self.last.rows.clear();
                self.overflowed = false;
            }
        }
        if self.last.rows.len() < SEEN_MAX {
            self.last.rows.push(digest(record));
        } else {
            self.overflowed = true;
        }
    }

    pub(crate) fn last(&self) -> Last {
        self.last.clone()
    }
}

/// Whole numbers by size, everything else by its letters: the dates of taps are written so that this is their order.
fn compared(one: &str, other: &str) -> Ordering {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => one.cmp(other),
    }
}

fn digest(record: &str) -> String {
    let sum = Sha256::digest(record.as_bytes());
    // Sixteen bytes tell ten thousand rows apart for longer than the hub will run.
    sum.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_last_value_are_known_again_as_often_as_they_came() {
        let mut first = Boundary::new(Last::default());
        for (record, value) in [("a", "9"), ("b", "10"), ("b", "10"), ("c", "2")] {
            assert!(!first.taken(record));
            first.take(record, value);
        }
        let mut second = Boundary::new(first.last());
        assert!(!second.taken("c"), "an earlier value is not remembered");
        assert!(second.taken("b") && second.taken("b"));
        assert!(!second.taken("b"), "a third one is new");
        second.take("d", "10");
        let mut third = Boundary::new(second.last());
        assert!(third.taken("b") && third.taken("b") && third.taken("d"));
    }

    #[test]
    fn more_equal_rows_than_are_remembered_are_told() {
        let mut boundary = Boundary::new(Last::default());
        for row in 0..=SEEN_MAX {
            assert!(!boundary.overflowed);
            boundary.take(&row.to_string(), "\"2023-10-01T00:00:00+00:00\"");
        }
        assert!(boundary.overflowed);
        boundary.take("x", "\"2023-10-02T00:00:00+00:00\"");
        assert!(!boundary.overflowed);
    }
}
