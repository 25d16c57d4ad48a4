//! People of one list, normalised into columns: what the register is, and what a department's list is.
//! Here because cells are read once and compared many times.
//! In: Arrow batches of text columns, named by `Columns`. Out: `People`: numbers, names, births, places as small values.
//! Not here: who is who. A column that is missing, or a cell that says nothing, is no evidence either way.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use hub_model::{PlaceLevel, PlaceNames, values};
use serde::{Deserialize, Serialize};

use super::birth::Birth;
use super::hash::{self, Map};
use super::names::{NO_NAME, Names};
use super::number::Number;

/// Rows of one side; `u32` numbers them.
pub const ROWS_MAX: usize = 1 << 30;
/// Characters of a cell that are looked at.
const CELL_MAX: usize = 512;

/// The columns of a list, by the names they have in a batch; one that a batch has not is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// Unsigned or signed 64-bit integer, or text of digits: the person's stable id. Only a register has it.
    pub person: String,
    /// The list's own number of the household, opaque text.
    pub household: String,
    /// 姓名.
    pub name: String,
    /// 性别: 男 or 女, or a code of GB/T 2261.1.
    pub sex: String,
    /// 出生日期, in any form a date is written.
    pub birth: String,
    /// 证件号码, whole, masked or broken.
    pub number: String,
    /// 与户主关系.
    pub relation: String,
    /// 户主姓名.
    pub head: String,
    /// 县(市、区), name or code.
    pub county: String,
    /// 乡(镇).
    pub town: String,
    /// 行政村.
    pub village: String,
    /// 组.
    pub group: String,
    /// 门牌.
    pub door: String,
    /// 联系电话.
    pub phone: String,
}

impl Default for Columns {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            person: name("person_id"),
            household: name("household_no"),
            name: name("name"),
            sex: name("sex"),
            birth: name("birth_date"),
            number: name("id_no"),
            relation: name("relation"),
            head: name("head_name"),
            county: name("county"),
            town: name("town"),
            village: name("village"),
            group: name("village_group"),
            door: name("door"),
            phone: name("phone"),
        }
    }
}

/// A place as it is said: hashes of the comparison keys of county, town and village, 0 where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Said {
    pub(super) county: u64,
    pub(super) town: u64,
    pub(super) village: u64,
}

/// What a row says its person is to the head.
pub(super) const NO_RELATION: u8 = 0;
pub(super) const HEAD: u8 = 1;

/// The people of one list.
#[derive(Default)]
pub struct People {
    pub(super) ids: Vec<u64>,
    pub(super) numbers: Vec<Number>,
    pub(super) name: Vec<u32>,
    pub(super) head: Vec<u32>,
    pub(super) births: Vec<Birth>,
    /// 0 not known, 1 male, 2 female.
    pub(super) sex: Vec<u8>,
    pub(super) relation: Vec<u8>,
    pub(super) place: Vec<u32>,
    pub(super) group: Vec<u32>,
    pub(super) door: Vec<u32>,
    pub(super) phone: Vec<u64>,
    /// Dense from 1; 0 for none.
    pub(super) household: Vec<u32>,
    pub(super) households: u32,
    pub(super) names: Names,
    pub(super) places: Vec<Said>,
}

impl People {
    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.name.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_empty()
    }

    /// The content of a row as one number: equal for rows that say the same, whatever their order.
    pub(super) fn content(&self, row: usize) -> u64 {
        let name = self.names.get(at(&self.name, row));
        let parts = [
            at(&self.numbers, row).hash(),
            name.key,
            u64::from(at(&self.births, row).packed()),
            at(&self.phone, row),
            u64::from(at(&self.door, row)),
        ];
        parts
            .iter()
            .fold(0, |content, part| hash::finish(content ^ part.wrapping_add(1)))
    }
}

/// The value of a row; the type's nothing beyond the end, where no row is.
pub(super) fn at<T: Copy + Nothing>(column: &[T], row: usize) -> T {
    column.get(row).copied().unwrap_or(T::NOTHING)
}

/// What stands for no value.
pub(super) trait Nothing {
    const NOTHING: Self;
}

impl Nothing for u8 {
    const NOTHING: Self = 0;
}
impl Nothing for u32 {
    const NOTHING: Self = 0;
}
impl Nothing for u64 {
    const NOTHING: Self = 0;
}
impl Nothing for f32 {
    const NOTHING: Self = 0.0;
}
impl Nothing for Number {
    const NOTHING: Self = Self::NONE;
}
impl Nothing for Birth {
    const NOTHING: Self = Self::NONE;
}

/// Reads batches into [`People`].
pub struct PeopleReader {
    columns: Columns,
    names: PlaceNames,
    people: People,
    households: Map<u64, u32>,
    places: Map<u64, u32>,
}

impl PeopleReader {
    /// A reader of batches whose columns have these names.
    #[must_use]
    pub fn new(columns: Columns) -> Self {
        Self::with_places(columns, PlaceNames::default())
    }

    /// The same, where places may be said by names they had.
    #[must_use]
    pub fn with_places(columns: Columns, names: PlaceNames) -> Self {
        let people = People {
            names: Names::new(),
            places: vec![Said::default()],
            ..People::default()
        };
        Self {
            columns,
            names,
            people,
            households: Map::default(),
            places: Map::default(),
        }
    }

    /// Appends the rows of a batch, as many as fit below [`ROWS_MAX`]; `false` when some did not.
    pub fn push(&mut self, batch: &RecordBatch) -> bool {
        let room = ROWS_MAX - self.people.len();
        let whole = batch.num_rows() <= room;
        let batch = batch.slice(0, batch.num_rows().min(room));
        self.push_ids(&batch);
        let columns = self.columns.clone();
        self.push_people(&batch, &columns);
        self.push_places(&batch, &columns);
        whole
    }

    /// The people read.
    #[must_use]
    pub fn finish(mut self) -> People {
        self.people.names.seal();
        self.people
    }

    fn push_ids(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        let ids = &mut self.people.ids;
        let Some(column) = batch.column_by_name(&self.columns.person) else {
            ids.extend(std::iter::repeat_n(0, rows));
            return;
        };
        if let Some(numbers) = column.as_primitive_opt::<UInt64Type>() {
            ids.extend(numbers.iter().map(|id| id.unwrap_or(0)));
        } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            ids.extend(
                numbers
                    .iter()
                    .map(|id| id.and_then(|id| u64::try_from(id).ok()).unwrap_or(0)),
            );
        } else {
            let texts = Texts::new(batch, &self.columns.person);
            ids.extend((0..rows).map(|row| texts.get(row).trim().parse().unwrap_or(0)));
        }
    }

    fn push_people(&mut self, batch: &RecordBatch, columns: &Columns) {
        let text = |name: &str| Texts::new(batch, name);
        let (names, sexes, births) = (text(&columns.name), text(&columns.sex), text(&columns.birth));
        let (numbers, relations) = (text(&columns.number), text(&columns.relation));
        let (heads, phones) = (text(&columns.head), text(&columns.phone));
        let people = &mut self.people;
        for row in 0..batch.num_rows() {
            let name = people.names.add(names.get(row));
            let head = people.names.add(heads.get(row));
            let relation = relation(relations.get(row), name, head);
            people.name.push(name);
            people.head.push(head);
            people.relation.push(relation);
            people.sex.push(sex(sexes.get(row)));
            people.births.push(Birth::read(births.get(row)));
            people.numbers.push(Number::read(numbers.get(row)));
            people.phone.push(phone(phones.get(row)));
        }
    }

    fn push_places(&mut self, batch: &RecordBatch, columns: &Columns) {
        let text = |name: &str| Texts::new(batch, name);
        let (counties, towns, villages) =
            (text(&columns.county), text(&columns.town), text(&columns.village));
        let (groups, doors, households) = (
            text(&columns.group),
            text(&columns.door),
            text(&columns.household),
        );
        for row in 0..batch.num_rows() {
            let place = self.place(counties.get(row), towns.get(row), villages.get(row));
            let people = &mut self.people;
            people.place.push(place);
            people.group.push(part_of_address(groups.get(row)));
            people.door.push(part_of_address(doors.get(row)));
            let household = match values::blank(households.get(row)) {
                None => 0,
                Some(text) => *self.households.entry(hash::text(text)).or_insert_with(|| {
                    people.households += 1;
                    people.households
                }),
            };
            people.household.push(household);
        }
    }

    fn place(&mut self, county: &str, town: &str, village: &str) -> u32 {
        let texts = [county, town, village].map(hash::text);
        let (people, names) = (&mut self.people, &self.names);
        *self.places.entry(hash::all(&texts)).or_insert_with(|| {
            let key = |text: &str| values::village_key(text).map_or(0, |key| hash::text(&key));
            let means = |level, text: &str| names.key(level, county, text).map_or(0, |key| hash::text(&key));
            let code = values::division_code(county);
            people.places.push(Said {
                county: code.map_or_else(|| key(county), |code| hash::text(&code)),
                town: means(PlaceLevel::Town, town),
                village: means(PlaceLevel::Village, village),
            });
            u32::try_from(people.places.len() - 1).unwrap_or(0)
        })
    }
}

/// A text column, or none.
struct Texts(Option<StringArray>);

impl Texts {
    fn new(batch: &RecordBatch, name: &str) -> Self {
        let column = batch.column_by_name(name);
        Self(column.and_then(|column| column.as_string_opt::<i32>().cloned()))
    }

    /// The cell's text; empty where the column, the cell or its meaning is missing.
    fn get(&self, row: usize) -> &str {
        let cell = match &self.0 {
            Some(array) if row < array.len() && array.is_valid(row) => array.value(row),
            _ => "",
        };
        if cell.len() <= CELL_MAX { cell } else { "" }
    }
}

fn sex(cell: &str) -> u8 {
    match values::text_clean(cell).as_deref() {
        Some("男" | "1" | "男性") => 1,
        Some("女" | "2" | "女性") => 2,
        _ => 0,
    }
}

/// 1 for the head, other relations by their word; somebody named as the head is the head where nothing is said.
fn relation(cell: &str, name: u32, head: u32) -> u8 {
    match values::relation(cell) {
        Some("户主") => HEAD,
        Some("配偶") => 2,
        Some("之子") => 3,
        Some("之女") => 4,
        Some("之父") => 5,
        Some("之母") => 6,
        Some("之孙子") => 7,
        Some("之孙女") => 8,
        Some("之儿媳") => 9,
        Some("之女婿") => 10,
        Some("之兄弟姐妹") => 11,
        Some(_) => 12,
        None if name != NO_NAME && name == head => HEAD,
        None => NO_RELATION,
    }
}

fn phone(cell: &str) -> u64 {
    values::phone(cell)
        .and_then(|phone| phone.parse().ok())
        .unwrap_or(0)
}

/// The number in a group's or a door's text, or a hash of the text where it has none; 0 for nothing.
fn part_of_address(cell: &str) -> u32 {
    const NUMBER_MAX: u32 = 1 << 24;
    let Some(text) = values::text_clean(cell) else {
        return 0;
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    match digits.parse::<u32>() {
        Ok(number) => number + 1,
        Err(_) => NUMBER_MAX | u32::try_from(hash::text(&text) >> 40).unwrap_or(0),
    }
}
