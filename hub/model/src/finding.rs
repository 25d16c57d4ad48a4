//! A finding: a rule hit now, explained down to the cells it came from.
//! Here because it is the value that travels from the engine to warnings, pages and pushes.
//! In: computed values and cited cells. Out: JSON whose field order is fixed, so that equal evidence hashes equal.
//! Not here: how it is found (engine) and what follows from it (warnings).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
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

/// How sure it is that the cited rows are this subject's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// Chance that the weakest of them is, thousandths; 1000 when all say so themselves.
    pub permille: u32,
    /// In words, Chinese.
    pub words: String,
}

/// What a finding is ranked by, each part in points of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Score {
    /// By the band: 50, 38, 25, 10.
    pub severity: u32,
    /// How far beyond the line, at most 20; a condition without a line has 10.
    pub size: u32,
    /// How sure the cited rows are the subject's, at most 10.
    pub matching: u32,
    /// How fresh the tables are, at most 10.
    pub freshness: u32,
    /// How often the rule was right before, at most 10; 5 while nobody has said.
    pub record: u32,
}

/// Points of a rule nobody has answered yet.
const RECORD_UNKNOWN: u32 = 5;
/// Points lost for each month the data is old.
const POINTS_A_MONTH: u32 = 3;

impl Score {
    /// The points of `evidence` of `severity`; `record` is how many of a thousand answered warnings of the rule were true.
    #[must_use]
    pub fn of(severity: Severity, evidence: &Evidence, record: Option<u32>) -> Self {
        let tenth = |permille: u32| permille.min(1000) / 100;
        let months = evidence.data_age_days.unwrap_or_default() / 31;
        Self {
            severity: match severity {
                Severity::Red => 50,
                Severity::Orange => 38,
                Severity::Yellow => 25,
                Severity::Blue => 10,
            },
            size: evidence
                .beyond_permille
                .map_or(10, |beyond| beyond.min(1000) / 50),
            matching: evidence
                .matching
                .as_ref()
                .map_or(10, |matching| tenth(matching.permille)),
            freshness: 10_u32.saturating_sub(months.saturating_mul(POINTS_A_MONTH)),
            record: record.map_or(RECORD_UNKNOWN, tenth),
        }
    }

    /// Their sum, at most 100.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.severity + self.size + self.matching + self.freshness + self.record
    }
}

/// Why a subject was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The sentence a village cadre understands; carries no name, number or phone.
    pub sentence: String,
    /// What the rule computed, by column.
    pub values: BTreeMap<String, Value>,
    /// Values that move with the calendar alone, such as days that passed: no news by themselves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub moving: BTreeSet<String>,
    /// How far the measure is beyond its line, thousandths of the line; none where there is none.
    #[serde(default)]
    pub beyond_permille: Option<u32>,
    /// How sure it is that the cited rows are the subject's; none where no person is cited.
    #[serde(default)]
    pub matching: Option<Matching>,
    /// Days since the oldest of the rule's tables got rows; none where that is not known.
    #[serde(default)]
    pub data_age_days: Option<u32>,
    /// What it is ranked by.
    #[serde(default)]
    pub score: Score,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graver_a_larger_a_surer_and_a_fresher_finding_stands_before_another() {
        let evidence = |beyond, permille, age| Evidence {
            beyond_permille: beyond,
            matching: Some(Matching {
                permille,
                words: String::new(),
            }),
            data_age_days: Some(age),
            ..Evidence::default()
        };
        let total = |severity, evidence: &Evidence, record| Score::of(severity, evidence, record).total();
        let most = evidence(Some(5_000), 1000, 0);
        assert_eq!(total(Severity::Red, &most, Some(1000)), 100);
        let before = total(Severity::Orange, &most, None);
        for (severity, evidence, record) in [
            (Severity::Yellow, most.clone(), None),
            (Severity::Orange, evidence(Some(100), 1000, 0), None),
            (Severity::Orange, evidence(Some(5_000), 600, 0), None),
            (Severity::Orange, evidence(Some(5_000), 1000, 62), None),
            (Severity::Orange, most.clone(), Some(100)),
        ] {
            assert!(total(severity, &evidence, record) < before, "{evidence:?}");
        }
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
    /// Why; the same as its warning's, of which there may be a hundred thousand.
    #[serde(serialize_with = "shared")]
    pub evidence: Arc<Evidence>,
}

fn shared<S: Serializer>(evidence: &Evidence, serializer: S) -> Result<S::Ok, S::Error> {
    evidence.serialize(serializer)
}
