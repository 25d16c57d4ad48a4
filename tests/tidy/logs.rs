//! Log lines: the names of their fields, in the source.
//! Here because a name nobody listed is dropped when the line is written, and missed on the night it was needed.
//! In: Rust files, the list. Out: breaches: a field of a line or a span that is not listed, a listed one that nothing has.
//! Not here: values, and lines of libraries.

use crate::files::File;
use crate::rust;
use std::collections::BTreeSet;

/// Where the list stands.
const LIST: &str = "hub/src/log/fields.rs";
/// Whose lines go through the hub's log. A connector's are text by the time they get there.
const OURS: [&str; 2] = ["hub/", "plugin-api/host/"];
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// Fields of spans that begin so are no fields: a collector's library reads them.
const OF_LIBRARY: &str = "otel.";

/// Fields that lines carry and the list does not, and the other way round.
pub(crate) fn fields(files: &[File]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == LIST).expect(LIST);
    let (_, rows) = list.text.split_once("FIELDS").expect("the list");
    let (rows, _) = rows.split_once("];").expect("its end");
    let listed: BTreeSet<&str> = rows
        .split('(')
        .filter_map(|row| row.trim_start().strip_prefix('"')?.split('"').next())
        .collect();
    assert!(listed.contains("message"), "{LIST} is not read as it is written");
    let mut breaches = Vec::new();
    let mut used = BTreeSet::from(["message".to_owned()]);
    for file in files.iter().filter(|file| file.is_rust()) {
        if !OURS.iter().any(|ours| file.path.starts_with(ours)) || file.path.contains("/benches/") {
            continue;
        }
        for (line, name) in named(&file.text) {
            if !listed.contains(name.as_str()) {
                breaches.push(format!(
                    "{}:{line}: a log line carries listed fields only, not {name:?}: use one of {LIST}, or list it there and in hub/docs/operating.md",
                    file.path
                ));
            }
            used.insert(name);
        }
    }
    for name in listed.iter().filter(|name| !used.contains(**name)) {
        let line = list.line_of(&format!("(\"{name}\","));
        breaches.push(format!("{LIST}:{line}: no line carries {name:?}"));
    }
    breaches
}

/// The fields of every event and span in `text`, with the line it begins on.
fn named(text: &str) -> Vec<(usize, String)> {
    let code = rust::code(text);
    let mut found = Vec::new();
    let both = |level| [format!("tracing::{level}!("), format!("tracing::{level}_span!(")];
    for begins in LEVELS.into_iter().flat_map(both) {
        for (at, _) in code.match_indices(&begins) {
            let (before, event) = code.split_at(at);
            let line = before.lines().count().max(1);
            for part in arguments(event.split_at(begins.len()).1) {
                let name = part
                    .split_once('=')
                    .map_or(part.as_str(), |(name, _)| name)
                    .trim();
                let name = name.trim_start_matches(['%', '?']);
                if !name.is_empty() && !name.starts_with(OF_LIBRARY) {
                    found.push((line, name.to_owned()));
                }
            }
        }
    }
    found
}

/// What stands between the commas of the call that `code` is inside of.
fn arguments(code: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in code.chars() {
        match c {
            ')' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

#[test]
fn names_are_read_from_events_however_they_are_written() {
    let text = r#"
fn f() {
    tracing::info!(run = %f(a, b), rows, %error, ?why, "a sentence, with (commas)");
    // tracing::warn!(comment, "no");
    let s = "tracing::warn!(text)";
    tracing::warn!(
        event = "x.y",
        wait_ms = g(|a| [a, 1]),
        "{}", 1
    );
    tracing::info_span!("name", otel.kind = "client", sink, status = Empty);
}
"#;
    let names = |line: usize| -> Vec<String> {
        let found = named(text).into_iter().filter(|(at, _)| *at == line);
        found.map(|(_, name)| name).collect()
    };
    assert_eq!(names(3), ["run", "rows", "error", "why"]);
    assert_eq!(names(11), ["sink", "status"]);
    assert_eq!(named(text).len(), 9);
}
