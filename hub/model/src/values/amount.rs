//! Amounts as departments write them: money, prices, energy, capacity, shares, quantities.
//! Here because 716元/月, 0.0716万 and ￥７１６ are one amount, and - 无 #N/A are none (D23, D37).
//! In: text as it came. Out: whole numbers of the smallest unit; none when the text is no amount or does not fit.
//! Not here: whether an amount is a month's, a year's or a sum so far (D24); the mapping says that.
//!
//! Half a unit is rounded away from zero. A number in scientific notation or with separators in odd places is none.

use super::decimal::Cursor;

/// A unit's name and the power of ten it stands for in the smallest unit. Longer names stand first.
type Units = [(&'static str, u32)];

/// Money in fen.
const MONEY: [(&str, u32); 19] = [
    ("亿元", 10),
    ("亿", 10),
    ("千万元", 9),
    ("千万", 9),
    ("百万元", 8),
    ("百万", 8),
    ("万元", 6),
    ("万块", 6),
    ("万圆", 6),
    ("万", 6),
    ("千元", 5),
    ("千", 5),
    ("百元", 4),
    ("元", 2),
    ("圆", 2),
    ("块", 2),
    ("角", 1),
    ("毛", 1),
    ("分", 0),
];

/// Prices in millionths of a yuan.
const PRICE: [(&str, u32); 6] = [
    ("万元", 10),
    ("元", 6),
    ("圆", 6),
    ("角", 5),
    ("分", 4),
    ("厘", 3),
];

/// Energy in watt-hours.
const ENERGY: [(&str, u32); 15] = [
    ("万千瓦时", 7),
    ("万kwh", 7),
    ("万度", 7),
    ("吉瓦时", 9),
    ("gwh", 9),
    ("兆瓦时", 6),
    ("mwh", 6),
    ("千瓦时", 3),
    ("千瓦小时", 3),
    ("kwh", 3),
    ("kw·h", 3),
    ("kw.h", 3),
    ("度", 3),
    ("瓦时", 0),
    ("wh", 0),
];

/// Capacity in watts.
const CAPACITY: [(&str, u32); 11] = [
    ("万千瓦", 7),
    ("兆瓦", 6),
    ("mwp", 6),
    ("mw", 6),
    ("千瓦", 3),
    ("kwp", 3),
    ("kw", 3),
    ("瓦", 0),
    ("wp", 0),
    ("w", 0),
    ("峰瓦", 0),
];

/// Shares in hundredths of a percent.
const SHARE: [(&str, u32); 3] = [("%", 2), ("个百分点", 2), ("‰", 1)];

/// Yuan as text → fen (D23, D37): `1,234.50`, `￥716`, `716元/月`, `0.0716万`, `3元5角`, full width; `(12.00)` is
/// negative. `-`, `/`, 无, 暂无, `#N/A` and everything else that is no amount is `None`.
#[must_use]
pub fn money_fen(text: &str) -> Option<i64> {
    money(text, "元").map(|(fen, _)| fen)
}

/// The same where the number is in `unit` (元, 万元, 千元, 百元, 角, 分, 亿元) unless the text names a unit itself (D23).
#[must_use]
pub fn money_fen_in(text: &str, unit: &str) -> Option<i64> {
    money(text, unit).map(|(fen, _)| fen)
}

/// The unit of money the text itself names, as it names it; `None` when it names none or is no amount (D23).
#[must_use]
pub fn money_unit(text: &str) -> Option<&'static str> {
    money(text, "元").and_then(|(_, unit)| unit)
}

/// A price in yuan → millionths of a yuan: `0.3844`, `0.3844元/kWh`, `38.44分/千瓦时` (D23).
#[must_use]
pub fn unit_price(text: &str) -> Option<i64> {
    amount(text, 6, &PRICE, per_anything).map(|(micro, _)| micro)
}

/// Energy in kWh → watt-hours: `1200`, `1,200.5度`, `8万千瓦时`.
#[must_use]
pub fn watt_hours(text: &str) -> Option<i64> {
    amount(text, 3, &ENERGY, nothing).map(|(watt_hours, _)| watt_hours)
}

/// Capacity in kW → watts: `60`, `60kW`, `0.5MW`, `300千瓦`.
#[must_use]
pub fn watts(text: &str) -> Option<i64> {
    amount(text, 3, &CAPACITY, nothing).map(|(watts, _)| watts)
}

/// A plain number → thousandths.
#[must_use]
pub fn milli(text: &str) -> Option<i64> {
    amount(text, 3, &[], nothing).map(|(milli, _)| milli)
}

/// A share in percent → hundredths of a percent: `10` and `10%` are 1000, `5‰` is 50. `0.1` is a tenth of a percent:
/// whether a cell was formatted as a percentage is lost before the text gets here.
#[must_use]
pub fn percent_bp(text: &str) -> Option<i64> {
    amount(text, 2, &SHARE, nothing).map(|(basis_points, _)| basis_points)
}

/// A whole number as sheets hold them: `4`, `4.0`, `４`, `1,200`, `-3`. `None` for a fraction or any other text.
#[must_use]
pub fn whole_number(text: &str) -> Option<i64> {
    let mut cursor = Cursor::new(text);
    let negative = cursor.sign();
    let number = cursor.number()?.whole()?;
    cursor
        .is_at_end()
        .then_some(if negative { -number } else { number })
}

fn money(text: &str, unit: &str) -> Option<(i64, Option<&'static str>)> {
    let power = MONEY.iter().find(|(name, _)| *name == unit.trim())?.1;
    amount(text, power, &MONEY, per_time_or_head)
}

/// Reads `[(] [￥] [-] number unit [number unit …] [)] [整] [tail]`. Later units are smaller than earlier ones; a number
/// that names no unit is in 10^`power` of the smallest. The unit named first is given too.
fn amount(
    text: &str,
    power: u32,
    units: &'static Units,
    tail: fn(&mut Cursor<'_>) -> bool,
) -> Option<(i64, Option<&'static str>)> {
    match plain(text, power) {
        Some(value) => Some((value, None)),
        None => written(text, power, units, tail),
    }
}

/// Digits and at most a point, as nearly every cell is: `-1234.50`. None also where reading it takes more care.
fn plain(text: &str, power: u32) -> Option<i64> {
    /// So many digits fit whatever the unit.
    const DIGITS_MAX: usize = 9;
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if digits.len() > DIGITS_MAX + 1 {
        return None;
    }
    let (mut value, mut count, mut decimals) = (0_i64, 0, None);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + i64::from(byte - b'0');
                count += 1;
                decimals = decimals.map(|decimals: u32| decimals + 1);
            }
            b'.' if decimals.is_none() && count > 0 => decimals = Some(0),
            _ => return None,
        }
    }
    if count == 0 || decimals == Some(0) {
        return None;
    }
    let value = value.checked_mul(10_i64.pow(power.checked_sub(decimals.unwrap_or(0))?))?;
    Some(if negative { -value } else { value })
}

fn written(
    text: &str,
    power: u32,
    units: &'static Units,
    tail: fn(&mut Cursor<'_>) -> bool,
) -> Option<(i64, Option<&'static str>)> {
    let mut cursor = Cursor::new(text);
    let bracketed = cursor.eat("(");
    let _currency = ["¥", "￥", "人民币", "rmb", "cny"]
        .iter()
        .any(|sign| cursor.eat(sign));
    let negative = !bracketed && cursor.sign();
    let _currency = ["¥", "￥"].iter().any(|sign| cursor.eat(sign));
    let (mut total, mut first, mut last_power) = (0_i64, None, u32::MAX);
    let mut closed = !bracketed;
    loop {
        let number = cursor.number()?;
        closed = closed || cursor.eat(")");
        let unit = units.iter().find(|(name, _)| cursor.eat(name));
        let named = unit.map_or(power, |unit| unit.1);
        if named >= last_power {
            return None;
        }
        total = total.checked_add(number.scaled(named)?)?;
        (first, last_power) = (first.or_else(|| unit.map(|unit| unit.0)), named);
        if unit.is_none() || !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
            break;
        }
    }
    closed = closed || cursor.eat(")");
    let total = if negative || bracketed { -total } else { total };
    (closed && tail(&mut cursor)).then_some((total, first))
}

/// `/月`, `/人·月`, `每年`, `整`, or nothing.
fn per_time_or_head(cursor: &mut Cursor<'_>) -> bool {
    const WORDS: [&str; 14] = [
        "/", "每", "·", "个", "月", "年", "季度", "学期", "学年", "天", "日", "人", "户", "次",
    ];
    let _whole = cursor.eat("整") || cursor.eat("正");
    if !matches!(cursor.peek(), None | Some('/' | '每')) {
        return false;
    }
    while WORDS.iter().any(|word| cursor.eat(word)) {}
    cursor.is_at_end()
}

/// `/kWh`, `/斤`, `每度`, or nothing; no digits, which would be another number.
fn per_anything(cursor: &mut Cursor<'_>) -> bool {
    if !matches!(cursor.peek(), None | Some('/' | '每')) {
        return false;
    }
    while let Some(c) = cursor.next() {
        if c.is_numeric() {
            return false;
        }
    }
    true
}

/// Nothing may stand behind the amount.
fn nothing(cursor: &mut Cursor<'_>) -> bool {
    cursor.is_at_end()
}

#[cfg(test)]
#[path = "amount_tests.rs"]
mod tests;
