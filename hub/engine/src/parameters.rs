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
use crate::rule_file::no_such;

/// Most entries in the file.
const ENTRIES_MAX: usize = 10_000;

/// The parameters of a site.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    titles: BTreeMap<String, (String, Unit)>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    /// Yuan; rules see fen.
    Yuan,
    /// Yuan per kilowatt-hour; rules see millionths of a yuan.
    YuanPerKwh,
    /// Per cent; rules see hundredths of a percent.
    Percent,
    /// A whole number of anything.
    Count,
    People,
    Households,
    Hours,
    Days,
    Workdays,
    Months,
    Years,
}

impl Unit {
    /// `text` in the unit rules see; none when it is no such number.
    fn read(self, text: &str) -> Option<i64> {
        match self {
            Self::Yuan | Self::Percent => Fen::parse_yuan(text).map(|hundredths| hundredths.0),
            Self::YuanPerKwh => millionths(text),
            Self::Count
            | Self::People
            | Self::Households
            | Self::Hours
            | Self::Days
            | Self::Workdays
            | Self::Months
            | Self::Years => text.trim().parse().ok(),
        }
    }

    /// `value`, as rules see it, as people read it.
    fn shown(self, value: i64) -> String {
        let counted = |of: &str| format!("{value}{of}");
        match self {
            Self::Yuan => format!("{}元", Fen(value)),
            Self::YuanPerKwh => {
                let (whole, rest) = (value.div_euclid(1_000_000), value.rem_euclid(1_000_000));
                format!("{}元/千瓦时", trimmed(&format!("{whole}.{rest:06}")))
            }
            Self::Percent => format!("{}%", trimmed(&Fen(value).to_string())),
            Self::Count => counted(""),
            Self::People => counted("人"),
            Self::Households => counted("户"),
            Self::Hours => counted("小时"),
            Self::Days => counted("天"),
            Self::Workdays => counted("个工作日"),
            Self::Months => counted("个月"),
            Self::Years => counted("年"),
        }
    }
}

/// A decimal without the zeros nobody needs.
fn trimmed(decimal: &str) -> &str {
    decimal.trim_end_matches('0').trim_end_matches('.')
}

/// `0.3844` in millionths.
fn millionths(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or_else(|| (text.trim(), ""));
    let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() > 6 || whole.is_empty() || !is_digits(part) || !is_digits(whole) {
        return None;
    }
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(part)
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
    fn a_value_is_read_exactly_and_shown_as_people_write_it() {
        for (unit, text, value, shown) in [
            (Unit::Yuan, "7,300.00", 730_000, "7,300.00元"),
            (Unit::YuanPerKwh, "0.3844", 384_400, "0.3844元/千瓦时"),
            (Unit::Percent, "97.5", 9_750, "97.5%"),
            (Unit::Percent, "10", 1_000, "10%"),
            (Unit::Workdays, "20", 20, "20个工作日"),
        ] {
            assert_eq!(unit.read(text), Some(value), "{text}");
            assert_eq!(unit.shown(value), shown);
        }
        for (unit, text) in [
            (Unit::YuanPerKwh, "0.12345678"),
            (Unit::YuanPerKwh, "-1"),
            (Unit::Percent, "多"),
            (Unit::Days, "1.5"),
        ] {
            assert_eq!(unit.read(text), None, "{text}");
        }
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
