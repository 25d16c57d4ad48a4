//! Table exchange: warnings in a department's own database, its answers from there, with the tables the manual tells it to make.
//! Here because a department that can make no call must still hear of a family, and end its case.
//! In: a county with rule A01, a real PostgreSQL and a real MariaDB. Out: rows, results, histories, the audit log.
//! Not here: answers by file (exchange_files), what an answer may say (api_deeds).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::{OFFICE, ready};
use crate::exchange_base::Base;
use crate::harness::{built, wait_until};
use crate::mariadb::MariaDb;
use crate::postgres::Postgres;
use crate::push_channels::secret;
use crate::site::Site;

const CHANNEL: &str = "office-db";
const NEVER: &str = "01AAAAAAAAAAAAAAAAAAAAAAAA";

fn channel(base: &Base, places: &str) -> String {
    format!(
        "[[channel]]\nid = \"{CHANNEL}\"\nkind = \"table\"\nplugin = \"database\"\nurl = \"{}\"\n\
         password = {{ file = \"secrets/base.password\" }}\nwindow_seconds = 0\ntimeout_seconds = 60\n\
         answers = {{ department = \"{OFFICE}\", places = [\"{places}\"], interval_seconds = 1 }}\n",
        base.url()
    )
}

fn stands(site: &Site) -> Value {
    let all = site.ask(&["push", "endpoints"]);
    let mut all = all.as_array().expect("endpoints").iter();
    all.find(|row| row["id"] == CHANNEL).expect("the channel").clone()
}

fn shown(site: &Site, case: &str) -> Value {
    site.ask(&["case", "show", case])
}

fn version(site: &Site, case: &str) -> u64 {
    shown(site, case)["version"].as_u64().expect("a version")
}

/// A round by hand: what it came to, with this exit code.
fn collect(site: &Site, code: i32) -> Value {
    let round = site
        .hub(&["push", "collect", CHANNEL, "-o", "json"])
        .ended(code)
        .json();
    round[0].clone()
}

fn ping(site: &Site, code: i32) -> Value {
    site.hub(&["push", "ping", CHANNEL, "-o", "json"])
        .ended(code)
        .json()
}

#[test]
fn a_department_with_postgresql_gets_its_warnings_in_a_table_and_ends_its_cases_there() {
    if let Some(base) = Postgres::start() {
        exchanged(Base::Postgres(base), 91);
    }
}

#[test]
fn a_department_with_mariadb_gets_its_warnings_in_a_table_and_ends_its_cases_there() {
    if let Some(base) = MariaDb::start() {
        exchanged(Base::MariaDb(base), 92);
    }
}

fn exchanged(mut base: Base, seed: u64) {
    let site = ready(1_000, seed);
    let plugin = built().join("libdatabase.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    base.knows_hub();
    set_up(&site, &base);
    let planted = site.planted();
    events(&site, &mut base, planted);
    let ids = dispatched(&site, &mut base, planted);
    answers(&site, &base, &ids);
    killed_between(&site, &base, &ids[3]);
    out_of_place(&site, &base, &ids[4]);
    site.ask(&["check", "--push-wait", "0"]);
    in_order(&base);

    // A month is China's, whatever zone a server shows its times in.
    let month = match &base {
        Base::Postgres(_) => "to_char(answered_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
        Base::MariaDb(_) => "substr(CAST(answered_at AS char(40)), 1, 7)",
    };
    let month = base.asks(&format!("SELECT {month} FROM hub_answer WHERE id = 'a2'"));
    let sums = site.ask(&["push", "reconcile", "--month", &month]);
    let row = sums["endpoints"].as_array().expect("endpoints").iter();
    let row = row
        .clone()
        .find(|row| row["endpoint"] == CHANNEL)
        .unwrap_or_else(|| panic!("{sums}"));
    assert_eq!(row["received"], row["events"], "{sums}");
    assert_eq!(
        (&row["accepted"], &row["answered"]),
        (&3.into(), &1.into()),
        "{sums}"
    );
    let log = site
        .ask(&["audit", "list", "--action", "answers.taken"])
        .to_string();
    assert!(log.contains(&format!("channel/{CHANNEL}")), "{log}");
    assert_eq!(site.ask(&["audit", "verify"])["verdict"], "whole");
}

/// What happened to a case stands there in the order in which it happened.
fn in_order(base: &Base) {
    let told = base.asks("SELECT case_id, version FROM hub_event ORDER BY sequence");
    let mut versions: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in told.lines() {
        let (case, version) = row.split_once('|').expect("two columns");
        versions
            .entry(case)
            .or_default()
            .push(version.parse().expect("a version"));
    }
    assert!(
        versions.values().any(|versions| versions.len() > 4),
        "{versions:?}"
    );
    assert!(
        versions.values().all(|versions| versions.is_sorted()),
        "{versions:?}"
    );
}

/// What is wrong is told one after the other; a ping that is answered well leaves no row.
fn set_up(site: &Site, base: &Base) {
    let text = channel(base, "34");
    for (right, wrong, says) in [
        ("@127", ":right@127", "口令不写在地址里"),
        ("password =", "pasword =", "did you mean `password`"),
        (OFFICE, "乡村振典", "did you mean"),
        ("\"34\"", "\"3\"", "区划代码的前 2 至 12 位"),
        ("interval_seconds = 1", "interval_seconds = 0", "1 to 86400"),
        ("kind =", "events_table = \"a;b\"\nkind =", "表名由字母"),
    ] {
        secret(site, "base.password", "wrong");
        site.write("config/channels.toml", &text.replacen(right, wrong, 1));
        let refused = site.hub(&["status"]).ended(78).stderr;
        assert!(
            refused.contains("channels.toml:") && refused.contains(says),
            "{says} not in {refused}"
        );
    }
    site.write("config/channels.toml", &text);
    let told = ping(site, 1);
    assert!(told["error"].as_str().expect("why").contains("口令"), "{told}");
    let report = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(report["events"]["acknowledged"], 0, "{report}");
    assert_eq!(stands(site)["standing"], "paused");
    let round = collect(site, 1);
    assert!(
        round["trouble"].as_str().expect("why").contains("已暂停"),
        "{round}"
    );

    secret(site, "base.password", "right");
    let told = ping(site, 1);
    if matches!(base, Base::Postgres(_)) {
        let why = told["error"].as_str().expect("why");
        assert!(
            why.contains("hub_event") && why.contains("hub/docs/push.md"),
            "{told}"
        );
    }
    let ddl = base.ddl();
    base.does(&ddl);
    base.does("REVOKE UPDATE ON hub_answer FROM hub");
    let why = ping(site, 1)["error"].as_str().expect("why").to_owned();
    assert!(why.contains("hub_answer") && why.contains("权限"), "{why}");
    base.does("GRANT UPDATE ON hub_answer TO hub");
    if matches!(base, Base::MariaDb(_)) {
        base.does("ALTER TABLE hub_event ENGINE=MyISAM");
        let why = ping(site, 1)["error"].as_str().expect("why").to_owned();
        assert!(why.contains("InnoDB"), "{why}");
        base.does("ALTER TABLE hub_event ENGINE=InnoDB");
    }
    assert_eq!(ping(site, 0)["answered"], true);
    assert_eq!(stands(site)["standing"], "active");
    assert_eq!(base.count(), 0, "a ping left a row");
}

/// Every event is there once and in order, also when it is sent again.
fn events(site: &Site, base: &mut Base, planted: u64) {
    let report = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(report["events"]["acknowledged"], planted, "{report}");
    assert_eq!(base.count(), planted);
    let numbers = base.asks("SELECT count(DISTINCT sequence) FROM hub_event");
    assert_eq!(numbers, planted.to_string());
    let first = base.asks("SELECT case_id, version, type, subject FROM hub_event ORDER BY sequence LIMIT 1");
    let data = base.asks("SELECT data FROM hub_event ORDER BY sequence LIMIT 1");
    let data: Value = serde_json::from_str(&data).expect("JSON");
    let case = data["case_id"].as_str().expect("a case");
    let expected = format!(
        "{case}|{}|cn.gov.hub.warning.opened.v1|case/{case}",
        data["version"]
    );
    assert_eq!(first, expected);
    assert_eq!(base.first_ms(), shown(site, case)["opened_ms"].to_string());

    let mark = "UPDATE hub_event SET taken_at = CURRENT_TIMESTAMP WHERE case_id = '";
    base.does(&format!("{mark}{case}'"));
    site.ask(&["push", "replay", "--endpoint", CHANNEL, "--taken"]);
    let again = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(again["events"]["acknowledged"], planted, "{again}");
    assert_eq!(base.count(), planted, "sent twice, it is there twice");
    let taken = base.asks("SELECT count(*) FROM hub_event WHERE taken_at IS NOT NULL");
    assert_eq!(taken, "1", "a replay took the department's mark away");
}

/// What happens while the server is away is there when it is back. Every case is dispatched.
fn dispatched(site: &Site, base: &mut Base, planted: u64) -> Vec<String> {
    base.stop();
    let listed = site.ask(&["case", "list", "-n", "1000"]);
    let ids = listed.as_array().expect("cases").iter();
    let ids: Vec<String> = ids
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(ids.len() >= 6, "{listed}");
    for id in &ids {
        site.hub(&["case", "act", id, "dispatch", "--actor", "县专班"])
            .good();
    }
    site.ask(&["check", "--push-wait", "0"]);
    let now = stands(site);
    assert_eq!(now["pending"], ids.len(), "{now}");
    assert!(now["failures"].as_u64() > Some(0), "{now}");
    assert!(collect(site, 1)["trouble"].is_string());
    base.start_again();
    site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(stands(site)["pending"], 0);
    assert_eq!(base.count(), planted + ids.len() as u64);
    ids
}

/// A case is ended from the table; what cannot be done is told why, and nothing of a case that is another's.
fn answers(site: &Site, base: &Base, ids: &[String]) {
    let [one, two, three, six] = [&ids[0], &ids[1], &ids[2], &ids[5]];
    let reassign = [
        "case",
        "act",
        three,
        "reassign",
        "--to",
        "民政",
        "--text",
        "属民政",
        "--actor",
        "县专班",
    ];
    site.hub(&reassign).good();
    let seen = version(site, one);
    let said = [
        ("text", "已入户核实"),
        ("date", "2023-11-06"),
        ("operator", "张某"),
        ("operator_dept", "救助科"),
    ];
    // In the order of versions, whichever was written first.
    base.answer("a2", (one, seen + 1, "verify"), &said);
    base.answer("a1", (one, seen, "accept"), &[("text", "")]);
    base.answer("wrong", (two, version(site, two), "verify"), &said);
    base.answer("odd", (two, version(site, two), "fly"), &[]);
    base.answer(
        "long",
        (six, version(site, six), "return"),
        &[("text", &"长".repeat(500))],
    );
    base.answer("other", (three, version(site, three), "accept"), &[]);
    base.answer("never", (NEVER, 1, "accept"), &[]);
    let round = collect(site, 3);
    let counts = [
        &round["done"],
        &round["repeated"],
        &round["refused"],
        &round["trouble"],
    ];
    assert_eq!(counts, [&json!(3), &json!(0), &json!(4), &Value::Null], "{round}");
    assert_eq!(base.result("a1").0, "done");
    let (result, message) = base.result("a2");
    assert!(result == "done" && message.contains("处置中"), "{message}");
    assert_eq!(base.result("long").0, "done", "{}", base.result("long").1);
    let (result, message) = base.result("wrong");
    assert!(
        result == "refused" && message.contains("受理（accept）"),
        "{message}"
    );
    assert!(
        base.result("odd").1.contains("办理动作（action）"),
        "{:?}",
        base.result("odd")
    );
    assert_eq!(base.result("other").0, "refused");
    assert_eq!(
        base.result("other"),
        base.result("never"),
        "it tells whether the case exists"
    );

    let handle = [
        ("text", "已安排公益岗位"),
        ("date", "2023-11-06"),
        ("measure", "employment"),
    ];
    base.answer("a3", (one, version(site, one), "handle"), &handle);
    assert_eq!(collect(site, 0)["done"], 1);
    assert_eq!(collect(site, 0)["done"], 0, "a row was done twice");
    site.hub(&["case", "act", one, "close", "--actor", "县专班"])
        .good();
    let history = shown(site, one);
    let actors: Vec<&str> = history["history"]
        .as_array()
        .expect("deeds")
        .iter()
        .filter_map(|deed| deed["actor"].as_str())
        .collect();
    let ours = format!("channel/{CHANNEL}");
    let named = format!("救助科/张某@{ours}");
    assert_eq!(actors, ["县专班", &ours, &named, &ours, "县专班"]);
    assert_eq!(history["state"], "closed");
}

/// A hub that dies after a deed and before its result finds the row again, and does it once.
fn killed_between(site: &Site, base: &Base, case: &str) {
    let seen = version(site, case);
    base.answer("k9", (case, seen, "accept"), &[]);
    let held = base.holds("k9");
    let service = site.serve();
    wait_until("the deed is done", || shown(site, case)["state"] == "verifying");
    assert_eq!(
        base.result("k9").0,
        "",
        "the result was written over somebody's lock"
    );
    // Dropping it kills it.
    drop(service);
    held.let_go();
    let service = site.serve();
    wait_until("the row is answered", || !base.result("k9").0.is_empty());
    assert_eq!(base.result("k9").0, "repeated");
    assert_eq!(version(site, case), seen + 1, "it was done twice");
    // The news of it came back by the same way.
    let told = format!("SELECT count(*) FROM hub_event WHERE case_id = '{case}' AND type LIKE '%accepted%'");
    wait_until("the department is told", || base.asks(&told) == "1");
    assert_eq!(service.stop(), Some(0));
}

fn out_of_place(site: &Site, base: &Base, case: &str) {
    site.write("config/channels.toml", &channel(base, "11"));
    base.answer("far", (case, version(site, case), "accept"), &[]);
    assert_eq!(collect(site, 3)["refused"], 1);
    assert_eq!(base.result("far"), base.result("never"));
    site.write("config/channels.toml", &channel(base, "34"));
    base.answer("near", (case, version(site, case), "accept"), &[]);
    assert_eq!(collect(site, 0)["done"], 1);
}
