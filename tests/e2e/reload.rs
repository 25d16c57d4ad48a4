//! The configuration of a service that runs: read anew as a whole, or not at all.
//! Here because counties change a line by day, and neither a fire nor a run nor an event may be lost over it.
//! In: edited files; a command, a signal, a request. Out: what holds, what is said, what went on.
//! Not here: every mistake there is (config, config_mistakes), what a change would do (plan).

use std::fs;

use serde_json::{Value, json};

use crate::harness::{poll, wait_until};
use crate::http;
use crate::schedules::{PULL, fires};
use crate::site::{Platform, Service, Site};

const CHECKS: &str = "config/schedules.toml";

/// The configuration the service goes by.
fn holds(site: &Site) -> Value {
    site.ask(&["status"])["configuration"].clone()
}

/// What a raw request on the socket is answered.
fn asked(site: &Site) -> http::Answer {
    let body = json!({ "actor": "account/test" }).to_string();
    http::command(&site.path("data/hub.sock"), "/v1/reload", &body)
}

fn fired(site: &Site, schedule: &str) {
    let done = || {
        let all = site.ask(&["schedule", "fires", schedule, "-n", "2000"]);
        let all = all.as_array().expect("fires").iter();
        all.filter(|fire| fire["state"] == "done").count()
    };
    let before = done();
    wait_until(&format!("{schedule} fires"), || done() > before);
}

#[test]
fn schedules_come_change_and_go_by_command_signal_and_request_while_another_fires() {
    let site = Site::read_every_two_seconds(1_000, 201);
    site.write(CHECKS, "");
    let service = site.serve();
    fired(&site, PULL);
    let first = holds(&site);
    assert_eq!(first["how"], "start", "{first}");

    // It comes, by a command.
    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.often\"\ncron = \"0 3 1 1 *\"\n",
    );
    assert!(
        site.hub(&["status"]).good().stdout.contains("hub reload"),
        "nobody says that the files differ"
    );
    let answer = site.ask(&["reload"]);
    assert_eq!(answer["changed"], true, "{answer}");
    assert_eq!(
        (&answer["before"], &answer["schedules"]),
        (&first["hash"], &2.into()),
        "{answer}"
    );
    let second = holds(&site);
    assert_eq!(
        (&second["hash"], &second["how"]),
        (&answer["configuration"], &"command".into()),
        "{second}"
    );

    // It changes, by a signal: what its new rhythm had before is not made good.
    site.write(
        CHECKS,
        "[[schedule]]\nid = \"check.often\"\nevery = \"3s\"\nmisfire = \"run_all\"\n",
    );
    service.hang_up();
    wait_until("the signal was obeyed", || holds(&site)["hash"] != second["hash"]);
    let third = holds(&site);
    assert_eq!(third["how"], "signal", "{third}");
    fired(&site, "check.often");
    let loaded_ms = third["loaded_ms"].as_i64().expect("a moment");
    for fire in fires(&site, "check.often") {
        assert!(
            fire["nominal_ms"].as_i64() >= Some(loaded_ms),
            "made good from before the edit: {fire}"
        );
    }

    // It goes, by a request.
    site.write(CHECKS, "");
    let answer = asked(&site);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["schedules"], 1, "{answer:?}");
    let gone_ms = holds(&site)["loaded_ms"].as_i64().expect("a moment");
    fired(&site, PULL);
    fired(&site, PULL);
    fired(&site, PULL);
    let listed = site.ask(&["schedule", "fires", "-n", "2000"]);
    let listed = listed.as_array().expect("fires");
    let of = |schedule: &str| -> Vec<i64> {
        let of = listed.iter().filter(|fire| fire["schedule"] == schedule);
        let mut nominal: Vec<i64> = of.filter_map(|fire| fire["nominal_ms"].as_i64()).collect();
        nominal.sort_unstable();
        nominal
    };
    let often = of("check.often");
    assert!(
        !often.is_empty() && often.iter().all(|nominal| *nominal <= gone_ms),
        "it fires although it is gone since {gone_ms}: {often:?}"
    );
    // Of what stayed, no slot is missing and none is twice.
    for pair in of(PULL).windows(2) {
        assert_eq!(pair[1] - pair[0], 2_000, "{:?}", of(PULL));
    }
    let entries = site.ask(&["audit", "list", "--action", "configuration.reloaded"]);
    assert_eq!(entries.as_array().map(Vec::len), Some(3), "{entries}");
    assert_eq!(service.stop(), Some(0));
}

/// file | what stands there | the mistake | what is said
const MISTAKES: &str = r#"
hub.toml               | level = "info"      | level = "inform"          | hub.toml:
conf.d/site.toml       | [server]            | [servers]                 | site.toml:4:
connectors/roster.toml | every = "2s"        | cron = "61 * * * *"       | roster.toml:
channels.toml          | kind = "webhook"    | kind = "webhok"           | channels.toml:
routes.toml            |                     | [[route]]\nid = \"r\"\nchannels = [\"nobody\"]\n | routes.toml:
schedules.toml         |                     | [[schedule]]\nid = \"check.x\"\nafter = [\"pull.nobody\"]\n | schedules.toml:
rules/A01.toml         | FROM                | FORM                      | A01.toml:
parameters.toml        | unit = "yuan"       | unit = "yuen"             | parameters.toml:
calendars/cn-workday.csv |                   | 2026-13-40,workday\n     | cn-workday.csv:
places.toml            |                     | [[place]]\nwas = 7\n    | places.toml:
"#;

#[test]
fn a_mistake_in_any_file_leaves_the_old_configuration_as_it_is_and_says_where() {
    let site = Site::read_every_two_seconds(1_000, 202);
    let service = site.serve();
    let good = holds(&site);
    for mistake in MISTAKES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<String> = mistake
            .split('|')
            .map(|cell| cell.trim().replace("\\n", "\n").replace("\\\"", "\""))
            .collect();
        let [file, right, wrong, place] = &cells[..] else {
            panic!("four cells: {mistake}")
        };
        let path = format!("config/{file}");
        let before = site.read(&path);
        if right.is_empty() {
            site.write(&path, &format!("{before}\n{wrong}"));
        } else {
            site.edit(&path, right, wrong);
        }
        let refused = site.hub(&["reload"]).ended(78);
        assert!(
            is_placed(&refused.stderr, place),
            "{place} not in {}",
            refused.stderr
        );
        let problem = asked(&site);
        assert_eq!(problem.status, 422, "{problem:?}");
        assert!(
            problem.head.contains("application/problem+json"),
            "{}",
            problem.head
        );
        let body = problem.json();
        assert_eq!(body["configuration"], good["hash"], "{body}");
        let reason = &body["reasons"][0];
        assert!(
            reason["file"].as_str().is_some_and(|told| told.ends_with(file))
                && reason["line"].as_u64() >= Some(1)
                && reason["column"].as_u64() >= Some(1),
            "{body}"
        );
        site.write(&path, &before);
        assert_eq!(holds(&site), good, "{mistake}");
    }
    // A signal is answered in the log.
    site.edit("config/hub.toml", "level = \"info\"", "level = \"inform\"");
    service.hang_up();
    wait_until("the log says why", || {
        let told = service.told();
        let lines: Vec<&str> = told
            .lines()
            .filter(|line| line.contains("the configuration was not taken"))
            .collect();
        // One for each request above but the command that could not read where its service is, and this one.
        lines.last().is_some_and(|line| line.contains("hub.toml:"))
    });
    site.edit("config/hub.toml", "level = \"inform\"", "level = \"info\"");
    assert_eq!(holds(&site), good);
    fired(&site, PULL);
    let same = site.ask(&["reload"]);
    assert_eq!(
        (&same["changed"], &same["configuration"]),
        (&false.into(), &good["hash"]),
        "{same}"
    );
    assert_eq!(service.stop(), Some(0));
}

/// Whether `text` names `place`, a file and perhaps a line of it, with line and column.
fn is_placed(text: &str, place: &str) -> bool {
    text.split(place).skip(1).any(|after| {
        let numbers = after.split(' ').next().unwrap_or_default();
        let mut numbers = numbers.trim_end_matches(':').split(':');
        numbers.all(|number| number.parse::<u32>().is_ok())
    })
}

#[test]
fn a_run_under_way_ends_by_the_configuration_it_began_with() {
    let site = Site::new(8_000, 203);
    let service = site.serve();
    let last = || site.ask(&["run", "list"])[0].clone();
    let mut kept = None;
    for round in 0..5 {
        site.ask(&["run", "start", "roster"]);
        let running = poll(crate::harness::PATIENCE, || {
            let run = last();
            (run["state"] == "running").then_some(run)
        });
        let running = running.expect("a run under way");
        site.write(CHECKS, &format!("# {round}\n"));
        let answer = site.ask(&["reload"]);
        let still = last();
        wait_until("it ends", || last()["state"] != "running");
        if still["state"] == "running" {
            kept = Some((running, answer));
            break;
        }
    }
    let (running, answer) = kept.expect("a run that was under way before and after a reload");
    let done = last();
    assert_eq!(done["run_id"], running["run_id"]);
    assert_eq!(done["state"], "committed", "{done}");
    assert_eq!(done["configuration"], answer["before"], "{done}");
    let status = site.ask(&["status"]);
    assert_eq!(status["checked_by"], answer["before"], "{status}");
    assert_eq!(
        status["configuration"]["hash"], answer["configuration"],
        "{status}"
    );
    assert_eq!(status["on_disk"], answer["configuration"], "{status}");
    // What begins now goes by the new one.
    let report = site.ask(&["check"]);
    assert_eq!(report["configuration"], answer["configuration"], "{report}");
    assert_eq!(site.ask(&["status"])["checked_by"], answer["configuration"]);
    assert_eq!(service.stop(), Some(0));
}

/// Draws every line where hardly anybody is below it, each a yuan above the one before, as its rule wants; what the files said before.
pub(crate) fn draw(site: &Site) -> [(&'static str, String); 2] {
    let mut yuan = 0;
    ["config/parameters.local.toml", "config/parameters.toml"].map(|file| {
        let before = site.read(file);
        let is_amount = |line: &&str| {
            let value = line.strip_prefix("value = \"");
            let value = value.and_then(|value| value.split('"').next());
            value.is_some_and(|value| value.contains('.'))
        };
        let lines: Vec<String> = before
            .lines()
            .map(|line| {
                yuan += i32::from(is_amount(&line));
                match is_amount(&line) {
                    true => format!("value = \"{yuan}.00\""),
                    false => line.to_owned(),
                }
            })
            .collect();
        site.write(file, &lines.join("\n"));
        (file, before)
    })
}

#[test]
fn rules_parameters_and_channels_hold_from_the_next_check_on() {
    let (site, first) = Site::with_platform(1_000, 204);
    let planted = site.planted();
    let service = site.serve();
    assert_eq!(site.run_all()["warnings"]["opened"], planted);
    wait_until("the first platform has them", || first.count("unique") == planted);
    // Another platform gets what there was before it, and nobody gets anything twice.
    let elsewhere = Site::bare();
    let key = "config/secrets/platform.key";
    fs::create_dir_all(elsewhere.path("config/secrets")).expect("a folder");
    elsewhere.write(key, &site.read(key));
    let second = Platform::start(&elsewhere, "127.0.0.1:0");
    let channels = site.read("config/channels.toml");
    let another = channels
        .replace(&first.address.to_string(), &second.address.to_string())
        .replace("id = \"platform\"", "id = \"another\"");
    let (_, another) = another.split_once("[[channel]]").expect("a channel");
    site.write(
        "config/channels.toml",
        &format!("{channels}\n[[channel]]{another}"),
    );
    assert_eq!(site.ask(&["reload"])["channels"], 2);
    wait_until("the second platform has them too", || {
        second.count("unique") == planted
    });
    // The lines are drawn where hardly anybody is below them: warnings clear at the next check, and both are told.
    let lines = draw(&site);
    site.ask(&["reload"]);
    let report = site.ask(&["check"]);
    let still = report["rules"]["findings"].as_u64().expect("a number");
    assert!(still < planted, "{report}");
    assert_eq!(report["warnings"]["cleared"], planted - still, "{report}");
    wait_until("both were told", || {
        first.count("unique") == second.count("unique") && first.count("unique") > planted
    });
    assert_eq!((first.count("duplicates"), second.count("duplicates")), (0, 0));
    // A channel that goes gets nothing more, and holds nobody up.
    site.write("config/channels.toml", &channels);
    assert_eq!(site.ask(&["reload"])["channels"], 1);
    let (told, untold) = (first.count("unique"), second.count("unique"));
    for (file, text) in lines {
        site.write(file, &text);
    }
    site.ask(&["reload"]);
    let report = site.ask(&["check"]);
    assert_eq!(report["rules"]["findings"], planted, "{report}");
    wait_until("the first was told", || first.count("unique") > told);
    assert_eq!(second.count("unique"), untold);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn what_cannot_change_while_it_runs_is_refused_and_nobody_is_asked_in_vain() {
    let site = Site::new(1_000, 205);
    let nobody = site.hub(&["reload"]).ended(69);
    assert!(nobody.stderr.contains("没有服务"), "{}", nobody.stderr);
    let service = site.serve();
    let good = holds(&site);
    let listen = "listen = \"127.0.0.1:0\"\n";
    for (key, written) in [
        ("listen", "listen = \"127.0.0.1:1\"\n".to_owned()),
        ("metrics", format!("{listen}metrics = \"127.0.0.1:0\"\n")),
        ("memory_mb", format!("{listen}[engine]\nmemory_mb = 512\n")),
    ] {
        let before = site.read("config/conf.d/site.toml");
        site.edit("config/conf.d/site.toml", listen, &written);
        let refused = site.hub(&["reload"]).ended(78).stderr;
        assert!(
            refused.contains("site.toml:") && refused.contains(key) && refused.contains("重启"),
            "{refused}"
        );
        site.write("config/conf.d/site.toml", &before);
    }
    assert_eq!(holds(&site), good);
    // The log's level may change.
    let lines = |service: &Service| service.told().lines().count();
    site.edit("config/hub.toml", "level = \"info\"", "level = \"error\"");
    site.ask(&["reload"]);
    let quiet = lines(&service);
    site.ask(&["check"]);
    assert_eq!(lines(&service), quiet, "{}", service.told());
    assert_eq!(service.stop(), Some(0));
}
