//! One person of either side with every value beside the others, and the keys under which such people meet.
//! Here because a million by two hundred thousand pairs cannot be compared; those who share a key can.
//! In: columns and a row. Out: the values; hashes of thirteen kinds of key, 0 where a part is missing.
//! Not here: the table from keys to rows (index.rs).

use super::birth::Birth;
use super::hash::{all, both};
use super::names::{NO_NAME, Name};
use super::number::{Evidence, Number};
use super::people::{HEAD, People, at};
use super::place::Place;

/// One person's values.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) number: Number,
    pub(super) name: &'a Name,
    pub(super) head: &'a Name,
    pub(super) birth: Birth,
    pub(super) sex: u8,
    pub(super) relation: u8,
    pub(super) place: Place,
    pub(super) group: u32,
    pub(super) door: u32,
    pub(super) phone: u64,
    pub(super) is_head: bool,
}

impl<'a> Row<'a> {
    pub(super) fn new(people: &'a People, places: &[Place], row: usize) -> Self {
        let relation = at(&people.relation, row);
        let (name, head) = (at(&people.name, row), at(&people.head, row));
        let place = at(&people.place, row) as usize;
        Self {
            number: at(&people.numbers, row),
            name: people.names.get(name),
            head: people.names.get(head),
            birth: at(&people.births, row),
            sex: at(&people.sex, row),
            relation,
            place: places.get(place).copied().unwrap_or_default(),
            group: at(&people.group, row),
            door: at(&people.door, row),
            phone: at(&people.phone, row),
            is_head: relation == HEAD || name != NO_NAME && name == head,
        }
    }

    /// The day of birth said, else the one in the number.
    pub(super) fn any_birth(&self) -> Birth {
        if self.birth.day() != 0 {
            return self.birth;
        }
        self.number.birth().map_or(self.birth, Birth::of_digits)
    }

    /// The day of birth in the number, where it is not the one said.
    fn other_birth(&self) -> Birth {
        let of_number = self.number.birth().map_or(Birth::NONE, Birth::of_digits);
        if of_number == self.any_birth() {
            Birth::NONE
        } else {
            of_number
        }
    }
}

/// Kinds of key.
pub(super) const KEYS: usize = 13;

/// What the kinds of key are made of, for reports.
pub(super) const KEY_NAMES: [&str; KEYS] = [
    "证件号码",
    "证件后四位+姓氏读音",
    "姓名读音+乡镇",
    "出生日期+姓名读音",
    "出生日期+村",
    "电话",
    "姓名读音+户主",
    "出生日期+姓氏读音",
    "姓名+县",
    "村+姓氏读音+出生年",
    "姓名读音+出生年",
    "村+组+门牌",
    "村+户主",
];

/// The keys of a person, each with its kind; a list's row may have two of one kind when number and date disagree.
pub(super) fn keys(row: &Row<'_>) -> [(usize, u64); KEYS + 3] {
    let Place {
        county,
        town,
        village,
    } = row.place;
    let (county, town, village) = (u64::from(county), u64::from(town), u64::from(village));
    let name = row.name;
    let head = if row.is_head { 0 } else { row.head.sound };
    let birth = row.any_birth();
    let day = if birth.day() == 0 {
        0
    } else {
        u64::from(birth.packed())
    };
    let other = u64::from(row.other_birth().packed());
    let year = u64::from(birth.year());
    let whole = if row.number.kind == Evidence::Valid {
        row.number.hash()
    } else {
        0
    };
    let ending = row.number.ending().map_or(0, |ending| {
        ending.iter().fold(1, |hash, byte| hash << 8 | u64::from(*byte))
    });
    let (group, door) = (u64::from(row.group), u64::from(row.door));
    [
        (0, whole),
        (1, both(ending, name.surname)),
        (2, both(name.sound, town)),
        (3, both(day, name.sound)),
        (4, both(day, village)),
        (5, both(row.phone, 5)),
        (6, both(name.sound, head)),
        (7, both(day, name.surname)),
        (8, both(name.key, county)),
        (9, all(&[village, name.surname, year])),
        (10, both(name.sound, year)),
        (11, all(&[village, group, door])),
        (12, both(village, row.head.sound)),
        (3, both(other, name.sound)),
        (4, both(other, village)),
        (7, both(other, name.surname)),
    ]
}
