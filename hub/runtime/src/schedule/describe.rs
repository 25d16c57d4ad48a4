//! Rhythms in Chinese: 每周一至周五 18:30.
//! Here because whoever reads a schedule must see at once whether it says what was meant.
//! In: a schedule. Out: one phrase; two that read the same fire at the same times.
//! Not here: what the fields mean to the calculator (expression).

use super::{DayMatch, Expression, On, Rhythm, Schedule, Shift};

/// Times of a day that are written out, at most.
const TIMES_MAX: usize = 6;
const WEEKDAYS: [&str; 7] = ["日", "一", "二", "三", "四", "五", "六"];
const DAY_NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MONTH_NAMES: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

impl Schedule {
    /// When it runs, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut said = match &self.rhythm {
            Rhythm::At(expression) => expression.describe(),
            Rhythm::Following => format!("当日 {} 完成后", self.after.join("、")),
        };
        if matches!(self.rhythm, Rhythm::At(_)) && !self.after.is_empty() {
            said.push_str(&format!("，且当日 {} 完成后", self.after.join("、")));
        }
        if let Some(days) = &self.days {
            let only = match days.on {
                On::Workday => "工作日",
                On::Restday => "休息日",
                On::Any => "",
            };
            let moved = match days.shift {
                Shift::Next => "否则移至下一个",
                Shift::Previous => "否则移至上一个",
                Shift::None => "",
            };
            match (only, moved) {
                ("", _) => {}
                (only, "") => said.push_str(&format!("，仅{only}")),
                (only, moved) => said.push_str(&format!("，限{only}，{moved}{only}")),
            }
        }
        if let Some(window) = &self.window {
            said.push_str(&format!(
                "，{} 至 {} 之间",
                window.after.format("%H:%M"),
                window.before.format("%H:%M")
            ));
        }
        said
    }
}

impl Expression {
    /// Its moments, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        if let Some(period_ms) = self.period_ms() {
            return format!("每 {}", super::span(period_ms));
        }
        let fields = self.fields();
        let Some([minute, hour, day, month, weekday]) = fields.as_deref() else {
            return format!("Quartz 表达式 {}", self.text());
        };
        format!(
            "{}{}",
            days(day, month, weekday, self.day_match()),
            times(minute, hour)
        )
    }
}

/// The values of a field that is a plain list of numbers, ranges and steps, ascending; `None` for anything else.
fn values(field: &str, (low, high): (u32, u32), names: &[&str], first_name: u32) -> Option<Vec<u32>> {
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| *name == text);
        match named {
            Some(at) => Some(u32::try_from(at).ok()? + first_name),
            None => text.parse().ok(),
        }
    };
    let mut found = Vec::new();
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (item, 1),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (low, high),
            // A week may be written from Friday to Sunday.
            (_, Some((from, to))) => match (number(from)?, number(to)?) {
                (from, 0) if from > 0 => (from, 7),
                ends => ends,
            },
            (_, None) => (number(range)?, number(range)?),
        };
        found.extend((from..=to).step_by(usize::try_from(step).ok()?));
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// `1、3、5`, and `1至5` where more than two follow each other.
fn list(values: &[u32], word: impl Fn(u32) -> String) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *value => *last = *value,
            Some(_) | None => runs.push((*value, *value)),
        }
    }
    let said = runs.into_iter().map(|(first, last)| match last - first {
        0 => word(first),
        1 => format!("{}、{}", word(first), word(last)),
        _ => format!("{}至{}", word(first), word(last)),
    });
    said.collect::<Vec<_>>().join("、")
}

fn times(minute: &str, hour: &str) -> String {
    let (Some(minutes), Some(hours)) = (values(minute, (0, 59), &[], 0), values(hour, (0, 23), &[], 0))
    else {
        return format!(" {minute} 分 {hour} 时");
    };
    let every_hour = hours.len() == 24;
    if every_hour && minutes.len() == 60 {
        return "，每分钟".to_owned();
    }
    if !every_hour && minutes.len() * hours.len() <= TIMES_MAX {
        let all = hours
            .iter()
            .flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")));
        return format!(" {}", all.collect::<Vec<_>>().join("、"));
    }
    let step = even_step(&minutes, 60);
    let within = match (step, minutes.as_slice()) {
        (Some(step), _) => format!("每 {step} 分钟"),
        (None, [0]) => "整点".to_owned(),
        (None, minutes) => format!("第 {} 分", list(minutes, |minute| minute.to_string())),
    };
    if every_hour {
        return match step {
            Some(_) => format!("，{within}"),
            None => format!("，每小时{within}"),
        };
    }
    format!("，{} 点的{within}", list(&hours, |hour| hour.to_string()))
}

/// The step of values that go evenly round a circle of `round` from 0 on.
fn even_step(values: &[u32], round: u32) -> Option<u32> {
    let (first, second) = (*values.first()?, *values.get(1)?);
    let step = second - first;
    let whole =
        first == 0 && round.is_multiple_of(step) && values.len() == usize::try_from(round / step).ok()?;
    let even = values
        .windows(2)
        .all(|pair| matches!(pair, [one, two] if two - one == step));
    (whole && even).then_some(step)
}

fn days(day: &str, month: &str, weekday: &str, both: Option<DayMatch>) -> String {
    let months = values(month, (1, 12), &MONTH_NAMES, 1).filter(|months| months.len() < 12);
    let year = months.map(|months| format!("每年 {} 月", list(&months, |month| month.to_string())));
    let of_month = (day != "*").then(|| month_days(day));
    let of_week = (weekday != "*").then(|| week_days(weekday));
    match (year, of_month, of_week) {
        (None, None, None) => "每天".to_owned(),
        (Some(year), None, None) => format!("{year}的每天"),
        (None, Some(day), None) => format!("每月{day}"),
        (Some(year), Some(day), None) => format!("{year}{day}"),
        (None, None, Some((true, week))) => format!("每月{week}"),
        (None, None, Some((false, week))) => format!("每{week}"),
        (Some(year), None, Some((_, week))) => format!("{year}的{week}"),
        (year, Some(day), Some((_, week))) => {
            let year = year.unwrap_or_else(|| "每月".to_owned());
            match both {
                Some(DayMatch::All) => format!("{year}{day}且是{week}"),
                Some(DayMatch::Any) | None => format!("{year}{day}或{week}"),
            }
        }
    }
}

fn month_days(field: &str) -> String {
    if let Some(days) = values(field, (1, 31), &[], 1) {
        return format!(" {} 日", list(&days, |day| day.to_string()));
    }
    let item = |item: &str| match item {
        "L" => "最后一天".to_owned(),
        "LW" | "WL" => "最后一个周一至周五的日子".to_owned(),
        item => match item.strip_suffix('W') {
            Some(day) => format!("离 {day} 日最近的周一至周五"),
            None => values(item, (1, 31), &[], 1).map_or_else(
                || item.to_owned(),
                |days| format!("{}日", list(&days, |day| day.to_string())),
            ),
        },
    };
    field.split(',').map(item).collect::<Vec<_>>().join("、")
}

/// Words for weekdays, and whether they are days of a month: 第一个周一.
fn week_days(field: &str) -> (bool, String) {
    let name = |day: u32| {
        let at = usize::try_from(day % 7).unwrap_or_default();
        format!("周{}", WEEKDAYS.get(at).copied().unwrap_or_default())
    };
    if let Some(mut days) = values(field, (0, 6), &DAY_NAMES, 0) {
        // Monday first, and Sunday, which is 0 and 7, last.
        days.iter_mut().filter(|day| **day == 0).for_each(|day| *day = 7);
        days.sort_unstable();
        days.dedup();
        return (false, list(&days, name));
    }
    let number = |text: &str| values(text, (0, 7), &DAY_NAMES, 0).and_then(|days| days.first().copied());
    let mut of_month = false;
    let mut item = |item: &str| {
        let (day, nth) = match item.split_once('#') {
            Some((day, nth)) => (day, nth),
            None => (
                item.trim_end_matches('L'),
                if item.ends_with('L') { "L" } else { "" },
            ),
        };
        let Some(day) = number(day).map(name) else {
            return item.to_owned();
        };
        of_month |= !nth.is_empty();
        match nth {
            "" => day,
            "L" => format!("最后一个{day}"),
            nth => format!("第 {nth} 个{day}"),
        }
    };
    let said = field.split(',').map(&mut item).collect::<Vec<_>>().join("、");
    (of_month, said)
}
