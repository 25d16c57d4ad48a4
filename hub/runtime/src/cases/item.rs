//! What changed about one warning, and whether it is told.
//! Here because exemption, silence, mute and what receivers know already decide together, and only once.
//! In: the diff, what keeps warnings quiet. Out: items, ordered by subject.
//! Not here: the case a warning belongs to (entry).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hub_model::quiet::{Exempt, place_of};
use hub_model::{
    EventType, Evidence, Finding, Fingerprint, RuleHeader, Subject, Warning, WarningChange, WarningDiff,
};

use super::{Books, Consequences, Index};

/// A warning about which something changed.
pub(super) struct Item<'a> {
    pub(super) warning: Warning,
    /// This round's evidence; none when it cleared, or only what keeps it quiet changed.
    pub(super) evidence: Option<&'a Arc<Evidence>>,
    /// The sentence that explains it; empty when it cleared.
    pub(super) sentence: String,
    pub(super) rule: &'a RuleHeader,
    pub(super) place: String,
    pub(super) quiet: Option<String>,
    /// What happened, as receivers would be told.
    pub(super) kind: EventType,
    /// Whether they are.
    pub(super) pushed: bool,
    /// Whether they know of it afterwards.
    pub(super) told: bool,
    /// Whether it asks for an entry that is not closed.
    pub(super) wants: bool,
    /// Whether it is back, rather than new.
    pub(super) back: bool,
}

impl Item<'_> {
    /// Whether this rule is not to warn about this subject.
    pub(super) fn is_exempt(&self) -> bool {
        is_exempt(self.quiet.as_deref())
    }
}

/// Whether `quiet` is an exemption.
pub(super) fn is_exempt(quiet: Option<&str>) -> bool {
    quiet.is_some_and(|quiet| quiet.starts_with("exempt/"))
}

/// What changed, ordered by subject.
pub(super) fn items<'a>(
    books: &Books<'a>,
    index: &Index<'a>,
    diff: &'a WarningDiff,
    out: &mut Consequences,
) -> Vec<Item<'a>> {
    let muted = muting(index, diff);
    let judge = Judge { books, index, muted };
    let mut items: Vec<Item<'a>> = diff
        .changes
        .iter()
        .filter_map(|change| judge.changed(change, out))
        .collect();
    items.extend(judge.kept(diff, out));
    items.sort_by(|one, other| one.warning.subject.cmp(&other.warning.subject));
    items
}

/// By subject, the warnings of muting rules that stand after `diff`.
fn muting<'a>(index: &Index<'a>, diff: &'a WarningDiff) -> HashMap<&'a Subject, Vec<&'a Warning>> {
    let mut muting: HashMap<&Subject, Vec<&Warning>> = HashMap::new();
    if !index.rules.values().any(|rule| rule.life.mutes) {
        return muting;
    }
    let mutes = |warning: &Warning| index.rules.get(&warning.rule).is_some_and(|rule| rule.life.mutes);
    let mut changed = HashSet::new();
    for change in &diff.changes {
        let warning = change.warning();
        changed.insert(&warning.fingerprint);
        if !warning.cleared && mutes(warning) {
            muting.entry(&warning.subject).or_default().push(warning);
        }
    }
    for tracked in index.known.values() {
        let warning = &tracked.warning;
        let stands = !warning.cleared && !is_exempt(tracked.quiet.as_deref());
        if stands && mutes(warning) && !changed.contains(&warning.fingerprint) {
            muting.entry(&warning.subject).or_default().push(warning);
        }
    }
    muting
}

struct Judge<'b, 'a> {
    books: &'b Books<'a>,
    index: &'b Index<'a>,
    muted: HashMap<&'a Subject, Vec<&'a Warning>>,
}

impl<'a> Judge<'_, 'a> {
    fn changed(&self, change: &'a WarningChange, out: &mut Consequences) -> Option<Item<'a>> {
        let warning = change.warning();
        let rule = *self.index.rules.get(&warning.rule)?;
        let known = self.index.known.get(&warning.fingerprint);
        // Of one that is back nobody was told yet.
        let is_back = matches!(change, WarningChange::Changed { reopened: true, .. });
        let mut told = !is_back && known.is_some_and(|known| known.told);
        let Some(evidence) = change.evidence() else {
            return Some(Item {
                warning: warning.clone(),
                evidence: None,
                sentence: String::new(),
                rule,
                place: known.map(|known| known.place.clone()).unwrap_or_default(),
                quiet: known.and_then(|known| known.quiet.clone()),
                kind: EventType::Cleared,
                // Who was told that it is there is told that it is gone; who never knew, need not.
                pushed: told,
                told,
                wants: false,
                back: false,
            });
        };
        let place = place_of(&warning.subject, evidence);
        let (quiet, overtaken) = self.quiet(warning, evidence, rule, &place, out);
        let (kind, wants, back) = match change {
            WarningChange::Opened { .. } => (EventType::Opened, true, false),
            WarningChange::Changed { reopened: true, .. } => (EventType::Reopened, true, true),
            WarningChange::Changed { .. } if overtaken => (EventType::Reopened, true, true),
            WarningChange::Changed {
                severity_was: Some(was),
                ..
            } => {
                let graver = warning.severity > *was;
                (EventType::SeverityChanged, graver, graver)
            }
            WarningChange::Changed { .. } | WarningChange::Cleared { .. } => {
                (EventType::Updated, false, false)
            }
        };
        let pushed = quiet.is_none();
        // To a receiver that never heard of it, it is new whatever became of it since.
        let kind = if pushed && !told && kind != EventType::Reopened {
            EventType::Opened
        } else {
            kind
        };
        told |= pushed;
        Some(Item {
            wants: wants && !is_exempt(quiet.as_deref()),
            warning: warning.clone(),
            evidence: Some(evidence),
            sentence: evidence.sentence.clone(),
            rule,
            place,
            quiet,
            kind,
            pushed,
            told,
            back,
        })
    }

    /// Warnings that were seen again unchanged and are kept quiet by something else than before, or no longer.
    fn kept(&self, diff: &'a WarningDiff, out: &mut Consequences) -> Vec<Item<'a>> {
        let was_quiet = self.books.known.iter().any(|known| known.quiet.is_some());
        if !was_quiet && self.books.quiets.is_empty() && self.muted.is_empty() {
            return Vec::new();
        }
        let kept: HashSet<&Fingerprint> = diff.kept.iter().collect();
        let mut items = Vec::new();
        for outcome in self.books.outcomes {
            for finding in &outcome.findings {
                let fingerprint = Fingerprint::of(&outcome.rule.id, &finding.subject, &finding.period_key);
                let known = self.index.known.get(&fingerprint);
                if let Some(known) = known.filter(|_| kept.contains(&fingerprint)) {
                    items.extend(self.other_quiet(known, finding, &outcome.rule, out));
                }
            }
        }
        items
    }

    fn other_quiet(
        &self,
        known: &hub_model::Tracked,
        finding: &Finding,
        rule: &'a RuleHeader,
        out: &mut Consequences,
    ) -> Option<Item<'a>> {
        let place = place_of(&finding.subject, &finding.evidence);
        let (quiet, overtaken) = self.quiet(&known.warning, &finding.evidence, rule, &place, out);
        if quiet == known.quiet {
            return None;
        }
        let lifted = quiet.is_none();
        let news = lifted && (!known.told || overtaken);
        Some(Item {
            warning: known.warning.clone(),
            evidence: None,
            sentence: finding.evidence.sentence.clone(),
            rule,
            place,
            kind: if known.told {
                EventType::Reopened
            } else {
                EventType::Opened
            },
            pushed: news,
            told: known.told || news,
            wants: news || (overtaken && !is_exempt(quiet.as_deref())),
            back: overtaken,
            quiet,
        })
    }

    /// What keeps `warning` quiet, and whether an exemption no longer does.
    fn quiet(
        &self,
        warning: &Warning,
        evidence: &Evidence,
        rule: &RuleHeader,
        place: &str,
        out: &mut Consequences,
    ) -> (Option<String>, bool) {
        let overtaken = match self.books.quiets.exempt(warning, evidence) {
            Exempt::Holds(id) => return (Some(format!("exempt/{id}")), false),
            Exempt::Overtaken(id) => {
                if !out.overtaken.contains(&id) {
                    out.overtaken.push(id);
                }
                true
            }
            Exempt::No => false,
        };
        let others = self.muted.get(&warning.subject).into_iter().flatten();
        let mut others = others.filter(|other| other.fingerprint != warning.fingerprint);
        let silence = || self.books.quiets.silence(warning, &rule.department, place);
        // One that mutes is not muted itself: two of them would silence each other.
        let quiet = match others.next() {
            Some(other) if !rule.life.mutes => Some(format!("mute/{}", other.rule)),
            Some(_) | None => silence().map(|id| format!("silence/{id}")),
        };
        (quiet, overtaken)
    }
}
