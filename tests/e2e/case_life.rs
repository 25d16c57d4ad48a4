//! A case from its warning to its end: who does what, what is told when, what clears and what comes back.
//! Here because a warning that nobody may answer, or that clears by an accident of the data, is worse than none.
//! In: a county with rule A01, its days and lines moved, fresh deliveries of another office. Out: cases, warnings, the log.
//! Not here: every move and every clock (model, runtime); 1,000 random outages (runtime).

use std::fs;

use serde_json::{Value, json};

use crate::office::{self, CONNECTOR, ROWS, file, month, write};
use crate::site::Site;

const A01: &str = "config/rules/A01.toml";
const LINES: &str = "config/parameters.local.toml";
/// A Monday; the day of the demo too.
const MONDAY: &str = "2023-11-06";

fn on_day(site: &Site, day: &str) {
    let file = "config/conf.d/site.toml";
    let text = site.read(file);
    let lines = text.lines().filter(|line| !line.starts_with("as_of"));
    let kept: Vec<&str> = lines.collect();
    let text = kept.join("\n");
    site.write(
        file,
        &text.replacen("[hub]", &format!("[hub]\nas_of = \"{day}\""), 1),
    );
}

fn check(site: &Site) -> Value {
    site.ask(&["check", "--push-wait", "0"])
}

fn cases(site: &Site, more: &[&str]) -> Vec<Value> {
    let listed = site.ask(&[&["case", "list", "--limit", "1000"][..], more].concat());
    listed.as_array().expect("cases").clone()
}

fn id(case: &Value) -> String {
    case["id"].as_str().expect("an id").to_owned()
}

/// Does something to a case, said as in a shell.
fn act(site: &Site, case: &str, said: &str) -> Value {
    let words: Vec<&str> = said.split_whitespace().collect();
    site.ask(&[&["case", "act", case][..], &words].concat())
}

/// The same, refused.
fn refused(site: &Site, case: &str, said: &str, code: i32) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    let outcome = site.hub(&[&["case", "act", case][..], &words].concat());
    outcome.ended(code).stderr
}

/// Lowers every line of A01 far below zero, so that nobody is below.
fn nobody_is_poor(site: &Site) -> String {
    let before = site.read(LINES);
    let mut text = before.clone();
    let lines = ["monitoring_line", "low_income_standard", "income_attention_line"];
    for (name, yuan) in lines.into_iter().zip(-1_000_003..) {
        text.push_str(&format!(
            "\n[[parameter]]\nname = \"{name}\"\ntitle = \"线\"\nunit = \"yuan\"\nvalue = \"{yuan}\"\nfrom = 2023-10-02\ndocument = \"synthetic\"\n"
        ));
    }
    site.write(LINES, &text);
    before
}

#[test]
fn a_case_goes_from_hand_to_hand_until_it_is_closed_and_its_rule_is_known_by_the_answers() {
    let site = Site::new(1_000, 31);
    on_day(&site, MONDAY);
    let warnings = site.planted();
    site.run_all();
    let all = cases(&site, &[]);
    assert_eq!(all.len() as u64, warnings);
    let scores: Vec<(Option<u64>, bool)> = all
        .iter()
        .map(|case| (case["score"].as_u64(), case["severity"] == "orange"))
        .collect();
    assert!(
        scores.is_sorted_by_key(|(score, grave)| std::cmp::Reverse((*grave, *score))),
        "the gravest first, then who has most points: {scores:?}"
    );
    let (one, other) = (id(&all[0]), id(&all[1]));

    // What is not allowed is said, with what is.
    let said = refused(&site, &one, "close --role county --text 试", 7);
    assert!(said.contains("dispatch"), "{said}");
    let county = "--actor 县办甲 --role county";
    let office = "--actor 民政乙 --role department";
    act(&site, &one, &format!("dispatch {county}"));
    let accept = format!("accept {office} --key k1");
    act(&site, &one, &accept);
    let again = act(&site, &one, &accept);
    assert_eq!(again["repeated"], true, "{again}");
    let said = refused(&site, &one, &format!("verify {office}"), 2);
    assert!(said.contains("--text"), "{said}");
    let verify = format!("verify {office} --text 入户属实 --date {MONDAY}");
    let stale = again["version"].as_u64().expect("a version") - 1;
    refused(&site, &one, &format!("{verify} --if-version {stale}"), 8);
    act(&site, &one, &verify);
    let handle = format!("handle {office} --measure employment --text 已介绍就业 --date {MONDAY}");
    act(&site, &one, &handle);
    // Who said what came of it does not close it.
    refused(&site, &one, "close --role county --actor 民政乙", 7);
    act(&site, &one, &format!("close {county}"));
    for said in [
        format!("dispatch {county}"),
        format!("accept {office}"),
        format!("reject {office} --reason-code data_wrong --text 收入少填"),
        format!("close {county}"),
    ] {
        act(&site, &other, &said);
    }
    let shown = site.hub(&["case", "show", &one]).good().stdout;
    for words in ["办结", "就业", "民政乙", "排序 score", "规则往绩"] {
        assert!(shown.contains(words), "{words} not in {shown}");
    }

    let stats = site.ask(&["rule", "stats"]);
    let rule = &stats["rules"][0];
    assert_eq!(
        (
            &rule["rule"],
            &rule["fired"],
            &rule["verified"],
            &rule["rejected"]
        ),
        (&json!("A01"), &json!(warnings), &json!(1), &json!(1)),
        "{stats}"
    );
    assert_eq!(rule["precision_permille"], 500, "{stats}");
    assert_eq!(rule["rejected_because"], json!({ "data_wrong": 1 }), "{stats}");
    assert_eq!(rule["median_days_to_close"], 0, "{stats}");
    assert_eq!(
        rule["suggestion"],
        Value::Null,
        "two answers suggest nothing: {stats}"
    );
    let sources = stats["sources"].as_array().expect("sources");
    assert!(
        sources
            .iter()
            .any(|source| source["stream"] == "roster/incomes" && source["blamed"] == 1),
        "{stats}"
    );
    let words = site.hub(&["rule", "stats", "A01"]).good().stdout;
    assert!(words.contains("50.0%") && words.contains("数据错误 1"), "{words}");

    // Closed cases stay closed while their warnings merely stand, and the log holds it all.
    let report = check(&site);
    assert_eq!(report["cases"]["reopened"], 0, "{report}");
    assert_eq!(cases(&site, &[]).len() as u64, warnings - 2);
    let verified = site.ask(&["audit", "verify"]);
    assert!(verified["entries"].as_u64() > Some(8), "{verified}");
}

#[test]
fn a_warning_clears_after_its_clean_evaluations_of_new_data_and_comes_back() {
    let site = office::site(&["fell"]);
    on_day(&site, MONDAY);
    let rule = site.read(A01);
    assert!(!rule.contains("[life]"));
    site.write(
        A01,
        &rule.replacen("[[band]]", "[life]\nclear_after = 3\n\n[[band]]", 1),
    );
    let deliver = |number: usize| {
        write(
            &file(&site, "fell", &format!("2023{number:02}")),
            &month(number, ROWS + number),
        );
    };
    deliver(7);
    let open = site.run_all()["warnings"]["opened"].as_u64().expect("a count");
    assert_eq!(open, site.planted());
    let standing = || site.ask(&["status"])["open_warnings"].clone();

    let lines = nobody_is_poor(&site);
    for _ in 0..3 {
        assert_eq!(
            check(&site)["warnings"]["cleared"],
            0,
            "another line counts once, the same data over again says nothing new"
        );
    }
    deliver(8);
    assert_eq!(site.run(CONNECTOR).good().json()["warnings"]["cleared"], 0);
    assert_eq!(standing(), open);
    deliver(9);
    let report = site.run(CONNECTOR).good().json();
    assert_eq!(
        (&report["warnings"]["cleared"], standing()),
        (&json!(open), json!(0)),
        "{report}"
    );
    assert_eq!(cases(&site, &[]).len() as u64, open, "a person closes");

    // Poor again: the same warnings in the same cases.
    let before: Vec<String> = cases(&site, &[]).iter().map(id).collect();
    site.write(LINES, &lines);
    deliver(10);
    site.run(CONNECTOR).good();
    assert_eq!(standing(), open);
    assert_eq!(
        cases(&site, &[])
            .iter()
            .map(id)
            .collect::<std::collections::BTreeSet<_>>(),
        before.into_iter().collect()
    );
}

#[test]
fn what_is_exempt_or_silenced_is_kept_and_not_pushed() {
    let (site, platform) = Site::with_platform(1_000, 32);
    on_day(&site, MONDAY);
    let silence = [
        "silence",
        "add",
        "--rule",
        "A01",
        "--until",
        "2023-11-30",
        "--reason",
        "系统切换",
    ];
    site.hub(&silence).good();
    let report = site.run_all();
    assert_eq!(
        report["warnings"]["quiet"], report["warnings"]["opened"],
        "{report}"
    );
    assert_eq!(platform.count("received"), 0);
    let one = cases(&site, &[])[0].clone();
    let subject = format!("household/{}", one["subject"]["id"]);
    let exempt = [
        "exempt",
        "add",
        "--subject",
        &subject,
        "--rule",
        "A01",
        "--reason-code",
        "policy_exception",
    ];
    let more = ["--text", "兜底保障户", "--until", "2024-11-05"];
    site.hub(&[&exempt[..], &more].concat()).good();
    site.hub(&["silence", "end", "1", "--reason", "已切换"]).good();
    site.ask(&["check"]);
    let told = platform.count("received");
    assert_eq!(told, site.planted() - 1, "all but the exempt one");
    let shown = site.hub(&["case", "show", &id(&one)]).good().stdout;
    assert!(shown.contains("exempt/1"), "{shown}");
    site.hub(&["exempt", "end", "1", "--reason", "情况有变"]).good();
    site.ask(&["check"]);
    assert_eq!(platform.count("received"), told + 1);
}

#[test]
fn a_rule_that_opens_too_much_is_held_until_a_person_releases_it() {
    let site = Site::new(1_000, 33);
    on_day(&site, MONDAY);
    let rule = site.read(A01);
    site.write(A01, &rule.replacen("[[band]]", "[life]\nmost = 1\n\n[[band]]", 1));
    let report = site.run_all();
    assert_eq!(report["warnings"]["opened"], 0, "{report}");
    assert_eq!(report["held_rules"][0]["rule"], "A01", "{report}");
    assert!(cases(&site, &[]).is_empty());
    let held = site.hub(&["check", "held"]).good().stdout;
    assert!(held.contains("A01"), "{held}");
    site.hub(&[
        "check",
        "release",
        "A01",
        "--reason",
        "新接入，逐条核过",
        "--push-wait",
        "0",
    ])
    .good();
    assert_eq!(cases(&site, &[]).len() as u64, site.planted());
    site.hub(&["check", "release", "A01", "--reason", "再来"])
        .ended(4);
}

#[test]
fn clocks_run_over_working_days_and_the_rate_of_what_was_verified_in_time_is_told() {
    let site = Site::new(1_000, 34);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/rules/K11-verified.toml");
    on_day(&site, MONDAY);
    fs::copy(shipped, site.path("config/rules/K11-verified.toml")).expect("the rule");
    site.run_all();
    let all = cases(&site, &[]);
    let kpi = || site.ask(&["kpi", "report"]).as_array().expect("lines").clone();
    assert!(kpi()[0]["value"].is_null(), "nothing is due yet");
    let yellow = all
        .iter()
        .find(|case| case["severity"] == "yellow")
        .expect("a yellow one");
    assert_eq!(yellow["due"], "2023-11-13", "five working days");
    let verified = id(yellow);
    act(&site, &verified, "dispatch --role county");
    act(&site, &verified, "accept --role department");
    let verify = format!("verify --role department --text 属实 --date {MONDAY}");
    act(&site, &verified, &verify);

    // Blue ones have ten working days, until the 20th.
    on_day(&site, "2023-11-20");
    let report = check(&site);
    let late = cases(&site, &["--overdue"]);
    let blue = all.iter().filter(|case| case["severity"] == "blue").count();
    assert_eq!(late.len(), all.len() - blue - 1, "{report}");
    assert_eq!(report["cases"]["overdue"], late.len(), "{report}");
    assert!(late.iter().all(|case| id(case) != verified));
    let lines = kpi();
    let city = lines
        .iter()
        .find(|line| line["area"] == "全市")
        .expect("the city");
    assert_eq!(
        (&city["numerator"], &city["denominator"], &city["breached"]),
        (&json!(1), &json!(all.len() - blue), &json!(true)),
        "{city}"
    );
    let county = cases(&site, &["--department", "乡村振兴"]);
    assert!(
        county.iter().any(|case| case["rules"] == json!(["K11-verified"])),
        "the breach is a warning of its own"
    );
}
