//! Collectives: what the rule on promises of suppliers (G04) should find.
//! Here because a promise is kept or broken by a whole list, not by one household.
//! In: suppliers, their lists and promises, the rows that were lost. Out: the truth of the rule.
//! Not here: lists and suppliers as the platform judges them (market.rs).

use std::collections::{BTreeMap, BTreeSet};

use super::{Lost, Truths};
use crate::departments::life::market::{links, may_be_linked, suppliers};
use crate::departments::life::promises::Promises;
use crate::departments::life::{World, id};
use crate::departments::stream::Stream;

const KEPT_PERCENT: i64 = 80;

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    truths.judged("G04");
    let promises = Promises::of(world);
    let gone_astray = lost_of_lists(world, lost);
    for (supplier, standing) in suppliers(world) {
        let (promised, listed) = (
            promises.promised(world, supplier.key),
            promises.listed(supplier.key),
        );
        // Without a list nobody can tell, and a business that was struck off promises nothing.
        let short = |listed: i64| listed > 0 && listed * 100 < promised * KEPT_PERCENT;
        if standing.gone {
            continue;
        }
        let astray = gone_astray.get(&supplier.key).copied().unwrap_or(0);
        if short(listed) {
            truths.expect("G04", &supplier.code(), "short");
        }
        if short(listed) != short(listed - astray) {
            truths.unsure("G04", &supplier.code());
        }
    }
}

/// Households of each list whose row lost its number.
fn lost_of_lists(world: &World, lost: &Lost) -> BTreeMap<u64, i64> {
    let mut astray = BTreeMap::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if !may_be_linked(&outline) {
            continue;
        }
        let keys: BTreeSet<u64> = links(world, &outline)
            .iter()
            .map(|link| link.supplier.key)
            .collect();
        let home = outline.sketch_first(1).home();
        let head = home.members.first().map(id).unwrap_or_default();
        if lost.any(&[Stream::Beneficiaries], [head]) {
            for key in keys {
                *astray.entry(key).or_default() += 1;
            }
        }
    }
    astray
}
