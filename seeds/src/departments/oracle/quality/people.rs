//! Oracle of persons: blanks, unknown words, and school, health and ability to work that contradict age or each other.
//! Here because these cells are what every other rule reads of a person.
//! In: a household's people. Out: the truth of the rules about them.
//! Not here: numbers (number.rs), relations (relations.rs).

use super::{Seen, Teller};

/// Words of the national system, as far as the county uses them.
const PEOPLES: [&str; 5] = ["汉族", "回族", "满族", "蒙古族", "苗族"];
const SCHOOLING: [&str; 6] = ["文盲或半文盲", "小学", "初中", "高中", "大专", "本科及以上"];
const HEALTH: [&str; 4] = ["健康", "残疾", "患有大病", "长期慢性病"];
const LABOUR: [&str; 5] = [
    "普通劳动力",
    "技能劳动力",
    "弱劳动力或半劳动力",
    "丧失劳动力",
    "无劳动力",
];
const RELATIONS: [&str; 12] = [
    "户主",
    "配偶",
    "之子",
    "之女",
    "之父",
    "之母",
    "之儿媳",
    "之女婿",
    "之孙子",
    "之孙女",
    "之兄弟姐妹",
    "其他",
];
/// Working age: from, and the first age past it.
const WORKING: std::ops::Range<i64> = 16..60;
/// Category of the limbs, and the mildest of the severe grades.
const LIMBS: u32 = 4;
const SEVERE: u32 = 2;

fn hand(seen: &Seen<'_>) -> bool {
    matches!(seen.member.labour, "普通劳动力" | "技能劳动力")
}

fn able(seen: &Seen<'_>) -> bool {
    hand(seen) || seen.member.labour == "弱劳动力或半劳动力"
}

pub(super) fn tell(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    cells(people, teller);
    work(people, teller);
    schools(people, teller);
    disabled(people, teller);
}

fn cells(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let any = |wanted: &dyn Fn(&Seen<'_>) -> bool| people.iter().any(wanted);
    teller.blank("H-full-name", any(&|seen| seen.member.name.is_empty()));
    teller.blank("H-full-ethnicity", any(&|seen| seen.member.ethnicity.is_empty()));
    teller.blank("H-full-health", any(&|seen| seen.member.health.is_empty()));
    teller.blank("H-full-labour", any(&|seen| seen.member.labour.is_empty()));
    teller.blank("H-full-relation", any(&|seen| seen.member.relation.is_empty()));
    // Of school age, one without either may be out of school.
    teller.wrong(
        "H-full-schooling",
        any(&|seen| {
            seen.member.education.is_empty()
                && seen.member.at_school.is_empty()
                && seen.aged(|age| !(6..=16).contains(&age))
        }),
    );
    let foreign = |word: &str, words: &[&str]| !word.is_empty() && !words.contains(&word);
    teller.blank(
        "H-word-ethnicity",
        any(&|seen| foreign(seen.member.ethnicity, &PEOPLES)),
    );
    teller.blank(
        "H-word-education",
        any(&|seen| foreign(seen.member.education, &SCHOOLING)),
    );
    teller.blank("H-word-health", any(&|seen| foreign(seen.member.health, &HEALTH)));
    teller.blank("H-word-labour", any(&|seen| foreign(seen.member.labour, &LABOUR)));
    teller.blank(
        "H-word-relation",
        any(&|seen| foreign(seen.member.relation, &RELATIONS)),
    );
}

fn work(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let any = |wanted: &dyn Fn(&Seen<'_>) -> bool| people.iter().any(wanted);
    let child = |seen: &Seen<'_>| seen.aged(|age| age < WORKING.start);
    let idle = |seen: &Seen<'_>, labour: &str| {
        let member = seen.member;
        member.labour == labour
            && member.health == "健康"
            && member.at_school.is_empty()
            && !member.education.is_empty()
            && seen.aged(|age| WORKING.contains(&age))
    };
    teller.wrong("H-age-labour-child", any(&|seen| able(seen) && child(seen)));
    teller.wrong(
        "H-age-labour-old",
        any(&|seen| hand(seen) && seen.aged(|age| age >= WORKING.end)),
    );
    teller.wrong(
        "H-age-lost-child",
        any(&|seen| seen.member.labour == "丧失劳动力" && child(seen)),
    );
    teller.wrong("H-labour-able-none", any(&|seen| idle(seen, "无劳动力")));
    teller.wrong("H-labour-able-lost", any(&|seen| idle(seen, "丧失劳动力")));
    teller.wrong(
        "H-labour-student",
        any(&|seen| able(seen) && !seen.member.at_school.is_empty()),
    );
    let months = |seen: &Seen<'_>| seen.member.work_months.unwrap_or(0);
    teller.wrong(
        "H-work-unable",
        any(&|seen| match seen.member.labour {
            "无劳动力" => months(seen) > 0,
            // Whoever lost it in the year may have worked before.
            "丧失劳动力" => months(seen) >= 12,
            _other => false,
        }),
    );
    teller.wrong("H-full-work", any(&|seen| seen.known.untold_work));
}

fn schools(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    // A disabled pupil may be of any age.
    let pupil = |schools: &[&str], wrong: &dyn Fn(i64) -> bool| {
        people.iter().any(|seen| {
            let grade = seen.member.at_school;
            let there = schools.iter().any(|school| grade.starts_with(school));
            there && !matches!(seen.member.health, "" | "残疾") && seen.aged(wrong)
        })
    };
    // A year is let pass on either side.
    let preschool = pupil(&["学龄前儿童", "学前教育"], &|age| age >= 7);
    teller.wrong("H-school-preschool", preschool);
    teller.wrong(
        "H-school-primary",
        pupil(&["小学"], &|age| !(5..=15).contains(&age)),
    );
    let junior = ["七年级", "八年级", "九年级"];
    teller.wrong(
        "H-school-junior",
        pupil(&junior, &|age| !(11..=18).contains(&age)),
    );
    let senior = ["普通高中", "中职"];
    teller.wrong(
        "H-school-senior",
        pupil(&senior, &|age| !(14..=21).contains(&age)),
    );
    let college = ["高职高专", "技师学院", "本科"];
    teller.wrong("H-school-college", pupil(&college, &|age| age < 17));
    teller.wrong("H-school-master", pupil(&["硕士"], &|age| age < 19));
    let both = |seen: &Seen<'_>| !seen.member.education.is_empty() && !seen.member.at_school.is_empty();
    teller.wrong("H-logic-school-both", people.iter().any(both));
    let low = |seen: &Seen<'_>| {
        matches!(seen.member.education, "小学" | "文盲或半文盲")
            && !matches!(seen.member.health, "" | "残疾")
            && seen.aged(|age| (16..=22).contains(&age))
    };
    teller.wrong("H-school-low", people.iter().any(low));
}

fn disabled(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let any = |wanted: &dyn Fn(&Seen<'_>) -> bool| people.iter().any(wanted);
    // Only a person with a number can be found on a roll.
    let told = |seen: &Seen<'_>| {
        let roll = seen.known.roll.filter(|_| seen.number.whole().is_some());
        [seen.number.card(), roll]
    };
    let somewhere = |seen: &Seen<'_>| told(seen).iter().any(Option::is_some);
    teller.wrong(
        "H-disabled-card",
        any(&|seen| seen.member.health == "残疾" && seen.number.whole().is_some() && !somewhere(seen)),
    );
    teller.wrong(
        "H-disabled-health",
        any(&|seen| seen.member.health == "健康" && somewhere(seen)),
    );
    let severe = |seen: &Seen<'_>| {
        let limbs = told(seen)
            .into_iter()
            .flatten()
            .filter(|(kind, _)| *kind == LIMBS);
        limbs
            .map(|(_, grade)| grade)
            .max()
            .is_some_and(|grade| grade <= SEVERE)
    };
    teller.wrong("H-disabled-labour", any(&|seen| hand(seen) && severe(seen)));
}
