//! Records: sources that name their values (JSON, XML, database rows) instead of lining them up under headers.
//! Here because a record's fields find their columns by name or path, whatever the format.
//! In: the columns of a stream, a record's fields. Out: rows of a [`Sink`]; a record that cannot be trusted is flawed, not lost.
//! Not here: parsing (json.rs, xml.rs), where the bytes come from (http, files, database).

pub(crate) mod json;
mod pointer;
#[cfg(test)]
mod tests;
pub(crate) mod xml;

use std::collections::BTreeMap;

use plugin_api::Error;

use crate::header::Column;

/// Longest text of one value, in bytes; a longer one costs its row, not the file.
pub(crate) const VALUE_BYTES_MAX: usize = 128 << 10;

/// Takes the rows of a document.
pub(crate) trait Sink {
    /// What stops the reading: the document's own fault, or the reader's wish.
    type Stop: From<Error>;

    /// Opens the row numbered from 0 within its document.
    fn row(&mut self, number: u32) -> Result<(), Self::Stop>;
    /// Sets a column of the open row; the first text of a column counts.
    fn text(&mut self, column: usize, text: &str);
    /// Says why the open row cannot be trusted; the hub refuses it with these words. The first flaw counts.
    fn flaw(&mut self, flaw: Flaw, column: Option<usize>);
}

/// What can be wrong with a record before anyone asks what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Bytes that are not text in the document's encoding.
    Undecodable,
    /// A field stands there twice with different values.
    Repeated,
    /// Not an object with named fields.
    NotARecord,
    /// A value longer than [`VALUE_BYTES_MAX`].
    TooLong,
}

impl Flaw {
    /// Reason code, as in the catalogue of dirt.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Undecodable => "D14",
            Self::Repeated => "D17",
            Self::NotARecord => "D16",
            Self::TooLong => "D09",
        }
    }
}

/// Which column of the stream a field fills.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    /// Field names and paths (`/a/b` for nested ones), to the stream's column.
    by_name: BTreeMap<String, usize>,
    names: Vec<String>,
    required: Vec<usize>,
}

impl Fields {
    /// Every column by its name and its other names; of two equal ones the first column's counts.
    pub(crate) fn new(columns: &[Column]) -> Self {
        let mut by_name = BTreeMap::new();
        for (index, column) in columns.iter().enumerate() {
            for name in std::iter::once(&column.name).chain(&column.synonyms) {
                by_name.entry(name.clone()).or_insert(index);
            }
        }
        Self {
            by_name,
            names: columns.iter().map(|column| column.name.clone()).collect(),
            required: (0..columns.len())
                .filter(|index| columns[*index].required)
                .collect(),
        }
    }

    /// The column of a field.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Paths of nested fields (`/a/b`), with their columns.
    pub(crate) fn nested(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_name
            .iter()
            .filter_map(|(name, column)| name.strip_prefix('/').map(|path| (path, *column)))
    }

    /// Every name with its column.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_name.iter().map(|(name, column)| (name.as_str(), *column))
    }
}

/// Which fields of a document were found, and which required columns none of its records has.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    fields: Vec<Option<String>>,
    extra: std::collections::BTreeSet<String>,
}

/// Unknown fields remembered by name.
const EXTRA_NAMED_MAX: usize = 50;

impl Found {
    pub(crate) fn new(fields: &Fields) -> Self {
        Self {
            fields: vec![None; fields.names.len()],
            extra: std::collections::BTreeSet::new(),
        }
    }

    pub(crate) fn saw(&mut self, column: usize, field: &str) {
        if self.fields[column].is_none() {
            self.fields[column] = Some(field.to_owned());
        }
    }

    pub(crate) fn saw_extra(&mut self, field: &str) {
        if self.extra.len() < EXTRA_NAMED_MAX && !self.extra.contains(field) {
            self.extra.insert(field.to_owned());
        }
    }

    /// JSON object from column to `:field`, for `_header`: a record has no column letters.
    pub(crate) fn header(&self, fields: &Fields) -> String {
        serde_json::to_string(&self.places(fields)).unwrap_or_default()
    }

    /// The same as a map.
    pub(crate) fn places(&self, fields: &Fields) -> BTreeMap<String, String> {
        self.fields
            .iter()
            .zip(&fields.names)
            .filter_map(|(field, name)| Some((name.clone(), format!(":{}", field.as_ref()?))))
            .collect()
    }

    /// Fields no column of the stream asks for; they were not read.
    pub(crate) fn extra(&self) -> impl Iterator<Item = &str> {
        self.extra.iter().map(String::as_str)
    }

    /// Required columns that no record of the document had.
    pub(crate) fn missing<'a>(&self, fields: &'a Fields) -> Vec<&'a str> {
        fields
            .required
            .iter()
            .filter(|column| self.fields[**column].is_none())
            .map(|column| fields.names[*column].as_str())
            .collect()
    }
}
