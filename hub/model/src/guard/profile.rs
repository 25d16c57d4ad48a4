//! What a part looks like by its columns, small enough to be kept for every period.
//! Here because the next period is compared with this one, and the rows themselves may be gone by then.
//! In: counts. Out: a plain value that is stored as JSON.
//! Not here: rows and values. A median is kept to two digits, so that no number of a person can be read off it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kind;

/// A part of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Its rows; rows that correct refused ones are not among them.
    pub rows: u64,
    /// What its columns hold, as a digest: the same rows in the same order have the same, wherever they stood.
    pub digest: String,
    /// Its columns, in the order the connector declares them.
    pub columns: Vec<ColumnProfile>,
    /// The headers its rows came under.
    pub layouts: Vec<Layout>,
}

impl Profile {
    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column of a part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Its name in the stream.
    pub name: String,
    /// Its type as the connector declares it.
    pub declared: String,
    /// Rows in which it holds something.
    pub filled: u64,
    /// Values that were looked at, by [`Kind`]: integers, decimals, dates, others.
    pub kinds: [u64; 4],
    /// Numbers other than zero among them.
    pub numbers: u64,
    /// Their median without its sign, as hundredths of its decimal logarithm; none without a number.
    pub magnitude: Option<i32>,
    /// The month nearly all of its dates are of, as `202310`; none when they are of several, or few.
    #[serde(default)]
    pub month: Option<u32>,
}

impl ColumnProfile {
    /// Values that were looked at.
    #[must_use]
    pub fn looked_at(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// Percent of the values looked at that are numbers, dates, others; all zero when none was.
    #[must_use]
    pub fn mix(&self) -> [u64; 3] {
        let all = self.looked_at();
        let share = |count: u64| (count * 100 + all / 2).checked_div(all).unwrap_or_default();
        let of = |kind: Kind| self.kinds.get(kind as usize).copied().unwrap_or_default();
        [
            share(of(Kind::Integer) + of(Kind::Decimal)),
            share(of(Kind::Date)),
            share(of(Kind::Other)),
        ]
    }

    /// Percent of `rows` rows in which it holds nothing.
    #[must_use]
    pub fn empty_percent(&self, rows: u64) -> u64 {
        (rows.saturating_sub(self.filled) * 100)
            .checked_div(rows)
            .unwrap_or_default()
    }
}

/// Dates a column has at least for them to tell a month.
const DATES_MIN: u64 = 10;

/// The month at least four in five dates are of, by how many are of each.
#[must_use]
pub fn month_of(dates: &BTreeMap<u32, u64>) -> Option<u32> {
    let all: u64 = dates.values().sum();
    let (month, most) = dates.iter().max_by_key(|(_, count)| **count)?;
    (all >= DATES_MIN && most * 5 >= all * 4).then_some(*month)
}

/// The headers of a sheet, or the fields of records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Whether they stand in an order: columns of a sheet do, fields of records do not.
    pub placed: bool,
    /// Column of the stream and the header it came under, in their order.
    pub headings: Vec<Heading>,
}

/// Longest header that is kept, characters.
const HEADER_CHARS_MAX: usize = 40;
/// A run of so many digits may be somebody's number.
const DIGITS_MAX: usize = 5;
/// Letters of a sheet column: `XFD` is the last.
const LETTERS_MAX: usize = 3;

/// A column of the stream and the header it came under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Of the stream.
    pub column: String,
    /// As it stood there; digits are left out, because they count months and members.
    pub header: String,
}

impl Layout {
    /// The layout a row's [`HEADER`](crate::HEADER) tells; none when it tells none.
    #[must_use]
    pub fn told(header: &str) -> Option<Self> {
        let found: serde_json::Map<String, serde_json::Value> = serde_json::from_str(header).ok()?;
        let mut placed = true;
        let mut columns: Vec<(usize, String, Heading)> = Vec::new();
        for (column, place) in &found {
            let Some(place) = place.as_str().filter(|_| !column.starts_with('_')) else {
                continue;
            };
            let (letters, header) = place.split_once(':').unwrap_or(("", place));
            let at = position(letters);
            placed &= at.is_some();
            let heading = Heading {
                column: column.clone(),
                header: shown(header),
            };
            columns.push((at.unwrap_or_default(), column.clone(), heading));
        }
        if columns.is_empty() {
            return None;
        }
        columns.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        Some(Self {
            placed,
            headings: columns.into_iter().map(|(_, _, heading)| heading).collect(),
        })
    }

    /// The header `column` came under.
    #[must_use]
    pub fn header(&self, column: &str) -> Option<&str> {
        let heading = self.headings.iter().find(|heading| heading.column == column);
        heading.map(|heading| heading.header.as_str())
    }
}

/// The number of a sheet's column by its letters, from 1.
fn position(letters: &str) -> Option<usize> {
    let is_column =
        (1..=LETTERS_MAX).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    let number = letters
        .bytes()
        .fold(0, |number, b| number * 26 + usize::from(b - b'A') + 1);
    is_column.then_some(number)
}

/// A header without its digits; a long run of them is marked, not kept.
fn shown(header: &str) -> String {
    let mut out = String::new();
    let mut digits = 0;
    for c in header.chars().take(HEADER_CHARS_MAX) {
        if c.is_ascii_digit() {
            digits += 1;
            if digits == 1 || digits == DIGITS_MAX + 1 {
                out.push('#');
            }
            continue;
        }
        digits = 0;
        out.push(c);
    }
    out
}

/// A magnitude as people read it: two digits of the number.
#[must_use]
pub fn about(magnitude: i32) -> String {
    let number = 10_f64.powf(f64::from(magnitude) / 100.0);
    if !(0.01..1e9).contains(&number) {
        return format!("{number:.1e}");
    }
    let (unit, number) = if number >= 1e5 {
        ("万", number / 1e4)
    } else {
        ("", number)
    };
    let step = 10_f64.powf(number.log10().floor() - 1.0);
    let rounded = (number / step).round() * step;
    let digits = usize::from(rounded < 10.0) + usize::from(rounded < 1.0) + usize::from(rounded < 0.1);
    format!("{rounded:.digits$}{unit}")
}
