//! Rules tried on a county before they warn: one household, another line, the past, the clauses, the indicators, the ledger.
//! Here because who changes a line wants to see whom it meets, and who doubts a warning what was compared with what.
//! In: the demo's county with the whole rule book. Out: what the commands say, against the warnings that stand.
//! Not here: what rules find (demo), their examples (rules).

use crate::demo;
use crate::site::Site;
use serde_json::Value;

#[test]
fn a_rule_is_tried_on_a_county_before_it_warns_anybody() {
    let (site, _) = demo::made(2_000, 41);
    every_clause_is_answered(&site);
    let found = one_household_is_judged_condition_by_condition(&site);
    another_line_meets_others(&site, found);
    indicators_say_their_figures_or_what_is_missing(&site);
    the_ledger_has_a_row_a_household(&site, found);
}

fn every_clause_is_answered(site: &Site) {
    let coverage = site.ask(&["rule", "coverage"]);
    for empty in ["unmapped", "missing", "stray"] {
        assert_eq!(coverage[empty], serde_json::json!([]), "{coverage}");
    }
    assert_eq!(coverage["clauses"].as_array().map(Vec::len), Some(35));
    assert!(coverage["rules"].as_u64() >= Some(100), "{}", coverage["rules"]);
}

/// How many A01 finds.
fn one_household_is_judged_condition_by_condition(site: &Site) -> usize {
    let truth = site.truth();
    let planted = truth["rules"]["A01"]["planted"].as_array().expect("planted");
    let one = &planted[0];
    let number = one["subject"].as_str().expect("a number");
    let judged = site.ask(&["rule", "eval", "A01", "--household", number]);
    let row = &judged["rows"][0];
    assert_eq!(row["verdict"]["state"], "found", "{judged}");
    assert_eq!(row["verdict"]["band"], one["band"], "{judged}");
    let conditions = row["conditions"].as_array().expect("conditions");
    assert_eq!(conditions.len(), 3, "{judged}");
    assert!(
        conditions
            .iter()
            .all(|condition| condition["column"] == "per_capita_fen" && condition["actual"].is_i64()),
        "{judged}"
    );
    let cell = &row["cells"][0];
    assert!(
        cell["locator"].as_str().is_some_and(|place| place.contains('!')),
        "{judged}"
    );
    let nobody = site.hub(&["rule", "eval", "A01", "--household", "0"]).ended(4);
    assert!(nobody.stderr.contains("no such subject"), "{}", nobody.stderr);
    planted.len()
}

fn another_line_meets_others(site: &Site, found: usize) {
    let diff = site.ask(&["rule", "diff", "A01", "--set", "income_attention_line=12000"]);
    assert_eq!(diff["found_now"], found, "{diff}");
    let new = diff["new"].as_array().map_or(0, Vec::len);
    assert!(new > 0 && diff["gone"] == serde_json::json!([]), "{diff}");
    let wrong = site
        .hub(&["rule", "diff", "A01", "--set", "income_atention_line=1"])
        .ended(2);
    assert!(
        wrong.stderr.contains("did you mean \"income_attention_line\""),
        "{}",
        wrong.stderr
    );
    // Everything was committed today: of the months before nothing was known.
    let months = site.ask(&["rule", "backtest", "A01", "--from", "2020-01", "--to", "2020-02"]);
    let months = months.as_array().expect("months");
    assert_eq!(months.len(), 2);
    assert!(months.iter().all(|month| month["not_computable"].is_string()));
    let this_month = today_month();
    let known = site.ask(&[
        "rule",
        "backtest",
        "A01",
        "--from",
        &this_month,
        "--to",
        &this_month,
    ]);
    assert_eq!(known[0]["found"], found, "{known}");
}

/// This month in China, as the hub counts days.
fn today_month() -> String {
    let mut date = std::process::Command::new("date");
    date.env("TZ", "Asia/Shanghai").arg("+%Y-%m");
    let said = date.output().expect("date");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

fn indicators_say_their_figures_or_what_is_missing(site: &Site) {
    let file = site.path("kpi.xlsx");
    let lines = site.ask(&["kpi", "report", "--out", &file.to_string_lossy()]);
    let lines = lines.as_array().expect("lines");
    let of = |kpi: &str| -> Vec<&Value> { lines.iter().filter(|line| line["kpi"] == kpi).collect() };
    let reserved = of("K7");
    assert!(
        reserved
            .iter()
            .any(|line| line["numerator"].is_i64() && line["denominator"].is_i64() && line["value"].is_i64()),
        "{reserved:?}"
    );
    let growth = of("K1");
    let reason = growth[0]["not_computable"].as_str().expect("a reason");
    assert!(reason.contains("kpi_input missing"), "{reason}");
    assert!(
        lines
            .iter()
            .all(|line| line["wording"].as_str().is_some_and(|w| !w.is_empty()))
    );
    assert!(file.is_file());
}

fn the_ledger_has_a_row_a_household(site: &Site, found: usize) {
    let file = site.path("ledger.xlsx");
    let export = |group: &str| {
        let file = file.to_string_lossy().into_owned();
        site.hub(&["ledger", "export", "--group", group, "--out", &file, "-o", "json"])
    };
    let written = export("below-10000").good().json();
    assert_eq!(
        (&written["households"], &written["masked"]),
        (&found.into(), &true.into()),
        "{written}"
    );
    let unknown = export("below-1000").ended(4).stderr;
    assert!(unknown.contains("below-10000"), "{unknown}");
}
