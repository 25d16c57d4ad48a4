//! The engine's public face: land, normalise, cross-check.
//! Here because its callers need few verbs and no DataFusion type.
//! In: jobs of plain values. Out: files, counts, outcomes.
//! Not here: when and why these verbs are called (runtime).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_schema::Schema;
use chrono::NaiveDate;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;
use hub_model::tables;
use hub_model::{ActiveData, Registries, RuleOutcome, RuleState, RunId, StreamId};

use crate::mapping::Mapping;
use crate::normalise::Normaliser;
use crate::rule_check::{self, Evaluation};
use crate::{
    Answer, Error, IdentityKey, LandingWriter, NormaliseJob, Normalised, Parameters, Prepared, Question,
    Result, Rule, RuleBook, evidence, landing, query, rule_example, session,
};

/// Longest evaluation of one rule, seconds.
const RULE_SECONDS_MAX: u64 = 600;
/// Longest answer to one question, seconds.
const QUESTION_SECONDS_MAX: u64 = 120;
/// Longest normalisation of one stream, seconds.
const NORMALISE_SECONDS_MAX: u64 = 3600;

/// How the engine is set up.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The folder of the lake.
    pub lake_dir: PathBuf,
    /// What queries may hold, bytes; real memory may reach twice that.
    pub memory_bytes: usize,
    /// How many threads a query uses.
    pub partitions: usize,
    /// The key of the blind index.
    pub identity_key: IdentityKey,
}

/// The engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    options: Arc<EngineOptions>,
    runtime: Arc<RuntimeEnv>,
}

impl Engine {
    /// An engine with `options`.
    ///
    /// # Errors
    /// When DataFusion refuses the limits.
    pub fn new(options: EngineOptions) -> Result<Self> {
        Ok(Self {
            runtime: session::runtime(options.memory_bytes)?,
            options: Arc::new(options),
        })
    }

    fn context(&self) -> SessionContext {
        session::context(&self.runtime, self.options.partitions)
    }

    /// A writer that lands `stream`'s rows of `run`.
    #[must_use]
    pub fn landing(&self, run: RunId, stream: StreamId, source: &Schema) -> LandingWriter {
        LandingWriter::new(&self.options.lake_dir, run, stream, source)
    }

    /// Plans `mapping` over a stream with `source` columns, without running it.
    ///
    /// # Errors
    /// The first mistake, with line and column of `origin`.
    pub async fn check_mapping(&self, source: &Schema, mapping: &str, origin: &str) -> Result<()> {
        Mapping::parse(mapping, origin)?
            .check(&self.context(), landing::landed_schema(source))
            .await
    }

    /// Normalises landed rows; ids given on the way are left in `registries`.
    ///
    /// # Errors
    /// A mistake in the mapping, or a failing disk; never a row.
    pub async fn normalise(&self, job: &NormaliseJob, registries: &mut Registries) -> Result<Normalised> {
        let normaliser = Normaliser {
            context: self.context(),
            lake: &self.options.lake_dir,
            key: &self.options.identity_key,
            job,
            landed: landing::landed_schema(&job.schema),
            mapping: Mapping::parse(&job.mapping, &job.origin)?,
            out: Normalised::default(),
        };
        let what = format!("normalising {}", job.stream);
        within(&what, NORMALISE_SECONDS_MAX, normaliser.run(registries)).await
    }

    /// Plans `question` over `data`, without answering it.
    ///
    /// # Errors
    /// The first mistake in its SQL, with line and column.
    pub async fn prepare(&self, data: &ActiveData, question: &Question) -> Result<Prepared> {
        query::prepare(self.context(), &self.options.lake_dir, data, question).await
    }

    /// Answers a question that was planned.
    ///
    /// # Errors
    /// When it takes too long or too much memory, or a value cannot be computed.
    pub async fn answer(&self, question: Prepared) -> Result<Answer> {
        within("the question", QUESTION_SECONDS_MAX, question.run()).await
    }

    /// Plans every rule and runs its examples.
    ///
    /// # Errors
    /// The first rule that does not plan or whose example does not hold.
    pub async fn check_rules(&self, book: &RuleBook) -> Result<()> {
        for rule in &book.rules {
            let context = self.context();
            for table in tables::ALL {
                context.register_table(table.name, Arc::new(EmptyTable::new(table.schema())))?;
            }
            let plan = rule_check::plan(&context, rule).await?;
            evidence::check(&context, rule, Arc::clone(plan.schema().inner())).await?;
            for example in &rule.examples {
                self.check_example(rule, example).await?;
            }
        }
        Ok(())
    }

    async fn check_example(&self, rule: &Rule, example: &rule_example::Example) -> Result<()> {
        let fail = |message: String| rule_check::example_error(rule, &example.name, message);
        let context = self.context();
        for table in tables::ALL {
            let rows = example
                .tables
                .get(table.name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let batch = rule_example::batch(table, rows).map_err(fail)??;
            context.register_table(
                table.name,
                Arc::new(MemTable::try_new(table.schema(), vec![vec![batch]])?),
            )?;
        }
        if let Some(name) = example.tables.keys().find(|name| tables::find(name).is_none()) {
            return Err(fail(format!("no canonical table {name:?}")));
        }
        let day = example.day().ok_or_else(|| fail("as_of is a date".to_owned()))?;
        let parameters = Parameters::of_example(&example.parameters, day);
        match rule_check::evaluate(&context, rule, &parameters, day).await? {
            Evaluation::Unset { parameter } => Err(fail(format!("wants the parameter {parameter}"))),
            Evaluation::Answered(answer) => match example.difference(&answer.findings, &answer.decided) {
                None => Ok(()),
                Some(difference) => Err(fail(difference)),
            },
        }
    }

    /// Evaluates every rule over `data` as of `day`. A rule that cannot be computed says why; it never fails the others.
    ///
    /// # Errors
    /// When a table cannot be registered.
    pub async fn cross_check(
        &self,
        data: &ActiveData,
        book: &RuleBook,
        day: NaiveDate,
    ) -> Result<Vec<RuleOutcome>> {
        let context = self.context();
        for table in tables::ALL {
            let files = data.tables.get(table.name).map(Vec::as_slice).unwrap_or_default();
            session::register_files(
                &context,
                table.name,
                table.schema(),
                &self.options.lake_dir,
                files,
            )?;
        }
        let mut outcomes = Vec::with_capacity(book.rules.len());
        for rule in &book.rules {
            let mut outcome = RuleOutcome {
                rule: rule.header.clone(),
                state: RuleState::Evaluated,
                unset_bands: Vec::new(),
                findings: Vec::new(),
                decided: BTreeSet::new(),
            };
            let work = self.evaluate(&context, data, rule, &book.parameters, day, &mut outcome);
            let ended = within(&format!("rule {}", rule.header.id), RULE_SECONDS_MAX, work).await;
            if let Err(error) = ended {
                outcome.state = RuleState::NotComputable {
                    reason: error.to_string(),
                };
                outcome.findings = Vec::new();
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn evaluate(
        &self,
        context: &SessionContext,
        data: &ActiveData,
        rule: &Rule,
        parameters: &Parameters,
        day: NaiveDate,
        outcome: &mut RuleOutcome,
    ) -> Result<()> {
        if let Some(reason) = missing_input(data, rule) {
            outcome.state = RuleState::NotComputable { reason };
            return Ok(());
        }
        match rule_check::evaluate(context, rule, parameters, day).await? {
            Evaluation::Unset { parameter } => {
                let reason = format!("parameter {parameter} has no value at {day}");
                outcome.state = RuleState::NotComputable { reason };
            }
            Evaluation::Answered(mut answer) => {
                evidence::cite(
                    context,
                    &self.options.lake_dir,
                    data,
                    rule,
                    answer.rows,
                    &mut answer.findings,
                )
                .await?;
                outcome.decided = answer.decided;
                outcome.findings = answer.findings;
                outcome.unset_bands = answer.unset_bands;
            }
        }
        Ok(())
    }
}

/// `work`, or an error when it takes longer than it may.
async fn within<T>(what: &str, seconds: u64, work: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    ended.unwrap_or_else(|_| {
        Err(Error::Deadline {
            what: what.to_owned(),
            seconds,
        })
    })
}

/// Why `rule` cannot be answered from `data`, when it cannot.
fn missing_input(data: &ActiveData, rule: &Rule) -> Option<String> {
    rule.tables.iter().find_map(
        |table| match (data.tables.contains_key(table), data.stale.get(table)) {
            (false, _) => Some(format!("{table}: never loaded")),
            (true, Some(reason)) => Some(format!("{table}: stale, {reason}")),
            (true, None) => None,
        },
    )
}
