//! `hub schedule explain`: one schedule, whole: what is set, what follows what, what was, what comes.
//! Here because "why did it not run" is asked at night, by somebody who did not write the file.
//! In: a schedule. Out: its settings in words, its last fires with reasons, its next ones.
//! Not here: the list of all (mod).

use hub_runtime::clock;
use hub_runtime::schedule::{AfterPolicy, Misfire, OnFailure, Overlap, Schedule, Schedules, Task, span};
use hub_runtime::scheduler::Fresh;
use hub_store::{FireRow, ScheduleRow};
use serde::Serialize;

use super::next::Shown;
use crate::app::App;
use crate::cli::Output;
use crate::out;

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
    let limit = |ms: Option<i64>| ms.map_or_else(|| "不限".to_owned(), span);
    let misfire = match schedule.misfire {
        Misfire::RunOnce => format!("错过的合并为最近一次补跑，{} 之内", span(schedule.grace_ms)),
        Misfire::Skip => "错过的不补".to_owned(),
        Misfire::RunAll => format!(
            "错过的逐次补，至多 {} 次，{} 之内",
            schedule.misfire_max,
            span(schedule.grace_ms)
        ),
    };
    let overlap = match schedule.overlap {
        Overlap::Skip => "上一次未完则跳过",
        Overlap::QueueOne => "上一次未完则排队，至多一次",
        Overlap::CancelRunning => "停下上一次，由新的一次取代",
    };
    let retry = match schedule.retry.max {
        0 => "不重试".to_owned(),
        max => format!(
            "至多 {max} 次：{} 起，每次乘 {}，不超过 {}；限 {}",
            span(schedule.retry.base_ms),
            schedule.retry.factor,
            span(schedule.retry.cap_ms),
            schedule.retry.on.join("、")
        ),
    };
    let after = match (schedule.after.is_empty(), schedule.after_policy) {
        (true, _) => "无".to_owned(),
        (false, AfterPolicy::AllSuccess) => format!(
            "{} 当日都成功，最多等 {}",
            schedule.after.join("、"),
            span(schedule.after_timeout_ms)
        ),
        (false, AfterPolicy::AllDone) => format!(
            "{} 当日都结束，最多等 {}",
            schedule.after.join("、"),
            span(schedule.after_timeout_ms)
        ),
    };
    let failed = match schedule.on_failure {
        OnFailure::Alert => "告警",
        OnFailure::Pause => "告警并暂停",
    };
    let does = match &schedule.task {
        Task::Pull(connector) => format!("读取 {connector}，然后比对"),
        Task::Check => "比对".to_owned(),
        Task::Retain => "清除超过保留期的内容".to_owned(),
    };
    vec![
        ("做什么 what", does),
        (
            "何时 when",
            format!(
                "{}：{}，{}",
                schedule.rhythm_text(),
                schedule.describe(),
                schedule.zone
            ),
        ),
        (
            "抖动 jitter",
            if schedule.jitter_ms > 0 {
                format!("至多 {}", span(schedule.jitter_ms))
            } else {
                "无".to_owned()
            },
        ),
        ("错过 misfire", misfire),
        ("重叠 overlap", format!("{overlap}；并发键 {}", schedule.key)),
        ("上游 after", after),
        ("重试 retry", retry),
        ("单次时限 timeout", limit(schedule.timeout_ms)),
        ("总时限 max_runtime", limit(schedule.max_runtime_ms)),
        ("应有成功 expect_within", limit(schedule.expect_within_ms)),
        ("最终失败 on_failure", failed.to_owned()),
    ]
}

fn text(explained: &Explained) -> String {
    let mut text = format!("{}  {}\n", explained.schedule, explained.place);
    for (name, value) in &explained.settings {
        text.push_str(&format!("{name}  {value}\n"));
    }
    if !explained.followed_by.is_empty() {
        text.push_str(&format!(
            "下游 followed by  {}\n",
            explained.followed_by.join("、")
        ));
    }
    if let Some(row) = explained.stands.as_ref().filter(|row| row.paused_ms.is_some()) {
        text.push_str(&format!("{}\n", super::said(row)));
    }
    if let Some(since_ms) = explained.late_since_ms {
        text.push_str(&format!("迟 late  自 since {}\n", out::time(since_ms)));
    }
    let done = explained.last_done_ms.map_or_else(|| "—".to_owned(), out::time);
    text.push_str(&format!("上次成功 last done  {done}\n"));
    if !explained.last.is_empty() {
        text.push_str(&format!("\n最近 last\n{}\n", super::table_of(&explained.last)));
    }
    text.push_str(&format!("\n以后 next\n{}", explained.next.table()));
    text
}
