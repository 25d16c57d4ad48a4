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
            "A01.toml:26:16: ",
        ),
        ("FROM household h\n", "FORM household h\n", "A01.toml:28:"),
        (
            "below = \"monitoring_line\"",
            "below = \"monitering_line\"",
            "A01.toml:41:9: no parameter \"monitering_line\"; did you mean \"monitoring_line\"?",
        ),
        ("title = ", "titel = ", "unknown field `titel`"),
        (
            "tables = [\"household\"",
            "tables = [\"houshold\"",
            "no canonical table \"houshold\"; did you mean \"household\"?",
        ),
        (
            "measure = \"per_capita_fen\"",
            "measure = \"per_capita\"",
            "no column in the SELECT \"per_capita\"",
        ),
        ("id = \"A01\"", "id = \"A02\"", "must stand in A02.toml"),
        (
            "band = \"below_10000\", severity",
            "band = \"below_1000\", severity",
            "example \"三档收入线",
        ),
    ];
    for (from, to, expected) in table {
        assert!(text.contains(from), "{from}");
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
        assert!(error.contains(expected), "{to}\n{error}");
    }
}
