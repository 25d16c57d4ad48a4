//! Spells: what the rules on how spells of work are told (C03, C15, C17) should find.
//! Here because a spell that cannot be is planted beside spells that are only unusual.
//! In: households. Out: the truth of seven rules.
//! Not here: who has no work (work.rs).

use std::collections::BTreeMap;

use super::Truths;
use super::facts::{Facts, years};
use crate::county::FEN;
use crate::departments::calendar::Month;
use crate::departments::life::Spell;
use crate::departments::stream::Stream;

/// A monthly wage that cannot be, one that hardly can, one that is low.
const WAGE_MAX_FEN: i64 = 30_000 * FEN;
const WAGE_MIN_FEN: i64 = 100 * FEN;
const WAGE_LOW_FEN: i64 = 400 * FEN;
/// Hundredths of a per cent of the contributions' bases that are declared as wages at least.
const INSURED_SHARE: i64 = 5_000;

/// Counties' last months of destitute support, and those on it who are said to work away, with their own last month.
#[derive(Default)]
pub(super) struct Roll {
    last: BTreeMap<usize, Month>,
    away: Vec<(usize, Month, String)>,
}

impl Roll {
    pub(super) fn tell(self, truths: &mut Truths) {
        truths.judged("C15-destitute");
        for (unit, month, subject) in &self.away {
            if self.last.get(unit) == Some(month) {
                truths.expect("C15-destitute", subject, "works");
            }
        }
    }
}

pub(super) fn tell(home: &Facts<'_>, truths: &mut Truths, roll: &mut Roll) {
    for rule in ["C03", "C15-age", "C15-overlap", "C15-order", "C15-place", "C17"] {
        truths.judged(rule);
    }
    for rule in ["C03", "C15-age", "C15-overlap", "C15-order"] {
        home.unsure(truths, rule, &[Stream::Employment]);
    }
    wages(home, truths);
    ages(home, truths);
    destitute(home, roll);
    home.unsure(truths, "C15-destitute", &[Stream::BenefitRolls]);
    let reversed = |spell: &Spell| spell.left.is_some_and(|left| left < spell.starts);
    if home.spells.iter().any(reversed) {
        home.expect(truths, "C15-order", "reversed");
    }
    let overlaps = |at: usize| {
        let sound: Vec<&Spell> = home.spells_of(at).filter(|spell| !reversed(spell)).collect();
        sound.iter().any(|later| {
            let before = |earlier: &&&Spell| earlier.starts.month < later.starts.month;
            sound
                .iter()
                .filter(before)
                .any(|earlier| earlier.left.is_some_and(|left| later.starts.month < left.month))
        })
    };
    if (0..home.members.len()).any(overlaps) {
        home.expect(truths, "C15-overlap", "overlaps");
    }
    // Of a spell that goes on and away from home at least the city should be known.
    let nowhere =
        |spell: &Spell| spell.left.is_none() && !spell.place.home && spell.place.division.ends_with("0000");
    let municipal = |spell: &Spell| matches!(spell.place.name, "北京市" | "天津市" | "上海市" | "重庆市");
    if home
        .spells
        .iter()
        .any(|spell| nowhere(spell) && !municipal(spell))
    {
        home.expect(truths, "C15-place", "unknown");
    }
    bases(home, truths);
}

fn wages(home: &Facts<'_>, truths: &mut Truths) {
    let today = home.world.today();
    let year_ago = today.month.plus(-12).day(today.day);
    let told = home
        .spells
        .iter()
        .filter(|spell| spell.left.is_none_or(|left| left > year_ago))
        .map(|spell| spell.told_fen)
        .filter(|fen| *fen != 0);
    let (low, high) = told.fold((i64::MAX, 0), |(low, high), fen| (low.min(fen), high.max(fen)));
    let band = if high > WAGE_MAX_FEN {
        "too_high"
    } else if low < WAGE_MIN_FEN {
        "too_low"
    } else if low < WAGE_LOW_FEN {
        "low"
    } else {
        return;
    };
    home.expect(truths, "C03", band);
}

fn ages(home: &Facts<'_>, truths: &mut Truths) {
    let today = home.world.today();
    let lately = today.month.plus(-3).day(today.day);
    if home
        .spells
        .iter()
        .any(|spell| years(home.born(spell.member), spell.starts) < 16)
    {
        home.expect(truths, "C15-age", "too_young");
    } else if home
        .spells
        .iter()
        .any(|spell| home.pupil(spell.member) && spell.left.is_none() && spell.starts < lately)
    {
        home.expect(truths, "C15-age", "at_school");
    }
}

fn destitute(home: &Facts<'_>, roll: &mut Roll) {
    let Some(unit) = home
        .assistance
        .as_ref()
        .filter(|unit| unit.category == "特困供养")
    else {
        return;
    };
    // The last month somebody is on the roll without a day on which it was stopped.
    let last = match (unit.died, &unit.stopped) {
        (Some(died), _) => died,
        (None, Some((last, ""))) => *last,
        (None, Some((last, _))) => last.plus(-1),
        (None, None) => home.world.horizon.last,
    };
    let county = roll.last.entry(home.unit).or_insert(last);
    *county = last.max(*county);
    let away = |spell: &&Spell| spell.left.is_none() && !spell.place.home;
    if home
        .spells
        .iter()
        .filter(away)
        .any(|spell| unit.members.contains(&spell.member))
    {
        roll.away.push((home.unit, last, home.subject.to_owned()));
    }
}

/// Contributions of the accounting year against the wages of the same year.
fn bases(home: &Facts<'_>, truths: &mut Truths) {
    if home.undeclared {
        return;
    }
    let far_less = |base: i64| base > 0 && home.income.wage_fen * 10_000 / base < INSURED_SHARE;
    let all = far_less(contributions(home, |_, _| true));
    if all {
        home.expect(truths, "C17", "far_less");
    }
    let arrives = |member, month| home.arrives(Stream::SocialInsurance, member, month);
    if far_less(contributions(home, arrives)) != all {
        truths.unsure("C17", home.subject);
    }
}

/// What contributions of the accounting year are paid on, in the months whose rows are `there`.
fn contributions(home: &Facts<'_>, there: impl Fn(usize, Month) -> bool) -> i64 {
    let year = i32::try_from(home.income.year).unwrap_or(0);
    let (first, last) = (Month::new(year - 1, 10), Month::new(year, 9));
    let months = |spell: &Spell| {
        let seen = home.world.months.iter();
        let paid = seen.filter(|month| (first..=last).contains(month) && spell.covers(*month));
        i64::try_from(paid.filter(|month| there(spell.member, *month)).count()).unwrap_or(0)
    };
    let insured = home.spells.iter().filter(|spell| spell.insured);
    insured.map(|spell| spell.base_fen * months(spell)).sum()
}
