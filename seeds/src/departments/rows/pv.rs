//! Rows about village solar stations: the stations, the grid's settlements, the villages' accounts, payments to people.
//! Here because the grid, the county and the village each write a part of one flow of money.
//! In: villages and their households. Out: rows; a village's account adds up what its people were paid.
//! Not here: what a station earns (life/solar.rs).

use std::sync::Arc;

use crate::county::dice::Purpose;
use crate::county::{FEN, Outline, Place};

use super::{Out, Stop, Tag};
use crate::departments::life::{Home, MULTIPLIER, PRICE, Station, World, id, may_have_post, post, station};
use crate::departments::uscc;

/// The villages that have a station.
fn stations_of(world: &World) -> impl Iterator<Item = (usize, Arc<Place>, Station)> {
    world.county.layout.villages().filter_map(|village| {
        let station = station(world, &village.place)?;
        Some((village.unit_no, village.place, station))
    })
}

pub(super) fn stations(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    for (unit, place, station) in stations_of(world) {
        if station.weak() {
            out.case("P02", &station.number());
        }
        if station.unpaid {
            out.case("P07", &station.number());
        }
        let row = &mut out.row;
        row.put(&station.number());
        row.buffer().push_str(&place.town);
        row.buffer().push_str(&place.village);
        row.put("光伏扶贫电站");
        row.buffer().push_str(&place.town);
        row.buffer().push_str(&place.village);
        row.put("股份经济合作社");
        uscc::push(row.buffer(), "N2", place.county.code, station.key % 100_000_000);
        row.end();
        row.put(place.county.name).put(&place.town).put(&place.village);
        row.number(station.capacity_kw)
            .day(station.connected)
            .put(station.batch);
        out.send(&Tag {
            unit,
            month: world.horizon.last,
            town: &place.town,
            block: station.key,
        })?;
    }
    Ok(())
}

pub(super) fn settlements(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    for (unit, place, station) in stations_of(world) {
        let number = station.number();
        for (month, settled) in station.settlements(world, world.months) {
            if settled.energy == 0 {
                out.case("P01", &format!("{number}@{month}"));
            }
            if settled.miscounted {
                out.case("P06", &format!("{number}@{month}"));
            }
            let row = &mut out.row;
            row.put(&number)
                .month(month)
                .scaled(settled.before, 2)
                .scaled(settled.after, 2)
                .number(MULTIPLIER);
            row.number(settled.energy)
                .scaled(PRICE, 4)
                .fen(settled.fee)
                .scaled(station.subsidy, 4);
            row.number(settled.subsidy_energy)
                .fen(settled.subsidy)
                .fen(settled.payable())
                .fen(settled.tax);
            row.fen(settled.paid()).day(settled.paid_on);
            out.send(&Tag {
                unit,
                month,
                town: &place.town,
                block: station.key,
            })?;
        }
    }
    Ok(())
}

/// What a household gets from its village's solar income in a month, if anything.
struct Share {
    member: usize,
    used_for: &'static str,
    post: &'static str,
    fen: i64,
}

const AWARD_FEN: i64 = 500 * FEN;

/// The post's wage, else an award once a year for a few; nobody else's household is drawn.
fn share<'w>(world: &World, outline: Outline<'w>) -> Option<(Home<'w>, Share)> {
    let index = outline.index;
    let awarded = || world.dice(index, Purpose::Villages).chance(40);
    if !may_have_post(&outline) && !awarded() {
        return None;
    }
    let home = Home::of(outline);
    if let Some(post) = post(world, &home) {
        let share = Share {
            member: post.member,
            used_for: "公益岗",
            post: post.name,
            fen: post.monthly_fen,
        };
        return post.solar.then_some((home, share));
    }
    let awarded = home.rank <= 150 && awarded() && station(world, &home.household.place).is_some();
    let share = Share {
        member: 0,
        used_for: "奖补",
        post: "",
        fen: AWARD_FEN,
    };
    awarded.then_some((home, share))
}

pub(super) fn distributions(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let Some((home, share)) = share(world, outline) else {
            continue;
        };
        let household = home.household;
        let member = &household.members[share.member];
        for month in world.months.iter() {
            if share.post.is_empty() && month != world.horizon.last {
                continue;
            }
            let row = &mut out.row;
            row.put(&household.place.village)
                .number(i64::from(month.year()))
                .put(&member.name)
                .put(id(member));
            row.put(share.used_for)
                .put(share.post)
                .month(month)
                .fen(share.fen)
                .day(month.day(25));
            out.send(&Tag {
                unit: home.unit,
                month,
                town: &household.place.town,
                block: home.index,
            })?;
        }
    }
    Ok(())
}

/// One village's spending while its households go by.
struct Open {
    unit: usize,
    place: Arc<Place>,
    posts: i64,
    awards: i64,
}

pub(super) fn village_accounts(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut open: Option<Open> = None;
    let months = i64::from(world.horizon.last.since(world.horizon.first)) + 1;
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if open
            .as_ref()
            .is_none_or(|open| !Arc::ptr_eq(&open.place, outline.place()))
        {
            if let Some(done) = open.take() {
                account(world, &done, out)?;
            }
            open = Some(Open {
                unit: outline.unit(),
                place: Arc::clone(outline.place()),
                posts: 0,
                awards: 0,
            });
        }
        let (Some(open), Some((_, share))) = (&mut open, share(world, outline)) else {
            continue;
        };
        if share.post.is_empty() {
            open.awards += share.fen;
        } else {
            open.posts += share.fen * months;
        }
    }
    match open {
        Some(done) => account(world, &done, out),
        None => Ok(()),
    }
}

/// Both years of a village. Those before the months that are seen repeat the pattern of the months themselves.
fn account(world: &World, open: &Open, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let Some(station) = station(world, &open.place) else {
        return Ok(());
    };
    let settled = station.settlements(world, world.horizon);
    let received: i64 = settled.map(|(_, settled)| settled.paid()).sum();
    let mut dice = world.dice(station.key, Purpose::Villages);
    let last_year = world.horizon.last.year();
    for (year, per_cent) in [(last_year - 1, 96), (last_year, 100)] {
        let received = received * per_cent / 100;
        let rent = station.capacity_kw * 60 * FEN;
        let dear = dice.chance(30);
        let upkeep = station.capacity_kw * 1_000 * if dear { 5 } else { 2 };
        let insurance = station.capacity_kw * 400;
        let (posts, awards) = (open.posts * per_cent / 100, open.awards * per_cent / 100);
        let distributable = received - rent - upkeep - insurance;
        let left = (distributable - posts - awards).max(0);
        let (works, industry) = (left * 60 / 100, left * 10 / 100);
        let late = year == last_year && dice.chance(40);
        if late {
            out.case("P08", &open.place.division);
        }
        if dear {
            out.case("P10", &open.place.division);
        }
        let paid = crate::departments::calendar::Month::new(year, 3);
        let row = &mut out.row;
        row.put(&open.place.village)
            .number(i64::from(year))
            .fen(received)
            .fen(rent)
            .fen(upkeep)
            .fen(insurance);
        row.fen(distributable)
            .fen(posts)
            .fen(works)
            .fen(awards)
            .fen(industry);
        row.fen(distributable - posts - works - awards - industry);
        row.day(paid.day(6))
            .day(paid.day(14))
            .day(if late { paid.plus(3).day(2) } else { paid.day(24) });
        row.day(paid.plus(4).day(1)).day(paid.plus(4).day(8));
        let tag = Tag {
            unit: open.unit,
            month: world.horizon.last,
            town: &open.place.town,
            block: station.key,
        };
        out.send(&tag)?;
    }
    Ok(())
}
