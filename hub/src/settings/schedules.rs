//! `[[schedule]]`: when connectors are read, rules checked and old things removed, by itself and one among the others.
//! Here because a schedule that never fires, or fires on the wrong day, must be found when it is written.
//! In: raw schedules with their places, calendars. Out: schedules; or the first mistake, with its place and what was meant.
//! Not here: which keys there are (schedules_file), when they fire (runtime).

use std::path::{Path, PathBuf};

use hub_model::{Mistake, Place};
use hub_runtime::schedule::{
    CALENDAR, Days, Expression, On, Rhythm, Schedule, Shift, Task, Window, duration_ms, zone,
};
use toml::Spanned;

use super::files::Reader;
use super::schedules_file::{At, RawDialect, RawSchedule, SchedulesFile};
use super::schedules_graph::Written;

/// The file of checks.
const NAME: &str = "schedules.toml";
/// What ids of checks begin with.
const CHECK: &str = "check.";
/// What ids of schedules begin with that remove what is past keeping.
const RETENTION: &str = "retention.";
/// What the id of a connector's schedule begins with, when nobody says otherwise.
const PULL: &str = "pull.";
const ID_CHARS: std::ops::RangeInclusive<usize> = 1..=80;
/// Most upstreams of one schedule.
const AFTER_MAX: usize = 50;
/// Most fires that are made good.
const MISFIRE_MAX: usize = 100;

const MISFIRE_GRACE: &str = "12h";
const AFTER_TIMEOUT: &str = "6h";
const MISFIRES: usize = 10;

/// What holds for every schedule that does not say otherwise.
pub(super) struct Defaults {
    pub(super) timezone: chrono_tz::Tz,
}

/// Whose schedules a file holds.
pub(super) struct Owner {
    pub(super) task: Task,
    pub(super) enabled: bool,
}

/// A file with schedules in it.
pub(super) struct Page<'a> {
    pub(super) reader: &'a Reader,
    pub(super) file: PathBuf,
    pub(super) text: String,
    pub(super) defaults: &'a Defaults,
}

/// The schedules of `schedules.toml`; a missing file has none.
pub(super) fn checks(reader: &Reader, defaults: &Defaults) -> anyhow::Result<Vec<Written>> {
    let path = Path::new(NAME);
    if !reader.is_file(path) {
        return Ok(Vec::new());
    }
    let file: SchedulesFile = reader.toml(path)?;
    let page = Page {
        reader,
        file: reader.path(path),
        text: reader.text(path)?,
        defaults,
    };
    let owner = Owner {
        task: Task::Check,
        enabled: true,
    };
    page.read(file.schedule, &owner)
}

impl Page<'_> {
    /// Checks every schedule of the file by itself.
    pub(super) fn read(&self, raws: Vec<RawSchedule>, owner: &Owner) -> anyhow::Result<Vec<Written>> {
        // Those at the beginning of a line: others stand in comments.
        let is_header = |at: &usize| {
            self.text
                .get(..*at)
                .is_some_and(|before| before.is_empty() || before.ends_with('\n'))
        };
        let mut headers = self
            .text
            .match_indices("[[schedule]]")
            .map(|(at, _)| at)
            .filter(is_header);
        let mut written = Vec::new();
        for raw in raws {
            let at = headers.next().unwrap_or_default();
            written.push(self.one(&raw, owner, at)?);
        }
        Ok(written)
    }

    fn one(&self, raw: &RawSchedule, owner: &Owner, at: usize) -> Result<Written, Mistake> {
        let id = self.id(raw, owner, at)?;
        let task = match &owner.task {
            Task::Check if id.starts_with(RETENTION) => Task::Retain,
            Task::Check | Task::Retain | Task::Pull(_) => owner.task.clone(),
        };
        let rhythm = self.rhythm(raw, at)?;
        let days = self.days(raw, &rhythm)?;
        let window = self.window(raw)?;
        if let Some(after) = raw.after.get(AFTER_MAX) {
            return Err(self.wrong(
                after.span().start,
                format!("after 至多 {AFTER_MAX} 个 / too many upstreams"),
            ));
        }
        let spans = [
            (raw.after_policy.as_ref().map(Spanned::span), "after_policy"),
            (raw.after_timeout.as_ref().map(Spanned::span), "after_timeout"),
        ];
        for (span, key) in spans {
            if let Some(span) = span.filter(|_| raw.after.is_empty()) {
                return Err(self.wrong(
                    span.start,
                    format!("{key} 只在写了 after 时有意义 / it means something only beside after"),
                ));
            }
        }
        let key = match (&raw.concurrency_key, &owner.task) {
            (Some(key), _) => self.word(key, "concurrency_key")?,
            (None, Task::Pull(connector)) => connector.clone(),
            (None, Task::Check | Task::Retain) => id.clone(),
        };
        let zone = match &raw.timezone {
            Some(name) => zone(name.get_ref()).map_err(|told| self.wrong(name.span().start, told))?,
            None => self.defaults.timezone,
        };
        let place = Place::of(&self.shown(), &self.text, at);
        Ok(Written {
            schedule: Schedule {
                id,
                task,
                enabled: owner.enabled,
                rhythm,
                zone,
                days,
                jitter_ms: self.ms(&raw.jitter)?.unwrap_or_default(),
                window,
                stop_at_window_end: raw
                    .stop_at_window_end
                    .as_ref()
                    .is_some_and(|wanted| *wanted.get_ref()),
                misfire: raw.misfire,
                grace_ms: self.ms_or(&raw.misfire_grace, MISFIRE_GRACE)?,
                misfire_max: self.within(&raw.misfire_max, MISFIRES, MISFIRE_MAX, "misfire_max")?,
                overlap: raw.overlap,
                key,
                after: raw.after.iter().map(|id| id.get_ref().clone()).collect(),
                after_policy: raw
                    .after_policy
                    .as_ref()
                    .map(|policy| *policy.get_ref())
                    .unwrap_or_default(),
                after_timeout_ms: self.ms_or(&raw.after_timeout, AFTER_TIMEOUT)?,
                retry: self.retry(&raw.retry)?,
                timeout_ms: self.ms(&raw.timeout)?,
                max_runtime_ms: self.ms(&raw.max_runtime)?,
                expect_within_ms: self.ms(&raw.expect_within)?,
                on_failure: raw.on_failure,
                place: format!("{}:{}", place.file, place.line),
            },
            file: self.shown(),
            text: self.text.clone(),
            id_at: raw.id.as_ref().map_or(at, |id| id.span().start),
            after_at: raw.after.iter().map(|id| id.span().start).collect(),
            calendar_at: raw.calendar.as_ref().map_or(at, |calendar| calendar.span().start),
        })
    }

    fn id(&self, raw: &RawSchedule, owner: &Owner, at: usize) -> Result<String, Mistake> {
        let is_pull = matches!(owner.task, Task::Pull(_));
        let Some(id) = &raw.id else {
            return match &owner.task {
                Task::Pull(connector) => Ok(format!("{PULL}{connector}")),
                Task::Check | Task::Retain => Err(self.wrong(
                    at,
                    "调度须有编号，如 id = \"check.nightly\" / a schedule of checks has an id".to_owned(),
                )),
            };
        };
        let word = self.word(id, "id")?;
        let is_ours = [CHECK, RETENTION].iter().any(|start| word.starts_with(start));
        if is_ours != is_pull {
            return Ok(word);
        }
        let should = if is_pull {
            format!(
                "连接器的调度不以 {CHECK:?}、{RETENTION:?} 开头，如 \"pull.roll\"；比对与清除写在 {NAME} 中 / checks stand in another file"
            )
        } else {
            format!(
                "{NAME} 中只有比对与清除，编号以 {CHECK:?} 或 {RETENTION:?} 开头，如 \"check.nightly\"、\"retention.nightly\"；读取连接器的调度写在 connectors/<编号>.toml 中 / schedules here are checks and retention"
            )
        };
        Err(self.wrong(id.span().start, format!("id {word:?}: {should}")))
    }

    /// Letters, digits, `-`, `_` and `.`.
    fn word(&self, word: &Spanned<String>, key: &str) -> Result<String, Mistake> {
        let text = word.get_ref();
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if ID_CHARS.contains(&text.len()) && text.chars().all(shaped) {
            return Ok(text.clone());
        }
        let should = format!(
            "{key} {text:?}: {} 至 {} 个 a-z、0-9、-、_、. / of these characters",
            ID_CHARS.start(),
            ID_CHARS.end()
        );
        Err(self.wrong(word.span().start, should))
    }

    fn rhythm(&self, raw: &RawSchedule, at: usize) -> Result<Rhythm, Mistake> {
        let only = |at: usize, key: &str| {
            Err(self.wrong(at, format!("{key} 只与 cron 同用 / {key} goes with cron only")))
        };
        match (&raw.cron, &raw.every) {
            (Some(_), Some(every)) => Err(self.wrong(
                every.span().start,
                "cron 与 every 只写一个 / cron or every, not both".to_owned(),
            )),
            (Some(cron), None) => {
                let day_match = raw.day_match.as_ref().map(|days| *days.get_ref());
                let quartz = raw
                    .dialect
                    .as_ref()
                    .is_some_and(|dialect| *dialect.get_ref() == RawDialect::Quartz);
                let read = match quartz {
                    true => Expression::quartz(cron.get_ref(), day_match),
                    false => Expression::cron(cron.get_ref(), day_match),
                };
                read.map(Rhythm::At)
                    .map_err(|told| self.wrong(cron.span().start, told))
            }
            (None, every) => {
                if let Some(dialect) = &raw.dialect {
                    return only(dialect.span().start, "dialect");
                }
                if let Some(days) = &raw.day_match {
                    return only(days.span().start, "day_match");
                }
                match (every, raw.after.first()) {
                    (Some(_), Some(after)) => only(after.span().start, "after"),
                    (Some(every), None) => {
                        let ms = duration_ms(every.get_ref()).map_err(|told| self.wrong(every.span().start, told))?;
                        Ok(Rhythm::At(Expression::every(ms)))
                    }
                    (None, Some(_)) => Ok(Rhythm::Following),
                    (None, None) => Err(self.wrong(
                        at,
                        "调度须写 cron = \"30 18 * * 1-5\"、every = \"30s\" 或 after = [\"…\"] 之一 / when it fires is not said".to_owned(),
                    )),
                }
            }
        }
    }

    fn days(&self, raw: &RawSchedule, rhythm: &Rhythm) -> Result<Option<Days>, Mistake> {
        let (calendar, on, shift) = (&raw.calendar, &raw.on, &raw.shift);
        if let Some(shift) = shift.as_ref().filter(|shift| *shift.get_ref() != Shift::None) {
            let told = match rhythm {
                Rhythm::At(expression) if expression.period_ms().is_some() => {
                    Some("shift 不与 every 同用 / shift does not go with every")
                }
                Rhythm::Following => {
                    Some("只有 after 的调度随上游的日子走，不写 shift / what follows others has their days")
                }
                Rhythm::At(_) => None,
            };
            let any =
                on.as_ref().is_some_and(|on| *on.get_ref() == On::Any) || on.is_none() && calendar.is_none();
            let told =
                told.or_else(|| any.then_some("shift 需要 on = \"workday\" 或 \"restday\" / shift needs on"));
            if let Some(told) = told {
                return Err(self.wrong(shift.span().start, told.to_owned()));
            }
        }
        let on = match (calendar, on) {
            (None, None) => return Ok(None),
            (_, Some(on)) => *on.get_ref(),
            (Some(_), None) => On::Workday,
        };
        let name = calendar
            .as_ref()
            .map(|calendar| self.word(calendar, "calendar"))
            .transpose()?;
        Ok((on != On::Any).then(|| Days {
            calendar: name.unwrap_or_else(|| CALENDAR.to_owned()),
            on,
            shift: shift.as_ref().map(|shift| *shift.get_ref()).unwrap_or_default(),
        }))
    }

    fn window(&self, raw: &RawSchedule) -> Result<Option<Window>, Mistake> {
        let Some(window) = &raw.window else {
            return match &raw.stop_at_window_end {
                Some(said) => Err(self.wrong(
                    said.span().start,
                    "stop_at_window_end 需要 window / it needs a window".to_owned(),
                )),
                None => Ok(None),
            };
        };
        let (after, before) = (window.get_ref().after.0, window.get_ref().before.0);
        if after == before {
            let told =
                "window 的 after 与 before 不可相同；不限时间则不写 window / the window is empty".to_owned();
            return Err(self.wrong(window.span().start, told));
        }
        Ok(Some(Window { after, before }))
    }

    pub(super) fn ms(&self, written: &At<String>) -> Result<Option<i64>, Mistake> {
        let read = written
            .as_ref()
            .map(|text| duration_ms(text.get_ref()).map_err(|told| self.wrong(text.span().start, told)));
        read.transpose()
    }

    pub(super) fn ms_or(&self, written: &At<String>, otherwise: &str) -> Result<i64, Mistake> {
        match self.ms(written)? {
            Some(ms) => Ok(ms),
            None => duration_ms(otherwise).map_err(|told| self.wrong(0, told)),
        }
    }

    fn within(&self, written: &At<usize>, otherwise: usize, max: usize, key: &str) -> Result<usize, Mistake> {
        match written {
            None => Ok(otherwise),
            Some(count) if (1..=max).contains(count.get_ref()) => Ok(*count.get_ref()),
            Some(count) => Err(self.wrong(
                count.span().start,
                format!("{key} 为 1 至 {max} / from 1 to {max}"),
            )),
        }
    }

    fn shown(&self) -> String {
        self.reader.path(&self.file).display().to_string()
    }

    pub(super) fn wrong(&self, at: usize, message: String) -> Mistake {
        Mistake {
            place: Place::of(&self.shown(), &self.text, at),
            message,
        }
    }
}
