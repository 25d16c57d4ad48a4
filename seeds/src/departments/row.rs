//! Row: the cells of one row in one buffer that is used again for the next row.
//! Here because a bench wants half a million rows a second: no cell may cost an allocation.
//! In: cells from left to right. Out: the cells as texts; a cell can be replaced afterwards, which is how rows get dirty.
//! Not here: what a cell means (stream.rs), how it is written to a file (output/).

use super::calendar::{Day, Month};
use crate::county::identity;

/// The cells of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    text: String,
    ends: Vec<usize>,
}

impl Row {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Cell `column`; empty beyond the last one.
    pub fn cell(&self, column: usize) -> &str {
        let Some(end) = self.ends.get(column) else {
            return "";
        };
        self.text.get(self.start(column)..*end).unwrap_or_default()
    }

    /// All cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|column| self.cell(column))
    }

    /// All cells without anything between them.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn start(&self, column: usize) -> usize {
        match column {
            0 => 0,
            _ => self.ends.get(column - 1).copied().unwrap_or(self.text.len()),
        }
    }

    /// Replaces cell `column`; nothing happens when there is none.
    pub(crate) fn set(&mut self, column: usize, new: &str) {
        let Some(end) = self.ends.get(column).copied() else {
            return;
        };
        let start = self.start(column);
        self.text.replace_range(start..end, new);
        let (old_len, new_len) = (end - start, new.len());
        for end in self.ends.iter_mut().skip(column) {
            *end = *end - old_len + new_len;
        }
    }

    pub(crate) fn end(&mut self) {
        self.ends.push(self.text.len());
    }

    /// The buffer, to append the next cell to; `end` closes it.
    pub(crate) fn buffer(&mut self) -> &mut String {
        &mut self.text
    }

    pub(crate) fn put(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self.end();
        self
    }

    pub(crate) fn number(&mut self, number: i64) -> &mut Self {
        push_padded(&mut self.text, number, 1);
        self.end();
        self
    }

    /// Fen as yuan with two decimals.
    pub(crate) fn fen(&mut self, fen: i64) -> &mut Self {
        self.scaled(fen, 2)
    }

    /// A number with `decimals` decimals, given without its point.
    pub(crate) fn scaled(&mut self, number: i64, decimals: usize) -> &mut Self {
        // From the right: the decimals, the point, at least one digit, the sign.
        let mut buffer = [b'0'; 24];
        let mut left = number.unsigned_abs();
        let mut at = buffer.len();
        let point = at - decimals - 1;
        while left > 0 || at >= point {
            at -= 1;
            if at == point {
                buffer[at] = b'.';
                continue;
            }
            buffer[at] = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if number < 0 {
            at -= 1;
            buffer[at] = b'-';
        }
        identity::push_ascii(&mut self.text, &buffer[at..]);
        self.end();
        self
    }

    pub(crate) fn day(&mut self, day: Day) -> &mut Self {
        day.push(&mut self.text);
        self.end();
        self
    }

    pub(crate) fn some_day(&mut self, day: Option<Day>) -> &mut Self {
        match day {
            Some(day) => self.day(day),
            None => self.put(""),
        }
    }

    pub(crate) fn month(&mut self, month: Month) -> &mut Self {
        month.push(&mut self.text);
        self.end();
        self
    }
}

/// Appends a number without its sign with at least `digits` digits.
pub(crate) fn push_padded(text: &mut String, number: i64, digits: usize) {
    identity::push_padded(text, number.unsigned_abs(), digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_apart_and_can_be_replaced() {
        let mut row = Row::default();
        row.put("王").number(0).fen(-1205).scaled(38_440, 5);
        row.month(Month::new(2023, 10)).put("");
        assert_eq!(
            row.cells().collect::<Vec<_>>(),
            ["王", "0", "-12.05", "0.38440", "202310", ""]
        );
        row.set(1, "十二");
        row.set(5, "尾");
        row.set(9, "no such cell");
        assert_eq!(
            row.cells().collect::<Vec<_>>(),
            ["王", "十二", "-12.05", "0.38440", "202310", "尾"]
        );
    }
}
