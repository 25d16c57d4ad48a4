//! Rows of the national system besides people and incomes: measures, months of migrant work, requests of families.
//! Here because they follow the same households, but are exported apart from them.
//! In: monitored households, spells of work. Out: rows under the roster's household numbers.
//! Not here: members and incomes (county/write.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{FEN, Home, Watch};

use super::{Out, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::life::measures::measures as measures_of;
use crate::departments::life::payments::told_of_transport;
use crate::departments::life::{Spell, World, id, push_employer, spells};
use crate::departments::row::push_padded;

fn tag<'a>(world: &World, home: &'a Home<'_>) -> Tag<'a> {
    Tag {
        unit: home.unit,
        month: world.horizon.last,
        town: &home.place.town,
        block: home.index,
    }
}

pub(super) fn measures(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let Some(measures) = measures_of(world, &outline) else {
            continue;
        };
        let removed = outline.plan().monitoring.is_some_and(Watch::is_removed);
        let home = outline.sketch_first(0).home();
        if measures.is_empty() && !removed {
            out.case("A05", home.household_no);
        }
        for measure in measures {
            let row = &mut out.row;
            row.put(home.household_no)
                .put(measure.group)
                .put(measure.name)
                .day(measure.planned)
                .day(measure.asked);
            row.some_day(measure.done)
                .put(if measure.done.is_some() { "是" } else { "否" })
                .put(measure.responsible);
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

pub(super) fn migrant_work(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let left_out = outline.leaves_out_channel();
        let sketch = outline.sketch();
        let spells = spells(world, &sketch);
        if spells.is_empty() {
            continue;
        }
        let told = |spell: &Spell| told_of_transport(world, &sketch, spell).then_some(spell.member);
        let told: Vec<usize> = spells.iter().filter_map(told).collect();
        let home = sketch.home_of(|position| spells.iter().any(|spell| spell.member == position));
        for month in world.months.iter() {
            for spell in spells.iter().filter(|spell| spell.covers(month)) {
                let member = &home.members[spell.member];
                let row = &mut out.row;
                row.put(home.household_no).put(&member.name).put(id(member));
                row.put(if spell.place.home { "否" } else { "是" })
                    .put(spell.place.name);
                push_employer(row.buffer(), spell);
                row.end();
                row.put(spell.industry).month(spell.starts.month);
                match spell.left {
                    Some(left) if left.month == month => row.month(month),
                    Some(_) | None => row.put(""),
                };
                let blank = left_out.is_some_and(|always| always || month < world.horizon.last);
                row.fen(spell.told_fen)
                    .put(if blank { "" } else { spell.channel });
                let subsidised = spell.place.far && told.contains(&spell.member);
                row.fen(if subsidised { 300 * FEN } else { 0 });
                out.send(&Tag {
                    month,
                    ..tag(world, &home)
                })?;
            }
        }
    }
    Ok(())
}

const MATTERS: [&str; 5] = [
    "因病住院自付较高",
    "务工收入减少",
    "子女就学负担",
    "房屋漏雨",
    "遭受灾害",
];
const RESULTS: [&str; 4] = [
    "不符合条件，已解释",
    "已落实其他帮扶",
    "不符合条件，已解释",
    "纳入监测",
];

pub(super) fn declarations(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let mut dice = outline.dice(Purpose::Declarations);
        if !dice.chance(12) {
            continue;
        }
        let home = outline.sketch_first(1).home();
        let Some(head) = home.members.first() else {
            continue;
        };
        let filed = world
            .horizon
            .last
            .plus(-i32::try_from(dice.below(11)).unwrap_or(0) - 1);
        let day = i32::try_from(dice.between(1, 10)).unwrap_or(1);
        let late = dice.chance(60);
        if late {
            out.case("declaration_late", home.household_no);
        }
        let row = &mut out.row;
        row.buffer().push_str("SB");
        filed.push(row.buffer());
        push_padded(row.buffer(), i64::try_from(home.index).unwrap_or(0), 8);
        row.end();
        row.put(&head.name).put(id(head));
        home.push_phone(row.buffer());
        row.end();
        row.put(home.place.county.name);
        row.put(&home.place.town)
            .put(&home.place.village)
            .put(dice.pick(&MATTERS));
        row.day(filed.day(day))
            .day(filed.day(day + if late { 9 } else { 1 }));
        finish(&mut dice, filed, day, row);
        out.send(&tag(world, &home))?;
    }
    Ok(())
}

fn finish(dice: &mut Dice, filed: Month, day: i32, row: &mut crate::departments::row::Row) {
    if dice.chance(880) {
        row.day(filed.day(day + 18)).put(dice.pick(&RESULTS));
    } else {
        row.put("").put("");
    }
}
