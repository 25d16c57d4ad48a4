//! Cites the cells behind what a check found, for all rules together.
//! Here because a hundred rules cite rows of one file, which need not be read a hundred times.
//! In: outcomes with the rows they cite. Out: the same with cells, and how sure it is that they are theirs.
//! Not here: which rows a rule cites (evidence), how cells are looked up (cells).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use hub_model::{ActiveData, CitedCell, RuleOutcome, RuleState, SubjectKey};
use tokio::task::JoinSet;

use crate::cells::{self, Wanted};
use crate::engine::within;
use crate::evidence::{Citation, Cites, Weakest};
use crate::{Engine, Error, Result, Rule, RuleBook, cited_rows};

/// Longest looking up of what is cited of one stream and run, seconds.
const SOURCE_SECONDS_MAX: u64 = 600;

/// A rule's outcome and the rows that are to be cited for.
pub(crate) struct Evaluated {
    pub(crate) outcome: RuleOutcome,
    pub(crate) rows: Vec<RecordBatch>,
}

/// What one evidence of one rule cites of a stream and run.
struct Asked {
    rule: usize,
    evidence: usize,
    citations: Vec<Citation<SubjectKey>>,
}

/// A stream and a run, and all that is cited of them.
type Sources = Vec<((String, String), Vec<Asked>)>;
/// Cells by subject.
type Cells = HashMap<SubjectKey, Vec<CitedCell>>;
/// Cells that one look-up found, by rule; or which rules it failed, and why.
type Found = std::result::Result<Vec<(usize, Cells)>, (Vec<usize>, Error)>;

/// Cites for `evaluated`, which is in the order of `book`'s rules. A rule whose cells cannot be looked up cannot be computed.
///
/// # Errors
/// When a table cannot be registered.
pub(crate) async fn cite(
    engine: &Engine,
    data: &Arc<ActiveData>,
    book: &Arc<RuleBook>,
    evaluated: Vec<Evaluated>,
) -> Result<Vec<RuleOutcome>> {
    let of_one = |evaluated: Evaluated| (evaluated.outcome, evaluated.rows);
    let (outcomes, rows): (Vec<_>, Vec<_>) = evaluated.into_iter().map(of_one).unzip();
    let mut cites = Vec::with_capacity(outcomes.len());
    let mut failed: BTreeMap<usize, String> = BTreeMap::new();
    for (at, cited) in cited_rows::of_all(engine, data, book, rows)
        .await?
        .into_iter()
        .enumerate()
    {
        if let (Err(error), Some(rule)) = (&cited, book.rules.get(at)) {
            failed.insert(at, reason(rule, error));
        }
        cites.push(cited.unwrap_or_default());
    }
    let sources = Arc::new(Mutex::new(sources(data, &mut cites)));
    let mut workers = JoinSet::new();
    for _ in 0..engine.options.partitions.max(1) {
        let (engine, data, book) = (engine.clone(), Arc::clone(data), Arc::clone(book));
        workers.spawn(work(engine, data, book, Arc::clone(&sources)));
    }
    let mut cells: Vec<Cells> = outcomes.iter().map(|_| HashMap::new()).collect();
    while let Some(done) = workers.join_next().await {
        let done = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        for found in done {
            match found {
                Ok(found) => found.into_iter().for_each(|(rule, found)| {
                    for (subject, found) in found {
                        if let Some(cells) = cells.get_mut(rule) {
                            cells.entry(subject).or_default().extend(found);
                        }
                    }
                }),
                Err((rules, error)) => failed.extend(rules.into_iter().filter_map(|at| {
                    let rule = book.rules.get(at)?;
                    Some((at, reason(rule, &error)))
                })),
            }
        }
    }
    let weakest = Weakest::of(&data.links);
    let cited = outcomes.into_iter().zip(cites.iter().zip(cells)).enumerate();
    Ok(cited
        .map(|(at, (outcome, cited))| match failed.remove(&at) {
            Some(reason) => not_computable(outcome, reason),
            None => cited_one(outcome, cited, &weakest),
        })
        .collect())
}

/// What is cited, by stream and run, that of the most rows last.
fn sources(data: &ActiveData, cites: &mut [Cites]) -> Sources {
    let mut sources: BTreeMap<(String, String), Vec<Asked>> = BTreeMap::new();
    for (rule, cites) in cites.iter_mut().enumerate() {
        let rows = std::mem::take(&mut cites.rows);
        for (evidence, cited) in rows.into_iter().enumerate() {
            for (source, citations) in cited {
                let asked = Asked {
                    rule,
                    evidence,
                    citations,
                };
                sources.entry(source).or_default().push(asked);
            }
        }
    }
    let mut sources: Sources = sources.into_iter().collect();
    sources.sort_by_key(|((stream, run), _)| cells::landed_rows_of(data, stream, run));
    sources
}

/// Takes sources until none is left.
async fn work(
    engine: Engine,
    data: Arc<ActiveData>,
    book: Arc<RuleBook>,
    sources: Arc<Mutex<Sources>>,
) -> Vec<Found> {
    let mut done = Vec::new();
    loop {
        let next = sources.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some((source, asked)) = next else { return done };
        let what = format!("citing {}", source.0);
        let rules = asked.iter().map(|asked| asked.rule).collect();
        let found = within(
            &what,
            SOURCE_SECONDS_MAX,
            look_up(&engine, &data, &book, source, asked),
        )
        .await;
        done.push(found.map_err(|error| (rules, error)));
    }
}

async fn look_up(
    engine: &Engine,
    data: &ActiveData,
    book: &RuleBook,
    (stream, run): (String, String),
    asked: Vec<Asked>,
) -> Result<Vec<(usize, Cells)>> {
    let wanted = asked.iter().filter_map(|asked| {
        let evidence = book.rules.get(asked.rule)?.evidence.get(asked.evidence)?;
        Some(Wanted {
            table: &evidence.table,
            columns: evidence.columns.iter().map(String::as_str).collect(),
            locators: asked
                .citations
                .iter()
                .map(|citation| citation.locator.as_str())
                .collect(),
        })
    });
    let wanted: Vec<Wanted<'_>> = wanted.collect();
    let context = engine.context_of_one();
    let lake = &engine.options.lake_dir;
    let found = cells::look_up(&context, lake, data, (&stream, &run), &wanted).await?;
    drop(wanted);
    let by_rule = asked.into_iter().zip(found).map(|(asked, found)| {
        let mut cells = Cells::new();
        for (citation, found) in asked.citations.into_iter().zip(found) {
            cells.entry(citation.subject).or_default().extend(found);
        }
        (asked.rule, cells)
    });
    Ok(by_rule.collect())
}

/// Why `rule` cannot be computed, in its own file's words.
fn reason(rule: &Rule, error: &Error) -> String {
    if let Error::Query(message) = error {
        rule.sql.refuse(message.clone()).to_string()
    } else {
        error.to_string()
    }
}

fn not_computable(outcome: RuleOutcome, reason: String) -> RuleOutcome {
    RuleOutcome {
        rule: outcome.rule,
        state: RuleState::NotComputable { reason },
        unset_bands: Vec::new(),
        findings: Vec::new(),
        decided: std::collections::BTreeSet::new(),
    }
}

fn cited_one(
    mut outcome: RuleOutcome,
    (cites, mut cells): (&Cites, Cells),
    weakest: &Weakest,
) -> RuleOutcome {
    for finding in &mut outcome.findings {
        let key = &finding.subject.key;
        let mut cells = cells.remove(key).unwrap_or_default();
        cells.sort();
        cells.dedup();
        let evidence = Arc::make_mut(&mut finding.evidence);
        evidence.cells = cells;
        let people = cites.people.get(key).filter(|people| !people.is_empty());
        evidence.matching = people.map(|people| weakest.matching(people));
    }
    outcome
}
