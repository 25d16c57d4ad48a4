//! Working days, days off, what is moved, windows and jitter.
//! Here because an office's month begins after the holiday, not in it.
//! In: the shipped calendar. Out: assertions.
//! Not here: which days those are (model).

use chrono::NaiveTime;

use super::*;

#[test]
fn a_golden_week_is_skipped_with_its_line_and_a_worked_sunday_is_not() {
    let plan = plan(vec![on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::None)]);
    let from_ms = cn("2026-09-29 12:00");
    let next = plan.next(&plan.list[0], from_ms, from_ms, 4);
    let told: Vec<(String, bool)> = next.iter().map(|one| (one.day.to_string(), one.runs())).collect();
    let expected = [
        ("2026-09-29", true),
        ("2026-09-30", true),
        ("2026-10-01", false),
        ("2026-10-02", false),
        ("2026-10-03", false),
        ("2026-10-04", false),
        ("2026-10-05", false),
        ("2026-10-06", false),
        ("2026-10-07", false),
        ("2026-10-08", true),
        ("2026-10-09", true),
    ];
    assert_eq!(told, expected.map(|(day, runs)| (day.to_owned(), runs)));
    let Fate::Skipped(why) = &next[2].fate else {
        panic!("{next:?}")
    };
    let line: usize = why
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches(')')
        .parse()
        .unwrap();
    let file = include_str!("../../../../../config/calendars/cn-workday.csv");
    assert_eq!(file.lines().nth(line - 1), Some("2026-10-01,holiday"), "{why}");
    // 10 October 2026 is a Saturday that is worked.
    assert_eq!(
        fires(&plan, "2026-10-10 12:00", 1),
        ["2026-10-10 18:30:00 +08:00"]
    );
}

#[test]
fn what_falls_on_a_day_off_is_moved_and_several_become_one() {
    let moved = |cron: &str, shift: Shift, from: &str, count: usize| {
        fires(
            &plan(vec![on(plain("pull.a", cron), On::Workday, shift)]),
            from,
            count,
        )
    };
    assert_eq!(
        moved("0 9 1 * *", Shift::Next, "2026-09-15 00:00", 2),
        ["2026-10-08 09:00:00 +08:00", "2026-11-02 09:00:00 +08:00"]
    );
    assert_eq!(
        moved("0 9 1 * *", Shift::Previous, "2026-09-15 00:00", 2),
        ["2026-09-30 09:00:00 +08:00", "2026-10-30 09:00:00 +08:00"]
    );
    // Eight days become one.
    assert_eq!(
        moved("0 9 * * *", Shift::Next, "2026-09-30 12:00", 2),
        ["2026-10-08 09:00:00 +08:00", "2026-10-09 09:00:00 +08:00"]
    );
    // Two times of a day stay two.
    assert_eq!(
        moved("0 9,17 3 10 *", Shift::Next, "2026-10-01 00:00", 2),
        ["2026-10-08 09:00:00 +08:00", "2026-10-08 17:00:00 +08:00"]
    );
    let days_off = on(plain("pull.a", "0 2 * * *"), On::Restday, Shift::None);
    assert_eq!(
        fires(&plan(vec![days_off]), "2026-09-29 12:00", 1),
        ["2026-10-01 02:00:00 +08:00"]
    );
}

#[test]
fn a_year_nobody_entered_is_monday_to_friday_and_says_so() {
    let plan = plan(vec![on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::None)]);
    let from_ms = cn("2026-12-31 12:00");
    let next = plan.next(&plan.list[0], from_ms, from_ms, 3);
    let told: Vec<(String, bool, bool)> = next
        .iter()
        .map(|one| (one.day.to_string(), one.runs(), one.assumed))
        .collect();
    let expected = [
        ("2026-12-31", true, false),
        ("2027-01-01", true, true),
        ("2027-01-02", false, true),
        ("2027-01-03", false, true),
        ("2027-01-04", true, true),
    ];
    assert_eq!(
        told,
        expected.map(|(day, runs, assumed)| (day.to_owned(), runs, assumed))
    );
    let gaps = |day: &str| plan.calendar_gaps(day.parse().unwrap());
    assert!(gaps("2026-11-30").is_empty());
    let told = gaps("2026-12-01");
    assert!(
        told.len() == 1 && told[0].starts_with("calendars/cn-workday.csv: 没有 2027 年"),
        "{told:?}"
    );
    assert_eq!(gaps("2027-12-05").len(), 2);
    assert!(
        super::plan(vec![plain("pull.a", "@daily")])
            .calendar_gaps("2026-12-01".parse().unwrap())
            .is_empty()
    );
}

#[test]
fn a_period_on_working_days_tells_a_day_off_once() {
    let plan = plan(vec![on(every("pull.a", 30_000), On::Workday, Shift::None)]);
    let from_ms = cn("2026-11-27 23:59:00");
    let next = plan.next(&plan.list[0], from_ms, from_ms, 3);
    let told: Vec<(String, bool)> = next
        .iter()
        .map(|one| (shown(one.at_ms, SHANGHAI), one.runs()))
        .collect();
    let line = |text: &str, runs| (format!("{text} +08:00"), runs);
    assert_eq!(
        told,
        [
            line("2026-11-27 23:59:30", true),
            line("2026-11-28 00:00:00", false),
            line("2026-11-29 00:00:00", false),
            line("2026-11-30 00:00:00", true),
            line("2026-11-30 00:00:30", true),
        ]
    );
}

#[test]
fn a_window_past_midnight_lets_in_the_evening_and_the_early_morning() {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    let night = Window {
        after: time("18:00"),
        before: time("06:30"),
    };
    for (now, opens) in [
        ("2026-11-23 18:30", "2026-11-23 18:30"),
        ("2026-11-23 02:00", "2026-11-23 02:00"),
        ("2026-11-23 06:30", "2026-11-23 18:00"),
        ("2026-11-23 12:00", "2026-11-23 18:00"),
    ] {
        assert_eq!(
            shown(night.opening(cn(now), SHANGHAI), SHANGHAI),
            shown(cn(opens), SHANGHAI),
            "{now}"
        );
    }
    assert_eq!(
        night.closing(cn("2026-11-23 20:00"), SHANGHAI),
        cn("2026-11-24 06:30")
    );
    let noon = Window {
        after: time("11:00"),
        before: time("13:00"),
    };
    assert_eq!(
        noon.opening(cn("2026-11-23 13:00"), SHANGHAI),
        cn("2026-11-24 11:00")
    );
    assert_eq!(
        noon.closing(cn("2026-11-23 11:30"), SHANGHAI),
        cn("2026-11-23 13:00")
    );
    let windowed = Schedule {
        window: Some(night),
        ..plain("pull.a", "0 12 * * *")
    };
    assert_eq!(
        windowed.start_ms(cn("2026-11-23 12:00"), cn("2026-11-23 12:00")),
        cn("2026-11-23 18:00")
    );
}

#[test]
fn jitter_is_the_same_whenever_it_is_asked_and_spreads() {
    let of = |id: &str, nominal_ms| {
        let schedule = Schedule {
            jitter_ms: 300_000,
            ..plain(id, "@daily")
        };
        schedule.jitter_of(nominal_ms)
    };
    let spread: Vec<i64> = (0..200).map(|nth| of("pull.a", nth * 86_400_000)).collect();
    assert!(spread.iter().all(|jitter| (0..300_000).contains(jitter)));
    assert_eq!(
        spread,
        (0..200)
            .map(|nth| of("pull.a", nth * 86_400_000))
            .collect::<Vec<_>>()
    );
    let early = spread.iter().filter(|jitter| **jitter < 150_000).count();
    assert!((60..140).contains(&early), "{early} of 200 in the first half");
    assert_ne!(of("pull.a", 0), of("pull.b", 0));
    assert_eq!(
        plain("pull.a", "@daily").jitter_of(7),
        0,
        "none unless it is wanted"
    );
}

#[test]
fn days_off_do_not_make_a_source_late() {
    let daily = Schedule {
        expect_within_ms: Some(26 * HOUR),
        ..on(plain("pull.a", "30 18 * * *"), On::Workday, Shift::None)
    };
    let plan = plan(vec![daily]);
    let late = |last: &str, now: &str| plan.late_since(&plan.list[0], cn(last), cn(now));
    // Friday evening to Monday evening.
    assert_eq!(late("2026-11-20 18:40", "2026-11-23 18:30"), None);
    assert_eq!(
        late("2026-11-20 18:40", "2026-11-23 20:41"),
        Some(cn("2026-11-23 20:40"))
    );
    assert_eq!(late("2026-11-23 18:40", "2026-11-24 20:00"), None);
    assert_eq!(
        late("2026-11-23 18:40", "2026-11-24 21:00"),
        Some(cn("2026-11-24 20:40"))
    );
    // A clock before the last success.
    assert_eq!(late("2026-11-24 18:40", "2026-11-24 18:00"), None);
}
