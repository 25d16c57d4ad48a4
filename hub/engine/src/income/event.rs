//! The rows of `income_event`, as small as they can be held: words as numbers, the household already found.
//! Here because a city has tens of millions of them, and reconciling wants those of one person side by side.
//! In: batches of the table, who belongs where, which connectors are the spine. Out: events, and the words behind the numbers.
//! Not here: which events tell the same payment (reconcile).

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::{Array, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;
use datafusion::error::{DataFusionError, Result};
use foldhash::quality::FixedState;

use super::home::{Home, Homes};
use super::item::{Item, names_a_payment};
use super::window::Period;

/// Most different items, and most streams, that are kept apart; further ones count as the last.
const WORDS_MAX: usize = u16::MAX as usize;
/// The columns that are read of every row, in order: first those with few different values, then ids, amounts and days.
const COLUMNS: &str = "arrow_cast(category, 'Dictionary(Int32, Utf8)'), \
     arrow_cast(item, 'Dictionary(Int32, Utf8)'), arrow_cast(semantic, 'Dictionary(Int32, Utf8)'), \
     arrow_cast(_stream, 'Dictionary(Int32, Utf8)'), household_id, person_id, amount_fen, period_from, period_to, paid_on";
/// Texts that only tell one row from another.
const TEXTS: &str = "household_no, household_hint";
/// The same of somebody who is not known: how the number and the name are spelled.
const SPELLINGS: &str = "id_no, id_text, name";
/// Where they begin.
const REST: usize = 10;

/// What the amount of an event means (D24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Semantic {
    Monthly,
    Yearly,
    Cumulative,
    Once,
}

impl Semantic {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "monthly" => Self::Monthly,
            "yearly" => Self::Yearly,
            "cumulative" => Self::Cumulative,
            "once" => Self::Once,
            _ => return None,
        })
    }

    /// The word the tables use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Cumulative => "cumulative",
            Self::Once => "once",
        }
    }
}

/// Why an amount counts in no household. The first that fits is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unplaced {
    UnknownCategory,
    UnknownSemantic,
    NoAmount,
    Undated,
    SeveralHouseholds,
    NoHousehold,
}

impl Unplaced {
    /// The word the table uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownCategory => "unknown_category",
            Self::UnknownSemantic => "unknown_semantic",
            Self::NoAmount => "no_amount",
            Self::Undated => "undated",
            Self::SeveralHouseholds => "several_households",
            Self::NoHousehold => "no_household",
        }
    }
}

/// One row of the table. 0 stands for no id: registries never give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) household: u64,
    pub(crate) person: u64,
    /// Number of its item's words.
    pub(crate) word: u16,
    /// Number of its stream.
    pub(crate) stream: u16,
    pub(crate) semantic: Semantic,
    pub(crate) unplaced: Option<Unplaced>,
    /// Authority, best first: who paid before the spine's export, who knows the day of payment before who does not.
    pub(crate) rank: u8,
    /// First and last day; both 0 when undated.
    pub(crate) from: i32,
    pub(crate) to: i32,
    pub(crate) amount: i64,
    /// Digest of everything else the row says; not of its place, nor of how it spells the name and number of a person who is known.
    pub(crate) rest: u64,
}

/// An item as a source calls it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Word {
    pub(crate) category: String,
    pub(crate) text: String,
    pub(crate) item: Option<Item>,
    /// Whether two streams that use it tell the same payment.
    pub(crate) names_a_payment: bool,
}

/// Whose rows are read at a time: how a row spells somebody who is known tells nothing, and need not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    OfKnown,
    OfUnknown,
}

impl Told {
    pub(super) const ALL: [Self; 2] = [Self::OfKnown, Self::OfUnknown];

    /// Asks for the rows; of known people among others.
    pub(super) fn query(self) -> String {
        match self {
            Self::OfKnown => format!("SELECT {COLUMNS}, {TEXTS} FROM income_event"),
            Self::OfUnknown => {
                format!("SELECT {COLUMNS}, {SPELLINGS}, {TEXTS} FROM income_event WHERE person_id IS NULL")
            }
        }
    }
}

/// Reads batches into events.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) homes: Homes,
    digests: FixedState,
    /// Connectors that feed `household`.
    pub(super) spine: HashSet<String>,
    pub(super) words: Vec<Word>,
    pub(super) streams: Vec<String>,
    word_of: HashMap<(String, String), u16>,
    stream_of: HashMap<String, u16>,
}

impl Reader {
    /// Hands `take` the rows of `batch` that are what is `told`.
    pub(super) fn read(
        &mut self,
        batch: &RecordBatch,
        told: Told,
        mut take: impl FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let columns = Columns::of(batch)?;
        let words = self.words_of(&columns);
        let streams: Vec<(u16, bool)> = columns.stream.texts().map(|text| self.stream(text)).collect();
        let semantics: Vec<Option<Semantic>> = columns.semantic.texts().map(Semantic::of).collect();
        for row in 0..batch.num_rows() {
            if columns.person.is_null(row) && told == Told::OfKnown {
                continue;
            }
            let word = words[columns.category.key(row) * columns.item.count + columns.item.key(row)];
            let (stream, spine) = streams[columns.stream.key(row)];
            let event = self.event(&columns, row, word, stream, semantics[columns.semantic.key(row)]);
            let event = Event {
                rank: u8::from(spine) * 2 + u8::from(columns.paid.is_null(row)),
                ..event
            };
            take(event)?;
        }
        Ok(())
    }

    fn event(
        &self,
        columns: &Columns,
        row: usize,
        word: u16,
        stream: u16,
        semantic: Option<Semantic>,
    ) -> Event {
        let id = |ids: &PrimitiveArray<UInt64Type>| if ids.is_valid(row) { ids.value(row) } else { 0 };
        let day = |days: &PrimitiveArray<Date32Type>| days.is_valid(row).then(|| days.value(row));
        let (own, person) = (id(&columns.household), id(&columns.person));
        let home = self.homes.of(person);
        let (household, homeless) = match (own, home) {
            (0, None) => (0, Some(Unplaced::NoHousehold)),
            (0, Some(Home::Several)) => (0, Some(Unplaced::SeveralHouseholds)),
            (0, Some(Home::One(home))) => (home, None),
            (own, _) => (own, None),
        };
        let period = Period::of(day(&columns.from), day(&columns.to));
        let flaw = if self
            .words
            .get(usize::from(word))
            .is_none_or(|word| word.item.is_none())
        {
            Some(Unplaced::UnknownCategory)
        } else if semantic.is_none() {
            Some(Unplaced::UnknownSemantic)
        } else if columns.amount.is_null(row) {
            Some(Unplaced::NoAmount)
        } else if period.is_none() {
            Some(Unplaced::Undated)
        } else {
            homeless
        };
        Event {
            household: if flaw.is_some() { 0 } else { household },
            person,
            word,
            stream,
            semantic: semantic.unwrap_or(Semantic::Once),
            unplaced: flaw,
            rank: 0,
            from: period.map_or(0, |period| period.from),
            to: period.map_or(0, |period| period.to),
            amount: if columns.amount.is_valid(row) {
                columns.amount.value(row)
            } else {
                0
            },
            rest: columns.rest(row, &self.digests),
        }
    }

    /// For each pair of category and item of the batch, the number of its words.
    fn words_of(&mut self, columns: &Columns) -> Vec<u16> {
        let mut numbers = Vec::with_capacity(columns.category.count * columns.item.count);
        for category in columns.category.texts() {
            for item in columns.item.texts() {
                numbers.push(self.word(category, item));
            }
        }
        numbers
    }

    /// The number of an item's words. Names of one sub-item of the form are one word; they are the same payment.
    fn word(&mut self, category: &str, text: &str) -> u16 {
        let key = (category.to_owned(), text.to_owned());
        if let Some(number) = self.word_of.get(&key) {
            return *number;
        }
        let item = Item::of(category, text);
        let shown = match item {
            Some(item) if !item.is_remainder() => item.name(),
            Some(_) | None => text,
        };
        let word = Word {
            category: category.to_owned(),
            text: shown.to_owned(),
            item,
            names_a_payment: item.is_some_and(|item| names_a_payment(item, text)),
        };
        let number = match self.words.iter().position(|known| *known == word) {
            Some(known) => known,
            None if self.words.len() < WORDS_MAX => {
                self.words.push(word);
                self.words.len() - 1
            }
            None => self.words.len() - 1,
        };
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        self.word_of.insert(key, number);
        number
    }

    /// The number of a stream, and whether its connector feeds the spine.
    fn stream(&mut self, name: &str) -> (u16, bool) {
        let connector = name.split_once('/').map_or(name, |(connector, _)| connector);
        let spine = self.spine.contains(connector);
        if let Some(number) = self.stream_of.get(name) {
            return (*number, spine);
        }
        if self.streams.len() < WORDS_MAX {
            self.streams.push(name.to_owned());
        }
        let number = u16::try_from(self.streams.len() - 1).unwrap_or(u16::MAX);
        self.stream_of.insert(name.to_owned(), number);
        (number, spine)
    }
}

/// A column of few different texts.
struct Texts {
    array: DictionaryArray<Int32Type>,
    /// Its different texts and one more, the empty one, for NULL.
    count: usize,
}

impl Texts {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let values: &StringArray = self.array.values().as_string();
        (0..values.len())
            .map(|at| if values.is_valid(at) { values.value(at) } else { "" })
            .chain([""])
    }

    fn key(&self, row: usize) -> usize {
        self.array.key(row).unwrap_or(self.count - 1)
    }
}

/// The columns of a batch.
struct Columns {
    category: Texts,
    item: Texts,
    semantic: Texts,
    stream: Texts,
    household: PrimitiveArray<UInt64Type>,
    person: PrimitiveArray<UInt64Type>,
    amount: PrimitiveArray<Int64Type>,
    from: PrimitiveArray<Date32Type>,
    to: PrimitiveArray<Date32Type>,
    paid: PrimitiveArray<Date32Type>,
    rest: Vec<StringArray>,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self> {
        let column = |at: usize, kind: &DataType| cast(batch.column(at), kind).map_err(DataFusionError::from);
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let texts = |at| -> Result<Texts> {
            let array = column(at, &dictionary)?.as_dictionary::<Int32Type>().clone();
            Ok(Texts {
                count: array.values().len() + 1,
                array,
            })
        };
        let id = |at| -> Result<_> {
            Ok(column(at, &DataType::UInt64)?
                .as_primitive::<UInt64Type>()
                .clone())
        };
        let day = |at| -> Result<_> {
            Ok(column(at, &DataType::Date32)?
                .as_primitive::<Date32Type>()
                .clone())
        };
        let rest = |at| -> Result<_> { Ok(column(at, &DataType::Utf8)?.as_string::<i32>().clone()) };
        Ok(Self {
            category: texts(0)?,
            item: texts(1)?,
            semantic: texts(2)?,
            stream: texts(3)?,
            household: id(4)?,
            person: id(5)?,
            amount: column(6, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
            from: day(7)?,
            to: day(8)?,
            paid: day(9)?,
            rest: (REST..batch.num_columns()).map(rest).collect::<Result<_>>()?,
        })
    }

    /// Digest of what else the row says. A name with a blank in it, or a number of the old form, makes no other payment of one to the
    /// same person.
    fn rest(&self, row: usize, digests: &FixedState) -> u64 {
        let mut hasher = digests.build_hasher();
        for column in &self.rest {
            column.is_valid(row).then(|| column.value(row)).hash(&mut hasher);
        }
        self.paid
            .is_valid(row)
            .then(|| self.paid.value(row))
            .hash(&mut hasher);
        hasher.finish()
    }
}
