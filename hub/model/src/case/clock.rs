//! The clocks of a case: until when it must be verified, handled and closed, and what is told on the way.
//! Here because a deadline that nobody is reminded of is found out about when it has passed.
//! In: a day, working days, terms. Out: due days; on each day the news: reminders, and once that it is overdue.
//! Not here: who is told (routes) and when somebody looks (the check). A clock counts days, not hours.

use chrono::{Datelike, Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Case;
use crate::{Calendar, Due, Severity};

/// What a clock counts towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 核实: whether it is so.
    Verify,
    /// 处置: the rule's own deadline.
    Handle,
    /// 全程: until it is closed.
    Whole,
}

/// How long a clock has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// So many working days.
    Workdays(u32),
    /// So many days.
    Days(u32),
    /// Until this day; it does not move when the clock stands still.
    On(NaiveDate),
}

/// Something a clock tells once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// Half of the term is over.
    Half,
    /// 30 days are left.
    Left30,
    /// 15 days are left.
    Left15,
    /// 7 days are left.
    Left7,
    /// 80 % of the term are over.
    Most,
    /// It is due today.
    Full,
    /// It was not done in time.
    Overdue,
}

/// One deadline of one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What for.
    pub kind: ClockKind,
    /// The day it began; not counted.
    pub since: NaiveDate,
    /// How long it has.
    pub term: Term,
    /// The last day in time, inclusive.
    pub due: NaiveDate,
    /// Whether working days were assumed, because a year is not in the calendar.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// Since when it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_since: Option<NaiveDate>,
    /// When what it counts towards was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<NaiveDate>,
    /// What it has told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Milestone>,
}

/// What a clock tells on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct News {
    /// The clock.
    pub kind: ClockKind,
    /// Its last day in time.
    pub due: NaiveDate,
    /// What was reached since it was last looked at.
    pub reached: Vec<Milestone>,
    /// Whether working days were assumed.
    pub assumed: bool,
}

/// The terms that hold on a day, in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Until it is verified, by severity, the mildest first.
    pub verify: [u32; 4],
    /// Until it is closed.
    pub whole: u32,
}

/// Longest term a parameter may ask for, working days.
const TERM_MAX: i64 = 1000;

impl Default for Terms {
    fn default() -> Self {
        Self {
            verify: [10, 5, 3, 2],
            whole: 20,
        }
    }
}

impl Terms {
    /// The terms that `parameter` gives, by name; the usual ones where it gives none.
    #[must_use]
    pub fn of(parameter: impl Fn(&str) -> Option<i64>) -> Self {
        let days = |name: &str, usual: u32| {
            let given = parameter(name).map(|days| days.clamp(1, TERM_MAX));
            given.and_then(|days| u32::try_from(days).ok()).unwrap_or(usual)
        };
        let usual = Self::default();
        let verify = Severity::ALL.map(|severity| {
            let usual = usual.verify_within(severity);
            days(&format!("verify_{}_workdays", severity.as_str()), usual)
        });
        Self {
            verify,
            whole: days("whole_procedure_workdays", usual.whole),
        }
    }

    /// Working days until a case of this severity is verified.
    #[must_use]
    pub const fn verify_within(&self, severity: Severity) -> u32 {
        let [blue, yellow, orange, red] = self.verify;
        match severity {
            Severity::Blue => blue,
            Severity::Yellow => yellow,
            Severity::Orange => orange,
            Severity::Red => red,
        }
    }
}

impl Term {
    /// The term of a rule's deadline for what begins on `since`.
    #[must_use]
    pub fn of(due: Due, since: NaiveDate) -> Self {
        match due {
            Due::Workdays(count) => Self::Workdays(count),
            Due::Days(count) => Self::Days(count),
            Due::On { month, day } => {
                let this_year = day_of(since.year(), month, day);
                let next = this_year
                    .filter(|date| *date >= since)
                    .or_else(|| day_of(since.year() + 1, month, day));
                Self::On(next.unwrap_or(since))
            }
        }
    }
}

/// `month`/`day` of `year`; the month's last day where it is shorter.
fn day_of(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    (1..=day.clamp(1, 31))
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
}

impl Clock {
    /// A clock that begins on `since`.
    #[must_use]
    pub fn start(kind: ClockKind, since: NaiveDate, term: Term, calendar: &Calendar) -> Self {
        let due = match term {
            Term::Workdays(count) => calendar.after(since, count),
            Term::Days(count) => later(since, count),
            Term::On(day) => day,
        };
        Self {
            kind,
            since,
            term,
            due,
            assumed: is_assumed(term, since, due, calendar),
            stands_since: None,
            ended: None,
            told: Vec::new(),
        }
    }

    /// Whether it counts.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.ended.is_none() && self.stands_since.is_none()
    }

    /// Whether its day passed before what it counts towards was done.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.told.contains(&Milestone::Overdue)
    }

    /// Stops it on `day`.
    pub(super) fn stand(&mut self, day: NaiveDate) {
        if self.runs() {
            self.stands_since = Some(day);
        }
    }

    /// Goes on on `day`: what was left then is left now.
    pub(super) fn go_on(&mut self, day: NaiveDate, calendar: &Calendar) {
        let Some(stood) = self.stands_since.take() else {
            return;
        };
        match self.term {
            Term::Workdays(_) => self.due = calendar.after(self.due, calendar.between(stood, day)),
            Term::Days(_) => {
                let days = u32::try_from((day - stood).num_days()).unwrap_or_default();
                self.due = later(self.due, days);
            }
            Term::On(_) => {}
        }
        self.assumed = is_assumed(self.term, self.since, self.due, calendar);
    }

    /// The days on which it has something to tell, in no order.
    fn milestones(&self, calendar: &Calendar) -> Vec<(Milestone, NaiveDate)> {
        let length = u32::try_from((self.due - self.since).num_days()).unwrap_or_default();
        let after_share = |percent: u32| {
            let left = |whole: u32| whole - (whole * percent).div_ceil(100).min(whole);
            match self.term {
                Term::Workdays(count) => calendar.before(self.due, left(count)),
                Term::Days(count) => earlier(self.due, left(count)),
                Term::On(_) => earlier(self.due, left(length)),
            }
        };
        let mut days = vec![
            (Milestone::Half, after_share(50)),
            (Milestone::Most, after_share(80)),
            (Milestone::Full, self.due),
            (Milestone::Overdue, later(self.due, 1)),
        ];
        for (milestone, left) in [
            (Milestone::Left30, 30),
            (Milestone::Left15, 15),
            (Milestone::Left7, 7),
        ] {
            // A clock that never had so many days does not say that so many are left.
            if length > left {
                days.push((milestone, earlier(self.due, left)));
            }
        }
        days
    }

    /// The next day on which it has something to tell; none when it does not run or has told all.
    #[must_use]
    pub fn next(&self, calendar: &Calendar) -> Option<NaiveDate> {
        if !self.runs() {
            return None;
        }
        let days = self.milestones(calendar).into_iter();
        days.filter(|(milestone, _)| !self.told.contains(milestone))
            .map(|(_, day)| day)
            .min()
    }

    /// What it tells on `day`, once; none when there is nothing new.
    pub fn tell(&mut self, day: NaiveDate, calendar: &Calendar) -> Option<News> {
        if !self.runs() {
            return None;
        }
        let mut reached: Vec<Milestone> = self
            .milestones(calendar)
            .into_iter()
            .filter(|(milestone, at)| *at <= day && !self.told.contains(milestone))
            .map(|(milestone, _)| milestone)
            .collect();
        if reached.is_empty() {
            return None;
        }
        reached.sort_unstable();
        self.told.extend(&reached);
        Some(News {
            kind: self.kind,
            due: self.due,
            reached,
            assumed: self.assumed,
        })
    }
}

impl Case {
    /// Sets its clocks for a round that begins on `day`; `handle` is the earliest deadline its rules give.
    pub fn set_clocks(&mut self, day: NaiveDate, terms: &Terms, handle: Option<Term>, calendar: &Calendar) {
        let within = Term::Workdays(terms.verify_within(self.severity));
        let whole = Term::Workdays(terms.whole);
        self.clocks = vec![
            Clock::start(ClockKind::Verify, day, within, calendar),
            Clock::start(ClockKind::Whole, day, whole, calendar),
        ];
        self.clocks
            .extend(handle.map(|term| Clock::start(ClockKind::Handle, day, term, calendar)));
    }

    /// Shortens the clock of `kind` to `term` from `day` on, when that is earlier; a rule's deadline may set a new clock.
    pub fn tighten(&mut self, kind: ClockKind, day: NaiveDate, term: Term, calendar: &Calendar) {
        let new = Clock::start(kind, day, term, calendar);
        match self.clocks.iter_mut().find(|clock| clock.kind == kind) {
            Some(clock) if clock.ended.is_none() && new.due < clock.due => {
                *clock = Clock {
                    stands_since: clock.stands_since.map(|_| day),
                    told: clock.told.clone(),
                    ..new
                };
            }
            Some(_) => {}
            None => self.clocks.push(new),
        }
    }

    /// What its clocks tell on `day`, each thing once.
    pub fn tell(&mut self, day: NaiveDate, calendar: &Calendar) -> Vec<News> {
        let clocks = self.clocks.iter_mut();
        clocks.filter_map(|clock| clock.tell(day, calendar)).collect()
    }

    pub(super) fn end_clock(&mut self, kind: ClockKind, day: NaiveDate) {
        for clock in self.clocks.iter_mut().filter(|clock| clock.kind == kind) {
            clock.stands_since = None;
            clock.ended.get_or_insert(day);
        }
    }

    pub(super) fn go_back_to(&mut self, kind: ClockKind) {
        for clock in self.clocks.iter_mut().filter(|clock| clock.kind == kind) {
            clock.ended = None;
        }
    }
}

fn is_assumed(term: Term, since: NaiveDate, due: NaiveDate, calendar: &Calendar) -> bool {
    matches!(term, Term::Workdays(_))
        && (since.year()..=due.year()).any(|year| calendar.is_assumed_year(year))
}

fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(days.into())).unwrap_or(day)
}

fn earlier(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(days.into())).unwrap_or(day)
}
