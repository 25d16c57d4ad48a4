//! A source that fails opens nothing and clears nothing.
//! Here because a broken export must never look like good news.
//! In: a workbook replaced by garbage, then repaired. Out: run, rules, warnings before, during and after.
//! Not here: how a plugin can fail (hostile).

use crate::site::Site;

const INCOMES: &str = "inbox/roster/incomes-2023.xlsx";

#[test]
fn a_failing_source_leaves_every_warning_as_it_was_and_its_rules_undecided() {
    let (site, platform) = Site::with_platform(1_500, 8);
    let planted = site.planted();
    site.run_all();
    let (whole, open) = (site.path(INCOMES), site.ask(&["status"])["open_warnings"].clone());
    assert_eq!(open, planted);
    let kept = std::fs::read(&whole).expect("the workbook");

    std::fs::write(&whole, "this is no workbook").expect("written");
    let outcome = site.run("--all");
    let report = outcome.ended(3).json();
    let failed = &report["failed"][0];
    assert_eq!(failed["connector"], "roster", "{report}");
    assert!(
        failed["message"]
            .as_str()
            .is_some_and(|why| why.contains("incomes-2023.xlsx")),
        "{failed}"
    );
    let rules = &report["rules"];
    assert_eq!(
        (&rules["evaluated"], &rules["not_computable"]),
        (&0.into(), &1.into()),
        "{rules}"
    );
    assert!(
        rules["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("stale")),
        "{rules}"
    );
    for change in ["opened", "changed", "cleared"] {
        assert_eq!(report["warnings"][change], 0, "{report}");
    }
    let status = site.ask(&["status"]);
    assert_eq!(status["open_warnings"], planted, "{status}");
    assert_eq!(status["last_runs"][0]["state"], "failed", "{status}");
    assert_eq!(status["not_computable"][0][0], "A01", "{status}");

    // A check alone changes nothing about that either.
    let check = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(
        (&check["rules"]["evaluated"], &check["warnings"]["cleared"]),
        (&0.into(), &0.into()),
        "{check}"
    );

    std::fs::write(&whole, kept).expect("written");
    let report = site.run_all();
    assert_eq!(
        (&report["rules"]["evaluated"], &report["warnings"]["kept"]),
        (&1.into(), &planted.into()),
        "{report}"
    );
    assert_eq!(platform.count("received"), planted);
}
