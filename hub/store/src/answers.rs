//! What became of warnings, read: how many a rule opened, how they were answered, how long it took.
//! Here because statistics, ranking and trials of a line all ask for the same answers.
//! In: days, rules. Out: tallies by rule, answers with the evidence they were about.
//! Not here: writing answers (case_write), what they say of a rule (model).

use std::collections::{BTreeMap, HashMap};

use hub_model::case::Reason;
use hub_model::{Answers, Evidence, RuleId, Subject};

use crate::db;
use crate::{Error, Result, Store};

/// Most answers that are read, the newest.
const ANSWERS_MAX: u32 = 100_000;

/// How many warnings of a rule came to be, and how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fired {
    /// Warnings that were opened in the time.
    pub warnings: u64,
    /// Subjects they are about.
    pub subjects: u64,
    /// Those of them that still stand.
    pub standing: u64,
}

/// An answer and what it was about.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The rule.
    pub rule: RuleId,
    /// The subject.
    pub subject: Subject,
    /// The band the subject was in.
    pub band: String,
    /// Why it was rejected; none when it was verified.
    pub rejected: Option<Reason>,
    /// When the evidence was taken, milliseconds since 1970 UTC.
    pub found_ms: i64,
    /// When it was answered.
    pub at_ms: i64,
    /// When the case was closed after it, in the same round.
    pub closed_ms: Option<i64>,
    /// The evidence that was answered.
    pub evidence: Evidence,
}

impl Store {
    /// How many warnings each rule opened from `from_ms` to before `to_ms`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fired(&self, from_ms: i64, to_ms: i64) -> Result<BTreeMap<String, Fired>> {
        let rows = db::query(
            "SELECT rule, count(*) AS warnings, count(DISTINCT subject) AS subjects, count(*) FILTER (WHERE cleared_ms IS NULL) AS standing
             FROM warning WHERE opened_ms >= ? AND opened_ms < ? GROUP BY rule",
        )
        .bind(from_ms)
        .bind(to_ms)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let count = |column: &str| -> Result<u64> {
                    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
                };
                let fired = Fired {
                    warnings: count("warnings")?,
                    subjects: count("subjects")?,
                    standing: count("standing")?,
                };
                Ok((row.try_get("rule")?, fired))
            })
            .collect()
    }

    /// How the warnings of each rule were answered since `since_ms`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn records(&self, since_ms: i64) -> Result<HashMap<RuleId, Answers>> {
        let rows = db::query(
            "SELECT rule, rejected, count(*) AS n FROM answer WHERE at_ms >= ? GROUP BY rule, rejected",
        )
        .bind(since_ms)
        .fetch_all(&self.reader)
        .await?;
        let mut records: HashMap<RuleId, Answers> = HashMap::new();
        for row in &rows {
            let answers = records.entry(rule(row.try_get("rule")?)?).or_default();
            let count = u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default();
            answers.count_many(reason(row.try_get("rejected")?)?, count);
        }
        Ok(records)
    }

    /// The answers given from `from_ms` to before `to_ms` to warnings of `rules`, of all when there are none; the newest first,
    /// at most 100,000.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answered(&self, rules: &[&str], from_ms: i64, to_ms: i64) -> Result<Vec<Answered>> {
        let rows = db::query(
            "SELECT a.rule, a.at_ms, a.rejected, w.subject, w.band, e.at_ms AS found_ms, e.body,
                 (SELECT min(c.at_ms) FROM case_event c
                  WHERE c.case_id = a.case_id AND c.round = a.case_round AND c.action = 'close') AS closed_ms
             FROM answer a JOIN warning w USING (fingerprint) JOIN evidence e ON e.fingerprint = a.fingerprint AND e.round = a.round
             WHERE a.at_ms >= ?1 AND a.at_ms < ?2 AND (?3 = '[]' OR a.rule IN (SELECT value FROM json_each(?3)))
             ORDER BY a.at_ms DESC, a.case_id, a.fingerprint LIMIT ?4",
        )
        .bind(from_ms)
        .bind(to_ms)
        .bind(serde_json::to_string(rules)?)
        .bind(ANSWERS_MAX)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get("body")?;
                let subject: String = row.try_get("subject")?;
                Ok(Answered {
                    rule: rule(row.try_get("rule")?)?,
                    subject: Subject::parse(&subject).map_err(|_| unreadable("subject", subject))?,
                    band: row.try_get("band")?,
                    rejected: reason(row.try_get("rejected")?)?,
                    found_ms: row.try_get("found_ms")?,
                    at_ms: row.try_get("at_ms")?,
                    closed_ms: row.try_get("closed_ms")?,
                    evidence: serde_json::from_str(&body)?,
                })
            })
            .collect()
    }
}

fn rule(text: String) -> Result<RuleId> {
    RuleId::parse(&text).map_err(|_| unreadable("answer.rule", text))
}

fn reason(code: Option<String>) -> Result<Option<Reason>> {
    code.map(|code| Reason::parse(&code).ok_or_else(|| unreadable("answer.rejected", code)))
        .transpose()
}

fn unreadable(what: &'static str, value: String) -> Error {
    Error::Unreadable { what, value }
}
