//! `connectors/*.toml` and `mappings/`.
//! Here because a source is one file, and must be complete before it is used.
//! In: the files. Out: checked connectors with their schedules, in the order of their files.
//! Not here: plugin options, which the plugin itself checks; what a schedule is (schedules).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hub_model::guard::BoundsWritten;
use hub_runtime::Guards;
use hub_runtime::schedule::Task;
use hub_runtime::settings::Connector;
use plugin_host::{Access, Isolation, Limits};
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::Reader;
use super::schedules::{Defaults, Owner, Page};
use super::schedules_file::RawSchedule;
use super::schedules_graph::Written;
use super::secrets::SecretRef;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectorFile {
    connector: RawConnector,
    #[serde(default)]
    schedule: Vec<RawSchedule>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawConnector {
    id: String,
    plugin: String,
    title: String,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    isolation: RawIsolation,
    #[serde(default = "batch_rows")]
    batch_rows: usize,
    #[serde(default)]
    options: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    secrets: BTreeMap<String, SecretRef>,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default)]
    access: RawAccess,
    #[serde(default)]
    guard: BoundsWritten,
    #[serde(default)]
    streams: BTreeMap<String, RawStream>,
}

/// What the hub itself is told about a stream; what the plugin is told stands in its options.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawStream {
    #[serde(default)]
    guard: BoundsWritten,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct RawAccess {
    read: BTreeSet<PathBuf>,
    write: BTreeSet<PathBuf>,
    execute: BTreeSet<PathBuf>,
    connect: BTreeSet<u16>,
    everything: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RawIsolation {
    #[default]
    Process,
    InProcess,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    memory_mb: Option<u64>,
    cpu_seconds: Option<u64>,
    open_files: Option<u64>,
    stall_seconds: Option<u64>,
    grace_seconds: Option<u64>,
}

const fn yes() -> bool {
    true
}

const fn batch_rows() -> usize {
    8192
}

/// The connectors, by file name, and the schedules of all of them, of those that are not enabled too.
pub(super) fn read(reader: &Reader, defaults: &Defaults) -> anyhow::Result<(Vec<Connector>, Vec<Written>)> {
    let mut connectors: Vec<Connector> = Vec::new();
    let mut schedules = Vec::new();
    for path in reader.folder(Path::new("connectors"), "toml")? {
        let file: ConnectorFile = reader.toml(&path)?;
        let raw = file.connector;
        let refuse = |message: String| reader.mistake(&path, &format!("{:?}", raw.id), message);
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if raw.id.is_empty() || raw.id.len() > 64 || !raw.id.chars().all(shaped) {
            return Err(refuse(format!("id {:?}: 1 to 64 of a-z, 0-9, '-', '_'", raw.id)).into());
        }
        if connectors.iter().any(|known| known.id == raw.id) {
            return Err(refuse(format!("id {:?} is used by another file too", raw.id)).into());
        }
        let page = Page {
            reader,
            text: reader.text(&path)?,
            file: path.clone(),
            defaults,
        };
        let owner = Owner {
            task: Task::Pull(raw.id.clone()),
            enabled: raw.enabled,
        };
        schedules.extend(page.read(file.schedule, &owner)?);
        if raw.enabled {
            connectors.push(checked(reader, raw, &path)?);
        }
    }
    Ok((connectors, schedules))
}

fn checked(reader: &Reader, raw: RawConnector, file: &Path) -> anyhow::Result<Connector> {
    let secrets = raw
        .secrets
        .iter()
        .map(|(name, secret)| Ok((name.clone(), secret.fetch(reader, file)?)));
    Ok(Connector {
        secrets: secrets.collect::<anyhow::Result<_>>()?,
        mappings: mappings(reader, &raw.id)?,
        file: reader.path(file),
        id: raw.id,
        title: raw.title,
        plugin: raw.plugin,
        isolation: match raw.isolation {
            RawIsolation::Process => Isolation::Child,
            RawIsolation::InProcess => Isolation::InProcess,
        },
        options: raw.options.into_iter().collect(),
        guards: guards(reader, raw.guard, raw.streams, file)?,
        limits: limits(&raw.limits),
        access: access(reader, raw.access, file)?,
        batch_rows: raw.batch_rows.clamp(1, 65_536),
    })
}

/// What is granted besides what the options declare; `None` when everything is.
fn access(reader: &Reader, raw: RawAccess, file: &Path) -> anyhow::Result<Option<Access>> {
    let RawAccess {
        read,
        write,
        execute,
        connect,
        everything,
    } = raw;
    let mut paths = read.iter().chain(&write).chain(&execute);
    if let Some(path) = paths.find(|path| !path.is_absolute()) {
        let message = format!("access: {:?} is not an absolute path", path.display());
        return Err(reader
            .mistake(file, &format!("{:?}", path.display().to_string()), message)
            .into());
    }
    let granted = Access {
        read,
        write,
        execute,
        connect,
    };
    Ok((!everything).then_some(granted))
}

/// The bounds of its streams. Which streams there are, the plugin says; a name it does not know is told when it is asked.
fn guards(
    reader: &Reader,
    all: BoundsWritten,
    streams: BTreeMap<String, RawStream>,
    file: &Path,
) -> anyhow::Result<Guards> {
    let guards = Guards {
        all,
        streams: streams
            .into_iter()
            .map(|(name, stream)| (name, stream.guard))
            .collect(),
    };
    let written = std::iter::once(&guards.all).chain(guards.streams.values());
    if let Some((key, should)) = written.into_iter().find_map(BoundsWritten::mistake) {
        return Err(reader.mistake(file, key, format!("{key}: {should}")).into());
    }
    Ok(guards)
}

fn limits(raw: &RawLimits) -> Limits {
    let default = Limits::default();
    Limits {
        memory_bytes: raw.memory_mb.map_or(default.memory_bytes, |mb| mb << 20),
        cpu_seconds: raw.cpu_seconds.unwrap_or(default.cpu_seconds),
        open_files: raw.open_files.unwrap_or(default.open_files),
        stall_ms: raw
            .stall_seconds
            .map_or(default.stall_ms, |seconds| seconds * 1000),
        grace_ms: raw
            .grace_seconds
            .map_or(default.grace_ms, |seconds| seconds * 1000),
        ..default
    }
}

/// The mappings of `mappings/<connector>/<stream>.sql`.
fn mappings(reader: &Reader, connector: &str) -> anyhow::Result<BTreeMap<String, (String, String)>> {
    let mut mappings = BTreeMap::new();
    for path in reader.folder(&Path::new("mappings").join(connector), "sql")? {
        let stream = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        mappings.insert(stream, (reader.text(&path)?, path.display().to_string()));
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests {
    use super::super::schema::tests::same;
    use super::*;

    #[test]
    fn the_schema_of_every_table_has_the_keys_its_parser_takes() {
        same::<RawConnector>();
        same::<RawStream>();
        same::<RawAccess>();
        same::<RawLimits>();
        same::<BoundsWritten>();
    }
}
