//! Identifiers, each its own type, so that two of them can never be swapped.
//! Here because ids cross every crate boundary and end in URLs, files and tables.
//! In: text or dense integers. Out: checked newtypes that print as they are stored.
//! Not here: how ids are assigned (registry) and the blind index (engine's link stage).

use std::fmt;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A household (户).
    Household,
    /// A person.
    Person,
}

impl SubjectKind {
    /// The word used in rule files, tables and URLs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Person => "person",
        }
    }
}

/// The thing a warning is about; prints as `household/42`, which carries no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its dense id within the kind.
    pub id: u64,
}

impl Subject {
    /// Reads the form `household/42`.
    ///
    /// # Errors
    /// When the kind is unknown or the id is no whole number.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId {
            kind: "subject",
            expected: "household/<number> or person/<number>",
        };
        let (kind, id) = text.split_once('/').ok_or_else(|| invalid.clone())?;
        let kind = match kind {
            "household" => SubjectKind::Household,
            "person" => SubjectKind::Person,
            _ => return Err(invalid),
        };
        let id = id.parse().map_err(|_| invalid)?;
        Ok(Self { kind, id })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_what_it_prints() {
        let subject = Subject {
            kind: SubjectKind::Household,
            id: 42,
        };
        assert_eq!(Subject::parse(&subject.to_string()), Ok(subject));
        for wrong in ["household", "household/x", "station/1", ""] {
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
