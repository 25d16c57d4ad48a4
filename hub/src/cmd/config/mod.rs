//! `hub config …`: whether the configuration is right, what holds, and what a key means.
//! Here because whoever changes a file wants to know before the service does.
//! In: the configuration directory. Out: what is right and wrong, in three stages; settings with who says so; keys with their meaning.
//! Not here: reading the files (settings).

mod explain;
mod schema;

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use tokio::runtime::Handle;

use crate::app::App;
use crate::cli::{Config, Output};
use crate::settings::{self, Setting};
use crate::{exit, lang, out};

pub(super) use schema::write as write_schemas;

pub(super) async fn run(
    config: Config,
    dir: &Path,
    threads: Handle,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match config {
        Config::Validate { no_env } => validate(dir, threads, no_env, output).await,
        Config::Show { origin } => show(dir, origin, output),
        Config::Explain { key } => explain::run(key.as_deref(), output),
        Config::Schema { kind, dir } => schema::run(kind, dir.as_deref(), output),
    }
}

/// What was looked at.
#[derive(Debug, Clone, Serialize)]
struct Checked {
    /// `files`, `rules` or `environment`
    stage: &'static str,
    /// What.
    what: String,
    /// What is wrong with it; `None` when nothing is.
    wrong: Option<String>,
}

impl Checked {
    fn new(stage: &'static str, what: impl Into<String>, wrong: Option<String>) -> Self {
        Self {
            stage,
            what: what.into(),
            wrong,
        }
    }
}

async fn validate(dir: &Path, threads: Handle, no_env: bool, output: Output) -> anyhow::Result<ExitCode> {
    // What is wrong with a file is told by itself, with its place and exit code 78: nothing beyond can be looked at.
    let app = App::open(dir, threads)?;
    let settings = &app.loaded.settings;
    let mut checked = vec![Checked::new(
        "files",
        format!(
            "{sources} 个数据源，{channels} 个通道，{rules} 条规则 / {sources} connectors, {channels} channels, {rules} rules",
            sources = settings.connectors.len(),
            channels = settings.channels.len(),
            rules = app.book.rules.len()
        ),
        None,
    )];
    let book = app.tried_book().await?;
    let wrong_files = !book.refused.is_empty();
    for refused in &book.refused {
        checked.push(Checked::new("rules", &refused.rule, Some(refused.why.clone())));
    }
    if !no_env {
        checked.push(data_dir(&settings.home.data_dir));
        for connector in &settings.connectors {
            let works = app.sources.check(&connector.id).await;
            let wrong = works
                .err()
                .map(|error| format!("{:#}", settings::placed(error, settings)));
            checked.push(Checked::new("environment", &connector.id, wrong));
        }
    }
    let wrong_around = checked
        .iter()
        .any(|checked| checked.stage == "environment" && checked.wrong.is_some());
    out::show(output, &checked, |checked| {
        let lines = checked.iter().map(|checked| match &checked.wrong {
            None => format!("✔ {}  {}", checked.stage, lang::said(&checked.what)),
            Some(wrong) => format!("✘ {}  {}: {}", checked.stage, checked.what, lang::said(wrong)),
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(match (wrong_files, wrong_around) {
        (true, _) => ExitCode::from(exit::CONFIG),
        (false, true) => ExitCode::from(exit::PARTIAL),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Whether the data directory can be written to, or made.
fn data_dir(path: &Path) -> Checked {
    let wrong = std::fs::create_dir_all(path)
        .and_then(|()| tempfile::tempfile_in(path))
        .err()
        .map(|error| error.to_string());
    Checked::new("environment", path.display().to_string(), wrong)
}

fn show(dir: &Path, origin: bool, output: Output) -> anyhow::Result<ExitCode> {
    // As it is used: a mistake is told before anything is shown.
    let (loaded, _) = settings::load_whole(dir)?;
    let mut found = settings::origins(&loaded.dir)?;
    found.insert(
        0,
        Setting {
            key: "configuration".to_owned(),
            value: loaded.files.hash,
            origin: lang::said(&format!(
                "{count} 个文件的摘要 / a digest of {count} files",
                count = loaded.files.files.len()
            )),
        },
    );
    out::show(output, &found, |found| {
        let row = |setting: &Setting| {
            let mut row = vec![setting.key.clone(), setting.value.clone()];
            row.extend(origin.then(|| setting.origin.clone()));
            row
        };
        let header: &[&str] = if origin {
            &["设置 key", "值 value", "出处 origin"]
        } else {
            &["设置 key", "值 value"]
        };
        out::table(header, found.iter().map(row))
    })?;
    Ok(ExitCode::SUCCESS)
}
