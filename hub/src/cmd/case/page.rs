//! The page of one case: what a cadre takes along.
//! Here because a warning is believed when every figure in it can be looked up, and ended when it says what would end it.
//! In: a case whole, the rules. Out: text: sentences, lines with their documents, values, cells, clocks, history.
//! Not here: lists and actions.

use hub_engine::{RuleBook, shown};
use hub_model::case::{Clock, ClockKind};
use hub_model::{Evidence, Value};
use hub_store::CaseDetail;

use crate::out;

/// What the rule computed, as people read it.
fn values(evidence: &Evidence) -> String {
    let known = evidence.values.iter().filter(|(_, value)| **value != Value::Null);
    let said = known.map(|(name, value)| format!("{name} {}", shown(name, Some(value))));
    said.collect::<Vec<_>>().join("；")
}

/// What it is ranked by, how sure it is, how old the data is.
fn why_here(evidence: &Evidence) -> String {
    let score = evidence.score;
    let matching = evidence.matching.as_ref();
    let matching = matching.map_or_else(|| "—".to_owned(), |matching| matching.words.clone());
    let age = evidence.data_age_days;
    format!(
        "排序 score {}/100（级别 {} 幅度 {} 匹配 {} 新鲜 {} 规则往绩 {}）  匹配 matching: {matching}  数据 data: {}",
        score.total(),
        score.severity,
        score.size,
        score.matching,
        score.freshness,
        score.record,
        age.map_or_else(|| "—".to_owned(), |days| format!("{days} 天前 days old")),
    )
}

/// The page of a case.
pub(super) fn text(detail: &CaseDetail, book: &RuleBook) -> String {
    let case = &detail.case;
    let mut text = format!(
        "事项 {}  {}  {}级  {} {}  版本 version {}  第 {} 轮  {}  建立 {}\n",
        case.id,
        case.subject,
        case.severity.chinese(),
        case.state.chinese(),
        case.state.as_str(),
        case.version,
        case.round,
        case.department,
        out::time(detail.opened_ms)
    );
    if let Some(previous) = case.previous {
        text.push_str(&format!("此前事项 previous: {previous}\n"));
    }
    for clock in &case.clocks {
        text.push_str(&format!("{}\n", clock_line(clock)));
    }
    for entry in &detail.warnings {
        let (warning, evidence) = (&entry.warning, &entry.evidence);
        let state = if warning.cleared {
            "数据已不再显示"
        } else {
            "存续"
        };
        let quiet = entry.quiet.as_ref().map(|quiet| format!("，不推送 {quiet}"));
        text.push_str(&format!(
            "\n[{}] {} {}（{}{}）\n  {}\n",
            warning.severity.chinese(),
            warning.rule,
            entry.title,
            state,
            quiet.unwrap_or_default(),
            evidence.sentence
        ));
        text.push_str(&format!("  标准 threshold: {}\n", evidence.threshold));
        if let Some(rule) = book.rules.iter().find(|rule| rule.header.id == warning.rule) {
            text.push_str(&format!("  解除条件 clears when: {}\n", rule.header.clears_when));
        }
        text.push_str(&format!("  计算值 computed: {}\n", values(evidence)));
        text.push_str(&format!("  {}\n", why_here(evidence)));
        let rows = evidence.cells.iter().map(|cell| {
            vec![
                format!("  {}", cell.stream),
                cell.locator.clone(),
                cell.column.clone(),
                cell.header.clone(),
                cell.value.clone(),
            ]
        });
        text.push_str(&out::table(
            &[
                "  来源 source",
                "位置 place",
                "列 column",
                "表头 header",
                "原值 value",
            ],
            rows,
        ));
        text.push('\n');
    }
    if !detail.history.is_empty() {
        text.push_str("\n经过 history\n");
    }
    for record in &detail.history {
        let deed = &record.deed;
        let said = [
            deed.reason.map(|reason| reason.words().1.to_owned()),
            deed.measure.map(|measure| measure.words().1.to_owned()),
            deed.date.map(|date| date.to_string()),
            deed.to.as_ref().map(|to| format!("→ {to}")),
            deed.text.clone(),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        text.push_str(&format!(
            "  {}  第 {} 轮 版本 {}  {} {}：{} → {}  {}\n",
            out::time(record.at_ms),
            record.round,
            record.version,
            deed.actor,
            deed.action.chinese(),
            record.was.chinese(),
            record.state.chinese(),
            said.join("；")
        ));
    }
    text
}

fn clock_line(clock: &Clock) -> String {
    let name = match clock.kind {
        ClockKind::Verify => "核实 verify",
        ClockKind::Handle => "处置 handle",
        ClockKind::Whole => "全程 whole",
    };
    let state = match (clock.ended, clock.stands_since) {
        (Some(day), _) => format!("已完成 done {day}"),
        (None, Some(day)) => format!("停计 stands still since {day}"),
        (None, None) => "计时中 runs".to_owned(),
    };
    let overdue = if clock.is_overdue() {
        "，逾期 overdue"
    } else {
        ""
    };
    let assumed = if clock.assumed {
        "（工作日按周一至周五假定 calendar=assumed）"
    } else {
        ""
    };
    format!(
        "时限 {name}: {} 起，{} 前 due{assumed}；{state}{overdue}",
        clock.since, clock.due
    )
}
