//! Rows of human resources: employment, public-welfare posts, training, subsidies, social insurance, graduates.
//! Here because this office knows people by their number and never by household.
//! In: spells, posts, members. Out: rows in the ministry's code names.
//! Not here: migrant work as the roster has it (roster.rs).

use crate::county::dice::Purpose;
use crate::county::{COUNTIES, FEN, Member, Sex};

use super::{Out, Stop, Tag};
use crate::departments::life::{
    Home, Spell, World, age, id, may_have_post, post, push_employer, push_employer_code, spells,
};
use crate::departments::row::{Row, push_padded};

fn tag<'a>(world: &World, home: &'a Home<'_>) -> Tag<'a> {
    Tag {
        unit: home.unit,
        month: world.horizon.last,
        town: &home.household.place.town,
        block: home.index,
    }
}

fn person(row: &mut Row, member: &Member) {
    row.put(id(member)).put(&member.name);
}

pub(super) fn employment(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let home = Home::of(outline);
        for spell in spells(world, &home) {
            let member = &home.household.members[spell.member];
            if spell.left.is_some() {
                out.case("C01", &member.person_no);
            }
            let row = &mut out.row;
            person(row, member);
            row.put(if member.sex == Sex::Male { "1" } else { "2" });
            push_employer(row.buffer(), &spell);
            row.end();
            push_employer_code(row.buffer(), &spell);
            row.end();
            row.put(spell.industry)
                .put(spell.occupation)
                .day(spell.starts)
                .some_day(spell.contract_ends);
            row.some_day(spell.left).put(spell.reason).fen(spell.monthly_fen);
            row.put(if spell.left.is_some() { "离职" } else { "在职" })
                .put(spell.place.division)
                .put("1");
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

pub(super) fn public_posts(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if !may_have_post(&outline) {
            continue;
        }
        let home = Home::of(outline);
        let Some(post) = post(world, &home) else {
            continue;
        };
        for month in world.months.iter().filter(|month| post.starts.month <= *month) {
            let row = &mut out.row;
            person(row, &home.household.members[post.member]);
            row.put(post.name).put(post.kind);
            row.buffer().push_str(&home.household.place.town);
            row.put("人民政府")
                .day(post.starts)
                .day(post.ends)
                .fen(post.monthly_fen)
                .put(post.fund);
            row.month(month).fen(post.monthly_fen);
            out.send(&Tag {
                month,
                ..tag(world, &home)
            })?;
        }
    }
    Ok(())
}

const SCHOOLS: [&str; 5] = [
    "阜阳惠民职业培训学校",
    "皖北技能培训中心",
    "金桥职业培训学校",
    "新农人培训学校",
    "家政服务培训中心",
];
const TRADES: [&str; 8] = [
    "养老护理",
    "电工",
    "焊工",
    "育婴",
    "中式烹调",
    "缝纫",
    "电子商务",
    "种植技术",
];
const PER_DAY_FEN: i64 = 50 * FEN;
/// Of those able to work.
const TRAINED_PER_MILLE: u32 = 120;

pub(super) fn training(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let mut dice = world.dice(outline.index, Purpose::Training);
        // Of those able each throws once: when not even one for everybody falls, nobody is trained.
        let mut throws = dice.clone();
        if !(0..outline.people).any(|_| throws.chance(TRAINED_PER_MILLE)) {
            continue;
        }
        let home = Home::of(outline);
        for member in &home.household.members {
            let able = member.labour == "普通劳动力" || member.labour == "技能劳动力";
            if !able || !dice.chance(TRAINED_PER_MILLE) {
                continue;
            }
            let month = world
                .horizon
                .last
                .plus(-i32::try_from(dice.below(11)).unwrap_or(0) - 1);
            let days = dice.between(5, 15);
            let first = i32::try_from(dice.between(1, 12)).unwrap_or(1);
            let wrong = dice.chance(40);
            if wrong {
                out.case("C09", &member.person_no);
            }
            let class = dice.below(40);
            let row = &mut out.row;
            person(row, member);
            row.put(dice.pick(&SCHOOLS)).put(dice.pick(&TRADES));
            month.push(row.buffer());
            push_padded(row.buffer(), i64::from(class) + 1, 3);
            row.put("期").day(month.day(first));
            row.day(month.day(first + i32::try_from(days).unwrap_or(0) - 1))
                .number(days);
            row.fen(days * PER_DAY_FEN + if wrong { 100 * FEN } else { 0 });
            row.buffer().push_str("PX3412");
            push_padded(row.buffer(), i64::try_from(home.index).unwrap_or(0), 8);
            row.end();
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

pub(super) fn subsidies(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let home = Home::of(outline);
        let mut dice = world.dice(home.index, Purpose::Subsidies);
        let spells = spells(world, &home);
        for (position, member) in home.household.members.iter().enumerate() {
            let mut paid = Vec::with_capacity(2);
            if spells
                .iter()
                .any(|spell| spell.member == position && spell.place.far)
            {
                if dice.chance(850) {
                    paid.push((
                        "跨省交通",
                        dice.between(3, 5) * 100 * FEN,
                        "跨省务工一次性交通补助",
                    ));
                } else {
                    out.case("C08", &member.person_no);
                }
            }
            if spells
                .iter()
                .any(|spell| spell.member == position && spell.insured)
                && dice.chance(30)
            {
                paid.push(("稳岗", 1_000 * FEN, "稳岗返还"));
            }
            if member.labour == "技能劳动力" && dice.chance(25) {
                paid.push(("一次性创业", 5_000 * FEN, "首次创办小微企业"));
            }
            if (18..=24).contains(&age(member)) && member.education == "大专" && dice.chance(300) {
                paid.push(("高校毕业生就业", 3_000 * FEN, "小微企业吸纳高校毕业生"));
            }
            if member.at_school.starts_with("中职") || member.at_school.starts_with("高职") {
                if dice.chance(930) {
                    paid.push(("雨露计划", 1_500 * FEN, "职业教育补助（春季）"));
                } else {
                    out.case("C13", &member.person_no);
                }
            }
            for (kind, fen, basis) in paid {
                let day = world
                    .horizon
                    .last
                    .plus(-i32::try_from(dice.below(9)).unwrap_or(0))
                    .day(15);
                let row = &mut out.row;
                person(row, member);
                row.put(kind).fen(fen).day(day).put(basis);
                out.send(&tag(world, &home))?;
            }
        }
    }
    Ok(())
}

pub(super) fn social_insurance(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let home = Home::of(outline);
        let mut dice = world.dice(home.index, Purpose::Insurance);
        let spells: Vec<Spell> = spells(world, &home)
            .into_iter()
            .filter(|spell| spell.insured)
            .collect();
        for (position, member) in home.household.members.iter().enumerate() {
            let spell = spells.iter().find(|spell| spell.member == position);
            let resident = spell.is_none()
                && (16..60).contains(&age(member))
                && member.at_school.is_empty()
                && dice.chance(800);
            let yearly = world.horizon.last.plus(-4);
            for month in world.months.iter() {
                let covered = spell.filter(|spell| spell.covers(month));
                if covered.is_none() && !(resident && month == yearly) {
                    continue;
                }
                let row = &mut out.row;
                person(row, member);
                match covered {
                    Some(spell) => {
                        row.put("企业职工基本养老保险")
                            .fen(spell.monthly_fen)
                            .month(month)
                            .put("正常参保");
                        push_employer_code(row.buffer(), spell);
                        row.end();
                    }
                    None => {
                        row.put("城乡居民基本养老保险")
                            .fen(200 * FEN)
                            .month(month)
                            .put("正常参保")
                            .put("");
                    }
                }
                out.send(&Tag {
                    month,
                    ..tag(world, &home)
                })?;
            }
        }
    }
    Ok(())
}

pub(super) fn graduates(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let home = Home::of(outline);
        let mut dice = world.dice(home.index, Purpose::Graduates);
        for member in &home.household.members {
            let level = match member.education {
                "高中" => "中职",
                "大专" => "高职",
                _ => continue,
            };
            if !(18..=24).contains(&age(member)) {
                continue;
            }
            let employed = dice.chance(930);
            if !employed {
                out.case("C12", &member.person_no);
            }
            let since = world
                .horizon
                .last
                .plus(-i32::try_from(dice.below(4)).unwrap_or(0));
            let row = &mut out.row;
            person(row, member);
            push_padded(row.buffer(), i64::from(world.horizon.last.year()), 4);
            row.end();
            row.put(level).put(if employed { "是" } else { "否" });
            if employed {
                row.buffer().push_str(COUNTIES[home.unit].name);
                row.put("恒信电子科技有限公司").day(since.day(8));
            } else {
                row.put("").put("");
            }
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}
