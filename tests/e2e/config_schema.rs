//! The schemas of the files people write: what is shipped holds by them, and a typo does not.
//! Here because an editor must neither draw red lines under what is right nor be silent about what is wrong.
//! In: shipped files, templates, files of a site; a validator that is not ours. Out: what it says.
//! Not here: which keys each type has (the crates' own tests).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{PATIENCE, program, python, run};
use crate::site::Site;

/// The kind of the file `path` below a configuration directory.
fn kind(path: &Path) -> Option<&'static str> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let name = path.file_name()?.to_str()?;
    match (folder, name) {
        ("conf.d", _) | (_, "hub.toml") => Some("hub"),
        ("connectors", _) => Some("connector"),
        ("rules", _) => Some("rule"),
        (_, "parameters.toml" | "parameters.local.toml") => Some("parameters"),
        (_, "schedules.toml") => Some("schedules"),
        (_, "channels.toml") => Some("channels"),
        (_, "routes.toml") => Some("routes"),
        (_, "places.toml") => Some("places"),
        _ => None,
    }
}

/// Every `.toml` below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// TOML as a validator of JSON sees it: dates and times are texts.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is) => is.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, as_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// The file with the channels and routes in it that its comments show.
fn opened(text: &str) -> String {
    let mut open = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let bare = line
            .strip_prefix("# ")
            .or_else(|| line.strip_prefix('#'))
            .unwrap_or(line);
        inside = (inside || bare.starts_with("[[")) && !bare.is_empty();
        open.push(if inside && line.starts_with('#') {
            bare
        } else {
            line
        });
    }
    open.join("\n")
}

#[test]
fn what_is_shipped_and_what_is_made_holds_by_its_schema_and_a_typo_does_not() {
    let site = Site::new(1_000, 221);
    let schemas = site.path("schema");
    let mut write = program("hub");
    write.args(["config", "schema", "--dir"]).arg(&schemas);
    run(&mut write, PATIENCE).good();

    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
    site.departments(1_000, 221);
    site.connect_departments(None);
    let made = site.path("made");
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for kind in ["rust", "c", "python", "config"] {
        let mut new = site.command(&["connector", "new", "made", "--kind", kind, "--sdk"]);
        new.arg(&sdk).arg("--dir").arg(made.join(kind));
        run(&mut new, PATIENCE).good();
    }
    let mut templates = 0;
    let mut cases: Vec<Value> = Vec::new();
    let all = [&shipped, &site.config(), &made].map(|folder| files(folder));
    for path in all.into_iter().flatten() {
        let text = fs::read_to_string(&path).expect("a file");
        let is_made = path.starts_with(&made) && text.lines().any(|line| line == "[connector]");
        templates += usize::from(is_made);
        let Some(kind) = is_made.then_some("connector").or_else(|| kind(&path)) else {
            continue;
        };
        let variants = match kind {
            "channels" | "routes" if path.starts_with(&shipped) => vec![text.clone(), opened(&text)],
            _ => vec![text],
        };
        for text in variants {
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{path:?}: {error}"));
            cases.push(json!({
                "kind": kind,
                "file": path.display().to_string(),
                "value": as_json(toml::Value::Table(table)),
            }));
        }
    }
    assert!(cases.len() > 200, "{} files", cases.len());
    assert_eq!(templates, 4, "each kind of connector is made with its file");
    let list = site.path("cases.json");
    fs::write(&list, serde_json::to_vec(&cases).expect("JSON")).expect("written");
    let Some(said) = python(
        &["jsonschema"],
        "schemas.py",
        &[&schemas.to_string_lossy(), &list.to_string_lossy()],
    ) else {
        return;
    };
    assert_eq!(said["wrong"], json!([]), "{said}");
    assert_eq!(said["checked"], cases.len(), "{said}");
    // In every table of every file, a key more is refused where the parser refuses it.
    assert_eq!(said["taken"], json!([]), "an unknown key is taken there");
    assert!(said["refused"].as_u64() > Some(1_000), "{said}");
}

#[test]
fn a_schema_is_printed_by_name_and_a_wrong_name_is_told() {
    let mut known = program("hub");
    known.args(["config", "schema", "-o", "json"]);
    let known = run(&mut known, PATIENCE).good().json();
    let kinds: Vec<&str> = known
        .as_array()
        .expect("kinds")
        .iter()
        .filter_map(|kind| kind["kind"].as_str())
        .collect();
    assert_eq!(kinds.len(), 8, "{known}");
    for kind in kinds {
        let mut schema = program("hub");
        schema.args(["config", "schema", kind]);
        let schema = run(&mut schema, PATIENCE).good().json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["additionalProperties"], false, "{kind}");
    }
    let mut wrong = program("hub");
    wrong.args(["config", "schema", "conector"]);
    let wrong = run(&mut wrong, PATIENCE).ended(2);
    assert!(wrong.stderr.contains("connector"), "{}", wrong.stderr);
}
