//! Rules about what has a name, and about days: subjects, periods and patience.
//! Here apart from bands and mistakes, which are of every rule.
//! In: rules written in the test. Out: their examples hold; what is wrong with a changed one.
//! Not here: the shipped rules.

use hub_engine::{Parameters, Rule, RuleBook};

use super::engine;

/// A rule about villages.
const VILLAGES: &str = r#"
id = "T02"
version = 1
title = "村户数"
category = "项目"
clause = "34"
department = "乡村振兴"
subject = "village"
clears_when = "不再如此"
tables = ["household"]
measure = "households"
sentence = "{threshold}"
sql = '''
SELECT county || '/' || town || '/' || village AS subject, count(*) AS households
FROM household GROUP BY county, town, village
'''
[[band]]
name = "few"
severity = "blue"
below = "few"
[[evidence]]
table = "household"
on = "f.subject = t.county || '/' || t.town || '/' || t.village"
columns = ["village"]
[[example]]
name = "按村；没有村名的行说不清是哪个村"
as_of = 2023-11-01
parameters = { few = 2 }
tables.household = [
    { household_id = 1, household_no = "1", county = "甲县", town = "乙镇", village = "丙村" },
    { household_id = 2, household_no = "2", county = "甲县", town = "乙镇", village = "丁村" },
    { household_id = 3, household_no = "3", county = "甲县", town = "乙镇", village = "丁村" },
    { household_id = 4, household_no = "4", county = "甲县", town = "乙镇" },
]
expect = [{ subject = "甲县/乙镇/丙村", band = "few", severity = "blue" }]
clean = ["甲县/乙镇/丁村"]
"#;

#[tokio::test]
async fn a_rule_may_be_about_what_has_a_name_instead_of_a_number() {
    let parameters = "[[parameter]]\nname = \"few\"\ntitle = \"少\"\nunit = \"count\"\n";
    let parameters = Parameters::parse(parameters, "parameters.toml").unwrap();
    let check = async |text: &str| {
        let rule = Rule::parse(text, "T02.toml", &parameters).unwrap();
        let book = RuleBook::of(vec![rule], parameters.clone());
        engine()
            .check_rules(&book, &|_| true)
            .await
            .map_err(|error| error.to_string())
    };
    check(VILLAGES).await.unwrap();
    for (from, to, expected) in [
        (
            "clean = [\"甲县/乙镇/丁村\"]",
            "clean = []",
            "expected {} to be clean, found {\"甲县/乙镇/丁村\"}",
        ),
        (
            "county || '/' || town || '/' || village AS subject",
            "household_id AS subject",
            "",
        ),
        (
            "subject = \"village\"",
            "subject = \"household\"",
            "the column subject must be UInt64",
        ),
    ] {
        let error = check(&VILLAGES.replacen(from, to, 1)).await.unwrap_err();
        assert!(error.contains(expected), "{to}\n{error}");
    }
}

/// A rule about a deadline, with the days that are left.
const DEADLINES: &str = r#"
id = "T03"
version = 1
title = "到期"
category = "政策"
clause = "2"
department = "乡村振兴"
subject = "household"
clears_when = "不再如此"
period = "deadline"
moving = ["days_left"]
fresh_days = { household = 45 }
tables = ["household"]
sentence = "{month_number}月，还有{days_left}天。"
sql = """
SELECT household_id AS subject, removed_month AS deadline, removed_month IS NOT NULL AS has_one,
       removed_month - $today AS days_left, date_part('month', $month) AS month_number
FROM household
"""
[life]
clear_after = 2
on = "09-30"
[[band]]
name = "has"
severity = "blue"
when = "has_one"
says = "有期限"
[[example]]
name = "没有期限的不算"
as_of = 2023-11-06
tables.household = [
    { household_id = 1, household_no = "1", removed_month = 2023-12-01 },
    { household_id = 2, household_no = "2" },
]
expect = [{ subject = 1, band = "has", severity = "blue" }]
clean = [2]
"#;

#[tokio::test]
async fn a_rule_may_be_about_a_deadline_and_live_by_its_own_life() {
    let read =
        |text: &str| Rule::parse(text, "T03.toml", &Parameters::default()).map_err(|error| error.to_string());
    let rule = read(DEADLINES).unwrap();
    assert_eq!(rule.header.life.clear_after, 2);
    let check = async |rule: Rule| {
        let (rules, parameters) = (vec![rule], Parameters::default());
        let book = RuleBook::of(rules, parameters);
        let checked = engine().check_rules(&book, &|_| true).await;
        checked.map_err(|error| error.to_string())
    };
    check(rule).await.unwrap();
    for (from, to, expected) in [
        (
            "clear_after = 2",
            "clear_after = 0",
            "clear_after is 0; from 1 to 12",
        ),
        ("on = \"09-30\"", "on = \"0930\"", "a month and a day"),
        (
            "{ household = 45 }",
            "{ househol = 45 }",
            "did you mean \"household\"?",
        ),
    ] {
        let error = read(&DEADLINES.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(expected), "{to}\n{error}");
    }
    for (from, to, expected) in [
        (
            "removed_month AS deadline",
            "household_no AS deadline",
            "the column deadline must be Date32",
        ),
        (
            "[\"days_left\"]",
            "[\"days\"]",
            "no column in the SELECT \"days\"",
        ),
    ] {
        let error = check(read(&DEADLINES.replacen(from, to, 1)).unwrap())
            .await
            .unwrap_err();
        assert!(error.contains(expected), "{to}\n{error}");
    }
}
