//! Oracle: what each rule should find, judged from the county's own facts, before any rule runs.
//! Here because a hub is judged by a second, independent reading of the same clause, never by what its own rules say.
//! In: a `World`, the rows whose number was lost on the way. Out: by rule the subjects expected, and those nobody could decide.
//! Not here: SQL, rows and files; rule A01, which the county judges itself (county/truth.rs).

mod benefits;
mod burdens;
mod civil;
mod collectives;
mod entries;
mod evidence;
mod expenses;
mod facts;
mod family;
mod fit;
mod held;
mod indicators;
mod market;
mod payments;
mod phones;
mod posts;
mod quality;
mod register;
mod solar;
mod spells;
mod villages;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::calendar::Month;
use super::dirt::DirtCode;
use super::life::{World, id};
use super::stream::Stream;

/// Counties with more people are not judged: their truth would be larger than their files.
pub const PEOPLE_JUDGED_MAX: u64 = 200_000;

/// What a rule should find.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RuleTruth {
    /// Subjects with the band they are in: 户编号, 人编号, or the name a rule gives its subject.
    pub planted: BTreeMap<String, String>,
    /// Subjects one of whose rows, in a stream the rule reads, lost its number: whatever is found of them counts neither way.
    pub undecidable: BTreeSet<String>,
}

/// Numbers that were lost on the way, by stream: dirt that nobody may repair.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lost {
    numbers: BTreeMap<Stream, BTreeSet<String>>,
    /// The same with the month of the row, and those whose name may be taken for another's.
    rows: BTreeMap<Stream, BTreeSet<(String, Month)>>,
    /// Of rows one of whose amounts was.
    amounts: BTreeMap<Stream, BTreeSet<String>>,
    /// Numbers the register has in several households, and these households: whose a number is it alone does not tell.
    shared: BTreeSet<String>,
    sharing: BTreeSet<String>,
    /// The months in which the amount of a subject was emptied, by stream and column.
    emptied_in: BTreeMap<(Stream, &'static str), BTreeSet<(String, Month)>>,
    /// How often an amount beside a number was emptied, by stream and column.
    emptied: BTreeMap<(Stream, &'static str), BTreeMap<String, u32>>,
}

impl Lost {
    /// Whether a cell with this dirt no longer says who is meant.
    pub(crate) fn loses(code: DirtCode) -> bool {
        matches!(
            code,
            DirtCode::D03 | DirtCode::D04 | DirtCode::D06 | DirtCode::D08 | DirtCode::D29
        )
    }

    /// Whether a name with this dirt may be taken for somebody else's, whatever number stands beside it.
    pub(crate) fn doubts(code: DirtCode) -> bool {
        matches!(code, DirtCode::D10 | DirtCode::D27)
    }

    /// The row of `month` that says `number` is lost in `stream`.
    pub(crate) fn add_row(&mut self, stream: Stream, number: &str, month: Month) {
        let number = number.get(..18).unwrap_or(number).to_owned();
        self.rows.entry(stream).or_default().insert((number, month));
    }

    /// Whether the row of `month` that said `number` was lost in `stream`.
    pub(crate) fn row(&self, stream: Stream, number: &str, month: Month) -> bool {
        self.rows
            .get(&stream)
            .is_some_and(|rows| rows.contains(&(number.to_owned(), month)))
    }

    /// `number`, as it was before, is lost in `stream`.
    pub(crate) fn add(&mut self, stream: Stream, number: &str) {
        let number = number.get(..18).unwrap_or(number).to_owned();
        self.numbers.entry(stream).or_default().insert(number);
    }

    /// An amount was lost in a row of `number`.
    pub(crate) fn add_amount(&mut self, stream: Stream, number: &str) {
        self.amounts.entry(stream).or_default().insert(number.to_owned());
    }

    /// Whether an amount of one of `numbers` was lost in `stream`.
    pub(crate) fn amount<'n>(&self, stream: Stream, mut numbers: impl Iterator<Item = &'n str>) -> bool {
        self.amounts
            .get(&stream)
            .is_some_and(|set| numbers.any(|number| set.contains(number)))
    }

    /// An amount in the row of `number` was emptied.
    pub(crate) fn empty(&mut self, stream: Stream, column: &'static str, number: &str) {
        let numbers = self.emptied.entry((stream, column)).or_default();
        *numbers.entry(number.to_owned()).or_default() += 1;
    }

    /// How often an amount in the rows of `number` was emptied.
    pub(crate) fn emptied(&self, stream: Stream, column: &'static str, number: &str) -> u32 {
        let numbers = self.emptied.get(&(stream, column));
        numbers
            .and_then(|numbers| numbers.get(number))
            .copied()
            .unwrap_or(0)
    }

    /// The amount of `subject` in a row of `month` was emptied.
    pub(crate) fn empty_in(&mut self, stream: Stream, column: &'static str, subject: &str, month: Month) {
        let rows = self.emptied_in.entry((stream, column)).or_default();
        rows.insert((subject.to_owned(), month));
    }

    /// Whether the amount of `subject` in the row of `month` was emptied.
    pub(crate) fn is_empty_in(
        &self,
        stream: Stream,
        column: &'static str,
        subject: &str,
        month: Month,
    ) -> bool {
        let rows = self.emptied_in.get(&(stream, column));
        rows.is_some_and(|rows| rows.contains(&(subject.to_owned(), month)))
    }

    /// Whether the register has `number` in several households.
    pub(crate) fn is_shared(&self, number: &str) -> bool {
        self.shared.contains(number)
    }

    /// Whether somebody of `household` stands in another one as well.
    pub(crate) fn shares(&self, household: &str) -> bool {
        self.sharing.contains(household)
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (cell, rows) in other.emptied_in {
            self.emptied_in.entry(cell).or_default().extend(rows);
        }
        for (cell, numbers) in other.emptied {
            let into = self.emptied.entry(cell).or_default();
            for (number, times) in numbers {
                *into.entry(number).or_default() += times;
            }
        }
        for (stream, numbers) in other.amounts {
            self.amounts.entry(stream).or_default().extend(numbers);
        }
        for (stream, numbers) in other.numbers {
            self.numbers.entry(stream).or_default().extend(numbers);
        }
        for (stream, rows) in other.rows {
            self.rows.entry(stream).or_default().extend(rows);
        }
    }

    /// Finds the numbers the register has in several households.
    fn share(&mut self, world: &World) {
        let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut homes = world.homes();
        while let Some(outline) = homes.next() {
            let household = outline.sketch().draw();
            let numbers = household.members.iter().map(id);
            for number in numbers.filter(|number| !number.is_empty()) {
                let of_number = holders.entry(number.to_owned()).or_default();
                of_number.insert(household.household_no.clone());
            }
        }
        for (number, households) in holders.into_iter().filter(|(_, households)| households.len() > 1) {
            self.shared.insert(number);
            self.sharing.extend(households);
        }
    }

    /// Whether one of `numbers` (18 characters) was lost in one of `streams`.
    pub(crate) fn any<'n>(&self, streams: &[Stream], numbers: impl IntoIterator<Item = &'n str>) -> bool {
        let sets: Vec<_> = streams
            .iter()
            .filter_map(|stream| self.numbers.get(stream))
            .collect();
        !sets.is_empty()
            && numbers
                .into_iter()
                .any(|number| sets.iter().any(|set| set.contains(number)))
    }
}

/// The truth of rules, while it is told.
#[derive(Debug, Default)]
pub(crate) struct Truths {
    rules: BTreeMap<&'static str, RuleTruth>,
}

impl Truths {
    /// `rule` is judged, also when nothing is expected of it.
    pub(crate) fn judged(&mut self, rule: &'static str) -> &mut RuleTruth {
        self.rules.entry(rule).or_default()
    }

    /// `rule` should find `subject` in `band`.
    pub(crate) fn expect(&mut self, rule: &'static str, subject: &str, band: &str) {
        self.judged(rule)
            .planted
            .insert(subject.to_owned(), band.to_owned());
    }

    /// What `rule` says of `subject` depends on a row that lost its number.
    pub(crate) fn unsure(&mut self, rule: &'static str, subject: &str) {
        self.judged(rule).undecidable.insert(subject.to_owned());
    }
}

/// The truth of every rule that is judged here; empty for a county too large.
pub(crate) fn judge(world: &World, mut lost: Lost) -> BTreeMap<&'static str, RuleTruth> {
    let mut truths = Truths::default();
    if world.people > PEOPLE_JUDGED_MAX {
        return truths.rules;
    }
    lost.share(world);
    let series: [fn(&World, &Lost, &mut Truths); 10] = [
        civil::tell,
        collectives::tell,
        market::tell,
        work::tell,
        register::tell,
        indicators::tell,
        solar::tell,
        villages::tell,
        entries::tell,
        quality::tell,
    ];
    for tell in series {
        tell(world, &lost, &mut truths);
    }
    truths.rules
}
