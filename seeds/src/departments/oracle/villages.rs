//! Villages: what rules P08 to P12 and G02 should find of the stations' money: how it came, what it was spent on, and who got it.
//! Here because it is the village that keeps the money, and its people who are paid from it.
//! In: villages' funds, households' shares. Out: by rule villages (县/乡/村) and households.
//! Not here: what stations earn (solar.rs).

use std::collections::BTreeMap;

use super::solar::days;
use super::{Lost, Truths};
use crate::county::{FEN, HouseholdType, Place};
use crate::departments::life::{
    AWARD_FEN, Account, JUDGED, Share, TWICE_AGO, World, accounts, each_fund, id, paid_twice, post, share,
    station_village,
};
use crate::departments::stream::Stream;

const TO_VILLAGE_DAYS: i64 = 30;
const IDLE_DAYS: i64 = 90;
const UPKEEP_FEN_PER_KW: i64 = 30 * FEN;
const EQUAL_PEOPLE_MIN: usize = 10;
/// A post's wage of the year that should be declared.
const WAGE_SEEN_FEN: i64 = 500 * FEN;
const SOLAR_FUND: &str = "光伏收益";

pub(super) fn name(place: &Place) -> String {
    [place.county.name, &place.town, &place.village].join("/")
}

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in [
        "G02",
        "P08-held",
        "P08-undistributed",
        "P09-equal",
        "P09-share",
        "P10-om",
        "P10-share",
        "P11-not-lifted",
        "P11-twice",
        "P12",
    ] {
        truths.judged(rule);
    }
    let told: Result<(), std::convert::Infallible> = each_fund(world, |fund| {
        let village = name(&fund.place);
        let accounts = accounts(world, fund);
        let year = world.today().month.year();
        if let Some(newest) = accounts.last() {
            came(world, newest, truths, &village);
            left(world, newest, truths, &village);
            let listed: i64 = fund.stations.iter().map(|station| station.capacity_kw).sum();
            let is_known = station_village(world, &fund.place) == fund.place.village;
            if is_known && newest.upkeep / listed > UPKEEP_FEN_PER_KW {
                truths.expect("P10-om", &village, "too_dear");
            }
        }
        if let Some(finished) = accounts.iter().rfind(|account| account.year < year) {
            shares(finished, truths, &village);
        }
        Ok(())
    });
    if told.is_ok() {
        people(world, lost, truths);
    }
}

fn came(world: &World, account: &Account, truths: &mut Truths, village: &str) {
    let since = days(account.county_on);
    match account.village_on {
        None if days(world.today()) - since > TO_VILLAGE_DAYS => {
            truths.expect("P08-held", village, "not_arrived");
        }
        Some(day) if days(day) - since > TO_VILLAGE_DAYS => truths.expect("P08-held", village, "late"),
        None | Some(_) => {}
    }
}

fn left(world: &World, account: &Account, truths: &mut Truths, village: &str) {
    let today = world.today();
    let lay = account.village_on.map_or(0, |day| days(today) - days(day));
    let distributable = account.distributable();
    let left = distributable - account.spent();
    // A collective is asked why it keeps what came this year; how long money may lie is the same for both rules.
    let this_year = account.year == today.month.year();
    if this_year && distributable > 0 && account.spent() == 0 && lay > IDLE_DAYS {
        truths.expect("G02", village, "kept");
    }
    if account.published.is_none() && account.spent() == 0 && lay > IDLE_DAYS {
        truths.expect("P08-undistributed", village, "idle");
    } else if account.year < today.month.year() && distributable > 0 && left * 10_000 / distributable > 3_000
    {
        truths.expect("P08-undistributed", village, "left_over");
    }
}

fn shares(account: &Account, truths: &mut Truths, village: &str) {
    let (work, distributable) = (account.posts + account.works, account.distributable());
    if distributable > 0 && work > 0 && work * 100 < distributable * 80 {
        truths.expect("P09-share", village, "too_little");
    }
    let deducted = account.rent + account.upkeep + account.insurance;
    if account.received > 0 && deducted * 10_000 / account.received > 3_000 {
        truths.expect("P10-share", village, "too_much");
    }
}

/// What the people of a village got in the last calendar year there are payments of: those who work for it, those who do not.
#[derive(Default)]
struct Paid {
    working: usize,
    /// By the amount.
    idle: BTreeMap<i64, usize>,
}

fn people(world: &World, lost: &Lost, truths: &mut Truths) {
    let mut villages: BTreeMap<String, Paid> = BTreeMap::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let share = share(&outline);
        let declared = outline.income(JUDGED).public_post_fen;
        if share.is_none() && declared == 0 {
            continue;
        }
        let place = std::sync::Arc::clone(outline.place());
        let plan = outline.plan();
        let is_known = plan.household_type == HouseholdType::Lifted || plan.monitoring.is_some();
        let other = (matches!(share, Some(Share::Post(_))) && paid_twice(&outline))
            .then(|| outline.neighbour())
            .filter(|other| other.village != place.village);
        let sketch = outline.sketch();
        let post = post(world, &sketch);
        let home = sketch.home();
        let household = home.household_no;
        let holder = match share {
            Some(Share::Award) => 0,
            _ => post.as_ref().map_or(0, |post| post.member),
        };
        let number = home.members.get(holder).map_or("", id);
        let is_lost = |streams: &[Stream]| lost.any(streams, [number]);
        if let Some(share) = share {
            let paid = villages.entry(name(&place)).or_default();
            match share {
                Share::Post(_) => paid.working += 1,
                Share::Award => *paid.idle.entry(AWARD_FEN).or_default() += 1,
            }
            if !is_known {
                truths.expect("P11-not-lifted", household, "not_entitled");
                // An award is one row; of the many of a post one does not matter.
                if share == Share::Award && is_lost(&[Stream::Distributions]) {
                    truths.unsure("P11-not-lifted", household);
                }
            }
        }
        if other.is_some() {
            truths.expect("P11-twice", household, "twice");
            if is_lost(&[Stream::Distributions]) {
                truths.unsure("P11-twice", household);
            }
        }
        let of_year = |month: &crate::departments::calendar::Month| {
            let first = crate::departments::calendar::Month::new(2022, 10);
            (0..12).contains(&month.since(first))
        };
        let months = i64::try_from(world.horizon.iter().filter(of_year).count()).unwrap_or(0);
        match share {
            Some(Share::Post(fen)) => {
                let twice = world.horizon.last.plus(-TWICE_AGO);
                let more = i64::from(other.is_some() && of_year(&twice));
                if declared == 0 && fen * (months + more) > WAGE_SEEN_FEN {
                    truths.expect("P12", household, "not_declared");
                }
            }
            Some(Share::Award) => {}
            None => {
                let from_solar = post.as_ref().is_some_and(|post| post.fund == SOLAR_FUND);
                if from_solar && declared > WAGE_SEEN_FEN {
                    truths.expect("P12", household, "not_paid");
                }
            }
        }
    }
    for (village, paid) in villages {
        let most = paid.idle.values().copied().max().unwrap_or(0);
        let all = paid.working + paid.idle.values().sum::<usize>();
        if all >= EQUAL_PEOPLE_MIN && most * 100 >= all * 80 {
            truths.expect("P09-equal", &village, "equal");
        }
    }
}
