//! `hub schedule explain`: one schedule, whole: what is set, what follows what, what was, what comes.
//! Here because "why did it not run" is asked at night, by somebody who did not write the file.
//! In: a schedule. Out: its settings in words, its last fires with reasons, its next ones.
//! Not here: the list of all (mod).

use hub_runtime::clock;
use hub_runtime::schedule::{
    AfterPolicy, Misfire, OnFailure, Overlap, Schedule, Schedules, Task, span, span_english,
};
use hub_runtime::scheduler::Fresh;
use hub_store::{FireRow, ScheduleRow};
use serde::Serialize;

use super::next::Shown;
use crate::app::App;
use crate::cli::Output;
use crate::{lang, out};

/// Fires shown, of those that were and of those to come.
const FIRES: usize = 10;

#[derive(Serialize)]
struct Explained {
    schedule: String,
    place: String,
    settings: Vec<(&'static str, String)>,
    followed_by: Vec<String>,
    stands: Option<ScheduleRow>,
    last_done_ms: Option<i64>,
    late_since_ms: Option<i64>,
    last: Vec<FireRow>,
    next: Shown,
}

pub(super) async fn run(app: &App, id: &str, output: Output) -> anyhow::Result<()> {
    let plan = &app.loaded.settings.schedules;
    let schedule = super::named(plan, id)?;
    let now_ms = clock::now_ms();
    let (mut stands, mut last, mut last_done_ms) = (None, Vec::new(), None);
    if let Some(store) = super::store(app).await {
        stands = store.schedules().await?.remove(id);
        last = store.fires(Some(id), None, 10).await?;
        last_done_ms = Fresh::load(&store).await?.last_ms(schedule);
    }
    let since_ms = stands.as_ref().map_or(now_ms, |row: &ScheduleRow| row.since_ms);
    let explained = Explained {
        schedule: schedule.id.clone(),
        place: schedule.place.clone(),
        settings: settings(schedule),
        followed_by: followers(plan, id),
        late_since_ms: plan.late_since(schedule, last_done_ms.unwrap_or(since_ms).max(since_ms), now_ms),
        stands,
        last_done_ms,
        last,
        next: Shown::of(plan, schedule, (since_ms, now_ms), FIRES, true),
    };
    out::show(output, &explained, text)
}

fn followers(plan: &Schedules, id: &str) -> Vec<String> {
    let follows = |schedule: &&Schedule| schedule.after.iter().any(|after| after == id);
    plan.list
        .iter()
        .filter(follows)
        .map(|schedule| schedule.id.clone())
        .collect()
}

/// What is set, in words; what is not set as its default.
fn settings(schedule: &Schedule) -> Vec<(&'static str, String)> {
    let limit = |ms: Option<i64>| ms.map_or_else(|| "不限 / none".to_owned(), both);
    let failed = match schedule.on_failure {
        OnFailure::Alert => "告警 / it is told",
        OnFailure::Pause => "告警并暂停 / it is told, and paused",
    };
    let does = match &schedule.task {
        Task::Pull(connector) => format!("读取 {connector}，然后比对 / reads {connector}, then checks"),
        Task::Check => "比对 / checks".to_owned(),
        Task::Retain => "清除超过保留期的内容 / removes what is past keeping".to_owned(),
    };
    let zone = schedule.zone;
    let when = format!(
        "{}：{}，{zone} / {}, {zone}",
        schedule.rhythm_text(),
        schedule.describe(),
        super::english(schedule)
    );
    let jitter = match schedule.jitter_ms {
        ms if ms > 0 => format!("至多 {} / at most {}", span(ms), span_english(ms)),
        _ => "无 / none".to_owned(),
    };
    let (overlap, overlaps) = match schedule.overlap {
        Overlap::Skip => ("上一次未完则跳过", "skipped while the last one runs"),
        Overlap::QueueOne => ("上一次未完则排队，至多一次", "one waits while the last one runs"),
        Overlap::CancelRunning => (
            "停下上一次，由新的一次取代",
            "the last one is stopped for the new one",
        ),
    };
    let key = &schedule.key;
    vec![
        ("做什么 what", does),
        ("何时 when", when),
        ("抖动 jitter", jitter),
        ("错过 misfire", misfire(schedule)),
        (
            "重叠 overlap",
            format!("{overlap}；并发键 {key} / {overlaps}; key {key}"),
        ),
        ("上游 after", after(schedule)),
        ("重试 retry", retry(schedule)),
        ("单次时限 timeout", limit(schedule.timeout_ms)),
        ("总时限 max_runtime", limit(schedule.max_runtime_ms)),
        ("应有成功 expect_within", limit(schedule.expect_within_ms)),
        ("最终失败 on_failure", failed.to_owned()),
    ]
}

fn both(ms: i64) -> String {
    format!("{} / {}", span(ms), span_english(ms))
}

fn misfire(schedule: &Schedule) -> String {
    let (grace, max) = (schedule.grace_ms, schedule.misfire_max);
    let (within, english) = (span(grace), span_english(grace));
    match schedule.misfire {
        Misfire::RunOnce => {
            format!("错过的合并为最近一次补跑，{within} 之内 / those missed run once, within {english}")
        }
        Misfire::Skip => "错过的不补 / those missed do not run".to_owned(),
        Misfire::RunAll => {
            format!(
                "错过的逐次补，至多 {max} 次，{within} 之内 / each missed one runs, at most {max}, within {english}"
            )
        }
    }
}

fn after(schedule: &Schedule) -> String {
    if schedule.after.is_empty() {
        return "无 / none".to_owned();
    }
    let (chinese, english) = match schedule.after_policy {
        AfterPolicy::AllSuccess => ("当日都成功", "all done well that day"),
        AfterPolicy::AllDone => ("当日都结束", "all ended that day"),
    };
    let most = schedule.after_timeout_ms;
    format!(
        "{} {chinese}，最多等 {} / {} {english}, waited for at most {}",
        schedule.after.join("、"),
        span(most),
        schedule.after.join(", "),
        span_english(most)
    )
}

fn retry(schedule: &Schedule) -> String {
    let retry = &schedule.retry;
    let (max, factor) = (retry.max, retry.factor);
    if max == 0 {
        return "不重试 / none".to_owned();
    }
    format!(
        "至多 {max} 次：{} 起，每次乘 {factor}，不超过 {}；限 {} / at most {max}: from {}, each time {factor} times as long, at most {}; for {}",
        span(retry.base_ms),
        span(retry.cap_ms),
        retry.on.join("、"),
        span_english(retry.base_ms),
        span_english(retry.cap_ms),
        retry.on.join(", ")
    )
}

fn text(explained: &Explained) -> String {
    let mut text = format!("{}  {}\n", explained.schedule, explained.place);
    for (name, value) in &explained.settings {
        text.push_str(&format!("{}  {}\n", lang::pair(name), lang::said(value)));
    }
    if !explained.followed_by.is_empty() {
        text.push_str(&format!(
            "{}  {}\n",
            lang::pair("下游 followed by"),
            explained.followed_by.join(lang::mark("、"))
        ));
    }
    if let Some(row) = explained.stands.as_ref().filter(|row| row.paused_ms.is_some()) {
        text.push_str(&format!("{}\n", super::said(row)));
    }
    if let Some(since_ms) = explained.late_since_ms {
        let (late, since) = (lang::pair("迟 late"), lang::pair("自 since"));
        text.push_str(&format!("{late}  {since} {}\n", out::time(since_ms)));
    }
    let done = explained.last_done_ms.map_or_else(|| "—".to_owned(), out::time);
    text.push_str(&format!("{}  {done}\n", lang::pair("上次成功 last done")));
    if !explained.last.is_empty() {
        let last = lang::pair("最近 last");
        text.push_str(&format!("\n{last}\n{}\n", super::table_of(&explained.last)));
    }
    text.push_str(&format!(
        "\n{}\n{}",
        lang::pair("以后 next"),
        explained.next.table()
    ));
    text
}
