//! Finds the header of a sheet and which sheet column holds which column of the stream.
//! Here because titles, notes, groups over columns and reordered or added columns are normal; only a missing required
//! column or an amount in another unit stops a file.
//! In: the first rows of a sheet as text, the stream's columns with their synonyms. Out: `Header`, or what is wrong.
//! Not here: data rows, the meaning of columns, the sentence for the department (feed).

mod claim;
mod column;
mod plain;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::{BTreeMap, BTreeSet};

pub use column::{Column, Members};
pub use plain::letters;

use crate::layout::Layout;
use claim::Claims;
use plain::{folded, leading_number, plain};

/// The header is looked for in so many rows that hold anything.
pub const HEADER_ROWS_MAX: usize = 10;
/// Rows held until the header is found: below its first row there may be sub headers, units and column numbers.
pub(crate) const HELD_ROWS_MAX: usize = HEADER_ROWS_MAX + 3;
/// Columns of a sheet looked at; the widest known export has 177.
pub const SHEET_COLUMNS_MAX: u32 = 2_000;
/// Most members side by side in one row.
pub const MEMBERS_MAX: u32 = 40;
/// A row is a header when it names at least so many of the stream's columns, or all of them.
const HITS_MIN: usize = 2;
/// A row of column numbers has at least so many.
const NUMBERS_MIN: usize = 4;

/// A row of a sheet before the header is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As the spreadsheet shows it: from 1.
    pub number: u32,
    /// Sheet column (from 0) and text, left to right.
    pub cells: Vec<(u32, String)>,
}

/// Where the columns are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Index of the first row below it among the rows given: below sub headers, units and column numbers too.
    pub body: usize,
    /// How a row of the sheet becomes rows of the stream.
    pub(crate) layout: Layout,
    /// One past the last sheet column that has a header.
    pub width: u32,
    /// Headers that name no column of the stream; their cells are not read.
    pub extra: Vec<String>,
    /// Columns whose header stands there more than once; the leftmost is read.
    pub repeated: Vec<String>,
    /// Columns whose header stands under several groups, so that nobody can tell which is meant; none is read.
    pub ambiguous: Vec<String>,
}

/// Why a sheet cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// No row looks like the header.
    Header,
    /// The header is there, but not these required columns.
    Columns {
        /// The header's row as the spreadsheet shows it.
        row: u32,
        /// Names of the columns, in the stream's order.
        names: Vec<String>,
        /// Those of them whose header stands under several groups.
        ambiguous: Vec<String>,
    },
    /// A column is there, but in a unit its mapping cannot take.
    Unit {
        /// The header as found, or the note that gives the unit.
        header: String,
        /// Units that can be taken.
        expected: String,
    },
}

/// A header cell with the group above it, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    at: u32,
    /// As found: `组/子`.
    shown: String,
    group: Option<String>,
    /// The plain forms it is surely meant by, then the one it may be meant by.
    keys: Vec<String>,
    weak: Option<String>,
    unit: Option<String>,
}

/// What a header means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A column of the stream.
    Column(usize),
    /// A column of a numbered member.
    Member(u32, usize),
}

/// The columns of a stream, ready to be looked up by header.
#[derive(Debug, Clone)]
pub struct Dictionary {
    by_header: BTreeMap<String, usize>,
    columns: Vec<Column>,
    /// What stands before a member's number, folded; and which columns members have.
    members: Option<(String, BTreeSet<usize>)>,
    /// Columns filled down, outermost first.
    fills: Vec<usize>,
}

impl Dictionary {
    /// A dictionary of all names and synonyms; of two equal ones the first column's counts.
    pub fn new(columns: &[Column]) -> Self {
        let mut by_header = BTreeMap::new();
        for (index, column) in columns.iter().enumerate() {
            for header in std::iter::once(&column.name).chain(&column.synonyms) {
                by_header.entry(plain(header).0).or_insert(index);
            }
        }
        let fills = (0..columns.len()).filter(|index| columns[*index].fill).collect();
        Self {
            by_header,
            columns: columns.to_vec(),
            members: None,
            fills,
        }
    }

    /// The same with members side by side. Columns the stream does not have are passed over.
    #[must_use]
    pub fn members(mut self, members: &Members) -> Self {
        let position = |name: &String| self.columns.iter().position(|column| column.name == *name);
        let columns = members.columns.iter().filter_map(position).collect();
        self.members = Some((folded(&members.prefix), columns));
        self
    }

    /// The same with the filled-down columns in another order: outermost first.
    #[must_use]
    pub fn fills(mut self, names: &[String]) -> Self {
        let position = |name: &String| self.columns.iter().position(|column| column.name == *name);
        self.fills = names.iter().filter_map(position).collect();
        self
    }

    /// Finds the header among the first rows of a sheet: the row, or the two rows of a grouped header, that name the most
    /// columns; the first of equals.
    ///
    /// # Errors
    /// What is missing.
    pub fn find(&self, rows: &[Row]) -> Result<Header, Missing> {
        let enough = HITS_MIN.min(self.columns.len()).max(1);
        let mut best: Option<(usize, usize, Vec<Label>)> = None;
        for (index, row) in rows.iter().enumerate().take(HEADER_ROWS_MAX) {
            let single = single(row);
            let hits = self.hits(&single);
            // Two rows are one header only when together they say more than either alone.
            let grouped = rows.get(index + 1).map(|below| {
                let labels = grouped(row, below);
                let alone = self.hits(&self::single(below)).max(hits);
                (self.hits(&labels), alone, labels)
            });
            let (hits, end, labels) = match grouped {
                Some((together, alone, labels)) if together > alone => (together, index + 2, labels),
                Some(_) | None => (hits, index + 1, single),
            };
            if hits >= enough && best.as_ref().is_none_or(|(most, ..)| hits > *most) {
                best = Some((hits, end, labels));
            }
        }
        let (_, end, labels) = best.ok_or(Missing::Header)?;
        self.read(rows, end, labels)
    }

    fn hits(&self, labels: &[Label]) -> usize {
        labels
            .iter()
            .filter(|label| self.sure(label).or_else(|| self.likely(label)).is_some())
            .count()
    }

    /// What a label means by its whole name.
    fn sure(&self, label: &Label) -> Option<Target> {
        label.keys.iter().find_map(|key| self.target(key))
    }

    /// What a label may mean by its sub header alone.
    fn likely(&self, label: &Label) -> Option<Target> {
        label.weak.as_ref().and_then(|key| self.target(key))
    }

    fn target(&self, key: &str) -> Option<Target> {
        if let Some(column) = self.by_header.get(key) {
            return Some(Target::Column(*column));
        }
        let (prefix, columns) = self.members.as_ref()?;
        let rest = key.strip_prefix("家庭").filter(|_| !prefix.starts_with("家庭"));
        let rest = rest.unwrap_or(key).strip_prefix(prefix.as_str())?;
        let (number, rest) = leading_number(rest)?;
        let column = self
            .by_header
            .get(rest)
            .filter(|column| columns.contains(column))?;
        (number <= MEMBERS_MAX).then_some(Target::Member(number, *column))
    }

    /// Reads a header that ends before row `end`.
    fn read(&self, rows: &[Row], end: usize, mut labels: Vec<Label>) -> Result<Header, Missing> {
        labels.retain(|label| label.at < SHEET_COLUMNS_MAX);
        let mut body = end;
        if let Some(units) = rows.get(body).filter(|row| is_units(row)) {
            for label in labels.iter_mut().filter(|label| label.unit.is_none()) {
                let below = units.cells.iter().find(|(at, _)| *at == label.at);
                if let Some((_, text)) = below.filter(|(_, text)| unit::named(&folded(text)).is_some()) {
                    let unit = folded(text).trim_matches(['(', ')']).to_owned();
                    label.shown = format!("{}({unit})", label.shown);
                    label.unit = Some(unit);
                }
            }
            body += 1;
        }
        if rows.get(body).is_some_and(is_numbers) {
            body += 1;
        }
        let mut claims = Claims::new(self, &labels);
        claims.note(rows.iter().take(end))?;
        claims.units()?;
        claims.header(rows, end, body)
    }

    /// The names of the required columns, for the sentence that says what a header should hold.
    pub fn expected(&self) -> String {
        let required = self.columns.iter().filter(|column| column.required);
        let names: Vec<&str> = required.map(|column| column.name.as_str()).collect();
        names.join("、")
    }
}

/// The labels of a header of one row.
fn single(row: &Row) -> Vec<Label> {
    let label = |(at, text): &(u32, String)| {
        let (key, unit) = plain(text);
        Label {
            at: *at,
            shown: text.trim().to_owned(),
            group: None,
            keys: vec![key],
            weak: None,
            unit,
        }
    };
    row.cells.iter().map(label).collect()
}

/// The labels of a header of two rows: groups above, columns below. A group reaches to the next cell of its row; a cell
/// with nothing below it is a header of its own, merged over both rows, and no group.
fn grouped(above: &Row, below: &Row) -> Vec<Label> {
    let upper: BTreeMap<u32, &String> = above.cells.iter().map(|(at, text)| (*at, text)).collect();
    let lower: BTreeMap<u32, &String> = below.cells.iter().map(|(at, text)| (*at, text)).collect();
    let columns: BTreeSet<u32> = upper.keys().chain(lower.keys()).copied().collect();
    let mut labels = Vec::with_capacity(columns.len());
    let mut group: Option<&String> = None;
    for at in columns {
        let own = upper.get(&at).copied();
        match (own, lower.get(&at).copied()) {
            (Some(text), None) => {
                group = None;
                labels.extend(single_at(at, text));
            }
            (own, Some(sub)) => {
                group = own.or(group);
                match group {
                    Some(group) => labels.push(label_in(group, at, sub)),
                    None => labels.extend(single_at(at, sub)),
                }
            }
            (None, None) => {}
        }
    }
    labels
}

fn single_at(at: u32, text: &str) -> Vec<Label> {
    single(&Row {
        number: 0,
        cells: vec![(at, text.to_owned())],
    })
}

fn label_in(group: &str, at: u32, sub: &str) -> Label {
    let ((group_key, group_unit), (key, unit)) = (plain(group), plain(sub));
    Label {
        at,
        shown: format!("{}/{}", group.trim(), sub.trim()),
        group: Some(group_key.clone()),
        keys: vec![format!("{group_key}/{key}"), format!("{group_key}{key}")],
        weak: Some(key),
        unit: unit.or(group_unit),
    }
}

/// Whether a row says nothing but units.
fn is_units(row: &Row) -> bool {
    let texts: Vec<String> = row.cells.iter().map(|(_, text)| folded(text)).collect();
    texts.iter().any(|text| unit::named(text).is_some()) && texts.iter().all(|text| unit::is_unit(text))
}

/// Whether a row counts the columns: 1, 2, 3, 4 …
fn is_numbers(row: &Row) -> bool {
    let numbers: Option<Vec<u32>> = row
        .cells
        .iter()
        .map(|(_, text)| folded(text).trim_matches(['(', ')']).parse().ok())
        .collect();
    numbers.is_some_and(|numbers| {
        numbers.len() >= NUMBERS_MIN && numbers.iter().zip(1..).all(|(number, expect)| *number == expect)
    })
}
