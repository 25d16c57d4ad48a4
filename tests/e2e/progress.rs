//! How far a long command is: seen on a terminal, told now and then elsewhere, never in what a script reads.
//! Here because a bar in a pipe breaks a script, and silence for an hour makes somebody press Ctrl-C.
//! In: commands that take a while, a terminal or none. Out: what stands on the screen, in files.
//! Not here: what the commands do; a service nobody waits for (top).

use std::fs;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, poll};
use crate::site::{Departments, RUN_ALL, Site, end};
use crate::terminal::on_terminal;

#[test]
fn progress_is_on_a_terminals_standard_error_and_nowhere_else() {
    let site = Site::new(3_000, 395);
    let answer = format!("stdout:{}", site.path("answer").display());
    let start = [&["--color", "never"], &RUN_ALL[..]].concat();
    let Some(seen) = on_terminal(&site, (80, 24), &json!([]), &answer, &start) else {
        return;
    };
    let screen = seen["screen"].as_str().expect("a screen").to_owned();
    assert_eq!(seen["code"], 0, "{screen}");
    assert!(screen.contains("运行 / running"), "{screen:?}");
    // It is gone when the work is done, and it has no colour.
    assert!(
        screen.contains("\u{1b}[2K") && !screen.contains("\u{1b}[3"),
        "{screen:?}"
    );
    // What is logged meanwhile stands on lines of its own.
    let pieces = screen
        .split(['\n', '\r'])
        .map(|piece| piece.trim_start_matches("\u{1b}[2K"));
    let logged: Vec<&str> = pieces.filter(|piece| piece.contains("WARN")).collect();
    assert!(!logged.is_empty(), "{screen:?}");
    for line in logged {
        assert!(line.starts_with("20"), "{line:?}");
    }
    let report: Value = serde_json::from_str(&site.read("answer")).expect("JSON alone");
    assert_eq!(report["failed"], json!([]), "{report}");

    let backup = site.path("backups").display().to_string();
    let english = ["backup", &backup, "--lang", "en"];
    let seen = on_terminal(&site, (80, 24), &json!([]), &answer, &english).expect("python");
    let screen = seen["screen"].as_str().expect("a screen").to_owned();
    assert!(
        screen.contains("backing up") && !screen.contains("备份 /"),
        "{screen:?}"
    );

    let quiet = ["backup", &format!("{backup}/quiet"), "--quiet"];
    let seen = on_terminal(&site, (80, 24), &json!([]), &answer, &quiet).expect("python");
    assert_eq!((&seen["code"], &seen["screen"]), (&0.into(), &"".into()));
    // A short command in a pipe says nothing of it.
    let told = site.hub(&["backup", &format!("{backup}/piped")]).good();
    assert_eq!(told.stderr, "");
}

#[test]
fn where_there_is_no_terminal_a_line_now_and_then_says_that_it_still_works() {
    let site = Site::new(1_000, 396);
    site.departments(1_000, 396);
    let services = Departments::start(&site);
    site.connect_departments(Some(services.address));
    services.behave(r#"{"fault": "slow_drip", "drip_ms": 1000}"#);
    let (out, log) = (site.path("out"), site.path("err"));
    let mut command = site.command(&["run", "start", "procurement-832", "--wait", "--push-wait", "0"]);
    let mut child = command
        .stdout(fs::File::create(&out).expect("a file"))
        .stderr(fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("hub run start");
    let told = poll(PATIENCE, || {
        let text = fs::read_to_string(&log).ok()?;
        text.ends_with('\n').then_some(text)
    });
    end(&mut child);
    let told = told.expect("a line");
    let line = told.lines().next().unwrap_or_default();
    assert!(
        line.starts_with("进度 progress 运行 / running") && line.contains("procurement-832 0"),
        "{told}"
    );
    assert!(!told.contains('\u{1b}') && !told.contains('\r'), "{told:?}");
    assert_eq!(fs::read_to_string(&out).expect("a file"), "");
}
