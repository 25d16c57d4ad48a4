//! Rules over derived tables: planned, tried on examples, and not computable when what they are computed from is not there.
//! Here because a rule must treat a derived table as it treats any other.
//! In: a rule as its file says it. Out: assertions.
//! Not here: figures (tests).

use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::{ActiveData, RuleState};

use crate::{Engine, EngineOptions, IdentityKey, Parameters, Rule, RuleBook};

const PARAMETERS: &str = r#"
[[parameter]]
name = "line"
title = "线"
unit = "yuan"
value = "100"
from = 2020-01-01
document = "某文"
"#;

const RULE: &str = r#"
id = "T01"
version = 1
title = "实证收入低"
category = "收入"
clause = "2"
department = "某部门"
subject = "household"
clears_when = "不低"
tables = ["household_net_income"]
measure = "per_capita_evidenced_fen"
sentence = "实证人均{per_capita_evidenced_fen}元，低于{threshold}。"
sql = '''
SELECT household_id AS subject, per_capita_evidenced_fen FROM household_net_income WHERE "window" = 'rolling'
'''
[[band]]
name = "low"
severity = "yellow"
below = "line"

[[example]]
name = "两人分一笔"
as_of = 2023-11-01
parameters = { line = 10000 }
tables.household = [{ household_id = 1, household_no = "1", people_now = 2 }]
tables.membership = [{ household_id = 1, household_no = "1", person_id = 5 }]
tables.declared_income = [{ household_id = 1, household_no = "1", year = 2023, net_income_fen = 1, people_year = 2 }]
tables.income_event = [
    { person_id = 5, category = "wage", item = "务工收入", amount_fen = 19998, semantic = "monthly", period_from = 2023-10-01, period_to = 2023-10-31, _stream = "a/b" },
    { person_id = 5, category = "wage", item = "务工收入", amount_fen = 70000, semantic = "monthly", period_from = 2023-11-01, period_to = 2023-11-30, _stream = "a/b" },
]
expect = [{ subject = 1, band = "low", severity = "yellow" }]
"#;

fn book(rule: &str) -> RuleBook {
    let parameters = Parameters::parse(PARAMETERS, "parameters.toml").unwrap();
    let rule = Rule::parse(rule, "T01.toml", &parameters).unwrap();
    RuleBook::of(vec![rule], parameters)
}

fn engine(folder: &tempfile::TempDir) -> Engine {
    let options = EngineOptions {
        lake_dir: folder.path().to_owned(),
        memory_bytes: 1 << 26,
        partitions: 2,
        identity_key: IdentityKey::new([1; 32]),
    };
    Engine::new(options).unwrap()
}

#[tokio::test]
async fn an_example_states_the_inputs_and_the_figures_follow() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder);
    engine.check_rules(&book(RULE), &|_| true).await.unwrap();
    let wrong = RULE.replace("amount_fen = 19998", "amount_fen = 20000");
    let error = engine
        .check_rules(&book(&wrong), &|_| true)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("两人分一笔"), "{error}");
    let typo = RULE.replace(
        "SELECT household_id AS subject, per",
        "SELECT household_id AS subject, left_out_fe, per",
    );
    let error = engine
        .check_rules(&book(&typo), &|_| true)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("T01.toml:14:") && error.contains("left_out_fen"),
        "{error}"
    );
    let stated = RULE.replace(
        "tables.income_event = [",
        "tables.household_income = [{ household_id = 1 }]\ntables.income_event = [",
    );
    let error = engine
        .check_rules(&book(&stated), &|_| true)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("household_income is derived"), "{error}");
}

#[tokio::test]
async fn a_rule_over_figures_is_not_computable_when_an_input_is_missing_or_stale() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder);
    let day = NaiveDate::from_ymd_opt(2023, 11, 1).unwrap();
    let mut data = ActiveData::default();
    let reason = async |data: &ActiveData| {
        let outcomes = engine
            .cross_check(Arc::new(data.clone()), Arc::new(book(RULE)), day, None)
            .await
            .unwrap();
        match outcomes.into_iter().next().unwrap().state {
            RuleState::Evaluated => None,
            RuleState::NotComputable { reason } => Some(reason),
        }
    };
    let told = "household_net_income: computed from income_event missing: never loaded";
    assert_eq!(reason(&data).await.as_deref(), Some(told));
    for input in ["income_event", "declared_income", "membership", "household"] {
        data.tables.insert(input.to_owned(), Vec::new());
    }
    assert_eq!(reason(&data).await, None);
    data.stale.insert("membership".to_owned(), "断电".to_owned());
    let told = "household_net_income: computed from membership: stale, 断电";
    assert_eq!(reason(&data).await.as_deref(), Some(told));
}
