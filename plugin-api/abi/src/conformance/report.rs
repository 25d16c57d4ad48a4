//! The outcome of a conformance run.
//! Here apart from the checks, because callers show and store it.
//! In: one outcome a check. Out: text, JSON.
//! Not here: what is checked.

use std::fmt::{self, Write};

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold, such as `read members: the schema is the discovered one`.
    pub name: String,
    /// Why it does not hold; `None` when it does.
    pub failure: Option<String>,
}

/// The outcome of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order they were made.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether everything holds.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.failure.is_none())
    }

    /// The report as a JSON object: `{"passed": …, "checks": [{"name", "passed", "failure"}]}`.
    pub fn to_json(&self) -> String {
        let checks: Vec<String> = self.checks.iter().map(check_json).collect();
        format!(
            "{{\"passed\":{},\"checks\":[{}]}}",
            self.passed(),
            checks.join(",")
        )
    }

    pub(super) fn note(&mut self, name: impl Into<String>, outcome: Result<(), String>) -> bool {
        let failure = outcome.err();
        let passed = failure.is_none();
        self.checks.push(Check {
            name: name.into(),
            failure,
        });
        passed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            match &check.failure {
                None => writeln!(out, "ok    {}", check.name)?,
                Some(failure) => writeln!(out, "FAIL  {}: {failure}", check.name)?,
            }
        }
        Ok(())
    }
}

fn check_json(check: &Check) -> String {
    let failure = check.failure.as_deref().map_or_else(|| "null".to_owned(), quoted);
    format!(
        "{{\"name\":{},\"passed\":{},\"failure\":{failure}}}",
        quoted(&check.name),
        check.failure.is_none()
    )
}

fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                json.push('\\');
                json.push(character);
            }
            // Writing to a String cannot fail.
            control if control < ' ' => drop(write!(json, "\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_failing_point_and_is_valid_json() {
        let mut report = Report::default();
        report.note("spec: fine", Ok(()));
        report.note("read a\"b: ends", Err("line\nbreak".into()));
        assert!(!report.passed());
        assert_eq!(
            report.to_json(),
            "{\"passed\":false,\"checks\":[{\"name\":\"spec: fine\",\"passed\":true,\"failure\":null},\
             {\"name\":\"read a\\\"b: ends\",\"passed\":false,\"failure\":\"line\\u000abreak\"}]}"
        );
        assert!(report.to_string().contains("FAIL  read a\"b: ends"));
    }
}
