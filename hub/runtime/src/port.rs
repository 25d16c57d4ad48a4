//! What the runtime needs of an engine: a few verbs.
//! Here because the crate that knows plugins must not pay for DataFusion, nor the other way round.
//! In/Out: plain values of `hub-model` and Arrow batches.
//! Not here: the engine; a thin adapter in the binary joins the two.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use futures::future::BoxFuture;
use hub_model::guard::Profile;
use hub_model::{
    ActiveData, FileRef, Lineage, LinkReport, Links, NewFile, PartRefusals, RefusedRule, Registries,
    RowCounts, RuleOutcome, RunId, StreamId, Subject, Verdict, Watched, Whom,
};

/// An engine's error, with its whole text.
pub type EngineError = Box<dyn std::error::Error + Send + Sync>;

/// A stream whose rows have landed.
#[derive(Debug, Clone)]
pub struct Landed {
    /// The run.
    pub run: RunId,
    /// The stream.
    pub stream: StreamId,
    /// Its columns as the connector declares them.
    pub schema: SchemaRef,
    /// Its mapping.
    pub mapping: String,
    /// Where the mapping stands, for errors.
    pub origin: String,
    /// Its landed files.
    pub files: Vec<NewFile>,
}

/// What landed of a stream.
#[derive(Debug, Clone, Default)]
pub struct LandedParts {
    /// Its files, synced.
    pub files: Vec<NewFile>,
    /// What each part looks like; of one that only corrects refused rows there is none.
    pub profiles: BTreeMap<String, Profile>,
}

/// Landed rows, normalised.
#[derive(Debug, Clone, Default)]
pub struct Normalised {
    /// Every row, accounted for.
    pub rows: RowCounts,
    /// Canonical files, synced.
    pub files: Vec<NewFile>,
    /// Which source columns each canonical column came from.
    pub lineage: Lineage,
    /// What became of each part's refused rows.
    pub refusals: Vec<PartRefusals>,
}

/// What linking goes by, beside the rows.
#[derive(Debug, Clone)]
pub struct LinkJob {
    /// What people said.
    pub verdicts: Vec<Verdict>,
    /// Frozen weights, JSON; without them the engine learns some.
    pub weights: Option<String>,
    /// The day it is for: places are called what they are called on it.
    pub day: NaiveDate,
}

/// Rows linked.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    /// Every link of the snapshot.
    pub links: Links,
    /// Weights that were learned from enough rows to be frozen: version and JSON.
    pub freeze: Option<(String, String)>,
    /// What was done.
    pub report: LinkReport,
}

/// A snapshot, cross-checked.
#[derive(Debug, Clone, Default)]
pub struct CrossChecked {
    /// What became of each rule.
    pub outcomes: Vec<RuleOutcome>,
    /// Rule files that are not used: of theirs nothing opens and nothing clears.
    pub refused: Vec<RefusedRule>,
}

/// How normalising ended, and the registries after it.
pub type Outcome = (Result<Normalised, EngineError>, Registries);

/// Writes rows as they come. Blocking.
pub trait Landing: Send {
    /// Lands a batch.
    ///
    /// # Errors
    /// When a column is not what it must be, or the disk refuses.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), EngineError>;

    /// Rows landed so far.
    fn rows(&self) -> u64;

    /// Closes and syncs everything.
    ///
    /// # Errors
    /// When the disk refuses.
    fn finish(self: Box<Self>) -> Result<LandedParts, EngineError>;
}

/// An engine.
pub trait Engine: Send + Sync {
    /// A writer for `stream`'s rows of `run`.
    fn landing(&self, run: RunId, stream: StreamId, schema: SchemaRef) -> Box<dyn Landing>;

    /// Plans a mapping without running it.
    fn check_mapping(
        &self,
        schema: SchemaRef,
        mapping: String,
        origin: String,
    ) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Lands what parts with corrections still need of what stands of them; `standing` is by part.
    fn carry(
        &self,
        landed: Landed,
        standing: BTreeMap<String, Vec<FileRef>>,
    ) -> BoxFuture<'_, Result<Vec<NewFile>, EngineError>>;

    /// Normalises landed rows; gives the registries back with the ids given on the way, also when it fails. The outer
    /// error means that they are lost, and with them the ids of rows not yet committed: nothing may be committed then.
    fn normalise(
        &self,
        landed: Landed,
        registries: Registries,
    ) -> BoxFuture<'_, Result<Outcome, EngineError>>;

    /// Finds whom the rows of `data` speak of; the links it has already are not looked at.
    fn link(&self, data: Arc<ActiveData>, job: LinkJob) -> BoxFuture<'_, Result<Linked, EngineError>>;

    /// The value of a parameter on `day`, as rules see it.
    fn parameter(&self, name: &str, day: NaiveDate) -> Option<i64>;

    /// By which names and numbers `subject` is known on `day`; `None` of one that is no household and nobody of one. The caller
    /// has recorded who looks.
    fn whom(
        &self,
        data: Arc<ActiveData>,
        subject: Subject,
        day: NaiveDate,
    ) -> BoxFuture<'_, Result<Option<Whom>, EngineError>>;

    /// Evaluates every rule that can be used; who is clean is told of those watched.
    fn cross_check(
        &self,
        data: Arc<ActiveData>,
        day: NaiveDate,
        watched: Arc<Watched>,
    ) -> BoxFuture<'_, Result<CrossChecked, EngineError>>;
}
