//! A line of a worksheet: what a clerk chose in it, and what that asks of its case.
//! Here because a row that cannot be taken must say why, and one that comes twice must be done once.
//! In: cells as texts, the key, the case as it stands. Out: what is asked of the case, or why not, with the column.
//! Not here: reading the workbook (take), doing it (act).

use chrono::NaiveDate;
use hub_model::case::{Action, Measure, Reason, Role, Transition};
use hub_model::{CaseId, CaseState, Scope};
use hub_store::Store;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{DATE, MEASURE, NUMBER, OUTCOME, Outcome, REASON, Seal, TEXT};
use crate::ActAsked;

/// Longest that is written as text of a deed, characters.
const TEXT_CHARS_MAX: usize = 1_000;
/// Hexadecimal digits of a line in the keys it asks under.
const KEY_DIGITS: usize = 40;

/// What stands in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// `file!sheet!row`.
    pub place: String,
    /// The hidden number.
    pub number: String,
    /// What was chosen.
    pub outcome: String,
    /// Why it is not so.
    pub reason: String,
    /// What was done.
    pub measure: String,
    /// When.
    pub date: String,
    /// In a sentence.
    pub text: String,
}

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `file!sheet!row`.
    pub place: String,
    /// The column it is about.
    pub column: String,
    /// What was chosen.
    pub outcome: String,
    /// Why, in a clerk's words.
    pub why: String,
}

/// What became of a worksheet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Taken {
    /// Lines that were done now.
    pub done: u64,
    /// Lines that had been done before.
    pub repeated: u64,
    /// Lines in which nothing was chosen.
    pub blank: u64,
    /// Lines that could not be taken.
    pub refused: Vec<Refusal>,
}

impl Line {
    /// That it is not taken, because of its `column`.
    #[must_use]
    pub fn refused(&self, column: &str, why: impl Into<String>) -> Refusal {
        Refusal {
            place: self.place.clone(),
            column: column.to_owned(),
            outcome: self.outcome.clone(),
            why: why.into(),
        }
    }

    /// The case it is about, at which version, and what was chosen.
    ///
    /// # Errors
    /// When the number was changed or the word is none of the list.
    pub fn read(&self, seal: &Seal) -> Result<(CaseId, u64, Outcome), Refusal> {
        let (case, version) = seal.read(&self.number).ok_or_else(|| {
            self.refused(
                NUMBER,
                "编号缺失或被改动，不知道是哪一户；请在原交办单上填写，不要复制行 / the hidden number is not the one that was written",
            )
        })?;
        let outcome = Outcome::ALL
            .into_iter()
            .find(|outcome| outcome.word() == self.outcome);
        let outcome = outcome.ok_or_else(|| {
            let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
            self.refused(
                OUTCOME,
                format!("“{}”不是可选的结果：{}", self.outcome, words.join("、")),
            )
        })?;
        Ok((case, version, outcome))
    }

    /// What it asks of its case and was not done before, by `actor`; nothing when all of it was.
    ///
    /// # Errors
    /// When it cannot be read, or the case is not in `scope` or has moved since the sheet was written.
    pub async fn asks(
        &self,
        store: &Store,
        (scope, seal): (&Scope, &Seal),
        actor: &str,
    ) -> Result<Vec<ActAsked>, Refusal> {
        let about = self.read(seal)?;
        let (case, version, outcome) = about;
        let failed = |error: hub_store::Error| self.refused(OUTCOME, error.to_string());
        let detail = store.case_detail(scope, case).await.map_err(failed)?;
        let detail = detail.ok_or_else(|| self.refused(NUMBER, "没有这个事项 / there is no such case"))?;
        // What moved the case may have been this very line, which is then taken up where it stopped.
        let mut done = Vec::new();
        for action in outcome.actions() {
            let key = self.key(*action);
            if store
                .requested(case, *action, &key)
                .await
                .map_err(failed)?
                .is_some()
            {
                done.push(*action);
            }
        }
        if outcome.actions().last().is_some_and(|last| done.contains(last)) {
            return Ok(Vec::new());
        }
        if detail.case.version != version && done.is_empty() {
            let why = format!(
                "此后情况有变（版本 {version}，现为 {}，状态 {}），请用新的交办单 / the case has changed since the sheet was written",
                detail.case.version,
                detail.case.state.chinese()
            );
            return Err(self.refused(NUMBER, why));
        }
        let mut asked = self.asked(about, detail.case.state, actor)?;
        asked.retain(|ask| !done.contains(&ask.action));
        if !done.is_empty() {
            for ask in &mut asked {
                ask.if_version = None;
            }
        }
        Ok(asked)
    }

    /// What is asked of `case`, which stands in `state`: the actions that are not behind it, by `actor`. The first goes by `version`; each has a key of
    /// its own, so that the same line taken twice is done once.
    ///
    /// # Errors
    /// When something that must be said is missing, or is no word of its list.
    pub fn asked(
        &self,
        (case, version, outcome): (CaseId, u64, Outcome),
        state: CaseState,
        actor: &str,
    ) -> Result<Vec<ActAsked>, Refusal> {
        let chosen = |text: &str, column: &str, wanted: bool| match (text.is_empty(), wanted) {
            (true, true) => Err(self.refused(column, format!("选“{}”须填写“{column}”", outcome.word()))),
            (empty, _) => Ok(!empty),
        };
        let (is_false, is_handled) = (outcome == Outcome::False, outcome == Outcome::Handled);
        let says = !matches!(outcome, Outcome::Accepted | Outcome::Closed);
        let reason = match chosen(&self.reason, REASON, is_false)? {
            true => Some(
                Reason::parse(&self.reason)
                    .ok_or_else(|| self.refused(REASON, format!("“{}”不在下拉列表中", self.reason)))?,
            ),
            false => None,
        };
        let measure = match chosen(&self.measure, MEASURE, is_handled)? {
            true => Some(
                Measure::parse(&self.measure)
                    .ok_or_else(|| self.refused(MEASURE, format!("“{}”不在下拉列表中", self.measure)))?,
            ),
            false => None,
        };
        let date =
            match chosen(&self.date, DATE, is_handled || outcome == Outcome::True)? {
                true => Some(day(&self.date).ok_or_else(|| {
                    self.refused(DATE, format!("“{}”不是日期，请写作 2026-11-30", self.date))
                })?),
                false => None,
            };
        chosen(&self.text, TEXT, says)?;
        let role = match outcome {
            Outcome::Closed => Role::County,
            Outcome::Returned if matches!(state, CaseState::Handled | CaseState::Rejected) => Role::County,
            Outcome::Accepted | Outcome::True | Outcome::False | Outcome::Handled | Outcome::Returned => {
                Role::Department
            }
        };
        let steps = steps(outcome, state);
        let ask = |(nth, action): (usize, &Action)| {
            let needs = |of: &[Action]| of.contains(action);
            ActAsked {
                case: case.to_string(),
                action: *action,
                actor: actor.to_owned(),
                role: Some(role),
                reason: reason.filter(|_| needs(&[Action::Reject])),
                text: (!self.text.is_empty() && *action != Action::Accept)
                    .then(|| self.text.chars().take(TEXT_CHARS_MAX).collect()),
                measure: measure.filter(|_| needs(&[Action::Handle])),
                date: date.filter(|_| needs(&[Action::Verify, Action::Handle])),
                to: None,
                if_version: (nth == 0).then_some(version),
                key: Some(self.key(*action)),
            }
        };
        Ok(steps.iter().enumerate().map(ask).collect())
    }

    /// What `action` is asked under: the same line asks once, in whichever file it comes.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        let said = [
            &self.number,
            &self.outcome,
            &self.reason,
            &self.measure,
            &self.date,
            &self.text,
        ];
        let digest = hex::encode(Sha256::digest(serde_json::to_vec(&said).unwrap_or_default()));
        let digest: String = digest.chars().take(KEY_DIGITS).collect();
        format!("sheet-{digest}-{}", action.as_str())
    }
}

/// The actions that lead from `state` to `outcome`; all of them when none of them starts there, so that the case itself says what it allows.
fn steps(outcome: Outcome, state: CaseState) -> Vec<Action> {
    let actions = outcome.actions();
    let from = actions
        .iter()
        .position(|action| Transition::find(state, *action).is_some());
    // What is behind it already: the last word may have been said under the same key.
    let from = from.unwrap_or_else(|| actions.len().saturating_sub(1));
    actions.get(from..).unwrap_or_default().to_vec()
}

/// A day as spreadsheets and people write it.
fn day(text: &str) -> Option<NaiveDate> {
    hub_model::values::cn_date(text).and_then(|days| {
        let days = u64::try_from(days).ok()?;
        NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_days(chrono::Days::new(days))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(outcome: Outcome) -> Line {
        Line {
            place: "交办单.xlsx!交办单!4".into(),
            outcome: outcome.word().into(),
            date: "2026年11月30日".into(),
            text: "已入户".into(),
            ..Line::default()
        }
    }

    #[test]
    fn what_is_behind_a_case_is_not_asked_again_and_what_is_missing_is_named() {
        let case = CaseId::new(1, 2);
        let asked = |line: &Line, outcome, state| line.asked((case, 3, outcome), state, "clerk");
        let handled = Line {
            measure: "产业".into(),
            ..line(Outcome::Handled)
        };
        for (state, expected) in [
            (
                CaseState::Dispatched,
                vec![Action::Accept, Action::Verify, Action::Handle],
            ),
            (CaseState::Verifying, vec![Action::Verify, Action::Handle]),
            (CaseState::Handling, vec![Action::Handle]),
            (CaseState::Handled, vec![Action::Handle]),
        ] {
            let steps = asked(&handled, Outcome::Handled, state).unwrap();
            let actions: Vec<Action> = steps.iter().map(|step| step.action).collect();
            assert_eq!(actions, expected, "{state:?}");
            assert_eq!(steps[0].if_version, Some(3));
            assert!(steps[1..].iter().all(|step| step.if_version.is_none()));
        }
        let told = asked(&line(Outcome::Handled), Outcome::Handled, CaseState::Handling).unwrap_err();
        assert_eq!(told.column, MEASURE);
        let told = asked(&line(Outcome::False), Outcome::False, CaseState::Verifying).unwrap_err();
        assert_eq!(told.column, REASON);
        let undated = Line {
            date: "明天".into(),
            ..line(Outcome::True)
        };
        assert_eq!(
            asked(&undated, Outcome::True, CaseState::Verifying)
                .unwrap_err()
                .column,
            DATE
        );
        let silent = Line {
            text: String::new(),
            ..line(Outcome::Returned)
        };
        assert_eq!(
            asked(&silent, Outcome::Returned, CaseState::Verifying)
                .unwrap_err()
                .column,
            TEXT
        );
        let closed = asked(&line(Outcome::Closed), Outcome::Closed, CaseState::Handled).unwrap();
        assert_eq!((closed.len(), closed[0].role), (1, Some(Role::County)));
    }
}
