//! `hub push …`: endpoints, attempts, dead letters; ping, pause, resume, replay.
//! Here because a department that asks where its warnings are must get an answer, and its events.
//! In: which endpoint, since when, which case. Out: lists; where an endpoint then stands; exit 1 when a ping fails.
//! Not here: sending (runtime).

use std::process::ExitCode;

use hub_model::push::{Endpoint, Standing};
use hub_runtime::clock;
use hub_runtime::relay::{Pinged, no_endpoint};
use hub_store::{AttemptRow, DeadRow, EndpointRow, Replayed, Sent, Store};
use hub_web::{EndpointRequest, ReplayRequest};
use serde::Serialize;

use crate::app::{App, Writer};
use crate::ask::{Dry, Sure};
use crate::cli::{Of, Output, Push};
use crate::cmd::reveal::{actor, reason};
use crate::cmd::{collect, reconcile};
use crate::{exit, lang, out};

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

/// An endpoint in the list.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    row: EndpointRow,
    /// Whether a channel is called so.
    configured: bool,
}

pub(super) async fn run(command: Push, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Push::Endpoints => endpoints(app, output).await?,
        Push::Attempts { of, event, limit } => {
            let store = app.reader().await?;
            let rows = store.attempts(&sent(&store, of, event).await?, limit).await?;
            out::show(output, &rows, |rows| attempts(rows))?;
        }
        Push::Dead { of, limit } => {
            let store = app.reader().await?;
            let rows = store.dead(&sent(&store, of, None).await?, limit).await?;
            out::show(output, &rows, |rows| dead(rows))?;
        }
        Push::Replay {
            of,
            event,
            taken,
            sure,
            actor,
        } => replay(app, (of, event), (taken, sure), actor, output).await?,
        Push::Ping { endpoint, dry } => return ping(app, endpoint, dry, output).await,
        Push::Collect { endpoint, dry } => return collect::run(app, endpoint, dry, output).await,
        Push::Reconcile { month } => reconcile::run(app, month, output).await?,
        Push::Pause {
            endpoint,
            reason: why,
            actor: by,
            sure,
        } => {
            if sure.is_told() {
                known(&app.reader().await?, &endpoint).await?;
            }

            let would = format!(
                "将暂停推送到 {endpoint}，积压保留 / nothing would go to {endpoint} until it is resumed, what waits is kept"
            );
            if !sure.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = asked(endpoint, reason(&why, REASON_CHARS)?, by);
            let stands: Endpoint = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/push/pause", &asked).await?,
                Writer::Local(local) => {
                    local
                        .relay
                        .pause(&asked.endpoint, &asked.reason, &asked.actor)
                        .await?
                }
            };
            out::show(output, &stands, said)?;
        }
        Push::Resume {
            endpoint,
            actor: by,
            dry,
        } => {
            if dry.dry_run {
                known(&app.reader().await?, &endpoint).await?;
            }

            let would = format!("将恢复推送到 {endpoint} / {endpoint} would be sent to again");
            if !dry.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = asked(endpoint, String::new(), by);
            let stands: Endpoint = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/push/resume", &asked).await?,
                Writer::Local(local) => local.relay.resume(&asked.endpoint, &asked.actor).await?,
            };
            out::show(output, &stands, said)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn asked(endpoint: String, reason: String, by: Option<String>) -> EndpointRequest {
    EndpointRequest {
        endpoint,
        reason,
        actor: by.unwrap_or_else(actor),
    }
}

/// An endpoint that never was is told.
async fn known(store: &Store, asked: &str) -> anyhow::Result<()> {
    let known = store.endpoints().await?;
    if known.iter().all(|row| row.endpoint.id != asked) {
        return Err(no_endpoint(asked, known.iter().map(|row| &*row.endpoint.id)).into());
    }
    Ok(())
}

/// What `of` means.
async fn sent(store: &Store, of: Of, event: Option<String>) -> anyhow::Result<Sent> {
    if let Some(asked) = &of.endpoint {
        known(store, asked).await?;
    }
    Ok(Sent {
        endpoint: of.endpoint,
        since_ms: of
            .since
            .and_then(|day| day.pred_opt())
            .map(clock::end_of_day_ms)
            .map(|ms| ms + 1),
        case_id: of.case,
        event_id: event,
    })
}

async fn endpoints(app: &App, output: Output) -> anyhow::Result<()> {
    let channels = &app.loaded.settings.channels;
    let rows: Vec<Listed> = app
        .reader()
        .await?
        .endpoints()
        .await?
        .into_iter()
        .map(|row| Listed {
            configured: channels.iter().any(|channel| channel.id == row.endpoint.id),
            row,
        })
        .collect();
    out::show(output, &rows, |rows| {
        let line = |Listed { row, configured }: &Listed| {
            let endpoint = &row.endpoint;
            let (open, close) = (lang::mark("（"), lang::mark("）"));
            let unset = if *configured {
                String::new()
            } else {
                format!("{open}{}{close}", lang::pair("未配置 not configured"))
            };
            let standing = endpoint.standing;
            vec![
                endpoint.id.clone(),
                format!("{}{unset}", lang::either(standing.chinese(), standing.as_str())),
                endpoint.standing.as_str().to_owned(),
                if endpoint.since_ms == 0 {
                    String::new()
                } else {
                    out::time(endpoint.since_ms)
                },
                row.pending.to_string(),
                row.oldest_ms.map(out::time).unwrap_or_default(),
                row.dead.to_string(),
                row.acknowledged.to_string(),
                row.last_taken_ms.map(out::time).unwrap_or_default(),
                lang::said(endpoint.reason.as_deref().unwrap_or_default()),
            ]
        };
        let header = [
            "端点 endpoint",
            "状态 state",
            "standing",
            "自 since",
            "积压 pending",
            "最早 oldest",
            "未成 dead",
            "已收 taken",
            "最近 last",
            "原因 why",
        ];
        out::table(&header, rows.iter().map(line))
    })
}

fn attempts(rows: &[AttemptRow]) -> String {
    let line = |row: &AttemptRow| {
        vec![
            out::time(row.at_ms),
            row.endpoint.clone(),
            row.event_id.clone(),
            row.case_id.clone(),
            row.number.to_string(),
            row.outcome.clone(),
            row.status.map(|status| status.to_string()).unwrap_or_default(),
            row.took_ms.to_string(),
            lang::said(row.error.as_deref().unwrap_or_default()),
        ]
    };
    let header = [
        "时间 at",
        "端点 endpoint",
        "事件 event",
        "事项 case",
        "第几次 attempt",
        "结果 outcome",
        "status",
        "毫秒 ms",
        "原因 why",
    ];
    out::table(&header, rows.iter().map(line))
}

fn dead(rows: &[DeadRow]) -> String {
    let line = |row: &DeadRow| {
        vec![
            row.endpoint.clone(),
            row.event_id.clone(),
            row.case_id.clone(),
            row.kind.clone(),
            out::time(row.at_ms),
            row.done_ms.map(out::time).unwrap_or_default(),
            row.attempts.to_string(),
            row.status.map(|status| status.to_string()).unwrap_or_default(),
            lang::said(row.error.as_deref().unwrap_or_default()),
        ]
    };
    let header = [
        "端点 endpoint",
        "事件 event",
        "事项 case",
        "类型 type",
        "发生 at",
        "放弃 given up",
        "次数 attempts",
        "status",
        "原因 why",
    ];
    format!(
        "{}\n{}: hub push replay --endpoint …",
        out::table(&header, rows.iter().map(line)),
        lang::pair("处理好后 once it is mended")
    )
}

async fn replay(
    app: &App,
    (of, event): (Of, Option<String>),
    (taken, sure): (bool, Sure),
    by: Option<String>,
    output: Output,
) -> anyhow::Result<()> {
    let store = app.reader().await?;
    let sent = sent(&store, of, event).await?;
    let dry_run = sure.dry.dry_run;
    let would = match sure.is_told() {
        true => store.replayable(&sent, taken).await?,
        false => Vec::new(),
    };
    let replayed: Vec<Replayed> = if dry_run {
        would
    } else {
        let events: u64 = would.iter().map(|row| row.dead + row.acknowledged).sum();
        let would = format!(
            "将重新推送 {events} 条事件到 {} 个端点 / {events} events would be sent again",
            would.len()
        );
        if !sure.goes_on(output, &would)? {
            return Ok(());
        }
        let request = ReplayRequest {
            sent,
            taken,
            actor: by.unwrap_or_else(actor),
        };
        match app.writer().await? {
            Writer::Service(service) => service.post("/v1/push/replay", &request).await?,
            Writer::Local(local) => {
                local
                    .relay
                    .replay(&request.sent, request.taken, &request.actor)
                    .await?
            }
        }
    };
    out::show(output, &replayed, |replayed| {
        let line = |row: &Replayed| {
            vec![
                row.endpoint.clone(),
                row.dead.to_string(),
                row.acknowledged.to_string(),
            ]
        };
        let follows = lang::said(if dry_run {
            "以上会重新推送 / would be sent again"
        } else {
            "已排入队列，由服务推送 / queued; the service sends them"
        });
        let header = ["端点 endpoint", "未成 dead", "已收 taken"];
        format!("{}\n{follows}", out::table(&header, replayed.iter().map(line)))
    })
}

async fn ping(app: &App, endpoint: String, dry: Dry, output: Output) -> anyhow::Result<ExitCode> {
    if dry.dry_run {
        let channels = &app.loaded.settings.channels;
        let channel = channels.iter().find(|channel| channel.id == endpoint);
        let known = || no_endpoint(&endpoint, channels.iter().map(|channel| &*channel.id));
        let to = channel.ok_or_else(known)?.goes_to();
        let would = format!(
            "将向 {endpoint}（{to}）发送一次测试；因凭据被拒而暂停的，应答正常即恢复 / a test would be sent to {endpoint}, {to}"
        );
        dry.goes_on(output, &would)?;
        return Ok(ExitCode::SUCCESS);
    }
    let asked = asked(endpoint, String::new(), None);
    let pinged: Pinged = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/push/ping", &asked).await?,
        Writer::Local(local) => local.relay.ping(&asked.endpoint, &asked.actor).await?,
    };
    out::show(output, &pinged, |pinged| {
        let answer = if pinged.answered {
            let ms = pinged.took_ms;
            let (chinese, english) = (
                format!("应答正常，{ms} 毫秒 / answered well"),
                format!("answered well, {ms} ms"),
            );
            lang::said(lang::either(&chinese, &english))
        } else {
            let why = lang::said(pinged.error.as_deref().unwrap_or_default());
            format!("{}: {why}", lang::said("未通过 / failed"))
        };
        format!("{answer}\n{}", said(&pinged.endpoint))
    })?;
    if pinged.answered {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(exit::failed(
            "端点没有正常应答 / the endpoint did not answer well",
        ))
    }
}

fn said(endpoint: &Endpoint) -> String {
    let why = endpoint
        .reason
        .as_ref()
        .filter(|_| endpoint.standing != Standing::Active)
        .map(|why| format!("{}{}", lang::mark("："), lang::said(why)))
        .unwrap_or_default();
    let standing = lang::both(endpoint.standing.chinese(), endpoint.standing.as_str());
    format!("{} {standing}{why}", endpoint.id)
}
