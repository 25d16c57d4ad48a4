//! Cross-checks a snapshot: every rule of the book, as many at a time as there are threads.
//! Here because a rule that cannot be computed must say why and hold up no other.
//! In: a snapshot, the rule book, a day, whose warnings stand. Out: an outcome for each rule, in the book's order.
//! Not here: evaluating one rule (rule_check), citing cells (evidence), what follows (warnings).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use hub_model::{ActiveData, RuleOutcome, RuleState, Watched, tables};
use tokio::task::JoinSet;

use crate::engine::within;
use crate::rule_check::{self, Evaluation};
use crate::{Engine, Error, Parameters, Result, Rule, RuleBook, evidence};

/// Longest evaluation of one rule, seconds.
const RULE_SECONDS_MAX: u64 = 600;

/// What every rule is evaluated over.
struct Job {
    engine: Engine,
    data: Arc<ActiveData>,
    book: Arc<RuleBook>,
    day: NaiveDate,
    watched: Option<Arc<Watched>>,
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
        let rules = book.rules.len();
        let job = Arc::new(Job {
            engine: self.clone(),
            data,
            book,
            day,
            watched,
            next: AtomicUsize::new(0),
        });
        let mut workers = JoinSet::new();
        for _ in 0..self.options.partitions.clamp(1, rules.max(1)) {
            let context = self.sibling(&tables).await?;
            workers.spawn(work(Arc::clone(&job), context));
        }
        let mut outcomes = Vec::with_capacity(rules);
        while let Some(done) = workers.join_next().await {
            match done {
                Ok(done) => outcomes.extend(done),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        outcomes.sort_by_key(|(at, _)| *at);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// A session of its own with the tables of `context`: two rules at once must not meet in names of scratch tables.
    async fn sibling(&self, context: &SessionContext) -> Result<SessionContext> {
        let own = self.context();
        let names = tables::ALL.iter().map(|table| table.name);
        for name in names.chain(tables::DERIVED.iter().map(|table| table.name)) {
            own.register_table(name, context.table_provider(name).await?)?;
        }
        Ok(own)
    }
}

/// Takes rules until none is left.
async fn work(job: Arc<Job>, context: SessionContext) -> Vec<(usize, RuleOutcome)> {
    let mut outcomes = Vec::new();
    loop {
        let at = job.next.fetch_add(1, Ordering::Relaxed);
        let Some(rule) = job.book.rules.get(at) else {
            return outcomes;
        };
        outcomes.push((at, job.outcome(&context, rule).await));
    }
}

impl Job {
    async fn outcome(&self, context: &SessionContext, rule: &Rule) -> RuleOutcome {
        let mut outcome = RuleOutcome {
            rule: rule.header.clone(),
            state: RuleState::Evaluated,
            unset_bands: Vec::new(),
            findings: Vec::new(),
            decided: BTreeSet::new(),
        };
        let work = self.evaluate(context, rule, &mut outcome);
        let ended = within(&format!("rule {}", rule.header.id), RULE_SECONDS_MAX, work).await;
        if let Err(error) = ended {
            outcome.state = RuleState::NotComputable {
                reason: error.to_string(),
            };
            outcome.findings = Vec::new();
        }
        outcome
    }

    async fn evaluate(&self, context: &SessionContext, rule: &Rule, outcome: &mut RuleOutcome) -> Result<()> {
        if let Some(reason) = rule_check::missing_input(&self.data, rule, self.day) {
            outcome.state = RuleState::NotComputable { reason };
            return Ok(());
        }
        let watched = self.watched.as_ref().map(|watched| watched.get(&rule.header.id));
        let parameters: &Parameters = &self.book.parameters;
        match rule_check::evaluate(context, rule, parameters, self.day, watched).await? {
            Evaluation::Unset { parameter } => {
                let reason = format!("parameter {parameter} has no value at {}", self.day);
                outcome.state = RuleState::NotComputable { reason };
            }
            Evaluation::Answered(mut answer) => {
                let lake = &self.engine.options.lake_dir;
                let (rows, findings) = (answer.rows, &mut answer.findings);
                let cited = evidence::cite(context, lake, &self.data, rule, rows, findings).await;
                cited.map_err(|error| of_rule(rule, error))?;
                let age = rule_check::data_age_days(&self.data, rule, self.day);
                for finding in &mut answer.findings {
                    finding.evidence.data_age_days = age;
                }
                outcome.decided = answer.decided;
                outcome.findings = answer.findings;
                outcome.unset_bands = answer.unset_bands;
            }
        }
        Ok(())
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
