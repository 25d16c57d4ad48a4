//! A finding: a rule hit now, explained down to the cells it came from.
//! Here because it is the value that travels from the engine to warnings, pages and pushes.
//! In: computed values and cited cells. Out: JSON whose field order is fixed, so that equal evidence hashes equal.
//! Not here: how it is found (engine) and what follows from it (warnings).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Severity, Subject};

/// A computed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Not known.
    Null,
    /// True or false.
    Bool(bool),
    /// Whole number; names that end in `_fen` are money.
    Int(i64),
    /// Text.
    Text(String),
}

/// One cell of a source, as a clerk can find it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CitedCell {
    /// `connector/stream`.
    pub stream: String,
    /// `file!sheet!row` or `request#index`.
    pub locator: String,
    /// Column letter in the sheet; empty where the source has none.
    pub column: String,
    /// The header as found in the file.
    pub header: String,
    /// The value as it came.
    pub value: String,
}

/// Why a subject was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The sentence a village cadre understands; carries no name, number or phone.
    pub sentence: String,
    /// What the rule computed, by column.
    pub values: BTreeMap<String, Value>,
    /// Values that move with the calendar alone, such as days that passed: no news by themselves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub moving: BTreeSet<String>,
    /// The band's threshold in words, with the parameter and its document.
    pub threshold: String,
    /// The cells behind the values.
    pub cells: Vec<CitedCell>,
}

impl Evidence {
    /// Equal values have an equal digest, those that move by themselves left out. Where the cells stand is not part of it, or every month's new file would be
    /// news; neither is the wording, or a better sentence would be.
    #[must_use]
    pub fn digest(&self) -> String {
        let still = self
            .values
            .iter()
            .filter(|(name, _)| !self.moving.contains(*name));
        let json = serde_json::to_vec(&still.collect::<BTreeMap<_, _>>()).unwrap_or_default();
        hex::encode(Sha256::digest(&json))
    }
}

/// A rule hit on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Who.
    pub subject: Subject,
    /// The period the warning is about; `none` unless the rule declares one.
    pub period_key: String,
    /// The band the subject fell into.
    pub band: String,
    /// How urgent.
    pub severity: Severity,
    /// Why.
    pub evidence: Evidence,
}
