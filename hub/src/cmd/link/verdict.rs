//! `hub link judge|undo|verdicts`: what people say about who is whom.
//! Here because what is doubtful is a person's to decide, and a person may be wrong.
//! In: two ids and a verdict with its reason. Out: the verdict's number; the history.
//! Not here: its effect, which the next linking brings.

use std::process::ExitCode;

use hub_model::{Says, Verdict, Whose};
use hub_runtime::clock;
use hub_store::VerdictRow;
use hub_web::{JudgeRequest, UndoRequest};

use crate::app::{App, Writer};
use crate::ask::Dry;
use crate::cli::{Output, Saying};
use crate::cmd::reveal::{self, actor};
use crate::exit::{NotFound, UsageError};
use crate::{lang, out};

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

/// What `hub link judge` was told, checked.
pub(super) fn asked(
    whose: Whose,
    (from, to): (u64, u64),
    says: Saying,
    reason: &str,
) -> Result<JudgeRequest, UsageError> {
    if from == to || from == 0 || to == 0 {
        let message = "须是两个不同的编号 / two different ids are wanted";
        return Err(UsageError(message.to_owned()));
    }
    Ok(JudgeRequest {
        verdict: Verdict {
            whose,
            from,
            to,
            says: match says {
                Saying::Same => Says::Same,
                Saying::Not => Says::Not,
                Saying::Later => Says::Later,
            },
        },
        reason: reveal::reason(reason, REASON_CHARS)?,
        actor: actor(),
    })
}

pub(super) async fn give(
    app: &App,
    asked: JudgeRequest,
    dry: Dry,
    output: Output,
) -> anyhow::Result<ExitCode> {
    if dry.dry_run {
        dry.goes_on(output, &kept(app, &asked.verdict).await?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let number: i64 = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/verdict", &asked).await?,
        Writer::Local(local) => {
            let store = &local.hub.store;
            store
                .judge(&asked.verdict, &asked.reason, &asked.actor, clock::now_ms())
                .await?
        }
    };
    out::show(output, &serde_json::json!({ "verdict": number }), |_| {
        lang::said(&format!(
            "已记下，认定编号 {number}；下一次运行或 `hub check` 起生效 / kept as verdict {number}; holds from the next run or check on"
        ))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What keeping `verdict` would come to.
async fn kept(app: &App, verdict: &Verdict) -> anyhow::Result<String> {
    let stand = match app.reader_if_any().await? {
        Some(store) => store.verdicts().await?,
        None => Vec::new(),
    };
    let pair = |of: &Verdict| (of.whose, of.from, of.to);
    let (chinese, english) = match stand.iter().any(|before| pair(before) == pair(verdict)) {
        true => ("，取代此前的认定", ", in place of the one before"),
        false => ("", ""),
    };
    let said = said(verdict);
    Ok(format!(
        "将记下认定 {said}{chinese}；下一次运行或 `hub check` 起生效 / the verdict {said} would be kept{english}; it holds from the next run or check on"
    ))
}

fn said(verdict: &Verdict) -> String {
    format!(
        "{} {} {} {}",
        verdict.whose.as_str(),
        verdict.from,
        verdict.says.as_str(),
        verdict.to
    )
}

pub(super) async fn undo(
    app: &App,
    number: i64,
    reason: &str,
    dry: Dry,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let asked = UndoRequest {
        verdict: number,
        reason: reveal::reason(reason, REASON_CHARS)?,
        actor: actor(),
    };
    if dry.dry_run {
        let row = app.reader().await?.verdict(number).await?;
        let stands = row.filter(|row| row.undone_ms.is_none());
        let said = said(&stands.ok_or_else(|| none(number))?.verdict);
        let would = format!(
            "将撤销认定 {number}（{said}）；下一次运行或 `hub check` 起生效 / verdict {number} ({said}) would be undone, from the next run or check on"
        );
        dry.goes_on(output, &would)?;
        return Ok(ExitCode::SUCCESS);
    }
    let undone: bool = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/verdict/undo", &asked).await?,
        Writer::Local(local) => {
            let store = &local.hub.store;
            store
                .undo_verdict(number, &asked.reason, &asked.actor, clock::now_ms())
                .await?
        }
    };
    if !undone {
        return Err(none(number).into());
    }
    out::show(output, &serde_json::json!({ "undone": number }), |_| {
        lang::said("已撤销；下一次运行或 `hub check` 起生效 / undone; holds from the next run or check on")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn none(number: i64) -> NotFound {
    NotFound(format!(
        "没有编号为 {number} 且未撤销的认定；hub link verdicts 列出 / no such verdict stands"
    ))
}

pub(super) async fn history(app: &App, limit: u32, output: Output) -> anyhow::Result<ExitCode> {
    let verdicts = app.reader().await?.verdict_history(limit).await?;
    out::show(output, &verdicts, |verdicts| {
        let row = |row: &VerdictRow| {
            vec![
                row.verdict_id.to_string(),
                said(&row.verdict),
                row.reason.clone(),
                row.actor.clone(),
                out::time(row.at_ms),
                row.undone_ms.map(out::time).unwrap_or_default(),
                row.undone_reason.clone().unwrap_or_default(),
            ]
        };
        out::table(
            &[
                "编号 number",
                "认定 verdict",
                "理由 reason",
                "谁 who",
                "何时 when",
                "撤销 undone",
                "撤销理由 why undone",
            ],
            verdicts.iter().map(row),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
