//! The crates: edges between ours, owners of the heavy ones, one place for versions.
//! Here because a crate boundary is a door, and this table says who has a key.
//! In: `cargo metadata`, the manifests' texts. Out: breaches.
//! Not here: the graph behind direct dependencies (.deny.toml).

use crate::files::{self, File};
use serde_json::Value;
use std::process::Command;
use toml::Table;

/// Each of our crates and those of ours it may use.
const USES: [(&str, &[&str]); 13] = [
    ("plugin-abi", &[]),
    ("plugin-api", &["plugin-abi"]),
    ("plugin-host", &["plugin-abi"]),
    ("connector-kit", &["plugin-abi", "plugin-api"]),
    ("hub-model", &[]),
    ("hub-store", &["hub-model"]),
    ("hub-engine", &["hub-model"]),
    ("hub-runtime", &["hub-model", "hub-store", "plugin-host"]),
    ("hub-web", &["hub-model", "hub-store", "hub-runtime"]),
    (
        "hub",
        &[
            "hub-model",
            "hub-store",
            "hub-engine",
            "hub-runtime",
            "hub-web",
            "plugin-host",
            "seeds",
        ],
    ),
    ("seeds", &["hub-model"]),
    ("tests", &[]),
    ("hostile-plugin", &["plugin-abi", "plugin-api"]),
];
/// What every connector may use.
const CONNECTOR_USES: &[&str] = &["connector-kit", "plugin-api"];
/// What tests may use on top: crate, used crate, why.
const TESTS_USE: [(&str, &str, &str); 4] = [
    (
        "hub-engine",
        "hub-store",
        "the bench of the rules begins with the catalogue of a demo",
    ),
    (
        "connector-kit",
        "hub-model",
        "what the reader repairs and what the functions do is one table of dirt",
    ),
    (
        "connector-roster",
        "seeds",
        "its exports are read where the right answers are known",
    ),
    (
        "hostile-plugin",
        "plugin-host",
        "the hostile target drives a host without a hub around it",
    ),
];
/// Dependencies with owners. Nobody else has them, in tests neither.
const OWNERS: [(&str, &[&str]); 27] = [
    ("libloading", &["plugin-host"]),
    // A bridge to other people's drivers, in a child already.
    ("adbc_core", &["connector-adbc"]),
    ("adbc_driver_manager", &["connector-adbc"]),
    // The end-to-end tests correct a workbook as a clerk does.
    ("calamine", &["connector-kit", "tests"]),
    ("quick-xml", &["connector-kit"]),
    ("csv", &["connector-kit"]),
    // The model reads what a lost byte of GBK may have been.
    ("encoding_rs", &["connector-kit", "hub-model"]),
    ("jieba-rs", &["hub-model"]),
    ("sqlx", &["hub-store", "connector-kit"]),
    ("datafusion", &["hub-engine"]),
    ("parquet", &["hub-engine"]),
    ("object_store", &["hub-engine"]),
    // The hub itself only to tell a collector, where it is built so.
    ("reqwest", &["hub-runtime", "connector-kit", "hub"]),
    ("axum", &["hub-web", "seeds"]),
    ("utoipa", &["hub-web"]),
    ("utoipa-axum", &["hub-web"]),
    // The kit's tests and bench read what a real writer wrote.
    (
        "rust_xlsxwriter",
        &["seeds", "hub-runtime", "connector-kit", "tests"],
    ),
    ("lettre", &["hub-runtime"]),
    ("croner", &["hub-runtime"]),
    ("cron", &["hub-runtime"]),
    ("clap", &["hub", "seeds"]),
    ("config", &["hub"]),
    ("crossterm", &["hub"]),
    ("indicatif", &["hub"]),
    ("anyhow", &["hub", "seeds"]),
    // Connectors derive through plugin-api's own export; the hostile plugin forges what that would refuse. Events have schemas,
    // and so have the files people write, wherever their types stand.
    (
        "schemars",
        &[
            "plugin-api",
            "hostile-plugin",
            "hub-model",
            "hub-engine",
            "hub-runtime",
            "hub",
        ],
    ),
    ("rust-embed", &["hub"]),
];

/// What cargo says about the workspace's members.
pub(crate) fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(files::root())
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo's JSON")
}

/// One line of a member's dependencies.
struct Dependency<'a> {
    user: &'a str,
    used: &'a str,
    for_tests: bool,
    ours: bool,
    connector: bool,
    /// `file:line` of it.
    place: String,
}

fn dependencies(metadata: &Value) -> Vec<Dependency<'_>> {
    let root = files::root();
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        let manifest = text(package, "manifest_path");
        let path = manifest
            .strip_prefix(&*root.to_string_lossy())
            .unwrap_or(manifest)
            .trim_start_matches('/');
        let written = std::fs::read_to_string(manifest).unwrap_or_default();
        let file = File {
            path: path.to_owned(),
            text: written,
        };
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            found.push(Dependency {
                user: text(package, "name"),
                used,
                for_tests: dependency["kind"] == "dev",
                ours: dependency["path"].is_string(),
                connector: path.starts_with("connectors/") && path != "connectors/kit/Cargo.toml",
                place: format!("{path}:{}", file.line_of(used)),
            });
        }
    }
    found
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Edges nobody agreed to, and crates without a row.
pub(crate) fn edges(metadata: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    let row = |name: &str| USES.iter().find(|(user, _)| *user == name).map(|(_, uses)| *uses);
    for package in list(metadata, "packages") {
        let (name, manifest) = (text(package, "name"), text(package, "manifest_path"));
        if row(name).is_none() && !manifest.contains("/connectors/") {
            breaches.push(format!(
                "{manifest}:1: {name} has no row in the table of who uses whom"
            ));
        }
    }
    for edge in dependencies(metadata).iter().filter(|edge| edge.ours) {
        let uses = if edge.connector {
            CONNECTOR_USES
        } else {
            row(edge.user).unwrap_or_default()
        };
        let in_tests = edge.for_tests
            && TESTS_USE
                .iter()
                .any(|(user, used, _)| (*user, *used) == (edge.user, edge.used));
        if !uses.contains(&edge.used) && !in_tests {
            breaches.push(format!(
                "{}: {} may use of ours: {}; not {}",
                edge.place,
                edge.user,
                if uses.is_empty() {
                    "nothing".to_owned()
                } else {
                    uses.join(", ")
                },
                edge.used
            ));
        }
    }
    breaches
}

/// Owned dependencies in other hands.
pub(crate) fn owners(metadata: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    for dependency in dependencies(metadata) {
        let owned = OWNERS.iter().find(|(name, _)| *name == dependency.used);
        if let Some((name, owners)) = owned
            && !owners.contains(&dependency.user)
        {
            breaches.push(format!(
                "{}: {name} belongs to {}; not to {}",
                dependency.place,
                owners.join(" and "),
                dependency.user
            ));
        }
    }
    breaches
}

/// Versions that stand outside the root manifest.
pub(crate) fn versions(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_manifest() && file.path != "Cargo.toml")
    {
        let manifest: Table = file
            .text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", file.path));
        // A root of its own has nobody to take a version from.
        if manifest.contains_key("workspace") {
            continue;
        }
        let targets = manifest.get("target").and_then(toml::Value::as_table);
        let per_target = targets
            .into_iter()
            .flat_map(Table::values)
            .filter_map(toml::Value::as_table);
        for table in std::iter::once(&manifest).chain(per_target) {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let entries = table.get(kind).and_then(toml::Value::as_table);
                for (name, value) in entries.into_iter().flatten() {
                    if !inherited(value) {
                        breaches.push(format!(
                            "{}:{}: {name} takes its version from the root manifest: `{name}.workspace = true`",
                            file.path,
                            file.line_of(name)
                        ));
                    }
                }
            }
        }
    }
    breaches
}

/// From the root manifest, or a neighbour's folder, which has no version of its own.
fn inherited(value: &toml::Value) -> bool {
    let has = |key: &str| value.get(key).is_some();
    let from_root = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    from_root || has("path") && !has("version") && !has("git")
}

/// `rust-version` of the workspace, as major.minor.
pub(crate) fn rust_version(root_manifest: &str) -> String {
    let manifest: Table = root_manifest.parse().expect("Cargo.toml is TOML");
    let version = manifest["workspace"]["package"]["rust-version"]
        .as_str()
        .expect("a text");
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}
