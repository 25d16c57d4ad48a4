//! `hub table`: the canonical tables, and the columns of one: type, unit, who fills it.
//! Here because mappings, rules and questions are written against them, and nobody should have to read our code for that.
//! In: a table's name, or none. Out: a list; one table's columns with what they mean.
//! Not here: rows (query).

use std::process::ExitCode;

use hub_model::nearest;
use hub_model::tables::{self, Column, Filled, History, Kind};
use serde::Serialize;
use serde_json::json;

use crate::cli::Output;
use crate::exit::NotFound;
use crate::{lang, out};

pub(super) fn run(name: Option<&str>, output: Output) -> anyhow::Result<ExitCode> {
    match name {
        None => list(output)?,
        Some(name) => show(name, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Serialize)]
struct Listed {
    table: &'static str,
    row: &'static str,
    /// What a later part does to earlier ones; of a derived table, what it is computed from.
    history: String,
    columns: usize,
    /// Whether a mapping writes it.
    written: bool,
}

fn listed() -> Vec<Listed> {
    let canonical = tables::ALL.into_iter().map(|table| Listed {
        table: table.name,
        row: table.row,
        history: history(table.history).to_owned(),
        columns: table.all_columns().count(),
        written: true,
    });
    let derived = tables::DERIVED.into_iter().map(|table| Listed {
        table: table.name,
        row: table.row,
        history: match table.inputs.is_empty() {
            true => "系统自身的记录 / the hub's own".to_owned(),
            false => format!(
                "由 {} 算得 / computed from {}",
                table.inputs.join("、"),
                table.inputs.join(", ")
            ),
        },
        columns: table.columns.len(),
        written: false,
    });
    canonical.chain(derived).collect()
}

const fn history(history: History) -> &'static str {
    match history {
        History::Latest => "以最近一期为准 / the latest part counts",
        History::EachPart => "各期并存 / each part stands for itself",
        History::EachRun => "逐次累积 / every run's rows stay",
    }
}

fn list(output: Output) -> anyhow::Result<()> {
    let listed = listed();
    out::show(output, &listed, |listed| {
        let rows = listed.iter().map(|table| {
            vec![
                table.table.to_owned(),
                lang::said(table.row),
                lang::said(&table.history),
                table.columns.to_string(),
            ]
        });
        let header = ["表 table", "一行是 one row is", "期次 parts", "列 columns"];
        out::table(&header, rows)
    })
}

fn show(name: &str, output: Output) -> anyhow::Result<()> {
    let canonical = tables::find(name).map(|table| table.all_columns().collect::<Vec<Column>>());
    let columns = canonical.or_else(|| tables::find_derived(name).map(|table| table.columns.to_vec()));
    let Some(columns) = columns else {
        let all = listed();
        let near = nearest(name, all.iter().map(|table| table.table));
        let hint = near.map_or_else(
            || "；见 / see hub table".to_owned(),
            |near| format!("；是否应为 / did you mean {near:?}?"),
        );
        return Err(NotFound(format!("没有表 / no table {name:?}{hint}")).into());
    };
    let values: Vec<_> = columns
        .iter()
        .map(|column| {
            json!({
                "column": column.name,
                "type": kind(column.kind),
                "filled": filled(column.filled),
                "personal": column.is_personal(),
                "doc": column.doc,
            })
        })
        .collect();
    out::show(output, &values, |_| {
        let rows = columns.iter().map(|column| {
            vec![
                column.name.to_owned(),
                kind(column.kind).to_owned(),
                lang::pair(filled(column.filled)),
                lang::said(column.doc),
            ]
        });
        out::table(
            &["列 column", "类型 type", "由谁填 filled by", "含义 meaning"],
            rows,
        )
    })
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "int",
        Kind::Id => "id",
        Kind::Bool => "bool",
        Kind::Date => "date",
        Kind::Month => "month",
    }
}

const fn filled(filled: Filled) -> &'static str {
    match filled {
        Filled::Required => "映射，必填 mapping, required",
        Filled::Optional => "映射 mapping",
        Filled::LinkHousehold | Filled::LinkUnit | Filled::LinkPerson => "关联 linkage",
        Filled::Hub => "本系统 hub",
        Filled::Assembled => "计算 computed",
    }
}
