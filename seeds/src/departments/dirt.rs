//! Dirt: every way in which the departments' data are dirty, how often, and what the hub should make of it.
//! Here because a reader is only proved on dirt that is known: the truth counts what was spoilt, code by code.
//! In: nothing. Out: `DirtCode` with rate and outcome, `Tally` with what was spoilt where.
//! Not here: spoiling cells (spoil.rs), rows (rows/) and whole files (files/).

use std::collections::BTreeMap;

use serde::Serialize;

use super::stream::Stream;

/// What a hub should do with something dirty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read as what was meant; nothing is lost.
    Accepted,
    /// The row is taken, but the cell holds no usable value: no value is made up for it.
    Emptied,
    /// The row is taken and its conflict or doubt is recorded.
    Flagged,
    /// The row is taken, its person is at best a candidate that a human confirms.
    Unlinked,
    /// The row goes back with this code.
    Rejected,
    /// The file goes back or waits for a human with this code.
    FileRefused,
}

/// What is spoilt: a cell, a row or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One cell.
    Cell,
    /// One row.
    Row,
    /// One file.
    File,
}

/// The dirt, code by code. Where nothing else is said a cell of that kind is spoilt in any stream that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirtCode {
    /// An ID number of 15 digits. Accepted: brought up to 18.
    D01,
    /// A small or full-width x, or full-width digits, in an ID number. Accepted.
    D02,
    /// An ID number in scientific notation. Rejected: the digits are gone.
    D03,
    /// An ID number whose last three digits a workbook turned to zeros. Rejected, with candidates.
    D04,
    /// A formula wrapper `="…"` or a leading apostrophe around an ID number. Accepted.
    D05,
    /// A masked ID number. Unlinked: a candidate at best.
    D06,
    /// A disability card of 20 or 22 characters in place of the ID number. Accepted: the person is the first 18.
    D07,
    /// A stand-in number beginning 999999. Unlinked: never joined to another source.
    D08,
    /// Blanks, no-break spaces, zero-width characters or line breaks inside a name. Accepted.
    D09,
    /// A rare character, one of a private area, or `?` in a name. Accepted: the number links, the name is not overwritten.
    D10,
    /// Traditional or variant characters in a name. Accepted.
    D11,
    /// Pinyin notes after a character of a place name. Accepted.
    D12,
    /// A byte lost in GBK: `?` and wrong characters after it in the name of a unit. Flagged: a suggestion, never applied.
    D13,
    /// A file whose text was decoded wrongly and saved so (锟斤拷). The file is refused: its text is lost.
    D14,
    /// CSV in GBK, in UTF-8 with a mark, in UTF-16. Accepted.
    D15,
    /// Title rows, rows of units, grouped headers, footers 合计 and 填报人. Accepted: none of them becomes a row.
    D16,
    /// The same header twice. Accepted: told apart by position, and reported.
    D17,
    /// Head cells merged over the member rows below. Accepted: filled down.
    D18,
    /// Members as columns 成员1姓名 … Accepted: turned into rows.
    D19,
    /// A sheet for each town, a hidden column, a hidden row. Accepted: all are read.
    D20,
    /// An HTML table named .xls. Accepted.
    D21,
    /// Dates and months spelt in any way, as serial numbers too. Accepted.
    D22,
    /// Amounts with separators, signs, words, or in 万元. Accepted.
    D23,
    /// A file whose amounts are sums over the year so far, under another header. The file is refused: a month's amount is wanted.
    D24,
    /// A household's amount repeated on each member row. Accepted: counted once.
    D25,
    /// A person twice: in two counties' rolls. Flagged.
    D26,
    /// The same person under another name. Flagged: the number wins.
    D27,
    /// Two persons with one number. Flagged.
    D28,
    /// Name and ID number in each other's column. Rejected unless put right by the sender.
    D29,
    /// Another head than the roster's. Accepted: linked by any member.
    D30,
    /// One person of a household on the roll, not the household. Accepted: an assistance unit of its own.
    D31,
    /// Names of zones and old names of counties. Accepted by alias.
    D32,
    /// Suffixes of village names. Accepted.
    D33,
    /// Yes and no in other words, and nothing. Accepted; an empty cell is not a no.
    D34,
    /// Several values in a cell. Accepted: split.
    D35,
    /// Telephones with `.0`, two in a cell, a landline. Accepted where a mobile is found, else emptied.
    D36,
    /// Signs and words where a number should be: `-`, 无, `#N/A`. Emptied, never zero.
    D37,
    /// Somebody who died, still paid. Flagged.
    D38,
    /// A second, later version of a file. Accepted: it takes the place of the first.
    D39,
    /// A file with far fewer rows than the month before. The file waits for a human.
    D40,
}

/// Codes spoilt cell by cell, in any stream with a cell of the kind, with their rates: spoilt rows of 100,000.
pub(crate) const CELL_RATES: [(DirtCode, u32); 22] = [
    (DirtCode::D01, 120),
    (DirtCode::D02, 200),
    (DirtCode::D03, 80),
    (DirtCode::D04, 80),
    (DirtCode::D05, 150),
    (DirtCode::D06, 60),
    (DirtCode::D08, 50),
    (DirtCode::D09, 300),
    (DirtCode::D10, 60),
    (DirtCode::D11, 200),
    (DirtCode::D12, 100),
    (DirtCode::D13, 60),
    (DirtCode::D22, 600),
    (DirtCode::D23, 300),
    (DirtCode::D27, 100),
    (DirtCode::D29, 50),
    (DirtCode::D32, 150),
    (DirtCode::D33, 400),
    (DirtCode::D34, 1_500),
    // Few streams have these columns, so more of their cells are spoilt.
    (DirtCode::D35, 10_000),
    (DirtCode::D36, 12_000),
    (DirtCode::D37, 150),
];

impl DirtCode {
    /// All of them.
    #[rustfmt::skip]
    pub const ALL: [Self; 40] = {
        use DirtCode::*;
        [
            D01, D02, D03, D04, D05, D06, D07, D08, D09, D10, D11, D12, D13, D14, D15, D16, D17, D18, D19, D20,
            D21, D22, D23, D24, D25, D26, D27, D28, D29, D30, D31, D32, D33, D34, D35, D36, D37, D38, D39, D40,
        ]
    };

    /// `D01` on.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// What the hub should do.
    pub fn outcome(self) -> Outcome {
        if matches!(self, Self::D03 | Self::D04 | Self::D29) {
            Outcome::Rejected
        } else if matches!(self, Self::D06 | Self::D08) {
            Outcome::Unlinked
        } else if matches!(self, Self::D37) {
            Outcome::Emptied
        } else if matches!(self, Self::D13 | Self::D26 | Self::D27 | Self::D28 | Self::D38) {
            Outcome::Flagged
        } else if matches!(self, Self::D14 | Self::D24 | Self::D40) {
            Outcome::FileRefused
        } else {
            Outcome::Accepted
        }
    }

    /// What is spoilt and counted.
    pub fn unit(self) -> Unit {
        let file = matches!(
            self,
            Self::D14 | Self::D15 | Self::D16 | Self::D17 | Self::D18 | Self::D19 | Self::D20 | Self::D21
        );
        if file || matches!(self, Self::D24 | Self::D39 | Self::D40) {
            Unit::File
        } else if matches!(
            self,
            Self::D25 | Self::D26 | Self::D28 | Self::D29 | Self::D30 | Self::D31 | Self::D38
        ) {
            Unit::Row
        } else {
            Unit::Cell
        }
    }
}

/// How dirty the departments' files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Dirt {
    /// Per cent of the stated rates; 0 leaves every cell, row and file clean.
    pub percent: u32,
    /// Whether some files cannot be used at all (D14, D24): each ends its connector's run until it is withdrawn.
    pub useless_files: bool,
}

impl Dirt {
    /// The stated rates.
    pub const DEFAULT: Self = Self {
        percent: 100,
        useless_files: true,
    };
    /// The stated rates, in files that can all be read.
    pub const READABLE: Self = Self {
        percent: 100,
        useless_files: false,
    };
    /// No dirt at all.
    pub const CLEAN: Self = Self {
        percent: 0,
        useless_files: false,
    };

    /// Whether there is any.
    pub fn on(self) -> bool {
        self.percent > 0
    }
}

/// What became of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DirtTruth {
    /// What is counted.
    pub unit: Unit,
    /// What the hub should do with each.
    pub outcome: Outcome,
    /// How many there are.
    pub count: u64,
    /// The same by `connector/stream`.
    pub by_stream: BTreeMap<String, u64>,
}

/// Counts what was spoilt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<(DirtCode, Stream), u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, code: DirtCode, stream: Stream) {
        self.add_many(code, stream, 1);
    }

    pub(crate) fn add_many(&mut self, code: DirtCode, stream: Stream, count: u64) {
        *self.counts.entry((code, stream)).or_insert(0) += count;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for ((code, stream), count) in &other.counts {
            self.add_many(*code, *stream, *count);
        }
    }

    /// Rows that go back.
    pub(crate) fn rejected(&self) -> u64 {
        let of = self
            .counts
            .iter()
            .filter(|((code, _), _)| code.outcome() == Outcome::Rejected);
        of.map(|(_, count)| count).sum()
    }

    /// By code, with a line for every code.
    pub(crate) fn truth(&self) -> BTreeMap<String, DirtTruth> {
        let of = |code: DirtCode| {
            let by_stream: BTreeMap<String, u64> = self
                .counts
                .iter()
                .filter(|((counted, _), _)| *counted == code)
                .map(|((_, stream), count)| (format!("{}/{}", stream.connector(), stream.name()), *count))
                .collect();
            DirtTruth {
                unit: code.unit(),
                outcome: code.outcome(),
                count: by_stream.values().sum(),
                by_stream,
            }
        };
        DirtCode::ALL
            .into_iter()
            .map(|code| (code.name(), of(code)))
            .collect()
    }
}
