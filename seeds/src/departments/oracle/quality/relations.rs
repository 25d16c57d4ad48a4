//! Oracle of relations: heads, spouses, parents and children whose age or sex the number contradicts.
//! Here because who is whose decides whose income and whose work counts.
//! In: a household's people. Out: the truth of the rules about relations to the head.
//! Not here: words that are none (people.rs).

use super::{Seen, Teller};

const YOUNGER: [&str; 8] = [
    "之子",
    "之女",
    "之孙子",
    "之孙女",
    "之外孙子",
    "之外孙女",
    "之曾孙子",
    "之曾孙女",
];
const OLDER: [&str; 10] = [
    "之父",
    "之母",
    "之岳父",
    "之岳母",
    "之公公",
    "之婆婆",
    "之祖父",
    "之祖母",
    "之外祖父",
    "之外祖母",
];
const MEN: [&str; 12] = [
    "之子",
    "之女婿",
    "之孙子",
    "之外孙子",
    "之父",
    "之岳父",
    "之公公",
    "之祖父",
    "之外祖父",
    "之曾孙子",
    "之侄儿",
    "之叔伯",
];
const WOMEN: [&str; 12] = [
    "之女",
    "之儿媳",
    "之孙女",
    "之外孙女",
    "之母",
    "之岳母",
    "之婆婆",
    "之祖母",
    "之外祖母",
    "之曾孙女",
    "之侄女",
    "之兄弟媳妇",
];
/// Legal age of marriage of a man and of a woman.
const MARRIAGE: (i64, i64) = (22, 20);

pub(super) fn tell(people: &[Seen<'_>], teller: &mut Teller<'_>) {
    let with = |relation: &str| -> Vec<&Seen<'_>> {
        people
            .iter()
            .filter(|seen| seen.member.relation == relation)
            .collect()
    };
    let (heads, spouses) = (with("户主"), with("配偶"));
    teller.wrong("H-head-none", heads.is_empty() && with("").is_empty());
    teller.wrong("H-head-two", heads.len() > 1);
    teller.wrong("H-spouse-two", spouses.len() > 1);
    let same_sex = match (&heads[..], &spouses[..]) {
        ([head], [spouse]) => head.number.male().is_some() && head.number.male() == spouse.number.male(),
        _none_or_many => false,
    };
    teller.wrong("H-spouse-sex", same_sex);
    let too_young = |seen: &&Seen<'_>| match seen.number.male() {
        Some(true) => seen.aged(|age| age < MARRIAGE.0),
        Some(false) => seen.aged(|age| age < MARRIAGE.1),
        None => false,
    };
    teller.wrong("H-age-spouse", spouses.iter().any(too_young));
    let births = |seen: &Seen<'_>| {
        let born = seen.number.born();
        let of_heads = heads.iter().filter_map(|head| head.number.born());
        born.into_iter()
            .flat_map(move |born| of_heads.clone().map(move |head| (born, head)))
            .collect::<Vec<_>>()
    };
    let related = |relations: &[&str], wrong: &dyn Fn(&Seen<'_>) -> bool| {
        people
            .iter()
            .any(|seen| relations.contains(&seen.member.relation) && wrong(seen))
    };
    teller.wrong(
        "H-age-offspring",
        related(&YOUNGER, &|seen| {
            births(seen).iter().any(|(born, head)| born <= head)
        }),
    );
    teller.wrong(
        "H-age-parent",
        related(&OLDER, &|seen| {
            births(seen).iter().any(|(born, head)| born >= head)
        }),
    );
    teller.wrong(
        "H-relation-sex",
        related(&MEN, &|seen| seen.number.male() == Some(false))
            || related(&WOMEN, &|seen| seen.number.male() == Some(true)),
    );
}
