//! Schedules as they are written: mistakes, what is shipped, what is shown before anything runs.
//! Here because a schedule that never fires is found by nobody unless it is found when it is written.
//! In: one mistake in an otherwise good file; the shipped files. Out: exit code 78 and a line to go to; lists of fires.
//! Not here: running (schedules).

use serde_json::Value;

use crate::site::Site;

const ROSTER: &str = "config/connectors/roster.toml";
const CHECKS: &str = "config/schedules.toml";

/// file | what is written | where the mistake stands | what is said
const MISTAKES: &str = r#"
roster    | cron = "30 18 * *"                            | "30 18            | 有 4 段，应为 5 段
roster    | cron = "0 30 18 * * 1"                        | "0 30             | 秒级调度请用 every
roster    | cron = "0 9 30 2 *"                           | "0 9 30           | 五年内没有一次触发
roster    | cron = "0 9 13 * 5"                           | "0 9 13           | day_match
roster    | cron = "0 25 * * *"                           | "0 25             | 第 2 段（时 hour）
roster    | cron = "@dayly"                               | "@dayly           | did you mean "@daily"
roster    | cron = "0 0 9 ? * 9"~dialect = "quartz"       | "0 0 9            | quartz
roster    | crn = "30 18 * * *"                           | crn               | did you mean `cron`
roster    | every = "30"                                  | "30"              | 时长
roster    | every = "30s"~cron = "@daily"                 | "30s"             | 只写一个
roster    | every = "30s"~shift = "next"~on = "workday"   | "next"            | shift
roster    | jitter = "5m"                                 | [[schedule]]      | 之一
roster    | cron = "@daily"~timezone = "Asia/Shangai"     | "Asia/Shangai"    | did you mean "Asia/Shanghai"
roster    | cron = "@daily"~calendar = "cn-workdays"      | "cn-workdays"     | did you mean "cn-workday"
roster    | cron = "@daily"~misfire = "run_onec"          | "run_onec"        | did you mean `run_once`
roster    | cron = "@daily"~window = { after = 18:00, before = 18:00 } | { after | 不可相同
roster    | cron = "@daily"~window = { after = 25:00, before = 18:00 } | 25:00   | hour
roster    | cron = "@daily"~window = { aftr = 18:00, before = 06:00 }  | aftr    | did you mean `after`
roster    | cron = "@daily"~retry = { max = 3, on = ["auth"] }         | "auth"  | 重试无用
roster    | cron = "@daily"~retry = { max = 3, on = ["con"] }          | "con"   | did you mean "conn"
roster    | cron = "@daily"~after = ["check.nigtly"]                   | "check.nigtly" | did you mean "check.nightly"
roster    | cron = "@daily"~after = ["check.nightly"]                  | "check.nightly" | 绕成了圈
roster    | cron = "@daily"~id = "check.roster"                        | "check.roster"  | 不以 "check."
roster    | cron = "@daily"~[[schedule]]~cron = "@hourly"              | [[schedule]]~cron = "@hourly" | 另须写 id
roster    | cron = "@daily"~id = "retention.roster"                    | "retention.roster" | 不以 "check."、"retention." 开头
schedules | id = "nightly"~cron = "@daily"                             | "nightly" | 以 "check." 或 "retention." 开头
schedules | cron = "@daily"                                            | [[schedule]] | 须有编号
"#;

#[test]
fn a_mistake_in_a_schedule_is_told_with_its_place_and_what_was_meant() {
    let site = Site::new(1_000, 85);
    let checks = "[[schedule]]\nid = \"check.nightly\"\nafter = [\"pull.roster\"]\n";
    site.write(CHECKS, checks);
    let roster = site.read(ROSTER);
    let good = format!("{roster}\n[[schedule]]\ncron = \"@daily\"\n");
    site.write(ROSTER, &good);
    site.hub(&["schedule", "list"]).good();
    for mistake in MISTAKES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<String> = mistake
            .split(" | ")
            .map(|cell| cell.trim().replace('~', "\n"))
            .collect();
        let [file, written, at, says] = cells.as_slice() else {
            panic!("four cells: {mistake}")
        };
        let table = format!("[[schedule]]\n{written}\n");
        let (path, text) = match file.as_str() {
            "roster" => (ROSTER, format!("{roster}\n{table}")),
            _ => (CHECKS, format!("{checks}\n{table}")),
        };
        site.write(path, &text);
        // Behind what was good before, but for the upstreams, which are found where they are written.
        let offset = text
            .rfind(at.as_str())
            .unwrap_or_else(|| panic!("no {at:?} in {text}"));
        let (before, _) = text.split_at(offset);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let refused = site.hub(&["schedule", "list"]).ended(78).stderr;
        let place = format!("{}:{line}:{column}:", site.path(path).display());
        assert!(refused.contains(&place), "{mistake}\n{place} not in {refused}");
        let says = if says == "另须写 id" {
            "第二个调度须另写 id"
        } else {
            says
        };
        assert!(refused.contains(says), "{mistake}\n{says:?} not in {refused}");
        site.write(ROSTER, &good);
        site.write(CHECKS, checks);
    }
    site.hub(&["schedule", "list"]).good();
    assert!(!site.path("data").exists(), "something ran");
}

#[test]
fn the_shipped_schedules_are_good_and_show_what_they_will_do() {
    let site = Site::bare();
    site.hub(&["init", &site.config().to_string_lossy()]).good();
    let listed = site.ask(&["schedule", "list"]);
    let listed = listed.as_array().expect("schedules");
    assert_eq!(
        listed.len(),
        7,
        "one for each connector, a check, and what is past keeping"
    );
    let enabled: Vec<&str> = listed
        .iter()
        .filter(|one| one["enabled"] == true)
        .filter_map(|one| one["schedule"].as_str())
        .collect();
    assert_eq!(
        enabled,
        ["check.daily", "retention.nightly"],
        "connectors that are not enabled have no fires"
    );
    // Over the Spring Festival of 2026, as the shipped calendar has it.
    let next = site.ask(&[
        "schedule",
        "next",
        "pull.roster",
        "-n",
        "2",
        "--from",
        "2026-02-13T12:00",
        "--explain",
    ]);
    let fires = next["fires"].as_array().expect("fires");
    let day = |fire: &Value| fire["day"].as_str().expect("a day").to_owned();
    let ran: Vec<String> = fires
        .iter()
        .filter(|fire| fire["skipped"] == false)
        .map(day)
        .collect();
    assert_eq!(
        (ran, fires.len() > 5),
        (vec!["2026-02-13".to_owned(), "2026-02-14".to_owned()], false)
    );
    let text = site
        .hub(&[
            "schedule",
            "next",
            "pull.roster",
            "-n",
            "3",
            "--from",
            "2026-02-14T12:00",
        ])
        .good()
        .stdout;
    assert!(
        text.contains("每天 18:30，仅工作日") && text.contains("calendars/cn-workday.csv:"),
        "{text}"
    );
    // An expression that stands nowhere yet, and one that is wrong.
    let tried = site.ask(&[
        "schedule",
        "next",
        "--cron",
        "0 9 L * *",
        "-n",
        "2",
        "--from",
        "2028-02-01",
    ]);
    let days: Vec<&str> = tried["fires"]
        .as_array()
        .expect("fires")
        .iter()
        .filter_map(|fire| fire["day"].as_str())
        .collect();
    assert_eq!(days, ["2028-02-29", "2028-03-31"]);
    let refused = site.hub(&["schedule", "next", "--cron", "* * 1"]).ended(2).stderr;
    assert!(refused.contains("有 3 段"), "{refused}");
    // A year nobody has entered.
    let assumed = site.ask(&[
        "schedule",
        "next",
        "pull.roster",
        "-n",
        "1",
        "--from",
        "2027-01-04",
    ]);
    assert_eq!(assumed["fires"][0]["assumed"], true, "{assumed}");
    let explained = site.hub(&["schedule", "explain", "check.daily"]).good().stdout;
    assert!(
        explained.contains("每天 07:30") && explained.contains("应有成功 expect_within  1天2小时"),
        "{explained}"
    );
}

#[test]
fn the_demo_ships_schedules_that_hold_once_their_marks_are_taken_away() {
    let site = Site::new(1_000, 87);
    site.departments(1_000, 87);
    site.connect_departments(None);
    let listed = |site: &Site| -> Vec<String> {
        let listed = site.ask(&["schedule", "list"]);
        let pulls = listed.as_array().expect("schedules").iter();
        let enabled = pulls.filter(|one| one["enabled"] == true);
        enabled
            .filter_map(|one| one["schedule"].as_str().map(str::to_owned))
            .filter(|id| id.starts_with("pull."))
            .collect()
    };
    assert_eq!(listed(&site), [""; 0], "the demo reads when it is told to");
    let mut expected = Vec::new();
    for entry in std::fs::read_dir(site.path("config/connectors")).expect("connectors") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a connector");
        let marked = "# [[schedule]]\n# cron = \"30 18 * * *\"\n# calendar = \"cn-workday\"\n# retry = ";
        assert!(text.contains(marked), "{}: {text}", path.display());
        let (head, tail) = text.split_once("# [[schedule]]").expect("the table");
        let tail = tail.replace("\n# ", "\n");
        std::fs::write(&path, format!("{head}[[schedule]]{tail}")).expect("written");
        let id = path.file_stem().expect("a name").to_string_lossy().into_owned();
        expected.push(format!("pull.{id}"));
    }
    let mut found = listed(&site);
    found.sort();
    expected.sort();
    assert!(expected.len() >= 5, "{expected:?}");
    assert_eq!(found, expected);
}
