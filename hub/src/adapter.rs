//! Joins the engine to the runtime's port.
//! Here because runtime must not know DataFusion and the engine must not know the runtime.
//! In: the runtime's calls. Out: the engine's answers, computed on threads of their own.
//! Not here: anything either side could do alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use futures::FutureExt;
use futures::future::BoxFuture;
use hub_engine::{CarryJob, Engine, LandingWriter, LinkJob, NormaliseJob};
use hub_model::{
    ActiveData, FileRef, NewFile, Registries, RenamedPlaces, RunId, StreamId, Subject, Watched, Whom,
};
use hub_runtime::port::{self, CrossChecked, EngineError, Landed, LandedParts, Landing, Normalised};
use tokio::runtime::Handle;
use tokio::task::JoinError;

use crate::book::Book;

/// The engine with the rules it evaluates, on the threads it computes on.
pub(crate) struct Adapter {
    pub(crate) engine: Engine,
    pub(crate) book: Arc<Book>,
    pub(crate) threads: Handle,
    /// Names of places that changed.
    pub(crate) places: Arc<RenamedPlaces>,
}

struct Lands(LandingWriter);

impl Landing for Lands {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        Ok(self.0.write(batch)?)
    }

    fn rows(&self) -> u64 {
        self.0.rows()
    }

    fn finish(self: Box<Self>) -> Result<LandedParts, EngineError> {
        let landed = self.0.finish()?;
        Ok(LandedParts {
            files: landed.files,
            profiles: landed.profiles,
        })
    }
}

impl port::Engine for Adapter {
    fn landing(&self, run: RunId, stream: StreamId, schema: SchemaRef) -> Box<dyn Landing> {
        Box::new(Lands(self.engine.landing(run, stream, &schema)))
    }

    fn check_mapping(
        &self,
        schema: SchemaRef,
        mapping: String,
        origin: String,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        let engine = self.engine.clone();
        let work = async move { engine.check_mapping(&schema, &mapping, &origin).await };
        self.threads.spawn(work).map(|joined| Ok(joined??)).boxed()
    }

    fn carry(
        &self,
        landed: Landed,
        standing: BTreeMap<String, Vec<FileRef>>,
    ) -> BoxFuture<'_, Result<Vec<NewFile>, EngineError>> {
        let engine = self.engine.clone();
        let job = CarryJob {
            run: landed.run,
            stream: landed.stream,
            schema: landed.schema,
            landed: landed.files,
            standing,
        };
        let work = async move { engine.carry(&job).await };
        self.threads.spawn(work).map(|joined| Ok(joined??)).boxed()
    }

    fn normalise(
        &self,
        landed: Landed,
        registries: Registries,
    ) -> BoxFuture<'_, Result<port::Outcome, EngineError>> {
        let engine = self.engine.clone();
        let job = NormaliseJob {
            run: landed.run,
            stream: landed.stream,
            mapping: landed.mapping,
            origin: landed.origin,
            schema: landed.schema,
            files: landed.files,
        };
        let work = async move {
            let mut registries = registries;
            let done = engine.normalise(&job, &mut registries).await;
            (done, registries)
        };
        let answer = |joined: Result<(hub_engine::Result<hub_engine::Normalised>, Registries), JoinError>| {
            let (done, registries) = joined?;
            let done = done.map(|done| Normalised {
                rows: done.rows,
                files: done.files,
                lineage: done.lineage,
                refusals: done.refusals,
            });
            Ok((done.map_err(EngineError::from), registries))
        };
        self.threads.spawn(work).map(answer).boxed()
    }

    fn link(
        &self,
        data: Arc<ActiveData>,
        job: port::LinkJob,
    ) -> BoxFuture<'_, Result<port::Linked, EngineError>> {
        let engine = self.engine.clone();
        let places = self.places.on(job.day);
        let work = async move {
            let weights = job.weights.as_deref().map(serde_json::from_str).transpose()?;
            let job = LinkJob {
                verdicts: job.verdicts,
                weights,
                places,
            };
            let linked = engine.link(&data, &job).await?;
            let freeze = linked
                .worth_freezing(&job)
                .map(|weights| -> Result<_, EngineError> {
                    Ok((weights.version(), serde_json::to_string(weights)?))
                });
            Ok(port::Linked {
                freeze: freeze.transpose()?,
                links: linked.links,
                report: linked.report,
            })
        };
        self.threads.spawn(work).map(|joined| joined?).boxed()
    }

    fn parameter(&self, name: &str, day: NaiveDate) -> Option<i64> {
        self.book
            .loaded
            .parameters
            .at(name, day)
            .map(|parameter| parameter.value)
    }

    fn whom(
        &self,
        data: Arc<ActiveData>,
        subject: Subject,
        day: NaiveDate,
    ) -> BoxFuture<'_, Result<Option<Whom>, EngineError>> {
        let engine = self.engine.clone();
        let work = async move { engine.whom(&data, &subject, day).await };
        self.threads.spawn(work).map(|joined| Ok(joined??)).boxed()
    }

    fn cross_check(
        &self,
        data: Arc<ActiveData>,
        day: NaiveDate,
        watched: Arc<Watched>,
    ) -> BoxFuture<'_, Result<CrossChecked, EngineError>> {
        let (engine, book) = (self.engine.clone(), Arc::clone(&self.book));
        let work = async move {
            let book = book.admitted(&engine).await?;
            let refused = book.refused.clone();
            let outcomes = engine.cross_check(data, book, day, Some(watched)).await?;
            Ok::<_, hub_engine::Error>(CrossChecked { outcomes, refused })
        };
        self.threads.spawn(work).map(|joined| Ok(joined??)).boxed()
    }
}
