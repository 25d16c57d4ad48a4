//! The forty kinds of dirt, each once: the input as it comes and what becomes of it.
//! Here because the catalogue is a promise to clerks, and a promise nobody tries is a wish.
//! In: one input for each code. Out: the value, the flag or the refusal; the same outcome as the catalogue's page.
//! Not here: every spelling of a kind (the functions' and readers' own tests). Where only the engine can show a code, the
//! table names the test that does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "dirt/rows.rs"]
mod rows;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A kind of dirt.
struct Dirt {
    code: &'static str,
    /// The first word of the page's outcome.
    outcome: &'static str,
    /// As it comes: a cell, or the rows of a file.
    input: &'static str,
    /// What becomes of it.
    gives: &'static str,
    by: By,
}

/// What shows it.
enum By {
    /// Functions of a mapping, which the page names.
    Functions(&'static [&'static str], fn(&str) -> String),
    /// The reader.
    Reader(fn(&str) -> String),
    /// A test of the whole hub: file and name.
    Test(&'static str, &'static str),
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The page's rows: code to the place and the outcome.
fn page() -> BTreeMap<String, (String, String)> {
    let text = std::fs::read_to_string(root().join("hub/docs/dirt.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| D")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [code, _, place, outcome] = cells[..] else {
            panic!("not four cells: {line}");
        };
        let known = rows.insert(code.to_owned(), (place.to_owned(), outcome.to_owned()));
        assert!(known.is_none(), "{code} stands there twice");
    }
    rows
}

#[test]
fn every_kind_of_dirt_becomes_what_the_page_says() {
    let mut page = page();
    let all: Vec<String> = (1..=40).map(|number| format!("D{number:02}")).collect();
    assert_eq!(page.keys().cloned().collect::<Vec<_>>(), all, "the page");
    let table: Vec<&str> = rows::DIRT.iter().map(|dirt| dirt.code).collect();
    assert_eq!(table, all, "the table");
    for dirt in &rows::DIRT {
        let code = dirt.code;
        let (place, outcome) = page.remove(code).unwrap();
        assert!(
            outcome.contains(dirt.outcome),
            "{code}: the page says “{outcome}”, not “{}”",
            dirt.outcome
        );
        match &dirt.by {
            By::Functions(names, show) => {
                for name in *names {
                    assert!(
                        place.contains(&format!("`{name}`")),
                        "{code}: the page does not name {name}"
                    );
                }
                assert_eq!(show(dirt.input), dirt.gives, "{code}");
            }
            By::Reader(show) => {
                assert!(
                    place.contains("reader"),
                    "{code}: the page does not name the reader"
                );
                assert_eq!(show(dirt.input), dirt.gives, "{code}");
            }
            By::Test(file, name) => {
                let text = std::fs::read_to_string(root().join(file)).unwrap();
                assert!(
                    text.contains(&format!("fn {name}(")),
                    "{code}: no test {name} in {file}"
                );
            }
        }
    }
}
