//! Routes: what goes through which channel, from when on, and what is refused because it would reach nobody.
//! Here because a route that is one word wrong loses a family in silence.
//! In: a county, two drop folders, routes. Out: what lies in each, what `hub route test` says, mistakes with their place.
//! Not here: how a channel sends (push_channels), when a route takes something (hub-model).

use crate::site::Site;
use serde_json::Value;
use std::fs;

/// A site whose warnings go into the folders `all` and `grave`, as `routes` say.
fn site(people: u64, seed: u64, routes: &str) -> Site {
    let site = Site::new(people, seed);
    let mut channels = String::new();
    for id in ["all", "grave"] {
        fs::create_dir(site.path(id)).expect("a folder");
        channels.push_str(&format!(
            "[[channel]]\nid = \"{id}\"\nkind = \"file\"\nfolder = \"../{id}\"\nwindow_seconds = 0\n\
             secret = {{ file = \"secrets/platform.key\" }}\n"
        ));
    }
    site.write("config/channels.toml", &channels);
    site.write("config/routes.toml", routes);
    site
}

const ROUTES: &str = "[[route]]\nid = \"rest\"\nchannels = [\"all\"]\n\n\
                      [[route]]\nid = \"grave\"\nseverity = \"orange\"\nnews = [\"warning\"]\nchannels = [\"grave\"]\n";

/// The events that lie in `folder`.
fn events(site: &Site, folder: &str) -> Vec<Value> {
    let mut events = Vec::new();
    for entry in fs::read_dir(site.path(folder)).expect("files") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = fs::read_to_string(path).expect("text");
            events.extend(
                text.lines()
                    .map(|line| serde_json::from_str::<Value>(line).expect("an event")),
            );
        }
    }
    events
}

#[test]
fn each_warning_goes_where_its_routes_say_and_the_command_says_the_same() {
    let site = site(4_000, 351, ROUTES);
    let opened = site.run_all()["warnings"]["opened"].as_u64().expect("a number");
    let opened = usize::try_from(opened).expect("a county's");
    let (all, grave) = (events(&site, "all"), events(&site, "grave"));
    assert_eq!(all.len(), opened);
    let is_grave =
        |event: &&Value| ["red", "orange"].contains(&event["data"]["severity"].as_str().unwrap_or_default());
    assert!(
        !grave.is_empty() && grave.len() < opened,
        "{} of {opened}",
        grave.len()
    );
    assert_eq!(grave.iter().filter(is_grave).count(), grave.len());
    assert_eq!(all.iter().filter(is_grave).count(), grave.len());

    let case_of = |event: &Value| event["data"]["case_id"].as_str().expect("a case").to_owned();
    let mild = all
        .iter()
        .find(|event| !is_grave(event))
        .map(case_of)
        .expect("a mild one");
    let told = site.ask(&["route", "test", "--case", &mild]);
    assert_eq!(told[0]["ways"][0]["channel"], "all", "{told}");
    assert_eq!(
        told[0]["others"],
        serde_json::json!([{ "route": "grave", "unlike": "severity" }]),
        "{told}"
    );
    let told = site.ask(&["route", "test", "--case", &case_of(&grave[0])]);
    assert_eq!(told[0]["ways"].as_array().map(Vec::len), Some(2), "{told}");
    let told = site.ask(&["route", "test", "--all"]);
    let reached = told
        .as_array()
        .expect("rules")
        .iter()
        .all(|rule| rule["ways"][0]["channel"] == "all");
    assert!(reached, "{told}");
    site.hub(&["route", "test", "--case", "01AAAAAAAAAAAAAAAAAAAAAAAA"])
        .ended(4);

    // What happened this month was taken, and nobody has accepted any of it yet.
    let time = all[0]["time"].as_str().expect("a time");
    let (month, _) = time.split_at(7);
    let sums = site.ask(&["push", "reconcile", "--month", month]);
    let of_all = sums["endpoints"]
        .as_array()
        .expect("endpoints")
        .iter()
        .find(|row| row["endpoint"] == "all");
    let of_all = of_all.unwrap_or_else(|| panic!("{sums}"));
    for (key, expected) in [
        ("events", opened),
        ("sent", opened),
        ("received", opened),
        ("accepted", 0),
    ] {
        assert_eq!(of_all[key], expected, "{key} of {sums}");
    }

    // A channel that is added later gets what goes through it, and nothing else.
    fs::create_dir(site.path("late")).expect("a folder");
    let channels = site.read("config/channels.toml");
    let late = channels
        .replacen("\"all\"", "\"late\"", 1)
        .replacen("../all", "../late", 1);
    let (late, _) = late
        .split_once("[[channel]]\nid = \"grave\"")
        .expect("the second");
    site.write("config/channels.toml", &format!("{channels}{late}"));
    site.write(
        "config/routes.toml",
        &ROUTES.replace("[\"grave\"]", "[\"grave\", \"late\"]"),
    );
    site.hub(&["check", "--push-wait", "0"]).good();
    assert_eq!(events(&site, "late").len(), grave.len());
    assert_eq!(events(&site, "all").len(), opened);
}

#[test]
fn what_comes_after_hours_waits_for_the_office() {
    let hours = "hours = { from = \"08:30\", until = \"17:30\", workdays = true, but = \"red\" }\n";
    let site = site(
        1_000,
        352,
        &format!("[[route]]\nid = \"rest\"\nchannels = [\"all\"]\n{hours}"),
    );
    // A Monday evening and a Saturday.
    for (at, from) in [
        ("2023-11-06T22:00", "2023-11-07T08:30:00.000+08:00"),
        ("2023-11-06T09:10", "2023-11-06T09:10:00.000+08:00"),
        ("2023-11-11T10:00", "2023-11-13T08:30:00.000+08:00"),
    ] {
        let told = site.ask(&["route", "test", "--all", "--at", at]);
        assert_eq!(told[0]["ways"][0]["from"], from, "{told}");
    }
    site.hub(&["route", "test", "--all", "--at", "tomorrow"]).ended(2);
}

#[test]
fn a_warning_that_would_reach_nobody_and_a_word_that_means_nothing_are_refused() {
    let site = site(1_000, 353, ROUTES);
    for (right, wrong, at, says) in [
        (
            "channels = [\"all\"]",
            "channels = [\"al\"]",
            "al\"]",
            "did you mean \"all\"",
        ),
        (
            "id = \"rest\"",
            "id = \"rest\"\nplaces = [\"颍州区\"]",
            "[[route]]",
            "A01",
        ),
        (
            "id = \"rest\"",
            "id = \"rest\"\nseverity = \"red\"",
            "[[route]]",
            "reach nobody",
        ),
        (
            "id = \"rest\"",
            "id = \"rest\"\ndepartments = [\"乡村振典\"]",
            "乡村振典",
            "did you mean",
        ),
        (
            "id = \"rest\"",
            "id = \"rest\"\nrules = [\"A011\"]",
            "A011",
            "A01\"",
        ),
        (
            "id = \"rest\"",
            "id = \"rest\"\nseverty = \"red\"",
            "severty",
            "did you mean `severity`",
        ),
        ("id = \"grave\"", "id = \"rest\"", "rest", "twice"),
        (
            "id = \"rest\"",
            "id = \"rest\"\nhours = { from = \"18:00\", until = \"08:00\" }",
            "rest",
            "times of one day",
        ),
    ] {
        site.edit("config/routes.toml", right, wrong);
        let text = site.read("config/routes.toml");
        let before = text.split(at).next().expect("there");
        let (line, column) = (
            before.lines().count().max(1),
            before.lines().last().unwrap_or_default(),
        );
        let line = if before.ends_with('\n') { line + 1 } else { line };
        let column = if before.is_empty() || before.ends_with('\n') {
            1
        } else {
            column.chars().count() + 1
        };
        let refused = site.hub(&["status"]).ended(78).stderr;
        let place = format!("routes.toml:{line}:{column}:");
        assert!(
            refused.contains(&place) && refused.contains(says),
            "{place} {says:?} not in {refused}"
        );
        site.write("config/routes.toml", ROUTES);
    }
}
