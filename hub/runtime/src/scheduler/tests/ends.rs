//! Ends: tries, upstreams, limits, whoever is in the way, what is late.
//! Here because a fire that does not end well must be somebody's business.
//! In: a site whose clock is set by hand. Out: assertions over rows and the audit log.
//! Not here: nights (nights).

use super::*;
use crate::schedule::tests::{HOUR, every, following};
use crate::schedule::{OnFailure, Overlap, Retry, Window};

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_and_one_that_may_not_is_told() {
    let retried = Schedule {
        retry: Retry {
            max: 2,
            base_ms: 30_000,
            factor: 2,
            cap_ms: HOUR,
            jitter_percent: 0,
            on: vec!["transient"],
        },
        on_failure: OnFailure::Pause,
        ..plain("pull.a", "30 18 * * *")
    };
    let site = Site::new(vec![retried.clone()], "2026-11-23 12:00").await;
    site.ends("transient", 2);
    site.go("2026-11-23 18:30").await;
    assert_eq!((site.tries(), site.states("pull.a").await), (1, vec!["waiting"]));
    site.go("2026-11-23 18:30:29").await;
    assert_eq!(site.tries(), 1, "not yet");
    // The next try is in the database: another hub makes it.
    let site = site.again(vec![retried.clone()], "2026-11-23 18:30:30").await;
    site.ends("transient", 1);
    site.go("2026-11-23 18:30:30").await;
    site.go("2026-11-23 18:31:30").await;
    let fires = site.fires("pull.a").await;
    assert_eq!(
        (fires[0].state, fires[0].tries, fires[0].runs.len()),
        (FireState::Done, 3, 3),
        "{fires:?}"
    );

    site.ends("auth", 1);
    site.go("2026-11-24 18:30").await;
    assert_eq!(site.states("pull.a").await, ["done", "failed"]);
    assert_eq!(
        (
            site.told("schedule.failed").await,
            site.told("schedule.paused").await
        ),
        (1, 1)
    );
    site.go("2026-11-25 18:30").await;
    assert_eq!(
        site.states("pull.a").await,
        ["done", "failed", "skipped"],
        "it paused itself"
    );
}

#[tokio::test]
async fn a_check_waits_for_its_upstreams_of_the_day_and_says_when_they_did_not_come() {
    let nightly = || {
        vec![
            following("check.nightly", &["pull.a"]),
            plain("pull.a", "30 18 * * *"),
        ]
    };
    let site = Site::new(nightly(), "2026-11-23 12:00").await;
    site.go("2026-11-23 18:30").await;
    site.turn().await;
    site.rest().await;
    assert_eq!(
        (site.states("pull.a").await, site.states("check.nightly").await),
        (vec!["done"], vec!["done"])
    );
    site.ends("auth", 1);
    site.go("2026-11-24 18:30").await;
    assert_eq!(site.states("check.nightly").await, ["done", "waiting"]);
    let site = site.again(nightly(), "2026-11-24 20:00").await;
    site.go("2026-11-25 00:31").await;
    assert_eq!(site.states("check.nightly").await, ["done", "upstream_timeout"]);
    let fires = site.fires("check.nightly").await;
    assert!(
        fires[1]
            .reason
            .as_deref()
            .is_some_and(|why| why.contains("pull.a 失败")),
        "{fires:?}"
    );
    assert_eq!(site.told("schedule.upstream_timeout").await, 1);
    // Made good by hand.
    let day = "2026-11-24".parse().unwrap();
    for id in ["pull.a", "check.nightly"] {
        let asked = site
            .scheduler
            .backfill(id, (day, day), "account/ops")
            .await
            .unwrap();
        assert_eq!((asked.nominal_ms.len(), asked.waiting), (1, 1), "{id}");
        site.go("2026-11-25 09:00").await;
    }
    assert_eq!(
        (site.states("pull.a").await, site.states("check.nightly").await),
        (vec!["done", "done"], vec!["done", "done"])
    );
    let again = site
        .scheduler
        .backfill("pull.a", (day, day), "account/ops")
        .await
        .unwrap();
    assert_eq!(again.waiting, 0, "what went well is not run again");
}

#[tokio::test]
async fn time_limits_stop_a_run_and_a_later_fire_takes_the_place_of_a_running_one() {
    let schedule = Schedule {
        timeout_ms: Some(2 * HOUR),
        overlap: Overlap::CancelRunning,
        ..plain("pull.a", "30 18,19 * * *")
    };
    let site = Site::new(vec![schedule], "2026-11-23 12:00").await;
    site.work.gate.forget_permits(PERMITS);
    site.running("2026-11-23 18:30").await;
    site.set("2026-11-23 19:30");
    site.turn().await;
    while site.states("pull.a").await.first() != Some(&"skipped") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    site.running("2026-11-23 19:30").await;
    site.set("2026-11-23 21:30");
    site.until(FireState::Failed).await;
    let fires = site.fires("pull.a").await;
    assert!(
        fires[1]
            .reason
            .as_deref()
            .is_some_and(|why| why.starts_with("timeout")),
        "{fires:?}"
    );
}

#[tokio::test]
async fn the_watchdog_tells_once_that_a_source_is_late_and_once_that_it_is_not() {
    let schedule = || {
        vec![Schedule {
            expect_within_ms: Some(26 * HOUR),
            ..plain("pull.a", "30 18 * * *")
        }]
    };
    let site = Site::new(schedule(), "2026-11-23 12:00").await;
    site.go("2026-11-23 18:30").await;
    let late = async |site: &Site, now: &str| {
        site.set(now);
        site.scheduler.look().await.unwrap();
        site.scheduler.look().await.unwrap();
        site.store.schedules().await.unwrap()["pull.a"].late_ms
    };
    assert_eq!(late(&site, "2026-11-24 20:30").await, None);
    assert_eq!(
        late(&site, "2026-11-24 20:31").await,
        Some(cn("2026-11-24 20:30"))
    );
    assert_eq!(
        (
            site.told("schedule.late").await,
            site.told("schedule.fresh").await
        ),
        (1, 0)
    );
    site.go("2026-11-24 20:32").await;
    assert_eq!(late(&site, "2026-11-24 20:33").await, None);
    assert_eq!(
        (
            site.told("schedule.late").await,
            site.told("schedule.fresh").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn no_more_than_so_many_are_under_way_and_one_key_has_one() {
    let mut schedules: Vec<Schedule> = (0..8).map(|nth| every(&format!("pull.{nth}"), 60_000)).collect();
    for schedule in schedules.iter_mut().take(2) {
        schedule.key = "upstream".to_owned();
        schedule.overlap = Overlap::QueueOne;
    }
    let site = Site::new(schedules, "2026-11-23 12:00:30").await;
    site.work.gate.forget_permits(PERMITS);
    site.set("2026-11-23 12:01");
    site.turn().await;
    let open = site.store.open_fires().await.unwrap();
    let under_way = |open: &[FireRow]| {
        open.iter()
            .filter(|fire| fire.state != FireState::Waiting)
            .count()
    };
    assert_eq!((open.len(), under_way(&open)), (8, 4));
    let upstream = open
        .iter()
        .filter(|fire| ["pull.0", "pull.1"].contains(&fire.schedule.as_str()));
    assert!(upstream.filter(|fire| fire.state != FireState::Waiting).count() <= 1);
    site.work.gate.add_permits(PERMITS);
    for _ in 0..4 {
        site.rest().await;
        site.turn().await;
    }
    site.rest().await;
    assert_eq!(
        (site.tries(), site.store.open_fires().await.unwrap().len()),
        (8, 0)
    );
}

#[tokio::test]
async fn a_window_that_closes_stops_what_runs_where_that_is_wanted() {
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let schedule = Schedule {
        window: Some(Window {
            after: time(18),
            before: time(20),
        }),
        stop_at_window_end: true,
        ..plain("pull.a", "30 12 * * *")
    };
    let site = Site::new(vec![schedule], "2026-11-23 12:00").await;
    site.go("2026-11-23 12:30").await;
    assert_eq!(
        (site.tries(), site.states("pull.a").await),
        (0, vec!["waiting"]),
        "it is closed"
    );
    site.work.gate.forget_permits(PERMITS);
    site.running("2026-11-23 18:00").await;
    site.set("2026-11-23 20:00");
    site.until(FireState::Failed).await;
    let fires = site.fires("pull.a").await;
    assert_eq!(
        fires[0].nominal_ms,
        cn("2026-11-23 12:30"),
        "under its own nominal time"
    );
    assert!(
        fires[0]
            .reason
            .as_deref()
            .is_some_and(|why| why.starts_with("window")),
        "{fires:?}"
    );
}
