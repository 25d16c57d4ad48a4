//! The demo's verdict: what the rules found, against what the seeds know to be so.
//! Here because a product that warns is judged by what it missed and by whom it accused.
//! In: the seeds' truth, the open warnings, the rows that came. Out: counts, by rule and in all.
//! Not here: the truth itself (seeds), which reads each clause a second time without the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use hub_model::{SubjectKey, SubjectKind, Value, Warning};
use hub_runtime::report::StreamReport;
use hub_store::Store;
use seeds::departments;
use serde::{Deserialize, Serialize};

use crate::app::App;

/// Findings against what was planted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Verdict {
    pub(super) planted: u64,
    pub(super) found: u64,
    #[serde(rename = "false")]
    pub(super) false_alarms: u64,
    /// Of what was planted, what hangs on a row whose number was lost on the way.
    pub(super) undecidable: u64,
    /// What was found of others of whom that is so: right or wrong, nobody can say.
    pub(super) unsure: u64,
    pub(super) by_rule: BTreeMap<String, RuleVerdict>,
    /// Rules whose truth the seeds do not tell.
    pub(super) unjudged: Vec<String>,
    pub(super) rows: RowVerdict,
}

/// One rule's.
#[derive(Debug, Default, Serialize)]
pub(super) struct RuleVerdict {
    planted: u64,
    found: u64,
    #[serde(rename = "false")]
    false_alarms: u64,
    undecidable: u64,
    unsure: u64,
    /// Planted and not found; found and not planted: for whoever looks for the mistake.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wrong: Vec<String>,
}

/// Rows of the departments' streams that came this time, against what was written; the same input again brings none.
#[derive(Debug, Default, Serialize)]
pub(super) struct RowVerdict {
    pub(super) streams: u64,
    pub(super) written: u64,
    pub(super) arrived: u64,
    pub(super) spoilt: u64,
    pub(super) refused: u64,
}

/// `truth.json`, as far as the demo compares with it.
#[derive(Deserialize)]
struct CountyTruth {
    rules: BTreeMap<String, CountyRule>,
}

#[derive(Deserialize)]
struct CountyRule {
    planted: Vec<Planted>,
    undecidable: Vec<String>,
}

#[derive(Deserialize)]
struct Planted {
    subject: String,
    band: String,
    severity: String,
}

/// `departments.json`, as far as the demo compares with it.
#[derive(Deserialize)]
struct DepartmentTruth {
    streams: BTreeMap<String, StreamTruth>,
    rules: BTreeMap<String, DepartmentRule>,
}

#[derive(Deserialize)]
struct StreamTruth {
    rows: u64,
    rejected: u64,
}

#[derive(Deserialize)]
struct DepartmentRule {
    planted: BTreeMap<String, String>,
    undecidable: BTreeSet<String>,
}

/// What is expected of a rule: a band, and the severity where it is told.
#[derive(Default)]
struct Expected {
    planted: BTreeMap<String, (String, Option<String>)>,
    undecidable: BTreeSet<String>,
}

/// Compares the open warnings and the rows that came with what the seeds wrote.
pub(super) async fn of(
    dir: &Path,
    app: &App,
    store: &Store,
    streams: &[StreamReport],
) -> anyhow::Result<Verdict> {
    let read = |name: &str| fs::read_to_string(dir.join(name)).context(name.to_owned());
    let county: CountyTruth = serde_json::from_str(&read("truth.json")?).context("truth.json")?;
    let departments: DepartmentTruth =
        serde_json::from_str(&read(departments::TRUTH_FILE)?).context(departments::TRUTH_FILE)?;
    let mut verdict = Verdict {
        rows: rows(&departments, streams),
        ..Verdict::default()
    };
    let expected = expected(county, departments);
    for rule in &app.book.rules {
        let id = rule.header.id.as_str();
        let Some(expected) = expected.get(id) else {
            verdict.unjudged.push(id.to_owned());
            continue;
        };
        let of_rule = judged(expected, store, id).await?;
        verdict.planted += of_rule.planted;
        verdict.found += of_rule.found;
        verdict.false_alarms += of_rule.false_alarms;
        verdict.undecidable += of_rule.undecidable;
        verdict.unsure += of_rule.unsure;
        verdict.by_rule.insert(id.to_owned(), of_rule);
    }
    Ok(verdict)
}

fn expected(county: CountyTruth, departments: DepartmentTruth) -> BTreeMap<String, Expected> {
    let mut all: BTreeMap<String, Expected> = BTreeMap::new();
    for (rule, truth) in departments.rules {
        let planted = truth.planted.into_iter();
        all.insert(
            rule,
            Expected {
                planted: planted.map(|(subject, band)| (subject, (band, None))).collect(),
                undecidable: truth.undecidable,
            },
        );
    }
    for (rule, truth) in county.rules {
        let planted = truth.planted.into_iter();
        all.insert(
            rule,
            Expected {
                planted: planted
                    .map(|planted| (planted.subject, (planted.band, Some(planted.severity))))
                    .collect(),
                undecidable: truth.undecidable.into_iter().collect(),
            },
        );
    }
    all
}

async fn judged(expected: &Expected, store: &Store, rule: &str) -> anyhow::Result<RuleVerdict> {
    let unsure = |subject: &String| expected.undecidable.contains(subject);
    let mut missing = expected.planted.clone();
    missing.retain(|subject, _| !unsure(subject));
    let mut verdict = RuleVerdict {
        planted: expected.planted.len() as u64,
        undecidable: expected.planted.keys().filter(|subject| unsure(subject)).count() as u64,
        ..RuleVerdict::default()
    };
    for (warning, evidence) in store.open_warnings_of(rule).await? {
        let subject = name(&warning, &evidence.values);
        if unsure(&subject) {
            verdict.unsure += u64::from(!expected.planted.contains_key(&subject));
            continue;
        }
        let severity = warning.severity.as_str();
        match missing.remove(&subject) {
            Some((band, told)) if band == warning.band && told.as_deref().is_none_or(|s| s == severity) => {
                verdict.found += 1;
            }
            Some((band, _)) => {
                verdict.false_alarms += 1;
                verdict
                    .wrong
                    .push(format!("{subject} {} instead of {band}", warning.band));
            }
            None => {
                verdict.false_alarms += 1;
                verdict.wrong.push(format!("{subject} {}", warning.band));
            }
        }
    }
    verdict.missed = missing.into_keys().collect();
    Ok(verdict)
}

/// A subject as the seeds call it: by the register's numbers, else by its own name.
fn name(warning: &Warning, values: &BTreeMap<String, Value>) -> String {
    let column = match warning.subject.kind {
        SubjectKind::Household => Some("household_no"),
        SubjectKind::Person => Some("person_no"),
        SubjectKind::Unit
        | SubjectKind::Supplier
        | SubjectKind::Station
        | SubjectKind::Village
        | SubjectKind::Town
        | SubjectKind::County => None,
    };
    match (column.and_then(|column| values.get(column)), &warning.subject.key) {
        (Some(Value::Text(number)), _) => number.clone(),
        (_, SubjectKey::Name(name)) => name.clone(),
        (_, SubjectKey::Id(id)) => format!("id {id}"),
    }
}

/// Compares the rows that came with what the departments wrote.
fn rows(truth: &DepartmentTruth, streams: &[StreamReport]) -> RowVerdict {
    let mut verdict = RowVerdict::default();
    for (name, written) in &truth.streams {
        // By the stream's name: a department may be asked through more than one connector.
        let stream = name.rsplit('/').next().unwrap_or_default();
        let Some(came) = streams
            .iter()
            .find(|came| came.stream == stream && came.rows_in > 0)
        else {
            continue;
        };
        verdict.streams += 1;
        verdict.written += written.rows;
        verdict.spoilt += written.rejected;
        verdict.arrived += came.accepted + came.rejected;
        verdict.refused += came.rejected;
    }
    verdict
}
