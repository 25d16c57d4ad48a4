//! One running read, in a child or in this process: batches one at a time, then a report.
//! Here so that callers need not know which of the two it is.
//! In: a started read. Out: batches of one schema; `None` only after a complete and counted end.
//! Not here: starting (`host`), landing the batches.

use crate::frame::Decoder;
use crate::in_process::Running;
use crate::parent::{Control, Pump, Turn};
use crate::wire::Down;
use crate::{Cause, Checkpoint, Fault, Progress, ReadReport};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use plugin_abi::Category;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A read under way. Dropping it stops the plugin.
pub struct ReadSession {
    source: Source,
    schema: SchemaRef,
    canceller: Canceller,
    report: ReadReport,
    ended: bool,
}

enum Source {
    Child { pump: Box<Pump>, decoder: Box<Decoder> },
    InProcess(Box<Running>),
}

impl ReadSession {
    /// Waits for the schema, the first thing a reading child sends.
    pub(crate) fn in_child(
        mut pump: Pump,
        mut decoder: Decoder,
        canceller: Canceller,
    ) -> Result<ReadSession, Fault> {
        let frame = match pump.turn()? {
            Turn::Frame(frame) => frame,
            Turn::Finished(_) => return Err(pump.fail(Fault::protocol("the read ended without a schema"))),
        };
        let decoded = decoder.decode(frame);
        let schema = match (decoded, decoder.schema()) {
            (Ok(None), Some(schema)) => Arc::clone(schema),
            (Ok(_), _) => return Err(pump.fail(corrupt("the first frame is not a schema"))),
            (Err(reason), _) => return Err(pump.fail(corrupt(&reason))),
        };
        let source = Source::Child {
            pump: Box::new(pump),
            decoder: Box::new(decoder),
        };
        Ok(ReadSession {
            source,
            schema,
            canceller,
            report: ReadReport::default(),
            ended: false,
        })
    }

    pub(crate) fn in_process(running: Running, canceller: Canceller) -> ReadSession {
        let schema = Arc::clone(running.schema());
        let source = Source::InProcess(Box::new(running));
        ReadSession {
            source,
            schema,
            canceller,
            report: ReadReport::default(),
            ended: false,
        }
    }

    /// The schema of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next batch; `None` when the stream is complete: the plugin said so, the counts agree, and its process
    /// ended well. Blocks; in-process it blocks as long as the plugin does.
    ///
    /// # Errors
    /// [`Fault`]; what was handed out before is good, and nothing more comes.
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator would hide that a fault ends the stream"
    )]
    pub fn next(&mut self) -> Result<Option<RecordBatch>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let next = match &mut self.source {
            Source::Child { pump, decoder } => next_in_child(pump, decoder, &mut self.report),
            Source::InProcess(running) => running.next(&mut self.report),
        };
        match &next {
            Ok(Some(batch)) => {
                self.report.batches += 1;
                self.report.rows += batch.num_rows() as u64;
            }
            Ok(None) => self.ended = true,
            Err(_) => self.ended = true,
        }
        next
    }

    /// How far the plugin says it is.
    pub fn progress(&self) -> Progress {
        match &self.source {
            Source::Child { pump, .. } => pump.said.progress,
            Source::InProcess(running) => running.progress(),
        }
    }

    /// The checkpoints so far, in order.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        match &self.source {
            Source::Child { pump, .. } => pump.said.checkpoints.clone(),
            Source::InProcess(running) => running.checkpoints(),
        }
    }

    /// A handle by which any thread may stop the read.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The report. Before the end it stops the plugin and drops the rest; the report then says so.
    ///
    /// # Errors
    /// When the plugin does not stop as asked, or fails in another way meanwhile.
    pub fn finish(mut self) -> Result<ReadReport, Fault> {
        if !self.ended {
            let (batches, rows) = (self.report.batches, self.report.rows);
            self.canceller.cancel();
            loop {
                match self.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(fault) if fault.category == Category::Cancelled && fault.cause != Cause::Hung => {
                        break;
                    }
                    Err(fault) => return Err(fault),
                }
            }
            // Batches dropped here were not handed out.
            self.report.complete = self.report.complete && self.report.batches == batches;
            (self.report.batches, self.report.rows) = (batches, rows);
        }
        self.report.checkpoints = self.checkpoints();
        self.report
            .checkpoints
            .retain(|checkpoint| checkpoint.after_batch <= self.report.batches);
        self.report.log_tail = match &self.source {
            Source::Child { pump, .. } => pump.log_tail(),
            Source::InProcess(running) => running.log_tail(),
        };
        Ok(self.report)
    }
}

fn next_in_child(
    pump: &mut Pump,
    decoder: &mut Decoder,
    report: &mut ReadReport,
) -> Result<Option<RecordBatch>, Fault> {
    loop {
        match pump.turn()? {
            Turn::Frame(frame) => match decoder.decode(frame) {
                Ok(Some(batch)) => return Ok(Some(batch)),
                Ok(None) => {}
                Err(reason) => return Err(pump.fail(corrupt(&reason))),
            },
            Turn::Finished(done) => {
                let (batches, rows) = (report.batches, report.rows);
                if (done.batches, done.rows) != (batches, rows) {
                    let message = format!(
                        "the plugin says {} batches and {} rows, but {batches} and {rows} came",
                        done.batches, done.rows
                    );
                    return Err(pump.fail(Fault::protocol(message)));
                }
                if let Some(early) = pump
                    .said
                    .checkpoints
                    .iter()
                    .find(|point| point.after_batch > batches)
                {
                    let message = format!(
                        "a checkpoint after batch {}, but {batches} came",
                        early.after_batch
                    );
                    return Err(pump.fail(Fault::protocol(message)));
                }
                report.complete = true;
                report.peak_rss_bytes = done.peak_rss_bytes;
                return Ok(None);
            }
        }
    }
}

fn corrupt(reason: &str) -> Fault {
    Fault::new(Category::Data, Cause::Protocol, reason)
}

/// Stops a read from any thread; cheap to clone, harmless after the end.
#[derive(Clone)]
pub struct Canceller {
    asked: Arc<AtomicBool>,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Child(Control),
    InProcess(plugin_abi::ffi::Canceller),
}

impl Canceller {
    pub(crate) fn child(asked: Arc<AtomicBool>, control: Control) -> Canceller {
        Canceller {
            asked,
            way: Way::Child(control),
        }
    }

    pub(crate) fn in_process(asked: Arc<AtomicBool>, plugin: plugin_abi::ffi::Canceller) -> Canceller {
        Canceller {
            asked,
            way: Way::InProcess(plugin),
        }
    }

    /// Asks the plugin to stop. The read then ends with a fault of category `cancelled`; a child that does not obey
    /// within its grace is killed.
    pub fn cancel(&self) {
        self.asked.store(true, Ordering::Relaxed);
        match &self.way {
            // A child that is gone already needs no asking.
            Way::Child(control) => drop(control.send(&Down::Cancel)),
            Way::InProcess(plugin) => plugin.cancel(),
        }
    }
}
