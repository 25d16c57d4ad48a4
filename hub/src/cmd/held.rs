//! `hub run diff|approve|reject`: what waits for a person, and the person's word.
//! Here because whoever decides must see what was, what is, which bound, and what to do, on one screen.
//! In: a run. Out: its differences; the report of a decision; exit 4 when nothing waits there.
//! Not here: comparing (model), holding and deciding (runtime).

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use hub_model::guard::{Deviation, Suggestion, suggest};
use hub_runtime::report::Report;
use hub_runtime::{DecisionAsked, clock};
use hub_store::{HeldRow, HeldState, Store};
use hub_web::{DecideRequest, WithdrawRequest};
use serde::Serialize;

use crate::app::{App, Writer};
use crate::cli::{Held, Output};
use crate::cmd::reveal::{actor, reason};
use crate::cmd::{report, run};
use crate::exit::NotFound;
use crate::{lang, out};

/// Shortest and longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;

/// What a run held.
#[derive(Serialize)]
struct Shown {
    run: String,
    connector: String,
    started_ms: i64,
    state: &'static str,
    parts: Vec<Part>,
    /// Bounds that past periods suggest; nobody applies them.
    suggestions: Vec<Suggested>,
    remarks: Vec<String>,
}

/// A part of it.
#[derive(Serialize)]
struct Part {
    stream: String,
    part: String,
    state: HeldState,
    rows: u64,
    /// The part it was compared with, and its rows.
    against: String,
    rows_before: Option<u64>,
    differences: Vec<Difference>,
    decided: Option<Decided>,
}

/// One way in which it differs.
#[derive(Serialize)]
struct Difference {
    #[serde(flatten)]
    deviation: Deviation,
    was: String,
    is: String,
    said: String,
}

#[derive(Serialize)]
struct Decided {
    at_ms: i64,
    by: Option<String>,
    reason: Option<String>,
    run: Option<String>,
}

#[derive(Serialize)]
struct Suggested {
    stream: String,
    #[serde(flatten)]
    suggestion: Suggestion,
}

pub(super) async fn diff(app: &App, id: &str, output: Output) -> anyhow::Result<ExitCode> {
    let store = app.reader().await?;
    let run = store.run(id).await?.ok_or_else(|| run::none(id))?;
    let held = store.held_of(id).await?;
    if held.is_empty() {
        let nothing = lang::said(&format!("运行 {id} 没有待确认的数据 / it held nothing"));
        let list = lang::either("hub status 列出待确认的", "see hub status");
        return Err(NotFound(format!("{nothing}{}{list}", lang::mark("；"))).into());
    }
    let mut shown = Shown {
        run: run.run_id,
        connector: run.connector,
        started_ms: run.started_ms,
        state: run.state.as_str(),
        parts: Vec::new(),
        suggestions: Vec::new(),
        remarks: run.remarks,
    };
    for row in held {
        shown
            .parts
            .push(part(app, &store, row, &mut shown.suggestions).await?);
    }
    out::show(output, &shown, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn part(
    app: &App,
    store: &Store,
    row: HeldRow,
    suggestions: &mut Vec<Suggested>,
) -> anyhow::Result<Part> {
    let history = store.history(&row.stream).await?;
    let stream = row.stream.stream;
    if let Ok(connector) = app.sources.connector(&row.stream.connector)
        && suggestions.iter().all(|known| known.stream != stream)
    {
        let found = suggest(&history, &connector.guards.of(&stream));
        suggestions.extend(found.into_iter().map(|suggestion| Suggested {
            stream: stream.clone(),
            suggestion,
        }));
    }
    let difference = |deviation: Deviation| {
        let (was, is) = deviation.drift.was_and_is();
        Difference {
            said: deviation.drift.sentence(),
            deviation,
            was,
            is,
        }
    };
    Ok(Part {
        stream,
        part: row.held.part,
        state: row.state,
        rows: row.held.profile.rows,
        rows_before: history.parts.get(&row.held.against).map(|before| before.rows),
        against: row.held.against,
        differences: row.held.deviations.into_iter().map(difference).collect(),
        decided: row.decided_ms.map(|at_ms| Decided {
            at_ms,
            by: row.actor,
            reason: row.reason,
            run: row.decided_run,
        }),
    })
}

fn text(shown: &Shown) -> String {
    let run = &shown.run;
    let mut text = format!(
        "{of} {run}  {connector} {}  {}  {state} {}\n",
        shown.connector,
        out::time(shown.started_ms),
        shown.state,
        of = lang::pair("运行 run"),
        connector = lang::pair("连接器 connector"),
        state = lang::pair("状态 state")
    );
    for part in &shown.parts {
        text.push_str(&of_part(part));
    }
    if shown.parts.iter().any(|part| part.state == HeldState::Held) {
        text.push_str(&what_to_do(run, &shown.connector));
    }
    let (open, close) = (lang::mark("（"), lang::mark("）"));
    for Suggested { stream, suggestion } in &shown.suggestions {
        text.push_str(&format!(
            "{suggested} {stream}: {} = {}{open}{now} {}{close}{}\n",
            suggestion.key,
            suggestion.suggested,
            suggestion.now,
            suggestion.why,
            suggested = lang::pair("建议 suggested"),
            now = lang::pair("现为 now")
        ));
    }
    for remark in &shown.remarks {
        text.push_str(&format!("{}: {remark}\n", lang::pair("备注 remark")));
    }
    text
}

fn of_part(part: &Part) -> String {
    let rows = lang::pair("行 rows");
    let before = part
        .rows_before
        .map(|before| format!("{}{before} {rows}{}", lang::mark("（"), lang::mark("）")))
        .unwrap_or_default();
    let (is, against) = (&part.part, &part.against);
    let compared = lang::pair("相比 compared with it");
    let (chinese, english) = (
        format!("与 {against} 期{before}{compared}"),
        format!("compared with {against}{before}"),
    );
    let compared = lang::either(&chinese, &english);
    let mut text = format!(
        "\n{} {is}{part_of}{colon}{} {rows}{comma}{compared}  [{}]\n",
        part.stream,
        part.rows,
        part.state.as_str(),
        part_of = lang::either(" 期", ""),
        colon = lang::mark("："),
        comma = lang::mark("，")
    );
    let rows = part.differences.iter().map(|difference| {
        let deviation = &difference.deviation;
        vec![
            lang::pair(deviation.drift.title()),
            deviation.drift.column().unwrap_or_default().to_owned(),
            difference.was.clone(),
            difference.is.clone(),
            format!("{} = {}", deviation.bound, deviation.allowed),
        ]
    });
    text.push_str(&out::table(
        &["问题 drift", "列 column", "原来 was", "现在 is", "界限 bound"],
        rows,
    ));
    let places: BTreeSet<&str> = part
        .differences
        .iter()
        .map(|difference| difference.deviation.written_in.as_str())
        .collect();
    for place in places {
        text.push_str(&format!("\n{}: {place}", lang::pair("界限写在 written in")));
    }
    if let Some(decided) = &part.decided {
        text.push_str(&format!(
            "\n{}: {} {} {} {}",
            lang::pair("已决定 decided"),
            out::time(decided.at_ms),
            decided.by.as_deref().unwrap_or("—"),
            decided.reason.as_deref().unwrap_or("—"),
            decided.run.as_deref().unwrap_or_default()
        ));
    }
    text.push('\n');
    text
}

fn what_to_do(run: &str, connector: &str) -> String {
    format!(
        "\n{asks}\n\
         \x20 {so}   hub run approve {run} --reason …   {counts}\n\
         \x20 {wrong}   hub run reject {run} --reason …    {dropped}\n\
         \x20 {bound}: {change} hub run start {connector}\n",
        asks = lang::said(
            "旧数据继续有效，需要这些数据的规则暂不评估。请向报送单位核实 / the old data stays active; ask the department:"
        ),
        so = lang::pair("确实如此 it is so"),
        counts = lang::either(
            "按已读到的数据生效，不再向来源读取",
            "what was read counts, and the source is not asked again"
        ),
        wrong = lang::pair("报错了 it is wrong"),
        dropped = lang::either(
            "丢弃；请报送单位改正后重新报送",
            "dropped; have the department correct it and send it again"
        ),
        bound = lang::pair("界限不合适 the bound is wrong"),
        change = lang::either("修改上面所指的表后重新运行", "change the table named above, then")
    )
}

/// Approves or rejects, and prints the report of what followed.
pub(super) async fn decide(
    app: &App,
    held: Held,
    approve: bool,
    push_wait: u64,
    output: Output,
) -> anyhow::Result<ExitCode> {
    if !meant(app, &held, approve, output).await? {
        return Ok(ExitCode::SUCCESS);
    }
    let request = DecideRequest {
        asked: DecisionAsked {
            run: held.run,
            stream: held.stream,
            part: held.part,
            approve,
            actor: actor(),
            reason: reason(&held.reason, REASON_CHARS)?,
        },
        wait_seconds: push_wait,
    };
    let report: Report = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/run/decide", &request).await?,
        Writer::Local(local) => {
            let mut report = local.hub.now().decide(&request.asked).await?;
            report.events = local
                .relay
                .drain(Duration::from_secs(request.wait_seconds))
                .await?;
            local.hub.now().tell_lineage(run::LINEAGE).await;
            report
        }
    };
    out::show(output, &report, report::text)?;
    Ok(run::code(&report))
}

/// Whether what would become of what is held is meant.
async fn meant(app: &App, held: &Held, approve: bool, output: Output) -> anyhow::Result<bool> {
    if !held.sure.is_told() {
        return Ok(true);
    }
    let is_meant = |row: &HeldRow| {
        let of = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
        row.state == HeldState::Held && of(&held.stream, &row.stream.stream) && of(&held.part, &row.held.part)
    };
    let rows = app.reader().await?.held_of(&held.run).await?;
    let parts: Vec<String> = rows
        .iter()
        .filter(|row| is_meant(row))
        .map(|row| {
            format!(
                "{} {} {} {}",
                row.stream.stream,
                row.held.part,
                row.held.profile.rows,
                lang::pair("行 rows")
            )
        })
        .collect();
    // That nothing of it is held, whoever decides says, and why.
    if parts.is_empty() && !held.sure.dry.dry_run {
        return Ok(true);
    }
    if parts.is_empty() {
        let message = format!("运行 {} 没有待确认的数据 / nothing of it is held", held.run);
        return Err(NotFound(message).into());
    }
    let would = lang::pair(match approve {
        true => "将生效，随后比对并推送 would become active, be checked and pushed",
        false => "将丢弃，旧数据继续有效 would be dropped, the old data stays",
    });
    let parts = parts.join(lang::mark("，"));
    held.sure.goes_on(output, &format!("{would}: {parts}"))
}

/// Takes a rejection back.
pub(super) async fn withdraw(app: &App, held: Held, output: Output) -> anyhow::Result<ExitCode> {
    let would = format!(
        "将撤回对运行 {} 的驳回，下次读到时重新待确认 / when it comes again, it would be held again",
        held.run
    );
    if !held.sure.dry.goes_on(output, &would)? {
        return Ok(ExitCode::SUCCESS);
    }
    let request = WithdrawRequest {
        run: held.run,
        actor: actor(),
        reason: reason(&held.reason, REASON_CHARS)?,
    };
    let parts: u64 = match app.writer().await? {
        Writer::Service(service) => service.post("/v1/run/withdraw", &request).await?,
        Writer::Local(local) => {
            let store = &local.hub.store;
            let who = (request.actor.as_str(), request.reason.as_str());
            store
                .withdraw_rejection(&request.run, who, clock::now_ms())
                .await
                .context("withdraw the rejection")?
        }
    };
    if parts == 0 {
        let message = format!("运行 {} 没有驳回的数据 / nothing of it was rejected", request.run);
        return Err(NotFound(message).into());
    }
    out::show(output, &serde_json::json!({ "withdrawn": parts }), |_| {
        format!("已撤回，{parts} 期下次读到时重新待确认 / when they come again, they are held again")
    })?;
    Ok(ExitCode::SUCCESS)
}
