//! From changed warnings to changed cases and events.
//! Here because a household gets one entry however many rules fire, and each change must be told once.
//! In: known warnings, cases, the diff, the rules' heads, what keeps warnings quiet. Out: case changes, outbox messages, audit entries.
//! Not here: deciding what changed (the diff), one subject's entry (entry), clocks (news), making it true (the commit).

mod entry;
mod item;
pub(crate) mod news;
#[cfg(test)]
mod tests;

pub(crate) use entry::deed_audit;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use hub_model::case::Terms;
use hub_model::quiet::Quiets;
use hub_model::{
    Calendar, Case, CaseEvent, CaseId, EventType, Fingerprint, OutboxMessage, RuleHeader, RuleId,
    RuleOutcome, Subject, Tracked, WarningDiff,
};
use hub_store::{AuditEntry, CaseChange};

use crate::{Result, clock};
use item::Item;

/// What a diff means for cases.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    pub(crate) cases: Vec<CaseChange>,
    pub(crate) outbox: Vec<OutboxMessage>,
    pub(crate) audit: Vec<AuditEntry>,
    /// Exemptions whose evidence is another one now.
    pub(crate) overtaken: Vec<i64>,
    /// Changes that were recorded and not pushed.
    pub(crate) quiet: u64,
    /// Cases that came back, and cases the hub closed.
    pub(crate) reopened: u64,
    pub(crate) closed: u64,
    /// Clocks that told something, and those of them that are overdue.
    pub(crate) reminded: u64,
    pub(crate) overdue: u64,
}

/// What consequences go by.
pub(crate) struct Books<'a> {
    /// Every warning as it was before.
    pub(crate) known: &'a [Tracked],
    /// Cases that are not closed.
    pub(crate) open: Vec<Case>,
    /// The last closed cases of subjects about which something changed.
    pub(crate) closed: Vec<Case>,
    /// What keeps warnings quiet.
    pub(crate) quiets: &'a Quiets,
    /// What the rules found.
    pub(crate) outcomes: &'a [RuleOutcome],
    /// The day that is judged as of.
    pub(crate) day: NaiveDate,
    /// Now.
    pub(crate) at_ms: i64,
    /// The terms of the day.
    pub(crate) terms: &'a Terms,
    /// Working days.
    pub(crate) calendar: &'a Calendar,
}

/// Warnings and rules by what they are looked up by.
pub(super) struct Index<'a> {
    pub(super) rules: BTreeMap<&'a RuleId, &'a RuleHeader>,
    pub(super) known: HashMap<&'a Fingerprint, &'a Tracked>,
    pub(super) of_subject: HashMap<&'a Subject, Vec<&'a Tracked>>,
}

/// Works out the consequences of `diff`.
pub(crate) fn consequences(mut books: Books<'_>, diff: &WarningDiff) -> Result<Consequences> {
    let mut of_subject: HashMap<&Subject, Vec<&Tracked>> = HashMap::new();
    for tracked in books.known {
        of_subject
            .entry(&tracked.warning.subject)
            .or_default()
            .push(tracked);
    }
    let index = Index {
        rules: books
            .outcomes
            .iter()
            .map(|outcome| (&outcome.rule.id, &outcome.rule))
            .collect(),
        known: books
            .known
            .iter()
            .map(|tracked| (&tracked.warning.fingerprint, tracked))
            .collect(),
        of_subject,
    };
    let mut open: HashMap<Subject, Case> = std::mem::take(&mut books.open)
        .into_iter()
        .map(|case| (case.subject.clone(), case))
        .collect();
    let closed: HashMap<Subject, Case> = std::mem::take(&mut books.closed)
        .into_iter()
        .map(|case| (case.subject.clone(), case))
        .collect();
    let mut out = Consequences::default();
    let items = item::items(&books, &index, diff, &mut out);
    for items in items.chunk_by(|a, b| a.warning.subject == b.warning.subject) {
        let Some(first) = items.first() else { continue };
        let subject = &first.warning.subject;
        let standing = open.remove(subject);
        entry::settle(&books, &index, items, (standing, closed.get(subject)), &mut out)?;
    }
    Ok(out)
}

/// Subjects about which `diff` says something new.
pub(crate) fn subjects(diff: &WarningDiff) -> Vec<&Subject> {
    let mut subjects: Vec<&Subject> = diff
        .changes
        .iter()
        .map(|change| &change.warning().subject)
        .collect();
    subjects.dedup();
    subjects
}

/// An event about a case.
pub(crate) fn case_message(kind: EventType, event: &CaseEvent, at_ms: i64) -> Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: clock::event_id(at_ms),
        case_id: event.case_id,
        kind,
        data: serde_json::to_string(event)?,
    })
}

/// Cases nobody is reminded of: something of them is quiet, and of nothing in them was anybody told.
pub(crate) fn hushed(known: &[Tracked], changes: &[CaseChange]) -> HashSet<CaseId> {
    let mut rounds = changes.iter().flat_map(|change| &change.warnings);
    if !known.iter().any(|tracked| tracked.quiet.is_some()) && !rounds.any(|round| round.quiet.is_some()) {
        return HashSet::new();
    }
    let is_loud = |cleared: bool, quiet: bool, told: bool| if cleared { told } else { !quiet };
    let mut standing: HashMap<&Fingerprint, (CaseId, bool)> = HashMap::new();
    for tracked in known {
        let loud = is_loud(tracked.warning.cleared, tracked.quiet.is_some(), tracked.told);
        standing.insert(&tracked.warning.fingerprint, (tracked.case, loud));
    }
    for change in changes {
        for round in &change.warnings {
            let loud = is_loud(round.warning.cleared, round.quiet.is_some(), round.told);
            standing.insert(&round.warning.fingerprint, (change.case.id, loud));
        }
    }
    let (loud, mut hushed): (Vec<_>, Vec<_>) = standing.into_values().partition(|(_, loud)| *loud);
    let loud: HashSet<CaseId> = loud.into_iter().map(|(case, _)| case).collect();
    hushed.retain(|(case, _)| !loud.contains(case));
    hushed.into_iter().map(|(case, _)| case).collect()
}

/// The first of `items` by urgency that asks for an entry, else the first.
fn gravest<'i, 'a>(items: &'i [Item<'a>]) -> Option<&'i Item<'a>> {
    let wanting = items.iter().filter(|item| item.wants);
    wanting
        .max_by_key(|item| item.warning.severity)
        .or_else(|| items.first())
}
