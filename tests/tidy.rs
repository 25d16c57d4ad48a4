//! Holds the house rules: who may use whom, who owns which dependency, what a file looks like.
//! Here because a rule that is not checked is a wish.
//! In: `cargo metadata`, the manifests, every file git knows. Out: each breach as `file:line: the rule in words`.
//! Not here: what clippy, rustfmt and cargo-deny check; this target links nothing of the hub.

#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/graph.rs"]
mod graph;
#[path = "tidy/logs.rs"]
mod logs;
#[path = "tidy/rust.rs"]
mod rust;

use files::File;
use std::process::Command;

/// Every name at the top of the repository besides dot-files.
const TOP_LEVEL: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "config",
    "connectors",
    "hub",
    "plugin-api",
    "seeds",
    "tests",
];
/// Longest Rust file, lines.
const LINES_MAX: usize = 400;
/// Ids of the departments' connectors, and as Rust and file names write them.
const SOURCES: [&str; 9] = [
    "roster",
    "civil-affairs",
    "civil_affairs",
    "human-resources",
    "human_resources",
    "procurement-832",
    "procurement_832",
    "pv-grid",
    "pv_grid",
];
/// Marks of unfinished work, split so that this file does not find itself.
const UNFINISHED: [&str; 4] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];
/// Places that exist on one machine only.
const ELSEWHERE: [&str; 2] = [concat!("/wo", "rk/"), concat!("../sha", "red")];

/// Fails with every breach, each on a line of its own.
fn hold(rule: &str, breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{rule}\n  {}\n", breaches.join("\n  "));
}

/// A breach for every line of `files` that holds one of `marks`.
fn lines_with(files: &[File], marks: &[&str], rule: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        for (line, number) in file.text.lines().zip(1..) {
            let lower = line.to_lowercase();
            for mark in marks {
                // Ids are written in any case; marks with capitals are meant as they stand.
                let there = if mark.chars().any(char::is_uppercase) {
                    line.contains(mark)
                } else {
                    lower.contains(mark)
                };
                if there {
                    breaches.push(format!("{}:{number}: {rule}: {mark:?}", file.path));
                }
            }
        }
    }
    breaches
}

#[test]
fn crates_use_only_the_crates_they_may() {
    let metadata = graph::metadata();
    hold("edges between our crates", graph::edges(&metadata));
}

#[test]
fn heavy_dependencies_stay_with_their_owners() {
    let metadata = graph::metadata();
    hold("owners of dependencies", graph::owners(&metadata));
}

#[test]
fn versions_stand_in_the_root_manifest_only() {
    hold("one place for versions", graph::versions(&files::known()));
}

#[test]
fn the_compiler_in_use_is_the_one_the_manifest_names() {
    let root = files::known()
        .into_iter()
        .find(|file| file.path == "Cargo.toml")
        .expect("Cargo.toml");
    let named = graph::rust_version(&root.text);
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let used = said.split(' ').nth(1).unwrap_or_default();
    let major_minor: Vec<&str> = used.split('.').take(2).collect();
    let line = root.line_of("rust-version");
    assert_eq!(
        named,
        major_minor.join("."),
        "Cargo.toml:{line}: rust-version names the compiler in use, which is {used}"
    );
}

#[test]
fn the_top_level_is_the_agreed_one() {
    let mut found: Vec<String> = files::known()
        .iter()
        .filter_map(|file| file.path.split('/').next().map(str::to_owned))
        .filter(|name| !name.starts_with('.'))
        .collect();
    found.dedup();
    let surplus = found
        .iter()
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| format!("{name}:1: nothing else stands at the top level"));
    let missing = TOP_LEVEL
        .iter()
        .filter(|name| !found.iter().any(|found| found == *name))
        .map(|name| format!("{name}:1: stands at the top level, but is missing"));
    hold("the top level", surplus.chain(missing).collect());
}

#[test]
fn unsafe_lives_in_the_ffi_rooms_only() {
    let mut breaches = Vec::new();
    for file in files::known().iter().filter(|file| file.is_rust()) {
        let parts: Vec<&str> = file.path.split('/').collect();
        let room = matches!(parts[..], ["plugin-api", _, "src", "ffi", ..])
            || file.path.starts_with("tests/hostile");
        if room {
            continue;
        }
        for line in rust::lines_with_word(&file.text, "unsafe") {
            breaches.push(format!(
                "{}:{line}: unsafe code lives in plugin-api/*/src/ffi/ and in the hostile tests only",
                file.path
            ));
        }
    }
    hold("unsafe lives in one room", breaches);
}

#[test]
fn every_rust_file_says_what_it_is_and_stays_short() {
    let mut breaches = Vec::new();
    for file in files::known().iter().filter(|file| file.is_rust()) {
        if !file.text.starts_with("//!") {
            breaches.push(format!(
                "{}:1: a Rust file opens with `//!`: what it is and what it does not know",
                file.path
            ));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            breaches.push(format!(
                "{}:{lines}: a Rust file has at most {LINES_MAX} lines",
                file.path
            ));
        }
    }
    hold("headers and lengths", breaches);
}

#[test]
fn log_lines_carry_listed_fields_only() {
    hold("fields of log lines", logs::fields(&files::known()));
}

#[test]
fn nothing_is_left_unfinished() {
    let known = files::known();
    hold(
        "unfinished work",
        lines_with(&known, &UNFINISHED, "work is finished or not begun"),
    );
}

#[test]
fn the_hub_names_no_source() {
    let hub: Vec<File> = files::known()
        .into_iter()
        .filter(|file| file.path.starts_with("hub/"))
        .collect();
    assert!(!hub.is_empty(), "no file below hub/ is known to git");
    hold(
        "the law of the house",
        lines_with(&hub, &SOURCES, "the hub never names a source"),
    );
}

#[test]
fn no_file_points_outside_the_repository() {
    let known = files::known();
    hold(
        "paths",
        lines_with(&known, &ELSEWHERE, "that place exists on one machine only"),
    );
}
