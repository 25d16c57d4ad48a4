//! Gives every finding the points it is ranked by.
//! Here because a list is read from its top, and a rule that was often wrong stands lower in it.
//! In: findings, how each rule's warnings were answered. Out: findings with their points.
//! Not here: how points are counted (model), the order of lists (store).

use std::collections::HashMap;
use std::sync::Arc;

use hub_model::{Answers, RuleId, RuleOutcome, Score};

/// How long an answer is remembered: a year, for rules and their parameters are new each year.
pub(crate) const REMEMBERED_MS: i64 = 365 * 86_400_000;
/// Answers a rule wants before they say anything of it.
const ANSWERS_MIN: u64 = 10;

/// Gives the findings of `outcomes` their points, with what `records` say of their rules.
pub(crate) fn rank(outcomes: &mut [RuleOutcome], records: &HashMap<RuleId, Answers>) {
    for outcome in outcomes {
        let record = records
            .get(&outcome.rule.id)
            .filter(|answers| answers.total() >= ANSWERS_MIN)
            .and_then(Answers::precision_permille);
        for finding in &mut outcome.findings {
            let score = Score::of(finding.severity, &finding.evidence, record);
            Arc::make_mut(&mut finding.evidence).score = score;
        }
    }
}
