//! The canonical tables: the one household model all sources are turned into.
//! Here because mappings write these columns, rules read them, and the catalogue declares them.
//! In: nothing. Out: table specifications and their Arrow schemas, in a fixed column order.
//! Not here: how a source's columns become these (the connector's mapping) and how files are written (engine).
//!
//! Every row also carries its provenance: `_stream`, `_run`, `_locator`. "Says who?" always has an answer.

mod declared_income;
mod household;
mod membership;
mod person;
mod rejected;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

/// The stream a canonical row came from, as `connector/stream`.
pub const STREAM: &str = "_stream";
/// The run that landed it.
pub const RUN: &str = "_run";

/// The type of a canonical column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Whole number, also fen and years.
    Int,
    /// Dense id.
    Id,
    /// True or false.
    Bool,
}

impl Kind {
    /// The Arrow type.
    #[must_use]
    pub const fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Id => DataType::UInt64,
            Self::Bool => DataType::Boolean,
        }
    }

    /// The type's name in the catalogue.
    #[must_use]
    pub const fn catalogue(self) -> &'static str {
        match self {
            Self::Text => "varchar",
            Self::Int => "int64",
            Self::Id => "uint64",
            Self::Bool => "boolean",
        }
    }
}

/// Who fills a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// The mapping must.
    Required,
    /// The mapping may; absent means NULL.
    Optional,
    /// The link stage, from `household_no`.
    LinkHousehold,
    /// The link stage, from `id_no`, or from `household_no` and `person_no` when there is no valid number.
    LinkPerson,
    /// The normalise stage: provenance.
    Hub,
}

/// One column of a canonical table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Who fills it.
    pub filled: Filled,
    /// Meaning, unit, source, clause.
    pub doc: &'static str,
}

/// What a later part of the same stream does to the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// A picture of the present: only the latest part counts (a monthly export).
    Latest,
    /// Each part stands for itself (a year's incomes); a re-sent part replaces its own earlier version.
    EachPart,
    /// Every run's rows stay (a log of what was refused).
    EachRun,
}

/// A canonical table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, as SQL writes it.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// What a later part does to earlier ones.
    pub history: History,
    /// Its own columns, in file order, without provenance.
    pub columns: &'static [Column],
}

const PROVENANCE: [Column; 3] = [
    Column {
        name: STREAM,
        kind: Kind::Text,
        filled: Filled::Hub,
        doc: "connector/stream the row came from",
    },
    Column {
        name: RUN,
        kind: Kind::Text,
        filled: Filled::Hub,
        doc: "run that landed it",
    },
    Column {
        name: crate::LOCATOR,
        kind: Kind::Text,
        filled: Filled::Optional,
        doc: "file!sheet!row it was read from",
    },
];

/// Every canonical table.
pub const ALL: [&Table; 5] = [
    &household::TABLE,
    &person::TABLE,
    &membership::TABLE,
    &declared_income::TABLE,
    &rejected::TABLE,
];

/// The table called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Table> {
    ALL.into_iter().find(|table| table.name == name)
}

impl Table {
    /// Own columns, then provenance.
    pub fn all_columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().copied().chain(PROVENANCE)
    }

    /// The Arrow schema in file order. Every field may be NULL: no row can raise.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .all_columns()
            .map(|column| Field::new(column.name, column.kind.arrow(), true))
            .collect();
        Arc::new(Schema::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_documented_and_named_once() {
        for table in ALL {
            let names: Vec<_> = table.all_columns().map(|c| c.name).collect();
            for column in table.all_columns() {
                assert!(
                    column.doc.len() > 10,
                    "{}.{} wants a doc line",
                    table.name,
                    column.name
                );
                assert_eq!(names.iter().filter(|n| **n == column.name).count(), 1);
            }
            assert_eq!(find(table.name).map(|t| t.row), Some(table.row));
        }
    }
}
