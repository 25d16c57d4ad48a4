//! A household's page over real files: what is shown, masked, cited and flagged.
//! Here because each flag is a mistake that was met, and a page that misses it is believed.
//! In: a small lake written for the test. Out: assertions.
//! Not here: source cells of landed files (end-to-end), sums (income).

use super::*;
use crate::test_lake::Lake;

const HEALTHY: &str = r#"
household = [
  { household_id = 1, household_no = "3412", county = "某县", people_now = 2, _stream = "spine/members", _run = "R", _locator = "a!s!2" },
  { household_id = 2, household_no = "1", people_now = 1, _stream = "spine/members", _run = "R", _locator = "a!s!4" },
]
membership = [
  { household_id = 1, person_id = 10, household_no = "3412", person_no = "1", is_head = true, relation = "户主", since = 2020-01-01, _run = "R", _locator = "a!s!2" },
  { household_id = 1, person_id = 11, household_no = "3412", person_no = "2", is_head = false, relation = "配偶", _run = "R", _locator = "a!s!3" },
  { household_id = 2, person_id = 20, household_no = "1", person_no = "1", is_head = true, _run = "R", _locator = "a!s!4" },
]
person = [
  { person_id = 10, household_id = 1, household_no = "3412", person_no = "1", id_no = "11010519491231002X", name = "王秀兰", _run = "R", _locator = "a!s!2" },
  { person_id = 11, household_id = 1, household_no = "3412", person_no = "2", name = "张三", id_kind = "truncated", _run = "R", _locator = "a!s!3" },
  { person_id = 20, household_id = 2, household_no = "1", person_no = "1", name = "李四", _run = "R", _locator = "a!s!4" },
]
declared_income = [{ household_id = 1, household_no = "3412", year = 2023, net_income_fen = 90000, people_year = 2, wage_fen = 90000 }]
income_event = [
  { person_id = 10, category = "wage", item = "务工收入", amount_fen = 30000, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", _stream = "payer/work", _run = "R", _locator = "w!s!2" },
  { person_id = 20, category = "wage", item = "务工收入", amount_fen = 77, period_from = 2023-08-01, period_to = 2023-08-31, semantic = "monthly", _stream = "payer/work", _run = "R", _locator = "w!s!3" },
]
death_record = [{ person_id = 20, died_on = 2024-01-01 }]
"#;

impl Lake {
    async fn show(&self, id: u64, reveal: bool) -> Household {
        let day = NaiveDate::from_ymd_opt(2023, 11, 1).unwrap();
        self.engine()
            .household(&self.data, HouseholdId(id), day, reveal)
            .await
            .unwrap()
    }
}

/// The codes of a household's flags when `more` is added to the healthy tables.
async fn flags(more: &str) -> Vec<&'static str> {
    let household = Lake::of(&[HEALTHY, more]).show(1, false).await;
    household.flags.iter().map(|flag| flag.code).collect()
}

#[tokio::test]
async fn where_people_are_registered_stands_beside_where_they_live() {
    let registers = r#"
household_registration = [
  { person_id = 10, register_no = "R1", relation = "户主", _stream = "police/registers" },
  { person_id = 20, register_no = "R1", _stream = "police/registers" },
  { person_id = 11, register_no = "R2", closed_on = 2023-05-01, closed_for = "迁出", _stream = "police/registers" },
  { person_id = 99, register_no = "R3", _stream = "police/registers" },
]
"#;
    let household = Lake::of(&[HEALTHY, registers]).show(1, false).await;
    let told = household.registrations.iter();
    let told: Vec<_> = told
        .map(|register| {
            (
                register.register_no.as_str(),
                register.members,
                register.others,
                register.closed,
            )
        })
        .collect();
    assert_eq!(told, [("R1", 1, 1, 0), ("R2", 1, 0, 1)]);
    assert_eq!(household.members.len(), 2, "a register moves nobody");
    let codes: Vec<_> = household.flags.iter().map(|flag| flag.code).collect();
    assert!(codes.contains(&"registration_closed"), "{codes:?}");
}

#[tokio::test]
async fn a_household_is_found_by_its_number_first_and_by_its_id_else() {
    let lake = Lake::of(&[HEALTHY]);
    for (text, id) in [
        ("3412", Some(1)),
        ("1", Some(2)),
        ("2", Some(2)),
        (" 3412 ", Some(1)),
        ("9", None),
        ("", None),
        ("' OR true --", None),
    ] {
        let found = lake.engine().find_household(&lake.data, text).await.unwrap();
        assert_eq!(found.map(|id| id.0), id, "{text}");
    }
}

#[tokio::test]
async fn members_are_masked_unless_revealed_and_figures_list_their_rows() {
    let lake = Lake::of(&[HEALTHY]);
    let shown = lake.show(1, false).await;
    let member = |at: usize| {
        let member: &Member = &shown.members[at];
        (
            member.name.clone().unwrap(),
            member.id_no.clone(),
            member.is_head,
            member.since.clone(),
        )
    };
    let first = (
        "王**".to_owned(),
        Some("110105********002X".to_owned()),
        Some(true),
        Some("2020-01-01".to_owned()),
    );
    assert_eq!(member(0), first);
    assert_eq!(member(1), ("张*".to_owned(), None, Some(false), None));
    assert_eq!(
        (shown.members.len(), shown.members[1].id_kind.as_deref()),
        (2, Some("truncated"))
    );
    assert_eq!(
        lake.show(1, true).await.members[0].name.as_deref(),
        Some("王秀兰")
    );
    let figures: Vec<_> = shown
        .income
        .iter()
        .map(|f| (f.window, f.item, f.declared_fen, f.evidenced_fen))
        .collect();
    assert_eq!(
        figures,
        [
            ("accounting_year", "其他工资性收入", Some(90_000), Some(30_000)),
            ("rolling", "其他工资性收入", None, Some(30_000)),
        ]
    );
    for figure in &shown.income {
        let places: Vec<_> = figure
            .sources
            .iter()
            .map(|source| source.locator.as_str())
            .collect();
        assert_eq!(places, ["w!s!2"]);
    }
    assert_eq!(shown.net_income[0].per_capita_declared_fen, Some(45_000));
    assert_eq!(
        (shown.flags.len(), shown.not_checked.len()),
        (0, 0),
        "{:?}",
        shown.flags
    );
}

#[tokio::test]
async fn a_household_has_one_head() {
    let second = r#"membership = [{ household_id = 1, person_id = 12, household_no = "3412", person_no = "3", is_head = true }]"#;
    assert_eq!(flags(second).await, ["several_heads", "people_count_differs"]);
    let headless = HEALTHY.replace("is_head = true, relation", "is_head = false, relation");
    let household = Lake::of(&[&headless]).show(1, false).await;
    assert_eq!(household.flags[0].code, "no_head");
    assert_eq!(household.flags[0].text, "2 名成员中没有户主");
}

#[tokio::test]
async fn one_number_on_two_people_is_told_without_the_number() {
    let other = r#"person = [{ person_id = 10, household_id = 2, household_no = "1", id_no = "11010519491231002X", name = "李四" }]"#;
    let household = Lake::of(&[HEALTHY, other]).show(1, false).await;
    assert_eq!(household.flags[0].code, "number_on_two_people");
    assert!(
        !household.flags[0].text.contains("19491231"),
        "{:?}",
        household.flags
    );
    let same = r#"person = [{ person_id = 10, household_id = 2, household_no = "1", id_no = "11010519491231002X", name = "王秀蘭" }]"#;
    assert_eq!(flags(same).await, ["person_in_two_households"]);
}

#[tokio::test]
async fn a_member_of_two_households_counts_in_neither_and_it_is_said() {
    let twice = r#"membership = [{ household_id = 2, person_id = 10, household_no = "1" }]"#;
    let household = Lake::of(&[HEALTHY, twice]).show(1, false).await;
    let codes: Vec<_> = household.flags.iter().map(|flag| flag.code).collect();
    assert_eq!(codes, ["member_of_several_households", "income_not_counted"]);
    assert!(
        household
            .income
            .iter()
            .all(|figure| figure.evidenced_fen.is_none() && figure.sources.is_empty())
    );
}

#[tokio::test]
async fn who_died_is_not_paid_for_later_months() {
    let died = |day: &str| format!("death_record = [{{ person_id = 10, died_on = {day} }}]");
    assert_eq!(flags(&died("2023-07-31")).await, ["paid_after_death"]);
    assert_eq!(flags(&died("2023-08-01")).await, ["dead_member_listed"]);
    let stopped = r#"assistance_payment = [{ person_id = 10, month = 2023-06-01, category = "农村低保", stop_reason = "死亡", stopped_on = 2023-06-30 }]"#;
    assert_eq!(flags(stopped).await, ["paid_after_death"]);
    let moved = stopped.replace("死亡", "户籍迁出");
    assert_eq!(flags(&moved).await, Vec::<&str>::new());
}

#[tokio::test]
async fn repeated_and_contradicting_rows_are_told() {
    let event = |stream: &str, amount: i64| {
        format!(
            "income_event = [{{ person_id = 10, category = \"wage\", item = \"务工收入\", amount_fen = {amount}, \
             period_from = 2023-08-01, period_to = 2023-08-31, semantic = \"monthly\", _stream = \"{stream}\" }}]"
        )
    };
    assert_eq!(flags(&event("payer/work", 30_000)).await, ["repeated_row"; 2]);
    assert_eq!(flags(&event("spine/wages", 40_000)).await, ["disputed_amount"; 2]);
}

#[tokio::test]
async fn a_name_that_lost_a_byte_is_told_with_what_it_may_have_been() {
    let work = r#"
employment_spell = [
  { person_id = 10, employer = "太和?厝嗣褚皆?" },
  { person_id = 11, employer = "谁知道?" },
  { person_id = 20, employer = "太和县?嗣褚皆?" },
]
"#;
    let household = Lake::of(&[HEALTHY, work]).show(1, false).await;
    let mut told = household.flags.iter().filter(|flag| flag.code == "lost_byte");
    let text = &told.next().unwrap().text;
    assert!(
        text.contains("“太和?厝嗣褚皆?”") && text.contains("太和县人民医院"),
        "{text}"
    );
    assert_eq!(told.next(), None);
}

#[tokio::test]
async fn what_could_not_be_checked_is_said() {
    let household = Lake::of(&["household = [{ household_id = 1, household_no = \"1\" }]"])
        .show(1, false)
        .await;
    assert_eq!(household.not_checked.len(), 3, "{:?}", household.not_checked);
    assert_eq!(household.flags[0].code, "no_member");
}

#[tokio::test]
async fn whoever_must_find_a_household_is_told_by_which_names() {
    let lake = Lake::of(&[HEALTHY]);
    let day = NaiveDate::from_ymd_opt(2023, 11, 1).unwrap();
    let whom = async |subject: &str| {
        let subject = hub_model::Subject::parse(subject).unwrap();
        lake.engine().whom(&lake.data, &subject, day).await.unwrap()
    };
    let of_household = whom("household/1").await.unwrap();
    assert_eq!(of_household.household_no.as_deref(), Some("3412"));
    let members = of_household.members.iter();
    let members: Vec<_> = members
        .map(|member| (member.name.as_deref(), member.id_no.as_deref()))
        .collect();
    assert_eq!(
        members,
        [(Some("王秀兰"), Some("11010519491231002X")), (Some("张三"), None)]
    );
    assert_eq!(whom("person/11").await.unwrap(), of_household);
    assert_eq!(whom("station/7").await, None);
}
