//! A printed value as rows: a line each for programs that read lines, cells for spreadsheets.
//! Here because every list is printed by one hand, and columns stand in the order their fields are declared.
//! In: the JSON text of a value. Out: its rows as JSON texts; as CSV with a header.
//! Not here: which formats there are; columns of the engine (cmd/query).

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// An object's fields, in the order they were written.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

/// The rows of the value `json`: those of a list, or of the one list an object has beside its single values; else one, which is
/// all of it.
pub(super) fn rows(json: &str) -> serde_json::Result<Vec<Box<RawValue>>> {
    if json.starts_with('[') {
        return serde_json::from_str(json);
    }
    if json.starts_with('{') {
        let Fields(fields) = serde_json::from_str(json)?;
        let mut lists = fields.iter().filter(|(_, value)| value.get().starts_with('['));
        if let (Some((_, list)), None) = (lists.next(), lists.next()) {
            return serde_json::from_str(list.get());
        }
    }
    Ok(vec![serde_json::from_str(json)?])
}

/// `rows` as CSV. An object within a row is columns of its own, `outer.inner`; a list is one cell.
pub(super) fn csv(rows: &[Box<RawValue>]) -> serde_json::Result<String> {
    let mut header: Vec<String> = Vec::new();
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = Vec::new();
        flatten("", row.get(), &mut cells)?;
        for (name, _) in &cells {
            if !header.contains(name) {
                header.push(name.clone());
            }
        }
        lines.push(cells);
    }
    let mut text = String::new();
    if header.is_empty() {
        return Ok(text);
    }
    // A source's own headings may be names here.
    line(&mut text, header.iter().cloned().map(inert));
    for cells in lines {
        let of = |name: &String| {
            let cell = cells.iter().find(|(of, _)| of == name);
            cell.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        line(&mut text, header.iter().map(of));
    }
    Ok(text)
}

/// Puts what `json` holds into `cells`, under names that begin with `prefix`.
fn flatten(prefix: &str, json: &str, cells: &mut Vec<(String, String)>) -> serde_json::Result<()> {
    if json.starts_with('{') {
        let Fields(fields) = serde_json::from_str(json)?;
        for (name, value) in fields {
            let name = if prefix.is_empty() {
                name
            } else {
                format!("{prefix}.{name}")
            };
            flatten(&name, value.get(), cells)?;
        }
        return Ok(());
    }
    let name = if prefix.is_empty() { "value" } else { prefix };
    let value = match serde_json::from_str(json)? {
        Value::Null => String::new(),
        Value::String(text) => inert(text),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            inert(texts.join("；"))
        }
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    };
    cells.push((name.to_owned(), value));
    Ok(())
}

/// `text` as no spreadsheet computes it: an apostrophe stands before what would be a formula.
pub(crate) fn inert(text: String) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text
    }
}

/// Appends a line as RFC 4180 has it.
pub(crate) fn line(text: &mut String, values: impl Iterator<Item = String>) {
    for (position, value) in values.enumerate() {
        if position > 0 {
            text.push(',');
        }
        if value.contains([',', '"', '\n', '\r']) {
            text.push_str(&format!("\"{}\"", value.replace('"', "\"\"")));
        } else {
            text.push_str(&value);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_those_of_the_one_list_there_is() {
        for (json, expected) in [
            ("[1,2]", &["1", "2"][..]),
            ("[]", &[]),
            (
                r#"{"healthy":true,"checks":[{"a":1},{"a":2}]}"#,
                &[r#"{"a":1}"#, r#"{"a":2}"#],
            ),
            (r#"{"one":[1],"two":[]}"#, &[r#"{"one":[1],"two":[]}"#]),
            (r#"{"a":1}"#, &[r#"{"a":1}"#]),
            ("\"text\"", &["\"text\""]),
        ] {
            let rows = rows(json).unwrap();
            let rows: Vec<&str> = rows.iter().map(|row| row.get()).collect();
            assert_eq!(rows, expected);
        }
    }

    #[test]
    fn cells_are_in_the_order_of_the_fields_and_no_formula() {
        let json = r#"[{"z":"a,b","a":{"n":-1,"t":"=1+1"},"l":["x","y"],"o":[{"k":1}],"e":null},{"z":"say \"hi\"","more":true}]"#;
        let text = csv(&rows(json).unwrap()).unwrap();
        assert_eq!(
            text,
            "z,a.n,a.t,l,o,e,more\r\n\"a,b\",-1,'=1+1,x；y,\"[{\"\"k\"\":1}]\",,\r\n\"say \"\"hi\"\"\",,,,,,true\r\n"
        );
        assert_eq!(csv(&[]).unwrap(), "");
        let named = csv(&rows(r#"[{"=1+1":1}]"#).unwrap()).unwrap();
        assert_eq!(named, "'=1+1\r\n1\r\n");
    }
}
