//! JSON records: the array at a pointer, one record after the other; and NDJSON, one record a line.
//! Here because numbers must stay the digits they were, and a key that stands twice must not win in silence.
//! In: bytes or a reader. Out: raw records one by one; a record's fields as texts of a [`Sink`]'s row.
//! Not here: paging and the envelope's verdict (http). A `null` is no value; a nested value is its own text.

mod metered;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, Read};

use plugin_api::Error;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use metered::Meter;

pub(crate) use super::pointer::Pointer;
use super::{Fields, Flaw, Found, Sink, VALUE_BYTES_MAX};

/// Longest line of an NDJSON document and longest record of an array.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 20;

/// A key that is borrowed where it can be.
#[derive(Deserialize)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// What a document held besides its records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Walked {
    /// Whether there was an array at the pointer.
    pub(crate) found: bool,
    /// Its records.
    pub(crate) records: u64,
}

/// Hands every record of the array at `pointer` to `each`, never holding more than one.
///
/// # Errors
/// `data` when the document is not JSON or ends early; whatever `each` says.
pub(crate) fn walk<S: From<Error>>(
    reader: impl Read,
    pointer: &Pointer,
    each: &mut dyn FnMut(&str) -> Result<(), S>,
) -> Result<Walked, S> {
    let mut walked = Walked::default();
    let mut stop = None;
    let meter = Meter::default();
    let step = Step {
        steps: &pointer.0,
        each,
        walked: &mut walked,
        stop: &mut stop,
        meter: &meter,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(meter.over(reader));
    let result = meter.held(|| step.deserialize(&mut deserializer));
    if let Some(stop) = stop {
        return Err(stop);
    }
    let ended = result.and_then(|()| deserializer.end());
    ended.map_err(|error| broken(&error))?;
    Ok(walked)
}

/// Never quotes the document: the parser's message may.
pub(crate) fn broken(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    if error.io_error_kind() == Some(io::ErrorKind::FileTooLarge) {
        return Error::data(format!("第 {line} 行附近的一条记录超过 {RECORD_BYTES_MAX} 字节"));
    }
    if error.is_io() {
        return Error::data(format!("第 {line} 行附近读取中断，内容不完整"));
    }
    if error.is_eof() {
        return Error::data(format!("JSON 在第 {line} 行第 {column} 列中断，内容不完整"));
    }
    Error::data(format!("第 {line} 行第 {column} 列不是有效的 JSON"))
}

/// One step down the pointer.
struct Step<'s, S> {
    steps: &'s [String],
    each: &'s mut dyn FnMut(&str) -> Result<(), S>,
    walked: &'s mut Walked,
    stop: &'s mut Option<S>,
    meter: &'s Meter,
}

impl<'de, S> DeserializeSeed<'de> for Step<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S> Visitor<'de> for Step<'_, S> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Step {
            steps,
            each,
            walked,
            stop,
            meter,
        } = self;
        while let Some(key) = meter.held(|| map.next_key::<Key<'de>>())? {
            match steps.split_first() {
                Some((first, rest)) if *first == key.0 && !walked.found => {
                    let step = Step {
                        steps: rest,
                        each: &mut *each,
                        walked: &mut *walked,
                        stop: &mut *stop,
                        meter,
                    };
                    // A text where the array should be would be held whole, too.
                    meter.held(|| map.next_value_seed(step))?;
                }
                Some(_) | None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.steps.is_empty() {
            self.meter.pass();
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        self.walked.found = true;
        while let Some(record) = self.meter.held(|| seq.next_element::<Box<RawValue>>())? {
            self.walked.records += 1;
            if let Err(stop) = (self.each)(record.get()) {
                *self.stop = Some(stop);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// Hands every line of an NDJSON document to `each`; blank lines are none.
///
/// # Errors
/// `data` when a line is too long; whatever `each` says. A line that is not JSON is `each`'s to judge.
pub(crate) fn lines<S: From<Error>>(
    mut reader: impl BufRead,
    each: &mut dyn FnMut(&str) -> Result<(), S>,
) -> Result<Walked, S> {
    let mut walked = Walked {
        found: true,
        records: 0,
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut reader).take(RECORD_BYTES_MAX as u64 + 1);
        if bounded.read_until(b'\n', &mut line).map_err(Error::from)? == 0 {
            return Ok(walked);
        }
        if line.len() > RECORD_BYTES_MAX {
            let number = walked.records + 1;
            return Err(Error::data(format!("第 {number} 条记录超过 {RECORD_BYTES_MAX} 字节")).into());
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if !text.is_empty() {
            walked.records += 1;
            each(text)?;
        }
    }
}

/// Puts records into rows.
#[derive(Debug)]
pub(crate) struct Records {
    fields: Fields,
    /// Fields of the record before, in its order: the next one most likely has the same.
    order: Vec<(String, Option<usize>)>,
    /// The text that fills each column of the open record: where it stands says whether two are the same.
    taken: Vec<bool>,
    nested: Vec<(Pointer, usize)>,
    pub(crate) found: Found,
}

impl Records {
    pub(crate) fn new(fields: Fields) -> Self {
        let nested = fields
            .nested()
            .filter_map(|(path, column)| Some((Pointer::parse(&format!("/{path}")).ok()?, column)))
            .collect();
        Self {
            found: Found::new(&fields),
            taken: vec![false; fields.names.len()],
            order: Vec::new(),
            nested,
            fields,
        }
    }

    /// The columns and the names they go by.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Learns the fields of a record without taking it.
    pub(crate) fn look(&mut self, raw: &str) {
        self.record(raw, &mut Nothing);
    }

    /// Fills the open row of `sink` from a record.
    pub(crate) fn record(&mut self, raw: &str, sink: &mut impl Sink) {
        self.taken.fill(false);
        if raw.contains('\u{fffd}') {
            sink.flaw(Flaw::Undecodable, None);
        }
        let mut deserializer = serde_json::Deserializer::from_str(raw);
        let reader = RecordReader { records: self, sink };
        if deserializer.deserialize_map(reader).is_err() || deserializer.end().is_err() {
            sink.flaw(Flaw::NotARecord, None);
        }
        for index in 0..self.nested.len() {
            self.nested(index, raw, sink);
        }
    }

    fn nested(&mut self, index: usize, raw: &str, sink: &mut impl Sink) {
        let (pointer, column) = &self.nested[index];
        let mut value = serde_json::from_str::<&RawValue>(raw).ok();
        for step in &pointer.0 {
            value = value.and_then(|value| {
                serde_json::from_str::<std::collections::BTreeMap<String, &RawValue>>(value.get())
                    .ok()?
                    .get(step.as_str())
                    .copied()
            });
        }
        if let Some(value) = value {
            self.found.saw(*column, &format!("/{}", pointer.0.join("/")));
            put(*column, value, &mut self.taken, sink);
        }
    }

    fn column_at(&mut self, position: usize, key: &str) -> Option<usize> {
        if let Some((known, column)) = self.order.get(position)
            && known == key
        {
            return *column;
        }
        let column = self.fields.column(key);
        match column {
            Some(column) => self.found.saw(column, key),
            None => self.found.saw_extra(key),
        }
        self.order.truncate(position);
        // A record with endless fields must not grow the memory of the order.
        if position < 1_000 {
            self.order.push((key.to_owned(), column));
        }
        column
    }
}

/// Takes nothing.
struct Nothing;

impl Sink for Nothing {
    type Stop = Error;

    fn row(&mut self, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn text(&mut self, _: usize, _: &str) {}

    fn flaw(&mut self, _: Flaw, _: Option<usize>) {}
}

struct RecordReader<'r, T> {
    records: &'r mut Records,
    sink: &'r mut T,
}

impl<'de, T: Sink> Visitor<'de> for RecordReader<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut position = 0;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let column = self.records.column_at(position, &key.0);
            position += 1;
            match column {
                Some(column) => {
                    let value = map.next_value::<&'de RawValue>()?;
                    put(column, value, &mut self.records.taken, self.sink);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Sets a column from a scalar; a second value for the same column flaws the row.
fn put(column: usize, value: &RawValue, taken: &mut [bool], sink: &mut impl Sink) {
    let raw = value.get();
    let text = match raw.as_bytes().first() {
        None | Some(b'n') => return,
        Some(b'"') => match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
            Some(_) | None => match serde_json::from_str::<String>(raw) {
                Ok(text) => Cow::Owned(text),
                Err(_) => return sink.flaw(Flaw::Undecodable, Some(column)),
            },
        },
        Some(_) => Cow::Borrowed(raw),
    };
    if text.is_empty() {
        return;
    }
    if taken[column] {
        return sink.flaw(Flaw::Repeated, Some(column));
    }
    taken[column] = true;
    if text.len() > VALUE_BYTES_MAX {
        return sink.flaw(Flaw::TooLong, Some(column));
    }
    sink.text(column, &text);
}
