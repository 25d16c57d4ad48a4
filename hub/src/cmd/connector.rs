//! `hub connector …`: the configured sources.
//! Here because an engineer's first questions are: is it there, what does it offer, show me rows.
//! In: a connector's id. Out: answers of its plugin, each from a child process.
//! Not here: landing.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use plugin_host::{Access, Entry, Isolation, Launch, Limits, Lock, PluginFile, Trust, discard_logs};
use serde_json::{Value, json};

use crate::app::{App, host};
use crate::cli::{Connector, Output};
use crate::{lang, out, settings};

/// Most rows a preview shows.
const PREVIEW_ROWS_MAX: u64 = 1000;

pub(super) async fn run(command: Connector, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Connector::New(_) => unreachable!("handled before the configuration is read"),
        Connector::List => list(app, output)?,
        Connector::Check { connector } => {
            app.sources
                .check(&connector)
                .await
                .map_err(|error| settings::placed(error, &app.loaded.settings))?;
            out::show(
                output,
                &json!({ "connector": connector, "reachable": true }),
                |_| format!("{connector}: {}", lang::pair("正常 ok")),
            )?;
        }
        Connector::Discover { connector } => discover(app, &connector, output).await?,
        Connector::Guard { connector } => super::guard::show(app, &connector, output).await?,
        Connector::Preview {
            connector,
            stream,
            rows,
            explain: true,
        } => {
            let rows = rows.min(PREVIEW_ROWS_MAX);
            return super::explain::run(app, &connector, &stream, rows, output).await;
        }
        Connector::Preview {
            connector,
            stream,
            rows,
            explain: false,
        } => {
            let batches = app
                .sources
                .preview(&connector, &stream, rows.min(PREVIEW_ROWS_MAX))
                .await?;
            preview(&batches, output)?;
        }
        Connector::Record {
            connector,
            stream,
            rows,
            out,
        } => return super::tape::record(app, &connector, stream.as_deref(), rows, &out, output).await,
        Connector::Replay { tape, update } => return super::tape::replay(app, &tape, update, output).await,
        Connector::Test { connector, .. } => {
            let connector = app.sources.connector(&connector.unwrap_or_default())?;
            let launch = app.sources.launch(connector, "test")?;
            return conform(&launch, output);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(app: &App, output: Output) -> anyhow::Result<()> {
    let connectors: Vec<_> = app.loaded.settings.connectors.iter().collect();
    let values: Vec<Value> = connectors
        .iter()
        .map(|c| json!({ "id": c.id, "title": c.title, "plugin": c.plugin, "isolation": isolation(c.isolation) }))
        .collect();
    out::show(output, &values, |_| {
        let row = |c: &&hub_runtime::settings::Connector| {
            vec![
                c.id.clone(),
                c.title.clone(),
                c.plugin.clone(),
                isolation(c.isolation).to_owned(),
            ]
        };
        out::table(
            &["编号 id", "名称 title", "插件 plugin", "隔离 isolation"],
            connectors.iter().map(row),
        )
    })
}

const fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Child => "process",
        Isolation::InProcess => "in-process",
    }
}

async fn discover(app: &App, connector: &str, output: Output) -> anyhow::Result<()> {
    let streams = app
        .sources
        .discover(connector)
        .await
        .map_err(|error| settings::placed(error, &app.loaded.settings))?;
    let values: Vec<Value> = streams
        .iter()
        .map(|stream| {
            let columns: Vec<_> = stream
                .schema
                .fields()
                .iter()
                .map(|f| json!({ "name": f.name(), "type": f.data_type().to_string() }))
                .collect();
            json!({
                "stream": stream.spec.name,
                "title": stream.spec.title,
                "modes": stream.spec.modes,
                "primary_key": stream.spec.primary_key,
                "columns": columns,
                "mapping": stream.spec.mapping.is_some(),
            })
        })
        .collect();
    out::show(output, &values, |_| {
        let rows = streams.iter().map(|stream| {
            let columns: Vec<_> = stream
                .schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            vec![
                stream.spec.name.clone(),
                stream.spec.title.clone(),
                stream.spec.modes.join(","),
                columns.join(" "),
            ]
        });
        out::table(&["数据流 stream", "名称 title", "方式 modes", "列 columns"], rows)
    })
}

fn preview(batches: &[RecordBatch], output: Output) -> anyhow::Result<()> {
    let mut header: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    for batch in batches {
        header = batch
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| arrow_cast::cast(c, &DataType::Utf8))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow_array::ArrayRef| {
                let texts = column.as_string::<i32>();
                texts.iter().nth(row).flatten().map(str::to_owned)
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    let objects: Vec<Value> = rows
        .iter()
        .map(|row| {
            Value::Object(
                header
                    .iter()
                    .cloned()
                    .zip(row.iter().map(|cell| json!(cell)))
                    .collect(),
            )
        })
        .collect();
    out::show(output, &objects, |_| {
        out::table_of(
            &header,
            rows.into_iter()
                .map(|row| row.into_iter().map(Option::unwrap_or_default).collect()),
        )
    })
}

/// `hub connector test X.so`: the conformance run of a plugin that nobody has configured yet.
pub(super) fn test(file: &Path, options: Option<&Path>, output: Output) -> anyhow::Result<ExitCode> {
    let plugin = PluginFile::open(file)?;
    let config: Value = match options {
        Some(path) => {
            serde_json::from_str(&std::fs::read_to_string(path).with_context(|| path.display().to_string())?)
                .with_context(|| path.display().to_string())?
        }
        None => json!({}),
    };
    let launch = alone(&plugin, config, &Trust::by_hand(&plugin))?;
    conform(&launch, output)
}

/// A plugin that is not configured: within the usual limits, reaching what `config` declares.
fn alone(plugin: &PluginFile, config: Value, trust: &Trust) -> anyhow::Result<Launch> {
    Ok(Launch {
        plugin: Arc::new(plugin.verify(trust)?),
        access: Some(Access::declared(&config)),
        config,
        secrets: std::collections::BTreeMap::new(),
        isolation: Isolation::Child,
        limits: Limits::default(),
        log: discard_logs(),
    })
}

fn conform(launch: &Launch, output: Output) -> anyhow::Result<ExitCode> {
    let report = tokio::task::block_in_place(|| Ok::<_, anyhow::Error>(host()?.conform(launch, None)))?;
    let value: Value = serde_json::from_str(&report.to_json())?;
    out::show(output, &value, |_| report.to_string())?;
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks a plugin file, in a child, who it is, and pins it in `lock`.
pub(super) fn pin(file: &Path, lock: &mut Lock, trust: &Trust) -> anyhow::Result<Entry> {
    let plugin = PluginFile::open(file)?;
    let launch = alone(&plugin, json!({}), trust)?;
    let spec = host()?
        .spec(&launch)
        .map_err(|fault| anyhow::anyhow!("{}: {fault}", file.display()))?;
    let text = |key: &str| {
        spec.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let entry = Entry {
        name: text("name"),
        version: text("version"),
        file: file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        sha256: plugin.sha256,
        abi: plugin.abi,
    };
    lock.add(entry.clone())?;
    Ok(entry)
}
