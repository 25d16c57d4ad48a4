//! Rows of human resources: employment, public-welfare posts, training, subsidies, social insurance, graduates.
//! Here because this office knows people by their number and never by household.
//! In: spells, posts, members. Out: rows in the ministry's code names.
//! Not here: migrant work as the roster has it (roster.rs).

use crate::county::dice::Purpose;
use crate::county::{COUNTIES, FEN, Home, Member, REFERENCE_YEAR, Sex};

use super::{Out, Stop, Tag};
use crate::departments::calendar::Months;
use crate::departments::life::payments::{GRADUATE_AGES, graduations, payments};
use crate::departments::life::training::{may_be_trained, train};
use crate::departments::life::{
    World, age, id, may_have_post, post, push_employer, push_employer_code, spells, with_post_ledger,
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
            row.some_day(spell.left).put(spell.reason).fen(spell.told_fen);
            row.put(if spell.left.is_some() { "离职" } else { "在职" })
                .put(spell.place.division)
                .put("1");
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}

/// The months of the ledger of posts: one more than others have, so that the last one meets the same month of the year before.
fn ledger(world: &World) -> Months {
    if world.months == world.horizon {
        with_post_ledger(world.months)
    } else {
        world.months
    }
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
        for month in ledger(world).iter().filter(|month| post.paid_in(*month)) {
            for which in 0..post.count {
                let row = &mut out.row;
                person(row, &home.members[post.member]);
                row.put(post.name_of(which)).put(post.kind);
                row.buffer().push_str(&home.place.town);
                row.put("人民政府")
                    .day(post.starts)
                    .day(post.ends)
                    .fen(post.part_of(post.monthly_fen, which))
                    // The village's solar income pays posts only since the months that are seen.
                    .put(if month < world.horizon.first {
                        "村集体"
                    } else {
                        post.fund
                    });
                row.month(month).fen(post.part_of(post.paid_fen(month), which));
                out.send(&Tag {
                    month,
                    ..tag(world, &home)
                })?;
            }
        }
    }
    Ok(())
}

pub(super) fn training(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut courses = Vec::new();
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        if !may_be_trained(&outline) {
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
            let (month, first, span) = (course.month, course.first_day, course.span);
            let row = &mut out.row;
            person(row, member);
            row.put(course.school).put(course.trade);
            month.push(row.buffer());
            push_padded(row.buffer(), i64::from(course.class) + 1, 3);
            row.put("期").day(month.day(first));
            row.day(month.day(first + i32::try_from(span).unwrap_or(0) - 1))
                .number(course.days);
            row.fen(course.paid_fen);
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
        let sketch = outline.sketch();
        let spells = spells(world, &sketch);
        let graduates = graduations(world, &sketch);
        let paid = payments(world, &sketch, &spells, &graduates).payments;
        if paid.is_empty() {
            continue;
        }
        let home = sketch.home_of(|position| paid.iter().any(|payment| payment.member == position));
        for payment in paid {
            let row = &mut out.row;
            person(row, &home.members[payment.member]);
            row.put(payment.kind)
                .fen(payment.fen)
                .day(payment.day)
                .put(payment.basis);
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
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
                            .fen(spell.base_fen)
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
        let years = (REFERENCE_YEAR - GRADUATE_AGES.1, REFERENCE_YEAR - GRADUATE_AGES.0);
        let Some(last) = outline.last_born(years.0, years.1) else {
            continue;
        };
        let sketch = outline.sketch_first(last + 1);
        let graduates = graduations(world, &sketch);
        if graduates.iter().all(Option::is_none) {
            continue;
        }
        let home = sketch.home_of(|position| graduates[position].is_some());
        for (member, graduate) in home.members.iter().zip(graduates) {
            let Some(graduate) = graduate else {
                continue;
            };
            let row = &mut out.row;
            person(row, member);
            push_padded(row.buffer(), i64::from(world.horizon.last.year()), 4);
            row.end();
            row.put(graduate.level)
                .put(if graduate.employed { "是" } else { "否" });
            if graduate.employed {
                row.buffer().push_str(COUNTIES[home.unit].name);
                row.put("恒信电子科技有限公司").day(graduate.since.day(8));
            } else {
                row.put("").put("");
            }
            out.send(&tag(world, &home))?;
        }
    }
    Ok(())
}
