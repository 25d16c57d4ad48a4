//! Seventy ways to write a configuration wrong, and what the configuration says of itself.
//! Here because a site is configured by people, at a distance, from a manual, and at night.
//! In: one mistake at a time (config_mistakes.txt) in a site with channels and routes. Out: exit 78 with file, line, column and a hint.
//! Not here: options of plugins (config), rules (rules).

use crate::harness::{PATIENCE, program, run};
use crate::site::Site;

const MISTAKES: &str = include_str!("config_mistakes.txt");
const CHANNELS: &str = "[[channel]]\nid = \"platform\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/hook\"\n\
    secret = { file = \"secrets/platform.key\" }\ntimeout_seconds = 15\n\n[[channel]]\nid = \"gap\"\nkind = \"file\"\nfolder = \"../out\"\n";

/// A site with two channels and a route.
fn site() -> Site {
    let site = Site::new(1_000, 373);
    std::fs::create_dir(site.path("out")).expect("a folder");
    site.write("config/channels.toml", CHANNELS);
    site.write(
        "config/routes.toml",
        "[[route]]\nid = \"all\"\nchannels = [\"platform\"]\n",
    );
    site.hub(&["config", "validate", "--no-env"]).good();
    site
}

#[test]
fn seventy_mistakes_are_told_with_their_place_and_nothing_runs() {
    let site = site();
    let mistakes: Vec<&str> = MISTAKES.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(mistakes.len() >= 60, "{}", mistakes.len());
    let mut wrong = Vec::new();
    for mistake in mistakes {
        let cells: Vec<String> = mistake
            .split('|')
            .map(|cell| cell.trim().replace("\\n", "\n"))
            .collect();
        let [file, right, written, at, says] = &cells[..] else {
            panic!("five cells: {mistake}")
        };
        let path = format!("config/{file}");
        let good = site.read(&path);
        site.edit(&path, right, written);
        let text = site.read(&path);
        let line = text
            .lines()
            .position(|line| !line.starts_with('#') && line.contains(at.as_str()));
        let refused = site.hub(&["config", "validate", "--no-env"]);
        let place = match line.filter(|_| !at.is_empty()) {
            Some(line) => format!("{file}:{}:", line + 1),
            None => format!("{file}:"),
        };
        let column = refused
            .stderr
            .split(&place)
            .nth(1)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if refused.code != Some(78) || !column || !refused.stderr.contains(says.as_str()) {
            wrong.push(format!(
                "{mistake}\n  wanted {place}\n  got {:?} {}",
                refused.code, refused.stderr
            ));
        }
        site.write(&path, &good);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!site.path("data/hub.db").exists(), "something ran");
}

#[test]
fn a_configuration_says_what_holds_who_says_so_and_what_a_key_means() {
    let site = site();
    let mut command = program("hub");
    command
        .arg("--config")
        .arg(site.config())
        .args(["config", "show", "--origin", "-o", "json"])
        .env("HUB__ENGINE__MEMORY_MB", "512");
    let shown = run(&mut command, PATIENCE).good().json();
    let of = |key: &str| {
        let settings = shown.as_array().expect("settings").iter();
        let found = settings.clone().find(|setting| setting["key"] == key);
        let found = found.unwrap_or_else(|| panic!("{key}: {shown}"));
        (
            found["value"].as_str().expect("a value").to_owned(),
            found["origin"].as_str().expect("an origin").to_owned(),
        )
    };
    let (value, origin) = of("hub.data_dir");
    assert!(
        value == "\"../data\"" && origin.ends_with("conf.d/site.toml:2"),
        "{value} {origin}"
    );
    let (value, origin) = of("engine.memory_mb");
    assert!(
        value == "512" && origin.contains("HUB__ENGINE__MEMORY_MB"),
        "{value} {origin}"
    );
    assert!(of("log.level").1.contains("hub.toml:"), "{shown}");

    let told = site.hub(&["config", "explain", "timeout_seconds"]).good().stdout;
    assert!(
        told.contains("channels.toml") && told.contains("timeout_seconds = 15"),
        "{told}"
    );
    let unknown = site.hub(&["config", "explain", "timeout_second"]).ended(4).stderr;
    assert!(unknown.contains("timeout_seconds"), "{unknown}");

    // A rule that cannot be used is a mistake here, though a run would go on without it; so is a source that is not there.
    site.hub(&["config", "validate"]).good();
    let inbox = site.path("inbox").display().to_string();
    site.edit("config/connectors/roster.toml", &inbox, "/nowhere/at/all");
    let told = site.hub(&["config", "validate"]).ended(3).stdout;
    assert!(told.contains("✘ environment  roster"), "{told}");
    site.edit("config/rules/A01.toml", "severity = ", "severety = ");
    let told = site.hub(&["config", "validate", "--no-env"]).ended(78);
    assert!(
        told.stdout.contains("A01") || told.stderr.contains("A01"),
        "{told:?}"
    );
}
