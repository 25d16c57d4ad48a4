//! What can be said of a row and a registered person: the fields, the cells each may fall into, and what to expect.
//! Here because every weight, every sentence for a clerk and every learned table is about one of these cells.
//! In: nothing. Out: the tables; the chances in them are where learning begins, and all there is when nothing is learnt.
//! Not here: which cell a pair falls into (compare.rs), what a list taught (learn.rs).

/// Why a row and a person agree as they do: they are one, or the row's person is somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// One and the same.
    Match = 0,
    /// Somebody of another village.
    Stranger = 1,
    /// Somebody of the same village.
    Villager = 2,
    /// Somebody of the same village with the same name, who is not registered.
    Namesake = 3,
    /// Somebody of the same household who is not registered: brother, twin, wife.
    Household = 4,
}

pub(super) const CLASSES: usize = 5;
/// The classes of people who are somebody else.
pub(super) const OTHERS: [Class; 4] = [
    Class::Stranger,
    Class::Villager,
    Class::Namesake,
    Class::Household,
];

/// A cell no pair falls into: nothing can be said.
pub(super) const SILENT: u8 = u8::MAX;

/// One thing that can be said.
#[derive(Debug)]
pub(super) struct Cell {
    /// Under this name its weights are stored.
    pub(super) name: &'static str,
    /// Chances are shared out among the cells of one kind: what the list says decides the kind.
    pub(super) kind: u8,
    /// Chance under each class.
    pub(super) chance: [f32; CLASSES],
    /// For strangers, villagers and namesakes the chance is counted pair by pair, so that rare agreements weigh more.
    pub(super) counted: bool,
    /// What a clerk is told.
    pub(super) sentence: &'static str,
}

/// One field of evidence.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) family: usize,
    pub(super) cells: &'static [Cell],
}

/// The four families a clerk sees.
pub(super) const FAMILIES: [&str; 4] = ["身份证", "姓名", "出生·性别", "住址·电话·户"];

/// Positions of the fields.
pub(super) const NUMBER: usize = 0;
pub(super) const NAME: usize = 1;
pub(super) const BIRTH: usize = 2;
pub(super) const SEX: usize = 3;
pub(super) const PLACE: usize = 4;
pub(super) const DOOR: usize = 5;
pub(super) const PHONE: usize = 6;
pub(super) const HEADS: usize = 7;
pub(super) const RELATION: usize = 8;
pub(super) const MATES: usize = 9;
pub(super) const CLAIM: usize = 10;
pub(super) const FIELDS: usize = 11;

const fn cell(kind: u8, name: &'static str, chance: [f32; CLASSES], sentence: &'static str) -> Cell {
    Cell {
        name,
        kind,
        chance,
        counted: false,
        sentence,
    }
}

const fn counted(kind: u8, name: &'static str, matched: f32, household: f32, sentence: &'static str) -> Cell {
    Cell {
        name,
        kind,
        chance: [matched, 1.0, 1.0, 1.0, household],
        counted: true,
        sentence,
    }
}

/// Cells of the name, by position.
pub(super) mod name {
    pub(crate) const SAME: u8 = 0;
    pub(crate) const SOUND: u8 = 1;
    pub(crate) const NEAR_SOUND: u8 = 2;
    pub(crate) const ONE_CHARACTER: u8 = 3;
    pub(crate) const REARRANGED: u8 = 4;
    pub(crate) const SURNAME: u8 = 5;
    pub(crate) const DIFFERENT: u8 = 6;
    pub(crate) const COVERED_FITS: u8 = 7;
    pub(crate) const COVERED_SURNAME: u8 = 8;
    pub(crate) const COVERED_DIFFERENT: u8 = 9;
    pub(crate) const REGISTER_COVERED: u8 = 10;
}

/// Cells of the number, by position.
pub(super) mod number {
    pub(crate) const EQUAL: u8 = 0;
    pub(crate) const NEAR: u8 = 1;
    pub(crate) const MATE: u8 = 2;
    pub(crate) const ORIGIN: u8 = 3;
    pub(crate) const BIRTH: u8 = 4;
    pub(crate) const ABSENT: u8 = 5;
    pub(crate) const OTHERS: u8 = 6;
    pub(crate) const BROKEN_NEAR: u8 = 7;
    pub(crate) const BROKEN_ORIGIN: u8 = 8;
    pub(crate) const BROKEN_BIRTH: u8 = 9;
    pub(crate) const BROKEN_OFF: u8 = 10;
    pub(crate) const BIRTH_ENDING_FITS: u8 = 11;
    pub(crate) const BIRTH_ENDING_BIRTH: u8 = 12;
    pub(crate) const BIRTH_ENDING_NEAR: u8 = 13;
    pub(crate) const BIRTH_ENDING_OFF: u8 = 14;
    pub(crate) const BIRTH_FITS: u8 = 15;
    pub(crate) const BIRTH_ONLY: u8 = 16;
    pub(crate) const BIRTH_NEAR: u8 = 17;
    pub(crate) const BIRTH_OFF: u8 = 18;
    pub(crate) const ENDING_FITS: u8 = 19;
    pub(crate) const ENDING_NEAR: u8 = 20;
    pub(crate) const ENDING_OFF: u8 = 21;
    pub(crate) const LITTLE_FITS: u8 = 22;
    pub(crate) const LITTLE_OFF: u8 = 23;
}

#[rustfmt::skip]
static NUMBER_CELLS: [Cell; 24] = [
    cell(0, "equal", [0.965, 1e-9, 1e-8, 1e-8, 7e-3], "号码完整且相同"),
    cell(0, "near", [2e-3, 1e-7, 1e-6, 1e-6, 5e-4], "号码只差一位或相邻两位颠倒"),
    cell(0, "mate", [0.016, 1e-5, 1e-4, 1e-4, 7e-3], "号码是同户另一人的"),
    cell(0, "origin", [5e-4, 1e-5, 3e-4, 3e-4, 0.12], "地区码和出生日期相同，后四位不同（双胞胎常见）"),
    cell(0, "birth", [5e-4, 4e-5, 1e-4, 3e-4, 0.02], "出生日期相同，其余不同"),
    cell(0, "absent", [4e-3, 0.99, 0.98, 0.98, 0.83], "号码不同，底册中无此号码"),
    cell(0, "others", [4e-3, 0.01, 0.01, 0.01, 0.01], "号码不同，是底册中他户人员的"),
    cell(1, "broken_near", [0.93, 1e-8, 1e-7, 1e-7, 1e-3], "号码有误，只差一位或相邻两位颠倒"),
    cell(1, "broken_origin", [0.01, 1e-5, 3e-4, 3e-4, 0.1], "号码有误，地区码和出生日期相同"),
    cell(1, "broken_birth", [0.01, 4e-5, 1e-4, 3e-4, 0.02], "号码有误，出生日期相同"),
    cell(1, "broken_off", [0.05, 0.999, 0.999, 0.999, 0.88], "号码有误，与此人不符"),
    counted(2, "birth_ending_fits", 0.96, 0.002, "号码有遮盖，所示出生日期和后四位都相符"),
    cell(2, "birth_ending_birth", [0.005, 1e-5, 3e-4, 3e-4, 0.12], "号码有遮盖，出生日期相符，后四位不符"),
    cell(2, "birth_ending_near", [0.015, 1e-6, 1e-5, 1e-5, 0.01], "号码有遮盖，所示部分只差一位"),
    cell(2, "birth_ending_off", [0.02, 0.999, 0.999, 0.999, 0.87], "号码有遮盖，所示部分不符"),
    counted(3, "birth_fits", 0.96, 0.12, "号码有遮盖或截断，所示部分（含出生日期）相符"),
    cell(3, "birth_only", [0.005, 4e-5, 1e-4, 3e-4, 0.02], "号码有遮盖或截断，仅出生日期相符"),
    cell(3, "birth_near", [0.015, 3e-5, 2e-4, 2e-4, 0.02], "号码有遮盖或截断，所示部分只差一位"),
    cell(3, "birth_off", [0.02, 0.999, 0.999, 0.999, 0.84], "号码有遮盖或截断，所示部分不符"),
    counted(4, "ending_fits", 0.96, 0.004, "号码有遮盖，所示后四位等相符"),
    cell(4, "ending_near", [0.015, 0.003, 0.003, 0.003, 0.02], "号码有遮盖，所示部分只差一位"),
    cell(4, "ending_off", [0.02, 0.99, 0.99, 0.99, 0.97], "号码有遮盖，所示部分不符"),
    counted(5, "little_fits", 0.97, 0.4, "号码只剩几位，所示部分相符"),
    cell(5, "little_off", [0.03, 0.8, 0.6, 0.6, 0.6], "号码只剩几位，所示部分不符"),
];

#[rustfmt::skip]
static NAME_CELLS: [Cell; 11] = [
    counted(0, "same", 0.94, 0.003, "姓名相同"),
    counted(0, "sound", 0.03, 0.004, "姓名同音不同字"),
    cell(0, "near_sound", [0.008, 4e-4, 3e-3, 1e-6, 0.02], "姓名读音相近"),
    cell(0, "one_character", [0.006, 2e-3, 0.02, 1e-6, 0.2], "姓名差一个字"),
    cell(0, "rearranged", [0.007, 5e-4, 2e-3, 1e-6, 0.02], "姓名少一字或两字颠倒"),
    cell(0, "surname", [0.004, 0.045, 0.2, 1e-6, 0.45], "只有姓相同"),
    cell(0, "different", [0.005, 0.95, 0.77, 1e-6, 0.3], "姓名不同"),
    cell(1, "covered_fits", [0.97, 4e-3, 0.02, 0.98, 0.1], "姓名有遮盖，所示部分相符"),
    cell(1, "covered_surname", [0.01, 0.04, 0.2, 0.01, 0.5], "姓名有遮盖，姓相同，其余不符"),
    cell(1, "covered_different", [0.02, 0.95, 0.77, 0.01, 0.4], "姓名有遮盖，所示部分不符"),
    // A register's covered name is compared with whatever the list has.
    cell(2, "register_covered", [0.98, 0.02, 0.05, 0.98, 0.1], "底册姓名有遮盖，所示部分相符"),
];

#[rustfmt::skip]
static BIRTH_CELLS: [Cell; 11] = [
    counted(0, "same_day", 0.94, 0.05, "出生日期相同"),
    cell(0, "one_part", [0.03, 6e-3, 6e-3, 6e-3, 0.015], "出生日期只有一处不同"),
    cell(0, "lunar", [0.015, 1.5e-3, 1.5e-3, 2e-3, 1.5e-3], "出生日期早几周，像农历生日"),
    cell(0, "same_year", [0.004, 0.013, 0.013, 0.05, 0.02], "同年出生，日期不同"),
    cell(0, "next_year", [0.003, 0.026, 0.026, 0.08, 0.08], "出生相差一年"),
    cell(0, "other_day", [0.008, 0.95, 0.95, 0.85, 0.83], "出生日期不同"),
    counted(1, "same_month", 0.96, 0.06, "名单只有出生年月，相同"),
    cell(1, "year_of_month", [0.02, 0.013, 0.013, 0.05, 0.02], "名单只有出生年月，年同月不同"),
    cell(1, "other_month", [0.02, 0.985, 0.985, 0.95, 0.92], "名单只有出生年月，年份不同"),
    cell(2, "year_of_year", [0.97, 0.04, 0.04, 0.15, 0.2], "名单只有出生年份，相同或差一年"),
    cell(2, "other_year", [0.03, 0.96, 0.96, 0.85, 0.8], "名单只有出生年份，不同"),
];

#[rustfmt::skip]
static SEX_CELLS: [Cell; 2] = [
    cell(0, "same", [0.993, 0.5, 0.5, 0.95, 0.55], "性别相同"),
    cell(0, "other", [0.007, 0.5, 0.5, 0.05, 0.45], "性别不同"),
];

#[rustfmt::skip]
static PLACE_CELLS: [Cell; 9] = [
    cell(0, "village", [0.97, 1e-3, 0.97, 0.97, 0.97], "同村"),
    cell(0, "town", [0.02, 0.01, 0.02, 0.02, 0.02], "同乡镇，不同村"),
    cell(0, "county", [5e-3, 0.12, 5e-3, 5e-3, 5e-3], "同县，不同乡镇"),
    cell(0, "elsewhere", [5e-3, 0.87, 5e-3, 5e-3, 5e-3], "不同县"),
    cell(1, "town_only", [0.98, 0.02, 0.98, 0.98, 0.98], "同乡镇（名单没有村名）"),
    cell(1, "county_of_town", [0.01, 0.12, 0.01, 0.01, 0.01], "同县，不同乡镇（名单没有村名）"),
    cell(1, "elsewhere_of_town", [0.01, 0.86, 0.01, 0.01, 0.01], "不同县（名单没有村名）"),
    cell(2, "county_only", [0.99, 0.13, 0.99, 0.99, 0.99], "同县（名单没有乡镇和村名）"),
    cell(2, "elsewhere_of_county", [0.01, 0.87, 0.01, 0.01, 0.01], "不同县"),
];

#[rustfmt::skip]
static DOOR_CELLS: [Cell; 6] = [
    cell(0, "both", [0.9, 2e-3, 3e-3, 3e-3, 0.9], "组和门牌都相同"),
    cell(0, "door", [0.03, 0.02, 0.02, 0.02, 0.03], "门牌相同，组不同"),
    cell(0, "group", [0.05, 0.1, 0.11, 0.11, 0.05], "同组，门牌不同"),
    cell(0, "neither", [0.02, 0.88, 0.87, 0.87, 0.02], "组和门牌都不同"),
    cell(1, "one_same", [0.95, 0.1, 0.11, 0.11, 0.95], "组（或门牌）相同"),
    cell(1, "one_other", [0.05, 0.9, 0.89, 0.89, 0.05], "组（或门牌）不同"),
];

#[rustfmt::skip]
static PHONE_CELLS: [Cell; 2] = [
    cell(0, "same", [0.66, 3e-6, 1e-5, 1e-5, 0.45], "电话相同"),
    cell(0, "other", [0.34, 1.0, 1.0, 1.0, 0.55], "电话不同"),
];

#[rustfmt::skip]
static HEAD_CELLS: [Cell; 5] = [
    counted(0, "same", 0.93, 0.93, "户主姓名相同"),
    cell(0, "sound", [0.03, 1e-4, 5e-4, 5e-4, 0.03], "户主姓名同音或相近"),
    cell(0, "one_character", [0.01, 2e-3, 0.02, 0.02, 0.01], "户主姓名差一个字"),
    cell(0, "surname", [0.01, 0.045, 0.2, 0.3, 0.01], "户主同姓不同名"),
    cell(0, "different", [0.02, 0.95, 0.78, 0.68, 0.02], "户主姓名不同"),
];

#[rustfmt::skip]
static RELATION_CELLS: [Cell; 5] = [
    cell(0, "both_heads", [0.96, 0.3, 0.3, 0.4, 0.15], "都是户主"),
    cell(0, "head_of_list", [0.04, 0.7, 0.7, 0.6, 0.85], "名单中是户主，底册中不是"),
    cell(1, "same", [0.93, 0.18, 0.18, 0.25, 0.35], "与户主关系相同"),
    cell(1, "head_of_register", [0.02, 0.3, 0.3, 0.25, 0.3], "底册中是户主，名单中不是"),
    cell(1, "other", [0.05, 0.52, 0.52, 0.5, 0.35], "与户主关系不同"),
];

#[rustfmt::skip]
static MATES_CELLS: [Cell; 2] = [
    cell(0, "here", [0.95, 1e-3, 4e-3, 0.01, 0.95], "名单同户的其他人也在此户"),
    cell(0, "elsewhere", [0.05, 0.999, 0.996, 0.99, 0.05], "名单同户的其他人在别户"),
];

#[rustfmt::skip]
static CLAIM_CELLS: [Cell; 2] = [
    cell(0, "free", [0.99, 0.8, 0.8, 0.8, 0.6], "名单中没有别的行是此人"),
    cell(0, "claimed", [0.01, 0.2, 0.2, 0.2, 0.4], "名单中另有一行更像此人"),
];

/// The fields, in the order of their positions.
pub(super) static ALL: [Field; FIELDS] = [
    field("number", 0, &NUMBER_CELLS),
    field("name", 1, &NAME_CELLS),
    field("birth", 2, &BIRTH_CELLS),
    field("sex", 2, &SEX_CELLS),
    field("place", 3, &PLACE_CELLS),
    field("door", 3, &DOOR_CELLS),
    field("phone", 3, &PHONE_CELLS),
    field("head", 3, &HEAD_CELLS),
    field("relation", 3, &RELATION_CELLS),
    field("mates", 3, &MATES_CELLS),
    field("claim", 3, &CLAIM_CELLS),
];

const fn field(name: &'static str, family: usize, cells: &'static [Cell]) -> Field {
    Field { name, family, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chances_of_a_kind_are_shared_out_whole() {
        for field in &ALL {
            let kinds = field.cells.iter().map(|cell| cell.kind).max().unwrap_or(0);
            for kind in 0..=kinds {
                let sum: f32 = field
                    .cells
                    .iter()
                    .filter(|c| c.kind == kind)
                    .map(|c| c.chance[0])
                    .sum();
                assert!((0.97..=1.01).contains(&sum), "{} {kind}: {sum}", field.name);
            }
        }
    }

    #[test]
    fn every_cell_has_a_name_and_a_sentence_of_its_own() {
        for field in &ALL {
            let names: std::collections::BTreeSet<_> = field.cells.iter().map(|cell| cell.name).collect();
            assert_eq!(names.len(), field.cells.len(), "{}", field.name);
            assert!(field.cells.iter().all(|cell| !cell.sentence.is_empty()));
        }
    }
}
