//! What a configuration consists of, object by object, whichever file each stands in.
//! Here because a person thinks of a schedule that changed, not of line 14 of a file.
//! In: texts of files by path. Out: objects by kind and id, each with its keys as they are written.
//! Not here: whether any of it is right (settings), what it means.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::lang;

/// Longest value that is shown whole, characters.
const SHOWN_CHARS: usize = 80;

/// Of which kind an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A key of the hub's own.
    Setting,
    /// A source.
    Connector,
    /// When something is done.
    Schedule,
    /// A way warnings go.
    Channel,
    /// Which of them goes which way.
    Route,
    /// A rule.
    Rule,
    /// A value of a parameter from a day on.
    Parameter,
    /// A name that changed.
    Place,
    /// Working days.
    Calendar,
    /// Anything else that was read.
    File,
}

impl Kind {
    /// The word for it, in Chinese and in English.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Setting => ("设置", "setting"),
            Self::Connector => ("数据源", "connector"),
            Self::Schedule => ("调度", "schedule"),
            Self::Channel => ("通道", "channel"),
            Self::Route => ("路线", "route"),
            Self::Rule => ("规则", "rule"),
            Self::Parameter => ("参数", "parameter"),
            Self::Place => ("地名", "place"),
            Self::Calendar => ("日历", "calendar"),
            Self::File => ("文件", "file"),
        }
    }
}

/// Its keys, as they are written.
pub(super) type Keys = BTreeMap<String, String>;
/// Objects by kind and id.
pub(super) type Objects = BTreeMap<(Kind, String), Keys>;

/// The objects of the files `texts`, by path below the configuration directory. What is no TOML is told of by its digest.
pub(super) fn objects(texts: &BTreeMap<String, String>) -> Objects {
    let mut found = Objects::new();
    // `hub.toml` before `conf.d`, `parameters.toml` before `parameters.local.toml`: whoever comes later wins.
    let mut paths: Vec<&String> = texts.keys().collect();
    paths.sort_by_key(|path| (path.starts_with("conf.d/"), path.contains(".local."), *path));
    for path in paths {
        let text = texts.get(path).map(String::as_str).unwrap_or_default();
        read(&mut found, Path::new(path), text);
    }
    found
}

fn read(found: &mut Objects, path: &Path, text: &str) {
    let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let name = path.to_str().unwrap_or_default();
    let table = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => text.parse::<Table>().ok(),
        Some(_) | None => None,
    };
    match (folder, stem, table) {
        ("", "hub", Some(table)) | ("conf.d", _, Some(table)) => {
            for (key, value) in flat(table) {
                found
                    .entry((Kind::Setting, key))
                    .or_default()
                    .insert("value".to_owned(), value);
            }
        }
        ("connectors", _, Some(mut table)) => {
            let of = table
                .get("connector")
                .and_then(Value::as_table)
                .cloned()
                .unwrap_or_default();
            let id = word(&of, "id").unwrap_or_else(|| stem.to_owned());
            schedules(found, table.remove("schedule"), Some(&id));
            found.entry((Kind::Connector, id)).or_default().extend(flat(of));
        }
        ("", "schedules", Some(mut table)) => schedules(found, table.remove("schedule"), None),
        ("", "channels", Some(mut table)) => {
            each(found, Kind::Channel, table.remove("channel"), |channel| {
                word(channel, "id")
            });
            for (key, value) in flat(table) {
                found
                    .entry((Kind::Setting, format!("channels.{key}")))
                    .or_default()
                    .insert("value".to_owned(), value);
            }
        }
        ("", "routes", Some(mut table)) => each(found, Kind::Route, table.remove("route"), |route| {
            word(route, "id")
        }),
        ("", "places", Some(mut table)) => {
            let id = |place: &Table| {
                let words = ["level", "county", "from", "to"].map(|key| word(place, key).unwrap_or_default());
                Some(words.join("/"))
            };
            each(found, Kind::Place, table.remove("place"), id);
        }
        ("", "parameters" | "parameters.local", Some(mut table)) => {
            let id = |parameter: &Table| {
                let from = parameter.get("from").map(Value::to_string).unwrap_or_default();
                Some(
                    format!("{} {from}", word(parameter, "name")?)
                        .trim_end()
                        .to_owned(),
                )
            };
            each(found, Kind::Parameter, table.remove("parameter"), id);
        }
        ("rules", _, Some(table)) => {
            found.insert((Kind::Rule, stem.to_owned()), flat(table));
        }
        ("calendars", _, _) => {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let days = lines.filter_map(|line| line.split_once(','));
            let days = days.map(|(day, kind)| (day.to_owned(), kind.to_owned()));
            found.insert((Kind::Calendar, stem.to_owned()), days.collect());
        }
        _ => {
            let mapped = folder.strip_prefix("mappings/");
            let key = match mapped {
                Some(connector) => (Kind::Connector, connector.to_owned()),
                None => (Kind::File, name.to_owned()),
            };
            let said = mapped.map_or_else(|| "text".to_owned(), |_| format!("mapping.{stem}"));
            found.entry(key).or_default().insert(said, shown(text));
        }
    }
}

fn schedules(found: &mut Objects, written: Option<Value>, connector: Option<&str>) {
    let id = |schedule: &Table| word(schedule, "id").or_else(|| connector.map(|id| format!("pull.{id}")));
    each(found, Kind::Schedule, written, id);
}

fn each(found: &mut Objects, kind: Kind, written: Option<Value>, id: impl Fn(&Table) -> Option<String>) {
    let Some(Value::Array(written)) = written else {
        return;
    };
    for one in written {
        let Value::Table(one) = one else { continue };
        if let Some(id) = id(&one) {
            found.insert((kind, id), flat(one));
        }
    }
}

fn word(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// The keys of `table` with those of tables in it.
fn flat(table: Table) -> Keys {
    let mut keys = Keys::new();
    let mut left: Vec<(String, Value)> = table.into_iter().collect();
    while let Some((key, value)) = left.pop() {
        match value {
            Value::Table(inner) => left.extend(
                inner
                    .into_iter()
                    .map(|(name, value)| (format!("{key}.{name}"), value)),
            ),
            Value::Array(inner) if inner.iter().any(Value::is_table) => {
                let inner = inner.into_iter().enumerate();
                left.extend(inner.map(|(at, value)| (format!("{key}.{}", at + 1), value)));
            }
            Value::String(text) => {
                keys.insert(key, shown(&text));
            }
            other @ (Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)) => {
                keys.insert(key, shown(&other.to_string()));
            }
        }
    }
    keys
}

/// `text`, or how it begins, how long it is and a digest of it: two that differ are shown differently.
fn shown(text: &str) -> String {
    let chars = text.chars().count();
    if chars <= SHOWN_CHARS && !text.contains('\n') {
        return text.to_owned();
    }
    let digest: String = hex::encode(Sha256::digest(text)).chars().take(8).collect();
    let first: String = text.trim().chars().take(SHOWN_CHARS / 2).collect();
    format!(
        "{}…{open}{} {lines}{comma}{chars} {characters}{comma}{digest}{close}",
        first.replace('\n', " "),
        text.lines().count(),
        open = lang::mark("（"),
        lines = lang::pair("行 lines"),
        comma = lang::mark("，"),
        characters = lang::pair("字 characters"),
        close = lang::mark("）")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Objects {
        let texts = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        objects(&texts.collect())
    }

    #[test]
    fn every_file_is_taken_apart_and_later_ones_win() {
        let found = of(&[
            ("conf.d/site.toml", "[hub]\nsite = \"341200\"\n"),
            ("hub.toml", "[hub]\nsite = \"000000\"\n[log]\nlevel = \"info\"\n"),
            (
                "connectors/a.toml",
                "[connector]\nid = \"a\"\n[connector.options]\nurl = \"x\"\n[[schedule]]\nevery = \"2s\"\n",
            ),
            (
                "schedules.toml",
                "[[schedule]]\nid = \"check.x\"\nafter = [\"pull.a\"]\n",
            ),
            ("mappings/a/s.sql", "SELECT 1\nFROM t\n"),
            (
                "parameters.toml",
                "[[parameter]]\nname = \"line\"\nfrom = 2024-01-01\nvalue = 1\n",
            ),
            (
                "parameters.local.toml",
                "[[parameter]]\nname = \"line\"\nfrom = 2024-01-01\nvalue = 2\n",
            ),
            ("calendars/c.csv", "# x\ndate,kind\n2026-10-01,holiday\n"),
            ("ca/county.pem", "---"),
        ]);
        let key = |kind, id: &str, key: &str| found[&(kind, id.to_owned())][key].clone();
        assert_eq!(key(Kind::Setting, "hub.site", "value"), "341200");
        assert_eq!(key(Kind::Setting, "log.level", "value"), "info");
        assert_eq!(key(Kind::Connector, "a", "options.url"), "x");
        assert!(key(Kind::Connector, "a", "mapping.s").contains("2 行"));
        assert_eq!(key(Kind::Schedule, "pull.a", "every"), "2s");
        assert_eq!(key(Kind::Schedule, "check.x", "after"), "[\"pull.a\"]");
        assert_eq!(key(Kind::Parameter, "line 2024-01-01", "value"), "2");
        assert_eq!(key(Kind::Calendar, "c", "2026-10-01"), "holiday");
        assert_eq!(key(Kind::File, "ca/county.pem", "text"), "---");
        assert!(
            !found[&(Kind::Connector, "a".to_owned())]
                .keys()
                .any(|key| key.contains("schedule"))
        );
    }

    #[test]
    fn long_texts_that_differ_are_shown_differently() {
        let (one, other) = ("甲".repeat(200), format!("{}乙", "甲".repeat(199)));
        assert_ne!(shown(&one), shown(&other));
        assert!(shown(&one).chars().count() < 120);
    }
}
