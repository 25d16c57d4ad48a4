//! Rows about village solar stations: the stations, the grid's settlements, the villages' accounts, payments to people.
//! Here because the grid, the county and the village each write a part of one flow of money.
//! In: villages and their households. Out: rows; a village's account adds up what its people were paid.
//! Not here: what a station earns (life/solar.rs), what is done with it (life/accounts.rs, life/shares.rs).

use std::sync::Arc;

use crate::county::Place;

use super::{Out, Stop, Tag};
use crate::departments::calendar::Months;
use crate::departments::life::{
    AWARD_FEN, Fund, MULTIPLIER, PRICE, Share, Station, TWICE_AGO, World, accounts, each_fund, id,
    paid_twice, post, settled_months, share, station_village, stations as stations_at,
};
use crate::departments::uscc;

/// The stations, village by village.
fn stations_of(world: &World) -> impl Iterator<Item = (usize, Arc<Place>, Station)> {
    world.county.layout.villages().flat_map(|village| {
        stations_at(world, &village.place)
            .into_iter()
            .map(move |station| (village.unit_no, Arc::clone(&village.place), station))
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
        row.put(place.county.name)
            .put(&place.town)
            .put(station_village(world, &place));
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
    let months = settled_months(world);
    for (unit, place, station) in stations_of(world) {
        let number = station.number();
        for (month, settled) in station.settlements(world, months) {
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
                .fen(settled.payable)
                .fen(settled.tax);
            match settled.paid_on {
                Some(day) => row.fen(settled.due()).day(day),
                None => row.put("").put(""),
            };
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

pub(super) fn distributions(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let Some(share) = share(&outline) else {
            continue;
        };
        let twice = matches!(share, Share::Post(_)) && paid_twice(&outline);
        let neighbour = twice.then(|| outline.neighbour());
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
            let also = neighbour
                .as_ref()
                .filter(|_| month == world.horizon.last.plus(-TWICE_AGO));
            let payers = std::iter::once(&home.place.village).chain(also.map(|place| &place.village));
            for payer in payers {
                let row = &mut out.row;
                row.put(payer)
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
    }
    Ok(())
}

pub(super) fn village_accounts(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    each_fund(world, |fund| account(world, fund, out))
}

fn account(world: &World, fund: &Fund, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let place = &fund.place;
    for account in accounts(world, fund) {
        if account.late {
            out.case("P08", &place.division);
        }
        if account.dear {
            out.case("P10", &place.division);
        }
        let row = &mut out.row;
        // Villages of one name are many: the sheet says which.
        row.buffer().push_str(place.county.name);
        row.buffer().push_str(&place.town);
        row.put(&place.village)
            .number(i64::from(account.year))
            .fen(account.received)
            .fen(account.rent)
            .fen(account.upkeep)
            .fen(account.insurance);
        row.fen(account.distributable())
            .fen(account.posts)
            .fen(account.works)
            .fen(account.awards)
            .fen(account.industry);
        row.fen(account.distributable() - account.spent());
        row.day(account.county_on)
            .day(account.town_on)
            .some_day(account.village_on);
        row.some_day(account.published.map(|days| days.0))
            .some_day(account.published.map(|days| days.1));
        let tag = Tag {
            unit: fund.unit,
            month: world.horizon.last,
            town: &place.town,
            block: place.number,
        };
        out.send(&tag)?;
    }
    Ok(())
}
