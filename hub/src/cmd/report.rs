//! The report of a run or a check, for people.
//! Here because runs, checks, decisions and releases end alike, with the same page.
//! In: a report. Out: what came in, what failed, what waits for a person, what was opened and pushed.
//! Not here: making it (runtime), exit codes (run).

use hub_runtime::report::Report;

use crate::{lang, out};

/// The report for people.
pub(super) fn text(report: &Report) -> String {
    let rows = report.streams.iter().map(|stream| {
        let name = format!("{}/{}", stream.connector, stream.stream);
        let numbers =
            [stream.rows_in, stream.accepted, stream.rejected, stream.filtered].map(|n| n.to_string());
        std::iter::once(name)
            .chain(numbers)
            .chain([format!("{:.1}", stream.seconds)])
            .collect()
    });
    let mut text = out::table(
        &[
            "数据流 stream",
            "读入 in",
            "接收 accepted",
            "退回 rejected",
            "略过 filtered",
            "秒 s",
        ],
        rows,
    );
    for failed in &report.failed {
        let is = lang::pair("失败 failed");
        text.push_str(&format!(
            "\n{is}  {}: {} ({}): {}",
            failed.connector,
            failed.fault.category,
            failed.fault.cause,
            lang::said(&failed.fault.message)
        ));
        for line in failed.fault.log_tail.iter().rev().take(5).rev() {
            text.push_str(&format!("\n    {line}"));
        }
    }
    for held in &report.held {
        let stream = format!("{}/{}", held.connector, held.stream);
        text.push_str(&held_part((&stream, &held.part), held.rows, &held.why, &held.run));
    }
    for said in &report.rejected_again {
        text.push_str(&format!("\n{}  {said}", lang::pair("已驳回 rejected before")));
    }
    for held in &report.held_rules {
        text.push_str(&held_rule(&held.rule, &held.why));
    }
    text.push_str(&counts(report));
    text
}

/// A part of `stream` that waits for a person, with what shows it.
pub(super) fn held_part((stream, part): (&str, &str), rows: u64, why: &[String], run: &str) -> String {
    let semicolon = lang::mark("；");
    format!(
        "\n{is}  {stream} {part} {of} {rows} {lines}: {}{semicolon}hub run diff {run}",
        why.join(semicolon),
        is = lang::pair("待确认 held"),
        of = lang::either("期", "part"),
        lines = lang::either("行", "rows")
    )
}

/// A rule that waits for a person, with what shows it.
pub(super) fn held_rule(rule: &str, why: &str) -> String {
    let (is, semicolon) = (lang::pair("待放行 rule held"), lang::mark("；"));
    format!("\n{is}  {rule}: {}{semicolon}hub check held", lang::said(why))
}

/// A line of counts, each with what it counts.
pub(super) fn counted(title: &str, counts: &[(u64, &str)]) -> String {
    let counts = counts
        .iter()
        .map(|(count, what)| format!("{count} {}", lang::pair(what)));
    format!(
        "\n{}: {}",
        lang::pair(title),
        counts.collect::<Vec<_>>().join(", ")
    )
}

/// What was evaluated, opened, pushed: how many of each.
fn counts(report: &Report) -> String {
    let (rules, warnings, events) = (&report.rules, &report.warnings, &report.events);
    let mut text = format!(
        "\n{} {}  {} {}",
        lang::pair("户 households"),
        report.households,
        lang::pair("人 people"),
        report.people
    );
    text.push_str(&counted(
        "规则 rules",
        &[
            (rules.evaluated, "已评估 evaluated"),
            (rules.not_computable, "无法评估 not computable"),
            (rules.findings, "命中 findings"),
        ],
    ));
    for refused in &rules.refused {
        let unused = lang::pair("未采用 not used");
        text.push_str(&format!("\n    {unused}  {}: {}", refused.rule, refused.why));
    }
    for note in &rules.notes {
        text.push_str(&format!("\n    {}", lang::said(note)));
    }
    text.push_str(&counted(
        "预警 warnings",
        &[
            (warnings.opened, "新增 opened"),
            (warnings.changed, "变化 changed"),
            (warnings.cleared, "消除 cleared"),
            (warnings.kept, "不变 kept"),
            (warnings.quiet, "不推送 quiet"),
        ],
    ));
    let cases = &report.cases;
    text.push_str(&counted(
        "事项 cases",
        &[
            (cases.reopened, "重新打开 reopened"),
            (cases.closed, "自动办结 closed"),
            (cases.reminded, "提醒 reminded"),
        ],
    ));
    text.push_str(&format!(
        ", {of} {} {overdue}",
        cases.overdue,
        of = lang::either("其中", "of them"),
        overdue = lang::pair("逾期 overdue")
    ));
    text.push_str(&counted(
        "推送 events",
        &[
            (events.sent, "已发 sent"),
            (events.acknowledged, "已确认 acknowledged"),
            (events.dead, "放弃 dead"),
            (events.pending, "待发 pending"),
        ],
    ));
    text.push_str(&format!(
        "\n{} {:.1} s",
        lang::either("用时", "took"),
        report.seconds
    ));
    text
}
