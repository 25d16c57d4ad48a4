//! One subject's entry after something about its warnings changed: a new case, the one that stands, or one that comes back.
//! Here because whether a closed case is opened again is the question departments argue about most.
//! In: the changes of one subject, its open and its last closed case. Out: the case as it then stands, events, audit.
//! Not here: which changes there are (item), what people do (act).

use hub_model::case::{Action, ClockKind, Deed, DeedRecord, Rules, Term};
use hub_model::{
    Case, CaseEvent, CaseState, Event, EventRule, EventType, OutboxMessage, RuleId, Severity, Tracked,
};
use hub_store::{AuditEntry, CaseChange, WarningRound};
use serde::Serialize;

use super::item::{Item, is_exempt};
use super::{Books, Consequences, Index, case_message, gravest};
use crate::{Error, Result, clock};

/// Settles `items`, which are all of one subject.
pub(super) fn settle(
    books: &Books<'_>,
    index: &Index<'_>,
    items: &[Item<'_>],
    (standing, last): (Option<Case>, Option<&Case>),
    out: &mut Consequences,
) -> Result<()> {
    let Some(gravest) = gravest(items) else {
        return Ok(());
    };
    let (mut case, comes_back) = match standing {
        Some(case) => (case, false),
        None => chosen(books, items, gravest, last),
    };
    let before = case.severity;
    let of_subject = index.of_subject.get(&gravest.warning.subject);
    let others: Vec<&&Tracked> = of_subject
        .into_iter()
        .flatten()
        .filter(|known| known.case == case.id)
        .filter(|known| {
            items
                .iter()
                .all(|item| item.warning.fingerprint != known.warning.fingerprint)
        })
        .collect();
    case.severity = severity(items, &others).unwrap_or(case.severity);
    let mut deeds = Vec::new();
    let audible = items.iter().any(|item| item.pushed);
    if comes_back {
        let text = format!("{} 再次出现", gravest.rule.id);
        do_by_hub(books, &mut case, Action::Reopen, &text, audible, &mut deeds, out)?;
        out.reopened += 1;
    }
    clocks(books, &mut case, items, before);
    let mut warnings = Vec::with_capacity(items.len());
    for item in items {
        case.version += 1;
        tell(books, &case, item, out)?;
        warnings.push(WarningRound {
            warning: item.warning.clone(),
            evidence: item.evidence.cloned(),
            rule_version: item.rule.version,
            title: item.rule.title.clone(),
            place: item.place.clone(),
            quiet: item.quiet.clone(),
            told: item.told,
        });
    }
    if closes_itself(index, &case, items, &others) {
        let text = "全部预警的数据已不再显示";
        do_by_hub(books, &mut case, Action::Close, text, audible, &mut deeds, out)?;
        out.closed += 1;
    }
    out.cases.push(CaseChange {
        warnings,
        deeds,
        ..CaseChange::of(case, books.calendar)
    });
    Ok(())
}

/// The entry of a subject that has none that is not closed; whether it is its last one, come back.
fn chosen(books: &Books<'_>, items: &[Item<'_>], gravest: &Item<'_>, last: Option<&Case>) -> (Case, bool) {
    if let Some(last) = last {
        if !items.iter().any(|item| item.wants) {
            return (last.clone(), false);
        }
        let within = |item: &Item<'_>| {
            last.closed.is_some_and(|closed| {
                (books.day - closed).num_days() <= i64::from(item.rule.life.reopen_days)
            })
        };
        if items.iter().any(|item| item.wants && item.back && within(item)) {
            return (last.clone(), true);
        }
    }
    let warning = &gravest.warning;
    let mut case = Case::opened(
        clock::case_id(books.at_ms),
        warning.subject.clone(),
        warning.severity,
    );
    case.department.clone_from(&gravest.rule.department);
    case.previous = last.map(|last| last.id);
    (case, false)
}

/// The highest severity of what is open and not exempt.
fn severity(items: &[Item<'_>], others: &[&&Tracked]) -> Option<Severity> {
    let changed = items
        .iter()
        .filter(|item| !item.warning.cleared && !item.is_exempt())
        .map(|item| item.warning.severity);
    let stand = others
        .iter()
        .filter(|known| !known.warning.cleared && !is_exempt(known.quiet.as_deref()))
        .map(|known| known.warning.severity);
    changed.chain(stand).max()
}

/// Sets the clocks of a round that begins, and shortens them when something graver or more urgent joins.
fn clocks(books: &Books<'_>, case: &mut Case, items: &[Item<'_>], before: Severity) {
    let (day, calendar) = (books.day, books.calendar);
    if case.clocks.is_empty() && case.state != CaseState::Closed {
        case.set_clocks(day, books.terms, None, calendar);
    } else if case.state != CaseState::Closed && case.severity > before {
        let within = books.terms.verify_within(case.severity);
        case.tighten(ClockKind::Verify, day, Term::Workdays(within), calendar);
    }
    for item in items.iter().filter(|item| item.wants) {
        if let Some(due) = item.rule.life.due {
            case.tighten(ClockKind::Handle, day, Term::of(due, day), calendar);
        }
    }
}

/// Whether everything the case is about is gone, and all its rules close by themselves then.
fn closes_itself(index: &Index<'_>, case: &Case, items: &[Item<'_>], others: &[&&Tracked]) -> bool {
    let closes = |rule: &RuleId| index.rules.get(rule).is_some_and(|rule| rule.life.auto_close);
    case.state != CaseState::Closed
        && items.iter().any(|item| item.kind == EventType::Cleared)
        && items
            .iter()
            .all(|item| item.warning.cleared && closes(&item.warning.rule))
        && others
            .iter()
            .all(|known| known.warning.cleared && closes(&known.warning.rule))
}

/// Does what the hub does by itself; told when somebody knows of the case.
fn do_by_hub(
    books: &Books<'_>,
    case: &mut Case,
    action: Action,
    text: &str,
    audible: bool,
    deeds: &mut Vec<DeedRecord>,
    out: &mut Consequences,
) -> Result<()> {
    let deed = Deed::of_hub(action, text);
    let rules = Rules {
        four_eyes: false,
        today: books.day,
        calendar: books.calendar,
        terms: books.terms,
    };
    let after = case.apply(&deed, &rules).map_err(Error::Case)?;
    let record = DeedRecord {
        version: after.version,
        round: after.round,
        at_ms: books.at_ms,
        was: case.state,
        state: after.state,
        deed,
    };
    if audible {
        let event = CaseEvent::done(&after, &record);
        out.outbox
            .push(case_message(EventType::Case(action), &event, books.at_ms)?);
    }
    out.audit.push(deed_audit(&after, &record));
    deeds.push(record);
    *case = after;
    Ok(())
}

/// The audit entry of a deed: before and after, without the sentence.
pub(crate) fn deed_audit(case: &Case, record: &DeedRecord) -> AuditEntry {
    let deed = &record.deed;
    AuditEntry {
        actor: deed.actor.clone(),
        action: EventType::Case(deed.action).name().to_owned(),
        subject: case.subject.to_string(),
        detail: serde_json::json!({
            "case": case.id, "version": record.version, "round": record.round, "role": deed.role,
            "before": record.was, "after": record.state, "reason": deed.reason, "measure": deed.measure,
            "department": case.department,
        })
        .to_string(),
    }
}

/// What the audit log says of a warning.
#[derive(Serialize)]
struct Change<'a> {
    quiet: Option<&'a str>,
    rule: &'a RuleId,
    round: u32,
    severity: Severity,
}

/// Tells what happened to a warning, unless something keeps it quiet; records it either way.
fn tell(books: &Books<'_>, case: &Case, item: &Item<'_>, out: &mut Consequences) -> Result<()> {
    let (warning, rule) = (&item.warning, item.rule);
    out.audit.push(AuditEntry {
        actor: "hub".to_owned(),
        action: item.kind.name().to_owned(),
        subject: warning.subject.to_string(),
        detail: serde_json::to_string(&Change {
            quiet: item.quiet.as_deref(),
            rule: &rule.id,
            round: warning.round,
            severity: warning.severity,
        })?,
    });
    if !item.pushed {
        out.quiet += 1;
        return Ok(());
    }
    let event = Event {
        case_id: case.id,
        version: case.version,
        fingerprint: warning.fingerprint.clone(),
        round: warning.round,
        rule: EventRule::from(rule),
        severity: warning.severity,
        department: rule.department.clone(),
        subject: warning.subject.clone(),
        clears_when: rule.clears_when.clone(),
        explain: item.sentence.clone(),
    };
    out.outbox.push(OutboxMessage {
        id: clock::event_id(books.at_ms),
        case_id: case.id,
        kind: item.kind,
        data: serde_json::to_string(&event)?,
    });
    Ok(())
}
