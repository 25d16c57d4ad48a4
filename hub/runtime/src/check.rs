//! Cross-checks what is about to be true, and commits it with everything that follows from it.
//! Here because rows, warnings and what must be told about them become true together.
//! In: staged runs, a person's decision. Out: one commit.
//! Not here: reading and normalising (hub), what follows for cases (cases).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::quiet::{MATERIAL_SHARE, Quiets};
use hub_model::{ActiveData, Registries, RuleOutcome, RunState, StreamId, Tracked, WarningDiff, Watched};
use hub_store::{Commit, CommittedRun, Decision, Released};
use tracing::Instrument;

use crate::cases::{Books, Consequences};
use crate::hub::Staged;
use crate::port::CrossChecked;
use crate::recorded::{decision_audit, evaluation, held_audit, not_evaluated, run_audit};
use crate::report::{Cases, HeldReport, Report, Rules, StreamReport, Warnings};
use crate::{Error, Hub, Result, cases, clock, rank, spans, storm};

/// The parameter that says by how much of itself a number may move before an exemption ends.
const EXEMPTION_SHARE: &str = "exemption_change_share";

/// What a person decided, which becomes true with the check.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// About parts that were held.
    pub(crate) decision: Option<Decision>,
    /// About a rule that was held.
    pub(crate) released: Option<Released>,
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self {
            decision: Some(decision),
            released: None,
        }
    }
}

impl Hub {
    /// Cross-checks over what would be true, and makes it true with what a person decided.
    pub(crate) async fn check_and_commit(
        &self,
        staged: Vec<Staged>,
        registries: Registries,
        decided: Decided,
        report: &mut Report,
    ) -> Result<()> {
        let span = spans::check();
        self.check(staged, registries, decided, report)
            .instrument(span)
            .await
    }

    async fn check(
        &self,
        staged: Vec<Staged>,
        mut registries: Registries,
        decided: Decided,
        report: &mut Report,
    ) -> Result<()> {
        let Decided { decision, released } = decided;
        let at_ms = clock::now_ms();
        let runs: Vec<CommittedRun> = staged.iter().map(|staged| staged.run.clone()).collect();
        let mut data = if runs.is_empty() {
            self.store.active_data().await?
        } else {
            self.store.preview(&runs, decision.is_none(), at_ms).await?
        };
        data.cases = Arc::new(self.store.case_rounds(clock::now_ms()).await?);
        data.stale = self.stale_tables(&runs, decision.as_ref()).await?;
        data.loaded_on = self.loaded_on(&runs, at_ms).await?;
        let day = self.sources.settings.day(at_ms);
        let linking = self.link(&mut data, day).instrument(spans::link()).await?;
        report.links = linking.report.clone();
        report.households = rows_of(&data, "household");
        report.people = rows_of(&data, "person");
        let commits = self.store.commits();
        let mut known = self.store.warnings().await?;
        let mut watched = Watched::new();
        let standing = known.iter().filter(|tracked| !tracked.warning.cleared);
        for Tracked { warning, .. } in standing {
            let subject = warning.subject.key.clone();
            watched.entry(warning.rule.clone()).or_default().insert(subject);
        }
        let CrossChecked {
            mut outcomes,
            refused,
        } = self
            .sources
            .engine
            .cross_check(Arc::new(data), day, Arc::new(watched))
            .instrument(spans::evaluate())
            .await
            .map_err(Error::Engine)?;
        let records = self.store.records(at_ms - rank::REMEMBERED_MS).await?;
        rank::rank(&mut outcomes, &records);
        // From here on to the commit nobody else changes a case.
        let _books = self.shared.books.lock().await;
        if self.store.commits() != commits {
            known = self.store.warnings().await?;
        }
        let fresh = runs
            .iter()
            .any(|run| run.streams.iter().any(|stream| !stream.files.is_empty()));
        let warnings = known.iter().map(|tracked| tracked.warning.clone()).collect();
        let mut diff = WarningDiff::between(warnings, &outcomes, fresh);
        let rules: Vec<_> = outcomes.iter().map(|outcome| &outcome.rule).collect();
        let usual = self.store.last_findings(storm::EVALUATIONS).await?;
        let held = self.store.held_rules().await?;
        let storm = storm::break_off(&mut diff, &rules, &usual, held, released.as_ref(), at_ms);
        let mut consequences = self.consequences(&known, &outcomes, &diff, (day, at_ms)).await?;
        consequences.audit.extend(runs.iter().map(run_audit));
        consequences.audit.extend(runs.iter().flat_map(held_audit));
        consequences.audit.extend(decision.iter().map(decision_audit));
        report.held = runs.iter().flat_map(HeldReport::of).collect();
        report.streams = staged
            .iter()
            .flat_map(|staged| &staged.counts)
            .map(StreamReport::from)
            .collect();
        report
            .configuration
            .clone_from(&self.sources.settings.configuration);
        report.rules = Rules::of(&outcomes, &refused);
        report.warnings = Warnings::of(&diff);
        report.warnings.quiet = consequences.quiet;
        report.held_rules.clone_from(&storm.held);
        report.cases = Cases {
            reopened: consequences.reopened,
            closed: consequences.closed,
            reminded: consequences.reminded,
            overdue: consequences.overdue,
        };
        report.peak_child_mb = runs
            .iter()
            .map(|run| run.peak_child_bytes)
            .max()
            .unwrap_or_default() as f64
            / 1e6;
        let commit = Commit {
            runs,
            decision,
            households: registries.households.take_given(),
            people: registries.people.take_given(),
            linking: Some(linking),
            evaluations: outcomes
                .iter()
                .map(|outcome| evaluation(outcome, &storm))
                .chain(refused.iter().map(not_evaluated))
                .collect(),
            cases: consequences.cases,
            clean: diff.clean,
            overtaken: consequences.overtaken,
            held_rules: storm.held,
            released: released.into_iter().collect(),
            outbox: consequences.outbox,
            traceparent: spans::here(),
            configuration: Some(self.sources.settings.configuration.clone()),
            routes: self.routes(),
            audit: consequences.audit,
        };
        let span = spans::commit(commit.outbox.len());
        self.store.commit(&commit, at_ms).instrument(span).await?;
        spans::checked(
            report.rules.evaluated,
            report.warnings.opened,
            report.warnings.cleared,
        );
        for staged in &staged {
            staged.came_true();
        }
        for run in &commit.runs {
            self.shared.lineage.committed(run);
            let rows: u64 = run.streams.iter().map(|stream| stream.rows.rows_in).sum();
            let held: usize = run.held.iter().map(|stream| stream.parts.len()).sum();
            tracing::info!(
                event = "run.committed",
                connector = run.connector,
                run = %run.run,
                rows,
                held,
                "what the run brought is the present"
            );
        }
        tracing::info!(
            event = "check.committed",
            opened = report.warnings.opened,
            cleared = report.warnings.cleared,
            "committed"
        );
        Ok(())
    }

    /// What `diff` means for cases, on `day`.
    async fn consequences(
        &self,
        known: &[Tracked],
        outcomes: &[RuleOutcome],
        diff: &WarningDiff,
        (day, at_ms): (NaiveDate, i64),
    ) -> Result<Consequences> {
        let exemptions = self.store.exemptions(day, false).await?.into_iter();
        let mut silences = self.store.silences(day, false).await?;
        silences.reverse();
        let quiets = Quiets {
            exemptions: exemptions
                .map(|exemption| ((exemption.subject.clone(), exemption.rule.clone()), exemption))
                .collect(),
            silences,
            share: self
                .sources
                .engine
                .parameter(EXEMPTION_SHARE, day)
                .unwrap_or(MATERIAL_SHARE),
        };
        // What changed only in being kept quiet may concern closed cases too; all of these subjects are known by their warnings.
        let mut subjects = cases::subjects(diff);
        if !quiets.is_empty() || known.iter().any(|tracked| tracked.quiet.is_some()) {
            subjects = known
                .iter()
                .map(|tracked| &tracked.warning.subject)
                .chain(subjects)
                .collect();
            subjects.sort_unstable();
            subjects.dedup();
        }
        let closed = self.store.last_closed(&subjects).await?;
        let terms = self.terms(day);
        let books = || -> Books<'_> {
            Books {
                known,
                open: Vec::new(),
                closed: Vec::new(),
                quiets: &quiets,
                outcomes,
                day,
                at_ms,
                terms: &terms,
                calendar: &self.sources.settings.calendar,
            }
        };
        let open = self.store.open_cases_of(&subjects).await?;
        let mut out = cases::consequences(
            Books {
                open,
                closed,
                ..books()
            },
            diff,
        )?;
        let hushed = cases::hushed(known, &out.cases);
        let due = self.store.cases_with_news(day).await?;
        cases::news::tell(&books(), due, &hushed, &mut out)?;
        Ok(out)
    }

    /// Tables that are not to be relied on, with the reason: fed by a configured connector whose last run failed, unless it
    /// is among those that just succeeded; or by a stream of which something waits for a person.
    async fn stale_tables(
        &self,
        runs: &[CommittedRun],
        decision: Option<&Decision>,
    ) -> Result<BTreeMap<String, String>> {
        let tables = self.store.tables_by_stream().await?;
        let mut stale = BTreeMap::new();
        let mut mark = |is_it: &dyn Fn(&StreamId) -> bool, reason: &str| {
            for (_, tables) in tables.iter().filter(|(stream, _)| is_it(stream)) {
                stale.extend(tables.iter().map(|table| (table.clone(), reason.to_owned())));
            }
        };
        let read = runs.iter().filter(|_| decision.is_none());
        let succeeded: BTreeSet<&str> = read.map(|run| run.connector.as_str()).collect();
        for (connector, run) in self.store.last_runs().await? {
            let counts = self.is_configured(&connector)
                && run.state == RunState::Failed
                && !succeeded.contains(connector.as_str());
            if let Some(fault) = run.fault.filter(|_| counts) {
                let reason = format!("the last run of {connector} failed ({})", fault.category);
                mark(&|stream| stream.connector == connector, &reason);
            }
        }
        for (stream, (run, parts)) in self.held_after(runs, decision).await? {
            let reason = format!(
                "{stream} {} 期待确认 held: hub run diff {run}",
                parts.into_iter().collect::<Vec<_>>().join("、")
            );
            mark(&|fed| *fed == stream, &reason);
        }
        Ok(stale)
    }

    /// The day each table last got rows; of several streams that feed it, that of the one silent longest. `runs` bring theirs now.
    async fn loaded_on(&self, runs: &[CommittedRun], at_ms: i64) -> Result<BTreeMap<String, NaiveDate>> {
        let mut fed = self.store.last_fed().await?;
        for run in runs {
            let with_rows = run.streams.iter().filter(|stream| stream.rows.accepted > 0);
            fed.extend(with_rows.map(|stream| (StreamId::new(&run.connector, &stream.stream), at_ms)));
        }
        let mut loaded: BTreeMap<String, NaiveDate> = BTreeMap::new();
        for (stream, tables) in self.store.tables_by_stream().await? {
            let Some(at_ms) = fed.get(&stream).filter(|_| self.is_configured(&stream.connector)) else {
                continue;
            };
            let day = clock::day(*at_ms);
            for table in tables {
                loaded
                    .entry(table)
                    .and_modify(|known| *known = day.min(*known))
                    .or_insert(day);
            }
        }
        Ok(loaded)
    }

    /// What will wait for a person once `runs` and `decision` are committed: by stream, the run and its parts.
    async fn held_after(
        &self,
        runs: &[CommittedRun],
        decision: Option<&Decision>,
    ) -> Result<BTreeMap<StreamId, (String, BTreeSet<String>)>> {
        let mut held: BTreeMap<StreamId, (String, BTreeSet<String>)> = BTreeMap::new();
        let mut note = |stream: StreamId, run: String, part: String| {
            let known = held.entry(stream).or_default();
            known.0 = run;
            known.1.insert(part);
        };
        for row in self.store.held().await? {
            let decided = decision.is_some_and(|decision| {
                let key = (row.stream.stream.clone(), row.held.part.clone());
                decision.held_run.to_string() == row.run_id && decision.parts.contains(&key)
            });
            // A run that reads anew takes the place of what was held; one that approves reads nothing.
            let read_anew = decision.is_none()
                && runs.iter().any(|run| {
                    let streams = &run.streams;
                    run.connector == row.stream.connector
                        && streams.iter().any(|stream| stream.stream == row.stream.stream)
                });
            if !decided && !read_anew && self.is_configured(&row.stream.connector) {
                note(row.stream, row.run_id, row.held.part);
            }
        }
        for run in runs {
            for stream in &run.held {
                for part in &stream.parts {
                    let id = StreamId::new(&run.connector, &stream.stream);
                    note(id, run.run.to_string(), part.part.clone());
                }
            }
        }
        Ok(held)
    }

    fn is_configured(&self, connector: &str) -> bool {
        let connectors = &self.sources.settings.connectors;
        connectors.iter().any(|known| known.id == connector)
    }
}

fn rows_of(data: &ActiveData, table: &str) -> u64 {
    data.tables
        .get(table)
        .into_iter()
        .flatten()
        .map(|file| file.rows)
        .sum()
}
