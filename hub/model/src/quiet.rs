//! What keeps a warning from being pushed: an exemption, a silence, another warning that mutes it.
//! Here because a department that is told the same wrong thing twice stops reading.
//! In: what people laid down, a warning with its evidence. Out: what keeps it quiet, if anything; whether evidence changed much.
//! Not here: storage. What is quiet is recorded and shown like everything else.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::case::Reason;
use crate::{Evidence, RuleId, Severity, Subject, Value, Warning};

/// Longest silence, days.
pub const SILENCE_DAYS_MAX: i64 = 90;
/// Longest exemption, days.
pub const EXEMPTION_DAYS_MAX: i64 = 1096;
/// By how much of itself a number may move before an exemption no longer holds, in hundredths of a percent.
pub const MATERIAL_SHARE: i64 = 1_000;

/// 豁免: this rule is not to warn about this subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exemption {
    /// Its number.
    pub id: i64,
    /// Whom it is about.
    pub subject: Subject,
    /// Which rule.
    pub rule: RuleId,
    /// Why, of the closed list.
    pub reason: Reason,
    /// Why, in a sentence.
    pub text: String,
    /// Its last day.
    pub until: NaiveDate,
    /// Who approved it.
    pub approver: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// How urgent the warning was then.
    pub severity: Severity,
    /// What the rule had computed then.
    pub evidence: Evidence,
    /// When it was ended.
    pub ended_ms: Option<i64>,
    /// Why it was ended.
    pub ended_reason: Option<String>,
}

/// 静默: what matches is not pushed for a while. What is not said matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// Its number.
    pub id: i64,
    /// Warnings of this rule.
    pub rule: Option<String>,
    /// Of rules of this department.
    pub department: Option<String>,
    /// In this place and in those within it: `county`, `county/town` or `county/town/village`.
    pub place: Option<String>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Its last day.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When it was ended.
    pub ended_ms: Option<i64>,
    /// Why it was ended.
    pub ended_reason: Option<String>,
}

impl Silence {
    /// Whether it stands on `day`.
    #[must_use]
    pub fn stands(&self, day: NaiveDate) -> bool {
        self.ended_ms.is_none() && day <= self.until
    }

    /// Whether it is about this warning, standing or not.
    #[must_use]
    pub fn matches(&self, warning: &Warning, department: &str, place: &str) -> bool {
        let within = |wanted: &str| {
            place
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.rule
            .as_deref()
            .is_none_or(|rule| rule == warning.rule.as_str())
            && self
                .department
                .as_deref()
                .is_none_or(|wanted| wanted == department)
            && self.place.as_deref().is_none_or(within)
            && self.severity.is_none_or(|severity| severity == warning.severity)
    }
}

/// Whether `now` says materially another thing than `before`: another word, another set of values, or a number that
/// moved by more than `share` (hundredths of a percent) of itself. What moves with the calendar alone does not count.
#[must_use]
pub fn changed_materially(before: &Evidence, now: &Evidence, share: i64) -> bool {
    let counts = |name: &&String| !before.moving.contains(*name) && !now.moving.contains(*name);
    let names =
        |evidence: &Evidence| -> Vec<String> { evidence.values.keys().filter(counts).cloned().collect() };
    names(before) != names(now)
        || before
            .values
            .iter()
            .filter(|(name, _)| counts(name))
            .any(|(name, was)| now.values.get(name).is_none_or(|is| moved(was, is, share)))
}

fn moved(was: &Value, is: &Value, share: i64) -> bool {
    match (was, is) {
        (Value::Int(was), Value::Int(is)) => {
            let by = i128::from(*was).abs_diff(i128::from(*is));
            by * 10_000 > u128::from(was.unsigned_abs()) * u128::from(share.unsigned_abs())
        }
        (was, is) => was != is,
    }
}

/// Where a subject is, as far as its evidence or its name says: `county/town/village`.
#[must_use]
pub fn place_of(subject: &Subject, evidence: &Evidence) -> String {
    use crate::SubjectKind::{County, Household, Person, Station, Supplier, Town, Unit, Village};
    match subject.kind {
        County | Town | Village => subject.key.to_string(),
        Household | Person | Unit | Supplier | Station => {
            let part = |name: &str| match evidence.values.get(name) {
                Some(Value::Text(text)) if !text.is_empty() => Some(text.as_str()),
                Some(Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_)) | None => None,
            };
            let parts: Vec<&str> = ["county", "town", "village"]
                .into_iter()
                .map_while(part)
                .collect();
            parts.join("/")
        }
    }
}

/// Everything that keeps warnings quiet on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quiets {
    /// Standing exemptions.
    pub exemptions: HashMap<(Subject, RuleId), Exemption>,
    /// Standing silences, the oldest first.
    pub silences: Vec<Silence>,
    /// By how much of itself a number may move before an exemption ends, in hundredths of a percent.
    pub share: i64,
}

/// What became of an exemption in the light of present evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exempt {
    /// There is none.
    No,
    /// It holds.
    Holds(i64),
    /// The evidence or the severity is another one now.
    Overtaken(i64),
}

impl Quiets {
    /// Whether nothing keeps anything quiet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exemptions.is_empty() && self.silences.is_empty()
    }

    /// Whether `warning` is exempt, now that `evidence` is known.
    #[must_use]
    pub fn exempt(&self, warning: &Warning, evidence: &Evidence) -> Exempt {
        if self.exemptions.is_empty() {
            return Exempt::No;
        }
        match self
            .exemptions
            .get(&(warning.subject.clone(), warning.rule.clone()))
        {
            None => Exempt::No,
            Some(exemption)
                if warning.severity > exemption.severity
                    || changed_materially(&exemption.evidence, evidence, self.share) =>
            {
                Exempt::Overtaken(exemption.id)
            }
            Some(exemption) => Exempt::Holds(exemption.id),
        }
    }

    /// The first silence about `warning`.
    #[must_use]
    pub fn silence(&self, warning: &Warning, department: &str, place: &str) -> Option<i64> {
        let found = self
            .silences
            .iter()
            .find(|silence| silence.matches(warning, department, place));
        found.map(|silence| silence.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;

    fn evidence(fen: i64, town: &str, days: i64) -> Evidence {
        Evidence {
            sentence: String::new(),
            values: [
                ("per_capita_fen".to_owned(), Value::Int(fen)),
                ("county".to_owned(), Value::Text("颍州区".into())),
                ("town".to_owned(), Value::Text(town.into())),
                ("days".to_owned(), Value::Int(days)),
            ]
            .into(),
            moving: ["days".to_owned()].into(),
            threshold: String::new(),
            cells: vec![],
            ..Evidence::default()
        }
    }

    #[test]
    fn evidence_changes_materially_by_a_word_or_a_share_of_a_number() {
        let before = evidence(700_000, "柳河镇", 3);
        for (fen, town, days, changed) in [
            (700_000, "柳河镇", 300, false),
            (770_000, "柳河镇", 3, false),
            (770_001, "柳河镇", 3, true),
            (629_999, "柳河镇", 3, true),
            (700_000, "枣庄镇", 3, true),
        ] {
            let now = evidence(fen, town, days);
            assert_eq!(
                changed_materially(&before, &now, MATERIAL_SHARE),
                changed,
                "{fen} {town}"
            );
        }
        let mut fewer = evidence(700_000, "柳河镇", 3);
        fewer.values.remove("town");
        assert!(changed_materially(&before, &fewer, MATERIAL_SHARE));
        assert!(
            moved(&Value::Int(0), &Value::Int(1), MATERIAL_SHARE),
            "from nothing to something"
        );
    }

    #[test]
    fn a_silence_is_about_what_it_says_and_a_place_holds_those_within_it() {
        let rule = RuleId::parse("A01").unwrap();
        let subject = Subject::household(1);
        let warning = Warning {
            fingerprint: Fingerprint::of(&rule, &subject, "none"),
            rule,
            subject,
            period_key: "none".into(),
            band: "b".into(),
            severity: Severity::Yellow,
            round: 1,
            cleared: false,
            evidence_digest: String::new(),
            clean: 0,
        };
        let place = place_of(&warning.subject, &evidence(1, "柳河镇", 1));
        assert_eq!(place, "颍州区/柳河镇");
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let silence = |rule: Option<&str>, place: Option<&str>, severity| Silence {
            id: 1,
            rule: rule.map(str::to_owned),
            department: None,
            place: place.map(str::to_owned),
            severity,
            until: day("2023-11-30"),
            reason: "普查".into(),
            author: "a".into(),
            at_ms: 0,
            ended_ms: None,
            ended_reason: None,
        };
        for (silence, about) in [
            (silence(Some("A01"), None, None), true),
            (silence(Some("A02"), None, None), false),
            (silence(None, Some("颍州区"), None), true),
            (silence(None, Some("颍州区/柳河镇"), Some(Severity::Yellow)), true),
            (silence(None, Some("颍州区/柳河"), None), false),
            (silence(None, Some("颍州区/柳河镇/李庄村"), None), false),
            (silence(Some("A01"), None, Some(Severity::Red)), false),
        ] {
            assert_eq!(
                silence.matches(&warning, "乡村振兴", &place),
                about,
                "{silence:?}"
            );
        }
        let ends = silence(Some("A01"), None, None);
        assert!(ends.stands(day("2023-11-30")) && !ends.stands(day("2023-12-01")));
    }
}
