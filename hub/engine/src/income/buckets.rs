//! A city's events, sorted into one file for each pass over its households.
//! Here because reading the table once a pass would decode every row as often as there are passes.
//! In: events in any order, how many passes. Out: the events of a pass, as often as they are asked for.
//! Not here: which pass an event belongs to (assembly), what becomes of it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::spill_file::{SpillFile, SpillWriter};

use super::event::{Event, Word};
use super::event_bytes::EVENT_BYTES;
use crate::computed::path_of;

/// Bytes collected before they are written; of each pass.
const BUFFER_BYTES: usize = 256 << 10;

/// Files being filled.
pub(super) struct Filling {
    buckets: Vec<Bucket>,
    writers: Vec<BufWriter<Box<dyn SpillWriter>>>,
}

struct Bucket {
    file: Arc<dyn SpillFile>,
    events: usize,
}

impl Filling {
    /// One empty file for each of `passes`, in the runtime's folder for temporary files and within its limit.
    pub(super) fn begin(runtime: &RuntimeEnv, passes: u64) -> Result<Self> {
        let (mut buckets, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..passes {
            let file = runtime
                .disk_manager
                .create_tmp_file("sorting income by household")?;
            writers.push(BufWriter::with_capacity(BUFFER_BYTES, file.open_writer()?));
            buckets.push(Bucket { file, events: 0 });
        }
        Ok(Self { buckets, writers })
    }

    /// Adds an event to the file of `pass`.
    pub(super) fn push(&mut self, pass: usize, event: &Event) -> Result<()> {
        if let (Some(bucket), Some(writer)) = (self.buckets.get_mut(pass), self.writers.get_mut(pass)) {
            writer.write_all(&event.to_bytes())?;
            bucket.events += 1;
        }
        Ok(())
    }

    /// Ends the files; `words` are those the events number.
    pub(super) fn finish(self, words: Vec<Word>) -> Result<Buckets> {
        for writer in self.writers {
            let mut writer = writer
                .into_inner()
                .map_err(|error| DataFusionError::IoError(error.into_error()))?;
            writer.finish()?;
        }
        Ok(Buckets {
            words: words.into(),
            buckets: self.buckets,
        })
    }
}

/// Files that are filled; they go with this.
pub(super) struct Buckets {
    pub(super) words: Arc<[Word]>,
    buckets: Vec<Bucket>,
}

impl Buckets {
    /// The events of `pass`, in the order in which they were added.
    pub(super) fn read(&self, pass: usize) -> Result<Vec<Event>> {
        let Some(bucket) = self.buckets.get(pass) else {
            return Ok(Vec::new());
        };
        let file = File::open(path_of(&*bucket.file)?)?;
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        let mut events = Vec::with_capacity(bucket.events);
        let mut bytes = [0; EVENT_BYTES];
        for _ in 0..bucket.events {
            file.read_exact(&mut bytes)?;
            events.push(Event::from_bytes(bytes));
        }
        Ok(events)
    }
}
