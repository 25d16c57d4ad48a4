//! Cites the cells behind findings: file, sheet, row, column letter, header and the value as it came.
//! Here because a department believes what it can look up in its own file.
//! In: a rule's result rows, canonical tables with provenance, landed files with headers. Out: cells per subject.
//! Not here: the finding itself; a finding whose landed rows are gone keeps its values and cites nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;
use hub_model::{ActiveData, CitedCell, LOCATOR, Links, Matching, Standing, SubjectKey, tables};

use crate::Result;
use crate::cells::{self, Wanted};
use crate::error::safe_text;
use crate::rule_check::subject_of;
use crate::rule_file::{EvidenceRows, Rule, no_such};

/// The column that says whose row it is, in tables of people.
pub(crate) const PERSON: &str = "person_id";
/// How findings are called as a table.
const FINDINGS: &str = "_findings";

/// A canonical row cited for a subject.
#[derive(Debug)]
pub(crate) struct Citation<S> {
    pub(crate) subject: S,
    pub(crate) locator: String,
}

/// Citations by the stream and the run of their rows.
pub(crate) type Citations<S> = BTreeMap<(String, String), Vec<Citation<S>>>;

/// The rows that one evidence of a rule cites, and whose they are.
#[derive(Debug, Default)]
pub(crate) struct Cited {
    rows: Citations<SubjectKey>,
    people: HashMap<SubjectKey, BTreeSet<u64>>,
}

/// Which rows are cited for the findings of a rule, and whose they are.
#[derive(Debug, Default)]
pub(crate) struct Cites {
    /// For each evidence of the rule, in its order.
    pub(crate) rows: Vec<Citations<SubjectKey>>,
    pub(crate) people: HashMap<SubjectKey, BTreeSet<u64>>,
}

impl Cites {
    /// Adds what the next evidence cites.
    pub(crate) fn add(&mut self, cited: Cited) {
        self.rows.push(cited.rows);
        for (subject, people) in cited.people {
            self.people.entry(subject).or_default().extend(people);
        }
    }
}

/// The rows that `rule` cites for `rows` of its SELECT.
pub(crate) async fn cites_of(context: &SessionContext, rule: &Rule, rows: Vec<RecordBatch>) -> Result<Cites> {
    let mut cites = Cites::default();
    if rows.is_empty() {
        return Ok(cites);
    }
    register_findings(context, rows)?;
    for evidence in &rule.evidence {
        let mut cited = Cited::default();
        citations(context, rule, evidence, &mut cited).await?;
        cites.add(cited);
    }
    context.deregister_table(FINDINGS)?;
    Ok(cites)
}

/// Registers `rows`, some at least, as the findings of conditions.
pub(crate) fn register_findings(context: &SessionContext, rows: Vec<RecordBatch>) -> Result<()> {
    let schema = rows
        .first()
        .map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    context.deregister_table(FINDINGS)?;
    context.register_table(FINDINGS, Arc::new(MemTable::try_new(schema, vec![rows])?))?;
    Ok(())
}

/// How sure it is that rows are of a person: by person, of the rows that were linked to them the weakest.
pub(crate) struct Weakest(HashMap<u64, (bool, u32)>);

impl Weakest {
    pub(crate) fn of(links: &Links) -> Self {
        let mut weakest: HashMap<u64, (bool, u32)> = HashMap::new();
        let linked = links
            .people
            .iter()
            .filter(|link| link.standing != Standing::Doubtful);
        for link in linked {
            let sure = (link.standing == Standing::Confirmed, link.permille);
            let known = weakest.entry(link.to).or_insert(sure);
            *known = sure.min(*known);
        }
        Self(weakest)
    }

    /// How sure it is that rows of `people` are theirs.
    pub(crate) fn matching(&self, people: &BTreeSet<u64>) -> Matching {
        let exact = |words: &str| Matching {
            permille: 1000,
            words: words.to_owned(),
        };
        match people.iter().filter_map(|person| self.0.get(person)).min() {
            None => exact("证件号码与姓名一致"),
            Some((true, _)) => exact("经人工确认是同一人"),
            Some((false, permille)) => Matching {
                permille: *permille,
                words: format!(
                    "部分行按姓名、住址、家庭成员等比对，最低可信度{}.{}%",
                    permille / 10,
                    permille % 10
                ),
            },
        }
    }
}

/// The cells behind `rows` of `rule`'s SELECT, by subject, in order and once.
pub(crate) async fn cells_of(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    rule: &Rule,
    rows: Vec<RecordBatch>,
) -> Result<HashMap<SubjectKey, Vec<CitedCell>>> {
    let cites = cites_of(context, rule, rows).await?;
    let mut of: HashMap<SubjectKey, Vec<CitedCell>> = HashMap::new();
    for (evidence, cited) in rule.evidence.iter().zip(cites.rows) {
        let columns: Vec<&str> = evidence.columns.iter().map(String::as_str).collect();
        let found = look_up(context, lake, data, (&evidence.table, &columns), cited).await?;
        for (subject, found) in found {
            of.entry(subject).or_default().extend(found);
        }
    }
    for cells in of.values_mut() {
        cells.sort();
        cells.dedup();
    }
    Ok(of)
}

/// The source cells behind `columns` of cited rows of a canonical table, by subject. Rows whose landed file is gone have none.
pub(crate) async fn look_up<S: Eq + Hash>(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    (table, columns): (&str, &[&str]),
    cited: Citations<S>,
) -> Result<HashMap<S, Vec<CitedCell>>> {
    let mut of: HashMap<S, Vec<CitedCell>> = HashMap::new();
    for ((stream, run), citations) in cited {
        let wanted = Wanted {
            table,
            columns: columns.to_vec(),
            locators: citations
                .iter()
                .map(|citation| citation.locator.as_str())
                .collect(),
        };
        let found = cells::look_up(context, lake, data, (&stream, &run), &[wanted]).await?;
        let subjects = citations.into_iter().map(|citation| citation.subject);
        for (subject, found) in subjects.zip(found.into_iter().flatten()) {
            of.entry(subject).or_default().extend(found);
        }
    }
    Ok(of)
}

/// Plans the evidence of `rule` over empty findings of `schema`, so that a typo shows before anything runs.
pub(crate) async fn check(context: &SessionContext, rule: &Rule, schema: SchemaRef) -> Result<()> {
    context.deregister_table(FINDINGS)?;
    context.register_table(FINDINGS, Arc::new(EmptyTable::new(schema)))?;
    for evidence in &rule.evidence {
        let in_evidence = |message: String| {
            rule.sql
                .refuse(format!("evidence of {}: {message}", evidence.table))
        };
        let Some(table) = tables::find(&evidence.table) else {
            let known: Vec<_> = tables::ALL.iter().map(|table| table.name).collect();
            return Err(in_evidence(no_such("canonical table", &evidence.table, &known)));
        };
        let known: Vec<_> = table.all_columns().map(|column| column.name).collect();
        if let Some(column) = evidence
            .columns
            .iter()
            .find(|column| !known.contains(&column.as_str()))
        {
            return Err(in_evidence(no_such("column", column, &known)));
        }
        let planned = context.sql(&citation_sql(evidence)).await;
        planned.map_err(|error| in_evidence(format!("on = {:?}: {}", evidence.on, safe_text(&error))))?;
    }
    Ok(())
}

fn citation_sql(evidence: &EvidenceRows) -> String {
    let table = tables::find(&evidence.table);
    let person = match table.filter(|table| table.all_columns().any(|column| column.name == PERSON)) {
        Some(_) => format!("t.{PERSON}"),
        None => "CAST(NULL AS BIGINT UNSIGNED)".to_owned(),
    };
    format!(
        "SELECT f.subject, t.{}, t.{}, t.{LOCATOR}, {person} AS {PERSON} FROM {FINDINGS} f JOIN {} t ON ({})",
        tables::STREAM,
        tables::RUN,
        evidence.table,
        evidence.on
    )
}

/// Adds to `cited` the canonical rows that `evidence` of `rule` cites for the findings there are.
pub(crate) async fn citations(
    context: &SessionContext,
    rule: &Rule,
    evidence: &EvidenceRows,
    cited: &mut Cited,
) -> Result<()> {
    let sql = citation_sql(evidence);
    let planned = context
        .sql(&sql)
        .await
        .map_err(|error| rule.sql.explain(&error))?;
    let batches = planned.collect().await?;
    for batch in &batches {
        let subjects = batch.column(0);
        let [streams, runs, locators] = [1, 2, 3].map(|column| batch.column(column).as_string::<i32>());
        let people = batch.column(4).as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            if let Some(subject) = subject_of(subjects, row).filter(|_| locators.is_valid(row)) {
                if people.is_valid(row) {
                    let person = people.value(row);
                    cited.people.entry(subject.clone()).or_default().insert(person);
                }
                let key = (streams.value(row).to_owned(), runs.value(row).to_owned());
                let citation = Citation {
                    subject,
                    locator: locators.value(row).to_owned(),
                };
                cited.rows.entry(key).or_default().push(citation);
            }
        }
    }
    Ok(())
}
