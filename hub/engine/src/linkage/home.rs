//! Compares what is said of sex, place, door, phone and the relation to the head.
//! Here because these are plain agreements, whose weight is in the tables alone.
//! In: a row of the list, a row of the register. Out: the cell of the field, or silence.
//! Not here: agreements whose rareness is counted (compare.rs).

use super::cells::SILENT;
use super::people::{HEAD, NO_RELATION};
use super::row::Row;

pub(super) fn sex(list: &Row<'_>, register: &Row<'_>) -> u8 {
    let of_number = list.number.is_male().map(|male| if male { 1 } else { 2 });
    let other = match (register.sex, register.number.is_male()) {
        (0, Some(male)) => {
            if male {
                1
            } else {
                2
            }
        }
        (sex, _) => sex,
    };
    match list.sex {
        0 => SILENT,
        _ if other == 0 => SILENT,
        said if of_number == Some(said) => SILENT,
        said => u8::from(said != other),
    }
}

pub(super) fn place(list: &Row<'_>, register: &Row<'_>) -> u8 {
    let (a, b) = (list.place, register.place);
    let (county, town) = (a.county == b.county, a.town == b.town);
    if a.village != 0 {
        return match (a.village == b.village, town, county) {
            (true, _, _) => 0,
            (_, true, _) => 1,
            (_, _, true) => 2,
            _ => 3,
        };
    }
    match (a.town, a.county) {
        (1.., _) if town => 4,
        (1.., _) if county => 5,
        (1.., _) => 6,
        (0, 1..) if county => 7,
        (0, 1..) => 8,
        (0, 0) => SILENT,
    }
}

/// Doors of different villages have nothing to do with each other.
pub(super) fn door(list: &Row<'_>, register: &Row<'_>, place: u8) -> u8 {
    let elsewhere = place != SILENT && !matches!(place, 0 | 4 | 7);
    let both = |a: u32, b: u32| (a != 0 && b != 0).then_some(a == b);
    if elsewhere {
        return SILENT;
    }
    match (both(list.group, register.group), both(list.door, register.door)) {
        (Some(true), Some(true)) => 0,
        (Some(false), Some(true)) => 1,
        (Some(true), Some(false)) => 2,
        (Some(false), Some(false)) => 3,
        (Some(same), None) | (None, Some(same)) => {
            if same {
                4
            } else {
                5
            }
        }
        (None, None) => SILENT,
    }
}

pub(super) fn phone(list: &Row<'_>, register: &Row<'_>) -> u8 {
    match (list.phone, register.phone) {
        (0, _) | (_, 0) => SILENT,
        (a, b) => u8::from(a != b),
    }
}

pub(super) fn relation(list: &Row<'_>, register: &Row<'_>) -> u8 {
    let other = register.relation;
    match (list.is_head, list.relation) {
        _ if other == NO_RELATION => SILENT,
        (true, _) => u8::from(other != HEAD),
        (false, NO_RELATION) => SILENT,
        (false, relation) if relation == other => 2,
        (false, _) if other == HEAD => 3,
        (false, _) => 4,
    }
}
