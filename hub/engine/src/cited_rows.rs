//! The canonical rows that findings cite, read once a table for all rules.
//! Here because a rule cites few rows of a table, and two hundred rules that each look for theirs read millions of rows each.
//! In: the rows that became findings, by rule; the tables they cite. Out: for each rule what it cites, or why that cannot be told.
//! Not here: what a citation is (evidence), the cells behind it (check_cites).
//!
//! Nearly every condition says that a column of the table equals one of the finding. Of a table those rows are read that have in
//! such a column what some finding has, part by part; each rule is shown the rows that have what its own findings have, and its
//! condition decides.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::{Expr, SessionContext, ident};
use foldhash::fast::FixedState;
use futures::TryStreamExt;
use hub_model::{ActiveData, LOCATOR, tables};
use tokio::task::JoinSet;

use crate::cited_key::{Key, is_one_of, places};
use crate::engine::within;
use crate::evidence::{self, Cited, Cites};
use crate::rule_check::SUBJECT;
use crate::rule_file::{EvidenceRows, Rule};
use crate::{Engine, Error, Result, RuleBook};

/// Rows of a table that are shown to the rules at a time: about 60 MB.
const PART_ROWS: usize = 262_144;
/// Longest reading of what is cited of one table, seconds.
const TABLE_SECONDS_MAX: u64 = 1800;

/// What the findings of one rule cite of one table.
struct Asked {
    rule: usize,
    evidence: usize,
    findings: Vec<RecordBatch>,
    cited: Result<Cited>,
}

/// What is cited of each table, the largest table last.
type Tables = Vec<(String, Vec<Asked>)>;

/// Of `rows` of the SELECT of `rule` the columns that its evidence may ask for; the others can go.
pub(crate) fn needed(rule: &Rule, rows: Vec<RecordBatch>) -> Result<Vec<RecordBatch>> {
    let Some(schema) = rows.first().map(RecordBatch::schema) else {
        return Ok(rows);
    };
    let is_asked = |name: &str| name == SUBJECT || rule.evidence.iter().any(|evidence| names(evidence, name));
    let places: Vec<usize> = (0..schema.fields().len())
        .filter(|place| is_asked(schema.field(*place).name()))
        .collect();
    let project = |batch: RecordBatch| Ok(batch.project(&places)?);
    rows.into_iter().map(project).collect()
}

/// Whether the condition of `evidence` may name the column `name`.
fn names(evidence: &EvidenceRows, name: &str) -> bool {
    evidence.on.to_lowercase().contains(&name.to_lowercase())
}

/// What each rule of `book` cites for the rows of it in `found`, which are what [`needed`] leaves of them.
///
/// # Errors
/// When a table cannot be registered.
pub(crate) async fn of_all(
    engine: &Engine,
    data: &ActiveData,
    book: &Arc<RuleBook>,
    found: Vec<Vec<RecordBatch>>,
) -> Result<Vec<Result<Cites>>> {
    of_parts(engine, data, book, found, PART_ROWS).await
}

pub(crate) async fn of_parts(
    engine: &Engine,
    data: &ActiveData,
    book: &Arc<RuleBook>,
    found: Vec<Vec<RecordBatch>>,
    part_rows: usize,
) -> Result<Vec<Result<Cites>>> {
    let mut cites: Vec<Result<Cites>> = found.iter().map(|_| Ok(Cites::default())).collect();
    let tables = Arc::new(Mutex::new(by_table(data, book, found)));
    let inputs = engine.inputs(data)?;
    let mut workers = JoinSet::new();
    for _ in 0..engine.options.partitions.max(1) {
        // One thread each, as there are as many tables at a time as threads.
        let (own, inputs) = (engine.context_of_one(), inputs.clone());
        workers.spawn(work(
            (own, inputs),
            Arc::clone(book),
            Arc::clone(&tables),
            part_rows,
        ));
    }
    let mut done: Vec<Asked> = Vec::new();
    while let Some(worked) = workers.join_next().await {
        done.extend(worked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    // A rule's evidences in their order.
    done.sort_by_key(|asked| (asked.rule, asked.evidence));
    for asked in done {
        if let Some(of_rule) = cites.get_mut(asked.rule) {
            match (of_rule.as_mut(), asked.cited) {
                (Ok(all), Ok(cited)) => all.add(cited),
                (Ok(_), Err(error)) => *of_rule = Err(error),
                (Err(_), _) => {}
            }
        }
    }
    Ok(cites)
}

fn by_table(data: &ActiveData, book: &RuleBook, found: Vec<Vec<RecordBatch>>) -> Tables {
    let mut tables: BTreeMap<&str, Vec<Asked>> = BTreeMap::new();
    let with_rows = book.rules.iter().zip(found).enumerate();
    for (rule, (of_rule, findings)) in with_rows.filter(|(_, (_, findings))| !findings.is_empty()) {
        for (evidence, rows) in of_rule.evidence.iter().enumerate() {
            tables.entry(&rows.table).or_default().push(Asked {
                rule,
                evidence,
                findings: findings.clone(),
                cited: Ok(Cited::default()),
            });
        }
    }
    let rows = |table: &str| -> u64 {
        let files = data.tables.get(table).into_iter().flatten();
        files.map(|file| file.rows).sum()
    };
    let owned = |(table, asked): (&str, Vec<Asked>)| (table.to_owned(), asked);
    let mut tables: Tables = tables.into_iter().map(owned).collect();
    tables.sort_by_key(|(table, _)| rows(table));
    tables
}

/// Takes tables until none is left.
async fn work(
    (context, inputs): (SessionContext, SessionContext),
    book: Arc<RuleBook>,
    tables: Arc<Mutex<Tables>>,
    part_rows: usize,
) -> Vec<Asked> {
    let mut done = Vec::new();
    loop {
        let next = tables.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some((name, mut asked)) = next else {
            return done;
        };
        let reading = async {
            let rows = inputs.table_provider(name.as_str()).await?;
            let table = Table {
                context: &context,
                name: &name,
                rows,
                part_rows,
            };
            table.cite(&book, &mut asked).await
        };
        let what = format!("reading what is cited of {name}");
        if let Err(error) = within(&what, TABLE_SECONDS_MAX, reading).await {
            let message = error.to_string();
            for asked in &mut asked {
                asked.cited = Err(Error::Query(message.clone()));
            }
        }
        done.extend(asked);
    }
}

/// What one rule asks of a table, and which of its rows may be the answer.
struct Keyed<'a> {
    asked: &'a mut Asked,
    rule: &'a Rule,
    evidence: &'a EvidenceRows,
    key: Key,
}

/// A table that is cited.
struct Table<'a> {
    context: &'a SessionContext,
    name: &'a str,
    rows: Arc<dyn TableProvider>,
    part_rows: usize,
}

impl Table<'_> {
    /// Cites for all that is `asked`.
    async fn cite(&self, book: &RuleBook, asked: &mut [Asked]) -> Result<()> {
        let mut keyed = Vec::new();
        for asked in asked {
            let Some(rule) = book.rules.get(asked.rule) else {
                continue;
            };
            let Some(evidence) = rule.evidence.get(asked.evidence) else {
                continue;
            };
            match Key::of(self.context, evidence, &self.rows.schema(), &asked.findings) {
                Some(key) => keyed.push(Keyed {
                    asked,
                    rule,
                    evidence,
                    key,
                }),
                // Nothing tells beforehand which rows it may be.
                None => self.ask(asked, (rule, evidence), Arc::clone(&self.rows)).await,
            }
        }
        let Some(condition) = self.condition(&keyed)? else {
            return Ok(());
        };
        let frame = self
            .context
            .read_table(Arc::clone(&self.rows))?
            .filter(condition)?
            .select(self.columns(&keyed))?;
        let mut rows = frame.execute_stream().await?;
        let (mut part, mut count) = (Vec::new(), 0);
        while let Some(batch) = rows.try_next().await? {
            count += batch.num_rows();
            part.push(batch);
            if count >= self.part_rows {
                self.part(&std::mem::take(&mut part), &mut keyed).await?;
                count = 0;
            }
        }
        self.part(&part, &mut keyed).await
    }

    /// Whether a row may be an answer to any of `keyed`; none where there are none.
    fn condition(&self, keyed: &[Keyed<'_>]) -> Result<Option<Expr>> {
        let mut wanted: BTreeMap<&str, HashSet<u64, FixedState>> = BTreeMap::new();
        for keyed in keyed {
            let values = wanted.entry(&keyed.key.column).or_default();
            values.extend(&keyed.key.values);
        }
        let schema = self.rows.schema();
        let conditions = wanted.into_iter().map(|(column, values)| {
            let kind = schema.field_with_name(column)?.data_type().clone();
            Ok(is_one_of(column, kind, values).call(vec![ident(column)]))
        });
        let conditions = conditions.collect::<Result<Vec<_>>>()?;
        Ok(conditions.into_iter().reduce(Expr::or))
    }

    /// The columns that `keyed` may name, and whose a row is.
    fn columns(&self, keyed: &[Keyed<'_>]) -> Vec<Expr> {
        let own = [tables::STREAM, tables::RUN, LOCATOR, evidence::PERSON];
        let is_read =
            |name: &str| own.contains(&name) || keyed.iter().any(|keyed| names(keyed.evidence, name));
        let schema = self.rows.schema();
        let read = schema.fields().iter().filter(|field| is_read(field.name()));
        read.map(|field| ident(field.name())).collect()
    }

    /// Shows every rule the rows of a part that it may cite.
    async fn part(&self, part: &[RecordBatch], keyed: &mut [Keyed<'_>]) -> Result<()> {
        let Some(schema) = part.first().map(RecordBatch::schema) else {
            return Ok(());
        };
        let part = concat_batches(&schema, part)?;
        let mut known: BTreeMap<String, Vec<(u64, u32)>> = BTreeMap::new();
        for Keyed {
            asked,
            rule,
            evidence,
            key,
        } in keyed
        {
            let places = match known.get(&key.column) {
                Some(places) => places,
                None => known
                    .entry(key.column.clone())
                    .or_insert_with(|| places(&part, &key.column)),
            };
            let rows = key.rows(places);
            if rows.is_empty() {
                continue;
            }
            let rows = take_record_batch(&part, &UInt32Array::from(rows))?;
            let rows = MemTable::try_new(Arc::clone(&schema), vec![vec![rows]])?;
            self.ask(asked, (rule, evidence), Arc::new(rows)).await;
        }
        Ok(())
    }

    /// Adds what `asked` cites of `rows`, or notes why that cannot be told.
    async fn ask(
        &self,
        asked: &mut Asked,
        (rule, evidence): (&Rule, &EvidenceRows),
        rows: Arc<dyn TableProvider>,
    ) {
        let Ok(cited) = &mut asked.cited else { return };
        let work = async {
            evidence::register_findings(self.context, asked.findings.clone())?;
            self.context.deregister_table(self.name)?;
            self.context.register_table(self.name, rows)?;
            evidence::citations(self.context, rule, evidence, cited).await
        };
        if let Err(error) = work.await {
            asked.cited = Err(error);
        }
    }
}
