//! A person's decision about what was held: approved it becomes active, rejected it is dropped and what stands stays.
//! Here because the very rows that were looked at must be the ones that count, without asking the source again.
//! In: a held run, who decides, why. Out: a report like a run's; afterwards it has happened, with its audit entry.
//! Not here: holding (guards). An approval is a run of its own: the counts of a run that ended are not written again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hub_model::{Registries, RunId, Whose};
use hub_store::{CommittedRun, Decision, HeldJob, HeldRow, HeldState, Released};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use crate::check::Decided;
use crate::hub::Staged;
use crate::port::Landed;
use crate::reading::ReadStream;
use crate::report::Report;
use crate::{Error, Hub, Result, clock, spans, sweep};

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionAsked {
    /// The run that held it.
    pub run: String,
    /// One of its streams; all without.
    pub stream: Option<String>,
    /// One part; all without.
    pub part: Option<String>,
    /// Whether it becomes active; else it is dropped.
    pub approve: bool,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl Hub {
    /// Does what a person decided, and cross-checks.
    ///
    /// # Errors
    /// [`Error::NotHeld`] when nothing that was meant waits; else when store or engine fail, and then it waits as before.
    pub async fn decide(&self, asked: &DecisionAsked) -> Result<Report> {
        let _turn = self.shared.turn.lock().await;
        let work = self.newest();
        work.decide_now(asked).instrument(spans::turn()).await
    }

    async fn decide_now(&self, asked: &DecisionAsked) -> Result<Report> {
        let started = Instant::now();
        let rows = self.store.held_of(&asked.run).await?;
        let (meant, others): (Vec<HeldRow>, Vec<HeldRow>) =
            rows.into_iter().partition(|row| asked.means(row));
        let held_run = RunId::parse(&asked.run).ok().filter(|_| !meant.is_empty());
        let held_run = held_run.ok_or_else(|| Error::NotHeld {
            run: asked.run.clone(),
            became: others
                .iter()
                .map(|row| format!("{}/{} {}", row.stream.stream, row.held.part, row.state.as_str()))
                .collect(),
        })?;
        let mut report = Report::default();
        let decision = Decision {
            held_run,
            parts: meant
                .iter()
                .map(|row| (row.stream.stream.clone(), row.held.part.clone()))
                .collect(),
            state: HeldState::Rejected,
            run: None,
            actor: asked.actor.clone(),
            reason: asked.reason.clone(),
        };
        if asked.approve {
            let done = self.approve(meant, &others, decision, &mut report).await;
            if let Err(error) = &done {
                self.nothing_committed(error).await?;
                sweep::orphans(&self.store).await?;
            }
            done?;
        } else {
            self.check_and_commit(Vec::new(), Registries::default(), decision.into(), &mut report)
                .await?;
            sweep::orphans(&self.store).await?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Lets a rule that was held open what it finds, and cross-checks.
    ///
    /// # Errors
    /// [`Error::NotHeldRule`] when it is not held; else when store or engine fail, and then it is held as before.
    pub async fn release(&self, released: Released) -> Result<Report> {
        let _turn = self.shared.turn.lock().await;
        let work = self.newest();
        work.release_now(released).instrument(spans::turn()).await
    }

    async fn release_now(&self, released: Released) -> Result<Report> {
        let started = Instant::now();
        let held = self.store.held_rules().await?;
        if !held.iter().any(|held| held.rule == released.rule) {
            return Err(Error::NotHeldRule {
                rule: released.rule,
                held: held.into_iter().map(|held| held.rule).collect(),
            });
        }
        let mut report = Report::default();
        let decided = Decided {
            decision: None,
            released: Some(released),
        };
        self.check_and_commit(Vec::new(), Registries::default(), decided, &mut report)
            .await?;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    async fn approve(
        &self,
        meant: Vec<HeldRow>,
        others: &[HeldRow],
        decision: Decision,
        report: &mut Report,
    ) -> Result<()> {
        let at_ms = clock::now_ms();
        let run = clock::run_id(at_ms);
        let connector = meant
            .first()
            .map(|row| row.stream.connector.clone())
            .unwrap_or_default();
        self.started(run, &connector, at_ms).await?;
        self.shared.lineage.began(run, &connector, None);
        let said = format!("批准了运行 {} 中待确认的数据", decision.held_run);
        self.store.run_remark_added(run, &said).await?;
        let mut registries = Registries {
            households: self.store.registry(Whose::Household).await?,
            people: self.store.registry(Whose::Person).await?,
        };
        let mut by_stream: BTreeMap<String, Vec<HeldRow>> = BTreeMap::new();
        for row in meant {
            by_stream.entry(row.stream.stream.clone()).or_default().push(row);
        }
        let mut staged = Staged::new(CommittedRun {
            run,
            connector,
            streams: Vec::new(),
            peak_child_bytes: 0,
            held: Vec::new(),
        });
        for (stream, rows) in by_stream {
            let job = self
                .store
                .held_job(&decision.held_run.to_string(), &stream)
                .await?;
            // What was rejected, or still waits, is not behind us.
            let whole = others
                .iter()
                .filter(|other| other.stream.stream == stream)
                .all(|other| other.state == HeldState::Approved);
            let mut read = read_again(run, rows, job, whole)?;
            let profiles = std::mem::take(&mut read.profiles);
            let done = self.stage(&mut staged, read, profiles, &mut registries).await?;
            if let Err(fault) = done {
                return Err(Error::Engine(fault.message.into()));
            }
        }
        let decision = Decision {
            state: HeldState::Approved,
            run: Some(run),
            ..decision
        };
        self.check_and_commit(vec![staged], registries, decision.into(), report)
            .await
    }
}

impl DecisionAsked {
    fn means(&self, row: &HeldRow) -> bool {
        let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
        row.state == HeldState::Held && is(&self.stream, &row.stream.stream) && is(&self.part, &row.held.part)
    }
}

/// The stream as it was read when its parts were held; its cursor when all of it is `whole`.
fn read_again(run: RunId, rows: Vec<HeldRow>, job: HeldJob, whole: bool) -> Result<ReadStream> {
    let mut files = Vec::new();
    let mut profiles = BTreeMap::new();
    let mut stream = None;
    for row in rows {
        stream = Some(row.stream);
        files.extend(row.held.files);
        profiles.insert(row.held.part, row.held.profile);
    }
    let stream = stream.ok_or_else(|| Error::Engine("no part is meant".into()))?;
    // A part may be there whose profile is that of its own rows and whose corrections came beside them.
    let parts: BTreeSet<&String> = files.iter().map(|file| &file.part).collect();
    debug_assert_eq!(parts.len(), profiles.len(), "every held part has its files");
    Ok(ReadStream {
        rows: files.iter().map(|file| file.rows).sum(),
        cursor: job.cursor.clone().filter(|_| whole),
        elapsed: Duration::ZERO,
        profiles,
        landed: Landed {
            run,
            stream,
            schema: schema(&job)?,
            mapping: job.mapping,
            origin: job.origin,
            files,
        },
    })
}

fn schema(job: &HeldJob) -> Result<SchemaRef> {
    let fields = job.columns.iter().map(|(name, kind)| -> Result<Field> {
        let kind: DataType = kind
            .parse()
            .map_err(|_| Error::Engine(format!("column {name} has the unreadable type {kind}").into()))?;
        Ok(Field::new(name, kind, true))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
}
