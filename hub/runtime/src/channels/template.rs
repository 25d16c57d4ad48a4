//! Bodies for receivers with a dialect of their own: JSON in which `{{name}}` stands for what an event says.
//! Here because a provincial platform must need configuration, not code.
//! In: a JSON text with names in its strings. Out: the body of one event.
//! Not here: signatures. Only strings are filled in, and JSON is written by a JSON writer: no value can end the text it is in.

use serde_json::{Map, Value};

use crate::cloud_event::CloudEvent;

/// Longest template, bytes.
const TEMPLATE_BYTES_MAX: usize = 64 * 1024;
const DATA: &str = "data";
/// What may stand between the braces, besides `data/…`.
const NAMES: [&str; 10] = [
    "id",
    "type",
    "source",
    "subject",
    "time",
    "sequence",
    "timestamp",
    "timestamp_ms",
    DATA,
    "data_text",
];

/// A body with places to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Value);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, and which names there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(format!("template: at most {TEMPLATE_BYTES_MAX} bytes"));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!(
                "template 不是 JSON：第 {} 行第 {} 列 / is not JSON there",
                error.line(),
                error.column()
            )
        })?;
        check(&value)?;
        Ok(Self(value))
    }

    /// The body of `event` at `at_ms`.
    pub(super) fn body(&self, event: &CloudEvent, at_ms: i64) -> Result<Vec<u8>, serde_json::Error> {
        let data: Value = serde_json::from_str(event.data.get())?;
        let values = Values { event, data, at_ms };
        serde_json::to_vec(&values.filled(&self.0))
    }
}

/// Names in `text`, with the text between them.
fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or_else(|| format!("template: {{{{ without }}}} in {text:?}"))?;
        parts.push(Part::Text(before));
        parts.push(Part::Name(name.trim()));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn check(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => {
            for part in parts(text)? {
                let Part::Name(name) = part else { continue };
                if NAMES.contains(&name) || name.strip_prefix("data/").is_some_and(|path| !path.is_empty()) {
                    continue;
                }
                let near = hub_model::nearest(name, NAMES)
                    .map(|near| format!("; did you mean {near:?}?"))
                    .unwrap_or_default();
                return Err(format!(
                    "template 中没有 {{{{{name}}}}} 这一项；可用 {}、data/… / no such name{near}",
                    NAMES.join("、")
                ));
            }
            Ok(())
        }
        Value::Array(values) => values.iter().try_for_each(check),
        Value::Object(values) => values.values().try_for_each(check),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

struct Values<'a> {
    event: &'a CloudEvent,
    data: Value,
    at_ms: i64,
}

impl Values<'_> {
    fn filled(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter().map(|value| self.filled(value)).collect(),
            Value::Object(values) => {
                let filled = values
                    .iter()
                    .map(|(key, value)| (key.clone(), self.filled(value)));
                Value::Object(filled.collect::<Map<_, _>>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => template.clone(),
        }
    }

    /// A string that is one name is that value, whatever its type; else everything in it becomes text.
    fn text(&self, text: &str) -> Value {
        let Ok(parts) = parts(text) else {
            return Value::String(text.to_owned());
        };
        if let [Part::Text(""), Part::Name(name), Part::Text("")] = parts[..] {
            return self.value(name);
        }
        let written = parts.into_iter().map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Name(name) => match self.value(name) {
                Value::String(text) => text,
                Value::Null => String::new(),
                other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    other.to_string()
                }
            },
        });
        Value::String(written.collect())
    }

    fn value(&self, name: &str) -> Value {
        let event = self.event;
        match name {
            "id" => event.id.as_str().into(),
            "type" => event.r#type.as_str().into(),
            "source" => event.source.as_str().into(),
            "subject" => event.subject.as_str().into(),
            "time" => event.time.as_str().into(),
            "sequence" => event.sequence.as_deref().unwrap_or_default().into(),
            "timestamp" => self.at_ms.div_euclid(1000).into(),
            "timestamp_ms" => self.at_ms.into(),
            DATA => self.data.clone(),
            "data_text" => event.data.get().into(),
            _ => {
                let pointer = name.strip_prefix(DATA).unwrap_or_default();
                self.data.pointer(pointer).cloned().unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_store::Delivery;

    use super::*;
    use crate::channels::Source;

    #[test]
    fn a_template_is_filled_in_and_no_value_breaks_out_of_it() {
        let template = Template::parse(
            r#"{"head": {"msgId": "{{id}}", "ts": "{{timestamp}}"}, "biz": "{{data}}", "raw": "{{data_text}}",
                "level": "{{ data/severity }}", "title": "预警：{{data/rule/title}}（{{data/round}}）", "n": [1, "{{data/none}}"]}"#,
        )
        .unwrap();
        let data = r#"{"severity":"red","round":2,"rule":{"title":"a\", \"x\": \"b"}}"#;
        let delivery = Delivery {
            sequence: 7,
            event_id: "01K".to_owned(),
            case_id: "01C".to_owned(),
            kind: "cn.gov.hub.warning.opened.v1".to_owned(),
            at_ms: 0,
            data: data.to_owned(),
            traceparent: None,
            attempts: 0,
            excused: 0,
            replay: false,
        };
        let event = Source::new("000000", None).event(&delivery).unwrap();
        let body = template.body(&event, 1_700_000_000_123).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let whole: Value = serde_json::from_str(data).unwrap();
        let expected = serde_json::json!({
            "head": { "msgId": "01K", "ts": 1_700_000_000 }, "biz": whole, "raw": data, "level": "red",
            "title": "预警：a\", \"x\": \"b（2）", "n": [1, null],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_template_that_cannot_be_filled_in_is_refused() {
        for (wrong, says) in [
            ("{", "第 1 行"),
            (r#"{"a": "{{identity}}"}"#, "identity"),
            (r#"{"a": "{{tpye}}"}"#, "did you mean \"type\""),
            (r#"["{{id"]"#, "without"),
        ] {
            let told = Template::parse(wrong).unwrap_err();
            assert!(told.contains(says), "{wrong}: {told}");
        }
    }
}
