//! Identifiers, each its own type, so that two of them can never be swapped.
//! Here because ids cross every crate boundary and end in URLs, files and tables.
//! In: text or dense integers. Out: checked newtypes that print as they are stored.
//! Not here: how ids are assigned (registry) and the blind index (engine's link stage).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// A text that is not the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: expected {expected}")]
pub struct InvalidId {
    /// What the text was taken for.
    pub kind: &'static str,
    /// The shape that would have been accepted.
    pub expected: &'static str,
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Ulid);

        impl $name {
            /// The id made at `at_ms` (milliseconds since 1970 UTC) with `random` as its random part.
            #[must_use]
            pub const fn new(at_ms: u64, random: u128) -> Self {
                Self(Ulid::from_parts(at_ms, random))
            }

            /// Reads the 26-character form.
            ///
            /// # Errors
            /// When the text is not a ULID.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                Ulid::from_string(text)
                    .map(Self)
                    .map_err(|_| InvalidId { kind: $kind, expected: "26 characters of a ULID" })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

ulid_id!(
    /// One execution of one connector.
    RunId,
    "run id"
);
ulid_id!(
    /// One worklist entry.
    CaseId,
    "case id"
);
ulid_id!(
    /// One event; also the receiver's idempotency key, constant over all retries.
    EventId,
    "event id"
);

/// A household (户), dense and stable across runs and restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HouseholdId(pub u64);

/// A person, dense and stable across runs and restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub u64);

/// The id of a rule, which is also its file's name (`A01`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Reads a rule id: 2 to 32 ASCII letters, digits, `_` or `-`, starting with a letter.
    ///
    /// # Errors
    /// When the text has another shape.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let shaped = (2..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                kind: "rule id",
                expected: "2 to 32 letters, digits, '_' or '-', a letter first",
            })
        }
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stream of a configured connector; prints as `connector/stream`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    /// The connector's id in the configuration.
    pub connector: String,
    /// The stream's name as the connector offers it.
    pub stream: String,
}

impl StreamId {
    /// The stream `stream` of connector `connector`.
    pub fn new(connector: impl Into<String>, stream: impl Into<String>) -> Self {
        Self {
            connector: connector.into(),
            stream: stream.into(),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.connector, self.stream)
    }
}

/// What kind of thing a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A household (户), by its dense id.
    Household,
    /// A person, by the dense id.
    Person,
    /// A unit that buys, by its credit code.
    Unit,
    /// A supplier, by its credit code.
    Supplier,
    /// A PV station, by its number at the grid company.
    Station,
    /// A village, by county/town/village.
    Village,
    /// A town, by county/town.
    Town,
    /// A county, by its name.
    County,
}

impl SubjectKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Household,
        Self::Person,
        Self::Unit,
        Self::Supplier,
        Self::Station,
        Self::Village,
        Self::Town,
        Self::County,
    ];

    /// The word used in rule files, tables and URLs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Person => "person",
            Self::Unit => "unit",
            Self::Supplier => "supplier",
            Self::Station => "station",
            Self::Village => "village",
            Self::Town => "town",
            Self::County => "county",
        }
    }

    /// Whether its subjects go by dense ids; the others go by names that are nobody's.
    #[must_use]
    pub const fn is_numbered(self) -> bool {
        matches!(self, Self::Household | Self::Person)
    }
}

/// Which one of its kind a subject is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SubjectKey {
    /// A dense id.
    Id(u64),
    /// A code or a name that says which; never a person's.
    Name(String),
}

/// Longest name of a subject, characters.
const SUBJECT_NAME_MAX: usize = 200;

impl SubjectKey {
    /// The key with this name; none when it is blank, too long or holds control characters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let is_fit =
            !name.is_empty() && name.chars().count() <= SUBJECT_NAME_MAX && !name.contains(char::is_control);
        is_fit.then(|| Self::Name(name.to_owned()))
    }
}

impl From<u64> for SubjectKey {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// As it prints: differences between lists of keys are read by people.
impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => fmt::Debug::fmt(name, f),
        }
    }
}

/// The thing a warning is about; prints as `household/42` or `station/3412…`, which carries no personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Which one of its kind.
    #[serde(rename = "id")]
    pub key: SubjectKey,
}

impl Subject {
    /// The household with this dense id.
    #[must_use]
    pub const fn household(id: u64) -> Self {
        Self {
            kind: SubjectKind::Household,
            key: SubjectKey::Id(id),
        }
    }

    /// Reads the form `household/42`.
    ///
    /// # Errors
    /// When the kind is unknown, or what follows does not say which.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId {
            kind: "subject",
            expected: "<kind>/<number>, or <kind>/<name> of a unit, supplier, station, village, town or county",
        };
        let (word, which) = text.split_once('/').ok_or_else(|| invalid.clone())?;
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        let kind = kind.ok_or_else(|| invalid.clone())?;
        let key = if kind.is_numbered() {
            which.parse().ok().map(SubjectKey::Id)
        } else {
            SubjectKey::named(which)
        };
        Ok(Self {
            kind,
            key: key.ok_or(invalid)?,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_what_it_prints() {
        let village = Subject {
            kind: SubjectKind::Village,
            key: SubjectKey::named("颍州区/柳河镇/李庄村").unwrap(),
        };
        for subject in [Subject::household(42), village] {
            assert_eq!(Subject::parse(&subject.to_string()), Ok(subject));
        }
        for wrong in [
            "household",
            "household/x",
            "station/",
            "station/ ",
            "cat/1",
            "unit/a\u{7}",
            "",
        ] {
            assert!(Subject::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rule_id_is_a_file_name() {
        assert!(RuleId::parse("A01").is_ok());
        for wrong in ["", "A", "../A01", "01A", "A 1"] {
            assert!(RuleId::parse(wrong).is_err(), "{wrong}");
        }
    }
}
