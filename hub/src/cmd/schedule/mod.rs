//! `hub schedule …`: what runs when, why not, and the words that change it.
//! Here because an operator must see tonight before tonight, and stop it with one word.
//! In: a schedule, days, a reason. Out: lists; where a schedule then stands.
//! Not here: when what is due and what becomes of it (runtime).

mod explain;
mod next;
mod night;

use std::process::ExitCode;

use chrono::NaiveDate;
use hub_runtime::Error;
use hub_runtime::clock;
use hub_runtime::schedule::{On, Rhythm, Schedule, Schedules, Task, span_english};
use hub_runtime::scheduler::{Backfilled, Fresh};
use hub_store::{FireRow, ScheduleRow, Store};
use hub_web::{BackfillRequest, ScheduleRequest};
use serde::Serialize;

use crate::app::{App, Writer};
use crate::ask::Dry;
use crate::cli::{Output, Schedule as Command};
use crate::cmd::reveal::{actor, reason};
use crate::{lang, out};

pub(super) use next::Shown;
pub(super) use night::Night;

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

pub(super) async fn run(command: Command, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => list(app, output).await?,
        Command::Next(asked) => next::run(app, &asked, output).await?,
        Command::Fires { schedule, limit } => fires(app, schedule.as_deref(), limit, output).await?,
        Command::Explain { schedule } => explain::run(app, &schedule, output).await?,
        Command::Pause {
            schedule,
            reason: why,
            actor: by,
            dry,
        } => {
            let would = "将暂停，此后的触发跳过、不补 / what falls due would be skipped";
            if !meant(app, (&schedule, would), dry, output)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = asked(schedule, reason(&why, REASON_CHARS)?, by);
            let row: ScheduleRow = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/schedule/pause", &asked).await?,
                Writer::Local(local) => {
                    local
                        .scheduler
                        .pause(&asked.schedule, &asked.reason, &asked.actor)
                        .await?
                }
            };
            out::show(output, &row, said)?;
        }
        Command::Resume {
            schedule,
            actor: by,
            dry,
        } => {
            let would = "将恢复，暂停期间的不补 / it would run again";
            if !meant(app, (&schedule, would), dry, output)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = asked(schedule, String::new(), by);
            let row: ScheduleRow = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/schedule/resume", &asked).await?,
                Writer::Local(local) => local.scheduler.resume(&asked.schedule, &asked.actor).await?,
            };
            out::show(output, &row, said)?;
        }
        Command::Backfill {
            schedule,
            from,
            to,
            actor: by,
            dry,
        } => {
            let would = format!(
                "将补跑 {from} 至 {} 已过而未成功的触发 / what did not end well in these days would run",
                to.unwrap_or(from)
            );
            if !meant(app, (&schedule, &would), dry, output)? {
                return Ok(ExitCode::SUCCESS);
            }
            backfill(app, (schedule, from, to), by, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether what would become of a schedule is meant; one that is not there is told.
fn meant(app: &App, (schedule, would): (&str, &str), dry: Dry, output: Output) -> anyhow::Result<bool> {
    named(&app.loaded.settings.schedules, schedule)?;
    dry.goes_on(output, &format!("{schedule}：{would}"))
}

fn asked(schedule: String, reason: String, by: Option<String>) -> ScheduleRequest {
    ScheduleRequest {
        schedule,
        reason,
        actor: by.unwrap_or_else(actor),
    }
}

fn said(row: &ScheduleRow) -> String {
    match (&row.paused_ms, &row.paused_by, &row.paused_reason) {
        (Some(at_ms), Some(by), why) => format!(
            "{} {paused}{comma}{} {whose} {by}{colon}{}{semicolon}{skipped}",
            row.schedule,
            out::time(*at_ms),
            why.as_deref().unwrap_or_default(),
            paused = lang::pair("已暂停 paused"),
            comma = lang::mark("，"),
            whose = lang::either("由", "by"),
            colon = lang::mark("："),
            semicolon = lang::mark("；"),
            skipped = lang::either("此后的触发跳过、不补", "what falls due is skipped")
        ),
        (Some(_) | None, _, _) => format!(
            "{} {}{}{}",
            row.schedule,
            lang::pair("运行 running"),
            lang::mark("；"),
            lang::either("暂停期间的不补", "what fell due meanwhile is not made good")
        ),
    }
}

async fn backfill(
    app: &App,
    (schedule, from, to): (String, NaiveDate, Option<NaiveDate>),
    by: Option<String>,
    output: Output,
) -> anyhow::Result<()> {
    let asked = BackfillRequest {
        schedule,
        from,
        to: to.unwrap_or(from),
        actor: by.unwrap_or_else(actor),
    };
    let (done, served): (Backfilled, bool) = match app.writer().await? {
        Writer::Service(service) => (service.post("/v1/schedule/backfill", &asked).await?, true),
        Writer::Local(local) => {
            let days = (asked.from, asked.to);
            (
                local
                    .scheduler
                    .backfill(&asked.schedule, days, &asked.actor)
                    .await?,
                false,
            )
        }
    };
    out::show(output, &done, |done| {
        let times: Vec<String> = done.nominal_ms.iter().map(|at_ms| out::time(*at_ms)).collect();
        let follows = lang::said(match served {
            true => "由服务依次运行 / the service runs them",
            false => "服务启动后依次运行 / run when a service starts",
        });
        format!(
            "{} {in_all} {} {fires}{colon}{}\n{of_them} {} {wait}{semicolon}{follows}",
            done.schedule,
            times.len(),
            times.join(lang::mark("、")),
            done.waiting,
            in_all = lang::either("共", "in all"),
            fires = lang::either("次", "fires"),
            colon = lang::mark("："),
            of_them = lang::either("其中", "of them"),
            wait = lang::either(
                "次待补，其余已成功或正在运行",
                "wait, the others are done or running"
            ),
            semicolon = lang::mark("；")
        )
    })
}

async fn fires(app: &App, schedule: Option<&str>, limit: u32, output: Output) -> anyhow::Result<()> {
    let fires = app.reader().await?.fires(schedule, None, limit).await?;
    out::show(output, &fires, |fires| table_of(fires))
}

/// Fires that came, one a row.
fn table_of(fires: &[FireRow]) -> String {
    let rows = fires.iter().map(|fire| {
        let took = fire.started_ms.zip(fire.ended_ms);
        let took = took.map(|(started, ended)| out::span(ended - started));
        vec![
            fire.schedule.clone(),
            out::time(fire.nominal_ms),
            lang::either(fire.state.chinese(), fire.state.as_str()).to_owned(),
            fire.tries.to_string(),
            took.unwrap_or_default(),
            fire.runs.last().cloned().unwrap_or_default(),
            lang::said(fire.reason.as_deref().unwrap_or_default()),
        ]
    });
    let header = [
        "调度 schedule",
        "名义时间 nominal",
        "结果 state",
        "次数 tries",
        "用时 took",
        "运行 run",
        "原因 why",
    ];
    out::table(&header, rows)
}

/// The schedule called `id`.
pub(super) fn named<'a>(plan: &'a Schedules, id: &str) -> Result<&'a Schedule, Error> {
    plan.get(id).ok_or_else(|| Error::NoSchedule {
        asked: id.to_owned(),
        known: plan.list.iter().map(|schedule| schedule.id.clone()).collect(),
    })
}

/// The store, when there is one: a schedule can be looked at before anything ever ran.
pub(super) async fn store(app: &App) -> Option<Store> {
    app.reader().await.ok()
}

/// A schedule in the list.
#[derive(Serialize)]
struct Listed {
    schedule: String,
    rhythm: String,
    said: String,
    /// The same in English.
    #[serde(skip)]
    english: String,
    timezone: String,
    enabled: bool,
    place: String,
    #[serde(flatten)]
    row: Option<Stands>,
    last: Option<FireRow>,
    /// When what it does was last done, whoever asked for it.
    last_done_ms: Option<i64>,
    next_ms: Option<i64>,
    next_start_ms: Option<i64>,
}

/// Where it stands.
#[derive(Serialize)]
struct Stands {
    paused_ms: Option<i64>,
    paused_by: Option<String>,
    paused_reason: Option<String>,
    late_ms: Option<i64>,
}

async fn list(app: &App, output: Output) -> anyhow::Result<()> {
    let plan = &app.loaded.settings.schedules;
    let now_ms = clock::now_ms();
    let store = store(app).await;
    let (rows, fresh) = match &store {
        Some(store) => (store.schedules().await?, Fresh::load(store).await?),
        None => Default::default(),
    };
    let mut listed = Vec::new();
    for schedule in &plan.list {
        let row = rows.get(&schedule.id);
        let since_ms = row.map_or(now_ms, |row| row.since_ms);
        let last = match &store {
            Some(store) => store.fires(Some(&schedule.id), None, 1).await?.pop(),
            None => None,
        };
        let next = plan
            .next_fire(schedule, since_ms, now_ms)
            .filter(|_| schedule.enabled);
        listed.push(Listed {
            schedule: schedule.id.clone(),
            rhythm: schedule.rhythm_text(),
            said: schedule.describe(),
            english: english(schedule),
            timezone: schedule.zone.to_string(),
            enabled: schedule.enabled,
            place: schedule.place.clone(),
            row: row.map(|row| Stands {
                paused_ms: row.paused_ms,
                paused_by: row.paused_by.clone(),
                paused_reason: row.paused_reason.clone(),
                late_ms: row.late_ms,
            }),
            last,
            last_done_ms: fresh.last_ms(schedule),
            next_ms: next.as_ref().map(|next| next.at_ms),
            next_start_ms: next.map(|next| schedule.start_ms(next.nominal_ms, next.at_ms)),
        });
    }
    let gaps = plan.calendar_gaps(clock::day(now_ms));
    let warning = lang::pair("提醒 warning");
    gaps.iter()
        .for_each(|gap| eprintln!("{warning}: {}", lang::said(gap)));
    let unscheduled = unscheduled(app);
    if !unscheduled.is_empty() {
        let none = lang::said("没有调度，只在 hub run start 时读取 / no schedule, read by hand only");
        eprintln!("{warning}: {none}: {}", unscheduled.join(lang::mark("、")));
    }
    out::show(output, &listed, |listed| table(listed))
}

/// Connectors that are enabled and that no schedule reads.
fn unscheduled(app: &App) -> Vec<&str> {
    let settings = &app.loaded.settings;
    let is_read = |id: &str| {
        let mut tasks = settings.schedules.list.iter().map(|schedule| &schedule.task);
        tasks.any(|task| matches!(task, Task::Pull(connector) if connector == id))
    };
    let connectors = settings.connectors.iter().map(|connector| connector.id.as_str());
    connectors.filter(|id| !is_read(id)).collect()
}

/// When `schedule` runs, for who does not read Chinese: as it is written, and on which days.
fn english(schedule: &Schedule) -> String {
    let period_ms = match &schedule.rhythm {
        Rhythm::At(expression) => expression.period_ms(),
        Rhythm::Following => None,
    };
    let mut text = period_ms.map_or_else(
        || schedule.rhythm_text(),
        |ms| format!("every {}", span_english(ms)),
    );
    if matches!(schedule.rhythm, Rhythm::At(_)) && !schedule.after.is_empty() {
        text.push_str(&format!(", after {}", schedule.after.join(", ")));
    }
    text.push_str(match schedule.days.as_ref().map(|days| days.on) {
        Some(On::Workday) => ", on working days",
        Some(On::Restday) => ", on rest days",
        Some(On::Any) | None => "",
    });
    if let Some(window) = &schedule.window {
        let (after, before) = (window.after.format("%H:%M"), window.before.format("%H:%M"));
        text.push_str(&format!(", between {after} and {before}"));
    }
    text
}

fn table(listed: &[Listed]) -> String {
    let rows = listed.iter().map(|one| {
        let stands = match (&one.row, one.enabled) {
            (_, false) => "未启用 off",
            (Some(stands), true) if stands.paused_ms.is_some() => "暂停 paused",
            (Some(stands), true) if stands.late_ms.is_some() => "迟 late",
            (Some(_) | None, true) => "启用 on",
        };
        let last = one.last.as_ref().map(|last| {
            let state = lang::either(last.state.chinese(), last.state.as_str());
            format!("{} {state}", out::time(last.nominal_ms))
        });
        vec![
            one.schedule.clone(),
            lang::pair(stands),
            lang::either(&one.said, &one.english).to_owned(),
            last.unwrap_or_default(),
            one.next_start_ms.map(out::time).unwrap_or_default(),
        ]
    });
    let header = [
        "调度 schedule",
        "状态 state",
        "何时 when",
        "上次 last",
        "下次 next",
    ];
    let mut text = out::table(&header, rows);
    for one in listed {
        let paused = one
            .row
            .as_ref()
            .and_then(|row| Some((row.paused_by.as_ref()?, row.paused_reason.as_ref()?)));
        if let Some((by, why)) = paused {
            text.push_str(&format!(
                "\n{paused}  {} {whose} {by}{colon}{why}{semicolon}hub schedule resume {}",
                one.schedule,
                one.schedule,
                paused = lang::pair("暂停 paused"),
                whose = lang::either("由", "by"),
                colon = lang::mark("："),
                semicolon = lang::mark("；")
            ));
        }
    }
    text
}
