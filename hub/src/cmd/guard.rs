//! `hub connector guard ID`: the bounds of a source's streams, what they go by, and what past periods suggest.
//! Here because a bound is set by looking at what honest periods did, not by guessing.
//! In: a connector's id. Out: bounds with where each is written, the last approved period, suggestions nobody applies.
//! Not here: comparing and suggesting (model).

use std::collections::BTreeSet;

use hub_model::StreamId;
use hub_model::guard::{BoundsWritten, Suggestion, suggest};
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::{lang, out};

/// A stream's guard.
#[derive(Serialize)]
struct Shown {
    stream: String,
    /// Approved parts, in order, with their rows.
    periods: Vec<(String, u64)>,
    bounds: Vec<Bound>,
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Bound {
    key: &'static str,
    value: String,
    /// The table that says so; none: it is the default.
    written_in: Option<String>,
}

pub(super) async fn show(app: &App, id: &str, output: Output) -> anyhow::Result<()> {
    let connector = app.sources.connector(id)?;
    let store = app.reader().await?;
    let mut streams: BTreeSet<String> = store.profiled_streams(id).await?.into_iter().collect();
    streams.extend(connector.guards.streams.keys().cloned());
    let mut shown = Vec::new();
    for stream in streams {
        let history = store.history(&StreamId::new(id, &stream)).await?;
        let bounds = connector.guards.of(&stream);
        let bound = |key: &'static str| Bound {
            key,
            value: bounds.written(key).unwrap_or_default(),
            written_in: connector.guards.table(&stream, key),
        };
        shown.push(Shown {
            periods: history
                .parts
                .iter()
                .map(|(part, profile)| (part.clone(), profile.rows))
                .collect(),
            bounds: BoundsWritten::KEYS.into_iter().map(bound).collect(),
            suggestions: suggest(&history, &bounds),
            stream,
        });
    }
    let file = connector.file.display().to_string();
    out::show(output, &shown, |shown| text(shown, &file))
}

fn text(shown: &[Shown], file: &str) -> String {
    if shown.is_empty() {
        return lang::said(
            "还没有读过任何数据，下次运行的数据将作为比较的起点 / nothing was read yet; the next run is the first to compare with",
        );
    }
    let mut text = String::new();
    for stream in shown {
        let periods: Vec<String> = stream
            .periods
            .iter()
            .rev()
            .take(12)
            .map(|(part, rows)| format!("{part}: {rows}"))
            .collect();
        text.push_str(&format!(
            "{}  {}: {}\n",
            stream.stream,
            lang::pair("已采用的期次及行数 approved"),
            periods.join("  ")
        ));
        let rows = stream.bounds.iter().map(|bound| {
            vec![
                bound.key.to_owned(),
                bound.value.clone(),
                bound
                    .written_in
                    .clone()
                    .unwrap_or_else(|| lang::pair("默认 default")),
            ]
        });
        text.push_str(&out::table(&["界限 bound", "值 value", "写在 written in"], rows));
        for suggestion in &stream.suggestions {
            text.push_str(&format!(
                "\n{suggested}: {} = {}{open}{now} {}{close}{}",
                suggestion.key,
                suggestion.suggested,
                suggestion.now,
                suggestion.why,
                suggested = lang::pair("建议 suggested"),
                now = lang::pair("现为 now"),
                open = lang::mark("（"),
                close = lang::mark("）")
            ));
        }
        text.push_str("\n\n");
    }
    text.push_str(&format!(
        "{}: {file} [connector.streams.<STREAM>.guard]\n",
        lang::pair("建议从不自动采用；要采用就写入 to apply one, write it")
    ));
    text
}
