//! Rows about village solar stations: the stations, the grid's settlements, the villages' accounts, payments to people.
//! Here because the grid, the county and the village each write a part of one flow of money.
//! In: villages and their households. Out: rows; a village's account adds up what its people were paid.
//! Not here: what a station earns (life/solar.rs).

use std::sync::Arc;

use crate::county::dice::Purpose;
use crate::county::{FEN, Outline, Place};

use super::{Out, Stop, Tag};
use crate::departments::calendar::Months;
use crate::departments::life::{
    MULTIPLIER, PRICE, RANK_MAX, Station, World, id, may_have_post, post, post_wage, station, would_be_solar,
};
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

/// What a household gets from its village's solar income.
enum Share {
    /// Its post's wage, fen a month.
    Post(i64),
    /// Once a year.
    Award,
}

const AWARD_FEN: i64 = 500 * FEN;

/// The post's wage, else an award for a few. The village is taken to have a station.
#[inline]
fn share(outline: &Outline<'_>) -> Option<Share> {
    if outline.rank() > RANK_MAX {
        return None;
    }
    let awarded = outline.dice(Purpose::Villages).chance(40);
    let paid = may_have_post(outline) && would_be_solar(outline);
    if !awarded && !paid {
        return None;
    }
    match post_wage(outline) {
        // A post that is paid otherwise leaves no award either.
        Some(fen) => would_be_solar(outline).then_some(Share::Post(fen)),
        None => awarded.then_some(Share::Award),
    }
}

pub(super) fn distributions(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let Some(share) = share(&outline) else {
            continue;
        };
        if station(world, outline.place()).is_none() {
            continue;
        }
        let sketch = outline.sketch();
        let (member, used_for, name, fen, months) = match share {
            Share::Post(fen) => {
                let Some(post) = post(world, &sketch) else {
                    continue;
                };
                (post.member, "公益岗", post.name, fen, world.months)
            }
            Share::Award => (0, "奖补", "", AWARD_FEN, Months::only(world.horizon.last)),
        };
        let home = sketch.home_of(|position| position == member);
        let member = &home.members[member];
        for month in months.iter().filter(|month| world.months.contains(*month)) {
            let row = &mut out.row;
            row.put(&home.place.village)
                .number(i64::from(month.year()))
                .put(&member.name)
                .put(id(member));
            row.put(used_for)
                .put(name)
                .month(month)
                .fen(fen)
                .day(month.day(25));
            out.send(&Tag {
                unit: home.unit,
                month,
                town: &home.place.town,
                block: home.index,
            })?;
        }
    }
    Ok(())
}

/// One village with a station and its spending while its households go by.
struct Open {
    unit: usize,
    place: Arc<Place>,
    station: Station,
    posts: i64,
    awards: i64,
}

pub(super) fn village_accounts(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut open: Option<Open> = None;
    let months = i64::from(world.horizon.last.since(world.horizon.first)) + 1;
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if outline.rank() == 1 {
            if let Some(done) = open.take() {
                account(world, &done, out)?;
            }
            open = station(world, outline.place()).map(|station| Open {
                unit: outline.unit(),
                place: Arc::clone(outline.place()),
                station,
                posts: 0,
                awards: 0,
            });
        }
        let Some(open) = &mut open else {
            continue;
        };
        match share(&outline) {
            Some(Share::Post(fen)) => open.posts += fen * months,
            Some(Share::Award) => open.awards += AWARD_FEN,
            None => {}
        }
    }
    match open {
        Some(done) => account(world, &done, out),
        None => Ok(()),
    }
}

/// Both years of a village. Those before the months that are seen repeat the pattern of the months themselves.
fn account(world: &World, open: &Open, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let station = &open.station;
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
