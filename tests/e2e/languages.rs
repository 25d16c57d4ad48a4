//! Pages in one language: a county's, English without a Chinese character, Chinese without a word said twice.
//! Here because a screen read by one reader needs one half, and a page somebody adds later must part as well.
//! In: pages an operator reads, `--lang`. Out: what is left of the other language, which must be nothing.
//! Not here: help, errors and headers (help); rules' sentences and data, which stay as they are written.

use crate::asked::ADD_OF_COUNTY;
use crate::help::is_chinese;
use crate::site::Site;

/// Where `text` still has a word in both languages: a Chinese one, one space, an English one that is a word for people.
fn pairs(text: &str) -> Vec<String> {
    let words = |line: &str| -> Vec<String> {
        let spaces = line.match_indices(' ').filter_map(|(at, _)| {
            let (before, after) = line.split_at(at);
            let english = after.get(1..)?.split(|c: char| !c.is_ascii_lowercase()).next()?;
            let whole = after.get(1 + english.len()..)?.chars().next();
            let is_word =
                english.len() > 1 && whole.is_none_or(|c| !c.is_ascii_digit() && !"._-/".contains(c));
            (is_word && before.chars().last().is_some_and(is_chinese) && !IDS.contains(&english))
                .then(|| line.to_owned())
        });
        spaces.take(1).collect()
    };
    text.lines()
        .flat_map(|line| match line.contains(" / ") {
            true => vec![line.to_owned()],
            false => words(line),
        })
        .collect()
}

/// Words of the county and of its configuration, and commands: the same in every language.
const IDS: [&str; 6] = ["hub", "platform", "root", "roster", "town", "transient"];

#[test]
fn a_page_is_in_one_language_when_that_is_asked_for() {
    let site = Site::new(1_000, 623);
    site.run_all();
    site.hub(&ADD_OF_COUNTY).good();
    site.hub(&["schedule", "pause", "retention.nightly", "--reason", "moved"])
        .good();
    site.hub(&[
        "silence",
        "add",
        "--rule",
        "A01",
        "--until",
        "2027-01-01",
        "--reason",
        "moved",
    ])
    .good();
    site.hub(&["link", "judge", "1", "2", "later", "--reason", "moved"])
        .good();
    let schedules = site.read("config/schedules.toml");
    let more = "\n[[schedule]]\nid = \"check.more\"\nevery = \"90m\"\n";
    site.write("config/schedules.toml", &format!("{schedules}{more}"));
    let runs = site.ask(&["run", "list"]);
    let run = runs[0]["run_id"].as_str().expect("a run").to_owned();
    let into = site.path("backups").display().to_string();
    let pages: [&[&str]; 27] = [
        &["status"],
        &["doctor"],
        &["plan"],
        &["run", "list"],
        &["run", "show", &run],
        &["run", "start", "--all", "--wait", "--push-wait", "0"],
        &["check", "--push-wait", "0"],
        &["check", "held"],
        &["schedule", "list"],
        &["schedule", "next", "-n", "12", "--explain"],
        &["schedule", "next", "--cron", "0 9 L * *", "--workdays", "-n", "6"],
        &["schedule", "explain", "check.daily"],
        &["schedule", "explain", "retention.nightly"],
        &["schedule", "fires"],
        &["push", "endpoints"],
        &["push", "attempts"],
        &["push", "dead"],
        &["push", "reconcile"],
        &["push", "replay", "--dry-run"],
        &["credential", "list"],
        &["retention"],
        &["backup", &into],
        &["config", "show", "--origin"],
        &["audit", "verify"],
        &["silence", "list"],
        &["link", "status"],
        &["link", "verdicts"],
    ];
    for page in pages {
        // Backups of one second would be the same folder.
        let (english, chinese) = match page[0] {
            "backup" => (shown(&site, "en", page), String::new()),
            _ => (shown(&site, "en", page), shown(&site, "zh", page)),
        };
        let left: Vec<&str> = english
            .lines()
            .filter(|line| line.chars().any(is_chinese))
            .collect();
        assert!(!english.is_empty() && left.is_empty(), "{page:?}: {left:#?}");
        assert_eq!(pairs(&chinese), Vec::<String>::new(), "{page:?}: {chinese}");
    }
    // Without a choice words stand side by side, as ever.
    let both = site.hub(&["status"]).good().stdout;
    for words in [
        "配置 configuration",
        "载入 loaded",
        "逾期 overdue",
        "上次比对 last check",
    ] {
        assert!(both.contains(words), "{both}");
    }
}

fn shown(site: &Site, lang: &str, page: &[&str]) -> String {
    let shown = site.hub(&[&["--lang", lang], page].concat());
    format!("{}{}", shown.stdout, shown.stderr)
}
