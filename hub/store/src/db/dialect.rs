//! One statement, as each of the two databases takes it.
//! Here because they differ in four marks, not in what is asked.
//! In: `?`, `?1`, `::type`, `INDEXED BY index`, `CROSS JOIN t ON`, which is SQLite's word for an order of reading. Out: SQLite without
//! types, PostgreSQL with `$1` and without orders of how to find things.
//! Not here: differences of meaning; such a statement is written twice where it is used.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use sqlx::AssertSqlSafe;

/// A statement: the program's own text, or put together by it.
pub(crate) enum Sql {
    Fixed(&'static str),
    Made(String),
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<AssertSqlSafe<String>> for Sql {
    fn from(text: AssertSqlSafe<String>) -> Self {
        Self::Made(text.0)
    }
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Statements as they were worked out, by how they are written.
type Known = HashMap<(Dialect, &'static str), Arc<str>>;

/// The fixed ones: there are as many as the program has.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

impl Sql {
    pub(crate) fn text(self, dialect: Dialect) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(match self {
            Self::Made(text) => worked_out(&text, dialect).into(),
            Self::Fixed(text) => {
                let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
                let known = known
                    .entry((dialect, text))
                    .or_insert_with(|| worked_out(text, dialect).into());
                Arc::clone(known)
            }
        })
    }
}

fn worked_out(text: &str, dialect: Dialect) -> Cow<'_, str> {
    match dialect {
        Dialect::Sqlite if !text.contains("::") => Cow::Borrowed(text),
        Dialect::Sqlite => Cow::Owned(without_types(text)),
        Dialect::Postgres => Cow::Owned(with_numbers(text)),
    }
}

/// Copies a quoted text as it stands, from its first mark, which was read, to its last.
fn quoted(mark: char, rest: &mut Peekable<Chars<'_>>, to: &mut String) {
    to.push(mark);
    for next in rest.by_ref() {
        to.push(next);
        if next == mark {
            return;
        }
    }
}

fn word(rest: &mut Peekable<Chars<'_>>, of: impl Fn(char) -> bool) -> String {
    let mut word = String::new();
    while let Some(next) = rest.next_if(|next| of(*next)) {
        word.push(next);
    }
    word
}

fn without_types(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\'' | '"' => quoted(next, &mut rest, &mut to),
            ':' if rest.next_if_eq(&':').is_some() => {
                word(&mut rest, |next| next.is_ascii_alphanumeric());
            }
            _ => to.push(next),
        }
    }
    to
}

fn with_numbers(text: &str) -> String {
    const INDEX: &str = " INDEXED BY ";
    const ORDERED: &str = " CROSS JOIN ";
    let mut to = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    let mut counted = 0_usize;
    while let Some(next) = rest.next() {
        match next {
            '\'' | '"' => quoted(next, &mut rest, &mut to),
            '?' => {
                let number = word(&mut rest, |next| next.is_ascii_digit());
                counted += 1;
                to.push('$');
                to.push_str(if number.is_empty() { "" } else { &number });
                if number.is_empty() {
                    to.push_str(&counted.to_string());
                }
            }
            _ => {
                to.push(next);
                if to.ends_with(INDEX) {
                    to.truncate(to.len() - INDEX.len());
                    word(&mut rest, |next| next.is_ascii_alphanumeric() || next == '_');
                } else if to.ends_with(ORDERED) {
                    to.truncate(to.len() - ORDERED.len());
                    to.push_str(" JOIN ");
                }
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_gets_its_own_marks() {
        let text = "SELECT a::text, '?::x', \"b?\" FROM t INDEXED BY t_a WHERE a = ? AND b = ?::json ->> 'c'";
        assert_eq!(
            worked_out(text, Dialect::Sqlite),
            "SELECT a, '?::x', \"b?\" FROM t INDEXED BY t_a WHERE a = ? AND b = ? ->> 'c'"
        );
        assert_eq!(
            worked_out(text, Dialect::Postgres),
            "SELECT a::text, '?::x', \"b?\" FROM t WHERE a = $1 AND b = $2::json ->> 'c'"
        );
        assert_eq!(worked_out("?2, ?1, ?2", Dialect::Postgres), "$2, $1, $2");
    }
}
