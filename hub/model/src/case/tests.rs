//! Every move a case can make and every one it cannot; clocks over years of working days.
//! Here apart from the code to keep it short to read.
//! In: hand-made cases, every state and action. Out: assertions.
//! Not here: storage and events.

use chrono::{Days, NaiveDate};

use super::{
    Action, Case, CaseState, Clock, ClockKind, Deed, Field, Measure, Milestone, Reason, Refused, Role, Rules,
    TRANSITIONS, Target, Term, Terms, Transition,
};
use crate::{Calendar, CaseId, Due, Severity, Subject};

const TERMS: Terms = Terms {
    verify: [10, 5, 3, 2],
    whole: 20,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rules(calendar: &Calendar) -> Rules<'_> {
    Rules {
        four_eyes: true,
        today: day("2023-11-01"),
        calendar,
        terms: &TERMS,
    }
}

fn case(state: CaseState) -> Case {
    let mut case = Case::opened(CaseId::new(1, 1), Subject::household(1), Severity::Yellow);
    case.department = "民政".into();
    case.set_clocks(day("2023-10-09"), &TERMS, None, &Calendar::default());
    case.state = state;
    case.suspended_from = (state == CaseState::Suspended).then_some(CaseState::Handling);
    case
}

/// A deed with everything said.
fn deed(action: Action, role: Role) -> Deed {
    Deed {
        action,
        actor: "office/民政".into(),
        role,
        reason: Some(Reason::DataLate),
        text: Some("已入户查看".into()),
        measure: Some(Measure::Employment),
        date: Some(day("2023-11-01")),
        to: (action == Action::Reassign).then(|| "人社".into()),
    }
}

#[test]
fn every_state_and_action_moves_as_the_table_says_or_tells_what_is_allowed() {
    let calendar = Calendar::default();
    for state in CaseState::ALL {
        assert_eq!(CaseState::parse(state.as_str()), Some(state));
        for action in Action::ALL {
            for role in Role::ALL {
                let after = case(state).apply(&deed(action, role), &rules(&calendar));
                let line = Transition::find(state, action);
                match (line, after) {
                    (Some(line), Ok(after)) => {
                        assert!(line.roles.contains(&role));
                        let to = match line.to {
                            Target::State(state) => state,
                            Target::Before => CaseState::Handling,
                        };
                        assert_eq!((after.state, after.version), (to, 1), "{state:?} {action:?}");
                    }
                    (Some(line), Err(Refused::Role { roles, .. })) => {
                        assert!(!line.roles.contains(&role) && roles == line.roles);
                    }
                    (_, Err(Refused::NotAllowed { allowed, .. })) => {
                        assert!(!allowed.contains(&action));
                        assert!(
                            allowed
                                .iter()
                                .all(|other| Transition::find(state, *other).is_some())
                        );
                    }
                    (line, after) => panic!("{state:?} {action:?} {role:?}: {line:?} {after:?}"),
                }
            }
        }
    }
    // No state is a dead end, and every one can be reached.
    for state in CaseState::ALL {
        assert!(!Transition::allowed(state).is_empty(), "{state:?}");
        let reached = TRANSITIONS.iter().any(|line| line.to == Target::State(state));
        assert!(reached, "{state:?}");
    }
}

#[test]
fn what_an_action_needs_must_be_said() {
    let calendar = Calendar::default();
    for line in TRANSITIONS.iter().filter(|line| !line.needs.is_empty()) {
        let bare = Deed {
            reason: None,
            text: None,
            measure: None,
            date: None,
            to: None,
            ..deed(line.action, line.roles[0])
        };
        let refused = case(line.from).apply(&bare, &rules(&calendar)).unwrap_err();
        let Refused::Missing { fields, .. } = &refused else {
            panic!("{refused}")
        };
        assert_eq!(fields, line.needs);
        assert!(
            refused.to_string().contains(line.needs[0].argument()),
            "{refused}"
        );
    }
    let mut nobodys = case(CaseState::Open);
    nobodys.department.clear();
    let refused = nobodys.apply(&deed(Action::Dispatch, Role::County), &rules(&calendar));
    let needs_to = Refused::Missing {
        action: Action::Dispatch,
        fields: vec![Field::To],
    };
    assert_eq!(refused, Err(needs_to));
    for (field, wrong) in [
        (
            Field::Date,
            Deed {
                date: Some(day("2023-11-02")),
                ..deed(Action::Handle, Role::Department)
            },
        ),
        (
            Field::Text,
            Deed {
                text: Some("x".into()),
                ..deed(Action::Handle, Role::Department)
            },
        ),
        (
            Field::To,
            Deed {
                to: Some(" ".into()),
                ..deed(Action::Handle, Role::Department)
            },
        ),
    ] {
        let refused = case(CaseState::Handling).apply(&wrong, &rules(&calendar));
        assert!(
            matches!(refused, Err(Refused::Unfit { field: found, .. }) if found == field),
            "{refused:?}"
        );
    }
}

#[test]
fn four_eyes_ask_for_another_closer_and_a_case_that_is_back_begins_a_round() {
    let calendar = Calendar::default();
    let handled = case(CaseState::Handling)
        .apply(&deed(Action::Handle, Role::Department), &rules(&calendar))
        .unwrap();
    let close = deed(Action::Close, Role::County);
    assert!(matches!(
        handled.apply(&close, &rules(&calendar)),
        Err(Refused::SameEyes { .. })
    ));
    let two = Rules {
        four_eyes: false,
        ..rules(&calendar)
    };
    assert!(handled.apply(&close, &two).is_ok());
    let other = Deed {
        actor: "office/县局".into(),
        ..close
    };
    let closed = handled.apply(&other, &rules(&calendar)).unwrap();
    assert!(closed.due().is_none() && closed.closed == Some(day("2023-11-01")));
    let back = closed
        .apply(&deed(Action::Reopen, Role::County), &rules(&calendar))
        .unwrap();
    assert_eq!(
        (back.round, back.state, back.concluded_by.as_deref()),
        (2, CaseState::Open, None)
    );
    assert_eq!(back.due(), Some(day("2023-11-08")));
}

#[test]
fn a_clock_tells_each_milestone_once_and_then_that_it_is_overdue() {
    let calendar = Calendar::default();
    let mut clock = Clock::start(ClockKind::Handle, day("2023-01-01"), Term::Days(60), &calendar);
    let mut told = Vec::new();
    for today in day("2023-01-01").iter_days().take(70) {
        let next = clock.next(&calendar);
        let news = clock.tell(today, &calendar);
        assert_eq!(news.is_some(), next.is_some_and(|next| next <= today), "{today}");
        told.extend(news.map(|news| (today.to_string(), news.reached)));
    }
    use Milestone::{Full, Half, Left7, Left15, Left30, Most, Overdue};
    let expect = [
        ("2023-01-31", vec![Half, Left30]),
        ("2023-02-15", vec![Left15]),
        ("2023-02-18", vec![Most]),
        ("2023-02-23", vec![Left7]),
        ("2023-03-02", vec![Full]),
        ("2023-03-03", vec![Overdue]),
    ];
    assert_eq!(told, expect.map(|(day, reached)| (day.to_owned(), reached)));
    assert!(clock.is_overdue());
    // One that was not looked at for long tells all at once, once.
    let mut late = Clock::start(ClockKind::Verify, day("2023-01-02"), Term::Workdays(5), &calendar);
    let news = late.tell(day("2023-06-01"), &calendar).unwrap();
    assert_eq!(news.reached, [Half, Most, Full, Overdue]);
    assert!(late.tell(day("2023-06-02"), &calendar).is_none() && late.assumed);
}

#[test]
fn what_is_left_of_a_clock_does_not_shrink_while_it_stands_still() {
    let calendar = Calendar::default();
    let start = day("2023-05-31");
    for term in [Term::Workdays(20), Term::Days(20)] {
        for stops_after in 0..15 {
            for stands in 0..40 {
                let mut clock = Clock::start(ClockKind::Whole, start, term, &calendar);
                let stops = start + Days::new(stops_after);
                let goes_on = stops + Days::new(stands);
                let left = |clock: &Clock, on| match term {
                    Term::Workdays(_) => i64::from(calendar.between(on, clock.due)),
                    Term::Days(_) | Term::On(_) => (clock.due - on).num_days(),
                };
                let before = left(&clock, stops);
                clock.stand(stops);
                assert!(
                    clock.tell(goes_on + Days::new(99), &calendar).is_none(),
                    "it stands still"
                );
                clock.go_on(goes_on, &calendar);
                assert_eq!(left(&clock, goes_on), before, "{term:?} {stops} {goes_on}");
            }
        }
    }
}

#[test]
fn a_rules_deadline_is_the_next_such_day_and_clocks_only_become_shorter() {
    let on = |month, day| Due::On { month, day };
    let term = |due, since| Term::of(due, day(since));
    assert_eq!(term(on(9, 30), "2023-09-30"), Term::On(day("2023-09-30")));
    assert_eq!(term(on(9, 30), "2023-10-01"), Term::On(day("2024-09-30")));
    assert_eq!(term(on(2, 29), "2023-01-01"), Term::On(day("2023-02-28")));
    let calendar = Calendar::default();
    let mut case = case(CaseState::Open);
    let today = day("2023-10-10");
    case.tighten(ClockKind::Verify, today, Term::Workdays(2), &calendar);
    assert_eq!(case.due(), Some(day("2023-10-12")));
    case.tighten(ClockKind::Verify, today, Term::Workdays(10), &calendar);
    assert_eq!(
        case.due(),
        Some(day("2023-10-12")),
        "a milder warning gives no more time"
    );
    case.tighten(ClockKind::Handle, today, Term::Days(1), &calendar);
    assert_eq!(
        case.due(),
        Some(day("2023-10-11")),
        "a rule's deadline is a clock of its own"
    );
    let given = |name: &str| (name == "verify_red_workdays").then_some(1);
    assert_eq!(
        Terms::of(given),
        Terms {
            verify: [10, 5, 3, 1],
            whole: 20
        }
    );
}
