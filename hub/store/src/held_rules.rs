//! Rules that opened too much at once, and what they opened before.
//! Here because a column that turned empty upstream must become one question, not a thousand warnings.
//! In: evaluations, rules to hold, a person's release. Out: what is held; how much rules usually find.
//! Not here: how much is too much (runtime).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::db::{self, Tx};
use crate::{AuditEntry, Result, Store, audit};

/// A rule that is held: nothing of it opens until a person releases it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRule {
    /// The rule.
    pub rule: String,
    /// Since when.
    pub since_ms: i64,
    /// When it last would have opened something.
    pub last_ms: i64,
    /// How many warnings it would open.
    pub openings: u64,
    /// Why, in a sentence.
    pub why: String,
}

impl Store {
    /// Rules that are held.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held_rules(&self) -> Result<Vec<HeldRule>> {
        let rows = db::query("SELECT * FROM held_rule WHERE released_ms IS NULL ORDER BY rule")
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(HeldRule {
                    rule: row.try_get("rule")?,
                    since_ms: row.try_get("since_ms")?,
                    last_ms: row.try_get("last_ms")?,
                    openings: u64::try_from(row.try_get::<i64, _>("openings")?).unwrap_or_default(),
                    why: row.try_get("why")?,
                })
            })
            .collect()
    }

    /// How many subjects each rule found in its last `count` evaluations, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_findings(&self, count: u32) -> Result<HashMap<String, Vec<u64>>> {
        let rows: Vec<(String, i64)> = db::query_as(
            "SELECT rule, findings FROM (SELECT rule, findings, at_ms,
                 row_number() OVER (PARTITION BY rule ORDER BY at_ms DESC) AS nth
                 FROM evaluation WHERE state = 'evaluated') AS newest WHERE nth <= ? ORDER BY rule, at_ms DESC",
        )
        .bind(count)
        .fetch_all(&self.reader)
        .await?;
        let mut found: HashMap<String, Vec<u64>> = HashMap::new();
        for (rule, findings) in rows {
            let findings = u64::try_from(findings).unwrap_or_default();
            found.entry(rule).or_default().push(findings);
        }
        Ok(found)
    }
}

/// Notes that `held` are held, those that were already among them; and that `released` are no more.
pub(crate) async fn write(tx: &mut Tx, held: &[HeldRule], released: &[Released], at_ms: i64) -> Result<()> {
    let mut entries = Vec::new();
    for released in released {
        db::query(
            "UPDATE held_rule SET released_ms = ?, released_by = ?, reason = ? WHERE rule = ? AND released_ms IS NULL",
        )
        .bind(at_ms)
        .bind(&released.actor)
        .bind(&released.reason)
        .bind(&released.rule)
        .execute(&mut *tx)
        .await?;
        entries.push(AuditEntry {
            actor: released.actor.clone(),
            action: "rule.released".to_owned(),
            subject: released.rule.clone(),
            detail: serde_json::json!({ "reason": released.reason }).to_string(),
        });
    }
    for rule in held {
        db::query(
            "INSERT INTO held_rule (rule, since_ms, last_ms, openings, why) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (rule, since_ms) DO UPDATE SET last_ms = excluded.last_ms, openings = excluded.openings,
                 why = excluded.why",
        )
        .bind(&rule.rule)
        .bind(rule.since_ms)
        .bind(rule.last_ms)
        .bind(i64::try_from(rule.openings).unwrap_or(i64::MAX))
        .bind(&rule.why)
        .execute(&mut *tx)
        .await?;
        if rule.since_ms == at_ms {
            entries.push(AuditEntry {
                actor: "hub".to_owned(),
                action: "rule.held".to_owned(),
                subject: rule.rule.clone(),
                detail: serde_json::json!({ "openings": rule.openings }).to_string(),
            });
        }
    }
    audit::append(tx, at_ms, &entries).await
}

/// A person's release of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The rule.
    pub rule: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
}
