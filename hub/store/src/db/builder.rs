//! A statement put together piece by piece.
//! Here because filters come one by one.
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

    /// The statement.
    pub(crate) fn build(self) -> Query<'q> {
        Query::with(self.text, self.values)
    }
}
