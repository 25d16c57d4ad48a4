//! Files that people write: how a mistake in one is told.
//! Here because settings, rules and parameters must all answer a typo with file, line, column and the nearest word.
//! In: a file's text and its name. Out: the typed value, or what is wrong, where, and what would be right.
//! Not here: reading the file, and what its keys mean.

use std::fmt;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::{DeserializeOwned, DeserializeSeed};

/// A place in a file an author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or what stands for it (`mapping of source/stream`).
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` of `text`, which is `file`'s.
    #[must_use]
    pub fn of(file: &str, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self {
            file: file.to_owned(),
            line,
            column,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A mistake in a file an author wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Reads TOML `text` of `file`; unknown keys are the type's business (`deny_unknown_fields`).
///
/// # Errors
/// The first mistake, with its place and, for an unknown key, the nearest known one.
pub fn from_toml<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Mistake> {
    toml::from_str(text).map_err(|error| mistake(&error, text, file))
}

/// Reads TOML `text` of `file` as `seed` says: for types that depend on what was read before.
///
/// # Errors
/// As [`from_toml`].
pub fn from_toml_with<'de, S: DeserializeSeed<'de>>(
    seed: S,
    text: &'de str,
    file: &str,
) -> Result<S::Value, Mistake> {
    let read = toml::Deserializer::parse(text).and_then(|toml| seed.deserialize(toml));
    read.map_err(|error| mistake(&error, text, file))
}

fn mistake(error: &toml::de::Error, text: &str, file: &str) -> Mistake {
    Mistake {
        place: Place::of(file, text, error.span().map_or(0, |span| span.start)),
        message: with_suggestion(error.message()),
    }
}

/// `message`, with the nearest known name when it is about an unknown one: ``unknown field `inbax`, expected `inbox` ``, as
/// deserialisers say it, whatever stands before.
#[must_use]
pub fn with_suggestion(message: &str) -> String {
    let about = message.split_once("unknown ").map_or("", |(_, about)| about);
    let mut quoted = about.split('`').skip(1).step_by(2);
    let unknown = quoted.next();
    match unknown.and_then(|unknown| nearest(unknown, quoted)) {
        Some(known) => format!("{message}; did you mean `{known}`?"),
        None => message.to_owned(),
    }
}

/// The schema of files that are read as `T`, JSON Schema 2020-12: for editors that tell a mistake while it is typed.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The name among `known` that `word` was most likely meant to be; `None` when nothing is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.7;
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading is tested")]
        listen: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        data_dir: Option<String>,
    }

    #[test]
    fn a_typo_is_told_with_place_and_nearest_key() {
        let mistake = from_toml::<Sample>("# 注释\nlistne = \"x\"\n", "hub.toml")
            .unwrap_err()
            .to_string();
        assert!(
            mistake.starts_with("hub.toml:2:1: unknown field `listne`"),
            "{mistake}"
        );
        assert!(mistake.ends_with("did you mean `listen`?"), "{mistake}");
        let mistake = from_toml::<Sample>("listen = 80\n", "hub.toml")
            .unwrap_err()
            .to_string();
        assert!(
            mistake.starts_with("hub.toml:1:10: invalid type: integer `80`"),
            "{mistake}"
        );
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "甲乙\n丙=丁";
        assert_eq!(Place::of("f", text, "甲乙\n丙".len()).to_string(), "f:2:2");
    }
}
