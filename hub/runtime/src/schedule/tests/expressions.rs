//! Expressions against a second implementation, a table of what is refused, and words that must mean one thing.
//! Here because a cron line is read wrong by somebody every year.
//! In: vectors.tsv, tables. Out: assertions.
//! Not here: calendars.

use std::collections::HashMap;
use std::time::Instant;

use super::*;

const VECTORS: &str = include_str!("vectors.tsv");

fn day_match(word: &str) -> Option<DayMatch> {
    match word {
        "any" => Some(DayMatch::Any),
        "all" => Some(DayMatch::All),
        _ => None,
    }
}

/// The first moments after `from_ms`.
fn moments(expression: &Expression, from_ms: i64, zone: Tz, count: usize) -> Vec<i64> {
    let first = expression.after(from_ms, zone);
    std::iter::successors(first, |at| expression.after(*at, zone))
        .take(count)
        .collect()
}

#[test]
fn moments_are_those_a_second_implementation_computes() {
    let mut wrong = Vec::new();
    let mut lines = 0;
    for line in VECTORS.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [text, days, zone, start, fires @ ..] = cells.as_slice() else {
            panic!("{line}")
        };
        let zone: Tz = zone.parse().unwrap();
        let expression =
            Expression::cron(text, day_match(days)).unwrap_or_else(|told| panic!("{line}: {told}"));
        let start: i64 = start.parse().unwrap();
        let expected: Vec<i64> = fires.iter().map(|at| at.parse::<i64>().unwrap() * 1000).collect();
        let found = moments(&expression, start * 1000, zone, expected.len());
        lines += 1;
        if found != expected {
            let of = |moments: &[i64]| {
                moments
                    .iter()
                    .map(|at| shown(*at, zone))
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            wrong.push(format!(
                "{text} {days} {zone}\n  theirs {}\n  ours   {}",
                of(&expected),
                of(&found)
            ));
        }
    }
    assert!(lines >= 400, "{lines} vectors");
    assert!(
        wrong.is_empty(),
        "{} of {lines} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn two_expressions_that_read_the_same_fire_at_the_same_times() {
    let start = cn("2026-01-01 00:00");
    let mut told: HashMap<String, (String, Vec<i64>)> = HashMap::new();
    let own = [
        "0 9 * * 1-5",
        "0 9 * * MON-FRI",
        "0 9 * * 1,2,3,4,5",
        "*/15 * * * *",
        "0,15,30,45 * * * *",
        "0-59/15 * * * *",
        "@daily",
        "0 0 * * *",
        "@hourly",
        "0 * * * *",
        "@weekly",
        "0 0 * * SUN",
        "0 0 * * 7",
        "0 0 * * FRI-SUN",
        "0 0 * * 5,6,0",
        "*/7 * * * *",
        "0 9 1 1,4,7,10 *",
        "0 9 1 */3 *",
        "0 9 L * *",
        "0 9 LW * *",
        "0 9 15W * *",
        "0 9 * * 1#1",
        "0 9 * * 5L",
        "0 9 * * FRI#L",
        "30 18 * JAN *",
        "30 18 * 1 *",
    ];
    let own = own.iter().map(|text| (*text, ""));
    let vectors = VECTORS.lines().map(|line| {
        let mut cells = line.split('\t');
        (cells.next().unwrap(), cells.next().unwrap())
    });
    let mut words = 0;
    for (text, days) in own.chain(vectors) {
        let expression = Expression::cron(text, day_match(days)).unwrap();
        let fires = moments(&expression, start, SHANGHAI, 40);
        let said = expression.describe();
        assert!(said.starts_with('每'), "{text}: {said}");
        words += 1;
        let (first, theirs) = told
            .entry(said.clone())
            .or_insert_with(|| (text.to_owned(), fires.clone()));
        assert_eq!(*theirs, fires, "{first:?} and {text:?} both read {said:?}");
    }
    // And nearly every one reads otherwise than the others.
    assert!(told.len() * 10 > words * 9, "{} phrases for {words}", told.len());
}

#[test]
fn words_for_people() {
    for (cron, said) in [
        ("30 18 * * 1-5", "每周一至周五 18:30"),
        ("30 18 * * *", "每天 18:30"),
        ("0 9 1 * *", "每月 1 日 09:00"),
        ("0 9 L * *", "每月最后一天 09:00"),
        ("0 9 LW * *", "每月最后一个周一至周五的日子 09:00"),
        ("0 9 15W * *", "每月离 15 日最近的周一至周五 09:00"),
        ("0 9 * * 1#1", "每月第 1 个周一 09:00"),
        ("0 9 * * 5L", "每月最后一个周五 09:00"),
        ("0 9 10,20 3,6 *", "每年 3、6 月 10、20 日 09:00"),
        ("*/15 * * * *", "每天，每 15 分钟"),
        ("* * * * *", "每天，每分钟"),
        ("5 * * * *", "每天，每小时第 5 分"),
        ("0 8-18 * * 1-5", "每周一至周五，8至18 点的整点"),
        ("0 8,20 * * 0", "每周日 08:00、20:00"),
        ("@monthly", "每月 1 日 00:00"),
    ] {
        assert_eq!(Expression::cron(cron, None).unwrap().describe(), said, "{cron}");
    }
    assert_eq!(
        Expression::cron("0 9 13 * 5", Some(DayMatch::All))
            .unwrap()
            .describe(),
        "每月 13 日且是周五 09:00"
    );
    assert_eq!(Expression::every(90_000).describe(), "每 1分30秒");
    let nightly = following("check.nightly", &["pull.a", "pull.b"]);
    assert_eq!(nightly.describe(), "当日 pull.a、pull.b 完成后");
    let monthly = on(plain("pull.a", "0 9 1 * *"), On::Workday, Shift::Next);
    assert_eq!(
        monthly.describe(),
        "每月 1 日 09:00，限工作日，否则移至下一个工作日"
    );
}

#[test]
fn what_would_do_something_else_than_was_meant_is_refused_with_a_lesson() {
    for (text, lesson) in [
        ("", "为空"),
        ("* * 1", "有 3 段，应为 5 段"),
        ("0 0 9 * * 1", "秒级调度请用 every"),
        ("0 0 9 * * 1 2026", "有 7 段"),
        ("0 9 13 * 5", "day_match"),
        ("0 9 */2 * 5", "day_match"),
        ("0 0 30 2 *", "五年内没有一次触发"),
        ("0 0 31 4,6 *", "五年内没有一次触发"),
        ("0 24 * * *", "第 2 段（时 hour）"),
        ("60 9 * * *", "第 1 段（分 minute）"),
        ("5/15 * * * *", "第 1 段（分 minute）"),
        ("0 9 * * 8", "第 5 段（周 day of week）"),
        ("0 9 * 13 *", "第 4 段（月 month）"),
        ("0 9 ? * 1", "写 *"),
        ("0 9 1 * +1", "写 *"),
        ("0 9,, * * *", "空的一项"),
        ("@dayly", "did you mean \"@daily\""),
        ("@reboot", "不认识"),
        ("每天九点", "有 1 段"),
    ] {
        let told = Expression::cron(text, None).expect_err(text);
        assert!(told.contains(lesson), "{text}: {told}");
    }
    let told = Expression::cron("0 9 * * 5", Some(DayMatch::Any)).unwrap_err();
    assert!(told.contains("删去"), "{told}");
    let long = format!("0 9 {} * *", "1,".repeat(300));
    assert!(Expression::cron(&long, None).unwrap_err().contains("至多"));
}

#[test]
fn what_never_fires_is_found_quickly() {
    let began = Instant::now();
    for text in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *"] {
        assert!(Expression::cron(text, None).is_err());
    }
    assert!(Expression::quartz("0 0 0 30 2 ?", None).is_err());
    assert!(Expression::quartz("0 0 0 1 1 ? 1999", None).is_err());
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn months_end_where_they_end() {
    for (cron, from, expected) in [
        (
            "0 9 31 * *",
            "2026-01-31 09:00",
            ["2026-03-31", "2026-05-31", "2026-07-31"],
        ),
        (
            "0 9 L * *",
            "2027-12-31 09:00",
            ["2028-01-31", "2028-02-29", "2028-03-31"],
        ),
        (
            "0 9 29 2 *",
            "2026-01-01 00:00",
            ["2028-02-29", "2032-02-29", "2036-02-29"],
        ),
        (
            "0 9 1W * *",
            "2026-07-15 00:00",
            ["2026-08-03", "2026-09-01", "2026-10-01"],
        ),
        (
            "0 9 * * 5#5",
            "2026-01-01 00:00",
            ["2026-01-30", "2026-05-29", "2026-07-31"],
        ),
    ] {
        let found = fires(&plan(vec![plain("pull.a", cron)]), from, 3);
        let expected: Vec<String> = expected
            .iter()
            .map(|day| format!("{day} 09:00:00 +08:00"))
            .collect();
        assert_eq!(found, expected, "{cron}");
    }
}

#[test]
fn a_clock_that_is_put_forward_or_back_runs_a_time_once() {
    let in_new_york = |cron: &str| {
        plan(vec![Schedule {
            zone: NEW_YORK,
            ..plain("pull.a", cron)
        }])
    };
    // 02:30 is left out on 9 March 2025: the first moment after it; 01:30 comes twice on 2 November: the first.
    let gap = fires(&in_new_york("30 2 * * *"), "2025-03-08 12:00", 2);
    assert_eq!(gap, ["2025-03-09 03:00:00 -04:00", "2025-03-10 02:30:00 -04:00"]);
    let fold = fires(&in_new_york("30 1 * * *"), "2025-11-01 12:00", 2);
    assert_eq!(fold, ["2025-11-02 01:30:00 -04:00", "2025-11-03 01:30:00 -05:00"]);
    // A time of every hour goes on through both.
    let hours = fires(&in_new_york("30 * * * *"), "2025-11-02 00:45", 3);
    assert_eq!(
        hours,
        [
            "2025-11-02 01:30:00 -04:00",
            "2025-11-02 01:30:00 -05:00",
            "2025-11-02 02:30:00 -05:00"
        ]
    );
    // China had summer time until 1991.
    let china = fires(&plan(vec![plain("pull.a", "30 0 * * *")]), "1991-04-13 12:00", 2);
    assert_eq!(china.len(), 2);
}

#[test]
fn quartz_counts_its_own_way_and_repeats_nothing() {
    let quartz = |text: &str| Expression::quartz(text, None).unwrap();
    let monday = moments(&quartz("0 0 9 ? * 2"), cn("2026-11-23 08:00"), SHANGHAI, 2);
    assert_eq!(
        monday,
        [cn("2026-11-23 09:00"), cn("2026-11-30 09:00")],
        "2 is Monday"
    );
    let half_minutes = moments(&quartz("0/30 * * * * ?"), cn("2026-11-23 08:00:10"), SHANGHAI, 2);
    assert_eq!(
        half_minutes,
        [cn("2026-11-23 08:00:30"), cn("2026-11-23 08:01:00")]
    );
    let gap = moments(
        &quartz("0 30 2 * * ?"),
        at("2025-03-08 12:00", NEW_YORK),
        NEW_YORK,
        2,
    );
    assert_eq!(
        gap,
        [at("2025-03-09 03:00", NEW_YORK), at("2025-03-10 02:30", NEW_YORK)]
    );
    let fold = moments(
        &quartz("0 */30 * * * ?"),
        at("2025-11-02 00:45", NEW_YORK),
        NEW_YORK,
        5,
    );
    assert!(fold.windows(2).all(|pair| pair[0] < pair[1]), "{fold:?}");
    for (text, lesson) in [
        ("0 9 * * 1", "6 或 7 段"),
        ("0 0 9 13 * 6", "day_match"),
        ("0 0 9 ? * 8", "读不懂"),
        ("0 0 25 ? * 2", "读不懂"),
    ] {
        let told = Expression::quartz(text, None).unwrap_err();
        assert!(told.contains(lesson), "{text}: {told}");
    }
    assert!(Expression::quartz("0 0 9 13 * 6", Some(DayMatch::All)).is_ok());
    assert!(
        Expression::quartz("0 0 9 13 * 6", Some(DayMatch::Any))
            .unwrap_err()
            .contains("all")
    );
}

#[test]
fn a_period_is_counted_from_1970_and_not_from_the_start_of_a_process() {
    let expression = Expression::every(30_000);
    for from in [0, 1, 29_999, 30_000, 1_700_000_000_123] {
        let next = expression.after(from, SHANGHAI).unwrap();
        assert!(
            next > from && next - from <= 30_000 && next % 30_000 == 0,
            "{from}: {next}"
        );
    }
}
