//! Twins, brothers, namesakes, borrowed numbers, broken numbers.
//! Here because these are the people who are linked wrongly, and each has a reason of its own.
//! In: one village of a few households, and neighbours that make it a county. Out: links under the expected weights.
//! Not here: learning.

use super::county::{County, id};
use super::*;

fn at_home(household: &str, head: &str, door: &str) -> Cells {
    person! { household_no: household, head_name: head, county: "阜南县", town: "王店镇", village: "李庄村",
    village_group: "3组", door: door, phone: "15400001111" }
}

fn with(mut home: Cells, own: Cells) -> Cells {
    home.extend(own);
    home
}

const FATHER: &str = "34122519650312101";
const SON: &str = "34122519950814203";
const TWIN: &str = "34122519950814205";

/// One household of three in a county of a few hundred strangers.
fn register() -> Vec<Cells> {
    let mut rows = County::new(400, 5).register;
    let home = || at_home("户甲", "李怀德", "12号");
    rows.push(with(home(), person! { person_id: "9001", name: "李怀德", sex: "男", birth_date: "1965-03-12", id_no: id(FATHER), relation: "户主" }));
    rows.push(with(home(), person! { person_id: "9002", name: "李明辉", sex: "男", birth_date: "1995-08-14", id_no: id(SON), relation: "之子" }));
    rows.push(with(home(), person! { person_id: "9003", name: "赵玉兰", sex: "女", birth_date: "1967-01-30", id_no: id("34212119670130442"), relation: "配偶" }));
    rows
}

#[test]
fn number_and_name_link_however_the_number_is_written() {
    let whole = id(FATHER);
    let fifteen = format!("{}{}", &whole[..6], &whole[8..17]);
    for number in [
        whole.clone(),
        whole.to_lowercase(),
        format!("'{whole}"),
        fifteen,
        format!("{whole}43"),
    ] {
        let row = person! { name: "李懷德", id_no: number.clone() };
        assert_eq!(surely(&linked(&register(), &[row])[0]), Some(9001), "{number}");
    }
}

#[test]
fn the_heads_number_in_a_members_row_never_links_by_itself() {
    let home = || at_home("名单户", "李怀德", "12");
    let son = with(
        home(),
        person! { name: "李明辉", birth_date: "19950814", id_no: id(FATHER), relation: "儿子" },
    );
    let wife = with(
        home(),
        person! { name: "赵玉兰", id_no: id(FATHER), relation: "妻子" },
    );
    let unknown = person! { name: "周建国", id_no: id(FATHER) };
    let outcome = linked(&register(), &[son, wife, unknown]);
    assert_eq!(outcome[0].0, Some(9002));
    assert_eq!(outcome[1].0, Some(9003));
    assert_eq!(surely(&outcome[2]), None);
}

#[test]
fn a_twin_who_is_not_registered_is_not_his_brother() {
    let home = at_home("名单户", "李怀德", "12号");
    let twin = with(
        home,
        person! { name: "李明亮", sex: "男", birth_date: "1995-08-14", id_no: id(TWIN), relation: "之子" },
    );
    assert_eq!(linked(&register(), &[twin])[0].1, Band::Leave);
}

#[test]
fn a_brother_without_a_number_is_not_linked() {
    let home = at_home("名单户", "李怀德", "12号");
    let brother = with(
        home,
        person! { name: "李明远", sex: "男", birth_date: "1997-02-03", relation: "之子" },
    );
    assert_eq!(surely(&linked(&register(), &[brother])[0]), None);
}

#[test]
fn a_namesake_of_the_village_with_another_birthday_is_not_linked() {
    let namesake = person! { name: "李怀德", sex: "男", birth_date: "1971-11-02", county: "阜南县", town: "王店镇",
    village: "李庄村委会", village_group: "7组", door: "3号", phone: "15499990000", relation: "户主" };
    assert_eq!(surely(&linked(&register(), &[namesake])[0]), None);
    let absent = person! { name: "李怀德", id_no: id("34122519711102331"), county: "阜南县", town: "王店镇", village: "李庄村" };
    assert_eq!(linked(&register(), &[absent])[0].1, Band::Leave);
}

#[test]
fn masked_cut_and_mistyped_numbers_link_with_a_name() {
    let (father, son) = (id(FATHER), id(SON));
    let masked = format!("{}********{}", &father[..6], &father[14..]);
    let cut = format!("{}000", &son[..15]);
    let mistyped = format!("{}9{}", &son[..9], &son[10..]);
    for (name, number, person) in [
        ("李怀德", masked, 9001),
        ("李明辉", cut, 9002),
        ("李明辉", mistyped, 9002),
    ] {
        let row = person! { name: name, id_no: number.clone(), county: "阜南县", village: "李庄" };
        assert_eq!(surely(&linked(&register(), &[row])[0]), Some(person), "{number}");
    }
}

#[test]
fn a_masked_number_that_does_not_fit_speaks_against() {
    let row = person! { name: "李怀德", id_no: "341225********9999", county: "阜南县", town: "王店镇", village: "李庄村" };
    assert_eq!(surely(&linked(&register(), &[row])[0]), None);
}

#[test]
fn a_name_written_by_ear_links_with_birth_and_home() {
    let home = at_home("名单户", "李怀德", "12号");
    let row = with(
        home,
        person! { name: "李名晖", sex: "男", birth_date: "1995.8.14", relation: "长子" },
    );
    assert_eq!(linked(&register(), &[row])[0].0, Some(9002));
}

#[test]
fn the_reasons_name_the_rival_and_show_no_value() {
    let index = Index::new(people(&register()));
    let home = at_home("名单户", "李怀德", "12号");
    let twin = with(
        home,
        person! { name: "李明亮", sex: "男", birth_date: "1995-08-14", id_no: id(TWIN), relation: "之子" },
    );
    let rows = [
        twin,
        person! { name: "李怀德", id_no: id(FATHER) },
        person! { name: "" },
    ];
    let list = people(&rows);
    let weights = Weights::expected();
    let mut linkage = Linkage::new(&index, &list);
    linkage.link(&weights).unwrap();
    let twin = linkage.explain(&weights, 0).unwrap();
    assert_eq!(twin.candidates[0].rival, Rival::Household);
    let families: Vec<&str> = twin.candidates[0]
        .families
        .iter()
        .map(|family| family.name)
        .collect();
    assert_eq!(families, ["身份证", "姓名", "出生·性别", "住址·电话·户"]);
    let text = twin.to_string();
    assert!(text.contains("同户另一人") && text.contains("双胞胎"), "{text}");
    for value in ["李", "341225", "1995", "154"] {
        assert!(!text.contains(value), "{text}");
    }
    let sum: f64 = twin.candidates[0].families.iter().map(|family| family.bits).sum();
    assert!(
        sum + twin.candidates[0].prior_bits >= twin.candidates[0].bits - 1e-6,
        "the rival is one of several"
    );
    assert!(
        linkage
            .explain(&weights, 1)
            .unwrap()
            .to_string()
            .starts_with("建议：同一人。")
    );
    assert!(linkage.explain(&weights, 2).unwrap().candidates.is_empty());
    assert!(linkage.explain(&weights, 999).unwrap().candidates.is_empty());
}
