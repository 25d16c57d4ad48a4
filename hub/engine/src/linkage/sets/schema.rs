//! The schema of two sets: which columns say the same, and what kind of thing they hold.
//! Here because how two values are compared depends on what they are, and only a person knows that.
//! In: TOML or JSON read by the caller. Out: checked columns.
//! Not here: reading files.

use serde::{Deserialize, Serialize};

/// Columns of a schema, at most: pairs of them are keys.
pub(super) const COLUMNS_MAX: usize = 16;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number or code that identifies.
    Id,
    /// A person's name or part of it, Chinese or Latin.
    Name,
    /// Words.
    Text,
    /// A date, in any form a date is written.
    Date,
    /// An amount or a count.
    Number,
    /// One of a few values.
    Category,
    /// A phone number.
    Phone,
    /// The name of a place.
    Place,
}

/// A column of both sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What it holds.
    pub kind: Kind,
    /// Its name in the left set.
    pub left: String,
    /// Its name in the right set.
    pub right: String,
}

/// Two sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Whether no row of the right set belongs to two rows of the left.
    #[serde(default)]
    pub one_to_one: bool,
    /// The columns that are compared.
    pub columns: Vec<Column>,
}

/// Why sets cannot be linked by a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// No columns, or too many.
    #[error("a schema has 1 to {COLUMNS_MAX} columns, not {found}")]
    Columns {
        /// How many.
        found: usize,
    },
    /// A batch has no such column of text.
    #[error("no column of text named {name}")]
    Missing {
        /// Its name in the schema.
        name: String,
    },
    /// More rows than can be numbered.
    #[error("more than {max} rows", max = super::super::people::ROWS_MAX)]
    Rows,
}

impl Schema {
    pub(super) fn check(&self) -> Result<(), SchemaError> {
        if (1..=COLUMNS_MAX).contains(&self.columns.len()) {
            return Ok(());
        }
        Err(SchemaError::Columns {
            found: self.columns.len(),
        })
    }
}
