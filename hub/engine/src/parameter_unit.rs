//! The units parameters are written in.
//! Here because a line in yuan, a share in percent and a price per kilowatt-hour are whole numbers to a rule.
//! In: text in a unit, a whole number. Out: the number rules see; text for people and for files.
//! Not here: which parameter has which unit (parameters).

use hub_model::Fen;
use schemars::JsonSchema;
use serde::Deserialize;

/// The unit a value is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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
    /// How many decimals a value may have; rules see it times so many tens.
    const fn decimals(self) -> u32 {
        match self {
            Self::Yuan | Self::Percent => 2,
            Self::YuanPerKwh => 6,
            Self::Count
            | Self::People
            | Self::Households
            | Self::Hours
            | Self::Days
            | Self::Workdays
            | Self::Months
            | Self::Years => 0,
        }
    }

    /// `text` in the unit rules see; none when it is no such number.
    pub(crate) fn read(self, text: &str) -> Option<i64> {
        match self.decimals() {
            0 => text.trim().parse().ok(),
            2 => Fen::parse_yuan(text).map(|hundredths| hundredths.0),
            _ => millionths(text),
        }
    }

    /// The smallest difference worth a line, as rules see it: one of the unit, of a price a hundredth.
    pub(crate) const fn step(self) -> i64 {
        match self.decimals() {
            6 => 10_000,
            decimals => 10_i64.pow(decimals),
        }
    }

    /// `value`, as rules see it, as files and options have it.
    pub(crate) fn written(self, value: i64) -> String {
        let (decimals, number) = (self.decimals(), value.unsigned_abs());
        if decimals == 0 {
            return value.to_string();
        }
        let one = 10_u64.pow(decimals);
        let sign = if value < 0 { "-" } else { "" };
        let text = format!(
            "{sign}{}.{:0width$}",
            number / one,
            number % one,
            width = decimals as usize
        );
        trimmed(&text).to_owned()
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
            (Unit::Yuan, "-0.50", -50, "-0.50元"),
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
