//! Turns the SQL parser's and planner's spans into places a person can open.
//! Here because rule files hold SQL inside TOML, and an error must count lines of the file, not of the string.
//! In: an error of the SQL parser or planner. Out: `Place`.
//! Not here: the errors themselves.

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use hub_model::{Mistake, Place};

use crate::Error;
use crate::error::safe_text;

/// SQL text within a file.
#[derive(Debug, Clone)]
pub(crate) struct SqlText {
    /// The SQL.
    pub(crate) text: String,
    /// The file it stands in.
    pub(crate) file: String,
    /// The line of `file` on which the SQL's first line stands.
    pub(crate) first_line: usize,
}

impl SqlText {
    /// `error`, raised while reading or planning this text, with its place.
    pub(crate) fn explain(&self, error: &DataFusionError) -> Error {
        let (line, column, message) = describe(error);
        let place = Place {
            file: self.file.clone(),
            line: self.first_line + line - 1,
            column,
        };
        Mistake { place, message }.into()
    }

    /// An error of our own at the text's beginning.
    pub(crate) fn refuse(&self, message: impl Into<String>) -> Error {
        let place = Place {
            file: self.file.clone(),
            line: self.first_line,
            column: 1,
        };
        Mistake {
            place,
            message: message.into(),
        }
        .into()
    }
}

/// Line, column and message of an error over SQL; line 1, column 1 when the error does not say.
fn describe(error: &DataFusionError) -> (usize, usize, String) {
    let root = error.find_root();
    // The planner appends every valid field; the first line already names the nearest one.
    let message = || safe_text(error);
    if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        let number = |n: u64| usize::try_from(n).unwrap_or(1).max(1);
        return (number(span.start.line), number(span.start.column), message());
    }
    if let DataFusionError::SQL(parse, _) = root {
        let text = match parse.as_ref() {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "the SQL nests too deeply".to_owned(),
        };
        let (line, column) = position_in(&text).unwrap_or((1, 1));
        return (line, column, text);
    }
    (1, 1, message())
}

/// The parser writes its place into the text: `… at Line: 3, Column: 12`.
fn position_in(text: &str) -> Option<(usize, usize)> {
    let (_, after) = text.rsplit_once("Line: ")?;
    let (line, after) = after.split_once(", Column: ")?;
    let column: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parsers_place_is_read() {
        assert_eq!(
            position_in("Expected: x, found: y at Line: 3, Column: 12"),
            Some((3, 12))
        );
        assert_eq!(position_in("no place"), None);
    }
}
