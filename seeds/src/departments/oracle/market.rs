//! Market: what the rules on the 832 platform (M01 to M07) should find.
//! Here because reserves, orders and lists are planted with faults that a rule must tell from what only looks like one.
//! In: units, orders, suppliers, lists of households. Out: the truth of nine rules.
//! Not here: M06-death, which needs a register of deaths that no stream holds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lost, Truths};
use crate::county::{FEN, HouseholdType};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::market::{Buyer, Order, buyers, links, may_be_linked, orders, suppliers};
use crate::departments::life::{JUDGED, World, id};
use crate::departments::stream::Stream;

/// Counties of the city that were never poor by the national list.
const NEVER_POOR: [&str; 4] = ["颍州区", "颍泉区", "太和县", "界首市"];
const ORDERS_LEAST: usize = 5;
const SUPPLIERS_MOST: usize = 2;
const GAIN_TOLERANCE_FEN: i64 = 500 * FEN;
/// Half of the last digit of an amount in units of 10,000 yuan with two decimals.
const HALF_DIGIT_FEN: i64 = 50 * FEN;
/// An amount is given in units of so many fen.
const UNIT_FEN: i64 = 100 * FEN;

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in [
        "M01",
        "M02",
        "M03",
        "M04",
        "M05",
        "M06",
        "M06-list",
        "M06-roster",
        "M06-many",
        "M07",
    ] {
        truths.judged(rule);
    }
    let sold = tell_of_buyers(world, lost, truths);
    let listed = tell_of_lists(world, lost, truths);
    for (supplier, standing) in suppliers(world) {
        let code = supplier.code();
        if standing.gone {
            truths.expect("M06", &code, "gone");
        } else if standing.valid_until < world.today() {
            truths.expect("M06", &code, "expired");
        } else if NEVER_POOR.contains(&standing.county) {
            truths.expect("M06", &code, "elsewhere");
        }
        if sold.contains(&supplier.key) && !listed.contains(&supplier.key) {
            truths.expect("M06-list", &code, "no_list");
        }
    }
}

/// Days of the year up to and with `day`.
fn day_of_year(day: Day) -> i64 {
    let months = Month::new(day.month.year(), 1);
    let before: i32 = (0..day.month.since(months))
        .map(|month| months.plus(month).days())
        .sum();
    i64::from(before + day.day)
}

/// Units and their orders; the suppliers who sold something in the last year come back.
fn tell_of_buyers(world: &World, lost: &Lost, truths: &mut Truths) -> BTreeSet<u64> {
    let all: Vec<(Buyer, Vec<Order>)> = buyers(world)
        .map(|buyer| {
            let ordered = if buyer.canteen {
                orders(world, &buyer).collect()
            } else {
                Vec::new()
            };
            (buyer, ordered)
        })
        .collect();
    let days = || {
        let orders = all.iter().flat_map(|(_, orders)| orders);
        orders.map(|order| order.month.day(order.day))
    };
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return BTreeSet::new();
    };
    let year = last.month.year();
    let passed = day_of_year(last) * 10_000 / 365;
    let whole_year = first.month < Month::new(year, 4);
    let mut sold = BTreeSet::new();
    for (buyer, orders) in &all {
        let code = buyer.code();
        if lost.any(&[Stream::Reserves], [code.as_str()]) {
            for rule in ["M02", "M03"] {
                truths.unsure(rule, &code);
            }
        }
        let now: Vec<&Order> = orders.iter().filter(|order| order.month.year() == year).collect();
        let ordered: i64 = now.iter().map(|order| order.fen()).sum();
        let back: i64 = now
            .iter()
            .filter(|order| order.refunded)
            .map(|order| order.fen())
            .sum();
        let kept = now.iter().filter(|order| !order.refunded);
        sold.extend(kept.map(|order| order.supplier.key));
        if now.len() >= ORDERS_LEAST && back * 100 > ordered * 15 {
            truths.expect("M05", &code, "returns");
        }
        if !buyer.canteen {
            continue;
        }
        if buyer.silent {
            truths.expect("M02", &code, "not_filed");
            continue;
        }
        let [before, total] = buyer.totals.map(|total| total * UNIT_FEN);
        let reserved = buyer.reserved(1) * UNIT_FEN;
        if total > 0 && (reserved + HALF_DIGIT_FEN) * 10_000 / total < 1_000 {
            truths.expect("M01", &code, "too_little");
        }
        if total == 0 {
            truths.expect("M03", &code, "nothing");
        } else if total * 2 < before {
            truths.expect("M03", &code, "halved");
        }
        let lag = |reserved: i64| passed - (ordered - back) * 10_000 / reserved;
        if reserved > 0 && whole_year && passed >= 2_500 && lag(reserved) > 2_000 {
            truths.expect("M04", &code, "behind");
        }
    }
    sold
}

/// Lists of households; the suppliers that have one come back.
fn tell_of_lists(world: &World, lost: &Lost, truths: &mut Truths) -> BTreeSet<u64> {
    let mut listed = BTreeSet::new();
    let mut outside: BTreeMap<u64, String> = BTreeMap::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if !may_be_linked(&outline) {
            continue;
        }
        let links = links(world, &outline);
        let (plan, income) = (outline.plan(), outline.income(JUDGED));
        let home = outline.sketch_first(1).home();
        let head = home.members.first().map(id).unwrap_or_default();
        let subject = home.household_no;
        let never_poor = plan.household_type != HouseholdType::Lifted && plan.monitoring.is_none();
        let unsure = !links.is_empty() && lost.any(&[Stream::Beneficiaries], [head]);
        if unsure {
            truths.unsure("M06-many", subject);
            truths.unsure("M07", subject);
        }
        for link in &links {
            listed.insert(link.supplier.key);
            if never_poor {
                outside.insert(link.supplier.key, link.supplier.code());
            }
            if unsure {
                truths.unsure("M06-list", &link.supplier.code());
                truths.unsure("M06-roster", &link.supplier.code());
            }
        }
        let named: BTreeSet<u64> = links.iter().map(|link| link.supplier.key).collect();
        if named.len() > SUPPLIERS_MOST {
            truths.expect("M06-many", subject, "many");
        }
        let of = |kinds: &[&str]| links.iter().all(|link| kinds.contains(&link.supplier.link));
        let declared = if of(&["订单收购"]) {
            income.business_fen
        } else if of(&["务工带动"]) {
            income.wage_fen
        } else if of(&["土地流转", "入股分红"]) {
            income.property_fen
        } else {
            income.business_fen + income.wage_fen + income.property_fen
        };
        let gain: i64 = links.iter().map(|link| link.gain_fen).sum();
        if gain - declared > GAIN_TOLERANCE_FEN {
            truths.expect("M07", subject, "missing");
        }
    }
    for code in outside.values() {
        truths.expect("M06-roster", code, "outside");
    }
    listed
}
