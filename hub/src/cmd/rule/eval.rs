//! `hub rule eval`: one rule on one household or other subject, condition by condition.
//! Here because whoever doubts a warning, or misses one, asks what was compared with what.
//! In: a rule, a subject, a day, other values of parameters. Out: each condition with what it holds and what it is compared with, the cells.
//! Not here: warnings; nothing is stored.

use std::process::ExitCode;

use hub_engine::{JudgedRow, Judgement, Standing, shown};
use hub_model::{SubjectKey, SubjectKind, Value};
use serde::Serialize;

use super::{chosen, with_sets};
use crate::app::App;
use crate::cli::{Eval, Output};
use crate::cmd::past;
use crate::exit::{NotFound, UsageError};
use crate::{lang, out};

/// What is printed.
#[derive(Debug, Serialize)]
struct Page {
    rule: String,
    version: u32,
    title: String,
    clause: String,
    subject: String,
    as_of: chrono::NaiveDate,
    #[serde(flatten)]
    judgement: Judgement,
}

pub(super) async fn run(eval: Eval, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let rule = chosen(app, std::slice::from_ref(&eval.rule))?.remove(0).clone();
    let parameters = with_sets(app, &eval.sets)?;
    let (data, day) = past::snapshot(app, &eval.past).await?;
    let kind = rule.header.subject;
    let engine = app.engine.clone();
    let work = async move {
        let key = match (eval.household, eval.subject) {
            (Some(household), _) if kind == SubjectKind::Household => engine
                .find_household(&data, &household)
                .await?
                .map(|id| SubjectKey::Id(id.0)),
            (_, Some(name)) if kind.is_numbered() => name.parse().ok().map(SubjectKey::Id),
            (_, Some(name)) => SubjectKey::named(&name),
            (_, None) => {
                let message = format!(
                    "规则 {} 的对象不是户，请用 --subject / the rule is about a {}: --subject",
                    rule.header.id,
                    kind.as_str()
                );
                return Err(anyhow::Error::from(UsageError(message)));
            }
        };
        // What was asked for may be somebody's number: it is not repeated.
        let key = key.ok_or_else(|| NotFound("没有这个对象 / no such subject".to_owned()))?;
        let judgement = engine.judge(&data, &rule, &parameters, day, Some(&key)).await?;
        Ok(Page {
            rule: rule.header.id.to_string(),
            version: rule.header.version,
            title: rule.header.title,
            clause: rule.header.clause,
            subject: format!("{}/{key}", kind.as_str()),
            as_of: day,
            judgement,
        })
    };
    let page = app.threads.spawn(work).await??;
    out::show(output, &page, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(page: &Page) -> String {
    let mut text = format!(
        "规则 {}（第 {} 版）{}  条款 {}\n对象 {}  判定日 {}\n",
        page.rule, page.version, page.title, page.clause, page.subject, page.as_of
    );
    if let Some(reason) = &page.judgement.not_computable {
        let cannot = lang::pair("无法评估 not computable");
        text.push_str(&format!("{cannot}: {}\n", lang::said(reason)));
    }
    for band in &page.judgement.unset_bands {
        let unset = lang::said("参数未填，本档不判 / unset");
        text.push_str(&format!("{band}{}{unset}\n", lang::mark("：")));
    }
    if page.judgement.not_computable.is_none() && page.judgement.rows.is_empty() {
        let nothing = "规则对它不作判断（不在范围内，或数据中没有） / the rule says nothing about it";
        text.push_str(&format!("{}\n", lang::said(nothing)));
    }
    for row in &page.judgement.rows {
        push(&mut text, row);
    }
    text
}

fn push(text: &mut String, row: &JudgedRow) {
    text.push_str(&match &row.verdict {
        Standing::Found {
            band,
            severity,
            sentence,
        } => format!("\n结论 命中（{}，{band}）：{sentence}\n", severity.chinese()),
        Standing::OutOfScope { column } => {
            let out = format!("结论 不在规则范围内（{column}） / out of scope ({column})");
            format!("\n{}\n", lang::said(&out))
        }
        Standing::Clean => format!("\n{}\n", lang::said("结论 未命中 / clean")),
        Standing::Undecided => format!("\n{}\n", lang::said("结论 数据不足，不作判断 / undecided")),
    });
    let conditions = row.conditions.iter().map(|condition| {
        let holds = match condition.holds {
            Some(true) => lang::either("成立", "yes"),
            Some(false) => lang::either("不成立", "no"),
            None => lang::either("不详", "unknown"),
        };
        vec![
            condition.band.clone(),
            condition.column.clone(),
            shown(&condition.column, Some(&condition.actual)),
            condition.threshold.clone(),
            holds.to_owned(),
        ]
    });
    let header = [
        "档 band",
        "条件列 column",
        "实际值 actual",
        "标准 threshold",
        "是否成立 holds",
    ];
    text.push_str(&out::table(&header, conditions));
    text.push('\n');
    let values = row.values.iter().filter(|(_, value)| **value != Value::Null);
    let values = values.map(|(name, value)| vec![name.clone(), shown(name, Some(value))]);
    text.push_str(&out::table(&["列 column", "值 value"], values));
    text.push('\n');
    let cells = row.cells.iter().map(|cell| {
        vec![
            cell.stream.clone(),
            cell.locator.clone(),
            cell.column.clone(),
            cell.header.clone(),
            cell.value.clone(),
        ]
    });
    let header = [
        "来源 source",
        "位置 place",
        "列 column",
        "表头 header",
        "原值 value",
    ];
    text.push_str(&out::table(&header, cells));
    text.push('\n');
}
