//! `hub.toml`, `conf.d/*.toml` over it, and `HUB__SECTION__KEY` variables over both.
//! Here because every layer is validated by itself before it is laid over the next.
//! In: the files, the environment. Out: one typed value with the defaults filled in.
//! Not here: connectors, channels, rules.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use config::{Config, Environment, File, FileFormat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::files::Reader;
use super::otel::Otel;
use super::retention::Retention;
use super::store::Store;
use crate::exit::ConfigError;
use crate::log::Format;

/// Least that queries can work with, MB.
const MEMORY_MB_MIN: usize = 64;
/// Most scheduled fires under way at the same time.
const AT_ONCE_MAX: usize = 64;
/// The file's name.
pub(super) const NAME: &str = "hub.toml";

/// `hub.toml`. Every key has a default, so that an override names only what it changes.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HubFile {
    pub(super) hub: General,
    pub(super) store: Store,
    pub(super) server: Server,
    pub(super) plugins: Plugins,
    pub(super) engine: Engine,
    pub(super) runs: Runs,
    pub(super) schedules: Schedules,
    pub(super) cases: Cases,
    pub(super) retention: Retention,
    pub(super) log: Log,
    pub(super) lineage: Lineage,
    pub(super) otel: Otel,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct General {
    /// What names this hub in events, usually the division code.
    pub(super) site: String,
    /// Database and lake; relative to the configuration directory.
    pub(super) data_dir: PathBuf,
    /// Plugins; beside the executable when left out.
    pub(super) plugins_dir: Option<PathBuf>,
    /// The day to check as of instead of today: for demonstrations and rehearsals on old data.
    pub(super) as_of: Option<NaiveDate>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Plugins {
    /// Whether a plugin runs only when one of the publishers signed it.
    pub(super) require_signature: bool,
    /// Minisign public keys by the publisher's name.
    pub(super) public_keys: BTreeMap<String, String>,
    /// Folders with the interpreters of plugins that are scripts, and their libraries.
    pub(super) interpreters: BTreeSet<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Server {
    /// Where health and the departments' API are answered.
    pub(super) listen: SocketAddr,
    /// Where Prometheus asks; nowhere when it is left out.
    pub(super) metrics: Option<SocketAddr>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Engine {
    /// What queries may hold; real memory may reach twice that.
    pub(super) memory_mb: usize,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Runs {
    /// How many connectors read at the same time.
    pub(super) reads_at_once: usize,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Schedules {
    /// The zone the times of schedules are in, unless one says otherwise; the host's is never asked.
    pub(super) timezone: String,
    /// How many scheduled fires are under way at the same time, at most.
    pub(super) at_once: usize,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Cases {
    /// Whether whoever said what came of a case may not close it.
    pub(super) four_eyes: bool,
    /// The plugin that reads worksheets which come back; without it none are taken.
    pub(super) worksheet_plugin: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,sqlx=warn`.
    pub(super) level: String,
    /// How lines are written: `auto` is text on a terminal and JSON elsewhere.
    pub(super) format: Format,
}

/// Where runs are told as events of OpenLineage; nowhere when both are left out.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Lineage {
    /// A folder: a file for each day; relative to the configuration directory.
    pub(super) folder: Option<PathBuf>,
    /// A receiver, `http` or `https`: one POST for each event.
    pub(super) url: Option<String>,
}

impl Default for General {
    fn default() -> Self {
        Self {
            site: "000000".to_owned(),
            data_dir: "data".into(),
            plugins_dir: None,
            as_of: None,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8686)),
            metrics: None,
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self { memory_mb: 768 }
    }
}

impl Default for Runs {
    fn default() -> Self {
        Self { reads_at_once: 2 }
    }
}

impl Default for Schedules {
    fn default() -> Self {
        Self {
            timezone: "Asia/Shanghai".to_owned(),
            at_once: 8,
        }
    }
}

impl Default for Cases {
    fn default() -> Self {
        Self {
            four_eyes: true,
            worksheet_plugin: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: Format::Auto,
        }
    }
}

/// Reads and layers.
pub(super) fn read(reader: &Reader) -> anyhow::Result<HubFile> {
    let mut layers = Config::builder();
    for path in self::layers(reader)? {
        let _valid: HubFile = reader.toml(&path)?;
        layers = layers.add_source(File::from_str(&reader.text(&path)?, FileFormat::Toml));
    }
    let environment = Environment::with_prefix("HUB")
        .prefix_separator("__")
        .separator("__");
    let layered = layers
        .add_source(environment)
        .build()
        .and_then(Config::try_deserialize::<HubFile>);
    let hub = layered.map_err(|error| ConfigError(format!("environment variable HUB__…: {error}")))?;
    if hub.engine.memory_mb < MEMORY_MB_MIN {
        let message = format!(
            "engine.memory_mb = {}: at least {MEMORY_MB_MIN}",
            hub.engine.memory_mb
        );
        return Err(wrong(reader, "memory_mb", message));
    }
    if !(1..=AT_ONCE_MAX).contains(&hub.schedules.at_once) {
        let told = format!(
            "schedules.at_once = {}: 1 至 {AT_ONCE_MAX} / from 1 to {AT_ONCE_MAX}",
            hub.schedules.at_once
        );
        return Err(wrong(reader, "at_once", told));
    }
    check_level(&hub.log.level).map_err(|message| wrong(reader, "level", message))?;
    Ok(hub)
}

/// The file and those laid over it, in order.
pub(super) fn layers(reader: &Reader) -> anyhow::Result<Vec<PathBuf>> {
    let overrides = reader.folder(Path::new("conf.d"), "toml")?;
    Ok(std::iter::once(reader.path(Path::new(NAME)))
        .chain(overrides)
        .collect())
}

/// The zone of schedules that do not say theirs.
pub(super) fn timezone(reader: &Reader, schedules: &Schedules) -> anyhow::Result<chrono_tz::Tz> {
    hub_runtime::schedule::zone(&schedules.timezone)
        .map_err(|told| wrong(reader, "timezone", format!("schedules.timezone: {told}")))
}

/// A mistake in what `key` says, at its place: in the last file that says it, or in the environment.
pub(super) fn wrong(reader: &Reader, key: &str, message: String) -> anyhow::Error {
    match saying(reader, key) {
        Ok(file) => reader.mistake(&file, key, message).into(),
        Err(error) => error,
    }
}

/// The file that decides `key`: the last override that says it, else `hub.toml`.
pub(super) fn saying(reader: &Reader, key: &str) -> anyhow::Result<PathBuf> {
    let overrides = reader.folder(Path::new("conf.d"), "toml")?;
    let last = overrides
        .into_iter()
        .rev()
        .find(|path| reader.text(path).is_ok_and(|text| text.contains(key)));
    Ok(last.unwrap_or_else(|| reader.path(Path::new(NAME))))
}

/// A level, or a filter such as `info,sqlx=warn`; the filter's own parser takes a misspelt level for a module's name.
fn check_level(filter: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in filter.split(',') {
        let level = part.rsplit('=').next().unwrap_or_default().trim();
        if !LEVELS.contains(&level) {
            let near = hub_model::nearest(level, LEVELS).unwrap_or("info");
            return Err(format!(
                "log.level = {filter:?}: no level {level:?}; did you mean {near:?}?"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped::Shipped;

    fn shipped() -> String {
        let file = Shipped::get(NAME).unwrap();
        String::from_utf8(file.data.into_owned()).unwrap()
    }

    #[test]
    fn what_the_shipped_file_says_is_what_holds_without_it() {
        let written: HubFile = toml::from_str(&shipped()).unwrap();
        let (written, default) = (
            toml::Table::try_from(written).unwrap(),
            toml::Table::try_from(HubFile::default()).unwrap(),
        );
        assert_eq!(written, default);
    }

    #[test]
    fn every_key_there_is_stands_in_the_shipped_file_and_no_other() {
        // A key that is left out stands there behind a `#`.
        let text = shipped();
        let open = text.lines().map(|line| {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let is_key = bare.split(" = ").next().is_some_and(|key| {
                bare.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            });
            if is_key { bare } else { line }
        });
        let open = open.collect::<Vec<_>>().join("\n");
        let file: HubFile = toml::from_str(&open).unwrap();
        let all = toml::Table::try_from(file).unwrap();
        let keys = |table: &toml::Table| -> Vec<String> {
            let sections = table
                .iter()
                .filter_map(|(section, keys)| Some((section, keys.as_table()?)));
            sections
                .flat_map(|(section, keys)| keys.keys().map(move |key| format!("{section}.{key}")))
                .collect()
        };
        // Every optional key is set there: nothing that can be written is missing.
        for key in keys(&all) {
            let (_, key) = key.split_once('.').unwrap();
            assert!(
                text.contains(&format!("{key} = ")),
                "{key} is not in the shipped file"
            );
        }
        let fields: Vec<&str> = concat!(
            include_str!("hub_file.rs"),
            include_str!("store.rs"),
            include_str!("otel.rs"),
            include_str!("retention.rs")
        )
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub(super) "))
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, kind)| {
            kind.ends_with(',')
                && ![
                    "hub",
                    "store",
                    "server",
                    "plugins",
                    "engine",
                    "runs",
                    "schedules",
                    "cases",
                    "retention",
                    "log",
                    "lineage",
                    "otel",
                ]
                .contains(name)
        })
        .map(|(name, _)| name)
        .collect();
        for field in &fields {
            assert!(
                keys(&all).iter().any(|key| key.ends_with(&format!(".{field}"))),
                "{field} stands nowhere"
            );
        }
        assert_eq!(fields.len(), keys(&all).len());
    }
}
