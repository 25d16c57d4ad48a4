//! Where each of the hub's own settings comes from.
//! Here because "who says so?" is asked at night, of a value that four places could have set.
//! In: the layers of `hub.toml`, the environment. Out: every key with its value and the file and line, or variable, that decides it.
//! Not here: what the keys mean (explain), connectors and channels: each of those is one file.

use std::collections::BTreeMap;
use std::path::Path;

use hub_model::Place;
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::files::{Reader, VARIABLE};
use super::hub_file::{self, HubFile};
use crate::exit::ConfigError;
use crate::lang;

/// What divides section from key in it.
const DIVIDES: &str = "__";

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Setting {
    /// `section.key`
    pub(crate) key: String,
    /// As it is written.
    pub(crate) value: String,
    /// `file:line`, a variable's name, or that it is the default.
    pub(crate) origin: String,
}

/// Every setting of the hub's own, by key. The files must be valid: a mistake is told by loading them.
pub(crate) fn origins(dir: &Path) -> anyhow::Result<Vec<Setting>> {
    let reader = Reader::new(dir);
    let mut found: BTreeMap<String, (String, String)> = defaults()?;
    for path in hub_file::layers(&reader)? {
        let text = reader.text(&path)?;
        let table = DeTable::parse(&text).map_err(|error| ConfigError(error.to_string()))?;
        for (section, keys) in table.get_ref().iter() {
            let DeValue::Table(keys) = keys.get_ref() else {
                continue;
            };
            for (key, value) in keys.iter() {
                let name = format!("{}.{}", section.get_ref(), key.get_ref());
                found.insert(name, (written(&text, value), at(&path, &text, key)));
            }
        }
    }
    for (name, value) in std::env::vars() {
        let Some(key) = name.strip_prefix(VARIABLE) else {
            continue;
        };
        let key = key.to_lowercase().replace(DIVIDES, ".");
        found.insert(
            key,
            (value, format!("{} {name}", lang::pair("环境变量 environment"))),
        );
    }
    let settings = found
        .into_iter()
        .map(|(key, (value, origin))| Setting { key, value, origin });
    Ok(settings.collect())
}

/// What holds where nobody says anything.
fn defaults() -> anyhow::Result<BTreeMap<String, (String, String)>> {
    let table = toml::Table::try_from(HubFile::default())?;
    let mut found = BTreeMap::new();
    for (section, keys) in table {
        let toml::Value::Table(keys) = keys else { continue };
        for (key, value) in keys {
            found.insert(
                format!("{section}.{key}"),
                (value.to_string(), lang::pair("默认 default")),
            );
        }
    }
    Ok(found)
}

fn written(text: &str, value: &Spanned<DeValue<'_>>) -> String {
    text.get(value.span()).unwrap_or_default().to_owned()
}

fn at(path: &Path, text: &str, key: &Spanned<std::borrow::Cow<'_, str>>) -> String {
    let place = Place::of(&path.display().to_string(), text, key.span().start);
    format!("{}:{}", place.file, place.line)
}
