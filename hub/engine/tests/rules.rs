//! The shipped rules plan, and their examples hold; mistakes in a rule are told with their place.
//! Here because a rule file is code that operators change.
//! In: `config/` of this repository. Out: verdicts.
//! Not here: findings over a county; the end-to-end tests do that.

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
    assert!(!book.rules.is_empty());
    engine().check_rules(&book).await.unwrap();
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
                let book = RuleBook {
                    rules: vec![rule],
                    parameters: parameters.clone(),
                };
                engine().check_rules(&book).await.unwrap_err().to_string()
            }
        };
        assert!(error.contains(&expected), "{to}\n{error}");
    }
}
