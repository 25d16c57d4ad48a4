//! The hub: runs connectors, cross-checks, commits; one at a time.
//! Here because files, cursors, warnings and events must become true in one transaction.
//! In: which connectors to run. Out: a report; afterwards the outbox holds what must be told.
//! Not here: when (schedules), sending (relay), HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt, stream};
use hub_model::guard::Profile;
use hub_model::{NewFile, Registries, RunFault, RunId, RunState, StreamCounts, StreamId, Whose};
use hub_store::{CommittedRun, Store, StreamCommit};
use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use crate::check::Decided;
use crate::lineage::Lineage;
use crate::live::Shared;
use crate::reading::{self, ReadConnector, ReadStream, Reading, Spent, millis};
use crate::remarks::Remarks;
use crate::report::{FailedConnector, Report};
use crate::settings::Connector;
use crate::sources::Sources;
use crate::stop::Stop;
use crate::{Error, Result, breaker, clock, spans, sweep};

/// Which connectors to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every configured one.
    All,
    /// One, by id.
    One(String),
    /// None: only cross-check what is there.
    CheckOnly,
}

/// The hub, by one configuration.
pub struct Hub {
    /// Its sources.
    pub sources: Sources,
    /// Its store.
    pub store: Store,
    /// What it has in common with hubs of the same store by other configurations.
    pub(crate) shared: Arc<Shared>,
}

/// How a run is asked for.
#[derive(Default)]
pub(crate) struct Asked {
    /// Whether a person asked for it by name: it is tried even when its breaker is open.
    pub(crate) by_hand: bool,
    /// The nominal time of the fire it is for.
    pub(crate) nominal_ms: Option<i64>,
    /// Its id, where whoever asks must know it before.
    pub(crate) run: Option<RunId>,
    /// By what it is stopped.
    pub(crate) stop: Stop,
    /// Told when it is its turn.
    pub(crate) begun: Option<oneshot::Sender<()>>,
}

/// A run that was read and normalised, not yet true.
pub(crate) struct Staged {
    pub(crate) run: CommittedRun,
    pub(crate) counts: Vec<StreamCounts>,
    pub(crate) span: Span,
}

impl Staged {
    /// Nothing yet of `run`, which is done in the span at hand.
    pub(crate) fn new(run: CommittedRun) -> Self {
        Self {
            run,
            counts: Vec::new(),
            span: Span::current(),
        }
    }

    /// It was committed.
    pub(crate) fn came_true(&self) {
        let state = if self.run.held.is_empty() {
            RunState::Committed
        } else {
            RunState::Held
        };
        spans::ran(&self.span, state, None);
    }
}

impl Hub {
    /// A hub over `store`, whose lease the caller holds. Marks what a dead hub left and sweeps its files.
    ///
    /// # Errors
    /// When store or disk refuse.
    pub async fn start(sources: Sources, store: Store) -> Result<Self> {
        let lineage = Lineage::new(&sources.settings.site, &sources.settings.lineage);
        let left = store.mark_interrupted(clock::now_ms()).await?;
        for (run, connector) in &left {
            if let Ok(run) = RunId::parse(run) {
                lineage.interrupted(run, connector);
            }
        }
        let interrupted = left.len() as u64;
        let orphans = sweep::orphans(&store).await?;
        store
            .adopt_endpoints(&sources.settings.routes, clock::now_ms())
            .await?;
        if interrupted + orphans > 0 {
            tracing::warn!(interrupted, orphans, "swept what an earlier hub left behind");
        }
        Ok(Self {
            shared: Shared::new(sources.clone(), lineage),
            sources,
            store,
        })
    }

    /// Tells what lineage waits to be told, for at most `patience`. Whoever ends a hub calls it last.
    pub async fn tell_lineage(&self, patience: Duration) {
        self.shared.lineage.finish(patience).await;
    }

    /// Runs `which`, cross-checks, commits. A connector that fails is reported and stops nobody else.
    ///
    /// # Errors
    /// When store or engine fail; then nothing was committed.
    pub async fn run(&self, which: Which) -> Result<Report> {
        let asked = Asked {
            by_hand: matches!(which, Which::One(_)),
            ..Asked::default()
        };
        self.run_asked(&which, asked).await
    }

    /// The same, as it was asked for. Until it is its turn, nothing has happened, and the future may be dropped.
    pub(crate) async fn run_asked(&self, which: &Which, asked: Asked) -> Result<Report> {
        self.chosen(which)?;
        let _turn = self.shared.turn.lock().await;
        let work = self.newest();
        work.run_now(which, asked).instrument(spans::turn()).await
    }

    /// It is our turn.
    async fn run_now(&self, which: &Which, mut asked: Asked) -> Result<Report> {
        let connectors = self.chosen(which)?;
        if let Some(begun) = asked.begun.take() {
            // Whoever does not listen any more does not want to know.
            let _ = begun.send(());
        }
        let started = Instant::now();
        let mut report = Report::default();
        let held_before = !self.store.held_paths().await?.is_empty();
        let done = self.run_in_turn(connectors, &asked, &mut report).await;
        if let Err(error) = &done {
            self.nothing_committed(error).await?;
        }
        if done.is_err() || !report.failed.is_empty() || !report.rejected_again.is_empty() || held_before {
            // What a failed run wrote, what was set aside and what is held no more is named by nobody, and nobody else is
            // writing: it is our turn.
            sweep::orphans(&self.store).await?;
        }
        done?;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Records that every run under way failed by `error`.
    pub(crate) async fn nothing_committed(&self, error: &Error) -> Result<()> {
        tracing::error!(%error, "nothing was committed");
        let fault = reading::internal(error);
        for (run, connector) in self.store.fail_running(&fault, clock::now_ms()).await? {
            if let Ok(run) = RunId::parse(&run) {
                self.shared.lineage.failed(run, &connector, &fault);
            }
            tracing::error!(event = "run.failed", run, fault = fault.category, cause = fault.cause, %error, "run failed");
        }
        Ok(())
    }

    async fn run_in_turn(
        &self,
        connectors: Vec<&Connector>,
        asked: &Asked,
        report: &mut Report,
    ) -> Result<()> {
        let mut registries = Registries::default();
        if !connectors.is_empty() {
            registries.households = self.store.registry(Whose::Household).await?;
            registries.people = self.store.registry(Whose::Person).await?;
        }
        let reads: Vec<_> = connectors
            .into_iter()
            .map(|connector| {
                let span = spans::run(&connector.id);
                let read = self.read(connector.clone(), asked);
                read.instrument(span.clone()).map(|read| (span, read))
            })
            .collect();
        let at_once = self.sources.settings.reads_at_once.max(1);
        let reads: Vec<_> = stream::iter(reads).buffered(at_once).collect().await;
        let mut staged = Vec::new();
        for (span, read) in reads {
            let (connector, run, read) = read?;
            let outcome = match read {
                Ok(read) => {
                    self.normalise(&connector, run, read, &mut registries, report)
                        .instrument(span.clone())
                        .await?
                }
                Err(fault) => Err(fault),
            };
            match outcome {
                Ok(done) => staged.push(done),
                Err(fault) => {
                    spans::ran(&span, RunState::Failed, Some(&fault));
                    report.failed.push(self.failed(&connector, run, fault).await?);
                }
            }
        }
        self.check_and_commit(staged, registries, Decided::default(), report)
            .await
    }

    fn chosen(&self, which: &Which) -> Result<Vec<&Connector>> {
        let connectors = &self.sources.settings.connectors;
        match which {
            Which::All => Ok(connectors.iter().collect()),
            Which::CheckOnly => Ok(Vec::new()),
            Which::One(id) => self.sources.connector(id).map(|connector| vec![connector]),
        }
    }

    /// Records that `run` of `connector` began, by which configuration.
    pub(crate) async fn started(&self, run: RunId, connector: &str, at_ms: i64) -> Result<()> {
        let by = (connector, self.sources.settings.configuration.as_str());
        Ok(self.store.run_started(run, by, at_ms).await?)
    }

    /// Reads `connector`.
    async fn read(
        &self,
        connector: Connector,
        asked: &Asked,
    ) -> Result<(Connector, RunId, Result<ReadConnector, RunFault>)> {
        let at_ms = clock::now_ms();
        let run = asked.run.unwrap_or_else(|| clock::run_id(at_ms));
        Span::current().record("run", run.to_string());
        self.started(run, &connector.id, at_ms).await?;
        self.shared.lineage.began(run, &connector.id, asked.nominal_ms);
        tracing::info!(event = "run.started", connector = connector.id, run = %run, "a run began");
        if !asked.by_hand {
            let last = self
                .store
                .ended_runs(&connector.id, breaker::CAUSE, breaker::FAULTS);
            if let Some(fault) = breaker::tripped(&last.await?, at_ms) {
                return Ok((connector, run, Err(fault)));
            }
        }
        let cursors = self.store.cursors(&connector.id).await?;
        let remarks = Remarks::default();
        let launch = match self.sources.launch_heard(&connector, &run.to_string(), &remarks) {
            Ok(launch) => launch,
            Err(error) => {
                let fault = RunFault {
                    category: "config".into(),
                    cause: "load".into(),
                    message: error.to_string(),
                    log_tail: vec![],
                };
                return Ok((connector, run, Err(fault)));
            }
        };
        let reading = Reading {
            host: self.sources.host.clone(),
            launch,
            connector: connector.clone(),
            run,
            cursors,
            engine: Arc::clone(&self.sources.engine),
            stop: asked.stop.clone(),
            counting: self.shared.under_way.begins(run, &connector.id),
        };
        let (read, spent) = tokio::task::spawn_blocking(move || reading.read())
            .instrument(spans::read())
            .await
            .unwrap_or_else(|panicked| (Err(reading::internal(&panicked)), Spent::new()));
        // Now, not with the rows: they may never be committed.
        self.store.run_spent(run, &connector.id, &spent).await?;
        self.store.run_remarked(run, &remarks.take()).await?;
        Ok((connector, run, read))
    }

    /// Judges and normalises what was read. What waits for a person is not normalised: the mapping may be another by then.
    async fn normalise(
        &self,
        connector: &Connector,
        run: RunId,
        read: ReadConnector,
        registries: &mut Registries,
        report: &mut Report,
    ) -> Result<Result<Staged, RunFault>> {
        let mut out = Staged::new(CommittedRun {
            run,
            connector: connector.id.clone(),
            streams: Vec::new(),
            peak_child_bytes: read.peak_child_bytes,
            held: Vec::new(),
        });
        for mut stream in read.streams {
            let judged = self.judge(connector, &mut stream).await?;
            for said in judged.aside {
                self.store.run_remark_added(run, &said).await?;
                report.rejected_again.push(said);
            }
            out.run.held.extend(judged.held);
            if let Err(fault) = self.stage(&mut out, stream, judged.profiles, registries).await? {
                return Ok(Err(fault));
            }
        }
        Ok(Ok(out))
    }

    /// Normalises a stream into `out`.
    pub(crate) async fn stage(
        &self,
        out: &mut Staged,
        mut stream: ReadStream,
        profiles: BTreeMap<String, Profile>,
        registries: &mut Registries,
    ) -> Result<Result<(), RunFault>> {
        let started = Instant::now();
        stream.rows += self.carry(&mut stream.landed).await?;
        let id: StreamId = stream.landed.stream.clone();
        let mut files: Vec<NewFile> = stream.landed.files.clone();
        let work = self
            .sources
            .engine
            .normalise(stream.landed, std::mem::take(registries));
        let work = work.instrument(spans::normalise(&id.stream, stream.rows));
        let (normalised, given) = work.await.map_err(Error::Engine)?;
        *registries = given;
        let normalised = match normalised {
            Ok(normalised) => normalised,
            Err(error) => return Ok(Err(reading::engine_fault(error))),
        };
        let rows = normalised.rows;
        if rows.rows_in != stream.rows || !rows.balanced() {
            return Ok(Err(reading::internal(&format!(
                "{id}: {} rows came, {} accepted + {} rejected + {} filtered are accounted for",
                stream.rows, rows.accepted, rows.rejected, rows.filtered
            ))));
        }
        files.extend(normalised.files);
        tracing::info!(
            event = "run.normalised",
            run = %out.run.run,
            stream = id.stream,
            rows = rows.rows_in,
            accepted = rows.accepted,
            rejected = rows.rejected,
            filtered = rows.filtered,
            elapsed_ms = millis(started.elapsed()),
            "a stream's rows have their meaning"
        );
        let seconds = (stream.elapsed + started.elapsed()).as_secs_f64();
        out.run.streams.push(StreamCommit {
            stream: id.stream.clone(),
            rows,
            seconds,
            cursor: stream.cursor,
            lineage: normalised.lineage,
            refusals: normalised.refusals,
            files,
            profiles,
        });
        out.counts.push(StreamCounts { id, rows, seconds });
        Ok(Ok(()))
    }

    async fn failed(&self, connector: &Connector, run: RunId, fault: RunFault) -> Result<FailedConnector> {
        tracing::error!(event = "run.failed", connector = connector.id, run = %run, fault = fault.category, cause = fault.cause, error = fault.message, "run failed");
        self.store.run_failed(run, &fault, clock::now_ms()).await?;
        self.shared.lineage.failed(run, &connector.id, &fault);
        Ok(FailedConnector {
            connector: connector.id.clone(),
            run: run.to_string(),
            fault,
        })
    }
}
