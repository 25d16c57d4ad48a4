//! Routes: which channels a piece of news goes through, and from when on.
//! Here because a department reads what is its own, in its own hours; what goes to everybody is read by nobody.
//! In: what news is about, when it happened. Out: channels, each with the moment from which it may go, and the routes that said so.
//! Not here: the file routes are written in (settings), keeping order and sending (outbox, relay).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::HOURS_AHEAD;
use crate::{Calendar, EventType, Severity};

/// The next office hour is looked for on so many days; a longer holiday there is none.
const DAYS_AHEAD: u64 = 30;

/// What kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewsKind {
    /// A warning was opened, changed, cleared or came back.
    Warning,
    /// Something was done to a case.
    Case,
    /// Part of a case's time is over.
    Reminder,
    /// Something was not done in time.
    Overdue,
}

impl NewsKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Warning, Self::Case, Self::Reminder, Self::Overdue];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Case => "case",
            Self::Reminder => "reminder",
            Self::Overdue => "overdue",
        }
    }

    /// The kind of `event`.
    #[must_use]
    pub const fn of(event: EventType) -> Self {
        match event {
            EventType::Opened
            | EventType::Updated
            | EventType::SeverityChanged
            | EventType::Reopened
            | EventType::Cleared => Self::Warning,
            EventType::Case(_) => Self::Case,
            EventType::CaseReminded => Self::Reminder,
            EventType::CaseOverdue => Self::Overdue,
        }
    }
}

/// What a piece of news is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// What kind it is.
    pub kind: NewsKind,
    /// Who must act; empty before a case has one.
    pub department: String,
    /// `county/town/village`, as far as it is known.
    pub place: String,
    /// The code of the division, as far as it is known.
    pub division: String,
    /// How urgent.
    pub severity: Severity,
    /// The rule, or those behind the case.
    pub rules: Vec<String>,
}

/// When a department is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From this time of day on
    pub from: NaiveTime,
    /// until before this one.
    pub until: NaiveTime,
    /// On working days only.
    pub workdays: bool,
    /// What is so grave does not wait.
    pub but: Option<Severity>,
}

/// One route. What is not said matches everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name.
    pub id: String,
    /// Of these departments.
    pub departments: Vec<String>,
    /// In these places and those within them: `county`, `county/town`, or the code of a division or its first digits.
    pub places: Vec<String>,
    /// At least so grave.
    pub severity: Option<Severity>,
    /// Of these rules; `C*` is every rule whose id begins so.
    pub rules: Vec<String>,
    /// Of these kinds.
    pub news: Vec<NewsKind>,
    /// Through these channels.
    pub channels: Vec<String>,
    /// Within these hours.
    pub hours: Option<Hours>,
}

/// Why a route does not take a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unlike {
    /// Another kind of news.
    News,
    /// Another department.
    Department,
    /// Another place.
    Place,
    /// Not grave enough.
    Severity,
    /// Another rule.
    Rule,
}

/// Whether `pattern` means `rule`.
#[must_use]
pub fn means(pattern: &str, rule: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => rule.starts_with(beginning),
        None => pattern == rule,
    }
}

/// Whether something in `place` (`county/town/village`) and `division` (its code), as far as they are known, is in the place
/// `wanted` means: `county`, `county/town`, or the code of a division or its first digits.
#[must_use]
pub fn is_within(wanted: &str, place: &str, division: &str) -> bool {
    let rest = place.strip_prefix(wanted);
    let is_code = wanted.chars().all(|c| c.is_ascii_digit());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || (is_code && division.starts_with(wanted))
}

impl Route {
    /// Why it does not take `matter`; nothing when it does.
    #[must_use]
    pub fn unlike(&self, matter: &Matter) -> Option<Unlike> {
        let within = |wanted: &String| is_within(wanted, &matter.place, &matter.division);
        let rule = |pattern: &String| matter.rules.iter().any(|rule| means(pattern, rule));
        if !self.news.is_empty() && !self.news.contains(&matter.kind) {
            Some(Unlike::News)
        } else if !self.departments.is_empty() && !self.departments.contains(&matter.department) {
            Some(Unlike::Department)
        } else if !self.places.is_empty() && !self.places.iter().any(within) {
            Some(Unlike::Place)
        } else if self.severity.is_some_and(|least| matter.severity < least) {
            Some(Unlike::Severity)
        } else if !self.rules.is_empty() && !self.rules.iter().any(rule) {
            Some(Unlike::Rule)
        } else {
            None
        }
    }

    /// Whether it takes every piece of news of `kind` about `rule` of `department` when it is of `severity`, wherever it is.
    #[must_use]
    pub fn takes_anywhere(
        &self,
        kind: NewsKind,
        (department, rule): (&str, &str),
        severity: Severity,
    ) -> bool {
        let matter = Matter {
            kind,
            department: department.to_owned(),
            place: String::new(),
            division: String::new(),
            severity,
            rules: vec![rule.to_owned()],
        };
        self.places.is_empty() && self.unlike(&matter).is_none()
    }
}

impl Hours {
    /// The first moment not before `at` at which something of `severity` may go.
    fn first(&self, at: NaiveDateTime, severity: Severity, calendar: &Calendar) -> NaiveDateTime {
        if self.but.is_some_and(|grave| severity >= grave) {
            return at;
        }
        let is_open = |day| !self.workdays || calendar.is_workday(day);
        let days = (0..DAYS_AHEAD).filter_map(|ahead| at.date().checked_add_days(Days::new(ahead)));
        let found = days.filter(|day| is_open(*day)).find_map(|day| {
            let (opens, closes) = (day.and_time(self.from), day.and_time(self.until));
            (at < closes).then(|| at.max(opens))
        });
        found.unwrap_or(at)
    }
}

/// Where news goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    /// Every channel there is.
    channels: Vec<String>,
    /// None: everything goes through every channel at once.
    routes: Vec<Route>,
    calendar: Arc<Calendar>,
}

/// One channel a piece of news goes through.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Way {
    /// From when on, milliseconds since 1970 UTC.
    pub due_ms: i64,
    /// The routes that say so; none when there are no routes at all.
    pub routes: Vec<String>,
}

impl Routes {
    /// Everything through all of `channels`, at once.
    #[must_use]
    pub fn to_all(channels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            channels: channels.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// By `routes`, in the order they are written; what none of them takes goes nowhere.
    #[must_use]
    pub fn new(channels: Vec<String>, routes: Vec<Route>, calendar: Arc<Calendar>) -> Self {
        Self {
            channels,
            routes,
            calendar,
        }
    }

    /// Every channel there is.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// The routes.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Whether everything goes through every channel at once.
    #[must_use]
    pub fn is_to_all(&self) -> bool {
        self.routes.is_empty()
    }

    /// The channels that what happened at `at_ms` goes through.
    #[must_use]
    pub fn ways(&self, matter: &Matter, at_ms: i64) -> BTreeMap<&str, Way> {
        let mut ways: BTreeMap<&str, Way> = BTreeMap::new();
        if self.is_to_all() {
            for channel in &self.channels {
                ways.entry(channel).or_default().due_ms = at_ms;
            }
        }
        for route in self.routes.iter().filter(|route| route.unlike(matter).is_none()) {
            let due_ms = self.due_ms(route, matter.severity, at_ms);
            for channel in &route.channels {
                let way = ways.entry(channel).or_insert_with(|| Way {
                    due_ms,
                    routes: Vec::new(),
                });
                way.due_ms = way.due_ms.min(due_ms);
                way.routes.push(route.id.clone());
            }
        }
        ways
    }

    fn due_ms(&self, route: &Route, severity: Severity, at_ms: i64) -> i64 {
        const AHEAD_MS: i64 = HOURS_AHEAD * 60 * 60 * 1_000;
        let (Some(hours), Some(local)) = (&route.hours, DateTime::from_timestamp_millis(at_ms + AHEAD_MS))
        else {
            return at_ms;
        };
        let first = hours.first(local.naive_utc(), severity, &self.calendar);
        first.and_utc().timestamp_millis() - AHEAD_MS
    }
}
