//! The engine's public face: land, normalise, cross-check.
//! Here because its callers need few verbs and no DataFusion type.
//! In: jobs of plain values. Out: files, counts, outcomes.
//! Not here: when and why these verbs are called (runtime).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_schema::Schema;
use chrono::NaiveDate;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;
use hub_model::{ActiveData, HouseholdId, Links, Registries, RunId, StreamId, Subject, Whom, Whose};

use crate::household::{Room, Tables};
use crate::linkage::Explanation;
use crate::mapping::Mapping;
use crate::mention::Mentions;
use crate::normalise::Normaliser;
use crate::{
    Answer, Error, Household, IdentityKey, LandingWriter, LinkJob, Linked, NormaliseJob, Normalised,
    Prepared, Question, Result, SnapshotHash, Told, alias, assembled, household, income, landing, link,
    link_told, link_units, query, session, snapshot_hash,
};

/// Longest linking, seconds.
const LINK_SECONDS_MAX: u64 = 1800;
/// Longest answer to one question, seconds.
pub(crate) const QUESTION_SECONDS_MAX: u64 = 120;
/// Longest hash of a snapshot, seconds.
const HASH_SECONDS_MAX: u64 = 3600;
/// Longest normalisation of one stream, seconds.
pub(crate) const NORMALISE_SECONDS_MAX: u64 = 3600;

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
    pub(crate) options: Arc<EngineOptions>,
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

    /// Forgets what is remembered of files, as whoever reads the next ones reads others.
    pub(crate) fn forget_files(&self) {
        session::forget_files(&self.runtime);
    }

    pub(crate) fn context(&self) -> SessionContext {
        session::context(&self.runtime, self.options.partitions)
    }

    /// A session in which a query uses one thread: rows keep their order, and as many queries as threads run beside it.
    pub(crate) fn context_of_one(&self) -> SessionContext {
        session::context(&self.runtime, 1)
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
            mentions: Mentions::new(&self.options.identity_key),
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
        let inputs = self.inputs(data)?;
        query::prepare(self.context(), inputs, &self.options.lake_dir, data, question).await
    }

    /// The household called `text`: by its 户编号, else by its dense id; `None` when the snapshot has neither.
    ///
    /// # Errors
    /// When a file cannot be read, or it takes too long.
    pub async fn find_household(&self, data: &ActiveData, text: &str) -> Result<Option<HouseholdId>> {
        let tables = Tables::new(self.context(), &self.options.lake_dir, data)?;
        let found = household::find(&tables, text);
        within("finding the household", QUESTION_SECONDS_MAX, found).await
    }

    /// The household `id` as of `day`, personal values masked unless `reveal`; the caller has recorded why.
    ///
    /// # Errors
    /// When a file cannot be read, or it takes too long.
    pub async fn household(
        &self,
        data: &ActiveData,
        id: HouseholdId,
        day: NaiveDate,
        reveal: bool,
    ) -> Result<Household> {
        let work = async {
            let tables = Tables::new(self.context(), &self.options.lake_dir, data)?;
            tables.assemble(data, day).await?;
            let room = Room::new(&tables, self.context(), id, day).await?;
            household::show(&room, data, reveal).await
        };
        within("the household", QUESTION_SECONDS_MAX, work).await
    }

    /// By which names and numbers `subject` is known as of `day`; `None` of what is neither a household nor of one. The caller
    /// has recorded who looks and why.
    ///
    /// # Errors
    /// When a file cannot be read, or it takes too long.
    pub async fn whom(&self, data: &ActiveData, subject: &Subject, day: NaiveDate) -> Result<Option<Whom>> {
        let work = async {
            let tables = Tables::new(self.context(), &self.options.lake_dir, data)?;
            tables.assemble(data, day).await?;
            household::whom(&tables, self.context(), subject, day).await
        };
        within("whom it is about", QUESTION_SECONDS_MAX, work).await
    }

    /// One hash over what the canonical tables of `data` say, whichever way it came to be said.
    ///
    /// # Errors
    /// When a file cannot be read, or it takes too long.
    pub async fn snapshot_hash(&self, data: &ActiveData) -> Result<SnapshotHash> {
        let context = self.context();
        let work = snapshot_hash::hash(&context, &self.options.lake_dir, data);
        within("hashing the snapshot", HASH_SECONDS_MAX, work).await
    }

    /// A session of its own with the tables others are derived from, unmasked.
    pub(crate) fn inputs(&self, data: &ActiveData) -> Result<SessionContext> {
        let context = self.context();
        alias::register(&context, &self.options.lake_dir, data)?;
        Ok(context)
    }

    /// Registers the derived tables of `data` in `context`.
    async fn register_derived(
        &self,
        context: &SessionContext,
        data: &ActiveData,
        day: NaiveDate,
    ) -> Result<()> {
        let inputs = self.inputs(data)?;
        let cases = assembled::case_rounds(&data.cases)?;
        assembled::register(context, &inputs, &data.links, cases, day).await?;
        income::register(context, inputs, day)
    }

    /// Answers a question that was planned.
    ///
    /// # Errors
    /// When it takes too long or too much memory, or a value cannot be computed.
    pub async fn answer(&self, question: Prepared) -> Result<Answer> {
        within("the question", QUESTION_SECONDS_MAX, question.run()).await
    }

    /// Finds whom of the register the rows of `data` speak of, and to which household an assistance unit belongs. The links
    /// `data` has already are not looked at.
    ///
    /// # Errors
    /// When a file cannot be read or the weights are of another form; never for a row.
    pub async fn link(&self, data: &ActiveData, job: &LinkJob) -> Result<Linked> {
        let work = async {
            let sides = link::Sides::read(&self.one_by_one(data, Links::default())?, &job.places).await?;
            let mut linked = if sides.index.is_empty() {
                Linked::of_verdicts(job)
            } else {
                sides.link(job)?
            };
            let units = link_units::find(&self.one_by_one(data, linked.links.clone())?).await?;
            linked.links.households = link::with_verdicts(units, &job.verdicts, Whose::Household);
            Ok(linked)
        };
        within("linking", LINK_SECONDS_MAX, work).await
    }

    /// What rows of `data` say of `ids`, [`TOLD_MAX`](crate::TOLD_MAX) at most, masked unless revealed.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn told(&self, data: &ActiveData, ids: &[u64], reveal: bool) -> Result<BTreeMap<u64, Told>> {
        let work = async { link_told::told(&self.one_by_one(data, Links::default())?, ids, reveal).await };
        within("looking rows up", QUESTION_SECONDS_MAX, work).await
    }

    /// Why the department rows that were given `id` came out as they did; `None` when no row was given it.
    ///
    /// # Errors
    /// When a file cannot be read or the weights are of another form.
    pub async fn explain_link(
        &self,
        data: &ActiveData,
        job: &LinkJob,
        id: u64,
    ) -> Result<Option<Explanation>> {
        let work = async {
            let sides = link::Sides::read(&self.one_by_one(data, Links::default())?, &job.places).await?;
            link_told::explain(&sides, job, id)
        };
        within("explaining", LINK_SECONDS_MAX, work).await
    }

    /// The tables of `data` in a session that reads rows in their order, with `links` in place of its own.
    fn one_by_one(&self, data: &ActiveData, links: Links) -> Result<SessionContext> {
        let context = self.context_of_one();
        let data = ActiveData {
            links: Arc::new(links),
            ..data.clone()
        };
        alias::register(&context, &self.options.lake_dir, &data)?;
        Ok(context)
    }

    /// A session with every table of `data`, canonical and derived.
    pub(crate) async fn tables(&self, data: &ActiveData, day: NaiveDate) -> Result<SessionContext> {
        let context = self.context();
        alias::register(&context, &self.options.lake_dir, data)?;
        self.register_derived(&context, data, day).await?;
        Ok(context)
    }
}

/// `work`, or an error when it takes longer than it may.
pub(crate) async fn within<T>(what: &str, seconds: u64, work: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    ended.unwrap_or_else(|_| {
        Err(Error::Deadline {
            what: what.to_owned(),
            seconds,
        })
    })
}
