//! Routes: what each takes and why not, when the office opens, the earliest of several.
//! Here because a route that takes one thing too few loses a family in silence.
//! In: routes and matters made by hand. Out: assertions.
//! Not here: files (settings), deliveries (store).

use std::sync::Arc;

use chrono::NaiveTime;

use crate::route::{Hours, Matter, NewsKind, Route, Routes, Unlike};
use crate::{HOURS_AHEAD, Severity};

fn route() -> Route {
    Route {
        id: "r".into(),
        departments: vec![],
        places: vec![],
        severity: None,
        rules: vec![],
        news: vec![],
        channels: vec!["sheet".into()],
        hours: None,
    }
}

fn matter() -> Matter {
    Matter {
        kind: NewsKind::Warning,
        department: "民政".into(),
        place: "颍州区/柳河镇/双桥村".into(),
        division: "341202".into(),
        severity: Severity::Orange,
        rules: vec!["C04".into()],
    }
}

/// 2023-11-06 is a Monday.
fn at(day: u32, hour: u32, minute: u32) -> i64 {
    let day = chrono::NaiveDate::from_ymd_opt(2023, 11, day).unwrap();
    let local = day.and_hms_opt(hour, minute, 0).unwrap();
    local.and_utc().timestamp_millis() - HOURS_AHEAD * 3_600_000
}

#[test]
fn a_route_says_why_it_does_not_take_something() {
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let cases: [(Route, Option<Unlike>); 12] = [
        (route(), None),
        (
            Route {
                departments: text(&["人社"]),
                ..route()
            },
            Some(Unlike::Department),
        ),
        (
            Route {
                departments: text(&["人社", "民政"]),
                ..route()
            },
            None,
        ),
        (
            Route {
                places: text(&["颍州区/柳河镇"]),
                ..route()
            },
            None,
        ),
        (
            Route {
                places: text(&["颍州区/柳河"]),
                ..route()
            },
            Some(Unlike::Place),
        ),
        (
            Route {
                places: text(&["3412"]),
                ..route()
            },
            None,
        ),
        (
            Route {
                places: text(&["341203"]),
                ..route()
            },
            Some(Unlike::Place),
        ),
        (
            Route {
                severity: Some(Severity::Orange),
                ..route()
            },
            None,
        ),
        (
            Route {
                severity: Some(Severity::Red),
                ..route()
            },
            Some(Unlike::Severity),
        ),
        (
            Route {
                rules: text(&["A01", "C*"]),
                ..route()
            },
            None,
        ),
        (
            Route {
                rules: text(&["C0"]),
                ..route()
            },
            Some(Unlike::Rule),
        ),
        (
            Route {
                news: vec![NewsKind::Overdue],
                ..route()
            },
            Some(Unlike::News),
        ),
    ];
    for (route, expected) in cases {
        assert_eq!(route.unlike(&matter()), expected, "{route:?}");
    }
}

#[test]
fn what_comes_at_night_or_on_a_day_off_waits_for_the_office_unless_it_is_grave() {
    let hours = Hours {
        from: NaiveTime::from_hms_opt(8, 30, 0).unwrap(),
        until: NaiveTime::from_hms_opt(17, 30, 0).unwrap(),
        workdays: true,
        but: Some(Severity::Red),
    };
    let quiet = Route {
        hours: Some(hours),
        ..route()
    };
    let routes = Routes::new(text_channels(), vec![quiet], Arc::default());
    let due = |at_ms, severity| {
        let matter = Matter { severity, ..matter() };
        routes.ways(&matter, at_ms)["sheet"].due_ms
    };
    for (happened, expected) in [
        (at(6, 9, 0), at(6, 9, 0)),
        (at(6, 7, 0), at(6, 8, 30)),
        (at(6, 17, 30), at(7, 8, 30)),
        // Friday evening waits for Monday.
        (at(10, 20, 0), at(13, 8, 30)),
    ] {
        assert_eq!(due(happened, Severity::Yellow), expected);
        assert_eq!(due(happened, Severity::Red), happened);
    }
}

fn text_channels() -> Vec<String> {
    vec!["platform".to_owned(), "sheet".to_owned()]
}

#[test]
fn the_earliest_of_several_routes_counts_and_without_routes_everything_goes_everywhere() {
    let late = Route {
        id: "late".into(),
        hours: Some(Hours {
            from: NaiveTime::from_hms_opt(12, 0, 0).unwrap(),
            until: NaiveTime::from_hms_opt(13, 0, 0).unwrap(),
            workdays: false,
            but: None,
        }),
        ..route()
    };
    let routes = Routes::new(text_channels(), vec![late, route()], Arc::default());
    let ways = routes.ways(&matter(), at(6, 9, 0));
    assert_eq!(ways.keys().copied().collect::<Vec<_>>(), ["sheet"]);
    assert_eq!(ways["sheet"].due_ms, at(6, 9, 0));
    assert_eq!(ways["sheet"].routes, ["late", "r"]);
    let all = Routes::to_all(text_channels());
    assert_eq!(all.ways(&matter(), 7).len(), 2);
    let only = Routes::new(
        text_channels(),
        vec![Route {
            severity: Some(Severity::Red),
            ..route()
        }],
        Arc::default(),
    );
    assert!(only.ways(&matter(), 7).is_empty());
}
