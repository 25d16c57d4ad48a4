//! Which parts of a stream can be compared: a month with a month, a year with a year, a whole with itself.
//! Here because a year's rows beside a month's would look like a fall.
//! In: the names of parts. Out: which of them is before which.
//! Not here: what the parts hold.

/// Lengths of a part that is a period: a year, a month, a day.
const PERIOD_DIGITS: [usize; 3] = [4, 6, 8];

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told<'p> {
    /// A period of so many digits.
    Period(usize),
    /// The next of many increments: what stands before its number.
    Increment(&'p str),
    /// Something that is replaced as a whole.
    Whole(&'p str),
}

/// What `part` is.
pub(super) fn told(part: &str) -> Told<'_> {
    let before = part.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.is_empty() && PERIOD_DIGITS.contains(&part.len()) {
        return Told::Period(part.len());
    }
    match before.strip_suffix('-') {
        Some(name) if before.len() < part.len() => Told::Increment(name),
        Some(_) | None => Told::Whole(part),
    }
}
