//! `hub query`: one SELECT over the canonical tables.
//! Here because not every question has a screen.
//! In: SQL. Out: a table, JSON, CSV or a Parquet file; what was masked and where it was cut goes to stderr.
//! Not here: planning and masking (engine).

mod print;

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use hub_engine::{Answer, Question};

use crate::app::App;
use crate::cli::{Output, Query};
use crate::cmd::{past, reveal};
use crate::exit::UsageError;
use crate::{lang, out};

pub(super) async fn run(query: Query, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    if output == Output::Parquet && query.file.is_none() {
        let message = "-o parquet 须给出文件名 / -o parquet wants a file: hub query SQL -o parquet FILE";
        return Err(UsageError(message.to_owned()).into());
    }
    let (data, day) = past::snapshot(app, &query.past).await?;
    let question = Question {
        sql: query.sql,
        rows_max: query.limit as usize,
        reveal: query.reveal.reason.is_some(),
        day,
    };
    let prepared = app.engine.prepare(&data, &question).await.map_err(as_usage)?;
    let detail = serde_json::json!({
        "columns": prepared.personal(),
        "question": prepared.redacted(),
        "as_of": query.past.as_of,
    });
    let detail = detail.as_object().cloned().unwrap_or_default();
    let subject = "query".to_owned();
    let revealed = reveal::recorded(app, &query.reveal, "query", subject, detail).await?;
    let engine = app.engine.clone();
    let answer = app
        .threads
        .spawn(async move { engine.answer(prepared).await })
        .await??;
    match (output, &query.file) {
        (Output::Parquet, Some(file)) => answer.write_parquet(file)?,
        (_, Some(file)) => {
            let path = || file.display().to_string();
            let mut target = File::options()
                .write(true)
                .create_new(true)
                .open(file)
                .with_context(path)?;
            target
                .write_all(print::text(output, &answer)?.as_bytes())
                .with_context(path)?;
        }
        (_, None) => out::print(&print::text(output, &answer)?)?,
    }
    tell(&answer, revealed);
    Ok(ExitCode::SUCCESS)
}

/// A mistake in the question is the asker's, not the configuration's.
fn as_usage(error: hub_engine::Error) -> anyhow::Error {
    if let hub_engine::Error::Written(mistake) = &error {
        return UsageError(mistake.to_string()).into();
    }
    error.into()
}

fn tell(answer: &Answer, revealed: bool) {
    if answer.cut {
        let cut = format!(
            "只列出前 {} 行，还有更多 / cut at the limit: see -n",
            answer.rows()
        );
        eprintln!("{}", lang::said(&cut));
    }
    if !revealed && !answer.personal().is_empty() {
        let masked =
            "已脱敏，比较和连接所见也是脱敏后的值，请用 person_id；须看原值请用 --reveal 理由 / masked";
        eprintln!("{}: {}", lang::said(masked), answer.personal().join(", "));
    }
}
