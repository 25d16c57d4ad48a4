//! What falls due after a night, a week, an edit, a pause, a clock that was changed.
//! Here because each of these has run somebody's jobs twice or not at all.
//! In: standings, moments. Out: assertions over decisions.
//! Not here: what waits (waiting).

use super::*;

fn standing(decided: &str) -> Standing {
    Standing {
        decided_ms: cn(decided),
        since_ms: cn(decided),
        paused: false,
    }
}

/// `nominal: what` of each fire.
fn told(decisions: &Decisions) -> Vec<String> {
    let one = |fire: &NewFire| {
        let word = match fire.fated {
            Fated::Waits => "waits",
            Fated::Skipped => "skipped",
            Fated::Missed => "missed",
        };
        format!("{} {word}", local(fire.nominal_ms, SHANGHAI).format("%d %H:%M"))
    };
    decisions.fires.iter().map(one).collect()
}

fn decide(schedule: Schedule, standing: &Standing, now: &str) -> Decisions {
    let plan = plan(vec![schedule]);
    due(&plan, &plan.list[0], standing, cn(now))
}

#[test]
fn a_fire_on_time_waits_and_nothing_is_due_before() {
    let before = decide(
        plain("pull.a", "30 18 * * *"),
        &standing("2026-11-23 12:00"),
        "2026-11-23 18:29:59",
    );
    assert!(before.fires.is_empty());
    let now = decide(
        plain("pull.a", "30 18 * * *"),
        &standing("2026-11-23 12:00"),
        "2026-11-23 18:30",
    );
    assert_eq!(told(&now), ["23 18:30 waits"]);
    assert_eq!(
        (now.decided_ms, now.fires[0].due_ms),
        (cn("2026-11-23 18:30"), cn("2026-11-23 18:30"))
    );
    let after = decide(
        plain("pull.a", "30 18 * * *"),
        &standing("2026-11-23 18:30"),
        "2026-11-23 18:31",
    );
    assert!(after.fires.is_empty(), "decided is decided");
}

#[test]
fn after_three_days_without_power_each_policy_does_what_it_says() {
    let of = |misfire, cron: &str| {
        let schedule = Schedule {
            misfire,
            misfire_max: 3,
            ..plain("pull.a", cron)
        };
        decide(schedule, &standing("2026-11-20 12:00"), "2026-11-23 20:00")
    };
    assert_eq!(
        told(&of(Misfire::RunOnce, "30 18 * * *")),
        [
            "20 18:30 missed",
            "21 18:30 missed",
            "22 18:30 missed",
            "23 18:30 waits"
        ],
        "within twelve hours one runs, the others are told"
    );
    assert_eq!(
        told(&of(Misfire::Skip, "30 18 * * *")),
        [
            "20 18:30 missed",
            "21 18:30 missed",
            "22 18:30 missed",
            "23 18:30 missed"
        ]
    );
    let hourly = of(Misfire::RunOnce, "0 * * * *");
    let count = |word: &str| told(&hourly).iter().filter(|line| line.ends_with(word)).count();
    assert_eq!(
        (count("waits"), count("skipped"), count("missed")),
        (1, 12, 80 - 13)
    );
    let last = hourly.fires.last().unwrap();
    assert!(
        last.reason.as_deref().is_some_and(|why| why.contains("补 12 次")),
        "{last:?}"
    );
    let all = of(Misfire::RunAll, "0 * * * *");
    let runs: Vec<String> = told(&all)
        .into_iter()
        .filter(|line| line.ends_with("waits"))
        .collect();
    assert_eq!(runs, ["23 18:00 waits", "23 19:00 waits", "23 20:00 waits"]);
    assert!(all.fires.iter().all(|fire| fire.fated != Fated::Skipped));
}

#[test]
fn a_fire_a_few_seconds_late_is_no_misfire() {
    let skip = Schedule {
        misfire: Misfire::Skip,
        ..plain("pull.a", "30 18 * * *")
    };
    let on_time = decide(skip.clone(), &standing("2026-11-23 12:00"), "2026-11-23 18:31");
    assert_eq!(told(&on_time), ["23 18:30 waits"]);
    let late = decide(skip, &standing("2026-11-23 12:00"), "2026-11-23 18:31:01");
    assert_eq!(told(&late), ["23 18:30 missed"]);
}

#[test]
fn what_is_missed_while_paused_is_never_made_good() {
    let paused = Standing {
        paused: true,
        ..standing("2026-11-20 12:00")
    };
    for misfire in [Misfire::RunOnce, Misfire::RunAll, Misfire::Skip] {
        let schedule = Schedule {
            misfire,
            ..plain("pull.a", "30 18 * * *")
        };
        let decisions = decide(schedule, &paused, "2026-11-23 18:30");
        assert!(
            decisions
                .fires
                .iter()
                .all(|fire| fire.fated == Fated::Skipped && fire.once_a_day),
            "{decisions:?}"
        );
        assert_eq!(decisions.decided_ms, cn("2026-11-23 18:30"));
    }
}

#[test]
fn a_disabled_connector_has_no_fires() {
    let schedule = Schedule {
        enabled: false,
        ..plain("pull.a", "* * * * *")
    };
    assert!(
        decide(schedule, &standing("2026-11-20 12:00"), "2026-11-23 18:30")
            .fires
            .is_empty()
    );
}

#[test]
fn a_clock_that_goes_back_decides_nothing_new_and_one_that_goes_ahead_makes_no_storm() {
    let back = decide(
        plain("pull.a", "30 18 * * *"),
        &standing("2026-11-23 18:30"),
        "2026-11-23 15:00",
    );
    assert_eq!((back.fires.len(), back.decided_ms), (0, cn("2026-11-23 15:00")));
    // Four hundred days ahead, every second.
    let schedule = every("pull.a", 1_000);
    let ahead = decide(schedule, &standing("2026-11-23 18:30"), "2027-12-28 18:30");
    assert_eq!(
        ahead
            .fires
            .iter()
            .filter(|fire| fire.fated == Fated::Waits)
            .count(),
        1
    );
    assert!(
        ahead.fires.len() <= MISSED_ROWS_MAX + 1,
        "{} rows",
        ahead.fires.len()
    );
    assert!(ahead.uncounted > 34_000_000, "{}", ahead.uncounted);
}

#[test]
fn an_edit_of_when_is_another_definition_and_an_edit_of_how_is_not() {
    let schedule = on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::None);
    let same = [
        Schedule {
            timeout_ms: Some(1),
            ..schedule.clone()
        },
        Schedule {
            jitter_ms: 5,
            ..schedule.clone()
        },
        Schedule {
            grace_ms: 5,
            ..schedule.clone()
        },
        Schedule {
            after: vec!["pull.b".to_owned()],
            ..schedule.clone()
        },
    ];
    assert!(
        same.iter()
            .all(|other| other.definition() == schedule.definition())
    );
    let others = [
        plain("pull.a", "30 18 * * *"),
        on(plain("pull.a", "31 18 * * *"), On::Workday, Shift::None),
        on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::Next),
        Schedule {
            zone: NEW_YORK,
            ..schedule.clone()
        },
        on(following("pull.a", &["pull.b"]), On::Workday, Shift::None),
        on(following("pull.a", &["pull.c"]), On::Workday, Shift::None),
        on(every("pull.a", 30_000), On::Workday, Shift::None),
    ];
    let mut known: Vec<String> = others.iter().map(Schedule::definition).collect();
    known.push(schedule.definition());
    known.sort();
    known.dedup();
    assert_eq!(known.len(), others.len() + 1, "each is its own");
}

/// Whatever steps a clock takes, forward and back, with kills between: no nominal time waits twice, and none is lost that
/// came while the hub was up.
#[test]
fn any_walk_of_the_clock_decides_each_slot_once() {
    for seed in 0..60 {
        let dice = |nth: u32, below: i64| chance("walk", seed, nth) % below;
        let schedule = match seed % 4 {
            0 => every("pull.a", 1_000 * (1 + dice(1, 90))),
            1 => plain("pull.a", "*/7 * * * *"),
            2 => on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::Next),
            _ => Schedule {
                misfire: Misfire::RunAll,
                ..plain("pull.a", "15 */3 * * *")
            },
        };
        let plan = plan(vec![schedule]);
        let schedule = &plan.list[0];
        let mut now_ms = cn("2026-09-20 00:00");
        let mut standing = Standing {
            decided_ms: now_ms,
            since_ms: now_ms,
            paused: false,
        };
        let mut seen: BTreeMap<i64, Fated> = BTreeMap::new();
        let (mut furthest_ms, mut earliest_ms) = (now_ms, now_ms);
        for step in 2..200 {
            let back = dice(step, 10) == 0;
            let far = [1_000, 60_000, HOUR, 30 * HOUR][usize::try_from(dice(step + 1_000, 4)).unwrap()];
            now_ms += if back {
                -dice(step + 2_000, far)
            } else {
                1 + dice(step + 2_000, far)
            };
            let decisions = due(&plan, schedule, &standing, now_ms);
            standing.decided_ms = decisions.decided_ms;
            furthest_ms = furthest_ms.max(now_ms);
            earliest_ms = earliest_ms.min(now_ms);
            let mut waits = 0;
            for fire in decisions.fires {
                assert!(fire.nominal_ms <= now_ms || fire.fated != Fated::Waits);
                // What the database does with a time it knows.
                let known = seen.get(&fire.nominal_ms);
                let is_new = known.is_none() || known == Some(&Fated::Missed) && fire.fated == Fated::Waits;
                if is_new {
                    waits += usize::from(fire.fated == Fated::Waits);
                    seen.insert(fire.nominal_ms, fire.fated);
                }
            }
            assert!(waits <= schedule.misfire_max, "seed {seed}: a storm of {waits}");
        }
        let expected = plan
            .occurrences(schedule, 0, earliest_ms)
            .take_while(|occurrence| occurrence.at_ms <= furthest_ms)
            .count();
        let decided = seen.len();
        // Those beyond the rows that are kept are counted and not listed.
        assert!(decided <= expected, "seed {seed}: {decided} of {expected}");
        assert!(decided > 0 || expected == 0, "seed {seed}: nothing of {expected}");
    }
}
