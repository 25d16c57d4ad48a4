//! `hub link …`: who is whom, doubts and verdicts.
//! Here because linking the wrong person is worse than linking none, and a person decides what is doubtful.
//! In: ids, verdicts. Out: records side by side, reasons, what was kept.
//! Not here: how rows are compared (engine) and what becomes of a verdict (the next linking).

mod evaluate;
mod review;
mod verdict;

use std::process::ExitCode;

use hub_model::{LinkReport, Whose};

use crate::app::App;
use crate::cli::{Evaluate, Link, Output};
use crate::{lang, out};

pub(super) fn evaluate(lists: &Evaluate, output: Output) -> anyhow::Result<ExitCode> {
    evaluate::run(lists, output)
}

pub(super) async fn run(command: Link, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Link::Review {
            limit,
            households,
            reveal,
        } => review::list(app, whose(households), limit, &reveal, output).await,
        Link::Explain { row, reveal } => review::explain(app, row, &reveal, output).await,
        Link::Judge {
            from,
            to,
            says,
            households,
            reason,
            dry,
        } => {
            let asked = verdict::asked(whose(households), (from, to), says, &reason)?;
            verdict::give(app, asked, dry, output).await
        }
        Link::Undo { verdict, reason, dry } => verdict::undo(app, verdict, &reason, dry, output).await,
        Link::Verdicts { limit } => verdict::history(app, limit, output).await,
        Link::Status => status(app, output).await,
        Link::Evaluate(lists) => evaluate::run(&lists, output),
    }
}

const fn whose(households: bool) -> Whose {
    if households {
        Whose::Household
    } else {
        Whose::Person
    }
}

async fn status(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let (at_ms, report) = app.reader().await?.link_report().await?.unwrap_or_default();
    let told = serde_json::json!({ "at_ms": at_ms, "links": report });
    out::show(output, &told, |_| text(at_ms, &report))?;
    Ok(ExitCode::SUCCESS)
}

fn text(at_ms: i64, report: &LinkReport) -> String {
    if at_ms == 0 {
        return lang::said("还没有做过关联 / nothing has been linked yet");
    }
    let weights = if report.frozen {
        lang::pair("已固定 frozen")
    } else {
        lang::pair("由本次数据学得 learned from these rows")
    };
    let LinkReport {
        register,
        list,
        sure,
        linked,
        doubtful,
        pairs,
        weights: version,
        ..
    } = report;
    let (chinese, english) = (
        format!(
            "关联：底册 {register} 人；其他部门提到 {list} 人，其中证件号码和姓名都相符 {sure}，另关联 {linked}，存疑 {doubtful}；比较 {pairs} 对；权重 {version}（{weights}）"
        ),
        format!(
            "linked: {register} people in the register; {list} named by others, of them {sure} by number and name, {linked} linked otherwise, {doubtful} doubtful; {pairs} pairs compared; weights {version} ({weights})"
        ),
    );
    let mut text = format!("{} {}", out::time(at_ms), lang::either(&chinese, &english));
    for (key, times) in &report.skipped {
        let skipped = lang::pair("过大的分组已略过 blocks skipped");
        text.push_str(&format!("\n{skipped}: {key} ×{times}"));
    }
    if report.unseen > 0 {
        let without = lang::pair("因此没有任何候选 without any candidate");
        text.push_str(&format!("\n{without}: {}", report.unseen));
    }
    text
}
