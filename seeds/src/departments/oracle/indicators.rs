//! Indicators: which counties, and whether the city, should be found short of what the plan asks for (K7, K9, K10).
//! Here because a share of a county is easily taken of the wrong whole.
//! In: budget units, graduates. Out: the truth of these rules, by the county's name; 全市 is all of them.
//! Not here: K8 and K11-measures, which are counted beside the households (held.rs, register.rs); indicators that only a report could tell
//! (K1–K6, workshops).

use std::collections::BTreeMap;

use super::{Lost, Truths};
use crate::county::COUNTIES;
use crate::departments::life::market::buyers;
use crate::departments::life::payments::graduations;
use crate::departments::life::{World, id};
use crate::departments::stream::Stream;

const CITY: &str = "全市";

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in ["K7", "K9"] {
        truths.judged(rule);
    }
    // The counties' standards are made so that their averages are just what is asked for.
    for rule in ["K10-low", "K10-destitute"] {
        truths.judged(rule);
    }
    // The hub's own cases: on the day they are opened none of them is due, so nobody is late.
    for rule in ["K11-verified", "K11-closed"] {
        truths.judged(rule);
    }
    reserves(world, truths);
    graduates(world, lost, truths);
}

/// K7: less than a tenth of what canteens buy is reserved.
fn reserves(world: &World, truths: &mut Truths) {
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let filed = buyers(world).filter(|buyer| buyer.canteen && !buyer.silent && buyer.totals[1] > 0);
    for buyer in filed {
        for place in [COUNTIES[buyer.unit].name, CITY] {
            let (reserved, total) = sums.entry(place).or_default();
            *reserved += buyer.reserved(1);
            *total += buyer.totals[1];
        }
    }
    for (place, (reserved, total)) in sums {
        if reserved * 10 < total {
            truths.expect("K7", place, "breach");
        }
    }
}

/// Graduates of a place.
#[derive(Default)]
struct Graduates {
    employed: u64,
    unemployed: u64,
    /// Their number or the word about them was lost: they are counted without a word, or not at all.
    lost: u64,
}

impl Graduates {
    /// Less than nine in ten, even if all of whom nothing is said were employed.
    fn too_few(&self, unsaid: u64) -> bool {
        let all = self.employed + self.unemployed + unsaid;
        (self.employed + unsaid) * 10 < all * 9
    }
}

/// K9.
fn graduates(world: &World, lost: &Lost, truths: &mut Truths) {
    let mut places: BTreeMap<&str, Graduates> = BTreeMap::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let graduated = graduations(world, &sketch);
        if graduated.iter().all(Option::is_none) {
            continue;
        }
        let home = sketch.home();
        for (member, graduation) in home.members.iter().zip(graduated) {
            let Some(graduation) = graduation else { continue };
            for place in [COUNTIES[home.unit].name, CITY] {
                let counted = places.entry(place).or_default();
                if lost.any(&[Stream::Graduates], [id(member)]) {
                    counted.lost += 1;
                } else if graduation.employed {
                    counted.employed += 1;
                } else {
                    counted.unemployed += 1;
                }
            }
        }
    }
    for (place, counted) in places {
        if counted.too_few(0) {
            truths.expect("K9", place, "breach");
        }
        if counted.too_few(0) != counted.too_few(counted.lost) {
            truths.unsure("K9", place);
        }
    }
}
