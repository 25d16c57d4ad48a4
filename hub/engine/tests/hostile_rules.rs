//! Rules that would do harm: SQL too deep, too wide, without end, or that is no question at all.
//! Here because a rule is text that somebody edits, and a planner that runs out of stack takes the hub with it.
//! In: the shipped rule with other SQL in it: a list, and bounded mutations of its own. Out: refusals in words, or an answer.
//! Not here: what a rule's mistakes are told as (rules.rs). The mutations are not guided by coverage: the planner is too slow for that.

use std::path::Path;

use hub_engine::{Engine, EngineOptions, IdentityKey, Parameters, Rule, RuleBook};

/// Mutations that are tried.
const MUTANTS: u32 = 120;

#[expect(clippy::unwrap_used, reason = "a test helper")]
fn config(file: &str) -> String {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config"));
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// What becomes of the shipped rule when its SQL is this.
#[expect(clippy::unwrap_used, reason = "a test helper")]
async fn checked(sql: &str) -> Result<(), String> {
    let text = config("rules/A01.toml");
    let (before, rest) = text.split_once("sql = '''").unwrap();
    let (_, after) = rest.split_once("'''").unwrap();
    let text = format!("{before}sql = '''\n{sql}\n'''{after}");
    let parameters = Parameters::parse(&config("parameters.toml"), "parameters.toml").unwrap();
    let rule = Rule::parse(&text, "A01.toml", &parameters).map_err(|error| error.to_string())?;
    let engine = Engine::new(EngineOptions {
        lake_dir: "/nonexistent".into(),
        memory_bytes: 1 << 26,
        partitions: 1,
        identity_key: IdentityKey::new([1; 32]),
    });
    let book = RuleBook::of(vec![rule], parameters);
    let checked = engine.unwrap().check_rules(&book, &|_| true).await;
    checked.map_err(|error| error.to_string())
}

#[expect(clippy::unwrap_used, reason = "a test helper")]
fn shipped() -> String {
    let text = config("rules/A01.toml");
    let sql = text.split_once("sql = '''").unwrap().1;
    sql.split_once("'''").unwrap().0.to_owned()
}

#[tokio::test]
async fn what_is_no_question_or_has_no_end_is_refused_in_words() {
    let subject = |expression: &str| {
        format!("SELECT h.household_id AS subject, {expression} AS per_capita_fen FROM household h")
    };
    let ones = "1 + ".repeat(2_000);
    let ors = (0..20_000)
        .map(|n| format!("h.household_id = {n}"))
        .collect::<Vec<_>>()
        .join(" OR ");
    let crossed = (0..200)
        .map(|n| format!(" CROSS JOIN household h{n}"))
        .collect::<String>();
    for sql in [
        subject(&format!("{ones}1")),
        format!("{} WHERE {ors}", subject("1")),
        subject(&format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000))),
        subject(&format!("{}1", "-".repeat(3))),
        subject(&format!("{}true", "NOT ".repeat(5_000))),
        subject(&format!("{}1{}", "abs(".repeat(3_000), ")".repeat(3_000))),
        subject(&format!("{} END", "CASE WHEN true THEN ".repeat(3_000))),
        format!("{}{crossed}", subject("1")),
        format!("{}{}", "SELECT * FROM (".repeat(2_000), ")".repeat(2_000)),
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n AS subject FROM r"
            .to_owned(),
        "SELECT value AS subject, value AS per_capita_fen FROM generate_series(1, 1000000000000)".to_owned(),
        "DROP TABLE household".to_owned(),
        "INSERT INTO household SELECT * FROM household".to_owned(),
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "COPY household TO '/tmp/households.csv'".to_owned(),
        "COPY (SELECT 1) TO '/tmp/one.csv' STORED AS CSV".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "EXPLAIN ANALYZE SELECT 1".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "BEGIN".to_owned(),
        "SELECT * FROM '/etc/passwd'".to_owned(),
        "SELECT * FROM read_csv('/etc/passwd')".to_owned(),
        "SELECT * FROM 'http://169.254.169.254/'".to_owned(),
        "SELECT * FROM information_schema.tables".to_owned(),
        format!("{}; DROP TABLE household", subject("1")),
        ";".to_owned(),
        "--".to_owned(),
        String::new(),
        "\0".to_owned(),
        "SELECT \"".to_owned(),
        "SELECT 'unclosed".to_owned(),
        "/* unclosed".to_owned(),
        "SELECT \u{202E}1".to_owned(),
    ] {
        let shown: String = sql.chars().take(60).collect();
        let refused = checked(&sql).await.err();
        let said = refused.unwrap_or_else(|| panic!("taken for the shipped rule: {shown}"));
        assert!(
            !said.is_empty() && said.len() < 20_000,
            "{shown}: {} bytes",
            said.len()
        );
    }
}

#[tokio::test]
async fn no_mutation_of_the_shipped_rule_brings_the_planner_down() {
    let shipped = shipped();
    checked(&shipped).await.expect("the shipped rule");
    let words: Vec<&str> = shipped.split_whitespace().collect();
    let odd = [
        "(",
        ")",
        "NULL",
        "*",
        "-",
        "''",
        "0",
        "-9223372036854775808",
        "$x",
        "::BIGINT",
        "OVER ()",
        "UNION ALL",
        "SELECT",
        "FROM household",
    ];
    let mut state = 3_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut refused = 0;
    for _ in 0..MUTANTS {
        let mut mutant = words.clone();
        for _ in 0..=random(3) {
            let at = random(mutant.len());
            match random(4) {
                0 => {
                    mutant.remove(at);
                }
                1 => mutant[at] = odd[random(odd.len())],
                2 => mutant.insert(at, words[random(words.len())]),
                _ => mutant.swap(at, random(words.len() - 8)),
            }
        }
        refused += u32::from(checked(&mutant.join(" ")).await.is_err());
    }
    assert!(refused > MUTANTS / 2, "{refused} of {MUTANTS}");
}
