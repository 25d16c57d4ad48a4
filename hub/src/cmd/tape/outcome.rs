//! What became of a stream's rows: counts, refusals, canonical rows, in a form that is kept and compared.
//! Here because "the mapping changed" must be shown row by row, in the words of whoever wrote it.
//! In: a trial. Out: `Outcome`, a serde value with a stable order; differences as sentences.
//! Not here: identifiers the hub gives (they differ from site to site).

use std::collections::{BTreeMap, BTreeSet};

use hub_engine::{Engine, Question};
use hub_model::LOCATOR;
use hub_runtime::{Trial, clock};
use serde::{Deserialize, Serialize};

use crate::cmd::explain;
use crate::{lang, out};

/// A canonical row: column to value; what is NULL is left out.
type Row = BTreeMap<String, String>;

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outcome {
    pub(super) rows_in: u64,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) filtered: u64,
    /// By place: codes and reasons.
    pub(super) refused: BTreeMap<String, Vec<String>>,
    /// Canonical table to its rows, by place.
    pub(super) tables: BTreeMap<String, Vec<Row>>,
}

impl Outcome {
    /// What became of the rows of `trial`.
    pub(super) async fn of(engine: &Engine, trial: &Trial) -> anyhow::Result<Self> {
        let counts = trial.normalised.rows;
        let mut outcome = Self {
            rows_in: counts.rows_in,
            accepted: counts.accepted,
            rejected: counts.rejected,
            filtered: counts.filtered,
            ..Self::default()
        };
        let landed = explain::landed(engine, trial).await?;
        let places: BTreeMap<i64, &str> = landed.iter().map(|row| (row.row, row.locator.as_str())).collect();
        for refusal in trial.normalised.refusals.iter().flat_map(|part| &part.refused) {
            let place = places.get(&refusal.row).copied().unwrap_or_default();
            let reasons = refusal.reasons.iter();
            let said = reasons.map(|reason| format!("{} {}", reason.code, reason.reason));
            outcome.refused.entry(place.to_owned()).or_default().extend(said);
        }
        let data = explain::canonical(trial);
        for table in data.tables.keys() {
            let Some(computed) = trial.normalised.lineage.get(table) else {
                continue;
            };
            // What the mapping computes; what the hub adds (ids, its own run) is another at every site.
            let mut names: Vec<&str> = vec![LOCATOR];
            names.extend(
                computed
                    .keys()
                    .map(String::as_str)
                    .filter(|name| !name.starts_with('_')),
            );
            let list = names
                .iter()
                .map(|name| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(", ");
            let question = Question {
                sql: format!("SELECT {list} FROM {table} ORDER BY {list}"),
                rows_max: hub_engine::ROWS_MAX,
                // Nobody's values: the rows were scrambled before.
                reveal: true,
                day: clock::day(clock::now_ms()),
            };
            let answer = engine.answer(engine.prepare(&data, &question).await?).await?;
            let rows = outcome.tables.entry(table.clone()).or_default();
            for cells in out::texts(answer.batches())? {
                let cells = names.iter().zip(cells);
                let held = cells.filter_map(|(name, cell)| Some(((*name).to_owned(), cell?)));
                rows.push(held.collect());
            }
        }
        Ok(outcome)
    }

    /// How `now` differs, a sentence each; nothing when it does not.
    pub(super) fn differences(&self, now: &Self) -> Vec<String> {
        let mut said = Vec::new();
        for (what, then, now) in [
            ("读取 rows in", self.rows_in, now.rows_in),
            ("采用 accepted", self.accepted, now.accepted),
            ("退回 rejected", self.rejected, now.rejected),
            ("略过 filtered", self.filtered, now.filtered),
        ] {
            if then != now {
                said.push(format!("{}: {then} → {now}", lang::pair(what)));
            }
        }
        let places: BTreeSet<&String> = self.refused.keys().chain(now.refused.keys()).collect();
        for place in places {
            let (then, now) = (self.refused.get(place), now.refused.get(place));
            if then != now {
                let words = |reasons: Option<&Vec<String>>| {
                    reasons.map_or_else(|| lang::pair("采用 accepted"), |all| all.join("；"))
                };
                said.push(format!("{place}: {} → {}", words(then), words(now)));
            }
        }
        let tables: BTreeSet<&String> = self.tables.keys().chain(now.tables.keys()).collect();
        for table in tables {
            let none = Vec::new();
            let (then, now) = (
                self.tables.get(table).unwrap_or(&none),
                now.tables.get(table).unwrap_or(&none),
            );
            table_differences(table, then, now, &mut said);
        }
        said
    }
}

/// Rows of a table, compared place by place; several rows of one place in their order.
fn table_differences(table: &str, then: &[Row], now: &[Row], said: &mut Vec<String>) {
    let keyed = |rows: &[Row]| -> BTreeMap<(String, usize), Row> {
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let rows = rows.iter().map(|row| {
            let place = row.get(LOCATOR).cloned().unwrap_or_default();
            let nth = counted.entry(place.clone()).or_default();
            *nth += 1;
            ((place, *nth), row.clone())
        });
        rows.collect()
    };
    let (then, now) = (keyed(then), keyed(now));
    let keys: BTreeSet<&(String, usize)> = then.keys().chain(now.keys()).collect();
    for key in keys {
        let place = &key.0;
        let (Some(was), Some(is)) = (then.get(key), now.get(key)) else {
            let what = if now.contains_key(key) {
                "新增 added"
            } else {
                "没有了 gone"
            };
            said.push(format!("{table} {place}: {}", lang::pair(what)));
            continue;
        };
        let columns: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for column in columns
            .into_iter()
            .filter(|column| was.get(*column) != is.get(*column))
        {
            let shown = |row: &Row| row.get(column).map_or("空 NULL", String::as_str).to_owned();
            said.push(format!(
                "{table}.{column} {place}: {} → {}",
                shown(was),
                shown(is)
            ));
        }
    }
}
