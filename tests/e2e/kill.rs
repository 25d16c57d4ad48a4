//! `kill -9` at random moments: nothing is lost, nothing is half visible, nothing is said twice.
//! Here because power cuts do not wait for the end of a transaction.
//! In: `HUB_KILLS` rounds of a run that is killed, a platform that receives all along. Out: counts, and how long restarts take.
//! Not here: faults of plugins, and power cuts that lose what was synced to disk.

use crate::harness::{PATIENCE, python, run, say, setting};
use crate::site::{Platform, Site};
use serde_json::Value;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

const KILLS: usize = 20;
/// The platform answers slowly, so that some kills fall between its yes and our record of it.
const ANSWERS: &str = r#"{"delay_ms": 50}"#;
const WHOLE_RUN: [&str; 6] = ["run", "start", "--all", "--wait", "-o", "json"];

/// What was seen over all rounds.
#[derive(Default)]
struct Tally {
    kills: usize,
    /// Kills after which the run turned out to be committed.
    committed: usize,
    lost_rows: u64,
    half_visible: u64,
    orphans: u64,
    missing_files: u64,
    /// Data folders that were brought to their end.
    folders: u64,
    restarts: Vec<Duration>,
}

#[test]
fn a_hub_killed_at_random_moments_loses_nothing_and_says_nothing_twice() {
    let kills = setting("HUB_KILLS").map_or(KILLS, |text| text.parse().expect("HUB_KILLS is a number"));
    let (site, platform) = Site::with_platform(4_000, 31);
    platform.behave(ANSWERS);
    let mut tally = Tally::default();

    // How long a whole run takes here and now is how long a kill may wait.
    let began = Instant::now();
    run_to_the_end(&site, &mut tally);
    let whole = began.elapsed();
    for _ in 0..kills {
        let running = site.start(&WHOLE_RUN);
        std::thread::sleep(moment(whole));
        running.kill();
        tally.kills += 1;
        look(&site, &mut tally);

        let service = site.serve();
        tally.restarts.push(service.ready_after);
        assert_eq!(service.stop(), Some(0));
        if is_committed(&site) {
            // Another run would find nothing new: bring this folder to its end and begin a fresh one.
            tally.committed += 1;
            run_to_the_end(&site, &mut tally);
        }
    }
    run_to_the_end(&site, &mut tally);
    judge(&tally, &site, &platform);
}

#[test]
fn a_file_no_transaction_ever_named_is_swept_at_the_next_start() {
    let site = Site::new(1_000, 32);
    site.run_all();
    let run = site.ask(&["run", "list"])[0]["run_id"]
        .as_str()
        .expect("a run")
        .to_owned();
    let folder = site.path("data/lake/landing/roster__members");
    let stray = folder.join(format!("{run}-0123456789ab-9.parquet"));
    fs::write(&stray, "half a file").expect("written");
    // A run this database never heard of: another database's file, perhaps all that is left of it.
    let foreign = folder.join("01M00000000000000000000000-0123456789ab-0.parquet");
    fs::write(&foreign, "somebody's file").expect("written");
    site.ask(&["check", "--push-wait", "0"]);
    assert!(!stray.exists(), "the stray file is still there");
    assert!(foreign.exists(), "a file of an unknown run was swept");
    assert_eq!(site.ask(&["status"])["open_warnings"], site.planted());
}

/// Uniform over a run.
fn moment(whole: Duration) -> Duration {
    let dice = RandomState::new().build_hasher().finish();
    whole.mul_f64((dice % 1_000) as f64 / 1_000.0)
}

fn is_committed(site: &Site) -> bool {
    let runs = site.ask(&["run", "list"]);
    runs.as_array()
        .expect("runs")
        .iter()
        .any(|run| run["state"] == "committed")
}

/// Looks into the database as the kill left it.
fn look(site: &Site, tally: &mut Tally) -> Option<Value> {
    let data = site.path("data");
    let seen = python(&["sqlite3"], "catalogue.py", &[&data.to_string_lossy()])?;
    let count = |name: &str| seen[name].as_u64().unwrap_or_else(|| panic!("no {name}: {seen}"));
    if count("half_visible") > 0 {
        say(&format!("half visible: {seen}"));
    }
    tally.half_visible += count("half_visible");
    tally.missing_files += count("missing_files");
    Some(seen)
}

/// A run nobody disturbs, after which everything must be there; then the folder makes room for a fresh one.
fn run_to_the_end(site: &Site, tally: &mut Tally) {
    let report = run(&mut site.command(&WHOLE_RUN), PATIENCE).good().json();
    let truth = site.truth();
    for (counted, planted) in [("households", "households"), ("people", "people")] {
        let [found, meant] = [&report[counted], &truth[planted]].map(|n| n.as_u64().expect("a count"));
        tally.lost_rows += found.abs_diff(meant);
    }
    assert_eq!(report["events"]["pending"], 0, "{report}");
    let status = site.ask(&["status"]);
    assert_eq!(status["open_warnings"], site.planted(), "{status}");
    if let Some(seen) = look(site, tally) {
        for (stream, rows) in truth["rows"].as_object().expect("rows") {
            let [landed, meant] = [&seen["landed"][stream], rows].map(|n| n.as_u64().unwrap_or_default());
            tally.lost_rows += landed.abs_diff(meant);
        }
        tally.orphans += seen["orphans"].as_u64().unwrap_or_default();
    }
    fs::remove_dir_all(site.path("data")).expect("removed");
    tally.folders += 1;
}

fn judge(tally: &Tally, site: &Site, platform: &Platform) {
    let stats = platform.stats();
    let effective = stats["effective_duplicates"].as_u64().expect("a count");
    let mut restarts = tally.restarts.clone();
    restarts.sort();
    let at = |percent: usize| restarts.get((restarts.len().saturating_sub(1) * percent).div_ceil(100));
    let ms = |time: Option<&Duration>| time.map_or(0, Duration::as_millis);
    say(&format!(
        "kills {} ({} after the commit, {} data folders): lost rows {}, half-visible batches {}, orphan files {}, \
         missing files {}, effective duplicates {effective} (repeated with the same id {}), restart p50 {} ms, p99 {} ms",
        tally.kills,
        tally.committed,
        tally.folders,
        tally.lost_rows,
        tally.half_visible,
        tally.orphans,
        tally.missing_files,
        stats["duplicates"],
        ms(at(50)),
        ms(at(99)),
    ));
    assert_eq!(
        (tally.lost_rows, tally.half_visible, effective),
        (0, 0, 0),
        "{stats}"
    );
    assert_eq!((tally.orphans, tally.missing_files), (0, 0));
    assert_eq!(stats["unique"], tally.folders * site.planted(), "{stats}");
    for wrong in ["order_violations", "bad_signature", "invalid"] {
        assert_eq!(stats[wrong], 0, "{stats}");
    }
}
