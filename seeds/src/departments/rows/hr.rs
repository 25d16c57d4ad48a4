//! Rows of human resources: employment, public-welfare posts, training, subsidies, social insurance, graduates.
//! Here because this office knows people by their number and never by household.
//! In: spells, posts, members. Out: rows in the ministry's code names.
//! Not here: migrant work as the roster has it (roster.rs).

use crate::county::dice::Purpose;
use crate::county::{COUNTIES, FEN, HOUSEHOLD_MAX, Home, Member, REFERENCE_YEAR, Sex, Sketch};

use super::{Out, Stop, Tag};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::{
    World, age, id, may_have_post, post, push_employer, push_employer_code, spells,
};
use crate::departments::row::{Row, push_padded};

fn tag<'a>(world: &World, home: &'a Home<'_>) -> Tag<'a> {
    Tag {
        unit: home.unit,
        month: world.horizon.last,
        town: &home.place.town,
        block: home.index,
    }
}

fn person(row: &mut Row, member: &Member) {
    row.put(id(member)).put(&member.name);
}

pub(super) fn employment(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let spells = spells(world, &sketch);
        if spells.is_empty() {
            continue;
        }
        let home = sketch.home_of(|position| spells.iter().any(|spell| spell.member == position));
        for spell in spells {
            let member = &home.members[spell.member];
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
        let sketch = outline.sketch();
        let Some(post) = post(world, &sketch) else {
            continue;
        };
        let home = sketch.home_of(|position| position == post.member);
        for month in world.months.iter().filter(|month| post.starts.month <= *month) {
            let row = &mut out.row;
            person(row, &home.members[post.member]);
            row.put(post.name).put(post.kind);
            row.buffer().push_str(&home.place.town);
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

/// A course the member at a position has been on.
struct Course {
    member: usize,
    month: Month,
    first_day: i32,
    days: i64,
    /// More was paid for it than its days are worth.
    wrong: bool,
    class: u32,
    school: &'static str,
    trade: &'static str,
}

pub(super) fn training(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut courses = Vec::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        // Of those able each throws once: when not even one for everybody falls, nobody is trained.
        let mut throws = outline.dice(Purpose::Training);
        if !(0..outline.people).any(|_| throws.chance(TRAINED_PER_MILLE)) {
            continue;
        }
        let sketch = outline.sketch();
        courses.clear();
        train(world, &sketch, &mut courses);
        if courses.is_empty() {
            continue;
        }
        let home = sketch.home_of(|position| courses.iter().any(|course| course.member == position));
        for course in &courses {
            let member = &home.members[course.member];
            if course.wrong {
                out.case("C09", &member.person_no);
            }
            let (month, first, days) = (course.month, course.first_day, course.days);
            let row = &mut out.row;
            person(row, member);
            row.put(course.school).put(course.trade);
            month.push(row.buffer());
            push_padded(row.buffer(), i64::from(course.class) + 1, 3);
            row.put("期").day(month.day(first));
            row.day(month.day(first + i32::try_from(days).unwrap_or(0) - 1))
                .number(days);
            row.fen(days * PER_DAY_FEN + if course.wrong { 100 * FEN } else { 0 });
            row.buffer().push_str("PX3412");
            push_padded(row.buffer(), i64::try_from(home.index).unwrap_or(0), 8);
            row.end();
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

fn train(world: &World, sketch: &Sketch<'_>, courses: &mut Vec<Course>) {
    let mut dice = sketch.outline.dice(Purpose::Training);
    for (member, person) in sketch.people().iter().enumerate() {
        let able = person.labour == "普通劳动力" || person.labour == "技能劳动力";
        if !able || !dice.chance(TRAINED_PER_MILLE) {
            continue;
        }
        let months_ago = i32::try_from(dice.below(11)).unwrap_or(0) + 1;
        courses.push(Course {
            member,
            month: world.horizon.last.plus(-months_ago),
            days: dice.between(5, 15),
            first_day: i32::try_from(dice.between(1, 12)).unwrap_or(1),
            wrong: dice.chance(40),
            class: dice.below(40),
            school: dice.pick(&SCHOOLS),
            trade: dice.pick(&TRADES),
        });
    }
}

/// A payment to the member at a position: kind, fen, day and what it is paid for.
type Payment = (usize, &'static str, i64, Day, &'static str);

pub(super) fn subsidies(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let (mut payments, mut missing) = (Vec::new(), Vec::new());
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        payments.clear();
        missing.clear();
        pay(world, &sketch, &mut payments, &mut missing);
        if payments.is_empty() && missing.is_empty() {
            continue;
        }
        let paid = |position| payments.iter().any(|payment: &Payment| payment.0 == position);
        let missed = |position| missing.iter().any(|(_, member)| *member == position);
        let home = sketch.home_of(|position| paid(position) || missed(position));
        let members = home.members;
        for (rule, member) in &missing {
            out.case(rule, &members[*member].person_no);
        }
        for (member, kind, fen, day, basis) in payments.iter().copied() {
            let row = &mut out.row;
            person(row, &members[member]);
            row.put(kind).fen(fen).day(day).put(basis);
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

/// The payments a household gets, and those it should get and does not: the rule that finds it, the member.
fn pay(
    world: &World,
    sketch: &Sketch<'_>,
    payments: &mut Vec<Payment>,
    missing: &mut Vec<(&'static str, usize)>,
) {
    let mut dice = sketch.outline.dice(Purpose::Subsidies);
    let spells = spells(world, sketch);
    for (position, person) in sketch.people().iter().enumerate() {
        let spell = spells.iter().find(|spell| spell.member == position);
        let first = payments.len();
        let mut pay =
            |kind, fen, basis| payments.push((position, kind, fen, world.horizon.last.day(15), basis));
        if spell.is_some_and(|spell| spell.place.far) {
            if dice.chance(850) {
                let fen = dice.between(3, 5) * 100 * FEN;
                pay("跨省交通", fen, "跨省务工一次性交通补助");
            } else {
                missing.push(("C08", position));
            }
        }
        if spell.is_some_and(|spell| spell.insured) && dice.chance(30) {
            pay("稳岗", 1_000 * FEN, "稳岗返还");
        }
        if person.labour == "技能劳动力" && dice.chance(25) {
            pay("一次性创业", 5_000 * FEN, "首次创办小微企业");
        }
        if (18..=24).contains(&age(person.birth_year)) && person.education == "大专" && dice.chance(300) {
            pay("高校毕业生就业", 3_000 * FEN, "小微企业吸纳高校毕业生");
        }
        if person.at_school.starts_with("中职") || person.at_school.starts_with("高职") {
            if dice.chance(930) {
                pay("雨露计划", 1_500 * FEN, "职业教育补助（春季）");
            } else {
                missing.push(("C13", position));
            }
        }
        for (.., day, _) in &mut payments[first..] {
            let months_ago = i32::try_from(dice.below(9)).unwrap_or(0);
            *day = world.horizon.last.plus(-months_ago).day(15);
        }
    }
}

pub(super) fn social_insurance(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let sketch = outline.sketch();
        let mut dice = sketch.outline.dice(Purpose::Insurance);
        let mut spells = spells(world, &sketch);
        spells.retain(|spell| spell.insured);
        let home = sketch.home();
        for (position, member) in home.members.iter().enumerate() {
            let spell = spells.iter().find(|spell| spell.member == position);
            let resident = spell.is_none()
                && (16..60).contains(&age(member.birth_year))
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

/// Youngest and oldest of those the office still asks after.
const GRADUATE_AGES: (u64, u64) = (18, 24);

/// The level somebody graduated at.
fn graduated(birth_year: u64, education: &str) -> Option<&'static str> {
    let of_age = (GRADUATE_AGES.0..=GRADUATE_AGES.1).contains(&age(birth_year));
    match education {
        "高中" if of_age => Some("中职"),
        "大专" if of_age => Some("高职"),
        _ => None,
    }
}

pub(super) fn graduates(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let years = (REFERENCE_YEAR - GRADUATE_AGES.1, REFERENCE_YEAR - GRADUATE_AGES.0);
        let Some(last) = outline.last_born(years.0, years.1) else {
            continue;
        };
        let sketch = outline.sketch_first(last + 1);
        let levels: [Option<&str>; HOUSEHOLD_MAX] = std::array::from_fn(|position| {
            let person = sketch.people().get(position)?;
            graduated(person.birth_year, person.education)
        });
        if levels == [None; HOUSEHOLD_MAX] {
            continue;
        }
        let mut dice = sketch.outline.dice(Purpose::Graduates);
        let home = sketch.home_of(|position| levels[position].is_some());
        for (member, level) in home.members.iter().zip(levels) {
            let Some(level) = level else {
                continue;
            };
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
