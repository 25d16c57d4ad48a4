//! Exemptions and silences as people ask for them.
//! Here because each has bounds: whom it is about must be known, and nothing is quiet for ever.
//! In: what is asked. Out: its number; it holds from the next check on.
//! Not here: what follows for warnings (cases), storage.

use chrono::NaiveDate;
use hub_model::case::Reason;
use hub_model::quiet::{EXEMPTION_DAYS_MAX, Exemption, SILENCE_DAYS_MAX, Silence};
use hub_model::{RuleId, Severity, Subject};
use serde::{Deserialize, Serialize};

use crate::{Error, Hub, Result, clock};

/// Longest matcher of a silence, characters.
const MATCHER_CHARS_MAX: usize = 200;

/// An exemption that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptAsked {
    /// Whom it is about: `household/12`.
    pub subject: String,
    /// Which rule.
    pub rule: String,
    /// Why, of the closed list.
    pub reason: Reason,
    /// Why, in a sentence.
    pub text: String,
    /// Its last day.
    pub until: NaiveDate,
    /// Who approved it.
    pub approver: String,
}

/// A silence that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceAsked {
    /// Warnings of this rule.
    pub rule: Option<String>,
    /// Of rules of this department.
    pub department: Option<String>,
    /// In this place: `county/town/village`, or less of it.
    pub place: Option<String>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Its last day.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who makes it.
    pub author: String,
}

impl Hub {
    /// Keeps an exemption for a warning there is; returns its number.
    ///
    /// # Errors
    /// [`Error::NoWarning`] when the rule warns about no such subject, [`Error::Unfit`]; or when the store refuses.
    pub async fn exempt(&self, asked: &ExemptAsked) -> Result<i64> {
        let _books = self.shared.books.lock().await;
        let at_ms = clock::now_ms();
        let today = self.sources.settings.day(at_ms);
        within(asked.until, today, EXEMPTION_DAYS_MAX)?;
        let none = || Error::NoWarning {
            subject: asked.subject.clone(),
            rule: asked.rule.clone(),
        };
        let subject = Subject::parse(&asked.subject).map_err(|_| none())?;
        let rule = RuleId::parse(&asked.rule).map_err(|_| none())?;
        let (warning, evidence) = self.store.warning_of(&subject, &rule).await?.ok_or_else(none)?;
        let exemption = Exemption {
            id: 0,
            subject,
            rule,
            reason: asked.reason,
            text: asked.text.clone(),
            until: asked.until,
            approver: asked.approver.clone(),
            at_ms,
            severity: warning.severity,
            evidence,
            ended_ms: None,
            ended_reason: None,
        };
        Ok(self.store.exempt(&exemption, at_ms).await?)
    }

    /// Keeps a silence; returns its number.
    ///
    /// # Errors
    /// [`Error::Unfit`] when it is about nothing, everything or for too long; or when the store refuses.
    pub async fn silence(&self, asked: &SilenceAsked) -> Result<i64> {
        let _books = self.shared.books.lock().await;
        let at_ms = clock::now_ms();
        let today = self.sources.settings.day(at_ms);
        within(asked.until, today, SILENCE_DAYS_MAX)?;
        let matchers = [&asked.rule, &asked.department, &asked.place];
        if asked.severity.is_none() && matchers.iter().all(|matcher| matcher.is_none()) {
            return Err(Error::Unfit(
                "静默须限定规则、部门、地方或级别之一 / a silence is about a rule, a department, a place or a severity".to_owned(),
            ));
        }
        let fits = |text: &str| {
            !text.trim().is_empty() && text.chars().count() <= MATCHER_CHARS_MAX && !text.ends_with('/')
        };
        if let Some(wrong) = matchers.into_iter().flatten().find(|text| !fits(text)) {
            return Err(Error::Unfit(format!(
                "{wrong:?}: 须为 1 至 {MATCHER_CHARS_MAX} 个字，末尾无“/” / 1 to {MATCHER_CHARS_MAX} characters, no slash at the end"
            )));
        }
        let silence = Silence {
            id: 0,
            rule: asked.rule.clone(),
            department: asked.department.clone(),
            place: asked.place.clone(),
            severity: asked.severity,
            until: asked.until,
            reason: asked.reason.clone(),
            author: asked.author.clone(),
            at_ms,
            ended_ms: None,
            ended_reason: None,
        };
        Ok(self.store.silence(&silence, at_ms).await?)
    }
}

fn within(until: NaiveDate, today: NaiveDate, days_max: i64) -> Result<()> {
    if (0..=days_max).contains(&(until - today).num_days()) {
        return Ok(());
    }
    Err(Error::Unfit(format!(
        "截止日期 {until} 须在今天 {today} 起 {days_max} 天之内 / the last day lies within {days_max} days from today"
    )))
}
