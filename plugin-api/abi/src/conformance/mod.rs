//! What every connector must do, as a list of checks.
//! Here, without dependencies, because two hosts run the same list: the SDK in an author's tests, plugin-host in a child.
//! In: a `Subject`, which makes the calls and reports plain facts. Out: `Report`, one line a check.
//! Not here: making the calls, understanding JSON or Arrow.

mod report;

pub use report::{Check, Report};

use crate::Category;
use crate::ffi::Failure;
use std::time::{Duration, Instant};

/// A cancelled read must end within this time.
const CANCEL_WITHIN: Duration = Duration::from_secs(5);
/// No source has a stream of this name.
const UNKNOWN_STREAM: &str = "hub-conformance-no-such-stream";

/// Which configuration a call is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// The one given to the run.
    Given,
    /// A JSON string where an object belongs.
    NotAnObject,
}

/// Facts of the spec document.
#[derive(Clone, Debug, Default)]
pub struct SpecFacts {
    /// Its `name`.
    pub name: String,
    /// Whether `config_schema` is a JSON object.
    pub config_schema: bool,
}

/// Facts of one discovered stream.
#[derive(Clone, Debug, Default)]
pub struct StreamFacts {
    /// Its name.
    pub name: String,
    /// Names of its columns, in order.
    pub columns: Vec<String>,
    /// Its schema as text, for comparison.
    pub schema: String,
    /// Columns named by primary key and cursor.
    pub key_columns: Vec<String>,
}

/// How a stream is to be read.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The stream.
    pub stream: String,
    /// Only these columns.
    pub columns: Option<Vec<String>>,
    /// At most so many rows.
    pub max_rows: Option<u64>,
    /// Release the stream after so many batches.
    pub stop_after: Option<u64>,
    /// Cancel before the first batch is asked for.
    pub cancel: bool,
}

/// Facts of one read that started.
#[derive(Clone, Debug, Default)]
pub struct ReadFacts {
    /// Schema of the stream as text.
    pub schema: String,
    /// Batches that came.
    pub batches: u64,
    /// Rows that came.
    pub rows: u64,
    /// `after_batch` of each checkpoint, in order.
    pub checkpoints: Vec<u64>,
    /// How it ended, if not by itself or as asked.
    pub failure: Option<Failure>,
}

/// Something that can be asked like a connector. Each call is an instance of its own.
pub trait Subject {
    /// The spec document.
    ///
    /// # Errors
    /// What the plugin says, or what is wrong with the document.
    fn spec(&mut self) -> Result<SpecFacts, Failure>;
    /// Open and check.
    ///
    /// # Errors
    /// What the plugin says.
    fn check(&mut self, configuration: Configuration) -> Result<(), Failure>;
    /// Open and discover.
    ///
    /// # Errors
    /// What the plugin says, or what is wrong with the catalogue.
    fn discover(&mut self) -> Result<Vec<StreamFacts>, Failure>;
    /// Open and read.
    ///
    /// # Errors
    /// When the read did not start; later failures are facts.
    fn read(&mut self, ask: &Ask) -> Result<ReadFacts, Failure>;
}

/// Runs all checks. `max_rows` bounds the long reads, for sources that are large; checkpoints are then not seen.
pub fn run(subject: &mut dyn Subject, max_rows: Option<u64>) -> Report {
    let mut report = Report::default();
    let spec = subject.spec();
    report.note(
        "spec: names the connector and has the configuration's JSON Schema",
        judge_spec(spec),
    );
    let refused = subject.check(Configuration::NotAnObject);
    report.note(
        "open: a configuration that is not an object is refused as 'config'",
        judge_refused(refused),
    );
    report.note(
        "check: the given configuration works",
        subject.check(Configuration::Given).map_err(text),
    );
    let unknown = Ask {
        stream: UNKNOWN_STREAM.into(),
        ..Ask::default()
    };
    let outcome = judge_unknown(subject.read(&unknown));
    report.note(
        "read: an unknown stream is refused as 'config' or 'not_found'",
        outcome,
    );
    let streams = match subject.discover() {
        Ok(streams) => streams,
        Err(failure) => {
            report.note("discover: lists the streams", Err(text(failure)));
            return report;
        }
    };
    report.note("discover: lists the streams", judge_streams(&streams));
    for stream in &streams {
        check_stream(subject, stream, max_rows, &mut report);
    }
    report
}

fn check_stream(subject: &mut dyn Subject, stream: &StreamFacts, max_rows: Option<u64>, report: &mut Report) {
    let name = &stream.name;
    let ask = Ask {
        stream: name.clone(),
        max_rows,
        ..Ask::default()
    };
    let known = |column: &&String| !stream.columns.contains(column);
    let stray = stream
        .key_columns
        .iter()
        .find(known)
        .map(|column| format!("no column {column:?}"));
    report.note(
        format!("discover {name}: keys and cursor are columns"),
        stray.map_or(Ok(()), Err),
    );
    let whole = match subject.read(&ask) {
        Ok(whole) => whole,
        Err(failure) => {
            report.note(format!("read {name}: starts"), Err(text(failure)));
            return;
        }
    };
    let same = same_schema(&stream.schema, &whole.schema);
    report.note(format!("read {name}: the schema is the discovered one"), same);
    report.note(
        format!("read {name}: comes to its end"),
        whole.failure.clone().map(text).map_or(Ok(()), Err),
    );
    report.note(
        format!("read {name}: checkpoints are in order and not ahead"),
        judge_checkpoints(&whole),
    );
    for rows in [0, 1] {
        let few = subject.read(&Ask {
            max_rows: Some(rows),
            ..ask.clone()
        });
        report.note(
            format!("read {name}: max_rows {rows} is kept"),
            judge_few(few, rows),
        );
    }
    if let (Some(first), true) = (stream.columns.last(), stream.columns.len() > 1) {
        let columns = Some(vec![first.clone()]);
        let cut = subject.read(&Ask {
            columns,
            max_rows: Some(1),
            ..ask.clone()
        });
        report.note(
            format!("read {name}: a choice of columns is honoured or ignored"),
            judge_cut(cut),
        );
    }
    let early = subject.read(&Ask {
        stop_after: Some(1),
        ..ask.clone()
    });
    report.note(
        format!("read {name}: an early release ends well"),
        judge_early(early),
    );
    let began = Instant::now();
    let cancelled = subject.read(&Ask { cancel: true, ..ask });
    report.note(
        format!("read {name}: a cancel ends it"),
        judge_cancelled(cancelled, began.elapsed()),
    );
}

fn text(failure: Failure) -> String {
    failure.to_string()
}

fn judge_spec(spec: Result<SpecFacts, Failure>) -> Result<(), String> {
    let spec = spec.map_err(text)?;
    if spec.name.is_empty() {
        return Err("no name".into());
    }
    if spec.config_schema {
        Ok(())
    } else {
        Err("no config_schema".into())
    }
}

fn judge_refused(outcome: Result<(), Failure>) -> Result<(), String> {
    match outcome {
        Ok(()) => Err("accepted".into()),
        Err(failure) if failure.category == Category::Config => Ok(()),
        Err(failure) => Err(format!("refused as {failure}")),
    }
}

fn judge_unknown(outcome: Result<ReadFacts, Failure>) -> Result<(), String> {
    match outcome.map(|facts| facts.failure) {
        Ok(None) => Err("read without complaint".into()),
        Err(failure) | Ok(Some(failure)) => {
            let right = matches!(failure.category, Category::Config | Category::NotFound);
            if right {
                Ok(())
            } else {
                Err(format!("refused as {failure}"))
            }
        }
    }
}

fn judge_streams(streams: &[StreamFacts]) -> Result<(), String> {
    if streams.is_empty() {
        return Err("none".into());
    }
    for (index, stream) in streams.iter().enumerate() {
        if stream.name.is_empty() {
            return Err(format!("stream {index} has no name"));
        }
        if streams
            .iter()
            .take(index)
            .any(|earlier| earlier.name == stream.name)
        {
            return Err(format!("two streams are called {:?}", stream.name));
        }
        if stream.columns.is_empty() {
            return Err(format!("stream {:?} has no columns", stream.name));
        }
    }
    Ok(())
}

fn same_schema(discovered: &str, read: &str) -> Result<(), String> {
    if discovered == read {
        Ok(())
    } else {
        Err(format!("discovered {discovered}, read {read}"))
    }
}

fn judge_checkpoints(facts: &ReadFacts) -> Result<(), String> {
    let mut last = 0;
    for after in &facts.checkpoints {
        if *after < last {
            return Err(format!("after batch {after} follows after batch {last}"));
        }
        last = *after;
    }
    if last > facts.batches && facts.failure.is_none() {
        return Err(format!("after batch {last}, but {} came", facts.batches));
    }
    Ok(())
}

fn judge_few(outcome: Result<ReadFacts, Failure>, rows: u64) -> Result<(), String> {
    let facts = outcome.map_err(text)?;
    if let Some(failure) = facts.failure {
        return Err(text(failure));
    }
    if facts.rows <= rows {
        Ok(())
    } else {
        Err(format!("{} rows came", facts.rows))
    }
}

fn judge_cut(outcome: Result<ReadFacts, Failure>) -> Result<(), String> {
    outcome.map_err(text)?.failure.map(text).map_or(Ok(()), Err)
}

fn judge_early(outcome: Result<ReadFacts, Failure>) -> Result<(), String> {
    match outcome.map_err(text)?.failure {
        Some(failure) if failure.category != Category::Cancelled => Err(text(failure)),
        Some(_) | None => Ok(()),
    }
}

fn judge_cancelled(outcome: Result<ReadFacts, Failure>, took: Duration) -> Result<(), String> {
    let failure = match outcome {
        Ok(facts) => facts.failure,
        Err(failure) => Some(failure),
    };
    match failure {
        Some(failure) if failure.category != Category::Cancelled => Err(text(failure)),
        Some(_) | None if took > CANCEL_WITHIN => Err(format!("only after {} ms", took.as_millis())),
        Some(_) | None => Ok(()),
    }
}
