//! Weights of a list, as they are stored: learned once, frozen, and named by a version of their own.
//! Here because a link must be explicable years later, and the next list of a department is scored without learning.
//! In: what was learned. Out: a serde value whose names are the cells'; tables again.
//! Not here: where it is stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cells::{ALL, CLASSES};
use super::learn::{Learned, Trust};
use super::link::Band;
use super::tables::{Priors, Tables};

/// The form of the stored weights; cells and classes are as this number says.
pub const WEIGHTS_FORMAT: u32 = 1;
/// Characters of a version.
const VERSION_LENGTH: usize = 16;
/// Share of the linked rows that must be right, as far as the rehearsal shows.
const LINKED_RIGHT: f64 = 0.999;
/// Share of right ones among the least sure rows that are linked.
const LEAST_RIGHT: f64 = 0.9;
/// Rehearsed rows over which that share is taken.
const LEAST_ROWS: usize = 40;
/// Posterior below which nobody needs to be asked.
const ASK: f64 = 0.08;
/// Log-odds from which a row is linked when there was no rehearsal: seven bits.
const LINK_EXPECTED: f64 = 4.85;

/// The frozen weights of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// [`WEIGHTS_FORMAT`].
    pub format: u32,
    /// Field → cell → natural logarithm of its chance under match, stranger, villager, namesake, household.
    pub fields: BTreeMap<String, BTreeMap<String, [f32; CLASSES]>>,
    /// Share of the rows whose person is registered.
    pub registered: f64,
    /// Of the others, the share of planned or chance namesakes of the village.
    pub namesake: f64,
    /// Of the others, the share that belongs to a registered household.
    pub household: f64,
    /// Slope and offset that turn log-odds into a chance.
    pub trust: [f64; 2],
    /// Log-odds from which a row is linked.
    pub link: f64,
    /// Log-odds from which a clerk is asked.
    pub ask: f64,
    /// Rows whose answer was known while learning; 0 when the expected weights are used as they are.
    pub answered: u64,
}

/// Why stored weights cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// They are of another form.
    #[error("weights of form {found}, {WEIGHTS_FORMAT} wanted")]
    Format {
        /// The form found.
        found: u32,
    },
    /// A field or a cell is missing, or a number is none.
    #[error("weights without a usable chance for field {field}, cell {cell}")]
    Cell {
        /// The field.
        field: &'static str,
        /// The cell.
        cell: &'static str,
    },
    /// A share, slope or threshold is not a number, or out of its bounds.
    #[error("weights with an unusable {what}")]
    Number {
        /// Which one.
        what: &'static str,
    },
}

impl Weights {
    /// The weights expected of any list, before it taught anything.
    #[must_use]
    pub fn expected() -> Self {
        Self::store(&Tables::expected(), Trust::WHOLE, (LINK_EXPECTED, logit(ASK)), 0)
    }

    pub(super) fn of(learned: &Learned, sure: usize, open: usize) -> Self {
        let thresholds = thresholds(learned, sure, open);
        Self::store(&learned.tables, learned.trust, thresholds, learned.answered)
    }

    fn store(tables: &Tables, trust: Trust, (link, ask): (f64, f64), answered: usize) -> Self {
        let cells = |rows: &[[f32; CLASSES]], field: usize| {
            let names = ALL.get(field).map_or(&[][..], |field| field.cells);
            names
                .iter()
                .zip(rows)
                .map(|(cell, logs)| (cell.name.to_owned(), *logs))
                .collect()
        };
        let fields = ALL.iter().zip(&tables.logs).enumerate();
        Self {
            format: WEIGHTS_FORMAT,
            fields: fields
                .map(|(at, (field, rows))| (field.name.to_owned(), cells(rows, at)))
                .collect(),
            registered: tables.priors.registered,
            namesake: tables.priors.namesake,
            household: tables.priors.household,
            trust: [trust.slope, trust.offset],
            link,
            ask,
            answered: answered as u64,
        }
    }

    /// These weights as people's verdicts correct them: `answers` are the log-odds of best candidates and whether each is
    /// the one. What was worth linking or asking about at a chance still is at the chance it proved to be.
    #[must_use]
    pub fn calibrated(&self, answers: &[(f64, bool)]) -> Self {
        let (before, after) = (self.trust(), self.trust().fit(answers));
        let moved = |odds: f64| (before.slope * odds + before.offset - after.offset) / after.slope;
        let link = moved(self.link);
        Self {
            trust: [after.slope, after.offset],
            link,
            ask: moved(self.ask).min(link),
            ..self.clone()
        }
    }

    /// A name that differs whenever a weight differs.
    #[must_use]
    pub fn version(&self) -> String {
        let mut digest = Sha256::new();
        let mut put = |bytes: &[u8]| digest.update(bytes);
        put(&self.format.to_le_bytes());
        for (field, cells) in &self.fields {
            put(field.as_bytes());
            for (cell, logs) in cells {
                put(cell.as_bytes());
                logs.iter().for_each(|log| put(&log.to_bits().to_le_bytes()));
            }
        }
        let [slope, offset] = self.trust;
        let numbers = [
            self.registered,
            self.namesake,
            self.household,
            slope,
            offset,
            self.link,
            self.ask,
        ];
        numbers
            .iter()
            .for_each(|number| put(&number.to_bits().to_le_bytes()));
        let mut version = hex::encode(digest.finalize());
        version.truncate(VERSION_LENGTH);
        version
    }

    /// What to do with a row of these log-odds.
    pub(super) fn band(&self, odds: f64) -> Band {
        match odds {
            odds if odds >= self.link => Band::Link,
            odds if odds >= self.ask => Band::Ask,
            _ => Band::Leave,
        }
    }

    pub(super) fn trust(&self) -> Trust {
        let [slope, offset] = self.trust;
        Trust { slope, offset }
    }

    pub(super) fn tables(&self) -> Result<Tables, WeightsError> {
        if self.format != WEIGHTS_FORMAT {
            return Err(WeightsError::Format { found: self.format });
        }
        let share = |share: f64| share > 0.0 && share < 1.0;
        let checks = [
            ("registered", share(self.registered)),
            ("namesake", share(self.namesake)),
            ("household", share(self.household)),
            (
                "trust",
                self.trust.iter().all(|n| n.is_finite()) && self.trust[0] > 0.0,
            ),
            ("link", self.link.is_finite()),
            ("ask", self.ask.is_finite() && self.ask <= self.link),
        ];
        if let Some((what, _)) = checks.iter().find(|(_, usable)| !usable) {
            return Err(WeightsError::Number { what });
        }
        let mut tables = Tables::expected();
        for (field, rows) in ALL.iter().zip(&mut tables.logs) {
            for (cell, row) in field.cells.iter().zip(rows) {
                let stored = self.fields.get(field.name).and_then(|cells| cells.get(cell.name));
                let usable = stored.filter(|logs| logs.iter().all(|log| log.is_finite() && *log <= 0.0));
                *row = *usable.ok_or(WeightsError::Cell {
                    field: field.name,
                    cell: cell.name,
                })?;
            }
        }
        tables.priors = Priors {
            registered: self.registered,
            namesake: self.namesake,
            household: self.household,
        };
        Ok(tables)
    }
}

fn logit(chance: f64) -> f64 {
    (chance / (1.0 - chance)).ln()
}

/// Log-odds from which rows are linked, and from which a clerk is asked. The rehearsed stand for the open rows, so many
/// each; the sure rows are right.
fn thresholds(learned: &Learned, sure: usize, open: usize) -> (f64, f64) {
    let trust = learned.trust;
    let of_chance = |chance: f64| (logit(chance) - trust.offset) / trust.slope;
    let ask = of_chance(ASK);
    let exam = &learned.exam;
    if exam.is_empty() {
        return (of_chance(1.0 / (1.0 + (-LINK_EXPECTED).exp())).max(ask), ask);
    }
    let each = open as f64 / exam.len() as f64;
    let mut link = f64::INFINITY;
    let (mut right, mut all) = (0.0, 0.0);
    for (position, (odds, is_right)) in exam.iter().enumerate() {
        all += each;
        right += each * f64::from(u8::from(*is_right));
        let whole = (sure as f64 + right) / (sure as f64 + all);
        let first = (position + 1).saturating_sub(LEAST_ROWS);
        let least = exam.get(first..=position).unwrap_or_default();
        let least_right = least.iter().filter(|(_, right)| *right).count() as f64 / least.len().max(1) as f64;
        if whole >= LINKED_RIGHT && least_right >= LEAST_RIGHT {
            link = *odds;
        }
    }
    let surest = exam.first().map_or(0.0, |(odds, _)| *odds);
    (link.min(surest + 1.0).max(ask), ask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_move_what_scores_are_worth_and_with_it_the_thresholds() {
        let weights = Weights::expected();
        assert_eq!(weights.calibrated(&[]), weights, "nobody said anything");
        let wrong: Vec<(f64, bool)> = vec![(weights.link, false); 40];
        let stricter = weights.calibrated(&wrong);
        let chance = |weights: &Weights, odds: f64| weights.trust().posterior(odds);
        assert!(chance(&stricter, weights.link) < chance(&weights, weights.link));
        assert!(
            stricter.link > weights.link,
            "what proved wrong is linked no more"
        );
        let same = chance(&stricter, stricter.link) - chance(&weights, weights.link);
        assert!(same.abs() < 1e-9, "the chance a link must have stays");
        assert!(stricter.ask <= stricter.link && stricter.tables().is_ok());
    }
}
