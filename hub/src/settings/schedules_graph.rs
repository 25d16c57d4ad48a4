//! Schedules among each other: no id twice, what they follow is there, none follows itself.
//! Here because a file that is right by itself may be wrong beside the others.
//! In: every schedule with its places, calendars. Out: them together, or the first mistake.
//! Not here: one schedule by itself (schedules).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hub_model::{Calendar, Mistake, Place, nearest};
use hub_runtime::schedule::{CALENDAR, NamedCalendar, SCHEDULES_MAX, Schedule, Schedules};

use super::files::Reader;
use crate::exit::ConfigError;

/// The folder of calendars.
const CALENDARS: &str = "calendars";

/// A schedule, and where it is written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) schedule: Schedule,
    /// The file, as messages name it, and its text.
    pub(super) file: String,
    pub(super) text: String,
    /// Where its id stands, each of its upstreams, and its calendar.
    pub(super) id_at: usize,
    pub(super) after_at: Vec<usize>,
    pub(super) calendar_at: usize,
}

impl Written {
    pub(super) fn wrong(&self, at: usize, message: String) -> Mistake {
        Mistake {
            place: Place::of(&self.file, &self.text, at),
            message: format!("schedule {}: {message}", self.schedule.id),
        }
    }
}

/// Calendars that `written` name, with the one that is known.
pub(super) fn calendars(
    reader: &Reader,
    written: &[Written],
    known: &Calendar,
) -> anyhow::Result<BTreeMap<String, Arc<NamedCalendar>>> {
    let mut calendars = BTreeMap::new();
    for schedule in written {
        let Some(days) = &schedule.schedule.days else {
            continue;
        };
        if calendars.contains_key(&days.calendar) {
            continue;
        }
        let file = format!("{CALENDARS}/{}.csv", days.calendar);
        let path = reader.path(Path::new(&file));
        if !reader.is_file(&path) {
            let there = reader.folder(Path::new(CALENDARS), "csv")?;
            let names: Vec<String> = there
                .iter()
                .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
                .collect();
            let near = match nearest(&days.calendar, names.iter().map(String::as_str)) {
                Some(near) => format!("；是否应为 / did you mean {near:?}?"),
                None => String::new(),
            };
            return Err(schedule
                .wrong(
                    schedule.calendar_at,
                    format!("没有日历文件 / there is no calendar {file}{near}"),
                )
                .into());
        }
        let calendar = match days.calendar.as_str() {
            CALENDAR => known.clone(),
            _ => Calendar::parse(&reader.text(&path)?, &path.display().to_string())?,
        };
        calendars.insert(days.calendar.clone(), Arc::new(NamedCalendar { calendar, file }));
    }
    Ok(calendars)
}

/// Everything, one among the others.
pub(super) fn together(
    written: Vec<Written>,
    calendars: BTreeMap<String, Arc<NamedCalendar>>,
    at_once: usize,
) -> anyhow::Result<Schedules> {
    if written.len() > SCHEDULES_MAX {
        return Err(ConfigError(format!(
            "{} 个调度，至多 {SCHEDULES_MAX} 个 / too many schedules",
            written.len()
        ))
        .into());
    }
    check(&written)?;
    Ok(Schedules {
        list: written.into_iter().map(|written| written.schedule).collect(),
        calendars,
        at_once,
    })
}

/// Checks them together.
fn check(written: &[Written]) -> Result<(), Mistake> {
    let mut known: BTreeMap<&str, &Written> = BTreeMap::new();
    for one in written {
        if let Some(first) = known.insert(&one.schedule.id, one) {
            let told = format!(
                "编号已用于 {}；同一连接器的第二个调度须另写 id / the id is used twice",
                first.schedule.place
            );
            return Err(one.wrong(one.id_at, told));
        }
    }
    for one in written {
        for (id, at) in one.schedule.after.iter().zip(&one.after_at) {
            if !known.contains_key(id.as_str()) {
                let near = match nearest(id, known.keys().copied()) {
                    Some(near) => format!("是否应为 / did you mean {near:?}?"),
                    None => format!(
                        "有 / there are {}",
                        known.keys().copied().collect::<Vec<_>>().join("、")
                    ),
                };
                return Err(one.wrong(*at, format!("after 没有调度 / no schedule {id:?}；{near}")));
            }
        }
    }
    for one in written {
        if let Some(circle) = circle(&known, one) {
            let at = one.after_at.first().copied().unwrap_or(one.id_at);
            return Err(one.wrong(
                at,
                format!(
                    "after 绕成了圈，谁也等不到谁 / they wait for each other: {}",
                    circle.join(" → ")
                ),
            ));
        }
    }
    Ok(())
}

/// The way from `start` back to itself, when there is one.
fn circle(known: &BTreeMap<&str, &Written>, start: &Written) -> Option<Vec<String>> {
    let begin = start.schedule.id.as_str();
    let mut ways: Vec<Vec<&str>> = vec![vec![begin]];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(way) = ways.pop() {
        let last = known.get(way.last().copied()?)?;
        for next in &last.schedule.after {
            let mut longer = way.clone();
            longer.push(next);
            if next == begin {
                return Some(longer.into_iter().map(str::to_owned).collect());
            }
            if !seen.contains(&next.as_str()) {
                seen.push(next);
                ways.push(longer);
            }
        }
    }
    None
}
