//! What a fire that waits is told: by its time, its upstreams, its window, whoever is in its way; and after a crash.
//! Here because the order of these answers is what an operator relies on.
//! In: fires and what is around them. Out: assertions over steps.
//! Not here: what fell due (decisions).

use chrono::NaiveTime;

use super::*;

const NOW: &str = "2026-11-23 18:30";

fn pending(due: &str) -> Pending {
    Pending {
        nominal_ms: cn(due),
        due_ms: cn(due),
        until_ms: Some(cn(due) + 6 * HOUR),
        tries: 0,
        by_hand: false,
    }
}

fn free() -> Around {
    Around {
        room: true,
        ..Around::default()
    }
}

fn busy() -> Around {
    Around {
        busy: Some(Busy {
            schedule: "pull.other".to_owned(),
            nominal_ms: cn("2026-11-23 18:00"),
        }),
        ..free()
    }
}

fn upstream(comes: bool, done: bool, ended: bool) -> Upstream {
    Upstream {
        id: "pull.b".to_owned(),
        comes,
        done,
        ended,
        said: "pull.b 失败".to_owned(),
    }
}

#[test]
fn a_fire_starts_when_it_is_due_and_nobody_is_in_its_way() {
    let schedule = plain("pull.a", "@daily");
    let fire = pending(NOW);
    assert_eq!(
        ready(&schedule, &fire, &free(), cn(NOW) - 1),
        Step::Wait(Some(cn(NOW)))
    );
    assert_eq!(ready(&schedule, &fire, &free(), cn(NOW)), Step::Start);
    assert_eq!(
        ready(&schedule, &fire, &Around::default(), cn(NOW)),
        Step::Wait(None),
        "no place"
    );
    let paused = Around {
        paused: true,
        ..free()
    };
    assert!(matches!(ready(&schedule, &fire, &paused, cn(NOW)), Step::Skip(_)));
    let by_hand = Pending {
        by_hand: true,
        ..fire
    };
    assert_eq!(
        ready(&schedule, &by_hand, &paused, cn(NOW)),
        Step::Start,
        "a person asked"
    );
}

#[test]
fn whoever_is_in_the_way_is_dealt_with_as_the_schedule_says() {
    let with = |overlap| Schedule {
        overlap,
        ..plain("pull.a", "@daily")
    };
    let fire = pending(NOW);
    let now = cn(NOW);
    let Step::Skip(why) = ready(&with(Overlap::Skip), &fire, &busy(), now) else {
        panic!("not skipped")
    };
    assert!(
        why.contains("pull.other 11-23 18:00:00") && why.contains("pull.a"),
        "{why}"
    );
    assert_eq!(
        ready(&with(Overlap::QueueOne), &fire, &busy(), now),
        Step::Wait(None)
    );
    let queued = Around {
        queued: true,
        ..busy()
    };
    assert!(
        matches!(
            ready(&with(Overlap::QueueOne), &fire, &queued, now),
            Step::Skip(_)
        ),
        "one at most"
    );
    assert!(
        matches!(ready(&with(Overlap::CancelRunning), &fire, &busy(), now), Step::Stop(other) if other.schedule == "pull.other")
    );
    let again = Pending { tries: 1, ..fire };
    assert_eq!(
        ready(&with(Overlap::Skip), &again, &busy(), now),
        Step::Wait(None),
        "a second try is not given up"
    );
    let all = Schedule {
        misfire: Misfire::RunAll,
        ..with(Overlap::Skip)
    };
    let own = Around {
        busy: Some(Busy {
            schedule: "pull.a".to_owned(),
            nominal_ms: 0,
        }),
        ..free()
    };
    assert_eq!(
        ready(&all, &fire, &own, now),
        Step::Wait(None),
        "those made good follow each other"
    );
}

#[test]
fn upstreams_are_waited_for_until_their_time_is_over() {
    let schedule = following("check.nightly", &["pull.b"]);
    let all_done = Schedule {
        after_policy: AfterPolicy::AllDone,
        ..schedule.clone()
    };
    let around = |upstream: Upstream| Around {
        upstreams: vec![upstream],
        ..free()
    };
    let fire = pending(NOW);
    let until = cn(NOW) + 6 * HOUR;
    let failed = || around(upstream(true, false, true));
    assert_eq!(
        ready(&schedule, &fire, &around(upstream(true, true, true)), cn(NOW)),
        Step::Start
    );
    assert_eq!(
        ready(&schedule, &fire, &failed(), cn(NOW)),
        Step::Wait(Some(until)),
        "it may be made good by hand"
    );
    assert_eq!(ready(&all_done, &fire, &failed(), cn(NOW)), Step::Start);
    assert_eq!(
        ready(&schedule, &fire, &around(upstream(false, false, false)), cn(NOW)),
        Step::Start,
        "it does not come today"
    );
    let Step::UpstreamTimeout(why) = ready(&schedule, &fire, &failed(), until) else {
        panic!("it goes on waiting")
    };
    assert!(why.contains("pull.b 失败") && why.contains("6小时"), "{why}");
    let by_hand = Pending {
        by_hand: true,
        ..fire
    };
    assert_eq!(ready(&schedule, &by_hand, &failed(), cn(NOW)), Step::Start);
}

#[test]
fn a_closed_window_makes_it_wait_and_too_long_a_wait_makes_it_missed() {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    let schedule = Schedule {
        window: Some(Window {
            after: time("18:00"),
            before: time("06:30"),
        }),
        ..plain("pull.a", "@daily")
    };
    // Due in the evening, but another was under way until the morning.
    let fire = pending("2026-11-23 18:30");
    let step = ready(&schedule, &fire, &free(), cn("2026-11-24 06:30"));
    assert!(
        matches!(&step, Step::Miss(why) if why.contains("11-24 18:00")),
        "{step:?}"
    );
    let patient = Schedule {
        grace_ms: 24 * HOUR,
        ..schedule
    };
    assert_eq!(
        ready(&patient, &fire, &free(), cn("2026-11-24 06:30")),
        Step::Wait(Some(cn("2026-11-24 18:00")))
    );
}

#[test]
fn no_place_for_longer_than_its_grace_is_missed_too() {
    let schedule = plain("pull.a", "@daily");
    let fire = pending(NOW);
    assert_eq!(ready(&schedule, &fire, &free(), cn(NOW) + 12 * HOUR), Step::Start);
    assert!(matches!(
        ready(&schedule, &fire, &free(), cn(NOW) + 12 * HOUR + 1),
        Step::Miss(_)
    ));
    let skip = Schedule {
        misfire: Misfire::Skip,
        ..schedule
    };
    assert!(matches!(
        ready(&skip, &fire, &free(), cn(NOW) + LATE_MS + 1),
        Step::Miss(_)
    ));
    let by_hand = Pending {
        by_hand: true,
        ..fire
    };
    assert_eq!(ready(&skip, &by_hand, &free(), cn(NOW) + 100 * HOUR), Step::Start);
}

#[test]
fn a_fire_that_a_dead_hub_left_is_done_begun_again_or_over() {
    let schedule = plain("pull.a", "@daily");
    let fire = Pending {
        tries: 1,
        ..pending(NOW)
    };
    let soon = cn(NOW) + HOUR;
    assert_eq!(
        recover(Some(&schedule), &fire, true, soon),
        Recovered::Done,
        "what is committed is not run again"
    );
    assert_eq!(recover(Some(&schedule), &fire, false, soon), Recovered::Again);
    assert!(matches!(
        recover(Some(&schedule), &fire, false, cn(NOW) + 13 * HOUR),
        Recovered::Missed(_)
    ));
    assert!(matches!(recover(None, &fire, false, soon), Recovered::Failed(_)));
    let skip = Schedule {
        misfire: Misfire::Skip,
        ..schedule.clone()
    };
    assert!(matches!(
        recover(Some(&skip), &fire, false, soon),
        Recovered::Failed(_)
    ));
    assert_eq!(
        recover(Some(&skip), &pending(NOW), false, soon),
        Recovered::Again,
        "it had not begun"
    );
    let killer = Pending { tries: 4, ..fire };
    assert!(
        matches!(
            recover(Some(&schedule), &killer, false, soon),
            Recovered::Failed(_)
        ),
        "not for ever"
    );
}

#[test]
fn tries_come_later_and_later_and_only_where_that_can_help() {
    let schedule = Schedule {
        retry: Retry {
            max: 3,
            base_ms: 30_000,
            factor: 4,
            cap_ms: 300_000,
            jitter_percent: 20,
            on: vec!["transient", "timeout"],
        },
        max_runtime_ms: Some(2 * HOUR),
        ..plain("pull.a", "@daily")
    };
    let now = cn(NOW);
    let again = |tries, category| schedule.again_ms((now, now), tries, category, now);
    for (tries, wait_ms) in [(1, 30_000), (2, 120_000), (3, 300_000)] {
        let wait = again(tries, "transient").unwrap() - now;
        assert!(
            (wait_ms * 8 / 10..=wait_ms * 12 / 10).contains(&wait),
            "try {tries}: {wait}"
        );
        assert_eq!(
            again(tries, "transient"),
            again(tries, "transient"),
            "the same after a restart"
        );
    }
    assert_eq!(again(4, "transient"), None);
    assert_eq!(again(1, "auth"), None);
    assert_eq!(
        schedule.again_ms((now, now - 2 * HOUR), 1, "transient", now),
        None,
        "it has had its time"
    );
}
