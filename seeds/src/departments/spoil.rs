//! Spoil: makes a finished row dirty, one cell at most, by the rates of dirt.rs.
//! Here because the same dirt must come in files and over services, so it belongs to the row and not to the format.
//! In: a clean row. Out: the row, perhaps with one dirty cell, and the code counted. The same row is always spoilt alike.
//! Not here: how an ID number or a date is spelt wrongly (spelling.rs), dirt of rows and files (rows/, files/).

use crate::county::dice::{Dice, Purpose};

use super::calendar::Month;
use super::dirt::{CELL_RATES, Dirt, DirtCode, Tally};
use super::oracle::Lost;
use super::row::Row;
use super::spelling;
use super::stream::{Kind, Stream};

/// Rates are given for so many rows.
const RATE_BASE: u32 = 100_000;
/// Amounts whose absence leaves a row useful; the others are never emptied.
const MAY_BE_EMPTY: [&str; 7] = [
    "bcc720",
    "年度交通费补助",
    "务工月收入",
    "补贴金额",
    "退款金额",
    "上年标准",
    "上年度人均消费支出",
];
/// Columns that hold several values: stream, column, another value.
const SEVERAL: [(Stream, &str, &str); 4] = [
    (Stream::Declarations, "申报事由", "其他"),
    (Stream::Suppliers, "主营产品", "杂粮"),
    (Stream::Suppliers, "联结方式", "土地流转"),
    (Stream::Beneficiaries, "联结方式", "分红"),
];

/// Spoils the rows of one stream.
pub(crate) struct Spoiler {
    stream: Stream,
    seed: u64,
    dirt: Dirt,
    /// Code, the columns it can meet, its rate; only codes with a column.
    codes: Vec<(DirtCode, Vec<usize>, u32)>,
    total: u32,
}

impl Spoiler {
    pub(crate) fn new(stream: Stream, seed: u64, dirt: Dirt) -> Self {
        let mut codes = Vec::new();
        let mut total = 0;
        for (code, rate) in CELL_RATES {
            let columns: Vec<usize> = (0..stream.columns().len())
                .filter(|column| meets(code, stream, *column))
                .collect();
            let rate = rate * dirt.percent / 100;
            if !columns.is_empty() && rate > 0 {
                total += rate;
                codes.push((code, columns, rate));
            }
        }
        Self {
            stream,
            seed,
            dirt,
            codes,
            total,
        }
    }

    pub(crate) fn dirt(&self) -> Dirt {
        self.dirt
    }

    /// Spoils `row`, or not; in the columns of `only`, when given. A number that is lost with it goes into `lost`.
    pub(crate) fn spoil(
        &self,
        row: &mut Row,
        (month, only): (Month, Option<&[usize]>),
        tally: &mut Tally,
        lost: &mut Lost,
    ) {
        if self.total == 0 {
            return;
        }
        let mut dice = Dice::new(self.seed, fingerprint(row.text()), Purpose::Dirt);
        let mut at = dice.below(RATE_BASE.max(self.total));
        if at >= self.total {
            return;
        }
        for (code, columns, rate) in &self.codes {
            if at < *rate {
                let column = dice.pick(columns);
                let may = only.is_none_or(|only| only.contains(&column));
                let number = Lost::loses(*code).then(|| row.cell(column).to_owned());
                let doubted = Lost::doubts(*code).then(|| number_beside(self.stream, column, row));
                if may && self.apply(*code, column, row, &mut dice) {
                    tally.add(*code, self.stream);
                    if *code == DirtCode::D37 {
                        self.emptied(column, row, month, lost);
                    }
                    if let Some(number) = number {
                        lost.add_row(self.stream, &number, month);
                        lost.add(self.stream, &number);
                    } else if *code == DirtCode::D34 && row.cell(column).is_empty() {
                        // Neither yes nor no: what was said of this subject is gone as well.
                        lost.add(self.stream, row.cell(whose(self.stream)));
                    }
                    if let Some(number) = doubted.flatten() {
                        lost.add_row(self.stream, &number, month);
                    }
                }
                return;
            }
            at -= rate;
        }
    }

    /// Tells whose amount in `column` is gone.
    fn emptied(&self, column: usize, row: &Row, month: Month, lost: &mut Lost) {
        let columns = self.stream.columns();
        let subject = row.cell(whose(self.stream));
        lost.empty_in(self.stream, columns[column].name, subject, month);
        if let Some(whose) = columns.iter().position(|column| column.kind == Kind::Id) {
            lost.empty(self.stream, columns[column].name, row.cell(whose));
            lost.add_amount(self.stream, row.cell(whose));
        }
    }

    /// False when this cell cannot be spoilt so: it is empty, or its value does not lend itself to it.
    fn apply(&self, code: DirtCode, column: usize, row: &mut Row, dice: &mut Dice) -> bool {
        let old = row.cell(column);
        if old.is_empty() {
            return false;
        }
        if code == DirtCode::D29 {
            return swap(self.stream, column, row);
        }
        let new = match self.stream.columns().get(column).map(|column| column.kind) {
            Some(Kind::Id) => spelling::id(code, old, dice),
            Some(Kind::Name) => spelling::name(code, old, dice),
            Some(Kind::Date | Kind::Month) => spelling::date(old, dice),
            Some(Kind::Money) if code == DirtCode::D37 => Some(dice.pick(&spelling::NO_NUMBER).to_owned()),
            Some(Kind::Money) => {
                let in_yuan = !self.stream.columns()[column].name.contains("万元");
                spelling::money(old, in_yuan, dice)
            }
            Some(Kind::County) if code == DirtCode::D12 => spelling::annotated(old),
            Some(Kind::County) => spelling::county_alias(old, dice),
            Some(Kind::Village) => spelling::village(old, dice),
            Some(Kind::YesNo) => Some(spelling::yes_no(old, dice).to_owned()),
            Some(Kind::Phone) => Some(spelling::phone(old, dice)),
            Some(Kind::Org) => spelling::lost_byte(old, dice),
            Some(Kind::Choice) => {
                let name = self.stream.columns()[column].name;
                let other = SEVERAL
                    .iter()
                    .find(|(stream, column, _)| (*stream, *column) == (self.stream, name));
                other.map(|(_, _, other)| spelling::several(old, other, dice))
            }
            Some(Kind::Text | Kind::Number) | None => None,
        };
        match new {
            Some(new) if new != old => {
                row.set(column, &new);
                true
            }
            Some(_) | None => false,
        }
    }
}

/// Whether `code` can meet a cell of `column`.
fn meets(code: DirtCode, stream: Stream, column: usize) -> bool {
    use DirtCode::*;
    let columns = stream.columns();
    let (kind, name) = (columns[column].kind, columns[column].name);
    match kind {
        Kind::Id => matches!(code, D01 | D02 | D03 | D04 | D05 | D06 | D08 | D29),
        Kind::Name => matches!(code, D09 | D10 | D11 | D27),
        Kind::Date | Kind::Month => code == D22,
        Kind::Money => code == D23 || code == D37 && MAY_BE_EMPTY.contains(&name),
        Kind::County => matches!(code, D12 | D32),
        Kind::Village => code == D33,
        Kind::YesNo => code == D34,
        Kind::Phone => code == D36,
        Kind::Org => code == D13,
        Kind::Choice => {
            code == D35
                && SEVERAL
                    .iter()
                    .any(|several| (several.0, several.1) == (stream, name))
        }
        Kind::Text | Kind::Number => false,
    }
}

/// The number in the row of the name in `column`.
fn number_beside(stream: Stream, column: usize, row: &Row) -> Option<String> {
    let columns = stream.columns().iter().enumerate();
    let (at, _) = columns
        .filter(|(_, other)| other.kind == Kind::Id)
        .min_by_key(|(at, _)| at.abs_diff(column))?;
    Some(row.cell(at).to_owned())
}

/// The column that says whom a row is about: the ID number, a unit's code, else the first.
fn whose(stream: Stream) -> usize {
    let columns = stream.columns().iter();
    let says = |column: &&super::stream::Column| column.kind == Kind::Id || column.name == "统一社会信用代码";
    columns
        .enumerate()
        .find(|(_, column)| says(column))
        .map_or(0, |(at, _)| at)
}

/// The ID number of `column` and the nearest name change places.
fn swap(stream: Stream, column: usize, row: &mut Row) -> bool {
    let names = stream.columns().iter().enumerate();
    let nearest = names
        .filter(|(_, other)| other.kind == Kind::Name)
        .map(|(position, _)| position)
        .min_by_key(|position| position.abs_diff(column));
    let Some(name) = nearest else { return false };
    let (id_text, name_text) = (row.cell(column).to_owned(), row.cell(name).to_owned());
    row.set(column, &name_text);
    row.set(name, &id_text);
    true
}

/// A quick digest of a row; it need only tell rows apart well enough for dice.
fn fingerprint(text: &str) -> u64 {
    const FACTOR: u64 = 0x517C_C1B7_2722_0A95;
    let mut hash = text.len() as u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    hash
}
