//! Rules from outside: listed, tried by their own examples, and what is wrong told by name.
//! Here because whoever changes a rule must see what it says now before anybody is warned.
//! In: the shipped rules, one made wrong. Out: exit codes, lists, sentences.
//! Not here: what rules find (demo), every mistake a file can have (engine).

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
