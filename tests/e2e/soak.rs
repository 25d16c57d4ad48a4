//! Fifty sources on schedules, hour after hour, one run in a hundred of which goes wrong: nothing piles up.
//! Here because a leak of a megabyte a night ends a service in spring, and nobody finds it in a test of a minute.
//! In: fifty feeds without code, files that change, break and are mended. Out: slopes of memory, descriptors and bytes, printed.
//! Not here: how quick anything is (benches), storms of news (push_storm).
//!
//! `HUB_SOAK_MINUTES=30` for the long form, in which the slopes after the fifth minute count; without it, until every feed was read
//! and a broken one was mended.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::harness::{built, say, setting, wait_until};
use crate::office::number;
use crate::site::{Service, Site};

const FEEDS: usize = 50;
/// Between two readings of a feed.
const EVERY: &str = "20s";
/// Between two looks, and between two changes of files.
const LOOK: Duration = Duration::from_secs(5);
/// Of so many changes of files one breaks the file: one in a hundred.
const FAULT_OF: u64 = 100;
/// What is before this does not count: caches fill.
const WARM: Duration = Duration::from_secs(300);
/// Allowed growth in an hour, of the mean.
const PERCENT_AN_HOUR: f64 = 1.0;
/// What a run may leave behind for good: its row, its counts, its entries in the audit log, its own log.
const BYTES_A_RUN: f64 = 16_384.0;
const PEOPLE: u64 = 1_000;
const HEADER: &str = "姓名,证件号码,就诊类型,总费用,报销金额,个人自付,结算日期";
const BROKEN: &[u8] = b"PK\x03\x04 this is no workbook";

fn id(feed: usize) -> String {
    format!("feed-{feed:02}")
}

fn inbox(site: &Site, feed: usize) -> PathBuf {
    site.path(&format!("inbox/{}", id(feed)))
}

/// A county, and `FEEDS` feeds of its medical insurance offices.
fn site() -> Site {
    let site = Site::new(PEOPLE, 391);
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/tabular/example/medical-expenses.toml");
    let text = fs::read_to_string(example).expect("the example");
    for feed in 0..FEEDS {
        let inbox = inbox(&site, feed);
        fs::create_dir_all(&inbox).expect("an inbox");
        let ours = format!("inbox = \"{}\"\nsettle_ms = 100\n", inbox.display());
        let text = text
            .replace("id = \"medical-insurance\"", &format!("id = \"{}\"", id(feed)))
            .replace("inbox = \"/srv/hub/inbox/medical-insurance\"\n", &ours);
        let schedule = format!("\n[[schedule]]\nevery = \"{EVERY}\"\n");
        site.write(
            &format!("config/connectors/{}.toml", id(feed)),
            &(text + &schedule),
        );
        expenses(&site, feed, 0);
    }
    let settings = site.read("config/conf.d/site.toml");
    let kept =
        "[retention]\nruns_max = 500\nsnapshots_max = 500\nevaluations_max = 500\nrun_logs_max = 500\n";
    site.write("config/conf.d/site.toml", &format!("{settings}{kept}"));
    let cut = "[[schedule]]\nid = \"retention.often\"\nevery = \"1m\"\n";
    site.write("config/schedules.toml", cut);
    let plugin = built().join("libtabular.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site
}

/// What the office of `feed` reports, as it was changed `times`.
fn expenses(site: &Site, feed: usize, times: u64) {
    let mut rows = format!("\u{feff}{HEADER}\n");
    for row in 0..20 {
        let paid = 100 + (usize::try_from(times).expect("small") + row) % 50;
        let whole = paid + 50;
        let number = number(feed * 20 + row);
        rows.push_str(&format!(
            "某甲,{number},门诊,{whole},50,{paid},2023-10-{:02}\n",
            row + 1
        ));
    }
    put(
        &inbox(site, feed).join("medical_expenses-202310.csv"),
        rows.as_bytes(),
    );
}

/// Puts a file where it is read, whole at once.
fn put(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("part");
    fs::write(&beside, bytes).expect("written");
    fs::rename(&beside, path).expect("put");
}

/// Whose file is broken, if any is.
struct Faults {
    broken: Option<usize>,
    changes: u64,
    made: u64,
}

impl Faults {
    /// Changes ten files, and breaks one where it is time; what was broken before is mended.
    fn go_on(&mut self, site: &Site) {
        for _ in 0..10 {
            self.changes += 1;
            let feed = usize::try_from(self.changes * 7).expect("small") % FEEDS;
            if self.broken == Some(feed) {
                continue;
            }
            expenses(site, feed, self.changes);
        }
        if self.changes.is_multiple_of(FAULT_OF) {
            self.mend(site);
            self.break_one(
                site,
                usize::try_from(self.changes / FAULT_OF).expect("small") % FEEDS,
            );
        }
    }

    fn break_one(&mut self, site: &Site, feed: usize) {
        put(&inbox(site, feed).join("medical_expenses-202309.xlsx"), BROKEN);
        self.broken = Some(feed);
        self.made += 1;
    }

    fn mend(&mut self, site: &Site) {
        if let Some(feed) = self.broken.take() {
            fs::remove_file(inbox(site, feed).join("medical_expenses-202309.xlsx")).expect("removed");
        }
    }
}

/// The service at one moment.
#[derive(Clone, Copy)]
struct Look {
    hours: f64,
    memory: f64,
    descriptors: f64,
    bytes: f64,
}

impl Look {
    fn at(site: &Site, service: &Service, began: Instant) -> Self {
        let pid = service.pid();
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").count();
        Look {
            hours: began.elapsed().as_secs_f64() / 3600.0,
            memory: service.memory().0 as f64,
            descriptors: descriptors as f64,
            bytes: held(&site.path("data")),
        }
    }
}

/// Bytes below `folder`.
fn held(folder: &Path) -> f64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0.0;
    };
    // What goes while it is looked at is not there.
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(at) if at.is_dir() => held(&entry.path()),
        Ok(at) => at.len() as f64,
        Err(_) => 0.0,
    });
    sizes.sum()
}

/// Least squares: the mean, and the change in an hour.
fn slope(looks: &[Look], of: impl Fn(&Look) -> f64) -> (f64, f64) {
    let count = looks.len().max(1) as f64;
    let mean_hours = looks.iter().map(|look| look.hours).sum::<f64>() / count;
    let mean = looks.iter().map(&of).sum::<f64>() / count;
    let (mut along, mut square) = (0.0, 0.0);
    for look in looks {
        let hours = look.hours - mean_hours;
        along += hours * (of(look) - mean);
        square += hours * hours;
    }
    (mean, if square > 0.0 { along / square } else { 0.0 })
}

/// How many of the runs that are kept there are, and how many of them failed.
fn ended(site: &Site) -> (f64, f64) {
    let text = site.hub(&["metrics"]).good().stdout;
    let count = |wanted: &dyn Fn(&str) -> bool| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with("hub_runs_total{"));
        let counts = lines.filter(|line| wanted(line)).map(|line| {
            let value = line.rsplit(' ').next().expect("a value");
            value.parse::<f64>().expect("a number")
        });
        counts.sum()
    };
    (
        count(&|_| true),
        count(&|line| line.contains("outcome=\"failed\"")),
    )
}

#[test]
fn fifty_sources_leave_nothing_behind() {
    let site = site();
    let service = site.serve();
    let began = Instant::now();
    let mut faults = Faults {
        broken: None,
        changes: 0,
        made: 0,
    };
    wait_until("every feed was read", || ended(&site).0 >= FEEDS as f64);
    faults.break_one(&site, 3);
    wait_until("the broken file is told", || ended(&site).1 >= 1.0);
    faults.mend(&site);
    let last = |feed: usize| {
        let runs = site.ask(&["run", "list", "-n", "1000"]);
        let mut runs = runs.as_array().expect("runs").iter();
        let run = runs.find(|run| run["connector"] == id(feed));
        run.map(|run| run["state"].as_str().unwrap_or_default().to_owned())
    };
    wait_until("it is read again", || last(3).as_deref() == Some("committed"));
    let listed = site.ask(&["run", "list", "-n", "1000"]);
    let mut listed = listed.as_array().expect("runs").iter();
    let others = listed.find(|run| run["state"] == "failed" && run["connector"] != id(3));
    assert_eq!(others, None, "another was disturbed");

    let minutes: u64 = setting("HUB_SOAK_MINUTES").map_or(0, |minutes| minutes.parse().expect("minutes"));
    let until = Duration::from_secs(minutes * 60);
    let mut looks = Vec::new();
    while began.elapsed() < until {
        std::thread::sleep(LOOK);
        faults.go_on(&site);
        looks.push(Look::at(&site, &service, began));
    }
    looks.retain(|look| look.hours * 3600.0 > WARM.as_secs_f64());
    let runs = ended(&site);
    if !looks.is_empty() {
        let percent = |of: &dyn Fn(&Look) -> f64| {
            let (mean, an_hour) = slope(&looks, of);
            (mean, an_hour / mean * 100.0)
        };
        let memory = percent(&|look| look.memory);
        let descriptors = percent(&|look| look.descriptors);
        let (bytes, bytes_an_hour) = slope(&looks, |look| look.bytes);
        // One that finds nothing new leaves nothing, and is not counted.
        let a_run = bytes_an_hour / (runs.0 / began.elapsed().as_secs_f64() * 3600.0);
        say(&format!(
            "soak of {minutes} min: {} runs are kept, {} of them failed, {} files broken; memory {:.1} MB {:+.2} %/h; descriptors {:.1} {:+.2} %/h; \
             data {:.1} MB {:+.2} MB/h, {a_run:.0} bytes a run",
            runs.0,
            runs.1,
            faults.made,
            memory.0 / 1e6,
            memory.1,
            descriptors.0,
            descriptors.1,
            bytes / 1e6,
            bytes_an_hour / 1e6,
        ));
        assert!(memory.1 < PERCENT_AN_HOUR, "memory grows");
        assert!(descriptors.1 < PERCENT_AN_HOUR, "descriptors grow");
        assert!(a_run < BYTES_A_RUN, "a run leaves more behind than its records");
    }
    assert_eq!(service.get("/livez").0, 200);
    assert_eq!(service.stop(), Some(0));
}
