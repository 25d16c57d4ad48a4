//! Rules that would open too much at once are held.
//! Here because a column that turned empty upstream looks like news about a thousand families.
//! In: the diff, how much rules usually find, what is held, what a person released. Out: the diff without what is held.
//! Not here: deliveries that drifted (guards), which are held before any rule sees them.

use std::collections::{BTreeMap, HashMap};

use hub_model::{RuleHeader, RuleId, WarningChange, WarningDiff, median};
use hub_store::{HeldRule, Released};

/// Evaluations the median is taken over.
pub(crate) const EVALUATIONS: u32 = 10;
/// Evaluations a rule must have had before its median says anything.
const EVALUATIONS_MIN: usize = 3;
/// How many times the median of what it usually finds a rule may open at once.
const TIMES_MEDIAN: u64 = 3;
/// What a rule may open at once however little it usually finds.
const ALWAYS: u64 = 50;

/// What the breaker made of a diff.
#[derive(Debug, Default)]
pub(crate) struct Storm {
    /// Rules that are held after it.
    pub(crate) held: Vec<HeldRule>,
    /// How many warnings each rule opened, or would have.
    pub(crate) openings: BTreeMap<RuleId, u64>,
}

/// Takes the openings of rules that are to be held out of `diff`.
pub(crate) fn break_off(
    diff: &mut WarningDiff,
    rules: &[&RuleHeader],
    usual: &HashMap<String, Vec<u64>>,
    held: Vec<HeldRule>,
    released: Option<&Released>,
    at_ms: i64,
) -> Storm {
    let mut storm = Storm::default();
    for change in diff.changes.iter().filter(|change| opens(change)) {
        *storm.openings.entry(change.warning().rule.clone()).or_default() += 1;
    }
    let mut standing: BTreeMap<String, HeldRule> =
        held.into_iter().map(|held| (held.rule.clone(), held)).collect();
    if let Some(released) = released {
        standing.remove(&released.rule);
    }
    for rule in rules {
        let openings = storm.openings.get(&rule.id).copied().unwrap_or_default();
        let is_released = released.is_some_and(|released| released.rule == rule.id.as_str());
        let known = standing.get_mut(rule.id.as_str());
        if let Some(known) = known {
            known.openings = openings;
            known.last_ms = if openings > 0 { at_ms } else { known.last_ms };
        } else if !is_released && let Some(why) = too_many(rule, openings, usual.get(rule.id.as_str())) {
            let rule = rule.id.to_string();
            let held = HeldRule {
                rule: rule.clone(),
                since_ms: at_ms,
                last_ms: at_ms,
                openings,
                why,
            };
            standing.insert(rule, held);
        }
    }
    diff.changes
        .retain(|change| !opens(change) || !standing.contains_key(change.warning().rule.as_str()));
    storm.held = standing.into_values().collect();
    storm
}

/// Whether a warning would come to be, or come back.
fn opens(change: &WarningChange) -> bool {
    match change {
        WarningChange::Opened { .. } => true,
        WarningChange::Changed { reopened, .. } => *reopened,
        WarningChange::Cleared { .. } => false,
    }
}

/// Why so many openings are too many, if they are.
fn too_many(rule: &RuleHeader, openings: u64, usual: Option<&Vec<u64>>) -> Option<String> {
    if let Some(most) = rule.life.most.filter(|most| openings > *most) {
        return Some(format!(
            "将一次新开 {openings} 条，超过规则所定的 {most} 条 / would open {openings} at once, the rule allows {most}"
        ));
    }
    let usual = usual.filter(|usual| usual.len() >= EVALUATIONS_MIN)?;
    let median = median(usual).unwrap_or_default();
    let allowed = median.saturating_mul(TIMES_MEDIAN).max(ALWAYS);
    (openings > allowed).then(|| {
        format!(
            "将一次新开 {openings} 条，而近 {} 次评估命中的中位数是 {median} / would open {openings} at once, over {allowed}; the usual is {median}",
            usual.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hub_model::{Category, Evidence, Fingerprint, Life, Period, Severity, Subject, SubjectKind, Warning};

    use super::*;

    fn rule(id: &str, most: Option<u64>) -> RuleHeader {
        RuleHeader {
            id: RuleId::parse(id).unwrap(),
            version: 1,
            title: "t".into(),
            category: Category::Income,
            clause: "2".into(),
            aliases: vec![],
            department: "d".into(),
            subject: SubjectKind::Household,
            clears_when: "c".into(),
            period: Period::None,
            life: Life {
                most,
                ..Life::default()
            },
            ledger: None,
            kpi: None,
        }
    }

    fn opened(rule: &str, count: u64) -> Vec<WarningChange> {
        let rule = RuleId::parse(rule).unwrap();
        let change = |household| {
            let subject = Subject::household(household);
            WarningChange::Opened {
                warning: Warning {
                    fingerprint: Fingerprint::of(&rule, &subject, "none"),
                    rule: rule.clone(),
                    subject,
                    period_key: "none".into(),
                    band: "b".into(),
                    severity: Severity::Yellow,
                    round: 1,
                    cleared: false,
                    evidence_digest: String::new(),
                    clean: 0,
                },
                evidence: Arc::new(Evidence::default()),
            }
        };
        (0..count).map(change).collect()
    }

    /// What is left to open and what is held, after A01 would open `count` and B01 two.
    fn storm(
        most: Option<u64>,
        count: u64,
        usual: &[u64],
        held: Vec<HeldRule>,
        released: Option<&Released>,
    ) -> (usize, Vec<HeldRule>) {
        let changes = [opened("A01", count), opened("B01", 2)].concat();
        let mut diff = WarningDiff {
            changes,
            ..WarningDiff::default()
        };
        let (a, b) = (rule("A01", most), rule("B01", None));
        let usual = HashMap::from([("A01".to_owned(), usual.to_vec())]);
        let storm = break_off(&mut diff, &[&a, &b], &usual, held, released, 9);
        assert_eq!(storm.openings[&a.id], count);
        (diff.changes.len(), storm.held)
    }

    #[test]
    fn a_rule_that_opens_too_much_is_held_until_it_is_released_and_others_go_on() {
        for (most, count, usual, left) in [
            (Some(10), 10, vec![], 12),
            (Some(10), 11, vec![], 2),
            (None, 5_000, vec![], 5_002),
            (None, 5_000, vec![1, 1], 5_002),
            (None, 50, vec![1, 1, 1], 52),
            (None, 51, vec![1, 1, 1], 2),
            (None, 300, vec![90, 100, 110, 120], 302),
            (None, 301, vec![90, 100, 110, 120], 2),
        ] {
            let (found, held) = storm(most, count, &usual, vec![], None);
            assert_eq!(found, left, "{most:?} {count} {usual:?}");
            assert_eq!(held.len(), usize::from(left == 2));
        }
        let (_, held) = storm(Some(10), 11, &[], vec![], None);
        assert!(
            held[0].why.contains("11") && held[0].why.contains("10"),
            "{}",
            held[0].why
        );
        let (left, still) = storm(Some(10), 1, &[], held.clone(), None);
        assert_eq!(
            (left, still[0].openings, still[0].since_ms),
            (2, 1, 9),
            "nothing of it opens until a person says"
        );
        let released = Released {
            rule: "A01".into(),
            actor: "a".into(),
            reason: "核实".into(),
        };
        assert_eq!(storm(Some(10), 11, &[], held, Some(&released)), (13, vec![]));
    }
}
