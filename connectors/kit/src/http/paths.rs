//! What is looked for in an answer, found in one look: its records, and scalars at JSON pointers (verdict, total, cursor).
//! Here because an answer is megabytes of records in a small envelope, and every further look would read them all again.
//! In: a document, pointers. Out: the records where they stand in the document, the scalars as texts.
//! Not here: what the envelope means (fetch.rs), what a record holds (record/json.rs).

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::record::json::Key;

/// What was found in a document.
#[derive(Debug, Default)]
pub(crate) struct Answer<'t> {
    /// Whether there is an array where the records should be.
    pub(crate) found: bool,
    pub(crate) records: Vec<&'t RawValue>,
    /// By pointer: the scalar there, as text; none where there is none, or `null`.
    pub(crate) scalars: Vec<Option<String>>,
}

/// The steps of a JSON pointer.
pub(crate) fn steps(pointer: &str) -> Vec<String> {
    let steps = pointer.split('/').skip(1);
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// Reads a document that may have records at the end of the steps `records`, and scalars at the end of others. Of two
/// equal keys the first counts for records, the last for scalars.
///
/// # Errors
/// When it is not JSON, or ends early.
pub(crate) fn read<'t>(
    text: &'t str,
    records: Option<&[String]>,
    scalars: &[Vec<String>],
) -> Result<Answer<'t>, serde_json::Error> {
    let mut answer = Answer {
        scalars: vec![None; scalars.len()],
        ..Answer::default()
    };
    let look = Look {
        records,
        scalars: (0..).zip(scalars.iter().map(Vec::as_slice)).collect(),
        answer: &mut answer,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    look.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(answer)
}

/// The scalar at `pointer`, as text; None when there is none, or `null`.
pub(crate) fn scalar(document: &str, pointer: &str) -> Option<String> {
    let answer = read(document, None, &[steps(pointer)]).ok()?;
    answer.scalars.into_iter().next()?
}

/// What is left of the ways through the value at hand.
struct Look<'l, 'a, 't> {
    records: Option<&'l [String]>,
    /// Which scalar, and its way.
    scalars: Vec<(usize, &'l [String])>,
    answer: &'a mut Answer<'t>,
}

impl<'t> DeserializeSeed<'t> for Look<'_, '_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(mut self, deserializer: D) -> Result<(), D::Error> {
        let (here, beyond): (Vec<_>, Vec<_>) = self.scalars.iter().partition(|(_, way)| way.is_empty());
        if here.is_empty() {
            return deserializer.deserialize_any(self);
        }
        let value = <&RawValue>::deserialize(deserializer)?;
        let text = text_of(value);
        for (which, _) in here {
            self.answer.scalars[which].clone_from(&text);
        }
        if beyond.is_empty() && self.records.is_none() {
            return Ok(());
        }
        // One way ends where another goes on.
        self.scalars = beyond;
        let again = &mut serde_json::Deserializer::from_str(value.get());
        self.deserialize(again).map_err(D::Error::custom)
    }
}

impl<'t> Visitor<'t> for Look<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let records = self.records.filter(|_| !self.answer.found);
            let records = records.and_then(|way| behind(way, &key));
            let scalars = self.scalars.iter();
            let scalars: Vec<_> = scalars
                .filter_map(|(which, way)| Some((*which, behind(way, &key)?)))
                .collect();
            if records.is_none() && scalars.is_empty() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            for (which, _) in &scalars {
                self.answer.scalars[*which] = None;
            }
            map.next_value_seed(Look {
                records,
                scalars,
                answer: &mut *self.answer,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.records.is_some_and(<[String]>::is_empty) {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        self.answer.found = true;
        while let Some(record) = seq.next_element()? {
            self.answer.records.push(record);
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

/// What is left of a way behind `key`; none when it does not lead there.
fn behind<'l>(way: &'l [String], key: &str) -> Option<&'l [String]> {
    let (first, rest) = way.split_first()?;
    (first == key).then_some(rest)
}

fn text_of(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'n' | b'{' | b'[' => None,
        _ => Some(value.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, scalar, steps};

    #[test]
    fn scalars_and_nothing_else() {
        let text = r#"{"code":0,"d":{"total":"12","next":null,"list":[],"a/b":true}}"#;
        for (pointer, expect) in [
            ("/code", Some("0")),
            ("/d/total", Some("12")),
            ("/d/next", None),
            ("/d/list", None),
            ("/d/a~1b", Some("true")),
            ("/x/y", None),
        ] {
            assert_eq!(scalar(text, pointer).as_deref(), expect, "{pointer}");
        }
        assert_eq!(scalar("<html>", "/code"), None);
    }

    #[test]
    fn one_look_finds_the_records_and_what_stands_around_them() {
        let text = r#"{"code":1,"data":{"list":[{"a":1.50},2],"total":7,"list":[3]},"code":"0"}"#;
        let list = steps("/data/list");
        let asked = ["/code", "/data/total", "/data", "/data/none", "/code/x"].map(steps);
        let answer = read(text, Some(&list), &asked).unwrap();
        let records: Vec<&str> = answer.records.iter().map(|record| record.get()).collect();
        assert_eq!(records, [r#"{"a":1.50}"#, "2"]);
        let scalars: Vec<_> = answer.scalars.iter().map(Option::as_deref).collect();
        assert_eq!(scalars, [Some("0"), Some("7"), None, None, None]);
        assert!(read("[1,2]", Some(&[]), &[]).unwrap().found);
        assert!(!read(r#"{"data":7}"#, Some(&list), &[]).unwrap().found);
        assert!(read(r#"{"data":{"list":[1"#, Some(&list), &[]).is_err());
    }
}
