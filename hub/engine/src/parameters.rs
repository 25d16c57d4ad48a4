//! Parameters: the numbers of policy, each with the document and the day that set it.
//! Here because rules age every year; a line in code would be wrong by spring and nobody would know why.
//! In: `parameters.toml`. Out: the value that holds on a day, in the rule's own unit, with its document.
//! Not here: guesses. A parameter without a value is unset, and what needs it says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hub_model::{Fen, Mistake, Parameter, Place, from_toml};
use serde::Deserialize;
use toml::Spanned;

use crate::Result;

/// Most entries in the file.
const ENTRIES_MAX: usize = 10_000;

/// The parameters of a site.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    titles: BTreeMap<String, String>,
    values: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    parameter: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: String,
    unit: Unit,
    value: Option<Spanned<String>>,
    from: Option<Spanned<toml::value::Datetime>>,
    document: Option<String>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

/// The unit a value is written in.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    /// Yuan; rules see fen.
    Yuan,
    /// A whole number of anything.
    Count,
}

impl Parameters {
    /// Reads `text` of `file`.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let read: File = from_toml(text, file)?;
        let at = |offset, message: String| Mistake {
            place: Place::of(file, text, offset),
            message,
        };
        if read.parameter.len() > ENTRIES_MAX {
            return Err(at(0, format!("at most {ENTRIES_MAX} parameters")).into());
        }
        let mut parameters = Self::default();
        for entry in read.parameter {
            parameters.titles.insert(entry.name.clone(), entry.title.clone());
            let Some(value) = entry.value else { continue };
            let start = value.span().start;
            let (Some(from), Some(document)) = (entry.from, entry.document) else {
                let message = format!(
                    "{} has a value, so it wants `from` (a date) and `document` (who set it)",
                    entry.name
                );
                return Err(at(start, message).into());
            };
            let number = match entry.unit {
                Unit::Yuan => Fen::parse_yuan(value.get_ref()).map(|fen| fen.0),
                Unit::Count => value.get_ref().trim().parse().ok(),
            };
            let Some(number) = number else {
                return Err(at(
                    start,
                    format!("{:?} is not a number of {:?}", value.get_ref(), entry.unit),
                )
                .into());
            };
            let from_start = from.span().start;
            let Some(from) = day(from.get_ref()) else {
                return Err(at(from_start, "`from` is a date, such as 2024-01-01".to_owned()).into());
            };
            parameters.values.push(Parameter {
                name: entry.name,
                value: number,
                from,
                document,
            });
        }
        parameters
            .values
            .sort_by(|a, b| (&a.name, a.from).cmp(&(&b.name, b.from)));
        Ok(parameters)
    }

    /// The value of `name` that holds on `day`.
    #[must_use]
    pub fn at(&self, name: &str, day: NaiveDate) -> Option<&Parameter> {
        self.values
            .iter()
            .rfind(|parameter| parameter.name == name && parameter.from <= day)
    }

    /// The Chinese title of `name`; `None` when no such parameter is declared.
    #[must_use]
    pub fn title(&self, name: &str) -> Option<&str> {
        self.titles.get(name).map(String::as_str)
    }

    /// The parameters an example states: each holds on `day` by the example's own word.
    pub(crate) fn of_example(values: &BTreeMap<String, i64>, day: NaiveDate) -> Self {
        let parameter = |(name, value): (&String, &i64)| Parameter {
            name: name.clone(),
            value: *value,
            from: day,
            document: "example".to_owned(),
        };
        Self {
            titles: values.keys().map(|name| (name.clone(), name.clone())).collect(),
            values: values.iter().map(parameter).collect(),
        }
    }

    /// Declared names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.titles.keys().map(String::as_str)
    }
}

/// The day of a TOML date.
pub(crate) fn day(datetime: &toml::value::Datetime) -> Option<NaiveDate> {
    let date = datetime.date?;
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[[parameter]]
name = "line"
title = "线"
unit = "yuan"
value = "7,300.00"
from = 2023-01-01
document = "甲"
[[parameter]]
name = "line"
title = "线"
unit = "yuan"
value = "8800"
from = 2024-03-14
document = "乙"
[[parameter]]
name = "unset"
title = "未定"
unit = "count"
"#;

    #[test]
    fn the_value_of_the_day_holds() {
        let parameters = Parameters::parse(TEXT, "parameters.toml").unwrap();
        let on = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let value = |name, day| parameters.at(name, day).map(|p| (p.value, p.document.as_str()));
        assert_eq!(value("line", on(2022, 12, 31)), None);
        assert_eq!(value("line", on(2024, 3, 13)), Some((730_000, "甲")));
        assert_eq!(value("line", on(2024, 3, 14)), Some((880_000, "乙")));
        assert_eq!(
            (value("unset", on(2024, 1, 1)), parameters.title("unset")),
            (None, Some("未定"))
        );
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place() {
        let text = TEXT.replace("8800", "八千八");
        let error = Parameters::parse(&text, "parameters.toml")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("parameters.toml:13:9: \"八千八\" is not a number"),
            "{error}"
        );
    }
}
