//! A warning: one finding tracked over time; and the pure step from findings to what changed.
//! Here because this is what the product promises: nothing opens or clears but by complete evaluation.
//! In: the open warnings and the rules' outcomes. Out: `WarningDiff`, each change with its warning.
//! Not here: cases, events and storage; the diff performs no I/O and knows no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{CaseId, Evidence, Finding, RuleId, RuleOutcome, RuleState, Severity, Subject, SubjectKey};

/// What makes two findings the same warning: rule, subject and period key; never values, text or severity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `rule` on `subject` for `period_key`.
    #[must_use]
    pub fn of(rule: &RuleId, subject: &Subject, period_key: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [rule.as_str(), &subject.to_string(), period_key] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        Self(hex::encode(digest.finalize()))
    }

    /// A fingerprint that was stored before.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A warning as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule: RuleId,
    /// Whom it is about.
    pub subject: Subject,
    /// The period it is about.
    pub period_key: String,
    /// The band it is in now.
    pub band: String,
    /// How urgent it is now.
    pub severity: Severity,
    /// Rises by one whenever the evidence changes, the warning clears or comes back.
    pub round: u32,
    /// Whether the data no longer shows it. Not the same as a closed case.
    pub cleared: bool,
    /// Digest of the present evidence.
    pub evidence_digest: String,
    /// Complete, fresh evaluations in a row that found its subject clean.
    pub clean: u32,
}

/// A warning with what is known beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// The warning.
    pub warning: Warning,
    /// Its case.
    pub case: CaseId,
    /// Where its subject is, `county/town/village` as far as it is known.
    pub place: String,
    /// What keeps it from being pushed.
    pub quiet: Option<String>,
    /// Whether receivers were told of it.
    pub told: bool,
}

/// What a cross-check changed about one warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarningChange {
    /// Never seen before.
    Opened {
        /// The new warning.
        warning: Warning,
        /// Its evidence.
        evidence: Arc<Evidence>,
    },
    /// Seen before with other evidence, band or severity, or seen again after it had cleared.
    Changed {
        /// The warning as it now stands.
        warning: Warning,
        /// Its new evidence.
        evidence: Arc<Evidence>,
        /// The severity before, when it moved.
        severity_was: Option<Severity>,
        /// Whether it had cleared and is back.
        reopened: bool,
    },
    /// Its subject was evaluated and found clean.
    Cleared {
        /// The warning as it now stands.
        warning: Warning,
    },
}

/// Everything a cross-check changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WarningDiff {
    /// The changes, ordered by subject, so that one household's stand together.
    pub changes: Vec<WarningChange>,
    /// Fingerprints seen again unchanged.
    pub kept: Vec<Fingerprint>,
    /// How often in a row their subjects were found clean, where that is another number now and did not clear them.
    pub clean: Vec<(Fingerprint, u32)>,
}

impl WarningDiff {
    /// Compares what is known with what was found. A warning clears only when its rule was evaluated and decided that
    /// its subject is clean, as many times in a row as the rule asks; one of which nothing can be said stays as it is.
    /// Unless `fresh`, nothing new was read since the last evaluation: a second look at the same data does not count.
    #[must_use]
    pub fn between(known: Vec<Warning>, outcomes: &[RuleOutcome], fresh: bool) -> Self {
        let mut known: BTreeMap<Fingerprint, Warning> = known
            .into_iter()
            .map(|warning| (warning.fingerprint.clone(), warning))
            .collect();
        let mut diff = Self::default();
        let mut decided: BTreeMap<&RuleId, (&BTreeSet<SubjectKey>, u32)> = BTreeMap::new();
        for outcome in outcomes {
            if outcome.state != RuleState::Evaluated {
                continue;
            }
            decided.insert(
                &outcome.rule.id,
                (&outcome.decided, outcome.rule.life.clear_after),
            );
            // Digests are most of it, and each is by itself.
            let digests: Vec<(Fingerprint, String)> = outcome
                .findings
                .par_iter()
                .map(|finding| {
                    let fingerprint =
                        Fingerprint::of(&outcome.rule.id, &finding.subject, &finding.period_key);
                    (fingerprint, finding.evidence.digest())
                })
                .collect();
            for (finding, (fingerprint, digest)) in outcome.findings.iter().zip(digests) {
                let before = known.remove(&fingerprint);
                diff.note(&outcome.rule.id, before, (fingerprint, digest), finding);
            }
        }
        for (_, mut warning) in known {
            let clean = decided
                .get(&warning.rule)
                .filter(|(decided, _)| decided.contains(&warning.subject.key));
            let Some((_, clear_after)) = clean.filter(|_| !warning.cleared) else {
                continue;
            };
            if fresh || warning.clean == 0 {
                warning.clean += 1;
            }
            if warning.clean >= *clear_after {
                warning.cleared = true;
                warning.clean = 0;
                warning.round += 1;
                diff.changes.push(WarningChange::Cleared { warning });
            } else {
                diff.clean.push((warning.fingerprint, warning.clean));
            }
        }
        diff.changes
            .sort_by(|one, other| one.warning().subject.cmp(&other.warning().subject));
        diff
    }

    fn note(
        &mut self,
        rule: &RuleId,
        before: Option<Warning>,
        (fingerprint, evidence_digest): (Fingerprint, String),
        finding: &Finding,
    ) {
        let now = Warning {
            fingerprint,
            rule: rule.clone(),
            subject: finding.subject.clone(),
            period_key: finding.period_key.clone(),
            band: finding.band.clone(),
            severity: finding.severity,
            round: before.as_ref().map_or(1, |warning| warning.round),
            cleared: false,
            evidence_digest,
            clean: 0,
        };
        let evidence = || Arc::clone(&finding.evidence);
        match before {
            None => self.changes.push(WarningChange::Opened {
                warning: now,
                evidence: evidence(),
            }),
            Some(before)
                if (Warning {
                    clean: 0,
                    ..before.clone()
                }) == now =>
            {
                if before.clean > 0 {
                    self.clean.push((now.fingerprint.clone(), 0));
                }
                self.kept.push(now.fingerprint);
            }
            Some(before) => self.changes.push(WarningChange::Changed {
                warning: Warning {
                    round: before.round + 1,
                    ..now
                },
                evidence: evidence(),
                severity_was: (before.severity != finding.severity).then_some(before.severity),
                reopened: before.cleared,
            }),
        }
    }
}

impl WarningChange {
    /// The warning as it now stands.
    #[must_use]
    pub const fn warning(&self) -> &Warning {
        match self {
            Self::Opened { warning, .. } | Self::Changed { warning, .. } | Self::Cleared { warning } => {
                warning
            }
        }
    }

    /// The evidence of this round; a cleared warning has none.
    #[must_use]
    pub const fn evidence(&self) -> Option<&Arc<Evidence>> {
        match self {
            Self::Opened { evidence, .. } | Self::Changed { evidence, .. } => Some(evidence),
            Self::Cleared { .. } => None,
        }
    }
}
