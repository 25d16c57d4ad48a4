//! The units parameters are written in.
//! Here because a line in yuan, a share in percent and a price per kilowatt-hour are whole numbers to a rule.
//! In: text in a unit, a whole number. Out: the number rules see; text for people and for files.
//! Not here: which parameter has which unit (parameters).

use hub_model::Fen;
use serde::Deserialize;

/// The unit a value is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
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
    pub(crate) fn read(self, text: &str) -> Option<i64> {
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

    /// The smallest difference worth a line, as rules see it: a whole yuan, a whole percent, a hundredth of a yuan per kWh.
    pub(crate) fn step(self) -> i64 {
        match self {
            Self::Yuan | Self::Percent => 100,
            Self::YuanPerKwh => 10_000,
            Self::Count
            | Self::People
            | Self::Households
            | Self::Hours
            | Self::Days
            | Self::Workdays
            | Self::Months
            | Self::Years => 1,
        }
    }

    /// `value`, as rules see it, as files and options have it.
    pub(crate) fn written(self, value: i64) -> String {
        match self {
            Self::Yuan | Self::Percent => trimmed(&Fen(value).to_string().replace(',', "")).to_owned(),
            Self::YuanPerKwh => {
                let (whole, rest) = (value.div_euclid(1_000_000), value.rem_euclid(1_000_000));
                trimmed(&format!("{whole}.{rest:06}")).to_owned()
            }
            Self::Count
            | Self::People
            | Self::Households
            | Self::Hours
            | Self::Days
            | Self::Workdays
            | Self::Months
            | Self::Years => value.to_string(),
        }
    }

    /// `value`, as rules see it, as people read it.
    pub(crate) fn shown(self, value: i64) -> String {
        let counted = |of: &str| format!("{value}{of}");
        match self {
            Self::Yuan => format!("{}元", Fen(value)),
            Self::YuanPerKwh => format!("{}元/千瓦时", self.written(value)),
            Self::Percent => format!("{}%", self.written(value)),
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

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(unit.read(&unit.written(value)), Some(value), "{text}");
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
}
