//! Fires: the moments of a schedule one after the other, each with its day, and what becomes of it.
//! Here because the list an operator reads and the loop that runs must be one computation.
//! In: schedules, calendars, a moment. Out: occurrences later than it, in order; skipped ones with their reason.
//! Not here: what was missed or is in each other's way (due, ready).

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::window::{midnight, resolve};
use super::{Expression, On, Rhythm, Schedule, Schedules, Shift, local};

/// Days in a row that are no days of a calendar, at most; a longer holiday has a broken calendar.
const DAYS_OFF_MAX: usize = 60;
/// Days without a fire after which there is taken to be none any more.
const IDLE_DAYS_MAX: usize = 5 * 366;
/// Lines of skipped days that a list shows besides its fires, at most.
const SKIPPED_LINES_MAX: usize = 400;
/// How many upstreams may stand one behind the other.
const DEPTH_MAX: usize = 50;

/// One moment of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// What it is known by, with the schedule's id; for those that follow others, the beginning of their day.
    pub nominal_ms: i64,
    /// When it comes: its nominal time, or when the last of its upstreams comes.
    pub at_ms: i64,
    /// Its business date.
    pub day: NaiveDate,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether its year's calendar is not known, and Monday to Friday was assumed.
    pub assumed: bool,
}

/// What becomes of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It runs; with a remark where there is something to say.
    Runs(Option<String>),
    /// It does not, and why; the others of its day neither.
    Skipped(String),
}

impl Occurrence {
    /// Whether it runs.
    #[must_use]
    pub const fn runs(&self) -> bool {
        matches!(self.fate, Fate::Runs(_))
    }
}

/// Occurrences, the earliest first. Endless for most schedules.
pub struct Occurrences<'a> {
    plan: &'a Schedules,
    schedule: &'a Schedule,
    since_ms: i64,
    from_ms: i64,
    walk: Walk<'a>,
    depth: usize,
}

enum Walk<'a> {
    /// From moment to moment.
    Moments(&'a Expression),
    /// From day to day.
    Days {
        day: Option<NaiveDate>,
        ready: VecDeque<Occurrence>,
    },
}

impl Schedules {
    /// Occurrences of `schedule` later than `from_ms`; it is known since `since_ms`.
    #[must_use]
    pub fn occurrences<'a>(&'a self, schedule: &'a Schedule, since_ms: i64, from_ms: i64) -> Occurrences<'a> {
        self.deep(schedule, since_ms, from_ms, 0)
    }

    fn deep<'a>(
        &'a self,
        schedule: &'a Schedule,
        since_ms: i64,
        from_ms: i64,
        depth: usize,
    ) -> Occurrences<'a> {
        let shifts = schedule
            .days
            .as_ref()
            .is_some_and(|days| days.shift != Shift::None);
        let walk = match &schedule.rhythm {
            Rhythm::At(expression) if !shifts => Walk::Moments(expression),
            Rhythm::At(_) | Rhythm::Following => Walk::Days {
                day: Some(schedule.day(from_ms)),
                ready: VecDeque::new(),
            },
        };
        Occurrences {
            plan: self,
            schedule,
            since_ms,
            from_ms,
            walk,
            depth,
        }
    }

    /// The next `count` fires of `schedule` after `from_ms`, with the days that are skipped between them.
    #[must_use]
    pub fn next(&self, schedule: &Schedule, since_ms: i64, from_ms: i64, count: usize) -> Vec<Occurrence> {
        let mut listed: Vec<Occurrence> = Vec::new();
        let mut runs = 0;
        for occurrence in self.occurrences(schedule, since_ms, from_ms) {
            runs += usize::from(occurrence.runs());
            listed.push(occurrence);
            if runs >= count || listed.len() - runs >= SKIPPED_LINES_MAX {
                break;
            }
        }
        listed
    }

    /// When `schedule` fires next after `from_ms`.
    #[must_use]
    pub fn next_fire(&self, schedule: &Schedule, since_ms: i64, from_ms: i64) -> Option<Occurrence> {
        let occurrences = self.occurrences(schedule, since_ms, from_ms);
        occurrences.take(SKIPPED_LINES_MAX).find(Occurrence::runs)
    }

    /// Whether `schedule` fires on `day`; it is known since `since_ms`.
    #[must_use]
    pub fn comes_on(&self, schedule: &Schedule, since_ms: i64, day: NaiveDate) -> bool {
        if !schedule.enabled {
            return false;
        }
        let from_ms = (midnight(day, schedule.zone) - 1).max(since_ms);
        let mut on_day = self
            .occurrences(schedule, since_ms, from_ms)
            .take_while(|occurrence| occurrence.day <= day);
        on_day.any(|occurrence| occurrence.runs() && occurrence.day == day)
    }

    /// Whether `day` is one of `schedule`'s.
    pub(super) fn is_day(&self, schedule: &Schedule, day: NaiveDate) -> bool {
        let Some(days) = &schedule.days else { return true };
        let workday = self.calendars.get(&days.calendar).map_or_else(
            || hub_model::Calendar::default().is_workday(day),
            |named| named.calendar.is_workday(day),
        );
        match days.on {
            On::Workday => workday,
            On::Restday => !workday,
            On::Any => true,
        }
    }

    fn is_assumed(&self, schedule: &Schedule, day: NaiveDate) -> bool {
        use chrono::Datelike;
        let Some(days) = &schedule.days else { return false };
        let named = self.calendars.get(&days.calendar);
        named.is_none_or(|named| named.calendar.is_assumed_year(day.year()))
    }

    /// Why `day` is none of `schedule`'s, with the line that says so where there is one.
    fn why_not(&self, schedule: &Schedule, day: NaiveDate, moved: Option<NaiveDate>) -> String {
        let Some(days) = &schedule.days else {
            return String::new();
        };
        let (word, plain, english, plainly) = match days.on {
            On::Workday => ("休息日", "周末", "a rest day", "weekend"),
            On::Restday | On::Any => ("工作日", "周一至周五", "a working day", "Monday to Friday"),
        };
        let named = self.calendars.get(&days.calendar);
        let line = named.and_then(|named| Some((named, named.calendar.line_of(day)?)));
        let (why, because) = match line {
            Some((named, line)) => {
                let place = format!("{}:{line}", named.file);
                (place.clone(), place)
            }
            None if self.is_assumed(schedule, day) => (
                "假定：日历没有这一年".to_owned(),
                "assumed: its year is in no calendar".to_owned(),
            ),
            None => (plain.to_owned(), plainly.to_owned()),
        };
        let (to, there) = moved.map_or_else(Default::default, |to| {
            (format!("，移至 {to}"), format!(", moved to {to}"))
        });
        format!("{word}（{why}）{to} / {english} ({because}){there}")
    }

    /// The day that fires of `day`, which is none of `schedule`'s, are moved to.
    fn moved_to(&self, schedule: &Schedule, day: NaiveDate) -> Option<NaiveDate> {
        let shift = schedule.days.as_ref().map_or(Shift::None, |days| days.shift);
        let step = |day: NaiveDate| match shift {
            Shift::Next => day.succ_opt(),
            Shift::Previous => day.pred_opt(),
            Shift::None => None,
        };
        std::iter::successors(step(day), |day| step(*day))
            .take(DAYS_OFF_MAX)
            .find(|day| self.is_day(schedule, *day))
    }
}

impl Occurrences<'_> {
    fn next_moment(&mut self, expression: &Expression) -> Option<Occurrence> {
        let (plan, schedule) = (self.plan, self.schedule);
        let at_ms = expression.after(self.from_ms, schedule.zone)?;
        let day = schedule.day(at_ms);
        self.from_ms = at_ms;
        let fate = if plan.is_day(schedule, day) {
            Fate::Runs(None)
        } else {
            // One line for the day: the next comes after it.
            let tomorrow = day.succ_opt().map(|next| midnight(next, schedule.zone) - 1);
            self.from_ms = tomorrow.unwrap_or(at_ms).max(at_ms);
            Fate::Skipped(plan.why_not(schedule, day, None))
        };
        Some(Occurrence {
            nominal_ms: at_ms,
            at_ms,
            day,
            fate,
            assumed: plan.is_assumed(schedule, day),
        })
    }

    fn next_of_days(&mut self) -> Option<Occurrence> {
        for _ in 0..IDLE_DAYS_MAX {
            let Walk::Days { day, ready } = &mut self.walk else {
                return None;
            };
            if let Some(occurrence) = ready.pop_front() {
                return Some(occurrence);
            }
            let at = (*day)?;
            *day = at.succ_opt();
            let mut found = self.of_day(at);
            found.retain(|occurrence| occurrence.at_ms > self.from_ms);
            if let Walk::Days { ready, .. } = &mut self.walk {
                ready.extend(found);
            }
        }
        None
    }

    /// Everything on `day`, in order.
    fn of_day(&self, day: NaiveDate) -> Vec<Occurrence> {
        let (plan, schedule) = (self.plan, self.schedule);
        let occurrence = |nominal_ms: i64, at_ms: i64, fate: Fate| Occurrence {
            nominal_ms,
            at_ms,
            day,
            fate,
            assumed: plan.is_assumed(schedule, day),
        };
        let expression = match &schedule.rhythm {
            Rhythm::At(expression) => expression,
            Rhythm::Following => {
                let Some(at_ms) = self.planned(day) else {
                    return Vec::new();
                };
                let fate = match plan.is_day(schedule, day) {
                    true => Fate::Runs(None),
                    false => Fate::Skipped(plan.why_not(schedule, day, None)),
                };
                return vec![occurrence(midnight(day, schedule.zone), at_ms, fate)];
            }
        };
        if !plan.is_day(schedule, day) {
            let Some(first) = moments(expression, schedule, day).next() else {
                return Vec::new();
            };
            let why = plan.why_not(schedule, day, plan.moved_to(schedule, day));
            return vec![occurrence(first, first, Fate::Skipped(why))];
        }
        let mut found: Vec<(i64, Option<NaiveDate>)> = moments(expression, schedule, day)
            .map(|at_ms| (at_ms, None))
            .collect();
        for from in self.moved_here(day) {
            let times = moments(expression, schedule, from).map(|at_ms| local(at_ms, schedule.zone).time());
            found.extend(times.map(|time| (resolve(day.and_time(time), schedule.zone), Some(from))));
        }
        // What would run on the day anyway is no second fire; of several moved ones that meet, one.
        found.sort_unstable();
        found.dedup_by_key(|(at_ms, _)| *at_ms);
        found
            .into_iter()
            .map(|(at_ms, from)| {
                let remark = from.map(|from| format!("由 {from} 移来 / moved from {from}"));
                occurrence(at_ms, at_ms, Fate::Runs(remark))
            })
            .collect()
    }

    /// Days whose fires are moved to `day`, the earliest first.
    fn moved_here(&self, day: NaiveDate) -> Vec<NaiveDate> {
        let shift = self.schedule.days.as_ref().map_or(Shift::None, |days| days.shift);
        let back = |day: NaiveDate| match shift {
            Shift::Next => day.pred_opt(),
            Shift::Previous => day.succ_opt(),
            Shift::None => None,
        };
        let mut days: Vec<NaiveDate> = std::iter::successors(back(day), |day| back(*day))
            .take(DAYS_OFF_MAX)
            .take_while(|day| !self.plan.is_day(self.schedule, *day))
            .collect();
        days.sort_unstable();
        days
    }

    /// When the last of the upstreams comes for the first time on `day`; `None` when none of them does.
    fn planned(&self, day: NaiveDate) -> Option<i64> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        let upstreams = self.schedule.after.iter().filter_map(|id| self.plan.get(id));
        let enabled = upstreams.filter(|upstream| upstream.enabled);
        let first = |upstream: &Schedule| {
            let from_ms = (midnight(day, upstream.zone) - 1).max(self.since_ms);
            let on_day = self.plan.deep(upstream, self.since_ms, from_ms, self.depth + 1);
            let mut on_day = on_day.take_while(|occurrence| occurrence.day <= day);
            on_day.find(|occurrence| occurrence.runs() && occurrence.day == day)
        };
        enabled.filter_map(first).map(|occurrence| occurrence.at_ms).max()
    }
}

/// The moments of `expression` on `day`, without regard to calendars.
fn moments<'a>(
    expression: &'a Expression,
    schedule: &'a Schedule,
    day: NaiveDate,
) -> impl Iterator<Item = i64> + 'a {
    let zone = schedule.zone;
    let end = day.succ_opt().map_or(i64::MAX, |next| midnight(next, zone));
    std::iter::successors(expression.after(midnight(day, zone) - 1, zone), move |at_ms| {
        expression.after(*at_ms, zone)
    })
    .take_while(move |at_ms| *at_ms < end)
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        match &self.walk {
            Walk::Moments(expression) => {
                let expression = *expression;
                self.next_moment(expression)
            }
            Walk::Days { .. } => self.next_of_days(),
        }
    }
}
