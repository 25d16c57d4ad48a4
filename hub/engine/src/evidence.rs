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
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;
use hub_model::{
    ActiveData, CitedCell, Finding, HEADER, LOCATOR, LandedSource, Links, Matching, RunId, Standing,
    StreamId, SubjectKey, Value, tables,
};

use crate::error::safe_text;
use crate::rule_band::value;
use crate::rule_check::subject_of;
use crate::rule_file::{EvidenceRows, Rule, no_such};
use crate::{Result, sentence, session};

/// The column that says whose row it is, in tables of people.
const PERSON: &str = "person_id";

/// A canonical row cited for a subject.
pub(crate) struct Citation<S> {
    pub(crate) subject: S,
    pub(crate) locator: String,
}

/// Citations by the stream and the run of their rows.
pub(crate) type Citations<S> = BTreeMap<(String, String), Vec<Citation<S>>>;

/// Adds the cells of `rule`'s evidence rows to `findings`, and how sure it is that they are theirs.
pub(crate) async fn cite(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    rule: &Rule,
    rows: Vec<RecordBatch>,
    findings: &mut [Finding],
) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let mut cited = cells_of(context, lake, data, rule, rows).await?;
    for finding in findings {
        let Cited { cells, people } = cited.remove(&finding.subject.key).unwrap_or_default();
        finding.evidence.cells = cells;
        finding.evidence.matching = (!people.is_empty()).then(|| matching(&data.links, &people));
    }
    Ok(())
}

/// How sure it is that rows of `people` are theirs: of the rows that were linked to them, the weakest.
fn matching(links: &Links, people: &BTreeSet<u64>) -> Matching {
    let weakest = links
        .people
        .iter()
        .filter(|link| people.contains(&link.to) && link.standing != Standing::Doubtful)
        .min_by_key(|link| (link.standing == Standing::Confirmed, link.permille));
    let exact = |words: &str| Matching {
        permille: 1000,
        words: words.to_owned(),
    };
    match weakest {
        None => exact("证件号码与姓名一致"),
        Some(link) if link.standing == Standing::Confirmed => exact("经人工确认是同一人"),
        Some(link) => Matching {
            permille: link.permille,
            words: format!(
                "部分行按姓名、住址、家庭成员等比对，最低可信度{}.{}%",
                link.permille / 10,
                link.permille % 10
            ),
        },
    }
}

/// What is cited for a subject.
#[derive(Debug, Default)]
pub(crate) struct Cited {
    /// The cells, in order and once.
    pub(crate) cells: Vec<CitedCell>,
    /// Whose rows they stand in.
    people: BTreeSet<u64>,
}

/// The cells behind `rows` of `rule`'s SELECT, by subject.
pub(crate) async fn cells_of(
    context: &SessionContext,
    lake: &Path,
    data: &ActiveData,
    rule: &Rule,
    rows: Vec<RecordBatch>,
) -> Result<HashMap<SubjectKey, Cited>> {
    let Some(schema) = rows.first().map(RecordBatch::schema) else {
        return Ok(HashMap::new());
    };
    context.deregister_table("_findings")?;
    context.register_table("_findings", Arc::new(MemTable::try_new(schema, vec![rows])?))?;
    let mut of: HashMap<SubjectKey, Cited> = HashMap::new();
    for evidence in &rule.evidence {
        let cited = citations(context, rule, evidence, &mut of).await?;
        let columns: Vec<&str> = evidence.columns.iter().map(String::as_str).collect();
        let found = look_up(context, lake, data, (&evidence.table, &columns), cited).await?;
        for (subject, found) in found {
            of.entry(subject).or_default().cells.extend(found);
        }
    }
    for cited in of.values_mut() {
        cited.cells.sort();
        cited.cells.dedup();
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
    let mut cells: HashMap<S, Vec<CitedCell>> = HashMap::new();
    for ((stream, run), citations) in cited {
        let Some(source) = landed(data, &stream, &run) else {
            continue;
        };
        let columns = source_columns(source, table, columns);
        let found = landed_rows(context, lake, source, &columns, &citations).await?;
        for citation in citations {
            let Some(row) = found.get(&citation.locator) else {
                continue;
            };
            cells
                .entry(citation.subject)
                .or_default()
                .extend(row.iter().map(|(column, header, value)| CitedCell {
                    stream: stream.clone(),
                    locator: citation.locator.clone(),
                    column: column.clone(),
                    header: header.clone(),
                    value: value.clone(),
                }));
        }
    }
    Ok(cells)
}

/// Plans the evidence of `rule` over empty findings of `schema`, so that a typo shows before anything runs.
pub(crate) async fn check(context: &SessionContext, rule: &Rule, schema: SchemaRef) -> Result<()> {
    context.deregister_table("_findings")?;
    context.register_table("_findings", Arc::new(EmptyTable::new(schema)))?;
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
        "SELECT f.subject, t.{}, t.{}, t.{LOCATOR}, {person} AS {PERSON} FROM _findings f JOIN {} t ON ({})",
        tables::STREAM,
        tables::RUN,
        evidence.table,
        evidence.on
    )
}

/// The canonical rows cited, by stream and run.
async fn citations(
    context: &SessionContext,
    rule: &Rule,
    evidence: &EvidenceRows,
    of: &mut HashMap<SubjectKey, Cited>,
) -> Result<Citations<SubjectKey>> {
    let sql = citation_sql(evidence);
    let planned = context
        .sql(&sql)
        .await
        .map_err(|error| rule.sql.explain(&error))?;
    let batches = planned.collect().await?;
    let mut cited = Citations::new();
    for batch in &batches {
        let subjects = batch.column(0);
        let [streams, runs, locators] = [1, 2, 3].map(|column| batch.column(column).as_string::<i32>());
        let people = batch.column(4).as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            if let Some(subject) = subject_of(subjects, row).filter(|_| locators.is_valid(row)) {
                if people.is_valid(row) {
                    let person = people.value(row);
                    of.entry(subject.clone()).or_default().people.insert(person);
                }
                let key = (streams.value(row).to_owned(), runs.value(row).to_owned());
                let citation = Citation {
                    subject,
                    locator: locators.value(row).to_owned(),
                };
                cited.entry(key).or_default().push(citation);
            }
        }
    }
    Ok(cited)
}

fn landed<'a>(data: &'a ActiveData, stream: &str, run: &str) -> Option<&'a LandedSource> {
    let (connector, name) = stream.split_once('/')?;
    data.landed
        .get(&(StreamId::new(connector, name), RunId::parse(run).ok()?))
}

fn source_columns(source: &LandedSource, table: &str, columns: &[&str]) -> Vec<String> {
    let lineage = source.lineage.get(table);
    let columns: BTreeSet<_> = columns
        .iter()
        .filter_map(|column| lineage?.get(*column))
        .flatten()
        .cloned()
        .collect();
    columns.into_iter().collect()
}

/// For each cited locator, its cells: column letter, header, value.
async fn landed_rows<S>(
    context: &SessionContext,
    lake: &Path,
    source: &LandedSource,
    columns: &[String],
    citations: &[Citation<S>],
) -> Result<HashMap<String, Vec<(String, String, String)>>> {
    let locators: BTreeSet<&str> = citations
        .iter()
        .map(|citation| citation.locator.as_str())
        .collect();
    let wanted = RecordBatch::try_new(
        Arc::new(Schema::new(vec![Field::new("locator", DataType::Utf8, false)])),
        vec![Arc::new(StringArray::from_iter_values(locators))],
    )?;
    for name in ["_landed", "_wanted"] {
        context.deregister_table(name)?;
    }
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = columns
        .iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .chain([
            Field::new(LOCATOR, DataType::Utf8, true),
            Field::new(HEADER, dictionary, true),
        ]);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    session::register_files(context, "_landed", schema, lake, &source.files)?;
    context.register_table(
        "_wanted",
        Arc::new(MemTable::try_new(wanted.schema(), vec![vec![wanted]])?),
    )?;
    let list: String = columns
        .iter()
        .map(|name| format!(", l.\"{}\"", name.replace('"', "\"\"")))
        .collect();
    let sql = format!(
        "SELECT l.{LOCATOR}, arrow_cast(l.{HEADER}, 'Utf8'){list} FROM _landed l JOIN _wanted w ON l.{LOCATOR} = w.locator"
    );
    let mut found = HashMap::new();
    for batch in context.sql(&sql).await?.collect().await? {
        let (locators, headers) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_string::<i32>(),
        );
        for row in 0..batch.num_rows() {
            let header: BTreeMap<String, String> = match headers.is_valid(row) {
                true => serde_json::from_str(headers.value(row)).unwrap_or_default(),
                false => BTreeMap::new(),
            };
            let cells = columns
                .iter()
                .zip(batch.columns().iter().skip(2))
                .map(|(name, column)| {
                    let (letter, title) = header
                        .get(name)
                        .and_then(|place| place.split_once(':'))
                        .unwrap_or(("", name));
                    let cell = value(column, row);
                    let shown = if cell == Value::Null {
                        String::new()
                    } else {
                        sentence::shown("", Some(&cell))
                    };
                    (letter.to_owned(), title.to_owned(), shown)
                });
            found.insert(locators.value(row).to_owned(), cells.collect());
        }
    }
    Ok(found)
}
