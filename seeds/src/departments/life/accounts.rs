//! Accounts: what a village had of its stations' money in a year and what it spent it on, and when it came.
//! Here because the account must add up with what its people were paid, and some villages are cast for what should not be.
//! In: a village's stations, what its people got in twelve months. Out: `Account`, the older year first.
//! Not here: rows (rows/pv.rs), who is paid (shares.rs).

use std::sync::Arc;

use crate::county::dice::Purpose;
use crate::county::{FEN, Place};

use super::{AWARD_FEN, Share, Station, World, share, stations};
use crate::departments::calendar::{Day, Month};

/// A village with stations and what its people got in the months of the horizon.
#[derive(Debug, Clone)]
pub(crate) struct Fund {
    /// The county-level unit, by position in `COUNTIES`.
    pub(crate) unit: usize,
    pub(crate) place: Arc<Place>,
    pub(crate) role: u64,
    pub(crate) stations: Vec<Station>,
    pub(crate) posts: i64,
    pub(crate) awards: i64,
}

/// One year of a village. Amounts in fen.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) year: i32,
    pub(crate) received: i64,
    pub(crate) rent: i64,
    pub(crate) upkeep: i64,
    pub(crate) insurance: i64,
    pub(crate) posts: i64,
    pub(crate) works: i64,
    pub(crate) awards: i64,
    pub(crate) industry: i64,
    pub(crate) county_on: Day,
    pub(crate) town_on: Day,
    /// None: it has not come.
    pub(crate) village_on: Option<Day>,
    /// From when to when the plan for it was published.
    pub(crate) published: Option<(Day, Day)>,
    /// The money came late.
    pub(crate) late: bool,
    /// The upkeep is too dear.
    pub(crate) dear: bool,
}

impl Account {
    pub(crate) fn distributable(&self) -> i64 {
        self.received - self.rent - self.upkeep - self.insurance
    }

    pub(crate) fn spent(&self) -> i64 {
        self.posts + self.works + self.awards + self.industry
    }
}

const NOT_COME: u64 = 10;
const LATE: u64 = 3;
/// The money came on the very last day it should.
const JUST_IN_TIME: u64 = 21;
const IDLE: u64 = 22;
/// It came ninety days ago: that it lies idle is not yet said.
const NOT_YET_IDLE: u64 = 17;
/// Nothing told of the last year, and much left of the one before; or as much as may be left.
const LEFT: u64 = 6;
const LEFT_LESS: u64 = 18;
const LITTLE_WORK: [u64; 2] = [1, 13];
const JUST_ENOUGH_WORK: u64 = 9;
const DEAR: [u64; 2] = [2, 16];
const NEARLY_DEAR: u64 = 12;
const HIGH_RENT: u64 = 19;
const NEARLY_HIGH_RENT: u64 = 5;

/// Gives the fund of every village with stations to `take`, in the order of the villages.
pub(crate) fn each_fund<E>(world: &World, mut take: impl FnMut(&Fund) -> Result<(), E>) -> Result<(), E> {
    let mut open: Option<Fund> = None;
    let months = i64::from(world.horizon.last.since(world.horizon.first)) + 1;
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if outline.rank() == 1 {
            if let Some(fund) = open.take() {
                take(&fund)?;
            }
            let stations = stations(world, outline.place());
            open = (!stations.is_empty()).then(|| Fund {
                unit: outline.unit(),
                place: Arc::clone(outline.place()),
                role: outline.role(),
                stations,
                posts: 0,
                awards: 0,
            });
        }
        let Some(fund) = &mut open else {
            continue;
        };
        match share(&outline) {
            Some(Share::Post(fen)) => fund.posts += fen * months,
            Some(Share::Award) => fund.awards += AWARD_FEN,
            None => {}
        }
    }
    open.map_or(Ok(()), |fund| take(&fund))
}

/// Both years of a village. Those before the months that are seen repeat the pattern of the months themselves.
pub(crate) fn accounts(world: &World, fund: &Fund) -> Vec<Account> {
    let settled = fund
        .stations
        .iter()
        .flat_map(|station| station.settlements(world, world.horizon));
    let received: i64 = settled.map(|(_, settled)| settled.due()).sum();
    let last = world.horizon.last.year();
    let told = match fund.role {
        LEFT | LEFT_LESS => vec![(last - 1, 96)],
        _ => vec![(last - 1, 96), (last, 100)],
    };
    told.into_iter()
        .map(|(year, per_cent)| {
            let mut account = spend(world, fund, (year, per_cent), received);
            if year == last {
                come(world, fund.role, &mut account);
            }
            account
        })
        .collect()
}

fn spend(world: &World, fund: &Fund, (year, per_cent): (i32, i64), received: i64) -> Account {
    let key = fund.stations.first().map_or(0, |station| station.key);
    let mut dice = world.dice(key * 10_000 + u64::from(year.unsigned_abs()), Purpose::Villages);
    let role = fund.role;
    let received = received * per_cent / 100;
    let capacity_kw: i64 = fund.stations.iter().map(|station| station.capacity_kw).sum();
    let dear = DEAR.contains(&role);
    let upkeep = capacity_kw
        * FEN
        * match role {
            NEARLY_DEAR => 30,
            _ if dear => 45,
            _ => 20,
        };
    let insurance = capacity_kw * 4 * FEN;
    let rent = match role {
        HIGH_RENT => received * 35 / 100,
        NEARLY_HIGH_RENT => received * 30 / 100 - upkeep - insurance,
        _ => capacity_kw * 60 * FEN,
    };
    let (posts, awards) = (fund.posts * per_cent / 100, fund.awards * per_cent / 100);
    let distributable = received - rent - upkeep - insurance;
    // Of a thousand: for posts and small works, and for everything.
    let (work, all) = match role {
        LEFT => (500, 600),
        LEFT_LESS => (600, 700),
        JUST_ENOUGH_WORK => (800, 950),
        _ if LITTLE_WORK.contains(&role) => (700, 950),
        _ => (dice.between(850, 930), dice.between(940, 1_000)),
    };
    // Up to the whole fen, so that a share that is just enough is not a fen too little.
    let part = |per_mille: i64| (distributable * per_mille + 999) / 1_000;
    let idle = (role == IDLE || role == NOT_YET_IDLE) && year == world.horizon.last.year();
    let works = (part(work) - posts).min(distributable - posts - awards).max(0);
    let industry = (part(all) - posts - works - awards).max(0);
    let (works, industry) = if idle { (0, 0) } else { (works, industry) };
    let paid = Month::new(year, 3);
    Account {
        year,
        received,
        rent,
        upkeep,
        insurance,
        posts,
        works,
        awards,
        industry,
        county_on: paid.day(6),
        town_on: paid.day(14),
        village_on: Some(paid.day(24)),
        published: Some((paid.plus(4).day(1), paid.plus(4).day(8))),
        late: false,
        dear,
    }
}

/// How the last year's money came.
fn come(world: &World, role: u64, account: &mut Account) {
    let march = account.county_on.month;
    match role {
        NOT_COME => account.village_on = None,
        LATE => {
            account.village_on = Some(march.plus(3).day(2));
            account.late = true;
        }
        JUST_IN_TIME => account.village_on = Some(march.plus(1).day(5)),
        IDLE => account.published = None,
        NOT_YET_IDLE => {
            let came = world.horizon.last.plus(-2);
            account.county_on = came.plus(-1).day(20);
            account.town_on = came.plus(-1).day(28);
            account.village_on = Some(came.day(8));
            account.published = None;
        }
        _ => {}
    }
}
