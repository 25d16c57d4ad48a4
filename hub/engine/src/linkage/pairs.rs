//! The pairs of a list: every row beside its candidates, or beside the one person whose number and name it carries.
//! Here because pairs are compared once and scored in every round of learning.
//! In: an index, a list. Out: pairs by row; which rows need no score; skipped blocks.
//! Not here: scores.

use rayon::prelude::*;

use super::compare::{Comparer, Pair, Subject};
use super::index::Index;
use super::names::Likeness;
use super::number::{Evidence, Number};
use super::people::People;
use super::place::Place;
use super::row::{KEYS, Row};

/// Rows that one task compares.
const ROWS_PER_TASK: usize = 2_048;

/// A list's pairs.
#[derive(Default)]
pub(super) struct Pairs {
    /// Where each row's pairs begin, and where the last ends.
    starts: Vec<u32>,
    pub(super) all: Vec<Pair>,
    /// By row: what is known before scoring.
    pub(super) known: Vec<Known>,
    /// Looks into blocks that were too big, by kind of key.
    pub(super) skipped: [u64; KEYS],
    /// Rows of which at least one block was too big and nothing else was found.
    pub(super) unseen: u64,
}

/// What a row's number tells before anything is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Number and name are a registered person's: the only candidate.
    Sure,
    /// A valid number that nobody registered has, nor one that is near it.
    Outsider,
    /// Neither.
    Open,
}

/// The list beside the register.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) index: &'a Index,
    pub(super) list: &'a People,
    /// The list's places in the register's numbers.
    pub(super) places: &'a [Place],
}

impl<'a> Sides<'a> {
    pub(super) fn subject(&self, row: usize) -> Subject<'a> {
        let row = Row::new(self.list, self.places, row);
        let owners = self.index.owners(&row);
        Subject { row, owners }
    }

    /// The row as if its number were damaged.
    pub(super) fn damaged(&self, row: usize, number: Number) -> Subject<'a> {
        let mut row = Row::new(self.list, self.places, row);
        row.number = number;
        Subject {
            row,
            owners: Vec::new(),
        }
    }
}

impl Pairs {
    pub(super) fn new(sides: Sides<'_>) -> Self {
        let rows = sides.list.len();
        let tasks: Vec<usize> = (0..rows).step_by(ROWS_PER_TASK).collect();
        let parts: Vec<Part> = tasks
            .into_par_iter()
            .map(|first| Part::new(sides, first..rows.min(first + ROWS_PER_TASK)))
            .collect();
        let mut pairs = Self {
            starts: Vec::with_capacity(rows + 1),
            all: Vec::with_capacity(parts.iter().map(|part| part.pairs.len()).sum()),
            known: Vec::with_capacity(rows),
            skipped: [0; KEYS],
            unseen: 0,
        };
        pairs.starts.push(0);
        for part in parts {
            let before = pairs.all.len();
            let ends = part
                .ends
                .iter()
                .map(|end| u32::try_from(before + end).unwrap_or(u32::MAX));
            pairs.starts.extend(ends);
            pairs.all.extend(part.pairs);
            pairs.known.extend(part.known);
            pairs.unseen += part.unseen;
            for (sum, count) in pairs.skipped.iter_mut().zip(part.skipped) {
                *sum += u64::from(count);
            }
        }
        pairs
    }

    pub(super) fn rows(&self) -> usize {
        self.known.len()
    }

    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        bound(row)..bound(row + 1)
    }

    pub(super) fn of(&self, row: usize) -> &[Pair] {
        self.all.get(self.range(row)).unwrap_or_default()
    }
}

struct Part {
    pairs: Vec<Pair>,
    ends: Vec<usize>,
    known: Vec<Known>,
    skipped: [u32; KEYS],
    unseen: u64,
}

impl Part {
    fn new(sides: Sides<'_>, rows: std::ops::Range<usize>) -> Self {
        let mut part = Self {
            pairs: Vec::new(),
            ends: Vec::with_capacity(rows.len()),
            known: Vec::with_capacity(rows.len()),
            skipped: [0; KEYS],
            unseen: 0,
        };
        let mut found = Vec::new();
        for row in rows {
            let subject = sides.subject(row);
            let comparer = Comparer::new(sides.index, &subject);
            let known = match sure(sides.index, &subject) {
                Some(person) => {
                    part.pairs.push(comparer.compare(person));
                    Known::Sure
                }
                None => {
                    found.clear();
                    let before: u32 = part.skipped.iter().sum();
                    sides
                        .index
                        .candidates(&subject.row, &mut found, &mut part.skipped);
                    if found.is_empty() && part.skipped.iter().sum::<u32>() > before {
                        part.unseen += 1;
                    }
                    let first = part.pairs.len();
                    part.pairs
                        .extend(found.iter().map(|person| comparer.compare(*person)));
                    let pairs = part.pairs.get(first..).unwrap_or_default();
                    outsider(sides.index, &subject, pairs)
                }
            };
            part.known.push(known);
            part.ends.push(part.pairs.len());
        }
        part
    }
}

/// The only registered person whose number and name the row carries. Never by the number alone: departments write the
/// head's number in a member's row.
fn sure(index: &Index, subject: &Subject<'_>) -> Option<u32> {
    let agree = |person: &u32| {
        let likeness = subject.row.name.likeness(index.row(*person).name);
        matches!(
            likeness,
            Some(Likeness::Same | Likeness::Sound | Likeness::Covered)
        )
    };
    let mut owners = subject.owners.iter().filter(|person| agree(person));
    let first = owners.next()?;
    owners.next().is_none().then_some(*first)
}

/// Whether the row's person is surely not registered, as far as numbers go.
fn outsider(index: &Index, subject: &Subject<'_>, pairs: &[Pair]) -> Known {
    use super::cells::{NAME, NUMBER, SILENT, name, number};
    if subject.row.number.kind != Evidence::Valid || !subject.owners.is_empty() {
        return Known::Open;
    }
    let doubtful = |pair: &Pair| {
        let alike = pair.cells[NAME] <= name::REARRANGED;
        let no_number = index.row(pair.person).number.kind != Evidence::Valid;
        alike && (pair.cells[NUMBER] == number::NEAR || pair.cells[NUMBER] == SILENT || no_number)
    };
    if pairs.iter().any(doubtful) {
        Known::Open
    } else {
        Known::Outsider
    }
}
