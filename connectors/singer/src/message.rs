//! One line of a tap: which message it is, and what of it matters here.
//! Here because the record in it is read once, into columns, and never becomes a tree of values.
//! In: a line. Out: `Message`, its parts still JSON text. A line that is none of the protocol's is told apart, not guessed at.
//! Not here: what a message means for a reading.

use std::borrow::Cow;

use plugin_api::serde::Deserialize;
use serde_json::value::RawValue;

/// A message.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Record {
        stream: Cow<'a, str>,
        record: &'a RawValue,
    },
    Schema {
        stream: Cow<'a, str>,
        schema: &'a RawValue,
    },
    State {
        value: &'a RawValue,
    },
    ActivateVersion {
        stream: Cow<'a, str>,
        version: i64,
    },
    /// Rows in files beside the messages.
    Batch,
    /// A message of the protocol, but not of ours.
    Other,
}

#[derive(Deserialize)]
#[serde(crate = "plugin_api::serde")]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    version: Option<i64>,
}

impl<'a> Message<'a> {
    /// None when the line is no message.
    pub(crate) fn of(line: &'a str) -> Option<Self> {
        let line: Line<'a> = serde_json::from_str(line).ok()?;
        match (&*line.kind, line.stream) {
            ("RECORD", Some(stream)) => Some(Self::Record {
                stream,
                record: line.record?,
            }),
            ("SCHEMA", Some(stream)) => Some(Self::Schema {
                stream,
                schema: line.schema?,
            }),
            ("STATE", _) => Some(Self::State { value: line.value? }),
            ("ACTIVATE_VERSION", Some(stream)) => Some(Self::ActivateVersion {
                stream,
                version: line.version?,
            }),
            ("BATCH", _) => Some(Self::Batch),
            ("RECORD" | "SCHEMA" | "ACTIVATE_VERSION", None) => None,
            (_, _) => Some(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_and_what_is_none_is_none() {
        let record = r#"{"type": "RECORD", "stream": "a\u4e00", "record": {"id": 12345678901234567890}, "time_extracted": "x"}"#;
        let Some(Message::Record { stream, record }) = Message::of(record) else {
            panic!("no record");
        };
        assert_eq!(
            (&*stream, record.get()),
            ("a一", r#"{"id": 12345678901234567890}"#)
        );
        for (line, is) in [
            (r#"{"type":"STATE","value":{}}"#, "State"),
            (
                r#"{"type":"SCHEMA","stream":"a","schema":{},"key_properties":[]}"#,
                "Schema",
            ),
            (
                r#"{"type":"ACTIVATE_VERSION","stream":"a","version":1}"#,
                "ActivateVersion",
            ),
            (r#"{"type":"BATCH","stream":"a","manifest":[]}"#, "Batch"),
            (r#"{"type":"LOG","message":"x"}"#, "Other"),
        ] {
            let message = format!("{:?}", Message::of(line).unwrap());
            assert!(message.starts_with(is), "{message}");
        }
        for line in [
            "",
            "hello",
            "{}",
            r#"{"type":"RECORD","record":{}}"#,
            r#"{"type":"RECORD","stream":"a"}"#,
        ] {
            assert!(Message::of(line).is_none(), "{line}");
        }
    }
}
