//! The shipped rules plan, and their examples hold; mistakes in a rule are told with their place.
//! Here because a rule file is code that operators change.
//! In: `config/` of this repository. Out: verdicts.
//! Not here: findings over a county; the end-to-end tests do that.

mod subjects;

use std::path::Path;

use hub_engine::{Engine, EngineOptions, IdentityKey, Parameters, Rule, RuleBook};

#[expect(clippy::unwrap_used, reason = "a test helper")]
fn engine() -> Engine {
    let options = EngineOptions {
        lake_dir: "/nonexistent".into(),
        memory_bytes: 1 << 26,
        partitions: 1,
        identity_key: IdentityKey::new([1; 32]),
    };
    Engine::new(options).unwrap()
}

fn config() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config"))
}

#[tokio::test]
async fn every_shipped_rule_plans_and_its_examples_hold() {
    let book = RuleBook::load(config()).unwrap();
    assert_eq!(book.refused, []);
    assert!(!book.rules.is_empty());
    engine().check_rules(&book, &|_| true).await.unwrap();
}

#[tokio::test]
async fn a_mistake_in_a_rule_is_told_with_its_place() {
    let text = std::fs::read_to_string(config().join("rules/A01.toml")).unwrap();
    let parameters = std::fs::read_to_string(config().join("parameters.toml")).unwrap();
    let parameters = Parameters::parse(&parameters, "parameters.toml").unwrap();
    let table = [
        (
            "i.net_income_fen, i.people_year,",
            "i.net_incom_fen, i.people_year,",
            "{line}:16: Schema error",
        ),
        ("FROM household h\n", "FORM household h\n", "{line}:"),
        (
            "below = \"monitoring_line\"",
            "below = \"monitering_line\"",
            "{line}:9: no parameter \"monitering_line\"; did you mean \"monitoring_line\"?",
        ),
        ("title = ", "titel = ", "{line}:1: unknown field `titel`"),
        (
            "tables = [\"household\"",
            "tables = [\"houshold\"",
            "no table \"houshold\"; did you mean",
        ),
        (
            "measure = \"per_capita_fen\"",
            "measure = \"per_capita\"",
            "no column in the SELECT \"per_capita\"",
        ),
        (
            "measure = \"per_capita_fen\"",
            "measure = \"county\"",
            "the column county must be Int64",
        ),
        (
            "h.household_id AS subject",
            "h.household_no AS subject",
            "the column subject must be UInt64",
        ),
        ("id = \"A01\"", "id = \"A02\"", "must stand in A02.toml"),
        (
            "t.year = f.year",
            "t.yaer = f.year",
            "evidence of declared_income: on = ",
        ),
        (
            "columns = [\"net_income_fen\"",
            "columns = [\"net_incom_fen\"",
            "no column \"net_incom_fen\"; did you mean",
        ),
        (
            "monitoring_line = 800000",
            "monitoring_line = 900000",
            "is not above",
        ),
        (
            "band = \"below_10000\", severity",
            "band = \"below_1000\", severity",
            "example \"三档收入线",
        ),
        (
            "clean = [4, 6, 8]",
            "clean = [4, 6]",
            "expected {4, 6} to be clean, found {4, 6, 8}",
        ),
    ];
    for (from, to, expected) in table {
        let (before, _) = text
            .split_once(from)
            .unwrap_or_else(|| panic!("the rule has no {from}"));
        let line = format!("A01.toml:{}", before.matches('\n').count() + 1);
        let expected = expected.replace("{line}", &line);
        let error = match Rule::parse(&text.replacen(from, to, 1), "A01.toml", &parameters) {
            Err(error) => error.to_string(),
            Ok(rule) => {
                let book = RuleBook::of(vec![rule], parameters.clone());
                engine()
                    .check_rules(&book, &|_| true)
                    .await
                    .unwrap_err()
                    .to_string()
            }
        };
        assert!(error.contains(&expected), "{to}\n{error}");
    }
}

/// A rule of every kind of band, over measures of households.
const BANDS: &str = r#"
id = "T01"
version = 1
title = "三类档"
category = "政策"
clause = "2"
department = "乡村振兴"
subject = "household"
clears_when = "不再如此"
tables = ["declared_income"]
measure = "people"
sentence = "{threshold}"
sql = '''
SELECT household_id AS subject, people_year AS people, net_income_fen < 0 AS owes FROM declared_income
'''
[[band]]
name = "owes"
severity = "red"
when = "owes"
says = "纯收入为负"
[[band]]
name = "many"
severity = "orange"
above = "many"
[[band]]
name = "some"
severity = "yellow"
above = "some"
[[band]]
name = "nobody"
severity = "blue"
below = "few"
[[example]]
name = "先重后轻；边界不算；缺值不判"
as_of = 2023-11-01
parameters = { many = 9, some = 5, few = 1 }
tables.declared_income = [
    { household_id = 1, household_no = "1", year = 2023, net_income_fen = -1, people_year = 12 },
    { household_id = 2, household_no = "2", year = 2023, net_income_fen = 1, people_year = 10 },
    { household_id = 3, household_no = "3", year = 2023, net_income_fen = 1, people_year = 9 },
    { household_id = 4, household_no = "4", year = 2023, net_income_fen = 1, people_year = 5 },
    { household_id = 5, household_no = "5", year = 2023, net_income_fen = 1, people_year = 0 },
    { household_id = 6, household_no = "6", year = 2023, people_year = 12 },
    { household_id = 7, household_no = "7", year = 2023, net_income_fen = 1 },
]
expect = [
    { subject = 1, band = "owes", severity = "red" },
    { subject = 2, band = "many", severity = "orange" },
    { subject = 3, band = "some", severity = "yellow" },
    { subject = 5, band = "nobody", severity = "blue" },
]
clean = [4]
[[example]]
name = "最宽的一档没有数值：只判得出的判"
as_of = 2023-11-01
parameters = { many = 9, few = 1 }
tables.declared_income = [
    { household_id = 2, household_no = "2", year = 2023, net_income_fen = 1, people_year = 10 },
    { household_id = 4, household_no = "4", year = 2023, net_income_fen = 1, people_year = 5 },
]
expect = [{ subject = 2, band = "many", severity = "orange" }]
clean = []
"#;

#[tokio::test]
async fn bands_are_lines_either_way_or_conditions_and_the_first_a_subject_is_in_counts() {
    let line =
        |name: &str| format!("[[parameter]]\nname = \"{name}\"\ntitle = \"{name}\"\nunit = \"count\"\n");
    let parameters =
        Parameters::parse(&["many", "some", "few"].map(line).concat(), "parameters.toml").unwrap();
    let check = async |text: &str| match Rule::parse(text, "T01.toml", &parameters) {
        Err(error) => Err(error.to_string()),
        Ok(rule) => {
            let book = RuleBook::of(vec![rule], parameters.clone());
            engine()
                .check_rules(&book, &|_| true)
                .await
                .map_err(|error| error.to_string())
        }
    };
    check(BANDS).await.unwrap();
    for (from, to, expected) in [
        (
            "above = \"many\"\n",
            "",
            "band many: exactly one of `below`, `above` and `when`",
        ),
        (
            "above = \"many\"",
            "above = \"many\"\nbelow = \"few\"",
            "exactly one of",
        ),
        ("says = \"纯收入为负\"\n", "", "band owes: `when` wants `says`"),
        (
            "above = \"some\"",
            "above = \"some\"\nsays = \"多\"",
            "band some: `says` goes with `when`",
        ),
        ("measure = \"people\"\n", "", "band many: a line wants `measure`"),
        (
            "when = \"owes\"",
            "when = \"people\"",
            "the column people must be Boolean",
        ),
        ("when = \"owes\"", "when = \"owns\"", "did you mean \"owes\"?"),
        (
            "many = 9, some = 5",
            "many = 5, some = 9",
            "band some: its line 9 is not below",
        ),
    ] {
        assert!(BANDS.contains(from), "{from}");
        let error = check(&BANDS.replacen(from, to, 1)).await.unwrap_err();
        assert!(error.contains(expected), "{to}\n{error}");
    }
}
