//! `hub exempt …` and `hub silence …`: what is recorded and not pushed.
//! Here because whoever keeps a warning from a department answers for it, with a reason and an end.
//! In: whom, which, until when, why. Out: numbers, lists.
//! Not here: what follows for warnings, which the next check brings.

use std::process::ExitCode;

use hub_model::Severity;
use hub_model::quiet::{Exemption, Silence as Kept};
use hub_runtime::{ExemptAsked, SilenceAsked, clock};
use hub_web::EndRequest;
use serde::Serialize;

use crate::app::{App, Writer};
use crate::cli::{End, Exempt, Output, Silence};
use crate::cmd::reveal::{actor, reason};
use crate::exit::NotFound;
use crate::{lang, out};

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=500;
const HOLDS: &str = "从下一次比对起生效 / holds from the next check on";

/// A silence in the list.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    silence: Kept,
    stands: bool,
    /// Open warnings it is about, standing or not.
    matches: u64,
}

pub(super) async fn exempt(command: Exempt, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Exempt::Add {
            subject,
            rule,
            reason_code,
            text,
            until,
            approver,
            dry,
        } => {
            let would = format!(
                "将豁免 {subject}：规则 {rule} 不再就它推送，至 {until} / {rule} would not be pushed about it until {until}"
            );
            if !dry.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = ExemptAsked {
                subject,
                rule,
                reason: reason_code,
                text: reason(&text, REASON_CHARS)?,
                until,
                approver: approver.unwrap_or_else(actor),
            };
            let number: i64 = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/exempt", &asked).await?,
                Writer::Local(local) => local.hub.now().exempt(&asked).await?,
            };
            out::show(output, &serde_json::json!({ "exemption": number }), |_| {
                let kept = lang::both("豁免编号", "exemption");
                format!("{kept} {number}{}{}", lang::mark("；"), lang::said(HOLDS))
            })?;
        }
        Exempt::List { all } => {
            let day = app.loaded.settings.day(clock::now_ms());
            let rows = app.reader().await?.exemptions(day, all).await?;
            out::show(output, &rows, |rows| {
                let row = |row: &Exemption| {
                    vec![
                        row.id.to_string(),
                        row.subject.to_string(),
                        row.rule.to_string(),
                        row.reason.words().1.to_owned(),
                        row.text.clone(),
                        row.until.to_string(),
                        row.approver.clone(),
                        row.ended_reason.clone().unwrap_or_default(),
                    ]
                };
                let header = [
                    "编号 number",
                    "对象 subject",
                    "规则 rule",
                    "原因 reason",
                    "说明 text",
                    "至 until",
                    "批准 approver",
                    "结束 ended",
                ];
                out::table(&header, rows.iter().map(row))
            })?;
        }
        Exempt::End(asked) => end(asked, false, app, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn silence(command: Silence, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Silence::Add {
            rule,
            department,
            place,
            severity,
            until,
            reason: why,
            author,
            dry,
        } => {
            let of: Vec<&str> = [&rule, &department, &place]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .chain(severity.map(Severity::as_str))
                .collect();
            let would = format!(
                "将静默（{}），至 {until}，只记录、不推送 / what matches would be recorded and not pushed until {until}",
                of.join("，")
            );
            if !dry.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = SilenceAsked {
                rule,
                department,
                place,
                severity,
                until,
                reason: reason(&why, REASON_CHARS)?,
                author: author.unwrap_or_else(actor),
            };
            let number: i64 = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/silence", &asked).await?,
                Writer::Local(local) => local.hub.now().silence(&asked).await?,
            };
            out::show(output, &serde_json::json!({ "silence": number }), |_| {
                let kept = lang::both("静默编号", "silence");
                format!("{kept} {number}{}{}", lang::mark("；"), lang::said(HOLDS))
            })?;
        }
        Silence::List { all } => list(all, app, output).await?,
        Silence::End(asked) => end(asked, true, app, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(all: bool, app: &App, output: Output) -> anyhow::Result<()> {
    let day = app.loaded.settings.day(clock::now_ms());
    let store = app.reader().await?;
    let open = store.warnings().await?;
    let department = |warning: &hub_model::Warning| {
        let rule = app.book.rules.iter().find(|rule| rule.header.id == warning.rule);
        rule.map(|rule| rule.header.department.as_str())
            .unwrap_or_default()
    };
    let mut rows = Vec::new();
    for silence in store.silences(day, true).await? {
        let about = open.iter().filter(|tracked| {
            let warning = &tracked.warning;
            !warning.cleared && silence.matches(warning, department(warning), &tracked.place)
        });
        let (stands, matches) = (silence.stands(day), about.count() as u64);
        let expired = silence.ended_ms.is_none();
        if all || stands || (expired && matches > 0) {
            rows.push(Listed {
                silence,
                stands,
                matches,
            });
        }
    }
    out::show(output, &rows, |rows| {
        let row = |row: &Listed| {
            let Listed { silence, .. } = row;
            let severity = silence.severity.map(|severity| severity.chinese().to_owned());
            let of = [
                silence.rule.clone(),
                silence.department.clone(),
                silence.place.clone(),
                severity,
            ];
            let state = if row.stands {
                ""
            } else if silence.ended_ms.is_some() {
                "已结束 ended"
            } else {
                "已过期 expired"
            };
            let state = lang::pair(state);
            vec![
                silence.id.to_string(),
                of.into_iter().flatten().collect::<Vec<_>>().join(" "),
                silence.until.to_string(),
                state,
                row.matches.to_string(),
                silence.reason.clone(),
                silence.author.clone(),
            ]
        };
        let header = [
            "编号 number",
            "限定 about",
            "至 until",
            "状态 state",
            "相符 matches",
            "理由 reason",
            "谁 who",
        ];
        out::table(&header, rows.iter().map(row))
    })
}

async fn end(asked: End, silence: bool, app: &App, output: Output) -> anyhow::Result<()> {
    let would = format!(
        "将结束编号 {} 的{} / number {} would end",
        asked.number,
        if silence { "静默" } else { "豁免" },
        asked.number
    );
    if !asked.dry.goes_on(output, &would)? {
        return Ok(());
    }
    let asked = EndRequest {
        silence,
        number: asked.number,
        actor: asked.actor.unwrap_or_else(actor),
        reason: reason(&asked.reason, REASON_CHARS)?,
    };
    let ended: bool = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/quiet/end", &asked).await?,
        Writer::Local(local) => {
            let who = (asked.actor.as_str(), asked.reason.as_str());
            let store = &local.hub.store;
            store
                .end_quiet(asked.which(), asked.number, who, clock::now_ms())
                .await?
        }
    };
    if !ended {
        return Err(NotFound(format!(
            "没有编号为 {} 且未结束的 / none of that number stands",
            asked.number
        ))
        .into());
    }
    out::show(output, &serde_json::json!({ "ended": asked.number }), |_| {
        let ended = lang::pair("已结束 ended");
        format!("{ended}{}{}", lang::mark("；"), lang::said(HOLDS))
    })
}
