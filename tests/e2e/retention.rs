//! The end of keeping, and the doctor: what is listed is what goes, and what is wrong is named.
//! Here because a hub runs for years, and whoever looks after it has to trust both lists.
//! In: a county whose office sends a month again and again, cases answered and closed, warnings pushed; things broken one by one.
//! Out: lists before and after; the present, cases and the past that is kept, unchanged; lines with what to do.
//! Not here: each rule of what may go (store).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{PATIENCE, built, run};
use crate::office::{self, CONNECTOR, ROWS, file, month, write};
use crate::site::{Platform, Site};

const SETTINGS: &str = "config/conf.d/site.toml";
/// A day on which all that happens here is long past.
pub(crate) const LATER: &str = "2099-12-31";
/// How often the office sends its month; the newest three runs stay.
const SENDINGS: usize = 6;

/// Sets the day, or takes it away.
pub(crate) fn on_day(site: &Site, day: Option<&str>) {
    let text = site.read(SETTINGS);
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("as_of")).collect();
    let text = kept.join("\n") + "\n";
    let text = match day {
        Some(day) => text.replacen("[hub]", &format!("[hub]\nas_of = \"{day}\""), 1),
        None => text,
    };
    site.write(SETTINGS, &text);
}

fn files_below(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| {
        let entries = entries.map(|entry| entry.expect("an entry").path());
        entries
            .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
            .sum()
    })
}

/// What must be the same before and after.
fn known(site: &Site) -> Vec<Value> {
    let mut known = vec![
        site.ask(&["snapshot", "hash"]),
        site.ask(&[
            "query",
            "SELECT count(*) AS n, sum(self_paid_fen) AS s FROM expense_event",
        ]),
        site.ask(&["quarantine", "list", "--all"]),
    ];
    let cases = site.ask(&["case", "list", "-n", "1000"]);
    for case in cases.as_array().expect("cases").iter().take(5) {
        known.push(site.ask(&["case", "show", case["id"].as_str().expect("an id")]));
    }
    known.push(cases);
    known
}

pub(crate) fn rows(kinds: &Value, kind: &str) -> u64 {
    let kinds = kinds.as_array().expect("kinds");
    let found = kinds.iter().find(|gone| gone["kind"] == kind).expect("a kind");
    found["rows"].as_u64().expect("a count")
}

fn total(kinds: &Value) -> u64 {
    let kinds = kinds.as_array().expect("kinds");
    kinds
        .iter()
        .map(|gone| gone["rows"].as_u64().expect("a count"))
        .sum()
}

#[test]
fn what_is_past_keeping_goes_as_it_was_listed_and_the_rest_is_as_it_was() {
    let site = office::site(&["fell"]);
    let platform = Platform::start(&site, "127.0.0.1:0");
    site.push_to(platform.address);
    let settings = site.read(SETTINGS);
    let day = "runs_days = 1\nsnapshots_days = 1\nevaluations_days = 1\nattempts_days = 1\nacknowledged_days = 1\nrefused_days = 1\n";
    site.write(SETTINGS, &format!("{settings}[retention]\n{day}"));
    let month_file = file(&site, "fell", "202310");
    write(&month_file, &month(10, ROWS));
    site.run_all();
    for sending in 1..=SENDINGS {
        write(&month_file, &month(10, ROWS - sending));
        site.run_approving(CONNECTOR);
    }
    let cases = site.ask(&["case", "list", "-n", "1000"]);
    let one = cases[0]["id"].as_str().expect("a case").to_owned();
    let county = ["--actor", "县办甲", "--role", "county"];
    let said: [&[&str]; 4] = [
        &["dispatch"],
        &["accept", "--actor", "民政乙", "--role", "department"],
        &[
            "reject",
            "--actor",
            "民政乙",
            "--role",
            "department",
            "--reason-code",
            "data_wrong",
            "--text",
            "收入少填",
        ],
        &["close"],
    ];
    for said in said {
        let mut words = [&["case", "act", &one], said].concat();
        if !said.contains(&"--actor") {
            words.extend(county);
        }
        site.hub(&words).good();
    }
    site.ask(&["check", "--push-wait", "60"]);
    let status = site.ask(&["status"]);
    assert_eq!(status["outbox"]["pending"], 0, "{status}");

    // Yesterday and today are kept.
    let listed = site.ask(&["retention"]);
    assert_eq!(total(&listed), 0, "{listed}");
    let verified = site.ask(&["audit", "verify"]);
    assert_eq!(total(&site.ask(&["retention", "apply"])["kinds"]), 0);
    assert_eq!(
        site.ask(&["audit", "verify"]),
        verified,
        "nothing was done, nothing is written"
    );

    let before = known(&site);
    let lake = site.path("data/lake");
    let on_disk = files_below(&lake);
    on_day(&site, Some(LATER));
    let listed = site.ask(&["retention", "--dry-run"]);
    for kind in ["snapshots", "files", "attempts", "events", "runs"] {
        assert!(rows(&listed, kind) > 0, "{kind}: {listed}");
    }
    assert_eq!(site.ask(&["audit", "verify"]), verified, "a list changes nothing");

    // Through the service, which is the only one that may write.
    let service = site.serve();
    let refused = site.hub(&["retention", "vacuum"]).ended(5).stderr;
    assert!(refused.contains("hub.lock"), "{refused}");
    let done = site.ask(&["retention", "apply"]);
    assert_eq!(done["kinds"], listed, "what was listed is what went");
    let swept = usize::try_from(done["files_swept"].as_u64().expect("a count")).expect("few");
    assert_eq!(on_disk - files_below(&lake), swept);
    assert!(swept as u64 >= rows(&listed, "files"), "{done}");
    assert_eq!(
        total(&site.ask(&["retention", "apply"])["kinds"]),
        0,
        "a second time nothing goes"
    );
    assert_eq!(service.stop(), Some(0));

    on_day(&site, None);
    assert_eq!(known(&site), before);
    let whole = site.ask(&["audit", "verify"]);
    assert_eq!(
        (whole["verdict"].as_str(), whole["entries"].as_u64()),
        (
            Some("whole"),
            verified["entries"].as_u64().map(|entries| entries + 2)
        )
    );
    let entry = &site.ask(&["audit", "list", "--action", "retention.applied"])[0];
    let detail: Value = serde_json::from_str(entry["detail"].as_str().expect("a text")).expect("JSON");
    assert_eq!(detail["runs"]["rows"], rows(&listed, "runs"));
    // The past that is kept can be asked, and the one that is not is said to be gone.
    let mut date = Command::new("date");
    let today = run(date.env("TZ", "Asia/Shanghai").arg("+%F"), PATIENCE)
        .good()
        .stdout;
    let count = "SELECT count(*) AS n FROM expense_event";
    let past = site.ask(&["query", count, "--as-of", today.trim()]);
    assert_eq!(past, site.ask(&["query", count]));
    let gone = site
        .hub(&["query", count, "--as-of", "2020-01-01"])
        .ended(4)
        .stderr;
    assert!(gone.contains("snapshots_days"), "{gone}");
    // The next run goes on from there: nothing opens again, nothing is pushed twice.
    let pushed = platform.count("received");
    let report = site.run_all();
    assert_eq!(report["warnings"]["opened"], 0, "{report}");
    site.ask(&["check", "--push-wait", "60"]);
    assert_eq!(platform.count("received"), pushed);
    let vacuum = site.ask(&["retention", "vacuum"]);
    assert!(
        vacuum["after_bytes"].as_u64() <= vacuum["before_bytes"].as_u64(),
        "{vacuum}"
    );
}

/// What the doctor finds wrong, by the names of the checks; what it prints.
fn wrong(site: &Site, code: i32) -> (Vec<String>, String) {
    let page = site.hub(&["doctor", "-o", "json"]).ended(code).json();
    let checks = page["checks"].as_array().expect("checks").iter();
    let wrong = checks.filter(|check| check["mark"] == "wrong");
    let names = wrong.map(|check| check["check"].as_str().expect("a name").to_owned());
    (names.collect(), site.hub(&["doctor"]).ended(code).stdout)
}

#[test]
fn the_doctor_finds_nothing_at_a_healthy_site_and_names_each_thing_that_is_broken() {
    let (site, _platform) = Site::with_platform(1_000, 392);
    on_day(&site, Some("2023-11-06"));
    // Before the first run, too.
    let (none, text) = wrong(&site, 0);
    assert_eq!((none.len(), site.path("data").exists()), (0, false), "{text}");
    site.run_all();
    site.ask(&["check", "--push-wait", "60"]);
    let audit = site.ask(&["audit", "verify"]);
    let (none, text) = wrong(&site, 0);
    assert!(
        none.is_empty() && text.contains('✔') && !text.contains('✘'),
        "{text}"
    );
    let service = site.serve();
    let (_, text) = wrong(&site, 0);
    assert!(text.contains("应答 answers"), "{text}");
    assert_eq!(service.stop(), Some(0));

    // A plugin that is not what was pinned.
    let lock = site.read("config/plugins.lock");
    let sha = lock
        .lines()
        .find(|line| line.starts_with("sha256"))
        .expect("a pin")
        .to_owned();
    site.edit(
        "config/plugins.lock",
        &sha,
        &format!("sha256 = \"{}\"", "0".repeat(64)),
    );
    let (names, text) = wrong(&site, 3);
    assert_eq!(names, ["plugins"], "{text}");
    assert!(
        text.contains("✘ 插件 plugins") && text.contains("hub plugin add"),
        "{text}"
    );
    site.write("config/plugins.lock", &lock);

    // A secret that others may read: nothing else can be looked at, and that is said.
    let key = site.config().join("secrets/identity.key");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o644);
    let (names, text) = wrong(&site, 3);
    assert_eq!(names, ["configuration", "secrets"], "{text}");
    assert!(
        text.contains("identity.key (644)") && text.contains("chmod 600"),
        "{text}"
    );
    mode(0o600);

    // A year nobody has entered; in December, the next one too.
    for (day, year) in [("2031-05-05", "2031"), ("2026-12-01", "2027")] {
        on_day(&site, Some(day));
        let (names, text) = wrong(&site, 3);
        assert_eq!(names, ["calendar"], "{text}");
        assert!(text.contains(&format!("缺 {year} 年")), "{text}");
    }
    on_day(&site, Some("2023-12-01"));
    wrong(&site, 0);

    // An endpoint nothing goes out to.
    let endpoints = site.ask(&["push", "endpoints"]);
    let endpoint = endpoints[0]["id"].as_str().expect("an endpoint");
    site.ask(&["push", "pause", endpoint, "--reason", "对方检修"]);
    let (names, text) = wrong(&site, 3);
    assert_eq!(names, ["endpoints"], "{text}");
    assert!(
        text.contains("对方检修") && text.contains("hub push resume"),
        "{text}"
    );
    site.ask(&["push", "resume", endpoint]);

    // Too few descriptors.
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -n 512; exec \"$0\" --config \"$1\" doctor"]);
    few.arg(built().join("hub")).arg(site.config());
    let text = run(&mut few, PATIENCE).ended(3).stdout;
    assert!(text.contains("✘ 文件句柄 descriptors  512"), "{text}");

    // A damaged database, and a hub that died.
    let after = site.ask(&["audit", "verify"]);
    let entries = |verified: &Value| verified["entries"].as_u64();
    assert_eq!(
        entries(&after),
        entries(&audit).map(|n| n + 2),
        "paused and resumed, and nothing by looking"
    );
    let database = site.path("data/hub.db");
    let mut bytes = fs::read(&database).expect("a database");
    let half = bytes.len() / 2;
    bytes[half..half + 8_192].fill(0x5a);
    fs::write(&database, bytes).expect("written");
    let (names, text) = wrong(&site, 3);
    assert!(names.contains(&"database".to_owned()), "{text}");
    assert!(text.contains("hub restore"), "{text}");
}
