//! Answers by file: dropped by a gateway that signs them, taken whole or refused whole, answered line by line.
//! Here because a folder that outsiders write to is a door, and every wrong key must find it shut.
//! In: a county with rule A01, files signed by a program we did not write. Out: results, reasons, histories, the audit log.
//! Not here: events by file (push_channels), what a line may say (api_deeds).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::api::{OFFICE, ready};
use crate::harness::{python, wait_until};
use crate::push_channels::secret;
use crate::site::Site;

const CHANNEL: &str = "gap";
const NEVER: &str = "01AAAAAAAAAAAAAAAAAAAAAAAA";
const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BEFORE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A site whose cases are dispatched and answered by file; the cases.
fn site(seed: u64) -> (Site, Vec<String>) {
    let site = ready(1_000, seed);
    for folder in ["out", "in"] {
        fs::create_dir(site.path(folder)).expect("a folder");
    }
    secret(&site, "gap.key", KEY);
    secret(&site, "gap-was.key", BEFORE);
    let channel = format!(
        "[[channel]]\nid = \"{CHANNEL}\"\nkind = \"file\"\nfolder = \"../out\"\nwindow_seconds = 0\n\
         [channel.answers]\nfolder = \"../in\"\ndepartment = \"{OFFICE}\"\ninterval_seconds = 1\n\
         secret = {{ file = \"secrets/gap.key\" }}\nprevious_secret = {{ file = \"secrets/gap-was.key\" }}\n"
    );
    for (right, wrong, says) in [
        (
            "folder = \"../in\"",
            "folder = \"../out\"",
            "answers lie in a folder of their own",
        ),
        ("folder = \"../in\"", "folder = \"../inn\"", "there is no folder"),
        ("department =", "deparment =", "did you mean `department`"),
    ] {
        site.write("config/channels.toml", &channel.replacen(right, wrong, 1));
        let refused = site.hub(&["status"]).ended(78).stderr;
        assert!(
            refused.contains("channels.toml:") && refused.contains(says),
            "{says} not in {refused}"
        );
    }
    let unsigned = channel.lines().filter(|line| !line.contains("secret"));
    site.write("config/channels.toml", &unsigned.collect::<Vec<_>>().join("\n"));
    let refused = site.hub(&["status"]).ended(78).stderr;
    assert!(refused.contains("answers need a secret"), "{refused}");
    site.write("config/channels.toml", &channel);
    let unknown = site.hub(&["push", "collect", "gapp"]).ended(4).stderr;
    assert!(unknown.contains("did you mean \"gap\""), "{unknown}");
    let listed = site.ask(&["case", "list", "-n", "1000"]);
    let ids = listed.as_array().expect("cases").iter();
    let ids: Vec<String> = ids
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    for id in &ids {
        site.hub(&["case", "act", id, "dispatch", "--actor", "县专班"])
            .good();
    }
    (site, ids)
}

fn now_s() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the gateway's clock, not the hub's")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Puts a file of answers and its manifest into the folder; false where there is no Python to sign it.
fn put(site: &Site, name: &str, lines: &[Value], key: &str, created: u64, changes: &Value) -> bool {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    site.write(&format!("in/{name}.jsonl"), &text);
    let folder = site.path("in");
    let arguments = [
        &*folder.to_string_lossy(),
        name,
        key,
        &created.to_string(),
        &changes.to_string(),
    ];
    python(&["hmac", "hashlib"], "answers.py", &arguments).is_some()
}

fn collect(site: &Site, code: i32) -> Value {
    site.hub(&["push", "collect", CHANNEL, "-o", "json"])
        .ended(code)
        .json()[0]
        .clone()
}

fn version(site: &Site, case: &str) -> u64 {
    site.ask(&["case", "show", case])["version"]
        .as_u64()
        .expect("a version")
}

fn line(site: &Site, case: &str, key: &str, action: &str) -> Value {
    json!({ "case": case, "version": version(site, case), "key": key, "action": action })
}

/// What became of each line: status and result.
fn results(site: &Site, name: &str) -> Vec<(u64, String)> {
    let text = site.read(&format!("in/taken/{name}.result.jsonl"));
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .map(|line| {
            assert!(
                line["message"].as_str().is_some_and(|said| !said.is_empty()),
                "{line}"
            );
            (
                line["status"].as_u64().expect("a status"),
                line["result"].as_str().expect("a result").to_owned(),
            )
        })
        .collect()
}

fn names(site: &Site, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(site.path(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("a file").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names
        .filter(|name| !["taken", "refused"].contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn a_signed_file_of_answers_moves_its_cases_and_the_same_file_again_does_nothing_twice() {
    let (site, ids) = site(94);
    let [one, two, three] = [&ids[0], &ids[1], &ids[2]];
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
    let mut verify = line(&site, one, "2", "verify");
    verify["version"] = json!(version(&site, one) + 1);
    verify["text"] = json!("已入户核实");
    verify["date"] = json!("2023-11-06");
    verify["operator"] = json!({ "name": "李某" });
    let lines = [
        line(&site, one, "1", "accept"),
        verify,
        line(&site, two, "3", "verify"),
        line(&site, three, "4", "accept"),
        json!({ "case": NEVER, "version": 1, "key": "5", "action": "accept" }),
        json!({ "case": 11_010_519_491_231_002_u64, "version": 1, "key": "6", "action": "accept" }),
    ];
    if !put(&site, "day-1", &lines, KEY, now_s(), &json!({})) {
        return;
    }
    // These have no manifest, or are still being written.
    site.write("in/alone.jsonl", "{}\n");
    site.write("in/.part-x.manifest.json", "{}");
    site.write("in/young.jsonl", "{}\n");
    site.write("in/young.manifest.json", "{\"file\":");
    let round = collect(&site, 3);
    let counts = [
        &round["done"],
        &round["refused"],
        &round["files"],
        &round["files_refused"],
        &round["trouble"],
    ];
    assert_eq!(
        counts,
        [&json!(2), &json!(4), &json!(1), &json!(0), &Value::Null],
        "{round}"
    );
    let told = results(&site, "day-1");
    let shown: Vec<(u64, &str)> = told
        .iter()
        .map(|(status, result)| (*status, result.as_str()))
        .collect();
    let expected = [
        (200, "done"),
        (200, "done"),
        (409, "refused"),
        (404, "refused"),
        (404, "refused"),
        (400, "refused"),
    ];
    assert_eq!(shown, expected);
    let text = site.read("in/taken/day-1.result.jsonl");
    assert!(
        text.contains("受理（accept）") && !text.contains("1949"),
        "{text}"
    );
    let lines_of: Vec<&str> = text.lines().collect();
    let strip = |line: &str| line.split_once("\"status\"").expect("a status").1.to_owned();
    assert_eq!(
        strip(lines_of[3]),
        strip(lines_of[4]),
        "it tells whether the case exists"
    );
    let left = [
        ".part-x.manifest.json",
        "alone.jsonl",
        "young.jsonl",
        "young.manifest.json",
    ];
    assert_eq!(names(&site, "in"), left);
    let history = site.ask(&["case", "show", one]);
    let actors: Vec<&str> = history["history"]
        .as_array()
        .expect("deeds")
        .iter()
        .filter_map(|deed| deed["actor"].as_str())
        .collect();
    assert_eq!(actors, ["县专班", "channel/gap", "李某@channel/gap"]);

    // The very same again, by the key before; and the name with something else in it.
    let seen = version(&site, one);
    assert!(put(&site, "day-1", &lines, BEFORE, now_s(), &json!({})));
    let round = collect(&site, 3);
    assert_eq!(
        (&round["done"], &round["repeated"]),
        (&json!(0), &json!(2)),
        "{round}"
    );
    assert_eq!(version(&site, one), seen);
    assert!(put(&site, "day-1", &lines[..1], KEY, now_s(), &json!({})));
    assert_eq!(collect(&site, 3)["files_refused"], 1);
    assert!(site.read("in/refused/day-1.reason.txt").contains("同名"));
    assert_eq!(
        results(&site, "day-1").len(),
        6,
        "the result of the first was lost"
    );
    assert_eq!(site.ask(&["audit", "verify"])["verdict"], "whole");
}

#[test]
fn a_file_nobody_vouches_for_changes_nothing_and_says_why() {
    let (site, ids) = site(95);
    let one = &ids[0];
    let accept = [line(&site, one, "1", "accept")];
    let seen = version(&site, one);
    let now = now_s();
    let many = vec![accept[0].clone(); 1_001];
    let forged = json!({ "after": { "sha256": "0".repeat(64) } });
    let digest = json!({ "signed": { "sha256": "0".repeat(64) } });
    let elsewhere = json!({ "signed": { "file": "../../config/secrets/gap.key" } });
    let none = json!({});
    for (name, lines, key, created, changes) in [
        ("other-key", &accept[..], OTHER, now, &none),
        ("altered", &accept, KEY, now, &forged),
        ("digest", &accept, KEY, now, &digest),
        ("elsewhere", &accept, KEY, now, &elsewhere),
        ("old", &accept, KEY, now - 15 * 86_400, &none),
        ("future", &accept, KEY, now + 3_600, &none),
        ("many", &many, KEY, now, &none),
        ("no name 张三", &accept, KEY, now, &none),
    ] {
        if !put(&site, name, lines, key, created, changes) {
            return;
        }
    }
    site.write("in/huge.jsonl", &"x".repeat((1 << 20) + 1));
    site.write(
        "in/huge.manifest.json",
        &site
            .read("in/old.manifest.json")
            .replace("old.jsonl", "huge.jsonl"),
    );
    symlink(site.path("config/secrets/gap.key"), site.path("in/link.jsonl")).expect("a link");
    site.write(
        "in/link.manifest.json",
        &site
            .read("in/old.manifest.json")
            .replace("old.jsonl", "link.jsonl"),
    );
    site.write("in/odd.jsonl", "{}\n");
    site.write("in/odd.manifest.json", "[]");
    // What does not fit together was written long ago.
    for name in ["digest.jsonl", "odd.manifest.json"] {
        let file = fs::File::options()
            .write(true)
            .open(site.path(&format!("in/{name}")))
            .expect("a file");
        let past = UNIX_EPOCH + Duration::from_secs(now - 60);
        file.set_modified(past).expect("its time");
    }
    let round = collect(&site, 3);
    assert_eq!(
        (&round["files"], &round["files_refused"]),
        (&json!(0), &json!(11)),
        "{round}"
    );
    assert_eq!(version(&site, one), seen, "something was done");
    assert_eq!(names(&site, "in"), Vec::<String>::new());
    for (name, says) in [
        ("other-key", "签名不符"),
        ("altered", "签名不符"),
        ("digest", "摘要"),
        ("elsewhere", "file"),
        ("old", "14 天"),
        ("future", "将来"),
        ("many", "1000 行"),
        ("no name 张三", "文件名"),
        ("huge", "字节"),
        ("link", "普通文件"),
        ("odd", "清单读不懂"),
    ] {
        let reason = site.read(&format!("in/refused/{name}.reason.txt"));
        assert!(reason.contains(says), "{name}: {reason}");
        let moved: PathBuf = site.path(&format!("in/refused/{name}.jsonl"));
        assert!(fs::symlink_metadata(moved).is_ok(), "{name}");
    }
    let log = site
        .ask(&["audit", "list", "--action", "answers.refused", "-n", "100"])
        .to_string();
    for why in [
        "forged",
        "digest",
        "old",
        "future",
        "lines",
        "name",
        "size",
        "plain",
        "manifest",
        "other file",
    ] {
        assert!(log.contains(why), "{why} not in {log}");
    }
    assert!(log.contains("channel/gap") && !log.contains("张三"), "{log}");
}

#[test]
fn a_hub_that_dies_before_it_could_say_so_does_no_line_twice() {
    let (site, ids) = site(96);
    let accept: Vec<Value> = ids.iter().map(|id| line(&site, id, "1", "accept")).collect();
    let last = ids.last().expect("a case");
    let seen: Vec<u64> = ids.iter().map(|id| version(&site, id)).collect();
    // Where the result would go there is something it cannot replace.
    fs::create_dir_all(site.path("in/taken/day.result.jsonl/x")).expect("a folder");
    if !put(&site, "day", &accept, KEY, now_s(), &json!({})) {
        return;
    }
    let service = site.serve();
    wait_until("the last line is done", || {
        site.ask(&["case", "show", last])["state"] == "verifying"
    });
    wait_until("it is told", || {
        service.told().contains("answers could not be taken")
    });
    // Dropping it kills it.
    drop(service);
    fs::remove_dir_all(site.path("in/taken/day.result.jsonl")).expect("removed");
    let service = site.serve();
    wait_until("the file is taken", || {
        site.path("in/taken/day.manifest.json").exists()
    });
    assert_eq!(service.stop(), Some(0));
    let told = results(&site, "day");
    assert!(
        told.len() == ids.len()
            && told
                .iter()
                .all(|(status, result)| (*status, result.as_str()) == (200, "repeated")),
        "{told:?}"
    );
    for (id, seen) in ids.iter().zip(seen) {
        assert_eq!(version(&site, id), seen + 1, "{id} was done twice");
    }
}
