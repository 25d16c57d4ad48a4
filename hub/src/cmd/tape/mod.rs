//! `hub connector record|replay`: rows a source once delivered, kept where the source cannot be reached, and tried again.
//! Here because mappings are written at a desk that sees no department's network, and must not break in silence.
//! In: a connector, or a folder made before. Out: a folder with rows (nobody's any more) and what became of them; differences.
//! Not here: stand-ins for values (model), reading and normalising (runtime's trial). A tape holds rows as the connector
//! delivers them, never a source's raw bytes: those would have to be parsed here, and hold columns nobody declared.

mod folder;
mod outcome;
mod scramble;

use std::path::Path;
use std::process::ExitCode;

use hub_model::StreamId;
use hub_runtime::{Sample, Sources};
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::cli::Output;
use crate::cmd::explain;
use crate::cmd::said::Columns;
use crate::{lang, out};
use folder::{Recorded, Tape};
use outcome::Outcome;
use scramble::Scrambler;

/// Most rows recorded of a stream.
const ROWS_MAX: u64 = 1_000;
/// Most differences shown of a stream.
const DIFFERENCES_MAX: usize = 20;

/// What was recorded of a stream, as it is printed.
#[derive(Debug, Serialize)]
struct Told {
    stream: String,
    rows: usize,
    /// Columns whose values were replaced.
    scrambled: Vec<String>,
    accepted: u64,
    rejected: u64,
    /// The same before values were replaced, when it differs.
    differs: Option<String>,
}

/// Records the first `rows` rows of the streams of `connector` into the new folder `dir`.
pub(super) async fn record(
    app: &App,
    connector: &str,
    stream: Option<&str>,
    rows: u64,
    dir: &Path,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let streams = match stream {
        Some(stream) => vec![stream.to_owned()],
        None => {
            let offered = app.sources.discover(connector).await?;
            offered.into_iter().map(|stream| stream.spec.name).collect()
        }
    };
    let (lake, sources, engine) = app.trial()?;
    let mut read = Vec::new();
    let streams: Vec<&str> = streams.iter().map(String::as_str).collect();
    for sample in sources.samples(connector, &streams, rows.min(ROWS_MAX)).await? {
        let trial = sources.trial(&sample).await?;
        let landed = {
            let engine = engine.clone();
            app.threads
                .spawn(async move {
                    explain::landed(&engine, &trial)
                        .await
                        .map(|landed| (trial, landed))
                })
                .await??
        };
        read.push((sample, landed));
    }
    // Whom the rows name is known only once all of them have been read.
    let mut scrambler = Scrambler::default();
    for (_, (trial, landed)) in &read {
        scrambler.know(&Columns::of(&trial.normalised.lineage), landed);
    }
    let secrets = &app.sources.connector(connector)?.secrets;
    scrambler.keep_out(secrets.values().map(|secret| secret.reveal().to_owned()));
    let mut tape = Tape::new(app, connector)?;
    let mut told = Vec::new();
    for (sample, (trial, _)) in read {
        let columns = Columns::of(&trial.normalised.lineage);
        let (sample, scrambled) = scrambler.sample(sample, &columns)?;
        let again = sources.trial(&sample).await?;
        let outcome = outcome(app, &engine, again).await?;
        let before = trial.normalised.rows;
        let differs =
            (before.accepted != outcome.accepted || before.rejected != outcome.rejected).then(|| {
                format!(
                    "替换前采用 {accepted} 行、退回 {rejected} 行 / {accepted} accepted, {rejected} refused before values were replaced",
                    accepted = before.accepted,
                    rejected = before.rejected
                )
            });
        let recorded = Recorded::of(&sample, outcome)?;
        told.push(Told {
            stream: sample.stream.stream,
            rows: recorded.rows.len(),
            scrambled,
            accepted: recorded.outcome.accepted,
            rejected: recorded.outcome.rejected,
            differs,
        });
        tape.streams.push(recorded);
    }
    drop(lake);
    tape.write(dir)?;
    let value = json!({ "tape": dir, "connector": connector, "streams": told });
    out::show(output, &value, |_| {
        let rows = told.iter().map(|told| {
            vec![
                told.stream.clone(),
                told.rows.to_string(),
                told.accepted.to_string(),
                told.rejected.to_string(),
                told.scrambled.join(" "),
                lang::said(told.differs.as_deref().unwrap_or_default()),
            ]
        });
        let header = [
            "数据流 stream",
            "行 rows",
            "采用 accepted",
            "退回 refused",
            "已替换的列 replaced",
            "",
        ];
        let written = format!("已写入 {} / written", dir.display());
        format!("{}\n{}", lang::said(&written), out::table(&header, rows))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Lands and normalises what the tape in `dir` holds with today's mappings, and compares; with `update` the tape takes
/// today's outcome for the right one.
pub(super) async fn replay(app: &App, dir: &Path, update: bool, output: Output) -> anyhow::Result<ExitCode> {
    let mut tape = Tape::read(dir)?;
    let (lake, sources, engine) = app.trial()?;
    let mut values = Vec::new();
    let mut differing = 0_usize;
    let mappings = mappings(&app.sources, &tape).await?;
    for (recorded, (mapping, origin)) in tape.streams.iter_mut().zip(mappings) {
        let sample = Sample {
            stream: StreamId::new(&tape.connector, &recorded.stream),
            schema: recorded.schema()?,
            mapping: mapping.clone(),
            origin: origin.clone(),
            batches: vec![recorded.batch()?],
            explained: Vec::new(),
            remarks: Vec::new(),
        };
        let trial = sources.trial(&sample).await?;
        let now = outcome(app, &engine, trial).await?;
        let differences = recorded.outcome.differences(&now);
        differing += usize::from(!differences.is_empty());
        let shown: Vec<&String> = differences.iter().take(DIFFERENCES_MAX).collect();
        values.push(json!({
            "stream": recorded.stream,
            "mapping": origin,
            "rows": recorded.rows.len(),
            "differences": differences.len(),
            "shown": shown,
        }));
        if update {
            (recorded.outcome, recorded.mapping, recorded.origin) = (now, mapping, origin);
        }
    }
    drop(lake);
    if update && differing > 0 {
        tape.rewrite(dir)?;
    }
    let value = json!({ "connector": tape.connector, "streams": values, "updated": update && differing > 0 });
    out::show(output, &value, text)?;
    Ok(if differing == 0 || update {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn text(value: &serde_json::Value) -> String {
    let mut lines = Vec::new();
    for stream in value["streams"].as_array().into_iter().flatten() {
        let said = |key: &str| stream[key].as_str().unwrap_or_default();
        let count = stream["differences"].as_u64().unwrap_or_default();
        let verdict = match (count, value["updated"].as_bool()) {
            (0, _) => lang::pair("与录制时相同 same"),
            (count, Some(true)) => {
                let differ = lang::said("处不同，已改录 / differences, taken over");
                format!("{count} {differ}")
            }
            (count, _) => format!("{count} {}", lang::said("处不同 / differences")),
        };
        lines.push(format!(
            "{}{colon}{} {rows}{comma}{verdict}{open}{}{close}",
            said("stream"),
            stream["rows"],
            said("mapping"),
            colon = lang::mark("："),
            rows = lang::pair("行 rows"),
            comma = lang::mark("，"),
            open = lang::mark("（"),
            close = lang::mark("）")
        ));
        let shown = stream["shown"].as_array().into_iter().flatten();
        lines.extend(shown.filter_map(|line| Some(format!("  {}", line.as_str()?))));
    }
    lines.join("\n")
}

/// The mappings a run would use: the site's, else the plugin's; those recorded where the connector is not set up here.
async fn mappings(sources: &Sources, tape: &Tape) -> anyhow::Result<Vec<(String, String)>> {
    if sources.connector(&tape.connector).is_err() {
        let recorded = tape.streams.iter().map(|recorded| {
            let origin = format!(
                "{}{}{}{}",
                recorded.origin,
                lang::mark("（"),
                lang::pair("录制时的映射 as recorded"),
                lang::mark("）")
            );
            (recorded.mapping.clone(), origin)
        });
        return Ok(recorded.collect());
    }
    let streams: Vec<&str> = tape
        .streams
        .iter()
        .map(|recorded| recorded.stream.as_str())
        .collect();
    Ok(sources.mappings(&tape.connector, &streams).await?)
}

async fn outcome(
    app: &App,
    engine: &hub_engine::Engine,
    trial: hub_runtime::Trial,
) -> anyhow::Result<Outcome> {
    let engine = engine.clone();
    app.threads
        .spawn(async move { Outcome::of(&engine, &trial).await })
        .await?
}
