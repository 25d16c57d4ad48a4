//! `hub kpi report`: the indicators of the programme as they stand, or why one cannot be computed.
//! Here because a figure without its numerator, denominator and wording starts quarrels, and a missing one must say what is missing.
//! In: the rules that are indicators, a snapshot, a day. Out: a line for each county and indicator, also as a workbook.
//! Not here: warnings of a breach; those the check opens.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use hub_engine::{Condition, JudgedRow, Judgement, Rule, Standing};
use hub_model::{ActiveData, Fen, KpiUnit, Value, tables};
use hub_runtime::workbook;
use serde::Serialize;

use crate::app::App;
use crate::cli::{Kpi, Output};
use crate::cmd::past;
use crate::out;

/// One line.
#[derive(Debug, Serialize)]
struct Line {
    kpi: String,
    title: String,
    clause: String,
    /// The county, or the whole city; none when nothing could be computed.
    area: Option<String>,
    unit: KpiUnit,
    /// In the unit's smallest part: hundredths of a percent, fen, or whole.
    value: Option<i64>,
    numerator: Option<i64>,
    denominator: Option<i64>,
    /// What it should be, in words.
    target: String,
    breached: Option<bool>,
    /// 口径.
    wording: String,
    /// The streams whose rows were counted.
    sources: Vec<String>,
    not_computable: Option<String>,
}

pub(super) async fn run(command: Kpi, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let Kpi::Report { past, file } = command;
    let (data, day) = past::snapshot(app, &past).await?;
    let data = Arc::new(data);
    let mut lines = Vec::new();
    for rule in app.book.rules.iter().filter(|rule| rule.header.kpi.is_some()) {
        let (engine, own, shared) = (app.engine.clone(), rule.clone(), Arc::clone(&data));
        let parameters = app.book.parameters.clone();
        let work = async move { engine.judge(&shared, &own, &parameters, day, None).await };
        let judgement = app.threads.spawn(work).await??;
        lines.extend(of(rule, judgement, &data));
    }
    if let Some(file) = file {
        let notes = [format!("指标报告，截至 {day}")];
        let rows = lines.iter().map(Line::row);
        workbook::write(&file, "指标", &notes, &HEADER, rows)?;
    }
    out::show(output, &lines, |lines| {
        let header: Vec<&str> = HEADER.iter().map(|(name, _)| *name).collect();
        out::table(&header, lines.iter().map(Line::row))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The columns, with their widths.
const HEADER: [(&str, f64); 10] = [
    ("指标 kpi", 14.0),
    ("名称 title", 30.0),
    ("条款 clause", 8.0),
    ("范围 area", 16.0),
    ("数值 value", 14.0),
    ("分子 numerator", 14.0),
    ("分母 denominator", 14.0),
    ("达标 met", 10.0),
    ("口径 wording", 60.0),
    ("来源或不能计算的原因 source", 50.0),
];

fn of(rule: &Rule, judgement: Judgement, data: &ActiveData) -> Vec<Line> {
    let sources: BTreeSet<String> = data
        .landed
        .iter()
        .filter(|(_, source)| {
            let feeds = source.lineage.keys();
            feeds.into_iter().any(|table| rule.tables.contains(table))
        })
        .map(|((stream, _), _)| stream.to_string())
        .collect();
    let own = rule
        .tables
        .iter()
        .filter(|table| tables::find_derived(table).is_some_and(|table| table.inputs.is_empty()));
    let sources: BTreeSet<String> = sources
        .into_iter()
        .chain(own.map(|table| format!("hub/{table}")))
        .collect();
    let line = |row: Option<&JudgedRow>| Line {
        kpi: rule.header.id.to_string(),
        title: rule.header.title.clone(),
        clause: rule.header.clause.clone(),
        area: row.map(|row| row.subject.to_string()),
        unit: rule.header.kpi.as_ref().map_or(KpiUnit::Count, |kpi| kpi.unit),
        value: row.and_then(|row| int(row, rule.measure.as_deref()?)),
        numerator: row.and_then(|row| int(row, "numerator")),
        denominator: row.and_then(|row| int(row, "denominator")),
        target: row.map(|row| target(&row.conditions)).unwrap_or_default(),
        breached: row.and_then(|row| match row.verdict {
            Standing::Found { .. } => Some(true),
            Standing::Clean => Some(false),
            Standing::OutOfScope { .. } | Standing::Undecided => None,
        }),
        wording: rule
            .header
            .kpi
            .as_ref()
            .map(|kpi| kpi.wording.clone())
            .unwrap_or_default(),
        sources: sources.iter().cloned().collect(),
        not_computable: judgement.not_computable.clone(),
    };
    if judgement.rows.is_empty() {
        let mut none = line(None);
        none.not_computable
            .get_or_insert_with(|| "数据中没有这项指标的数字 / no row has its figures".to_owned());
        return vec![none];
    }
    judgement.rows.iter().map(|row| line(Some(row))).collect()
}

fn int(row: &JudgedRow, column: &str) -> Option<i64> {
    match row.values.get(column) {
        Some(Value::Int(number)) => Some(*number),
        None | Some(Value::Null | Value::Bool(_) | Value::Text(_)) => None,
    }
}

fn target(conditions: &[Condition]) -> String {
    let said: Vec<&str> = conditions.iter().map(|c| c.threshold.as_str()).collect();
    said.join("；")
}

impl Line {
    fn row(&self) -> Vec<String> {
        let shown = |number: Option<i64>| number.map_or_else(|| "—".to_owned(), |number| number.to_string());
        let value = self.value.map_or_else(
            || "—".to_owned(),
            |value| match self.unit {
                KpiUnit::Percent => format!("{}%", Fen(value)),
                KpiUnit::Yuan => format!("{}元", Fen(value)),
                KpiUnit::Count => value.to_string(),
            },
        );
        let met = match self.breached {
            Some(true) => "未达标",
            Some(false) => "达标",
            None => "不能判定",
        };
        vec![
            self.kpi.clone(),
            self.title.clone(),
            self.clause.clone(),
            self.area.clone().unwrap_or_else(|| "—".to_owned()),
            value,
            shown(self.numerator),
            shown(self.denominator),
            met.to_owned(),
            self.wording.clone(),
            self.not_computable
                .clone()
                .map_or_else(|| self.sources.join("、"), |reason| format!("无法计算：{reason}")),
        ]
    }
}
