//! Oracle of the register's quality: which household has a blank, a wrong word, a contradiction or somebody else's number.
//! Here because the rules H-* are judged by what the register says, and the county knows every cell of it.
//! In: households as the register has them, the rolls and spells other departments know of. Out: the truth of 83 rules.
//! Not here: ranges, villages and patterns over many households; how the mistakes were made (county/slips/).

mod home;
mod money;
mod number;
mod people;
mod relations;
mod risks;

use std::collections::{BTreeMap, BTreeSet};

use self::number::Reading;
use super::{Lost, Truths};
use crate::county::{Household, Member, Sketch};
use crate::departments::life::{World, cares, id, spells};
use crate::departments::stream::Stream;

/// The day of the register's data: year, month, day.
const DATA_DAY: Day = (2023, 10, 31);

/// Year, month and day.
type Day = (i64, i64, i64);

/// What other departments know of a person.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Kind and grade, when a roll of subsidies for the disabled has the person.
    roll: Option<(u32, u32)>,
    works: bool,
    /// Works on, and no month of the register's own watch tells the wage or the way to the work.
    untold_work: bool,
}

/// A person of the register.
struct Seen<'h> {
    member: &'h Member,
    known: Known,
    number: Reading,
}

impl Seen<'_> {
    /// Whole years on the day of the data, when the number tells the birth.
    fn age(&self) -> Option<i64> {
        let (year, month, day) = self.number.born()?;
        let had_birthday = (month, day) <= (DATA_DAY.1, DATA_DAY.2);
        Some(DATA_DAY.0 - year - i64::from(!had_birthday))
    }

    fn aged(&self, fits: impl Fn(i64) -> bool) -> bool {
        self.age().is_some_and(fits)
    }
}

/// Tells what rules say of one household.
struct Teller<'t> {
    truths: &'t mut Truths,
    household_no: String,
}

impl Teller<'_> {
    fn tell(&mut self, rule: &'static str, band: &str, is: bool) {
        let Self { truths, household_no } = self;
        truths.judged(rule);
        if is {
            truths.expect(rule, household_no, band);
        }
    }

    fn wrong(&mut self, rule: &'static str, is: bool) {
        self.tell(rule, "wrong", is);
    }

    fn blank(&mut self, rule: &'static str, is: bool) {
        self.tell(rule, "blank", is);
    }

    fn unsure(&mut self, rule: &'static str, is: bool) {
        if is {
            self.truths.unsure(rule, &self.household_no);
        }
    }
}

/// Who has a number: household and name, in the register's order.
type Holders = BTreeMap<String, Vec<(String, String)>>;

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    let mut holders = Holders::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let left_out = outline.leaves_out_channel() == Some(true);
        let sketch = outline.sketch();
        let mut known = known(world, &sketch);
        let running = running(world, &sketch);
        let household = sketch.draw();
        for (member, rows) in running {
            let emptied = lost.emptied(Stream::MigrantWork, "务工月收入", id(&household.members[member]));
            known[member].untold_work = rows > 0 && (left_out || emptied >= rows);
        }
        one(household, &known, lost, &mut holders, truths);
    }
    doubles(&holders, truths);
}

fn one(household: &Household, known: &[Known], lost: &Lost, holders: &mut Holders, truths: &mut Truths) {
    let people: Vec<Seen<'_>> = household
        .members
        .iter()
        .zip(known)
        .map(|(member, known)| Seen {
            member,
            known: *known,
            number: Reading::of(&member.document_no),
        })
        .collect();
    let mut teller = Teller {
        truths,
        household_no: household.household_no.clone(),
    };
    number::tell(&people, &mut teller);
    people::tell(&people, &mut teller);
    relations::tell(&people, &mut teller);
    home::tell(household, &people, &mut teller);
    money::tell(household, &mut teller);
    risks::tell(household, &people, &mut teller);
    let lost_in = |stream| lost.any(&[stream], household.members.iter().map(id));
    let roll = lost_in(Stream::DisabilitySubsidies);
    for rule in ["H-disabled-card", "H-disabled-labour", "H-risk-disabled"] {
        teller.unsure(rule, roll);
    }
    teller.unsure("H-full-work", lost_in(Stream::MigrantWork));
    for seen in &people {
        if let Some(whole) = seen.number.whole() {
            holders
                .entry(whole.to_owned())
                .or_default()
                .push((household.household_no.clone(), seen.member.name.clone()));
        }
    }
}

/// What the rolls of subsidies and the spells of work tell of a household's people.
fn known(world: &World, sketch: &Sketch<'_>) -> Vec<Known> {
    let mut known = vec![Known::default(); sketch.people().len()];
    for cared in cares(world, sketch)
        .iter()
        .filter(|cared| cared.living || cared.care)
    {
        known[cared.member].roll = Some((cared.kind, cared.grade));
    }
    for spell in spells(world, sketch) {
        known[spell.member].works = true;
    }
    known
}

/// Who works on at the end, and in how many of the months the register's watch has them.
fn running(world: &World, sketch: &Sketch<'_>) -> Vec<(usize, u32)> {
    let rows = |spell: &_| {
        let covered = world.months.iter().filter(|month| covers(spell, *month));
        u32::try_from(covered.count()).unwrap_or(u32::MAX)
    };
    spells(world, sketch)
        .iter()
        .filter(|spell| spell.left.is_none())
        .map(|spell| (spell.member, rows(spell)))
        .collect()
}

fn covers(spell: &crate::departments::life::Spell, month: crate::departments::Month) -> bool {
    spell.covers(month)
}

/// Numbers that come up more than once.
fn doubles(holders: &Holders, truths: &mut Truths) {
    for rule in ["H-id-shared", "H-id-twice", "H-id-two-households"] {
        truths.judged(rule);
    }
    for holders in holders.values().filter(|holders| holders.len() > 1) {
        let names: BTreeSet<_> = holders.iter().map(|(_, name)| name).collect();
        let households: BTreeSet<_> = holders.iter().map(|(household, _)| household).collect();
        let rule = match (names.len(), households.len()) {
            (1, 1) => "H-id-twice",
            (1, _) => "H-id-two-households",
            _ => "H-id-shared",
        };
        for household in households {
            truths.expect(rule, household, "wrong");
        }
    }
}
