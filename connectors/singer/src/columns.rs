//! Records into columns, each value by the kind its tap declared.
//! Here because this runs for every value of every record: one pass over the text, no tree of values.
//! In: a record's JSON. Out: a batch with locator, part and header. A value that is not of its kind flaws its row.
//! Not here: which kind a property has (catalog), when a batch is full enough (reading).

mod builder;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use plugin_api::arrow::array::builder::StringBuilder;
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::serde::Deserialize;
use plugin_api::serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use plugin_api::{Error, columns as special};
use serde_json::value::RawValue;

use builder::Builder;

/// Longest text of one value, in bytes; a longer one costs its row.
pub(crate) const VALUE_BYTES_MAX: usize = 128 << 10;
/// Fields of a record whose order is remembered.
const ORDER_MAX: usize = 1_000;
/// What a decoder puts where bytes were no text, and what becomes of it when it is taken for GBK.
const DAMAGE: [&str; 2] = ["\u{FFFD}", "锟斤拷"];

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number: its digits as text, every one it had.
    Number,
    /// Yes or no.
    Boolean,
    /// Anything: scalars as text, the rest as JSON.
    Any,
}

/// A column of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The field that fills it.
    pub(crate) property: String,
    pub(crate) kind: Kind,
}

impl Kind {
    pub(crate) const fn data_type(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Boolean => DataType::Boolean,
            Self::Text | Self::Number | Self::Any => DataType::Utf8,
        }
    }
}

/// Why a row cannot be trusted, as reason codes of the catalogue of dirt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not an object, or a value that is not of its kind.
    NotARecord,
    Undecodable,
    Repeated,
    TooLong,
}

impl Flaw {
    const ALL: [Self; 4] = [Self::NotARecord, Self::Undecodable, Self::Repeated, Self::TooLong];

    const fn code(self) -> &'static str {
        match self {
            Self::NotARecord => "D16",
            Self::Undecodable => "D14",
            Self::Repeated => "D17",
            Self::TooLong => "D09",
        }
    }
}

/// The schema of a stream of these columns.
pub(crate) fn schema(stream: &[Column]) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = stream
        .iter()
        .map(|column| Field::new(&column.name, column.kind.data_type(), true))
        .collect();
    fields.push(Field::new(special::LOCATOR, DataType::Utf8, false));
    fields.push(Field::new(special::PART, dictionary.clone(), false));
    fields.push(Field::new(special::HEADER, dictionary, false));
    Arc::new(Schema::new(fields))
}

/// Rows being gathered.
pub(crate) struct Columns {
    schema: SchemaRef,
    columns: Vec<Column>,
    builders: Vec<Builder>,
    filled: Vec<bool>,
    /// Fields of the record before, in its order: the next one most likely has the same.
    order: Vec<(String, Place)>,
    replication_key: Option<String>,
    locators: StringBuilder,
    locator: String,
    keys: Vec<i32>,
    /// The header of good rows, then that of each flaw.
    headers: Vec<String>,
    part: String,
    bytes: usize,
}

/// Where a field goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    column: Option<usize>,
    replication_key: bool,
}

impl Columns {
    /// Rows of `locator`, to be followed by their number.
    pub(crate) fn new(stream: &[Column], replication_key: Option<&str>, locator: &str, part: String) -> Self {
        let places = stream.iter().map(|column| {
            (
                column.name.clone(),
                serde_json::Value::String(format!(":{}", column.property)),
            )
        });
        let header: serde_json::Map<String, serde_json::Value> = places.collect();
        let flawed = Flaw::ALL.map(|flaw| {
            let mut header = header.clone();
            header.insert("_flaw".into(), flaw.code().into());
            serde_json::Value::Object(header).to_string()
        });
        let header = serde_json::Value::Object(header).to_string();
        Self {
            schema: schema(stream),
            builders: stream.iter().map(|column| Builder::new(column.kind)).collect(),
            filled: vec![false; stream.len()],
            columns: stream.to_vec(),
            order: Vec::new(),
            replication_key: replication_key.map(str::to_owned),
            locators: StringBuilder::new(),
            locator: locator.to_owned(),
            keys: Vec::new(),
            headers: std::iter::once(header).chain(flawed).collect(),
            part,
            bytes: 0,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Bytes of the rows gathered, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a record as row `number`. Returns its replication key as it stands in JSON.
    pub(crate) fn record<'r>(&mut self, raw: &'r str, damaged: bool, number: u64) -> Option<&'r str> {
        self.filled.fill(false);
        let mut reader = Reader {
            columns: self,
            flaw: damaged.then_some(Flaw::Undecodable),
            key: None,
        };
        let mut deserializer = serde_json::Deserializer::from_str(raw);
        let read = deserializer.deserialize_map(&mut reader);
        let (mut flaw, key) = (reader.flaw, reader.key);
        if read.is_err() || deserializer.end().is_err() {
            flaw = flaw.or(Some(Flaw::NotARecord));
        }
        self.close(flaw, number);
        key
    }

    /// Takes what is no record at all as row `number`, to be refused.
    pub(crate) fn nothing(&mut self, flaw: Flaw, number: u64) {
        self.filled.fill(false);
        self.close(Some(flaw), number);
    }

    fn close(&mut self, flaw: Option<Flaw>, number: u64) {
        for (filled, builder) in self.filled.iter().zip(&mut self.builders) {
            if !*filled {
                builder.null();
            }
        }
        let known = |flaw: Flaw| Flaw::ALL.iter().zip(1..).find(|(known, _)| **known == flaw);
        self.keys.push(flaw.and_then(known).map_or(0, |(_, key)| key));
        let prefix = self.locator.len();
        // Writing to a text does not fail.
        let _ = fmt::Write::write_fmt(&mut self.locator, format_args!("{number}"));
        self.locators.append_value(&self.locator);
        self.bytes += self.locator.len();
        self.locator.truncate(prefix);
    }

    /// The rows gathered since the last batch; none when there are none.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.keys.is_empty() {
            return Ok(None);
        }
        let rows = self.keys.len();
        let mut arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        arrays.push(Arc::new(self.locators.finish()));
        arrays.push(dictionary(vec![0; rows], std::slice::from_ref(&self.part))?);
        arrays.push(dictionary(std::mem::take(&mut self.keys), &self.headers)?);
        self.bytes = 0;
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?))
    }

    fn field(&mut self, position: usize, name: &str) -> Place {
        if let Some((known, field)) = self.order.get(position)
            && known == name
        {
            return *field;
        }
        let field = Place {
            column: self.columns.iter().position(|column| column.property == name),
            replication_key: self.replication_key.as_deref() == Some(name),
        };
        self.order.truncate(position);
        // A record with endless fields must not grow the memory of the order.
        if position < ORDER_MAX {
            self.order.push((name.to_owned(), field));
        }
        field
    }

    /// Sets a column of the open row from a value.
    fn put(&mut self, column: usize, value: &str) -> Result<(), Flaw> {
        let (Some(filled), Some(builder)) = (self.filled.get_mut(column), self.builders.get_mut(column))
        else {
            return Ok(());
        };
        let Some(text) = text(value)? else { return Ok(()) };
        if *filled {
            return Err(Flaw::Repeated);
        }
        if text.len() > VALUE_BYTES_MAX {
            return Err(Flaw::TooLong);
        }
        *filled = builder.append(&text, value);
        self.bytes += text.len();
        if *filled { Ok(()) } else { Err(Flaw::NotARecord) }
    }
}

/// Whether a line holds what was no text once.
pub(crate) fn is_damaged(line: &str) -> bool {
    DAMAGE.iter().any(|mark| line.contains(mark))
}

/// The text of a JSON value: a text without its quotes, anything else as it stands. `null` and the empty text are none.
fn text(raw: &str) -> Result<Option<Cow<'_, str>>, Flaw> {
    let text = match raw.as_bytes().first() {
        None | Some(b'n') => return Ok(None),
        Some(b'"') => match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
            Some(_) | None => Cow::Owned(serde_json::from_str::<String>(raw).map_err(|_| Flaw::Undecodable)?),
        },
        Some(_) => Cow::Borrowed(raw),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

struct Reader<'c, 'r> {
    columns: &'c mut Columns,
    flaw: Option<Flaw>,
    key: Option<&'r str>,
}

/// A field's name, borrowed where it can be.
#[derive(Deserialize)]
#[serde(crate = "plugin_api::serde")]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'r> Visitor<'r> for &mut Reader<'_, 'r> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<(), A::Error> {
        let mut position = 0;
        while let Some(name) = map.next_key::<Name<'r>>()? {
            let field = self.columns.field(position, &name.0);
            position += 1;
            if field.column.is_none() && !field.replication_key {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&'r RawValue>()?.get();
            if field.replication_key && !value.starts_with('n') {
                self.key = Some(value);
            }
            if let Some(column) = field.column
                && let Err(flaw) = self.columns.put(column, value)
            {
                self.flaw.get_or_insert(flaw);
            }
        }
        Ok(())
    }
}

fn dictionary(keys: Vec<i32>, values: &[String]) -> Result<ArrayRef, Error> {
    let values = Arc::new(StringArray::from_iter_values(values));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(keys),
        values,
    )?))
}
