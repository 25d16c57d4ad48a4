//! `hub run log`: what was logged of one run.
//! Here because why a run was slow or failed stands in its own file, and nobody should have to search the service's log for it.
//! In: a run's id. Out: its lines; with `--follow`, those that come until it ends.
//! Not here: writing them (log), how long they are kept (retention).

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use hub_model::{RunId, RunState};
use hub_runtime::run_log;
use serde_json::Value;

use crate::app::App;
use crate::cli::Output;
use crate::cmd::run::none;
use crate::exit::{NotFound, UsageError};
use crate::{log, out};

/// How often a run that goes on is looked at.
const LOOKS: Duration = Duration::from_millis(500);

pub(super) async fn show(app: &App, id: &str, follow: bool, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let known = store.run(id).await?;
    let run = RunId::parse(id).ok().filter(|_| known.is_some());
    let run = run.ok_or_else(|| none(id))?;
    let settings = &app.loaded.settings;
    let path = run_log::file(&settings.home.data_dir, run);
    if follow {
        if !matches!(output, Output::Table | Output::Jsonl) {
            let message =
                "--follow 逐行输出，请用 -o table 或 jsonl / --follow tells line by line: -o table or jsonl";
            return Err(UsageError(message.to_owned()).into());
        }
        let mut tail = Tail::of(path);
        loop {
            // Before it is read: what it wrote at its end is there then.
            let state = store.run(id).await?.map(|run| run.state);
            for line in tail.more()? {
                out::print(&format!("{}\n", said(output, &line)?))?;
            }
            if state != Some(RunState::Running) {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(LOOKS).await;
        }
    }
    if !path.exists() {
        return Err(NotFound(format!(
            "运行 {id} 没有日志：早于保留期（[retention] run_logs_days = {}），或由旧版本运行 / has no log: past keeping, or run by an older version",
            settings.retention.run_logs_days
        ))
        .into());
    }
    let lines = Tail::of(path).more()?;
    out::show(output, &lines, |lines| {
        let lines = lines.iter().map(text);
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn said(output: Output, line: &Value) -> anyhow::Result<String> {
    if output == Output::Jsonl {
        return Ok(serde_json::to_string(line)?);
    }
    Ok(text(line))
}

/// Time, level, sentence and the rest of it.
fn text(line: &Value) -> String {
    let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let time: String = word("timestamp").chars().take(23).collect();
    let mut fields = line["fields"].as_object().cloned().unwrap_or_default();
    // It is the same in every line.
    fields.remove("run");
    format!(
        "{} {:5} {}",
        time.replace('T', " "),
        word("level"),
        log::said(&fields)
    )
}

/// A file that grows.
struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// What came of a line that has not ended.
    rest: String,
}

impl Tail {
    const fn of(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            rest: String::new(),
        }
    }

    /// The lines that came since, whole ones only.
    fn more(&mut self) -> anyhow::Result<Vec<Value>> {
        let at = |path: &Path| path.display().to_string();
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => self.file = Some(file),
                // It has said nothing yet.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(error).with_context(|| at(&self.path)),
            }
        }
        let Some(file) = &mut self.file else {
            return Ok(Vec::new());
        };
        // At most as large as the writer lets it grow.
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| at(&self.path))?;
        self.rest.push_str(&String::from_utf8_lossy(&bytes));
        let Some((whole, rest)) = self.rest.rsplit_once('\n') else {
            return Ok(Vec::new());
        };
        // A line a power cut left unfinished is none.
        let lines = whole.lines().filter_map(|line| serde_json::from_str(line).ok());
        let lines = lines.collect();
        self.rest = rest.to_owned();
        Ok(lines)
    }
}
