//! Rules from outside: listed, tried by their own examples, and what is wrong told by name.
//! Here because whoever changes a rule must see what it says now before anybody is warned.
//! In: the shipped rules, one made wrong. Out: exit codes, lists, sentences.
//! Not here: what rules find (demo), every mistake a file can have (engine).

use std::fs;

use crate::site::{RUN_ALL, Site};

#[test]
fn rules_are_listed_and_their_examples_are_run_by_name() {
    let site = Site::new(1_000, 31);
    let listed = site.ask(&["rule", "list"]);
    let first = &listed[0];
    assert_eq!(
        (&first["id"], &first["clause"]),
        (&"A01".into(), &"2".into()),
        "{listed}"
    );
    assert_eq!(first["bands"][0]["of"], "monitoring_line", "{first}");
    let tried = site.hub(&["rule", "test", "A01"]).good().stdout;
    assert!(
        tried.contains("ok    A01：三档收入线") && tried.contains("0 个不符"),
        "{tried}"
    );
    let said = site.hub(&["rule", "test", "A02"]).ended(4).stderr;
    assert!(said.contains("did you mean \"A01\""), "{said}");

    // An example that says something else than the SQL: the others are still run.
    site.edit("config/rules/A01.toml", "clean = [4, 6, 8]", "clean = [4, 6]");
    let tried = site.hub(&["rule", "test"]).ended(1).stdout;
    assert!(
        tried.contains("FAIL  A01：三档收入线") && tried.contains("expected {4, 6} to be clean"),
        "{tried}"
    );
    assert!(tried.contains("ok    A01：监测线未填写"), "{tried}");

    // SQL that does not plan.
    site.edit(
        "config/rules/A01.toml",
        "i.net_income_fen, i.people_year,",
        "i.net_incom_fen, i.people_year,",
    );
    let tried = site.hub(&["rule", "test", "-o", "json"]).ended(1).json();
    let wrong = tried[0]["wrong"].as_str().expect("what is wrong");
    assert!(
        wrong.contains("rules/A01.toml:") && wrong.contains("net_income_fen"),
        "{wrong}"
    );
}

/// what stands in A01 | the mistake | where it is, if that is told to the column | what is said
const MISTAKES: &str = r#"
measure = "per_capita_fen" | measur = "per_capita_fen"  | 1 | did you mean `measure`
h.no_labour,               | h.no_labor,                |   | h.no_labour
h.risk_removed IS TRUE     | h.risk_removed IS NOT TRUE |   | example
"#;

#[test]
fn a_rule_file_that_cannot_be_used_holds_up_no_other_and_clears_nothing() {
    let site = Site::new(1_000, 36);
    let good = site.read("config/rules/A01.toml");
    site.write(
        "config/rules/X09.toml",
        "id = \"X09\"\nversion = 1\ncategory = \"收入\"\ntitle = \"试\"\nclause = \"2\"\ndepartment = \"乡村振兴\"\n\
         subject = \"household\"\nclears_when = \"试。\"\ntables = [\"household\"]\nsentence = \"试\"\n\
         sql = '''\nSELECT h.household_id AS subject, h.county IS NULL AS is_found FROM household h\n'''\n\
         [[band]]\nname = \"found\"\nseverity = \"blue\"\nwhen = \"is_found\"\nsays = \"试\"\n\
         [[example]]\nname = \"空\"\nas_of = 2023-11-06\ntables.household = []\nexpect = []\n",
    );
    let check = ["check", "--push-wait", "0", "-o", "json"];
    let report = site.hub(&RUN_ALL).good().json();
    assert_eq!(report["warnings"]["opened"], site.planted(), "{report}");
    let expect = |report: &serde_json::Value, says: &str| {
        assert_eq!(report["rules"]["evaluated"], 1, "{report}");
        let changes = ["opened", "changed", "cleared"].map(|change| report["warnings"][change].as_u64());
        assert_eq!(changes, [Some(0); 3], "{report}");
        let refused = &report["rules"]["refused"][0];
        let why = refused["why"].as_str().unwrap_or_default();
        assert!(
            refused["rule"] == "A01" && why.contains("rules/A01.toml:") && why.contains(says),
            "{says:?} not in {report}"
        );
        why.to_owned()
    };
    for mistake in MISTAKES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = mistake.split('|').map(str::trim).collect();
        let [right, wrong, column, says] = cells[..] else {
            panic!("four cells: {mistake}")
        };
        site.edit("config/rules/A01.toml", right, wrong);
        let why = expect(&site.hub(&check).ended(3).json(), says);
        if !column.is_empty() {
            let lines = site.read("config/rules/A01.toml");
            let line = lines
                .lines()
                .position(|line| line.starts_with(wrong))
                .expect("the mistake")
                + 1;
            assert!(why.contains(&format!("rules/A01.toml:{line}:{column}:")), "{why}");
        }
        let tried = site.hub(&["rule", "test"]).ended(1).stdout;
        assert!(
            tried.contains("FAIL  A01") && tried.contains("ok    X09"),
            "{tried}"
        );
        let status = site.hub(&["status"]).good().stdout;
        assert!(status.contains("A01: 规则文件未采用 refused: "), "{status}");
        site.write("config/rules/A01.toml", &good);
    }

    // A service starts, says so, and works.
    site.edit("config/rules/A01.toml", "h.no_labour,", "h.no_labor,");
    let started = site.serve();
    expect(&site.hub(&check).ended(3).json(), "h.no_labour");
    assert_eq!(started.stop(), Some(0));
}

#[test]
fn a_rule_without_end_is_stopped_at_its_limit_and_the_others_run() {
    let site = Site::new(2_000, 35);
    let shipped = site.read("config/rules/A01.toml");
    let (_, rest) = shipped.split_once("[[example]]").expect("examples");
    let (_, example) = rest.split_once("name = ").expect("a name");
    assert!(!example.is_empty());
    let rule = |id: &str, condition: &str, more: &str| {
        let text = format!(
            "id = \"{id}\"\nversion = 1\ncategory = \"收入\"\ntitle = \"试\"\nclause = \"2\"\ndepartment = \"乡村振兴\"\n\
             subject = \"household\"\nclears_when = \"试。\"\ntables = [\"household\", \"membership\"]\nsentence = \"{{household_no}}\"\n\
             sql = '''\nSELECT h.household_id AS subject, h.household_no, {condition} AS is_found\nFROM household h{more}\n'''\n\
             [[band]]\nname = \"found\"\nseverity = \"blue\"\nwhen = \"is_found\"\nsays = \"试\"\n\
             [[example]]\nname = \"空\"\nas_of = 2023-11-06\ntables.household = []\nexpect = []\n"
        );
        site.write(&format!("config/rules/{id}.toml"), &text);
    };
    let everybody = " CROSS JOIN membership a CROSS JOIN membership b";
    rule("X01", "true", everybody);
    rule(
        "X02",
        "a.person_id >= b.person_id",
        &format!("{everybody} CROSS JOIN membership c"),
    );
    // What cannot be computed at all is refused when it is tried, before anything is asked of the county.
    rule(
        "X03",
        "regexp_like(h.household_no, '((((a{1000}){1000}){1000}){1000})')",
        "",
    );
    let bomb = site.hub(&["check", "--push-wait", "0"]).ended(3).stdout;
    assert!(
        bomb.contains("未采用 not used  X03: ") && bomb.contains("X03.toml:"),
        "{bomb}"
    );
    fs::remove_file(site.path("config/rules/X03.toml")).expect("removable");
    let started = site.serve();
    let report = site.run_all();
    assert_eq!(
        (&report["rules"]["evaluated"], &report["rules"]["not_computable"]),
        (&1.into(), &2.into()),
        "{report}"
    );
    assert_eq!(report["warnings"]["opened"], site.planted(), "{report}");
    let notes = report["rules"]["notes"].to_string();
    for said in ["X01.toml:", "X02.toml:", "1000000 rows"] {
        assert!(notes.contains(said), "{said} not in {notes}");
    }
    assert_eq!(started.stop(), Some(0), "the hub lives on");
}
