//! What the clocks of cases tell on a day: reminders, and once that something is overdue.
//! Here because whoever must act is told while there is still time, by every check.
//! In: cases one of whose clocks has something to tell. Out: their changes, events, audit entries.
//! Not here: how a clock runs (model).

use std::collections::HashSet;

use hub_model::case::{Milestone, News};
use hub_model::{Case, CaseEvent, CaseId, EventType};
use hub_store::{AuditEntry, CaseChange};

use super::{Books, Consequences, case_message};
use crate::Result;

/// Adds to `out` what `due` cases have to tell, those it has changed already among them; `hushed` ones tell nobody.
pub(crate) fn tell(
    books: &Books<'_>,
    due: Vec<Case>,
    hushed: &HashSet<CaseId>,
    out: &mut Consequences,
) -> Result<()> {
    let changed: HashSet<CaseId> = out.cases.iter().map(|change| change.case.id).collect();
    let mut changes = std::mem::take(&mut out.cases);
    let others = due.into_iter().filter(|case| !changed.contains(&case.id));
    changes.extend(others.map(|case| CaseChange::of(case, books.calendar)));
    for change in &mut changes {
        let case = &mut change.case;
        if case.clocks.is_empty() && case.closed.is_none() {
            // Opened before there were clocks: its time begins today.
            case.set_clocks(books.day, books.terms, None, books.calendar);
            change.news = case.next_news(books.calendar);
        }
        if change.news.is_none_or(|news| news > books.day) {
            continue;
        }
        for news in case.tell(books.day, books.calendar) {
            case.version += 1;
            let event = event(case, news, !hushed.contains(&case.id), out);
            if let Some((kind, event)) = event {
                out.outbox.push(case_message(kind, &event, books.at_ms)?);
            }
        }
        change.news = case.next_news(books.calendar);
    }
    out.cases = changes;
    Ok(())
}

fn event(case: &Case, news: News, pushed: bool, out: &mut Consequences) -> Option<(EventType, CaseEvent)> {
    let overdue = news.reached.contains(&Milestone::Overdue);
    let kind = if overdue {
        EventType::CaseOverdue
    } else {
        EventType::CaseReminded
    };
    out.reminded += 1;
    out.overdue += u64::from(overdue);
    out.audit.push(AuditEntry {
        actor: "hub".to_owned(),
        action: kind.name().to_owned(),
        subject: case.subject.to_string(),
        detail:
            serde_json::json!({ "case": case.id, "version": case.version, "news": news, "pushed": pushed })
                .to_string(),
    });
    pushed.then(|| {
        let mut event = CaseEvent::of(case);
        event.news = Some(news);
        (kind, event)
    })
}
