//! What kind of thing a text is: a whole number, a decimal, a date, or anything else.
//! Here because a column that held amounts and now holds names was moved, whatever its header says.
//! In: a cell's text. Out: its kind and, of a number, how great it is.
//! Not here: what a text means. A mapping reads dates in more spellings than this, and decides.

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Digits.
    Integer,
    /// Digits with a point among them.
    Decimal,
    /// A day or a month.
    Date,
    /// Anything else.
    Other,
}

/// A text that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Looked {
    /// Its kind.
    pub kind: Kind,
    /// Hundredths of the decimal logarithm of a number without its sign; of zero, none.
    pub magnitude: Option<i32>,
    /// The month of a date, as `202310`.
    pub month: Option<u32>,
}

/// Years a date may be of.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

/// Looks at a text; none when it holds nothing.
#[must_use]
pub fn look(text: &str) -> Option<Looked> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let first = text.chars().next()?;
    let of = |kind, month| {
        Some(Looked {
            kind,
            magnitude: None,
            month,
        })
    };
    if !(first.is_ascii_digit() || matches!(first, '-' | '+' | '.' | '¥' | '￥')) {
        return of(Kind::Other, None);
    }
    if let Some(month) = month(text) {
        return of(Kind::Date, Some(month));
    }
    let bare = text.trim_start_matches(['¥', '￥']);
    let digits = bare.strip_prefix(['-', '+']).unwrap_or(bare);
    let points = digits.bytes().filter(|b| *b == b'.').count();
    let numeric = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
        && digits.bytes().any(|b| b.is_ascii_digit());
    if !numeric || points > 1 {
        return of(Kind::Other, None);
    }
    let kind = match points {
        0 => Kind::Integer,
        _ => Kind::Decimal,
    };
    let number: Option<f64> = if digits.contains(',') {
        digits.replace(',', "").parse().ok()
    } else {
        digits.parse().ok()
    };
    Some(Looked {
        kind,
        magnitude: number.and_then(magnitude),
        month: None,
    })
}

/// Hundredths of the decimal logarithm of a number greater than zero.
fn magnitude(number: f64) -> Option<i32> {
    let hundredths = (number.log10() * 100.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a finite logarithm of a double is within ±31,000 hundredths"
    )]
    (number > 0.0 && hundredths.is_finite()).then_some(hundredths as i32)
}

/// The month of a text that is `20231001`, `202310`, or year, month and perhaps day with anything between that dates have; a
/// time may follow.
fn month(text: &str) -> Option<u32> {
    let mut numbers: [(u32, usize); 3] = [(0, 0); 3];
    let (mut count, mut digits, mut marks) = (0, 0, 0);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            if digits == 0 {
                count += 1;
            }
            digits += 1;
            let (number, length) = numbers.get_mut(count - 1)?;
            if digits > 8 {
                return None;
            }
            (*number, *length) = (*number * 10 + digit, digits);
            continue;
        }
        match c {
            '-' | '/' | '.' | '年' | '月' if digits > 0 => marks += 1,
            '日' | '号' => {}
            // A time, which may be anything once there is a day.
            ' ' | 'T' if count == 3 => break,
            _ => return None,
        }
        digits = 0;
    }
    let (year, month, day) = match (numbers, count, marks) {
        ([(number, 8), _, _], 1, 0) => (number / 10_000, number / 100 % 100, number % 100),
        ([(number, 6), _, _], 1, 0) => (number / 100, number % 100, 1),
        ([(year, 4), (month, 1 | 2), _], 2, _) => (year, month, 1),
        ([(year, 4), (month, 1 | 2), (day, 1 | 2)], 3, _) => (year, month, day),
        _ => return None,
    };
    let is_day = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then_some(year * 100 + month)
}
