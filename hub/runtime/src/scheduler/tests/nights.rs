//! Nights: clocks that jump, hubs that die, files that are edited, schedules that are paused.
//! Here because each of these has run somebody's jobs twice or not at all.
//! In: a site whose clock is set by hand. Out: assertions over rows.
//! Not here: how single fires end (ends).

use super::*;

#[tokio::test]
async fn a_slot_runs_once_however_the_clock_jumps() {
    let site = Site::new(daily(), "2026-11-23 12:00").await;
    site.go("2026-11-23 18:30").await;
    assert_eq!((site.tries(), site.states("pull.a").await), (1, vec!["done"]));
    for now in [
        "2026-11-23 15:30",
        "2026-11-23 18:30",
        "2026-11-23 18:31",
        "2026-11-23 15:00",
        "2026-11-23 21:30",
    ] {
        site.scheduler.step_back(cn(now)).await.unwrap();
        site.go(now).await;
    }
    assert_eq!(site.tries(), 1);
    // A clock that was four hundred days ahead for a moment costs one run and no later one.
    site.go("2027-12-28 18:31").await;
    site.scheduler.step_back(cn("2026-11-24 12:00")).await.unwrap();
    site.go("2026-11-24 12:00").await;
    assert_eq!(site.tries(), 2);
    site.go("2026-11-24 18:30").await;
    site.go("2026-11-25 18:30").await;
    assert_eq!(site.tries(), 4, "{:?}", site.states("pull.a").await);
}

#[tokio::test]
async fn after_a_night_without_power_the_latest_runs_and_the_others_are_told() {
    let site = Site::new(daily(), "2026-11-20 12:00").await;
    let site = site.again(daily(), "2026-11-23 20:00").await;
    site.go("2026-11-23 20:00").await;
    assert_eq!(
        site.states("pull.a").await,
        ["missed", "missed", "missed", "done"]
    );
    assert_eq!((site.tries(), site.told("schedule.missed").await), (1, 1));
    let site = site.again(daily(), "2026-11-23 21:00").await;
    site.go("2026-11-23 21:00").await;
    assert_eq!(site.tries(), 0, "and not again after another restart");
}

#[tokio::test]
async fn an_edited_schedule_makes_nothing_good_and_one_that_was_off_begins_now() {
    let site = Site::new(daily(), "2026-11-20 12:00").await;
    let edited = || vec![plain("pull.a", "0 17 * * *")];
    let site = site.again(edited(), "2026-11-23 20:00").await;
    site.go("2026-11-23 20:00").await;
    assert_eq!((site.tries(), site.fires("pull.a").await.len()), (0, 0));
    // Two ways to be away: no schedule at all, and one that is off.
    let site = site.again(Vec::new(), "2026-11-24 20:00").await;
    let site = site.again(edited(), "2026-11-25 20:00").await;
    site.go("2026-11-25 20:00").await;
    assert_eq!(site.fires("pull.a").await.len(), 0, "there was none at five");
    let off = Schedule {
        enabled: false,
        ..plain("pull.a", "0 17 * * *")
    };
    let site = site
        .again(vec![off, plain("pull.b", "@daily")], "2026-11-26 12:00")
        .await;
    let site = site.again(edited(), "2026-11-26 20:00").await;
    site.go("2026-11-26 20:00").await;
    assert_eq!(site.fires("pull.a").await.len(), 0, "it was off at five");
    site.go("2026-11-27 17:00").await;
    assert_eq!(site.states("pull.a").await, ["done"]);
}

#[tokio::test]
async fn what_falls_due_while_paused_is_skipped_for_good() {
    let site = Site::new(daily(), "2026-11-23 12:00").await;
    let paused = site
        .scheduler
        .pause("pull.a", "upstream is moved", "account/ops")
        .await
        .unwrap();
    assert_eq!(paused.paused_by.as_deref(), Some("account/ops"));
    site.go("2026-11-23 18:30").await;
    let site = site.again(daily(), "2026-11-24 18:30").await;
    site.go("2026-11-24 18:30").await;
    site.scheduler.resume("pull.a", "account/ops").await.unwrap();
    site.go("2026-11-24 19:00").await;
    assert_eq!(
        (site.tries(), site.states("pull.a").await),
        (0, vec!["skipped", "skipped"])
    );
    site.go("2026-11-25 18:30").await;
    assert_eq!(site.states("pull.a").await, ["skipped", "skipped", "done"]);
    assert_eq!(
        (
            site.told("schedule.paused").await,
            site.told("schedule.resumed").await
        ),
        (1, 1)
    );
    let unknown = site
        .scheduler
        .pause("pull.aa", "why", "x")
        .await
        .unwrap_err()
        .to_string();
    assert!(unknown.contains("did you mean \"pull.a\""), "{unknown}");
}

#[tokio::test]
async fn a_crash_under_way_is_begun_again_and_what_was_committed_is_not() {
    let site = Site::new(daily(), "2026-11-23 12:00").await;
    site.work.gate.forget_permits(PERMITS);
    site.set("2026-11-23 18:30");
    site.turn().await;
    site.until(FireState::Running).await;
    let run = site.fires("pull.a").await[0].runs[0].clone();
    // The hub dies with its tasks.
    let site = site.again(daily(), "2026-11-23 18:40").await;
    assert_eq!(site.states("pull.a").await, ["waiting"]);
    site.go("2026-11-23 18:40").await;
    let fires = site.fires("pull.a").await;
    assert_eq!(
        (fires[0].state, fires[0].tries, fires[0].runs.len()),
        (FireState::Done, 2, 2)
    );
    assert_eq!(fires[0].runs[0], run, "the first try is remembered");

    site.work.gate.forget_permits(PERMITS);
    site.set("2026-11-24 18:30");
    site.turn().await;
    site.until(FireState::Running).await;
    let run = site.fires("pull.a").await[1].runs[0].clone();
    let run = hub_model::RunId::parse(&run).unwrap();
    site.store.run_started(run, ("a", "h"), 1).await.unwrap();
    let committed = hub_store::Commit {
        runs: vec![hub_store::CommittedRun {
            run,
            connector: "a".to_owned(),
            streams: Vec::new(),
            peak_child_bytes: 0,
            held: Vec::new(),
        }],
        ..hub_store::Commit::default()
    };
    site.store.commit(&committed, 2).await.unwrap();
    let site = site.again(daily(), "2026-11-24 18:40").await;
    site.go("2026-11-24 18:40").await;
    assert_eq!(
        (site.states("pull.a").await, site.tries()),
        (vec!["done", "done"], 0)
    );
}

#[tokio::test]
async fn a_service_that_ends_leaves_what_runs_to_the_next_one() {
    let site = Site::new(daily(), "2026-11-23 12:00").await;
    site.work.gate.forget_permits(PERMITS);
    site.set("2026-11-23 18:30");
    site.turn().await;
    site.until(FireState::Running).await;
    site.stop.cancel();
    site.tasks.close();
    // It may go on for a while before it is asked to stop.
    tokio::task::yield_now().await;
    while !site.tasks.is_empty() {
        site.clock.0.now_ms.fetch_add(1_000, Ordering::SeqCst);
        site.clock.0.moved.notify_waiters();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(site.states("pull.a").await, ["waiting"]);
    let site = site.again(daily(), "2026-11-23 18:45").await;
    site.go("2026-11-23 18:45").await;
    assert_eq!((site.tries(), site.states("pull.a").await), (1, vec!["done"]));
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_let_pass_runs_at_its_true_time() {
    let site = Site::new(vec![plain("pull.a", "0 * * * *")], "2026-11-23 12:30").await;
    // Six hours ahead for a moment: five gave way to one.
    site.go("2026-11-23 18:30").await;
    assert_eq!(
        site.states("pull.a").await,
        ["skipped", "skipped", "skipped", "skipped", "skipped", "done"]
    );
    site.scheduler.step_back(cn("2026-11-23 12:31")).await.unwrap();
    for hour in 13..20 {
        site.go(&format!("2026-11-23 {hour}:00")).await;
    }
    assert_eq!(site.states("pull.a").await, ["done"; 7]);
    assert_eq!(site.tries(), 7, "18:00 had run, and does not run again");
}
