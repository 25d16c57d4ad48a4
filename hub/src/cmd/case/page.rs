//! The page of one case: what a cadre takes along.
//! Here because a warning is believed when every figure in it can be looked up, and ended when it says what would end it.
//! In: a case whole, the rules. Out: text: sentences, lines with their documents, values, cells, clocks, history.
//! Not here: lists and actions.

use hub_engine::{RuleBook, shown};
use hub_model::case::{Clock, ClockKind};
use hub_model::{Evidence, Value};
use hub_store::CaseDetail;

use crate::{lang, out};

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
        "{ranked} {}/100（级别 {} 幅度 {} 匹配 {} 新鲜 {} 规则往绩 {}）  {matched}: {matching}  {data}: {}",
        score.total(),
        score.severity,
        score.size,
        score.matching,
        score.freshness,
        score.record,
        age.map_or_else(
            || "—".to_owned(),
            |days| format!("{days} {}", lang::pair("天前 days old"))
        ),
        ranked = lang::pair("排序 score"),
        matched = lang::pair("匹配 matching"),
        data = lang::pair("数据 data")
    )
}

/// The page of a case.
pub(super) fn text(detail: &CaseDetail, book: &RuleBook) -> String {
    let case = &detail.case;
    let mut text = format!(
        "事项 {}  {}  {}级  {}  {version} {}  第 {} 轮  {}  建立 {}\n",
        case.id,
        case.subject,
        case.severity.chinese(),
        lang::both(case.state.chinese(), case.state.as_str()),
        case.version,
        case.round,
        case.department,
        out::time(detail.opened_ms),
        version = lang::pair("版本 version")
    );
    if let Some(previous) = case.previous {
        text.push_str(&format!("{}: {previous}\n", lang::pair("此前事项 previous")));
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
        let threshold = lang::pair("标准 threshold");
        text.push_str(&format!("  {threshold}: {}\n", evidence.threshold));
        if let Some(rule) = book.rules.iter().find(|rule| rule.header.id == warning.rule) {
            let clears = lang::pair("解除条件 clears when");
            text.push_str(&format!("  {clears}: {}\n", rule.header.clears_when));
        }
        let computed = lang::pair("计算值 computed");
        text.push_str(&format!("  {computed}: {}\n", values(evidence)));
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
        text.push_str(&format!("\n{}\n", lang::pair("经过 history")));
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
        (Some(day), _) => format!("{} {day}", lang::pair("已完成 done")),
        (None, Some(day)) => format!("{} {day}", lang::pair("停计 stands still since")),
        (None, None) => lang::pair("计时中 runs"),
    };
    let overdue = if clock.is_overdue() {
        format!("，{}", lang::pair("逾期 overdue"))
    } else {
        String::new()
    };
    let assumed = if clock.assumed {
        format!("（{}）", lang::pair("工作日按周一至周五假定 calendar=assumed"))
    } else {
        String::new()
    };
    format!(
        "时限 {}: {} 起，{} {}{assumed}；{state}{overdue}",
        lang::pair(name),
        clock.since,
        clock.due,
        lang::pair("前 due")
    )
}
