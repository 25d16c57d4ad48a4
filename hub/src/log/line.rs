//! One line of the log: its listed fields, without what may be somebody's number.
//! Here because lines end on screens, in files and in other people's log servers.
//! In: an event of `tracing`, ours or a library's. Out: the line as JSON, or for eyes.
//! Not here: where it goes.

use std::fmt::{self, Write};

use hub_runtime::clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::fields::is_listed;

/// Longest value, characters: a stack of causes, not a document.
const CHARS_MAX: usize = 4_000;
/// Digits of an ID number, of one with its last place a letter, of a phone and of a bank card: what is hidden.
const NUMBERS: [usize; 6] = [11, 15, 16, 17, 18, 19];
/// Digits that are left at the end of a hidden number.
const DIGITS_SHOWN: usize = 4;

/// A line.
pub(super) struct Line {
    at: String,
    level: Level,
    target: String,
    fields: Map<String, Value>,
}

impl Line {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let about = event.metadata();
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        Self::new(*about.level(), about.target(), fields.0)
    }

    /// What the log says of itself.
    pub(super) fn new(level: Level, target: &str, fields: Map<String, Value>) -> Self {
        Self {
            at: clock::rfc3339(clock::now_ms()),
            level,
            target: target.to_owned(),
            fields,
        }
    }

    /// The run it is about.
    pub(super) fn run(&self) -> Option<&str> {
        self.fields.get("run")?.as_str()
    }

    /// With the line break.
    pub(super) fn json(&self) -> String {
        let line = serde_json::json!({
            "timestamp": self.at,
            "level": self.level.as_str(),
            "fields": self.fields,
            "target": self.target,
        });
        format!("{line}\n")
    }

    /// With the line break; its level in colour.
    pub(super) fn text(&self, coloured: bool) -> String {
        let (on, off) = match (coloured, self.level) {
            (false, _) => ("", ""),
            (true, Level::ERROR) => ("\u{1b}[31m", "\u{1b}[0m"),
            (true, Level::WARN) => ("\u{1b}[33m", "\u{1b}[0m"),
            (true, Level::INFO) => ("\u{1b}[32m", "\u{1b}[0m"),
            (true, _) => ("\u{1b}[34m", "\u{1b}[0m"),
        };
        let mut text = format!(
            "{} {on}{:5}{off} {}",
            self.at,
            self.level.as_str(),
            said(&self.fields)
        );
        text.push('\n');
        text
    }
}

/// The fields of a line for eyes: the sentence, then the rest. Control characters cannot move a cursor.
pub(crate) fn said(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    if let Some(Value::String(message)) = fields.get("message") {
        text.push_str(message);
    }
    for (name, value) in fields.iter().filter(|(name, _)| *name != "message") {
        // Writing to a String cannot fail.
        let _ = match value.as_str() {
            Some(value) => write!(text, " {name}={value}"),
            None => write!(text, " {name}={value}"),
        };
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Listed fields only: what a library adds of its own is not ours to vouch for.
struct Fields(Map<String, Value>);

impl Fields {
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        if is_listed(field.name()) {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, masked(&format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, masked(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.keep(field, masked(&value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }
}

/// `text` without what may be somebody's number: runs of digits as long as those of documents, phones and cards.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    // One more character ends the last word.
    for c in text.chars().take(CHARS_MAX).map(Some).chain([None]) {
        if let Some(c) = c.filter(char::is_ascii_alphanumeric) {
            word.push(c);
            continue;
        }
        hide(&word, &mut out);
        word.clear();
        out.extend(c);
    }
    out
}

fn hide(word: &str, out: &mut String) {
    let digits = word.strip_suffix(['X', 'x']).unwrap_or(word);
    let is_number = NUMBERS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        out.push_str(word);
        return;
    }
    let hidden = word.len() - DIGITS_SHOWN;
    out.extend(std::iter::repeat_n('*', hidden));
    out.extend(word.chars().skip(hidden));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_are_hidden_and_everything_else_stays() {
        for (text, shown) in [
            ("身份证341202196507041013有误", "身份证**************1013有误"),
            ("id=34120219650704101X,", "id=**************101X,"),
            ("phone 13800138000", "phone *******8000"),
            ("card 6222020200112233445", "card ***************3445"),
            ("old 341202650704101", "old ***********4101"),
            (
                "run 01K9ZV5Y3M8W6T2Q4R7X0A1B2C took 1234567890 ms",
                "run 01K9ZV5Y3M8W6T2Q4R7X0A1B2C took 1234567890 ms",
            ),
            ("2026-11-30T18:41:19.123+08:00", "2026-11-30T18:41:19.123+08:00"),
        ] {
            assert_eq!(masked(text), shown);
        }
        assert_eq!(masked(&"字".repeat(5_000)).chars().count(), CHARS_MAX);
    }

    #[test]
    fn a_line_for_eyes_cannot_move_the_cursor() {
        let fields = serde_json::json!({ "message": "bad\u{1b}[2Jrow\n", "rows": 3 });
        assert_eq!(said(fields.as_object().unwrap()), "bad [2Jrow  rows=3");
    }
}
