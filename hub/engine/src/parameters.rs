//! Parameters: the numbers of policy, each with the document and the day that set it.
//! Here because rules age every year; a line in code would be wrong by spring and nobody would know why.
//! In: `parameters.toml`. Out: the value that holds on a day, in the rule's own unit, with its document.
//! Not here: guesses. A parameter without a value is unset, and what needs it says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hub_model::{Mistake, Parameter, Place, from_toml};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::Result;
use crate::parameter_unit::Unit;
use crate::rule_file::no_such;

/// Most entries in the file.
const ENTRIES_MAX: usize = 10_000;

/// The parameters of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    titles: BTreeMap<String, (String, Unit)>,
    values: Vec<Parameter>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    parameter: Vec<Entry>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: String,
    unit: Unit,
    #[schemars(with = "Option<String>")]
    value: Option<Spanned<String>>,
    #[schemars(with = "Option<NaiveDate>")]
    from: Option<Spanned<toml::value::Datetime>>,
    document: Option<String>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

impl Parameters {
    /// The schema of the file, JSON Schema 2020-12.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        hub_model::schema_of::<File>()
    }

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
            parameters
                .titles
                .insert(entry.name.clone(), (entry.title, entry.unit));
            let Some(value) = entry.value else { continue };
            let start = value.span().start;
            let (Some(from), Some(document)) = (entry.from, entry.document) else {
                let message = format!(
                    "{} has a value, so it wants `from` (a date) and `document` (who set it)",
                    entry.name
                );
                return Err(at(start, message).into());
            };
            let number = entry.unit.read(value.get_ref());
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
        self.titles.get(name).map(|(title, _)| title.as_str())
    }

    /// `parameter` in words: its title, its value with its unit, and its document.
    #[must_use]
    pub fn words(&self, parameter: &Parameter) -> String {
        let Parameter {
            name,
            value,
            document,
            ..
        } = parameter;
        match self.titles.get(name) {
            Some((title, unit)) => format!("{title}{}（{document}）", unit.shown(*value)),
            None => format!("{name}{value}（{document}）"),
        }
    }

    /// The smallest difference worth another line of `name`, as rules see it.
    #[must_use]
    pub fn step(&self, name: &str) -> i64 {
        self.titles.get(name).map_or(1, |(_, unit)| unit.step())
    }

    /// `value` of `name`, as rules see it, as files and `--set` have it: trailing zeros left out.
    #[must_use]
    pub fn written(&self, name: &str, value: i64) -> String {
        let Some((_, unit)) = self.titles.get(name) else {
            return value.to_string();
        };
        unit.written(value)
    }

    /// Lays `over` over these: its entries come later, so that one of the same day replaces the one that stood here.
    pub(crate) fn overlaid(mut self, over: Self) -> Self {
        self.titles.extend(over.titles);
        self.values.extend(over.values);
        self.values
            .sort_by(|a, b| (&a.name, a.from).cmp(&(&b.name, b.from)));
        self
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
            titles: values
                .keys()
                .map(|name| (name.clone(), (name.clone(), Unit::Count)))
                .collect(),
            values: values.iter().map(parameter).collect(),
        }
    }

    /// These with `name` set to `text`, in its unit, on every day: to try what would change.
    ///
    /// # Errors
    /// As text: a name that is not declared, or a text that is no number of its unit.
    pub fn with(mut self, name: &str, text: &str) -> std::result::Result<Self, String> {
        let Some((_, unit)) = self.titles.get(name) else {
            let known: Vec<&str> = self.names().collect();
            return Err(no_such("parameter", name, &known));
        };
        let value = unit
            .read(text)
            .ok_or_else(|| format!("{text:?} is not a number of {unit:?}"))?;
        self.values.retain(|parameter| parameter.name != name);
        self.values.push(Parameter {
            name: name.to_owned(),
            value,
            from: NaiveDate::MIN,
            document: "试算".to_owned(),
        });
        Ok(self)
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
    fn a_later_file_replaces_the_value_of_the_same_day() {
        let over = TEXT.replace("8800", "9000").replace("\"乙\"", "\"丙\"");
        let parse = |text: &str| Parameters::parse(text, "parameters.toml").unwrap();
        let day = NaiveDate::from_ymd_opt(2024, 4, 1).unwrap();
        let both = parse(TEXT).overlaid(parse(&over));
        let held = both.at("line", day).unwrap();
        assert_eq!(both.words(held), "线9,000.00元（丙）");
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
