//! Phones: what the rules on telephones (C16) should find.
//! Here because one telephone of many households is seen only over the whole county.
//! In: households. Out: the truth of three rules.
//! Not here: telephones spoilt in a department's list; these rules read the roster's.

use std::collections::{BTreeMap, BTreeSet};

use super::Truths;
use super::facts::Facts;
use crate::departments::stream::Stream;

const HOUSEHOLDS_MOST: usize = 3;

/// Households somebody of which works, and where.
#[derive(Default)]
struct Workers {
    households: BTreeSet<String>,
    places: BTreeSet<&'static str>,
}

impl Workers {
    /// Whether `household` gives a telephone that others give who work elsewhere.
    fn finds(&self, household: &str) -> bool {
        self.households.contains(household) && self.households.len() > 1 && self.places.len() > 1
    }
}

/// Who gives one telephone.
#[derive(Default)]
struct Owners {
    households: BTreeSet<String>,
    villages: BTreeSet<String>,
    workers: Workers,
    /// The same as far as a month of the register's watch arrives: it alone names places alike.
    seen: Workers,
}

/// All telephones.
#[derive(Default)]
pub(super) struct Book {
    owners: BTreeMap<String, Owners>,
}

impl Book {
    pub(super) fn tell(self, truths: &mut Truths) {
        truths.judged("C16-shared");
        truths.judged("C16-places");
        for owners in self.owners.values() {
            if owners.households.len() > HOUSEHOLDS_MOST {
                for village in &owners.villages {
                    truths.expect("C16-shared", village, "shared");
                }
            }
            for household in &owners.workers.households {
                let found = owners.workers.finds(household);
                if found {
                    truths.expect("C16-places", household, "shared");
                }
                if owners.seen.finds(household) != found {
                    truths.unsure("C16-places", household);
                }
            }
        }
    }
}

pub(super) fn tell(home: &Facts<'_>, truths: &mut Truths, book: &mut Book) {
    truths.judged("C16-phone");
    let mobile = home.phone.len() == 11
        && home.phone.starts_with('1')
        && home.phone.chars().nth(1).is_some_and(|second| second >= '3')
        && home.phone.chars().all(|digit| digit.is_ascii_digit());
    if !mobile {
        home.expect(truths, "C16-phone", "unusable");
        return;
    }
    let owners = book.owners.entry(home.phone.clone()).or_default();
    owners.households.insert(home.subject.to_owned());
    owners.villages.insert(home.village.clone());
    for spell in home.spells.iter().filter(|spell| spell.left.is_none()) {
        let mut months = home.world.months.iter().filter(|month| spell.covers(*month));
        let seen = months.any(|month| home.arrives(Stream::MigrantWork, spell.member, month));
        let workers = [Some(&mut owners.workers), seen.then_some(&mut owners.seen)];
        for workers in workers.into_iter().flatten() {
            workers.households.insert(home.subject.to_owned());
            workers.places.insert(spell.place.name);
        }
    }
}
