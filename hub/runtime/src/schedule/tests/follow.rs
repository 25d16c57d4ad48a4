//! Schedules that follow others: once a business date, when the last of them comes.
//! Here because a check that runs before the last department has sent compares yesterday with today.
//! In: plans. Out: assertions over their occurrences.
//! Not here: whether the others were successful (waiting).

use super::*;

fn days(plan: &Schedules, id: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = plan.get(id).unwrap();
    let next = plan.next(schedule, cn(from), cn(from), count);
    let runs = next.iter().filter(|occurrence| occurrence.runs());
    runs.map(|one| format!("{} {}", one.day, local(one.at_ms, SHANGHAI).format("%d %H:%M")))
        .collect()
}

#[test]
fn it_comes_once_a_day_when_the_last_of_its_upstreams_does() {
    let plan = plan(vec![
        following("check.nightly", &["pull.a", "pull.b"]),
        plain("pull.a", "30 18 * * *"),
        plain("pull.b", "0 20 * * 1-5"),
        following("check.later", &["check.nightly"]),
    ]);
    let expected = [
        "2026-11-27 27 20:00",
        "2026-11-28 28 18:30",
        "2026-11-29 29 18:30",
        "2026-11-30 30 20:00",
    ];
    assert_eq!(
        days(&plan, "check.nightly", "2026-11-27 12:00", 4),
        expected,
        "one that does not come is not waited for"
    );
    assert_eq!(
        days(&plan, "check.later", "2026-11-27 12:00", 4),
        expected,
        "and so on behind it"
    );
    let next = plan.next_fire(&plan.list[0], 0, cn("2026-11-27 12:00")).unwrap();
    assert_eq!(next.nominal_ms, cn("2026-11-27 00:00"), "known by its day");
    assert!(plan.comes_on(&plan.list[2], 0, "2026-11-27".parse().unwrap()));
    assert!(!plan.comes_on(&plan.list[2], 0, "2026-11-28".parse().unwrap()));
}

#[test]
fn it_begins_with_the_first_fire_after_it_is_known_and_is_no_more_than_one_a_day() {
    let plan = plan(vec![
        following("check.nightly", &["pull.a"]),
        every("pull.a", 2_000),
    ]);
    let known = cn("2026-11-27 14:00:01");
    let next = plan.next(&plan.list[0], known, known, 2);
    let told: Vec<String> = next.iter().map(|one| shown(one.at_ms, SHANGHAI)).collect();
    assert_eq!(told, ["2026-11-27 14:00:02 +08:00", "2026-11-28 00:00:00 +08:00"]);
}

#[test]
fn without_an_upstream_that_fires_it_does_not_either() {
    let off = Schedule {
        enabled: false,
        ..plain("pull.a", "30 18 * * *")
    };
    let plan = plan(vec![following("check.nightly", &["pull.a"]), off]);
    assert!(plan.next_fire(&plan.list[0], 0, cn("2026-11-27 12:00")).is_none());
}
