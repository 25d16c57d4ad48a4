//! What people do to cases.
//! Here because a case moves by its table, is told, recorded and kept in one transaction, whoever asks.
//! In: a case, an action with what is said. Out: the case afterwards; the same answer when asked twice under one key.
//! Not here: the table (model), the doors it is asked through (socket, command line).

use hub_model::case::{Action, Deed, DeedRecord, Measure, Reason, Role, Rules, Terms, Transition};
use hub_model::{Case, CaseEvent, CaseId, EventType, Scope};
use hub_store::{CaseChange, Commit, Request, Store};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, Hub, Result, Sources, cases, clock, spans};

/// Longest idempotency key, characters.
const KEY_CHARS_MAX: usize = 100;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActAsked {
    /// The case.
    pub case: String,
    /// What is done.
    pub action: Action,
    /// Who does it.
    pub actor: String,
    /// As whom; whoever may do it when unsaid.
    pub role: Option<Role>,
    /// Why.
    pub reason: Option<Reason>,
    /// In a sentence.
    pub text: Option<String>,
    /// What was done.
    pub measure: Option<Measure>,
    /// When it was done.
    pub date: Option<chrono::NaiveDate>,
    /// The department it goes to.
    pub to: Option<String>,
    /// The version whoever asks has seen.
    pub if_version: Option<u64>,
    /// Asked twice under one key, it is done once.
    pub key: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// The case.
    pub case: String,
    /// Where it stands after the deed.
    pub state: hub_model::CaseState,
    /// Its version after the deed.
    pub version: u64,
    /// Its round.
    pub round: u32,
    /// The department that must act.
    pub department: String,
    /// By when something must be done.
    pub due: Option<chrono::NaiveDate>,
    /// Whether it had been done before, under the same key.
    pub repeated: bool,
}

impl Hub {
    /// Does what is asked of a case in `scope`.
    ///
    /// # Errors
    /// [`Error::NoCase`], also when the case is another's; [`Error::Stale`], [`Error::KeyReused`], [`Error::Case`]; or when the store refuses. Then nothing changed.
    pub async fn act(&self, scope: &Scope, asked: &ActAsked) -> Result<Acted> {
        let _books = self.shared.books.lock().await;
        let none = || Error::NoCase {
            asked: asked.case.clone(),
        };
        let id = CaseId::parse(&asked.case).map_err(|_| none())?;
        let case = self.store.case_detail(scope, id).await?.ok_or_else(none)?.case;
        let digest = hex::encode(Sha256::digest(serde_json::to_vec(asked)?));
        if let Some(key) = &asked.key {
            if key.is_empty() || key.chars().count() > KEY_CHARS_MAX {
                return Err(Error::KeyReused { key: key.clone() });
            }
            if let Some((done, before)) = self.store.requested(id, asked.action, key).await? {
                if before != digest {
                    return Err(Error::KeyReused { key: key.clone() });
                }
                return Ok(acted(&case, &done, true));
            }
        }
        if let Some(seen) = asked.if_version.filter(|seen| *seen != case.version) {
            return Err(Error::Stale {
                seen,
                version: case.version,
            });
        }
        let at_ms = clock::now_ms();
        let (after, record) = self.sources.done(&self.store, &case, asked, at_ms).await?;
        let answer = acted(&after, &record, false);
        let event = CaseEvent::done(&after, &record);
        let outbox = vec![cases::case_message(EventType::Case(asked.action), &event, at_ms)?];
        let commit = Commit {
            outbox,
            traceparent: spans::here(),
            routes: self.routes(),
            audit: vec![cases::deed_audit(&after, &record)],
            cases: vec![CaseChange {
                deeds: vec![record],
                request: asked.key.clone().map(|key| Request { key, digest }),
                ..CaseChange::of(after, &self.sources.settings.calendar)
            }],
            ..Commit::default()
        };
        self.store.commit(&commit, at_ms).await?;
        Ok(answer)
    }

    /// The terms of `day`.
    pub(crate) fn terms(&self, day: chrono::NaiveDate) -> Terms {
        self.sources.terms(day)
    }
}

impl Sources {
    /// `case` as it would be once what is asked of it at `at_ms` was done, and the record of that; nothing is written.
    pub(crate) async fn done(
        &self,
        store: &Store,
        case: &Case,
        asked: &ActAsked,
        at_ms: i64,
    ) -> Result<(Case, DeedRecord)> {
        let settings = &self.settings;
        let today = settings.day(at_ms);
        if asked.action == Action::Reopen {
            let open = store.open_cases_of(&[&case.subject]).await?;
            if let Some(other) = open.first() {
                return Err(Error::OtherCase { other: other.id });
            }
        }
        let may = Transition::find(case.state, asked.action).and_then(|line| line.roles.first().copied());
        let deed = Deed {
            action: asked.action,
            actor: asked.actor.clone(),
            // The hub's own role is nobody's to take.
            role: asked
                .role
                .or(may)
                .filter(|role| *role != Role::Hub)
                .unwrap_or(Role::County),
            reason: asked.reason,
            text: asked.text.clone(),
            measure: asked.measure,
            date: asked.date,
            to: asked.to.clone(),
        };
        let rules = Rules {
            four_eyes: settings.four_eyes,
            today,
            calendar: &settings.calendar,
            terms: &self.terms(today),
        };
        let after = case.apply(&deed, &rules).map_err(Error::Case)?;
        let record = DeedRecord {
            version: after.version,
            round: after.round,
            at_ms,
            was: case.state,
            state: after.state,
            deed,
        };
        Ok((after, record))
    }

    fn terms(&self, day: chrono::NaiveDate) -> Terms {
        Terms::of(|name| self.engine.parameter(name, day))
    }
}

fn acted(case: &Case, record: &DeedRecord, repeated: bool) -> Acted {
    Acted {
        case: case.id.to_string(),
        state: record.state,
        version: record.version,
        round: record.round,
        department: case.department.clone(),
        due: case.due(),
        repeated,
    }
}
