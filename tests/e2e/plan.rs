//! What changed files would do, told before anybody has them loaded, and what they then do.
//! Here because a forecast that is not what happens is worse than none.
//! In: a service, edited files. Out: what comes, goes and changes; the next fires; what opens and clears.
//! Not here: loading them (reload).

use serde_json::{Value, json};

use crate::reload::draw;
use crate::site::Site;

const CHECKS: &str = "config/schedules.toml";

/// The change of the object `id` in `plan`.
fn change<'a>(plan: &'a Value, id: &str) -> &'a Value {
    let changes = plan["changes"].as_array().expect("changes");
    let found = changes.iter().find(|change| change["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {plan}"))
}

#[test]
fn where_nothing_was_ever_loaded_everything_is_new() {
    let site = Site::new(1_000, 211);
    let plan = site.ask(&["plan"]);
    assert_eq!((&plan["before"], &plan["changed"]), (&Value::Null, &true.into()));
    for (id, kind) in [("roster", "connector"), ("A01", "rule"), ("platform", "channel")] {
        let change = change(&plan, id);
        assert_eq!(
            (&change["kind"], &change["change"]),
            (&kind.into(), &"added".into())
        );
    }
    assert!(!site.path("data").exists(), "something was written");
}

#[test]
fn what_is_planned_is_what_happens() {
    let site = Site::new(1_000, 212);
    let planted = site.planted();
    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.nightly\"\ncron = \"30 18 * * *\"\n[[schedule]]\nid = \"check.gone\"\ncron = \"0 5 * * *\"\n",
    );
    let service = site.serve();
    assert_eq!(site.run_all()["warnings"]["opened"], planted);
    let plan = site.ask(&["plan"]);
    assert_eq!(
        (&plan["changed"], &plan["changes"]),
        (&false.into(), &json!([])),
        "{plan}"
    );
    let before = site.ask(&["status"])["configuration"].clone();
    assert_eq!(plan["before"], before);

    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.nightly\"\ncron = \"0 6 * * *\"\n[[schedule]]\nid = \"check.more\"\nevery = \"1h\"\n",
    );
    site.edit(
        "config/connectors/roster.toml",
        "title = ",
        "batch_rows = 100\ntitle = ",
    );
    let lines = draw(&site);
    let plan = site.ask(&["plan"]);
    for (id, how) in [
        ("check.nightly", "changed"),
        ("check.gone", "removed"),
        ("check.more", "added"),
        ("roster", "changed"),
    ] {
        assert_eq!(change(&plan, id)["change"], how, "{plan}");
    }
    assert_eq!(
        change(&plan, "check.nightly")["keys"],
        json!([{ "key": "cron", "before": "30 18 * * *", "after": "0 6 * * *" }])
    );
    assert_eq!(
        change(&plan, "roster")["keys"],
        json!([{ "key": "batch_rows", "before": null, "after": "100" }])
    );
    let changes = plan["changes"].as_array().expect("changes");
    let line = changes.iter().find(|change| change["kind"] == "parameter");
    let amounts = &line.expect("a line")["keys"][0]["after"];
    assert!(
        amounts.as_str().is_some_and(|yuan| yuan.ends_with(".00")),
        "{plan}"
    );
    // Half past six in the evening before, six in the morning after; in China, where these are 10:30 and 22:00 of UTC.
    let moved = |id: &str| {
        let moved = plan["schedules"].as_array().expect("schedules").iter();
        moved
            .clone()
            .find(|moved| moved["schedule"] == id)
            .cloned()
            .expect(id)
    };
    let of_day = |at: &Value| at.as_i64().map(|ms| ms % 86_400_000 / 60_000);
    let nightly = moved("check.nightly");
    assert_eq!(of_day(&nightly["before"][0]), Some(10 * 60 + 30), "{nightly}");
    assert_eq!(of_day(&nightly["after"][0]), Some(22 * 60), "{nightly}");
    assert_eq!(moved("check.gone")["after"], json!([]));
    assert_eq!(moved("check.more")["before"], json!([]));
    // Hardly anybody is below three yuan.
    let effects = &plan["effects"];
    let of_rule = effects["rules"][0].clone();
    let clear = of_rule["clear"].as_u64().expect("a number");
    assert_eq!(
        (&of_rule["rule"], &of_rule["open"]),
        (&"A01".into(), &0.into()),
        "{plan}"
    );
    assert!(clear > 0 && of_rule["keep"] == planted - clear, "{plan}");
    let departments = effects["by_department"].as_object().expect("departments");
    let cleared: u64 = departments
        .values()
        .filter_map(|counts| counts["clear"].as_u64())
        .sum();
    assert_eq!(cleared, clear, "{plan}");
    let text = site.hub(&["plan"]).good().stdout;
    for told in [
        "~ 调度 check.nightly",
        "cron: 30 18 * * * → 0 6 * * *",
        "- 调度 check.gone",
        "+ 调度 check.more",
        "接下来的触发",
        "对预警的影响",
        "hub reload",
    ] {
        assert!(text.contains(told), "{told} not in {text}");
    }
    // Nothing of all this was written, and it is what then happens.
    assert_eq!(site.ask(&["status"])["configuration"], before);
    site.ask(&["reload"]);
    assert_eq!(site.ask(&["plan"])["changed"], false);
    assert_eq!(site.ask(&["check"])["warnings"]["cleared"], clear);
    for (file, text) in lines {
        site.write(file, &text);
    }
    let plan = site.ask(&["plan"]);
    assert_eq!(plan["effects"]["rules"][0]["open"], clear, "{plan}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn what_a_reload_would_refuse_is_told_by_the_plan() {
    let site = Site::new(1_000, 213);
    site.run_all();
    site.edit("config/conf.d/site.toml", "127.0.0.1:0", "127.0.0.1:1");
    let plan = site.ask(&["plan"]);
    assert!(
        plan["restart"]
            .as_str()
            .is_some_and(|why| why.contains("listen") && why.contains("重启")),
        "{plan}"
    );
    site.edit("config/conf.d/site.toml", "127.0.0.1:1", "127.0.0.1:0");
    // A rule that does not plan, and a file that does not read.
    let rule = site.read("config/rules/A01.toml");
    site.write("config/rules/A01.toml", &rule.replace("FROM", "FORM"));
    let refused = site.hub(&["plan", "-o", "json"]).ended(78).json();
    assert!(
        refused["refused"][0]
            .as_str()
            .is_some_and(|why| why.contains("A01.toml:")),
        "{refused}"
    );
    site.write("config/rules/A01.toml", &rule);
    site.edit("config/channels.toml", "kind = \"webhook\"", "kind = \"webhok\"");
    let refused = site.hub(&["plan"]).ended(78).stderr;
    assert!(refused.contains("channels.toml:"), "{refused}");
}
