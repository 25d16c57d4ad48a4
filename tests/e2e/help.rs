//! The command line itself: every help page as it was agreed on, formats, colours, languages, columns that stand below each other.
//! Here because help is the first page of the manual, and a script that reads a list breaks when its form changes.
//! In: `--help` of every command, lists. Out: the pages against `snapshots/help.txt`; the same list in every format.
//! Not here: what commands do.
//!
//! `HUB_SNAPSHOTS=renew cargo test --workspace --test e2e -- help::` writes the pages anew; what changed is then read in the diff.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{PATIENCE, program, run, setting};
use crate::site::Site;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// Most commands there are; a page that names itself must not go on for ever.
const COMMANDS_MAX: usize = 400;

/// The page of a command.
fn page(command: &[String], more: &[&str]) -> String {
    let mut hub = program("hub");
    hub.args(more).args(command).arg("--help");
    run(&mut hub, PATIENCE).good().stdout
}

/// The commands a page lists, hidden ones and `help` left out.
fn listed(page: &str) -> Vec<String> {
    let lines = page.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    commands
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every page, in the order in which pages list commands.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut left = VecDeque::from([Vec::new()]);
    while let Some(command) = left.pop_front() {
        assert!(pages.len() < COMMANDS_MAX, "more than {COMMANDS_MAX} commands");
        let text = page(&command, &[]);
        for (at, name) in listed(&text).into_iter().enumerate() {
            left.insert(at, [&command[..], &[name]].concat());
        }
        let name = std::iter::once("hub").chain(command.iter().map(String::as_str));
        pages.push((name.collect::<Vec<_>>().join(" "), text));
    }
    pages
}

fn snapshot() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/snapshots/help.txt")
}

#[test]
fn every_help_page_is_the_one_that_was_agreed_on() {
    let pages = pages();
    assert!(pages.len() > 80, "{} pages", pages.len());
    let text: String = pages
        .iter()
        .map(|(name, page)| {
            // Spaces at the end of a line are nobody's agreement.
            let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
            let lines = if name == "hub" { lines } else { own(&lines) };
            format!("==== {name} --help\n{}\n\n", lines.join("\n").trim_end())
        })
        .collect();
    if setting("HUB_SNAPSHOTS").as_deref() == Some("renew") {
        fs::write(snapshot(), &text).expect("written");
    }
    let agreed = fs::read_to_string(snapshot()).unwrap_or_default();
    let mut section = "";
    for (nth, (is, was)) in text.lines().zip(agreed.lines()).enumerate() {
        if is.starts_with("==== ") {
            section = is;
        }
        assert!(
            is == was,
            "tests/e2e/snapshots/help.txt:{}: 帮助变了 / help is not as it was agreed on, {section}\n  was: {was}\n  is:  {is}\n\
             有意改动则更新并在 diff 里核对 / if that was meant, write it anew and read the diff:\n  \
             HUB_SNAPSHOTS=renew cargo test --workspace --test e2e -- help::",
            nth + 1
        );
    }
    assert_eq!(
        text.lines().count(),
        agreed.lines().count(),
        "help pages came or went: HUB_SNAPSHOTS=renew cargo test --workspace --test e2e -- help::"
    );
}

/// The lines of a page without the options every command has, which stand on the first page.
fn own<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    const EVERYWHERE: [&str; 7] = [
        "--config",
        "-o, --output",
        "--color",
        "--lang",
        "--quiet",
        "-h, --help",
        "-V, --version",
    ];
    let mut kept = Vec::new();
    let mut skips = false;
    for line in lines {
        let words = line.trim_start();
        let begins = words.starts_with('-') && line.len() - words.len() <= 6;
        if begins {
            skips = EVERYWHERE.iter().any(|option| words.starts_with(option));
        } else if !line.is_empty() && words.len() == line.len() {
            skips = false;
        }
        if !skips {
            kept.push(*line);
        }
    }
    kept
}

pub(crate) fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn help_errors_and_headers_are_in_one_language_when_that_is_asked_for() {
    // What a command is for is said in both, one after the other.
    for (name, both) in pages() {
        let first = both.lines().next().unwrap_or_default();
        assert!(
            first.contains("/ ") && first.chars().any(is_chinese),
            "{name}: {first}"
        );
    }
    for command in [
        &[][..],
        &["run"],
        &["case", "list"],
        &["retention"],
        &["schedule"],
    ] {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let english = page(&command, &["--lang", "en"]);
        // Values of options are listed as they are.
        let said: Vec<&str> = english
            .lines()
            .filter(|line| !line.trim_start().starts_with("- "))
            .collect();
        let chinese = said.iter().find(|line| line.chars().any(is_chinese));
        assert_eq!(chinese, None, "{command:?}");
        let about = page(&command, &["--lang=zh"]);
        let about = about.lines().next().unwrap_or_default();
        assert!(about.chars().any(is_chinese) && !about.contains("/ "), "{about}");
    }
    let site = Site::bare();
    site.hub(&["init", &site.config().to_string_lossy()]).good();
    let table = |lang: &[&str]| -> String {
        let text = site.hub(&[lang, &["table"]].concat()).good().stdout;
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert!(table(&[]).contains("表 table") && table(&["--lang", "en"]).contains("one row is"));
    assert!(!table(&["--lang", "en"]).chars().any(is_chinese));
    assert!(!table(&["--lang", "zh"]).contains("table"));
    let mut hub = program("hub");
    hub.env("HUB_LANG", "en").args(["table", "no_such_table"]);
    let told = run(&mut hub, PATIENCE).ended(4).stderr;
    assert!(
        told.starts_with("error: ") && !told.chars().any(is_chinese),
        "{told}"
    );
    let told = site
        .hub(&["--lang", "zh", "table", "no_such_table"])
        .ended(4)
        .stderr;
    assert!(told.starts_with("错误: ") && !told.contains("no table"), "{told}");
    // One nobody speaks is told as any wrong value.
    let told = site.hub(&["--lang", "fr", "table"]).ended(2).stderr;
    assert!(told.contains("[possible values: zh, en]"), "{told}");
}

#[test]
fn colours_are_there_when_they_are_wanted_and_not_otherwise() {
    let shown = |more: &[&str], env: &[(&str, &str)]| -> String {
        let mut hub = program("hub");
        hub.args(more).arg("--help").envs(env.iter().copied());
        run(&mut hub, PATIENCE).good().stdout
    };
    let coloured = |text: String| text.contains('\u{1b}');
    assert!(!coloured(shown(&[], &[])), "a pipe is no terminal");
    assert!(coloured(shown(&["--color", "always"], &[])));
    assert!(
        coloured(shown(&["--color=always"], &[("NO_COLOR", "1")])),
        "what is typed counts"
    );
    assert!(!coloured(shown(
        &["--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    )));
}

#[test]
fn a_list_is_the_same_in_every_format() {
    let site = Site::new(1_000, 622);
    site.run_all();
    let commands: [&[&str]; 7] = [
        &["run", "list"],
        &["case", "list"],
        &["rule", "list"],
        &["table"],
        &["push", "endpoints"],
        &["audit", "list"],
        &["schedule", "list"],
    ];
    for command in commands {
        let json = site.hub(&[command, &["-o", "json"]].concat()).json();
        let rows = json.as_array().expect("a list").clone();
        assert!(!rows.is_empty(), "{command:?}");
        let lines = site.hub(&[command, &["-o", "jsonl"]].concat()).stdout;
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("one JSON value a line"))
            .collect();
        assert_eq!(lines, rows, "{command:?}");
        let csv = site.hub(&[command, &["-o", "csv"]].concat()).stdout;
        let cells = parsed(&csv);
        assert_eq!(cells.len(), rows.len() + 1, "{command:?}: {csv}");
        for (row, cells) in rows.iter().zip(&cells[1..]) {
            assert_eq!(cells.len(), csv_header(&csv).len(), "{command:?}");
            for (name, cell) in csv_header(&csv).iter().zip(cells) {
                if let Some(text) = row[name]
                    .as_str()
                    .filter(|text| !text.starts_with(['=', '+', '-', '@']))
                {
                    assert_eq!(cell, text, "{command:?} {name}");
                }
            }
        }
        site.hub(&[command, &["-o", "parquet"]].concat()).ended(2);
    }
    // The one list there is in a page is its rows; a page of several is one line, one row.
    let checks = site.hub(&["doctor", "-o", "json"]).json()["checks"].clone();
    let lines = site.hub(&["doctor", "-o", "jsonl"]).stdout;
    assert_eq!(
        lines.lines().count(),
        checks.as_array().map_or(0, Vec::len),
        "{lines}"
    );
    assert!(
        lines.lines().all(|line| line.starts_with("{\"check\":\"")),
        "{lines}"
    );
    assert_eq!(
        site.hub(&["status", "-o", "jsonl"]).good().stdout.lines().count(),
        1
    );
    assert_eq!(parsed(&site.hub(&["status", "-o", "csv"]).good().stdout).len(), 2);
    let query = "SELECT household_no, people_now FROM household ORDER BY household_no";
    let rows = site.ask(&["query", query])["rows"].clone();
    let lines = site.hub(&["query", query, "-o", "jsonl"]).good().stdout;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(Value::Array(lines), rows);
}

fn csv_header(csv: &str) -> Vec<String> {
    parsed(csv).remove(0)
}

/// The cells of a CSV text, as RFC 4180 has them.
fn parsed(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, csv.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty(), "a cell has no end");
    rows
}

#[test]
fn columns_stand_below_each_other_when_cells_are_chinese() {
    let site = Site::new(1_000, 623);
    site.run_all();
    let text = site.hub(&["case", "list", "-n", "200"]).good().stdout;
    let rows = site.ask(&["case", "list", "-n", "200"]);
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    // Where the column of ids begins, by what a terminal shows: a Chinese character is two places wide.
    let (before, _) = header.split_once("编号 case").expect("its header");
    let place = before.width();
    assert!(
        place > before.chars().count(),
        "the columns before have Chinese headers"
    );
    let mut looked = 0;
    for (line, row) in lines.zip(rows.as_array().expect("rows")) {
        let id = row["id"].as_str().expect("an id");
        let (before, _) = line
            .split_once(id)
            .unwrap_or_else(|| panic!("{id} is not in {line}"));
        assert_eq!(before.width(), place, "{line}");
        assert!(before.chars().any(is_chinese), "{line}");
        looked += 1;
    }
    assert!(looked > 3, "{text}");
}
