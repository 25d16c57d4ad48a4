//! Rows of civil affairs: monthly rolls of benefits, disability subsidies, the standards in force.
//! Here because a roll's unit, head and amounts are its own, not the roster's.
//! In: assistance units, disabled members. Out: a row for each person and month; standards by county.
//! Not here: how a roll is laid out in a file (files/).

use crate::county::dice::Purpose;
use crate::county::{COUNTIES, FEN, Home};

use super::{ACROSS_UNIT, Out, SHORT_UNIT, SUMMED_UNIT, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::dirt::DirtCode;
use crate::departments::life::{Assistance, JUDGED, World, assistance, disability, id};
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
        for month in world
            .months
            .iter()
            .filter(|month| unit.listed(*month, world.horizon.last))
        {
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
    if unit.differs {
        out.case("B04", subject);
    }
    if unit.died.is_some() {
        out.case("B08", subject);
    }
    if unit.twice {
        out.case("B09", subject);
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
    let mut dice = world.dice(home.index, Purpose::RowDirt);
    let dirty = out.dirty();
    let across = dirty && home.unit == ACROSS_UNIT;
    let repeats = dirty && !across && !unit.per_person && unit.members.len() > 1 && dice.chance(300);
    let (one_number, shows_card) = (dirty && dice.chance(15), dirty && dice.chance(500));
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
        let category = match (second, unit.category) {
            (true, "农村低保") => "城市低保",
            (true, _) => "农村低保",
            (false, category) => category,
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
const LIVING_FEN: i64 = 70 * FEN;
const CARE_FEN: i64 = 80 * FEN;

pub(super) fn disability_subsidies(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let mut dice = sketch.outline.dice(Purpose::Cares);
        let mut disabled = Vec::new();
        for (position, person) in sketch.people().iter().enumerate() {
            if let Some((kind, grade)) = disability(person, &mut dice) {
                // Some who should have it do not get it.
                disabled.push((position, kind, grade, dice.chance(100)));
            }
        }
        if disabled.is_empty() {
            continue;
        }
        let income = sketch.outline.income(JUDGED);
        let poor = income.subsistence_fen + income.destitute_support_fen > 0;
        let home = sketch.home_of(|at| disabled.iter().any(|(position, ..)| *position == at));
        for (position, kind, grade, forgotten) in disabled {
            let member = &home.members[position];
            let severe = grade <= 2;
            if forgotten && (severe || poor) {
                out.case("B11", &member.person_no);
            }
            for month in world.months.iter() {
                let last = out.dirty() && month == world.horizon.last;
                if last && home.unit == SHORT_UNIT && home.index % 5 >= 3 {
                    continue;
                }
                let summed = last && world.dirt.useless_files && home.unit == SUMMED_UNIT;
                for (due, subsidy, fen) in [(poor, "困难生活", LIVING_FEN), (severe, "重度护理", CARE_FEN)]
                {
                    if !due || forgotten {
                        continue;
                    }
                    let row = &mut out.row;
                    row.put(&member.name).put(id(member));
                    row.buffer().push_str(id(member));
                    push_padded(row.buffer(), i64::from(kind * 10 + grade), 2);
                    row.end();
                    row.put(KINDS[(kind as usize - 1) % 7])
                        .put(GRADES[(grade as usize - 1) % 4])
                        .put(subsidy);
                    row.fen(if summed {
                        fen * i64::from(month.month())
                    } else {
                        fen
                    })
                    .month(month);
                    let block = home.index * 8 + position as u64;
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

/// Low-income and destitute standards in yuan a month, and those of the year before, county by county. Synthetic but for the
/// averages, which are the city's.
const STANDARDS: [(i64, i64, i64, i64); 8] = [
    (760, 725, 988, 945),
    (722, 690, 939, 898),
    (722, 690, 897, 858),
    (700, 669, 880, 841),
    (702, 671, 880, 841),
    (700, 669, 868, 830),
    (706, 675, 868, 830),
    // Less than the four and a half per cent more that are asked for.
    (716, 697, 856, 838),
];
const CONSUMPTION: i64 = 15_800;

pub(super) fn standards(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let since = Month::new(2023, 7).day(1);
    for (unit, (county, (low, low_before, destitute, destitute_before))) in
        COUNTIES.iter().zip(STANDARDS).enumerate()
    {
        for (kind, now, before) in [("低保", low, low_before), ("特困", destitute, destitute_before)] {
            let row = &mut out.row;
            row.put(county.name)
                .put(kind)
                .fen(now * FEN)
                .day(since)
                .fen(before * FEN);
            row.fen((CONSUMPTION + 150 * i64::try_from(unit).unwrap_or(0)) * FEN);
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
