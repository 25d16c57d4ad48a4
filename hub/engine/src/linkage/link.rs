//! A list beside a register: learns its weights, and links its rows with weights.
//! Here because it is the one thing others call.
//! In: an index, a list, weights. Out: for every row its person or none, how sure, and what to do; a report.
//! Not here: reasons (explain.rs).

use hub_model::Oddity;

use super::context::{Context, NOWHERE, Placement};
use super::groups::Groups;
use super::index::Index;
use super::learn::{Lesson, set};
use super::number::Evidence;
use super::pairs::{Known, Pairs, Sides};
use super::people::{People, at};
use super::place::Place;
use super::row::KEY_NAMES;
use super::score::{SURE, place};
use super::tables::{Size, Tables};
use super::weights::{Weights, WeightsError};

/// Rounds in which the household's other members and stronger rows are looked at.
const CONTEXT_ROUNDS: usize = 2;

/// What to do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Link: sure enough.
    Link,
    /// Ask a clerk.
    Ask,
    /// Leave: nobody of the register, as far as can be seen.
    Leave,
}

/// A row's outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The best candidate's id; none when there is no candidate.
    pub person: Option<u64>,
    /// Chance that it is the one, between 0 and 1, as the rehearsal showed such scores to be worth.
    pub chance: f64,
    /// Log-odds against all else; rows are ordered by it.
    pub odds: f64,
    /// What to do.
    pub band: Band,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows of the list.
    pub rows: usize,
    /// Rows whose number and name are a registered person's.
    pub sure: usize,
    /// Pairs that were compared.
    pub pairs: usize,
    /// Rows linked, asked about, left.
    pub linked: usize,
    /// Rows a clerk is asked about.
    pub asked: usize,
    /// Rows left.
    pub left: usize,
    /// By kind of key: what it is made of, and how often a row met a block of more than `BLOCK_MAX`, which is skipped.
    pub skipped: Vec<(&'static str, u64)>,
    /// Rows that had no candidate because of skipped blocks.
    pub unseen: u64,
}

/// The outcome of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// One for each row.
    pub rows: Vec<Link>,
    /// What was done.
    pub report: Report,
    /// Version of the weights.
    pub version: String,
}

/// A list beside a register, compared and ready to be learned from and linked.
pub struct Linkage<'a> {
    pub(super) index: &'a Index,
    pub(super) list: &'a People,
    pub(super) places: Vec<Place>,
    pub(super) households: Groups,
    pub(super) pairs: Pairs,
}

impl<'a> Linkage<'a> {
    /// Compares every row of the list with its candidates.
    #[must_use]
    pub fn new(index: &'a Index, list: &'a People) -> Self {
        let places: Vec<Place> = list
            .places
            .iter()
            .map(|said| index.gazetteer.find(*said))
            .collect();
        let order: Vec<u32> = (0..u32::try_from(list.len()).unwrap_or(u32::MAX)).collect();
        let households = Groups::new(&order, list.households, |row| at(&list.household, row));
        let sides = Sides {
            index,
            list,
            places: &places,
        };
        let pairs = Pairs::new(sides);
        Self {
            index,
            list,
            places,
            households,
            pairs,
        }
    }

    pub(super) fn sides(&self) -> Sides<'_> {
        Sides {
            index: self.index,
            list: self.list,
            places: &self.places,
        }
    }

    pub(super) fn size(&self) -> Size {
        let people = self.index.len().max(1) as f64;
        Size {
            people,
            household: people / f64::from(self.index.people.households.max(1)),
            village: people / f64::from(self.index.gazetteer.villages.max(1)),
        }
    }

    /// Learns weights from the list.
    #[must_use]
    pub fn learn(&mut self) -> Weights {
        let mut pairs = std::mem::take(&mut self.pairs);
        let sure = pairs.known.iter().filter(|known| **known == Known::Sure).count();
        let lesson = Lesson {
            sides: self.sides(),
            size: self.size(),
            households: &self.households,
        };
        let learned = lesson.learn(&mut pairs);
        let weights = Weights::of(&learned, sure, pairs.rows() - sure);
        self.pairs = pairs;
        weights
    }

    /// Links the list with these weights. Whatever was learned or linked before makes no difference.
    ///
    /// # Errors
    /// When the weights are of another form.
    pub fn link(&mut self, weights: &Weights) -> Result<Links, WeightsError> {
        let tables = weights.tables()?;
        let placements = self.place(&tables);
        let trust = weights.trust();
        let rows = placements.iter().map(|placement| {
            let band = weights.band(placement.odds);
            Link {
                person: (*placement != NOWHERE).then(|| self.index.id(placement.person)),
                chance: if placement.odds >= SURE {
                    1.0
                } else {
                    trust.posterior(placement.odds)
                },
                odds: placement.odds,
                band,
            }
        });
        let rows: Vec<Link> = rows.collect();
        let report = self.report(&rows);
        Ok(Links {
            rows,
            report,
            version: weights.version(),
        })
    }

    /// What is odd about a row that is taken for `person`: its valid number is another's, or not the registered one.
    #[must_use]
    pub fn oddity(&self, row: usize, person: u64) -> Option<Oddity> {
        let subject = self.sides().subject(row);
        if subject.row.number.kind != Evidence::Valid {
            return None;
        }
        let mut owners = subject.owners.iter().map(|owner| self.index.id(*owner));
        if owners.any(|owner| owner == person) {
            return None;
        }
        if !subject.owners.is_empty() {
            return Some(Oddity::NumberOfAnother);
        }
        let registered = self
            .pairs
            .of(row)
            .iter()
            .find(|pair| self.index.id(pair.person) == person);
        let number = registered.map(|pair| self.index.row(pair.person).number.kind);
        (number == Some(Evidence::Valid)).then_some(Oddity::OtherNumber)
    }

    fn place(&mut self, tables: &Tables) -> Vec<Placement> {
        let mut pairs = std::mem::take(&mut self.pairs);
        let nowhere = vec![NOWHERE; pairs.rows()];
        let size = self.size();
        let mut placements = nowhere;
        for _ in 0..=CONTEXT_ROUNDS {
            let context = Context::new(self.index, self.list, &self.households, &placements);
            set(&context, &mut pairs);
            placements = place(self.index, tables, size, &pairs);
        }
        self.pairs = pairs;
        placements
    }

    fn report(&self, rows: &[Link]) -> Report {
        let band = |band: Band| rows.iter().filter(|link| link.band == band).count();
        let skipped = KEY_NAMES
            .iter()
            .zip(self.pairs.skipped)
            .map(|(name, count)| (*name, count));
        Report {
            rows: rows.len(),
            sure: self
                .pairs
                .known
                .iter()
                .filter(|known| **known == Known::Sure)
                .count(),
            pairs: self.pairs.all.len(),
            linked: band(Band::Link),
            asked: band(Band::Ask),
            left: band(Band::Leave),
            skipped: skipped.filter(|(_, count)| *count > 0).collect(),
            unseen: self.pairs.unseen,
        }
    }
}
