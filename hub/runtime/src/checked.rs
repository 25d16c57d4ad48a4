//! What a check came to: good, something is to be done, or not known; with what was found and what to do.
//! Here because the doctor, which looks once, and the service's readiness, which is asked every minute, speak one language.
//! In: a check's two names, what it found. Out: a value for programs, lines for people.
//! Not here: what is checked.

use serde::Serialize;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// As it should be.
    Good,
    /// Something is to be done.
    Wrong,
    /// Not known, or not there yet.
    Unknown,
}

/// A check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Its name.
    pub check: &'static str,
    /// The same, Chinese.
    pub title: &'static str,
    /// What it came to.
    pub mark: Mark,
    /// What was found.
    pub found: String,
    /// What to do; none when it is as it should be.
    pub todo: Option<String>,
}

/// A check that is being made: its name, and the same in Chinese.
#[derive(Debug, Clone, Copy)]
pub struct Check(pub &'static str, pub &'static str);

impl Check {
    /// As it should be.
    pub fn good(self, found: impl Into<String>) -> Checked {
        self.came_to(Mark::Good, found.into(), None)
    }

    /// Something is to be done.
    pub fn wrong(self, found: impl Into<String>, todo: impl Into<String>) -> Checked {
        self.came_to(Mark::Wrong, found.into(), Some(todo.into()))
    }

    /// Not known, or not there yet.
    pub fn unknown(self, found: impl Into<String>, todo: impl Into<String>) -> Checked {
        self.came_to(Mark::Unknown, found.into(), Some(todo.into()))
    }

    fn came_to(self, mark: Mark, found: String, todo: Option<String>) -> Checked {
        Checked {
            check: self.0,
            title: self.1,
            mark,
            found,
            todo,
        }
    }
}

/// `findings` as people read them: a line each, and below it what to do. What a check is called, `called` makes of its Chinese and
/// its English name.
#[must_use]
pub fn lines(findings: &[Checked], called: impl Fn(&str, &str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings {
        let mark = match finding.mark {
            Mark::Good => "✔",
            Mark::Wrong => "✘",
            Mark::Unknown => "·",
        };
        let name = called(finding.title, finding.check);
        lines.push(format!("{mark} {name}  {}", finding.found));
        if let Some(todo) = &finding.todo {
            lines.push(format!("    → {todo}"));
        }
    }
    lines
}
