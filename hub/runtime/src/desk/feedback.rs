//! What a department says it did: the words of a deed, read and checked.
//! Here because the same deed comes by HTTP, a line in a file or a row in a table, and is asked the same questions.
//! In: JSON as it was sent. Out: what is asked of a case, or why it cannot be.
//! Not here: doing it (acting), HTTP (web), files and tables (collect).

use std::ops::RangeInclusive;

use hub_model::case::{Action, Measure, Reason};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use super::{Code, Refusal};
use crate::ActAsked;

/// Most lines of a batch or of a file.
pub const LINES_MAX: usize = 1_000;
/// Largest batch or file, bytes.
pub const BYTES_MAX: usize = 1 << 20;
/// Longest idempotency key, characters.
const KEY_CHARS_MAX: usize = 100;
/// Lengths of texts, characters.
const TEXT_CHARS: RangeInclusive<usize> = 2..=500;
const DEPARTMENT_CHARS: RangeInclusive<usize> = 1..=60;
/// Name, office and credential together have at most 60.
const OPERATOR_CHARS: RangeInclusive<usize> = 1..=19;
/// What errors of the JSON reader begin with that name a key, never a value.
const ABOUT_KEYS: [&str; 3] = ["missing field", "unknown field", "duplicate field"];

/// Who did it, at the department.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// A name or an account of the department's own; never of whom the case is about.
    pub name: String,
    /// An office within the department.
    pub dept: Option<String>,
}

/// A deed on a case that is named elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// What was done: a word of the table of moves.
    pub action: String,
    /// Why it is not so.
    pub reason_code: Option<String>,
    /// In a sentence, 2 to 500 characters.
    pub text: Option<String>,
    /// What was done for the household.
    pub measure: Option<String>,
    /// When, as 2026-03-31; not in the future.
    pub date: Option<String>,
    /// The department it goes to.
    pub to: Option<String>,
    /// Who did it.
    pub operator: Option<Operator>,
    /// The case, again: a signed body carries it.
    pub case: Option<String>,
    /// The version that was seen, again: a signed body carries it.
    #[serde(default, deserialize_with = "maybe_whole")]
    pub version: Option<u64>,
}

/// A deed that says itself which case it is about: a line of a batch or a file, a row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The case.
    pub case: String,
    /// The version that was seen.
    #[serde(deserialize_with = "whole")]
    pub version: u64,
    /// Asked twice under one key, it is done once.
    pub key: String,
    /// What was done: a word of the table of moves.
    pub action: String,
    /// Why it is not so.
    pub reason_code: Option<String>,
    /// In a sentence, 2 to 500 characters.
    pub text: Option<String>,
    /// What was done for the household.
    pub measure: Option<String>,
    /// When, as 2026-03-31; not in the future.
    pub date: Option<String>,
    /// The department it goes to.
    pub to: Option<String>,
    /// Who did it.
    pub operator: Option<Operator>,
}

impl Deed {
    /// What is asked of `case`, seen at `version`, under `key`; by whom is completed by whoever lets them in.
    ///
    /// # Errors
    /// What cannot be taken of it.
    pub fn asked(self, case: String, version: u64, key: String) -> Result<ActAsked, Refusal> {
        self.fits()?;
        const KNOWN: &str = "one of the words that the OpenAPI document lists";
        let action = Action::parse(&self.action).ok_or_else(|| Refusal::unfit("action", KNOWN))?;
        let reason = self.reason_code.as_deref().map(Reason::parse);
        let measure = self.measure.as_deref().map(Measure::parse);
        let date = self.date.as_deref().map(str::parse);
        let operator = self.operator.map(|operator| match operator.dept {
            Some(dept) => format!("{dept}/{}", operator.name),
            None => operator.name,
        });
        Ok(ActAsked {
            case,
            action,
            actor: operator.unwrap_or_default(),
            role: None,
            reason: reason
                .map(|reason| reason.ok_or_else(|| Refusal::unfit("reason_code", KNOWN)))
                .transpose()?,
            text: self.text,
            measure: measure
                .map(|measure| measure.ok_or_else(|| Refusal::unfit("measure", KNOWN)))
                .transpose()?,
            date: date
                .transpose()
                .map_err(|_| Refusal::unfit("date", "a day, as 2026-03-31"))?,
            to: self.to,
            if_version: Some(version),
            key: Some(key),
        })
    }

    /// Whether every text has the length that is documented.
    fn fits(&self) -> Result<(), Refusal> {
        let operator = self.operator.as_ref();
        let dept = operator.and_then(|operator| operator.dept.as_ref());
        let texts = [
            ("text", self.text.as_ref(), TEXT_CHARS),
            ("to", self.to.as_ref(), DEPARTMENT_CHARS),
            (
                "operator",
                operator.map(|operator| &operator.name),
                OPERATOR_CHARS,
            ),
            ("operator", dept, OPERATOR_CHARS),
        ];
        for (field, text, chars) in texts {
            if text.is_some_and(|text| !chars.contains(&text.trim().chars().count())) {
                let (least, most) = (chars.start(), chars.end());
                return Err(Refusal::unfit(field, &format!("{least} to {most} characters")));
            }
        }
        Ok(())
    }
}

impl Line {
    /// The line `text` is.
    ///
    /// # Errors
    /// `request_malformed`, naming the place and never a value.
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        json(text)
    }

    /// What it asks.
    ///
    /// # Errors
    /// What cannot be taken of it.
    pub fn asked(self) -> Result<ActAsked, Refusal> {
        if !is_key(&self.key) {
            return Err(Code::IdempotencyKeyInvalid.into());
        }
        let deed = Deed {
            action: self.action,
            reason_code: self.reason_code,
            text: self.text,
            measure: self.measure,
            date: self.date,
            to: self.to,
            operator: self.operator,
            case: None,
            version: None,
        };
        deed.asked(self.case, self.version, self.key)
    }
}

/// The lines of a batch or a file that are not empty, each with its number from 1 on; empty ones count.
///
/// # Errors
/// When there is none, or there are too many.
pub fn lines(body: &[u8]) -> Result<Vec<(usize, &[u8])>, Refusal> {
    let lines: Vec<(usize, &[u8])> = body
        .split(|byte| *byte == b'\n')
        .zip(1..)
        .map(|(line, number)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
        .take(LINES_MAX + 1)
        .collect();
    match lines.len() {
        0 => Err(Refusal::because(
            Code::RequestMalformed,
            "A batch has at least one line.",
        )),
        1..=LINES_MAX => Ok(lines),
        _ => Err(Code::TooManyLines.into()),
    }
}

/// Whether a text can be an idempotency key.
#[must_use]
pub fn is_key(key: &str) -> bool {
    (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A JSON value in the form that is documented.
///
/// # Errors
/// `request_malformed`, naming the place and never a value.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let said = said_of_keys(&error.to_string()).unwrap_or_else(|| match error.classify() {
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => "not JSON".to_owned(),
            serde_json::error::Category::Data | serde_json::error::Category::Io => {
                "a value of another type than documented".to_owned()
            }
        });
        Refusal::because(Code::RequestMalformed, format!("{said} ({place})"))
    })
}

/// What an error says of keys; nothing of what it says of values, which may be somebody's.
#[must_use]
pub fn said_of_keys(error: &str) -> Option<String> {
    let begin = ABOUT_KEYS.iter().filter_map(|words| error.find(words)).min()?;
    let said = error.get(begin..)?;
    let end = said.find(" at line").unwrap_or(said.len());
    said.get(..end).map(str::to_owned)
}

/// A whole number as JSON Schema has it: `12.0` is one.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    maybe_whole(from)?.ok_or_else(|| D::Error::custom("a whole number"))
}

/// The same, or null.
fn maybe_whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let wrong = || D::Error::custom("a whole number");
    let Some(number) = Option::<serde_json::Number>::deserialize(from)? else {
        return Ok(None);
    };
    if let Some(number) = number.as_u64() {
        return Ok(Some(number));
    }
    // Every whole number up to here is one exactly.
    let float = number.as_f64().filter(|float| float.fract() == 0.0);
    let float = float.filter(|float| (0.0..=9_007_199_254_740_992.0).contains(float));
    let digits = float.ok_or_else(wrong)?.to_string();
    digits.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_said_again() {
        let said = |text: &str| {
            Line::read(text.as_bytes())
                .unwrap_err()
                .detail
                .unwrap_or_default()
        };
        assert!(!said(r#"{"version": "11010519491231002X"}"#).contains("1101"));
        assert!(said(r#"{"cas": 1}"#).contains("unknown field `cas`, expected one of `case`"));
        assert!(said("{}").contains("missing field `case`"));
        assert!(said(r#"{"case": 张三}"#).contains("line 1"));
        assert!(!said(r#"{"case": 张三}"#).contains('张'));
    }

    #[test]
    fn a_batch_has_lines_and_not_too_many() {
        let numbers = |text: &str| {
            lines(text.as_bytes())
                .map(|lines| lines.into_iter().map(|(number, _)| number).collect::<Vec<_>>())
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(numbers("{}\n\n  \r\n{}\n"), Ok(vec![1, 4]));
        assert_eq!(numbers("\n \n"), Err(Code::RequestMalformed));
        assert_eq!(numbers(&"x\n".repeat(1_000)).map(|lines| lines.len()), Ok(1_000));
        assert_eq!(numbers(&"x\n".repeat(1_001)), Err(Code::TooManyLines));
    }
}
