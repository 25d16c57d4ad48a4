//! One column being written.
//! Here because the kinds differ in what they accept, and in nothing else.
//! In: a value's text and its JSON. Out: an array. What is not of the kind is not accepted.
//! Not here: which column a value goes to.

use std::sync::Arc;

use plugin_api::arrow::array::builder::{ArrayBuilder, BooleanBuilder, Int64Builder, StringBuilder};
use plugin_api::arrow::array::{Array, ArrayRef};

use super::Kind;

pub(super) enum Builder {
    Text(Kind, StringBuilder),
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
}

impl Builder {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Text | Kind::Number | Kind::Any => Self::Text(kind, StringBuilder::new()),
        }
    }

    /// Appends a value; false when it is not of the kind, and then nothing is appended.
    pub(super) fn append(&mut self, text: &str, raw: &str) -> bool {
        match self {
            Self::Text(Kind::Any, builder) => builder.append_value(text),
            // A number where a text was declared keeps its digits; what has an inside is no text.
            Self::Text(_, _) if raw.starts_with(['{', '[']) => return false,
            Self::Text(_, builder) => builder.append_value(text),
            Self::Integer(builder) => match text.parse() {
                Ok(number) => builder.append_value(number),
                Err(_) => return false,
            },
            Self::Boolean(builder) => match raw {
                "true" => builder.append_value(true),
                "false" => builder.append_value(false),
                _ => return false,
            },
        }
        true
    }

    pub(super) fn null(&mut self) {
        match self {
            Self::Text(_, builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
        }
    }

    /// The array, and room for about the same again.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(_, builder) => {
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let array = builder.finish();
                *builder = StringBuilder::with_capacity(rows, bytes + bytes / 16);
                Arc::new(array) as Arc<dyn Array>
            }
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
        }
    }
}
