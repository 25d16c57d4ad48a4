//! Payments: what the rules on transport subsidies, training, graduates and pupils (C08 to C13) should find.
//! Here because who should be paid follows from work and schooling, and a payment that went astray looks like none.
//! In: households. Out: the truth of seven rules.
//! Not here: C10, which needs a register of firms that no stream holds.

use std::collections::{BTreeMap, BTreeSet};

use super::Truths;
use super::facts::{Facts, years};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::payments::Payment;
use crate::departments::life::{Spell, World};
use crate::departments::stream::Stream;

const FAR_DAYS: i64 = 90;
const CONTRACT_DAYS: i64 = 180;
const GRADUATES_LEAST: i64 = 10;
const PUPIL_AGE_MAX: i32 = 25;

/// A county's graduates: all, those said to have no work, those of whom a row lost its number.
#[derive(Default)]
struct Graduates {
    all: i64,
    unemployed: i64,
    lost: i64,
}

/// What is told county by county: graduates, where payments have begun, and who waits for them.
#[derive(Default)]
pub(super) struct Lists {
    graduates: BTreeMap<&'static str, Graduates>,
    begun: BTreeSet<(&'static str, &'static str)>,
    unpaid: Vec<(&'static str, &'static str, String)>,
}

impl Lists {
    pub(super) fn tell(self, truths: &mut Truths) {
        truths.judged("C12-rate");
        for (county, list) in &self.graduates {
            let below = |all: i64, unemployed: i64| {
                all >= GRADUATES_LEAST && (all - unemployed) * 10_000 / all < 9_000
            };
            let expected = below(list.all, list.unemployed);
            if expected {
                truths.expect("C12-rate", county, "below_rate");
            }
            // Those lost may have had work or none.
            let left = list.all - list.lost;
            let fewest = (list.unemployed - list.lost).max(0);
            if [fewest, list.unemployed.min(left)]
                .iter()
                .any(|unemployed| below(left, *unemployed) != expected)
            {
                truths.unsure("C12-rate", county);
            }
        }
        for (rule, county, subject) in &self.unpaid {
            let kind = if *rule == "C08" {
                "跨省交通"
            } else {
                "雨露计划"
            };
            if self.begun.contains(&(kind, county)) {
                truths.expect(rule, subject, "unpaid");
            }
        }
    }
}

pub(super) fn tell(home: &Facts<'_>, truths: &mut Truths, lists: &mut Lists) {
    for rule in ["C08", "C09", "C11", "C11-paid", "C12", "C13", "C13-paid"] {
        truths.judged(rule);
    }
    for rule in ["C08", "C11", "C11-paid", "C13"] {
        home.unsure(truths, rule, &[Stream::Subsidies]);
    }
    home.unsure(truths, "C09", &[Stream::Training]);
    for rule in ["C11", "C12"] {
        home.unsure(truths, rule, &[Stream::Graduates]);
    }
    for payment in &home.paid.payments {
        lists.begun.insert((payment.kind, home.county));
    }
    transport(home, truths, lists);
    courses(home, truths);
    graduates(home, truths, lists);
    pupils(home, truths, lists);
}

fn paid(home: &Facts<'_>, at: usize, kind: &str) -> Option<Payment> {
    let mut of = home.paid.payments.iter().filter(|payment| payment.member == at);
    of.find(|payment| payment.kind == kind).copied()
}

/// Days of this year a spell has lasted.
fn days_this_year(world: &World, spell: &Spell) -> i64 {
    let today = world.today();
    let from = spell.starts.max(Month::new(today.month.year(), 1).day(1));
    spell.left.unwrap_or(today).min(today).since(from)
}

fn transport(home: &Facts<'_>, truths: &mut Truths, lists: &mut Lists) {
    if !home.looked_at {
        return;
    }
    let year = home.world.today().month.year();
    let owed = |at: &usize| {
        let far = home.spells_of(*at).filter(|spell| spell.place.far);
        let long = far.map(|spell| days_this_year(home.world, spell)).max() >= Some(FAR_DAYS);
        long && paid(home, *at, "跨省交通").is_none_or(|payment| payment.day.month.year() != year)
    };
    let unpaid: Vec<usize> = (0..home.members.len()).filter(owed).collect();
    if unpaid.iter().any(|at| !home.paid.only_told.contains(at)) {
        lists.unpaid.push(("C08", home.county, home.subject.to_owned()));
    } else if !unpaid.is_empty() {
        home.expect(truths, "C08", "only_told");
    }
}

fn courses(home: &Facts<'_>, truths: &mut Truths) {
    let any = |wrong: &dyn Fn(i64, i64, i64) -> bool| {
        let mut courses = home.courses.iter();
        courses.any(|course| wrong(course.days, course.span, course.paid_fen))
    };
    let band = if any(&|days, _, fen| fen > days * 5_000) {
        "overpaid"
    } else if any(&|days, span, _| days > span) {
        "too_long"
    } else if any(&|days, _, fen| fen < days * 5_000) {
        "underpaid"
    } else {
        return;
    };
    home.expect(truths, "C09", band);
}

/// Whether a member has, or had, a contract for half a year or work that lasted so long.
fn contracted(home: &Facts<'_>, at: usize) -> bool {
    let until = |spell: &Spell| -> Day {
        let end = spell.left.or(spell.contract_ends);
        end.unwrap_or_else(|| home.world.today())
    };
    home.spells_of(at)
        .any(|spell| until(spell).since(spell.starts) >= CONTRACT_DAYS)
}

fn insured(home: &Facts<'_>, at: usize) -> bool {
    home.spells_of(at)
        .any(|spell| spell.insured && home.world.months.iter().any(|month| spell.covers(month)))
}

fn graduates(home: &Facts<'_>, truths: &mut Truths, lists: &mut Lists) {
    let (mut unpaid, mut idle) = (false, false);
    for at in 0..home.members.len() {
        let Some(graduate) = home.graduates[at] else {
            continue;
        };
        let county = lists.graduates.entry(home.county).or_default();
        county.all += 1;
        county.unemployed += i64::from(!graduate.employed);
        county.lost += i64::from(home.lost(&[Stream::Graduates]));
        idle |= !graduate.employed && !home.at_work(at) && home.registered[at].at_school.is_empty();
        unpaid |= graduate.level == "高职"
            && graduate.employed
            && contracted(home, at)
            && insured(home, at)
            && paid(home, at, "高校毕业生就业").is_none();
    }
    if idle {
        home.expect(truths, "C12", "unemployed");
    }
    if unpaid && home.looked_at {
        home.expect(truths, "C11", "unpaid");
    }
    let granted: Vec<usize> = (0..home.members.len())
        .filter(|at| paid(home, *at, "高校毕业生就业").is_some())
        .collect();
    let schooled = |at: &usize| !matches!(home.registered[*at].education, "文盲或半文盲" | "小学" | "初中");
    if !granted.iter().all(schooled) {
        home.expect(truths, "C11-paid", "no_degree");
    } else if granted
        .iter()
        .any(|at| !insured(home, *at) && !contracted(home, *at))
    {
        home.expect(truths, "C11-paid", "no_work");
    }
}

/// Who learns a trade.
fn vocational(school: &str) -> bool {
    ["中职", "高职", "技师"]
        .iter()
        .any(|kind| school.starts_with(kind))
}

fn first_year(school: &str) -> bool {
    school.ends_with("一年级")
}

fn pupils(home: &Facts<'_>, truths: &mut Truths, lists: &mut Lists) {
    let today = home.world.today();
    let lately = today.month.plus(-12).day(today.day);
    let aid = |at: usize| paid(home, at, "雨露计划").filter(|payment| payment.day > lately);
    // Whoever the register has under another's number is asked after for the other's aid.
    if home.shares() {
        truths.unsure("C13-paid", home.subject);
    }
    let mut wrong: Option<&str> = None;
    for (at, member) in home.members.iter().enumerate() {
        let Some(payment) = aid(at) else {
            if home.looked_at && vocational(member.at_school) && !first_year(member.at_school) {
                lists.unpaid.push(("C13", home.county, home.subject.to_owned()));
            }
            continue;
        };
        if !home.known(at) || !home.arrives(Stream::Subsidies, at, home.world.horizon.last) {
            truths.unsure("C13-paid", home.subject);
        }
        // Who was paid is asked after by what the register says of the school, right or wrong.
        let school = home.registered[at].at_school;
        if vocational(school) || first_year(school) {
            continue;
        }
        if !school.is_empty() {
            wrong = Some("other_school");
        } else if years(home.born(at), payment.day) > PUPIL_AGE_MAX {
            wrong = wrong.or(Some("too_old"));
        }
    }
    if let Some(band) = wrong {
        home.expect(truths, "C13-paid", band);
    }
}
