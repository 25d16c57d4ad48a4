//! Rows of the national system besides people and incomes: measures, months of migrant work, requests of families.
//! Here because they follow the same households, but are exported apart from them.
//! In: monitored households, spells of work. Out: rows under the roster's household numbers.
//! Not here: members and incomes (county/write.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{FEN, Home};

use super::{Out, Stop, Tag};
use crate::departments::calendar::Month;
use crate::departments::life::{World, benefit_category, id, push_employer, spells};
use crate::departments::row::push_padded;

fn tag<'a>(world: &World, home: &'a Home<'_>) -> Tag<'a> {
    Tag {
        unit: home.unit,
        month: world.horizon.last,
        town: &home.place.town,
        block: home.index,
    }
}

/// A measure that answers a risk: group and name.
fn answer(risk: &str) -> (&'static str, &'static str) {
    match risk {
        "因病" => ("健康", "大病专项救治"),
        "因残" => ("综合保障", "残疾人两项补贴"),
        "缺劳动力" => LOW_INCOME,
        "因学" => ("教育", "雨露计划补助"),
        "因务工就业不稳" => ("就业", "推荐就业岗位"),
        "因自然灾害" => ("社会", "临时救助"),
        "因安全住房" => ("住房", "危房改造"),
        _ => ("社会", "结对帮扶"),
    }
}

const LOW_INCOME: (&str, &str) = ("综合保障", "农村低保");
const DESTITUTE: (&str, &str) = ("综合保障", "特困人员救助供养");
const MORE: [(&str, &str); 5] = [
    ("产业", "特色种养奖补"),
    ("公益性岗位", "村级保洁员"),
    ("金融", "脱贫人口小额信贷"),
    ("就业", "技能培训"),
    ("饮水", "管网入户"),
];
const RESPONSIBLE: [&str; 8] = [
    "王建国",
    "李红军",
    "张永明",
    "刘志强",
    "陈桂兰",
    "杨秀英",
    "赵文海",
    "吴春梅",
];

/// A measure of a monitored household.
pub(crate) struct Measured {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) done: bool,
    responsible: &'static str,
}

/// Of a thousand: a benefit that was not registered as a measure, and one registered that nobody gets.
const UNREGISTERED: u32 = 200;
const NOT_ON_ROLL: u32 = 150;

/// The measures of a monitored household; `benefit` is the roll somebody there is on.
pub(crate) fn measures_of(
    world: &World,
    index: u64,
    (risks, no_labour): (&[&str], bool),
    benefit: Option<&str>,
) -> Vec<Measured> {
    let mut dice = world.dice(index, Purpose::Measures);
    if dice.chance(20) {
        return Vec::new();
    }
    let mut registered = world.dice(index, Purpose::Registered);
    let (unregistered, not_on_roll) = (registered.chance(UNREGISTERED), registered.chance(NOT_ON_ROLL));
    let mut groups: Vec<(&str, &str)> = risks.iter().map(|risk| answer(risk)).collect();
    if benefit.is_some() && unregistered {
        groups.retain(|(group, _)| *group != "综合保障");
        if groups.is_empty() {
            groups.push(("社会", "结对帮扶"));
        }
    } else if let Some(category) = benefit {
        groups.retain(|(_, name)| *name != LOW_INCOME.1);
        groups.push(if category == "特困供养" {
            DESTITUTE
        } else {
            LOW_INCOME
        });
    } else if !not_on_roll {
        for group in &mut groups {
            if *group == LOW_INCOME {
                *group = ("综合保障", "养老服务");
            }
        }
    }
    if !no_labour {
        groups.push(dice.pick(&MORE));
    }
    groups
        .into_iter()
        .map(|(group, name)| Measured {
            group,
            name,
            done: dice.chance(900),
            responsible: dice.pick(&RESPONSIBLE),
        })
        .collect()
}

pub(super) fn measures(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let plan = outline.plan();
        let Some(monitoring) = plan.monitoring.map(|watch| watch.written()) else {
            continue;
        };
        let benefit = benefit_category(&outline);
        let home = outline.sketch_first(0).home();
        let since = Month::parse(&monitoring.since).unwrap_or(world.horizon.first);
        let measures = measures_of(world, home.index, (&monitoring.risks, plan.no_labour), benefit);
        if measures.is_empty() {
            out.case("A05", home.household_no);
            continue;
        }
        for measure in measures {
            let planned = since.day(10);
            let row = &mut out.row;
            row.put(home.household_no)
                .put(measure.group)
                .put(measure.name)
                .day(planned)
                .day(since.plus(1).day(5));
            row.some_day(measure.done.then(|| since.plus(2).day(20)))
                .put(if measure.done { "是" } else { "否" });
            row.put(measure.responsible);
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

pub(super) fn migrant_work(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let spells = spells(world, &sketch);
        if spells.is_empty() {
            continue;
        }
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
                row.fen(spell.monthly_fen).put(spell.channel);
                row.fen(if spell.place.far { 300 * FEN } else { 0 });
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
