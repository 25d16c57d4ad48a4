//! How the rows of a sheet become rows of the stream: columns moved, merged cells filled down, members unfolded.
//! Here because a roll prints a household once and its members beside or below it, and the hub wants a person per row.
//! In: what the header said (header). Out: `Layout`, applied row by row by the table.
//! Not here: finding headers. Texts are repaired in one way only: Excel's guards around a text (`="…"`, `'…`) are taken off.

use crate::rows::Cells;

/// A sheet column that is not there.
pub(crate) const ABSENT: u32 = u32::MAX;

/// Applied to every row of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// One for an ordinary sheet; one per member where members stand side by side.
    pub(crate) groups: Vec<Group>,
    /// Columns filled down, outermost first.
    pub(crate) fills: Vec<Fill>,
}

/// A row of the stream within a row of the sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// By column of the stream: the sheet column it is read from, or [`ABSENT`].
    pub(crate) columns: Vec<u32>,
    /// Sheet columns of this member alone; without any filled there is no such member. Empty: every row is one.
    pub(crate) own: Vec<u32>,
    /// JSON object from stream column to `F:纯收入`.
    pub(crate) header: String,
}

/// A column whose cells are merged over the rows of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fill {
    /// Of the stream.
    pub(crate) column: usize,
    /// In the sheet.
    pub(crate) at: u32,
    kept: String,
}

impl Group {
    /// Whether the member is there.
    pub(crate) fn holds(&self, cells: Cells<'_>) -> bool {
        self.own.is_empty() || self.own.iter().any(|at| !is_empty(cells.get(*at as usize)))
    }
}

impl Fill {
    pub(crate) fn new(column: usize, at: u32) -> Self {
        Self {
            column,
            at,
            kept: String::new(),
        }
    }

    /// What the column holds on the row last seen.
    pub(crate) fn text(&self) -> &str {
        &self.kept
    }
}

impl Layout {
    /// Takes up what a row's filled-down columns hold. A filled cell begins a block for its column and all inner ones: of a
    /// new household nothing is known from the one before, but the village above both still stands.
    pub(crate) fn fill(&mut self, cells: Cells<'_>) {
        let mut begun = false;
        for fill in &mut self.fills {
            let own = repaired(cells.get(fill.at as usize));
            begun |= !is_empty(own);
            if begun {
                fill.kept.clear();
                fill.kept.push_str(own);
            }
        }
    }

    /// The text of a filled-down column, none when the column is not one.
    pub(crate) fn filled(&self, column: usize) -> Option<&str> {
        self.fills
            .iter()
            .find(|fill| fill.column == column)
            .map(Fill::text)
    }
}

fn is_empty(text: &str) -> bool {
    text.trim().is_empty()
}

/// A text without what somebody put around it to keep Excel from taking it for a number.
#[inline]
pub(crate) fn repaired(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(b'=') => text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|inner| !inner.contains('"'))
            .unwrap_or(text),
        Some(b'\'') => text.strip_prefix('\'').unwrap_or(text),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(layout: &mut Layout, texts: [&str; 3]) -> Vec<String> {
        let mut text = String::new();
        let spans: Vec<_> = texts
            .iter()
            .map(|cell| {
                text.push_str(cell);
                crate::rows::span(text.len() - cell.len(), text.len())
            })
            .collect();
        layout.fill(Cells {
            text: &text,
            spans: &spans,
        });
        layout.fills.iter().map(|fill| fill.text().to_owned()).collect()
    }

    #[test]
    fn a_filled_cell_begins_a_block_for_the_columns_inside_it_and_leaves_the_outer_ones() {
        let mut layout = Layout {
            fills: (0..3).map(|at| Fill::new(at as usize, at)).collect(),
            ..Layout::default()
        };
        for (texts, expect) in [
            (["柳河镇", "A1", "张三"], ["柳河镇", "A1", "张三"]),
            (["", "", ""], ["柳河镇", "A1", "张三"]),
            (["", "", " "], ["柳河镇", "A1", "张三"]),
            (["", "A2", ""], ["柳河镇", "A2", ""]),
            (["", "", "李四"], ["柳河镇", "A2", "李四"]),
            (["王店镇", "", ""], ["王店镇", "", ""]),
        ] {
            assert_eq!(row(&mut layout, texts), expect);
        }
    }

    #[test]
    fn the_guards_around_a_text_are_taken_off_and_nothing_else() {
        for (text, expect) in [
            ("=\"341202196507041013\"", "341202196507041013"),
            ("'341202196507041013", "341202196507041013"),
            ("=1+1", "=1+1"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=\"", "=\""),
            ("=\"\"", ""),
            ("'", ""),
            (" x ", " x "),
            ("买买提·'", "买买提·'"),
        ] {
            assert_eq!(repaired(text), expect);
        }
    }
}
