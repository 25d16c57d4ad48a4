//! Rules from outside: listed, tried by their own examples, and what is wrong told by name.
//! Here because whoever changes a rule must see what it says now before anybody is warned.
//! In: the shipped rules, one made wrong. Out: exit codes, lists, sentences.
//! Not here: what rules find (demo), every mistake a file can have (engine).

use std::fs;

use crate::site::Site;

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
    // What cannot be computed at all is refused when it is loaded, before anything is asked of the county.
    rule(
        "X03",
        "regexp_like(h.household_no, '((((a{1000}){1000}){1000}){1000})')",
        "",
    );
    let bomb = site.hub(&["check", "--push-wait", "0"]).ended(78).stderr;
    assert!(bomb.contains("X03.toml:"), "{bomb}");
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
