//! What an answer must say beyond its status: `json:/errcode == 0`.
//! Here because many platforms answer 200 to everything and put the error into the body.
//! In: a line of configuration, a body. Out: whether it holds; a body that is not what the line expects holds for nothing.
//! Not here: what follows (answer).

use std::fmt;

use serde_json::Value;

const FORM: &str =
    "写作 / written as json:/POINTER == VALUE or json:/POINTER != VALUE, such as json:/errcode == 0";

/// A condition on a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    pointer: String,
    equal: bool,
    value: Value,
}

impl Predicate {
    /// Reads `json:/errcode == 0`: a JSON pointer, `==` or `!=`, a JSON value.
    ///
    /// # Errors
    /// What is wrong, and how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("{text:?}: {what}；{FORM}");
        let condition = text.strip_prefix("json:").ok_or_else(|| wrong("no json:"))?;
        let (equal, halves) = match (condition.split_once("=="), condition.split_once("!=")) {
            (Some(halves), None) => (true, halves),
            (None, Some(halves)) => (false, halves),
            (Some(_), Some(_)) | (None, None) => return Err(wrong("neither == nor !=")),
        };
        let (pointer, value) = (halves.0.trim(), halves.1.trim());
        if !pointer.starts_with('/') {
            return Err(wrong("a JSON pointer begins with /"));
        }
        let value = serde_json::from_str(value)
            .map_err(|_| wrong("the value is JSON: a number, true, null, or a text in double quotes"))?;
        Ok(Self {
            pointer: pointer.to_owned(),
            equal,
            value,
        })
    }

    /// Whether it holds for `body`.
    #[must_use]
    pub fn holds(&self, body: &[u8]) -> bool {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return false;
        };
        body.pointer(&self.pointer)
            .is_some_and(|found| (*found == self.value) == self.equal)
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.equal { "==" } else { "!=" };
        write!(f, "{} {sign} {}", self.pointer, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_is_read_and_holds_for_what_it_says() {
        let table = [
            ("json:/errcode == 0", r#"{"errcode": 0}"#, true),
            ("json:/errcode==0", r#"{"errcode": 1}"#, false),
            ("json:/errcode == 0", "{}", false),
            (r#"json:/head/code == "00""#, r#"{"head": {"code": "00"}}"#, true),
            ("json:/success == true", r#"{"success": true}"#, true),
            ("json:/error != null", r#"{"error": "x"}"#, true),
            ("json:/error != null", "{}", false),
            ("json:/0/ok == true", r#"[{"ok": true}]"#, true),
        ];
        for (text, body, holds) in table {
            let predicate = Predicate::parse(text).expect(text);
            assert_eq!(predicate.holds(body.as_bytes()), holds, "{text} of {body}");
        }
        for wrong in [
            "",
            "errcode == 0",
            "json:errcode == 0",
            "json:/errcode = 0",
            "json:/a == ok",
            "json:/a == 1 != 2",
        ] {
            assert!(
                Predicate::parse(wrong).is_err_and(|told| told.contains("json:/errcode == 0")),
                "{wrong}"
            );
        }
    }
}
