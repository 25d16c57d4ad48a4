//! Cross-checks a snapshot: every rule of the book, as many at a time as there are threads.
//! Here because a rule that cannot be computed must say why and hold up no other.
//! In: a snapshot, the rule book, a day, whose warnings stand. Out: an outcome for each rule, in the book's order.
//! Not here: evaluating one rule (rule_check), plans (check_plans), citing cells (check_cites), what follows (warnings).

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use hub_model::{ActiveData, RuleOutcome, RuleState, SubjectKey, Watched, tables};
use tokio::task::JoinSet;

use crate::check_cites::Evaluated;
use crate::check_plans::Prepared;
use crate::engine::within;
use crate::rule_band::Lines;
use crate::rule_check::{self, Evaluation};
use crate::{Engine, Error, Parameters, Result, Rule, RuleBook, check_cites, check_plans, cited_rows, part};

/// Longest evaluation of one rule, seconds.
const RULE_SECONDS_MAX: u64 = 600;

/// What every rule is evaluated over.
struct Job {
    data: Arc<ActiveData>,
    book: Arc<RuleBook>,
    day: NaiveDate,
    watched: Option<Arc<Watched>>,
    /// The plan of each rule, until somebody takes it; none of one that is evaluated as it is written.
    plans: Vec<Mutex<Option<Prepared>>>,
    /// The next rule nobody has taken.
    next: AtomicUsize,
}

impl Engine {
    /// Evaluates every rule over `data` as of `day`. A rule that cannot be computed says why; it never fails the others.
    /// With `watched`, outcomes say who is clean only of those whose warnings stand: of nobody else it matters.
    ///
    /// # Errors
    /// When a table cannot be registered.
    pub async fn cross_check(
        &self,
        data: Arc<ActiveData>,
        book: Arc<RuleBook>,
        day: NaiveDate,
        watched: Option<Arc<Watched>>,
    ) -> Result<Vec<RuleOutcome>> {
        let tables = self.tables(&data, day).await?;
        let together = self.context_of_one();
        let shared = check_plans::share_tables(&together, &tables, &data, self.options.memory_bytes).await?;
        let is_asked = |rule: &Rule| rule_check::missing_input(&data, rule, day).is_none();
        let plans = check_plans::prepare(&together, &book, day, watched.as_deref(), shared, is_asked).await;
        let rules = book.rules.len();
        let job = Arc::new(Job {
            data,
            book,
            day,
            watched,
            plans: plans.into_iter().map(Mutex::new).collect(),
            next: AtomicUsize::new(0),
        });
        let mut workers = JoinSet::new();
        for _ in 0..self.options.partitions.clamp(1, rules.max(1)) {
            // One thread each, as there are as many rules at a time as threads; and a session each, for two rules at once
            // must not meet in names of scratch tables.
            let own = with_tables_of(self.context_of_one(), &together).await?;
            workers.spawn(work(Arc::clone(&job), own));
        }
        drop(together);
        let (mut evaluated, mut left) = (Vec::with_capacity(rules), Vec::new());
        while let Some(done) = workers.join_next().await {
            match done {
                Ok(done) => {
                    evaluated.extend(done.evaluated);
                    left.extend(done.left);
                }
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        // Nothing is shared any more: each of these has the whole memory and every thread to itself.
        for at in left {
            if let Some(rule) = job.book.rules.get(at) {
                let began = Instant::now();
                let alone = Box::pin(job.alone(&tables, rule));
                evaluated.push((at, Box::pin(job.outcome(rule, alone)).await));
                told(rule, began);
            }
        }
        // With them goes what was derived.
        drop(tables);
        evaluated.sort_by_key(|(at, _)| *at);
        let evaluated = evaluated.into_iter().map(|(_, evaluated)| evaluated).collect();
        let cited = check_cites::cite(self, &job.data, &job.book, evaluated).await;
        self.forget_files();
        cited
    }
}

/// `own` with the tables of `context`.
async fn with_tables_of(own: SessionContext, context: &SessionContext) -> Result<SessionContext> {
    let names = tables::ALL.iter().map(|table| table.name);
    for name in names.chain(tables::DERIVED.iter().map(|table| table.name)) {
        own.register_table(name, context.table_provider(name).await?)?;
    }
    Ok(own)
}

/// What a worker did.
#[derive(Default)]
struct Worked {
    evaluated: Vec<(usize, Evaluated)>,
    /// Rules without a plan that is shared, or whose plan failed: what only failed for being shared need not fail by itself,
    /// and what is wrong is said by the rule as it is written.
    left: Vec<usize>,
}

/// Takes rules until none is left.
async fn work(job: Arc<Job>, context: SessionContext) -> Worked {
    let mut worked = Worked::default();
    loop {
        let at = job.next.fetch_add(1, Ordering::Relaxed);
        let Some(rule) = job.book.rules.get(at) else {
            return worked;
        };
        let began = Instant::now();
        let together = job.together(&context, at, rule);
        let done = within("a rule among others", RULE_SECONDS_MAX, async {
            Ok(together.await)
        })
        .await;
        match done {
            Ok(Some(evaluation)) => {
                let given = async { Ok(evaluation) };
                worked.evaluated.push((at, job.outcome(rule, given).await));
                told(rule, began);
            }
            Ok(None) | Err(_) => worked.left.push(at),
        }
    }
}

fn told(rule: &Rule, began: Instant) {
    tracing::debug!(
        rule = %rule.header.id,
        elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "rule evaluated"
    );
}

impl Job {
    /// What becomes of `rule`, whose rows `evaluation` has.
    async fn outcome(&self, rule: &Rule, evaluation: impl Future<Output = Result<Evaluation>>) -> Evaluated {
        let mut evaluated = Evaluated {
            outcome: RuleOutcome {
                rule: rule.header.clone(),
                state: RuleState::Evaluated,
                unset_bands: Vec::new(),
                findings: Vec::new(),
                decided: BTreeSet::new(),
            },
            rows: Vec::new(),
        };
        let work = self.evaluate(rule, evaluation, &mut evaluated);
        let ended = within(&format!("rule {}", rule.header.id), RULE_SECONDS_MAX, work).await;
        if let Err(error) = ended {
            evaluated.outcome.state = RuleState::NotComputable {
                reason: error.to_string(),
            };
        }
        evaluated
    }

    async fn evaluate(
        &self,
        rule: &Rule,
        evaluation: impl Future<Output = Result<Evaluation>>,
        evaluated: &mut Evaluated,
    ) -> Result<()> {
        let outcome = &mut evaluated.outcome;
        if let Some(reason) = rule_check::missing_input(&self.data, rule, self.day) {
            outcome.state = RuleState::NotComputable { reason };
            return Ok(());
        }
        match evaluation.await? {
            Evaluation::Unset { parameter } => {
                let reason = format!("parameter {parameter} has no value at {}", self.day);
                outcome.state = RuleState::NotComputable { reason };
            }
            Evaluation::Answered(mut answer) => {
                evaluated.rows = cited_rows::needed(rule, answer.rows)?;
                let age = rule_check::data_age_days(&self.data, rule, self.day);
                for finding in &mut answer.findings {
                    Arc::make_mut(&mut finding.evidence).data_age_days = age;
                }
                outcome.decided = answer.decided;
                outcome.findings = answer.findings;
                outcome.unset_bands = answer.unset_bands;
            }
        }
        Ok(())
    }

    /// Whose warnings of `rule` stand, if only they matter.
    fn watched(&self, rule: &Rule) -> Option<Option<&HashSet<SubjectKey>>> {
        self.watched.as_ref().map(|watched| watched.get(&rule.header.id))
    }

    /// What `rule` answers by itself, as it is written.
    async fn alone(&self, tables: &SessionContext, rule: &Rule) -> Result<Evaluation> {
        let (watched, parameters): (_, &Parameters) = (self.watched(rule), &self.book.parameters);
        rule_check::evaluate(tables, rule, parameters, self.day, watched).await
    }

    /// What the `at`th rule answers by the plan that was made for it among the others; nothing when it has none, or that fails.
    async fn together(&self, context: &SessionContext, at: usize, rule: &Rule) -> Option<Evaluation> {
        let prepared = self
            .plans
            .get(at)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (plan, reads) = prepared?.into_parts();
        let answer = async {
            let lines = Lines::at(rule, &self.book.parameters, self.day)?;
            let rows = part::rows(context, &plan).await?;
            rule_check::judge(rule, self.day, self.watched(rule), lines, rows).await
        };
        let answer = answer.await;
        drop(plan);
        for shared in reads {
            shared.was_read().await;
        }
        answer.ok().map(Evaluation::Answered)
    }
}

/// `error` with the rule it is of.
pub(crate) fn of_rule(rule: &Rule, error: Error) -> Error {
    if let Error::Query(message) = &error {
        rule.sql.refuse(message.clone())
    } else {
        error
    }
}
