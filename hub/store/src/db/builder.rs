//! A statement put together piece by piece.
//! Here because filters come one by one, and a hundred thousand rows go in as values.
//! In: pieces of the program's own text, values. Out: a statement; nothing of a value is ever text of it.
//! Not here: running it (query).

use super::query::Query;
use super::value::{Bind, Value};

/// A statement so far.
pub(crate) struct Builder<'q> {
    text: String,
    values: Vec<Value<'q>>,
}

impl<'q> Builder<'q> {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// Adds a piece.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub(crate) fn push_bind(&mut self, value: impl Bind<'q>) -> &mut Self {
        self.push_value(value.value())
    }

    /// Adds a value whose kind is known by itself.
    pub(crate) fn push_value(&mut self, value: Value<'q>) -> &mut Self {
        self.text.push('?');
        self.values.push(value);
        self
    }

    /// Adds `VALUES (…), (…)`, a row for each of `rows`.
    pub(crate) fn push_values<T>(&mut self, rows: &'q [T], mut bind: impl FnMut(&mut Values<'_, 'q>, &'q T)) {
        for (nth, row) in rows.iter().enumerate() {
            self.text.push_str(if nth == 0 { "VALUES (" } else { "), (" });
            bind(
                &mut Values {
                    builder: self,
                    first: true,
                },
                row,
            );
        }
        self.text.push(')');
    }

    /// The statement.
    pub(crate) fn build(self) -> Query<'q> {
        Query::with(self.text, self.values)
    }
}

/// The values of one row, bound one after the other.
pub(crate) struct Values<'b, 'q> {
    builder: &'b mut Builder<'q>,
    first: bool,
}

impl<'q> Values<'_, 'q> {
    pub(crate) fn push_bind(&mut self, value: impl Bind<'q>) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.builder.text.push(',');
        }
        self.builder.push_bind(value);
        self
    }
}
