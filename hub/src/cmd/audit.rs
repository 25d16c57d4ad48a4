//! `hub audit …`: who did what, and whether the log is whole.
//! Here because a log nobody can check proves nothing.
//! In: a subject; a head noted elsewhere. Out: entries; the first one that does not follow from the one before, exit 9.
//! Not here: writing it (store).

use std::process::ExitCode;

use hub_store::{AuditRow, Flaw, Verified};

use crate::app::App;
use crate::cli::{Audit, Output};
use crate::{exit, lang, out};

pub(super) async fn run(command: Audit, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    match command {
        Audit::Verify { expect } => {
            let expect = expect.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
            let verified = store.verify_audit(expect).await?;
            out::show(output, &verified, told)?;
            Ok(match verified {
                Verified::Whole { .. } => ExitCode::SUCCESS,
                Verified::Broken { .. } => ExitCode::from(exit::ALTERED),
            })
        }
        Audit::List {
            subject,
            actor,
            action,
            limit,
        } => {
            let rows = store.audit_rows(subject.as_deref(), actor.as_deref(), action.as_deref(), limit);
            out::show(output, &rows.await?, |rows| {
                let row = |row: &AuditRow| {
                    vec![
                        row.seq.to_string(),
                        out::time(row.at_ms),
                        row.entry.actor.clone(),
                        row.entry.action.clone(),
                        row.entry.subject.clone(),
                        row.entry.detail.clone(),
                    ]
                };
                let header = [
                    "序号 seq",
                    "何时 when",
                    "谁 who",
                    "动作 action",
                    "对象 subject",
                    "详情 detail",
                ];
                out::table(&header, rows.iter().map(row))
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn told(verified: &Verified) -> String {
    match verified {
        Verified::Whole { entries, head } => format!(
            "{}: {entries} {}\n{} {entries}:{head}\n{}",
            lang::pair("完整 whole"),
            lang::pair("条 entries"),
            lang::pair("末条摘要 head"),
            lang::said(
                "请另存此行：末尾被截去只有与另存的比对才看得出 / keep it elsewhere: only it shows an end that was cut off"
            )
        ),
        Verified::Broken { seq, why } => {
            let why = match why {
                Flaw::Missing => lang::pair("缺失 missing"),
                Flaw::Altered => lang::pair("被改动 altered"),
            };
            format!(
                "{broken}: {entry} {why}{semicolon}{before}",
                broken = lang::pair("不完整 broken"),
                entry = lang::both(&format!("第 {seq} 条"), &format!("entry {seq}")),
                semicolon = lang::mark("；"),
                before = lang::said("此前各条相符 / those before it follow")
            )
        }
    }
}
