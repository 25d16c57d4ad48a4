//! Rows of civil affairs: monthly rolls of benefits, disability subsidies, the standards in force.
//! Here because a roll's unit, head and amounts are its own, not the roster's.
//! In: assistance units, disabled members. Out: a row for each person and month; standards by county.
//! Not here: how a roll is laid out in a file (files/).

use crate::county::dice::{Dice, Purpose};
use crate::county::{COUNTIES, FEN, Home};

use super::{ACROSS_UNIT, Out, SHORT_UNIT, SUMMED_UNIT, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::dirt::DirtCode;
use crate::departments::life::{Assistance, STANDARDS, World, assistance, cares, id};
use crate::departments::row::push_padded;

pub(super) fn benefit_rolls(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let Some(unit) = assistance(world, &sketch) else {
            continue;
        };
        let home = sketch.home();
        cases(&home, &unit, out);
        for month in world.months.iter().filter(|month| unit.listed(*month)) {
            on_roll(world, &home, &unit, month, false, out)?;
            if unit.twice {
                on_roll(world, &home, &unit, month, true, out)?;
            }
        }
    }
    Ok(())
}

fn cases(home: &Home<'_>, unit: &Assistance, out: &mut Out<'_, '_>) {
    let subject = home.household_no;
    if unit
        .stopped
        .is_some_and(|(_, reason)| reason.is_empty() || reason == "收入超标")
    {
        out.case("B01", subject);
    }
    if unit.differs && unit.category != "特困供养" {
        out.case("B04", subject);
    }
    if unit.died.is_some() {
        out.case("B08", subject);
    }
    if unit.twice {
        out.case("B09", subject);
    }
}

/// What is dirty in the rows of a unit, the same in every month.
pub(crate) struct RollDirt {
    /// The unit's amount stands on the row of each of its people.
    pub(crate) repeats: bool,
    /// The second person has the number of the first.
    pub(crate) one_number: bool,
    /// Whoever has a disability card is listed by its number.
    shows_card: bool,
    dice: Dice,
}

pub(crate) fn roll_dirt(world: &World, home: &Home<'_>, unit: &Assistance) -> RollDirt {
    let mut dice = world.dice(home.index, Purpose::RowDirt);
    let dirty = world.dirt.on();
    let across = dirty && home.unit == ACROSS_UNIT;
    let repeats = dirty && !across && !unit.per_person && unit.members.len() > 1 && dice.chance(300);
    RollDirt {
        repeats,
        one_number: dirty && dice.chance(15),
        shows_card: dirty && dice.chance(500),
        dice,
    }
}

/// The rows of one unit in one month, its head first. The second entry of a unit listed twice is on the other roll.
fn on_roll(
    world: &World,
    home: &Home<'_>,
    unit: &Assistance,
    month: Month,
    second: bool,
    out: &mut Out<'_, '_>,
) -> Result<(), Stop> {
    let across = out.dirty() && home.unit == ACROSS_UNIT;
    let RollDirt {
        repeats,
        one_number,
        shows_card,
        mut dice,
    } = roll_dirt(world, home, unit);
    let others = unit.members.iter().copied().filter(|member| *member != unit.head);
    let head = &home.members[unit.head];
    let tag = Tag {
        unit: home.unit,
        month,
        town: &home.place.town,
        block: home.index * 2 + u64::from(second),
    };
    for (position, at) in std::iter::once(unit.head).chain(others).enumerate() {
        let member = &home.members[at];
        let row = &mut out.row;
        push_unit_no(row.buffer(), home, second);
        row.end();
        row.put(&head.name).put(id(head)).put(&member.name);
        let shares = one_number && position == 1;
        let card = shows_card && member.document_no.len() > 18;
        if shares {
            row.put(id(head));
        } else if card {
            row.buffer().push_str(&member.document_no);
            let renewed = dice.chance(400);
            row.put(if renewed { "B1" } else { "" });
        } else {
            row.put(id(member));
        }
        let category = if second {
            unit.second_category()
        } else {
            unit.category
        };
        row.put(category).put(unit.class).put(unit.care);
        row.number(i64::try_from(unit.members.len()).unwrap_or(0));
        if unit.per_person || position == 0 || repeats {
            row.fen(unit.monthly_fen);
        } else {
            row.put("");
        }
        row.put(if unit.per_person { "人" } else { "户" })
            .month(month)
            .month(unit.since);
        let ends = unit
            .stopped
            .filter(|(last, reason)| *last == month && !reason.is_empty());
        let dead = unit.died.filter(|died| *died < month && at == unit.head);
        match (ends, dead) {
            (_, Some(died)) => row.month(died).put("死亡"),
            (Some((last, reason)), None) => row.month(last).put(reason),
            (None, None) => row.put("").put(""),
        };
        row.put(home.place.county.name)
            .put(&home.place.town)
            .put(&home.place.village);
        for (code, there) in [
            (DirtCode::D07, card && !shares),
            (DirtCode::D25, repeats && position > 0),
            (DirtCode::D26, second),
            (DirtCode::D28, shares),
            (DirtCode::D30, unit.other_head),
            (DirtCode::D31, unit.single),
            (DirtCode::D38, dead.is_some()),
        ] {
            if there {
                out.count(code);
            }
        }
        let only = (across && position > 0).then_some(&PERSON_COLUMNS[..]);
        out.send_spoiling(&tag, only)?;
    }
    Ok(())
}

/// Columns of a roll that are the person's own.
const PERSON_COLUMNS: [usize; 2] = [3, 4];

fn push_unit_no(text: &mut String, home: &Home<'_>, second: bool) {
    text.push_str("MZ");
    text.push_str(home.place.county.code);
    push_padded(
        text,
        i64::try_from(home.index * 2 + u64::from(second)).unwrap_or(0),
        9,
    );
}

const KINDS: [&str; 7] = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
const GRADES: [&str; 4] = ["一级", "二级", "三级", "四级"];
/// The two subsidies of the disabled, a month.
pub(crate) const LIVING_FEN: i64 = 70 * FEN;
pub(crate) const CARE_FEN: i64 = 80 * FEN;

pub(super) fn disability_subsidies(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let cared = cares(world, &sketch);
        if cared.is_empty() {
            continue;
        }
        let home = sketch.home_of(|at| cared.iter().any(|one| one.member == at));
        for one in cared {
            let member = &home.members[one.member];
            if one.forgotten {
                out.case("B11", &member.person_no);
            }
            for month in world.months.iter() {
                let last = out.dirty() && month == world.horizon.last;
                if last && home.unit == SHORT_UNIT && home.index % 5 >= 3 {
                    continue;
                }
                let summed = last && world.dirt.useless_files && home.unit == SUMMED_UNIT;
                let due = [
                    (one.living, "困难生活", LIVING_FEN),
                    (one.care, "重度护理", CARE_FEN),
                ];
                for (_, subsidy, fen) in due.into_iter().filter(|(due, ..)| *due) {
                    let row = &mut out.row;
                    row.put(&member.name).put(id(member));
                    row.buffer().push_str(id(member));
                    push_padded(row.buffer(), i64::from(one.kind * 10 + one.grade), 2);
                    row.end();
                    row.put(KINDS[(one.kind as usize - 1) % 7])
                        .put(GRADES[(one.grade as usize - 1) % 4])
                        .put(subsidy);
                    row.fen(if summed {
                        fen * i64::from(month.month())
                    } else {
                        fen
                    })
                    .month(month);
                    let block = home.index * 8 + one.member as u64;
                    out.send(&Tag {
                        unit: home.unit,
                        month,
                        town: &home.place.town,
                        block,
                    })?;
                }
            }
        }
    }
    Ok(())
}

/// What people of a county consumed a head in the year before, yuan.
pub(crate) fn consumption(unit: usize) -> i64 {
    15_800 + 150 * i64::try_from(unit).unwrap_or(0)
}

pub(super) fn standards(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let since = Month::new(2023, 7).day(1);
    for (unit, (county, standard)) in COUNTIES.iter().zip(STANDARDS).enumerate() {
        for (kind, now, before) in [
            ("低保", standard.low, standard.low_before),
            ("特困", standard.destitute, standard.destitute_before),
        ] {
            let row = &mut out.row;
            row.put(county.name)
                .put(kind)
                .fen(now * FEN)
                .day(since)
                .fen(before * FEN);
            row.fen(consumption(unit) * FEN);
            if kind == "低保" && now * 1000 < before * 1045 {
                out.case("B06", county.code);
            }
            out.send(&Tag {
                unit,
                month: world.horizon.last,
                town: "",
                block: unit as u64,
            })?;
        }
    }
    Ok(())
}
