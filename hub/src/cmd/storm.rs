//! `hub check held|release`: rules that would open too much at once, and a person's word.
//! Here because only somebody who asked upstream knows whether a thousand warnings are news or a broken column.
//! In: a rule. Out: what is held and why; the report of what followed a release; exit 4 when it is not held.
//! Not here: how much is too much (runtime).

use std::process::ExitCode;
use std::time::Duration;

use hub_runtime::Error;
use hub_runtime::report::Report;
use hub_store::{HeldRule, Released};
use hub_web::ReleaseRequest;

use crate::app::{App, Writer};
use crate::ask::Sure;
use crate::cli::Output;
use crate::cmd::reveal::{self, actor};
use crate::cmd::{report, run};
use crate::{lang, out};

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

pub(super) async fn held(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let held = app.reader().await?.held_rules().await?;
    out::show(output, &held, |held| {
        let row = |held: &HeldRule| {
            vec![
                held.rule.clone(),
                held.openings.to_string(),
                out::time(held.since_ms),
                out::time(held.last_ms),
                lang::said(&held.why),
            ]
        };
        let header = ["规则 rule", "待开 openings", "自 since", "最近 last", "原因 why"];
        format!(
            "{}\n{}: hub check release RULE --reason …",
            out::table(&header, held.iter().map(row)),
            lang::pair("核对来源无误后 when the sources are right")
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Whether what a release would bring is meant; that the rule is not held is told.
pub(super) async fn meant(app: &App, rule: &str, sure: Sure, output: Output) -> anyhow::Result<bool> {
    if !sure.is_told() {
        return Ok(true);
    }
    let held = app.reader().await?.held_rules().await?;
    let Some(found) = held.iter().find(|held| held.rule == rule) else {
        let held = held.into_iter().map(|held| held.rule).collect();
        return Err(Error::NotHeldRule {
            rule: rule.to_owned(),
            held,
        }
        .into());
    };
    let would = format!(
        "将放行规则 {rule}，打开约 {} 条预警并推送 / {rule} would open about {} warnings, and they be pushed",
        found.openings, found.openings
    );
    sure.goes_on(output, &would)
}

pub(super) async fn release(
    app: &App,
    rule: String,
    reason: &str,
    by: Option<String>,
    push_wait: u64,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let request = ReleaseRequest {
        released: Released {
            rule,
            actor: by.unwrap_or_else(actor),
            reason: reveal::reason(reason, REASON_CHARS)?,
        },
        wait_seconds: push_wait,
    };
    let report: Report = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/check/release", &request).await?,
        Writer::Local(local) => {
            let mut report = local.hub.now().release(request.released).await?;
            report.events = local.relay.drain(Duration::from_secs(push_wait)).await?;
            report
        }
    };
    out::show(output, &report, report::text)?;
    Ok(run::code(&report))
}
