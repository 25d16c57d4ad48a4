//! Every mapping a connector ships, planned by the engine over the columns that connector declares.
//! Here because a mapping that does not plan stops its source on the first night, and no connector can plan its own.
//! In: `connectors/*/streams.toml` and `mapping/*.sql`. Out: assertions, naming file, line and column.
//! Not here: rows (the end-to-end tests).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, Schema};
use hub_engine::{Engine, EngineOptions, IdentityKey};

/// What the connectors write beside their own columns.
const SPECIAL: [(&str, bool); 3] = [("_locator", false), ("_part", true), ("_header", true)];

fn connectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("streams.toml").is_file())
        .collect();
    found.sort();
    found
}

/// The schema of a stream as its connector declares it: texts, and where they were found.
fn schema(stream: &toml::Table) -> Schema {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = stream["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column.as_str().unwrap_or_else(|| column[0].as_str().unwrap()))
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    for (name, shared) in SPECIAL {
        let kind = if shared {
            dictionary.clone()
        } else {
            DataType::Utf8
        };
        fields.push(Field::new(name, kind, false));
    }
    Schema::new(fields)
}

#[tokio::test]
async fn every_shipped_mapping_plans() {
    let lake = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineOptions {
        lake_dir: lake.path().to_owned(),
        memory_bytes: 1 << 28,
        partitions: 1,
        identity_key: IdentityKey::new([7; 32]),
    })
    .unwrap();
    let (mut planned, mut wrong) = (0, Vec::new());
    for connector in connectors() {
        let text = std::fs::read_to_string(connector.join("streams.toml")).unwrap();
        let streams: toml::Table = toml::from_str(&text).unwrap();
        for stream in streams["stream"].as_array().unwrap() {
            let stream = stream.as_table().unwrap();
            let name = stream["name"].as_str().unwrap();
            let path = connector.join(format!("mapping/{name}.sql"));
            let mapping = std::fs::read_to_string(&path).unwrap();
            let origin = path.display().to_string();
            match engine.check_mapping(&schema(stream), &mapping, &origin).await {
                Ok(()) => planned += 1,
                Err(error) => wrong.push(error.to_string()),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(planned >= 22, "only {planned} mappings were found");
}
