//! `hub ledger export`: the ledger of a group of households, one household a row.
//! Here because the plan of 2023 asks for a ledger and a plan for each household, and closes them one by one (clause 2).
//! In: the open warnings of the rules that name the group, the snapshot's households and measures. Out: a new workbook.
//! Not here: which households belong to the group (rules), acting on their cases (case).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use hub_engine::Question;
use hub_model::{ActiveData, SubjectKey, nearest};
use hub_runtime::workbook;
use serde::Serialize;

use crate::app::App;
use crate::cli::{Ledger, Output};
use crate::cmd::reveal;
use crate::exit::NotFound;
use crate::{lang, out};

/// Households asked for in one question.
const ASKED_AT_ONCE: usize = 500;

/// The columns, with their widths.
const HEADER: [(&str, f64); 11] = [
    ("县", 12.0),
    ("乡镇", 12.0),
    ("村", 16.0),
    ("户编号", 20.0),
    ("预警", 60.0),
    ("致贫返贫风险", 24.0),
    ("一户一策（措施）", 40.0),
    ("责任人", 14.0),
    ("制定、落实日期", 40.0),
    ("未落实", 10.0),
    ("办理状态", 14.0),
];

/// A household of the ledger.
#[derive(Debug, Default)]
struct Entry {
    warnings: Vec<String>,
    place: [String; 4],
    risks: Vec<String>,
    measures: Vec<String>,
    responsible: Vec<String>,
    dates: Vec<String>,
    undone: usize,
    state: String,
}

#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    group: String,
    households: usize,
    masked: bool,
}

pub(super) async fn run(command: Ledger, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let Ledger::Export {
        group,
        file,
        reveal: wanted,
    } = command;
    let rules: Vec<_> = app
        .book
        .rules
        .iter()
        .filter(|rule| rule.header.ledger.as_deref() == Some(group.as_str()))
        .collect();
    if rules.is_empty() {
        let known: Vec<&str> = app
            .book
            .rules
            .iter()
            .filter_map(|rule| rule.header.ledger.as_deref())
            .collect();
        let near = nearest(&group, known.iter().copied());
        let hint = near.map_or_else(
            || known.join(", "),
            |near| format!("{} {near:?}?", lang::pair("是否应为 did you mean")),
        );
        return Err(NotFound(format!(
            "{} {group:?}{}{hint}",
            lang::pair("没有规则属于台账 no rule names the ledger"),
            lang::mark("；")
        ))
        .into());
    }
    let store = app.reader().await?;
    let mut entries: BTreeMap<u64, Entry> = BTreeMap::new();
    for rule in rules {
        for (warning, evidence) in store.open_warnings_of(rule.header.id.as_str()).await? {
            if let SubjectKey::Id(household) = warning.subject.key {
                let said = format!("[{}] {}", warning.severity.chinese(), evidence.sentence);
                entries.entry(household).or_default().warnings.push(said);
            }
        }
    }
    for case in store.open_cases().await? {
        if let SubjectKey::Id(household) = case.subject.key
            && let Some(entry) = entries.get_mut(&household)
        {
            case.state.chinese().clone_into(&mut entry.state);
        }
    }
    let detail = serde_json::json!({ "group": group, "households": entries.len() });
    let detail = detail.as_object().cloned().unwrap_or_default();
    let revealed = reveal::recorded(app, &wanted, "ledger.export", group.clone(), detail).await?;
    let data = Arc::new(store.active_data().await?);
    fill(app, &data, revealed, &mut entries).await?;
    let notes = [format!("台账：{group}；截至 {}；每户一行", app.today())];
    let mut rows: Vec<Vec<String>> = entries.into_values().map(Entry::row).collect();
    rows.sort();
    let households = workbook::write(&file, "台账", &notes, &HEADER, rows)?;
    let written = Written {
        file,
        group,
        households,
        masked: !revealed,
    };
    out::show(output, &written, |written| {
        let masked = if written.masked {
            "（责任人已脱敏）"
        } else {
            ""
        };
        format!("{}：{} 户{masked}", written.file.display(), written.households)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Adds what the snapshot says of the households.
async fn fill(
    app: &App,
    data: &Arc<ActiveData>,
    revealed: bool,
    entries: &mut BTreeMap<u64, Entry>,
) -> anyhow::Result<()> {
    let ids: Vec<u64> = entries.keys().copied().collect();
    for asked in ids.chunks(ASKED_AT_ONCE) {
        let list = asked.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let households = format!(
            "SELECT household_id, county, town, village, household_no, risk_1, risk_2, risk_3, risk_4, risk_5
             FROM household WHERE household_id IN ({list})"
        );
        for row in rows(app, data, households, revealed).await? {
            let mut cells = row.into_iter();
            let Some(entry) = id(cells.next()).and_then(|id| entries.get_mut(&id)) else {
                continue;
            };
            for place in &mut entry.place {
                *place = cells.next().unwrap_or_default();
            }
            entry.risks = cells.filter(|risk| !risk.is_empty()).collect();
        }
        let measures = format!(
            "SELECT household_id, \"group\", coalesce(measure_name, ''), coalesce(responsible, ''),
                    coalesce(CAST(planned_on AS VARCHAR), ''), coalesce(CAST(done_on AS VARCHAR), ''),
                    done IS NOT FALSE AND done_on IS NOT NULL
             FROM measure WHERE household_id IN ({list}) ORDER BY household_id, planned_on, \"group\", measure_name"
        );
        for row in rows(app, data, measures, revealed).await? {
            let [household, group, name, who, planned, done, is_done] = row.as_slice() else {
                continue;
            };
            let Some(entry) = id(Some(household.clone())).and_then(|id| entries.get_mut(&id)) else {
                continue;
            };
            entry.measures.push(format!("{group}：{name}"));
            entry.dates.push(format!("{group} 制定{planned} 落实{done}"));
            if !who.is_empty() && !entry.responsible.contains(who) {
                entry.responsible.push(who.clone());
            }
            entry.undone += usize::from(is_done == "false");
        }
    }
    Ok(())
}

async fn rows(
    app: &App,
    data: &Arc<ActiveData>,
    sql: String,
    reveal: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    let question = Question {
        sql,
        rows_max: hub_engine::ROWS_MAX,
        reveal,
        day: app.today(),
    };
    let (engine, data) = (app.engine.clone(), Arc::clone(data));
    let work = async move { engine.answer(engine.prepare(&data, &question).await?).await };
    let answer = app.threads.spawn(work).await??;
    let rows = out::texts(answer.batches())?.into_iter();
    Ok(rows
        .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
        .collect())
}

fn id(cell: Option<String>) -> Option<u64> {
    cell?.parse().ok()
}

impl Entry {
    fn row(self) -> Vec<String> {
        let [county, town, village, number] = self.place;
        vec![
            county,
            town,
            village,
            number,
            self.warnings.join("\n"),
            self.risks.join("、"),
            self.measures.join("\n"),
            self.responsible.join("、"),
            self.dates.join("\n"),
            self.undone.to_string(),
            self.state,
        ]
    }
}
