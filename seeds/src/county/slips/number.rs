//! Slips of an identity number: mistyped, masked, cut, left out, or somebody else's.
//! Here because the number decides who somebody is, and the register's is the one all departments are compared with.
//! In: a household's members, a child of another household. Out: one of them under a wrong number; nearly always a child, whom no other
//! department knows.
//! Not here: numbers spoilt in departments' files (departments/spelling.rs).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each file makes some of the mistakes; the others are made elsewhere"
)]

use super::Slip::{self, *};
use super::people::{Lent, child_of};
use super::{child, is_child, last};
use crate::county::dice::Dice;
use crate::county::identity::{Sex, check_digit};
use crate::county::member::Member;

pub(super) fn number(slip: Slip, members: &mut [Member], lent: &Lent, dice: &mut Dice) {
    match slip {
        IdOld => {
            // The last serial numbers of the old form are those of people a century older.
            let recent = |number: &str| !matches!(number.get(14..17), Some("996" | "997" | "998" | "999"));
            let grown = |member: &Member| {
                let number = &member.document_no;
                member.birth_year < 2000 && number.len() == 18 && recent(number)
            };
            if let Some(at) = last(members, grown) {
                let number = &mut members[at].document_no;
                number.pop();
                number.replace_range(6..8, "");
            }
        }
        IdAge => {
            let old = |member: &Member| member.birth_year <= 1948 && member.document_no.len() == 18;
            if let Some(at) = last(members, old) {
                // The older of the two would be past any age, the younger just within.
                let year = if dice.chance(750) { 1899 } else { 1903 };
                born(&mut members[at], year, None);
            }
        }
        IdTwice => twice(members),
        IdTwoHouseholds | IdShared if lent.is_somebody() => {
            if let Some(at) = child(members) {
                lent.give(&mut members[at], slip == IdTwoHouseholds);
            }
        }
        _other => {
            if let Some(at) = child(members) {
                mistyped(slip, &mut members[at], dice);
            }
        }
    }
}

fn mistyped(slip: Slip, member: &mut Member, dice: &mut Dice) {
    let number = &mut member.document_no;
    match slip {
        IdChecksum => {
            let right = number.pop();
            // An odd digit: an even one might pass for a number that a spreadsheet has cut.
            number.push(if right == Some('7') { '3' } else { '7' });
        }
        IdDate => {
            for month in ["13", "14", "15", "16", "17", "18", "19"] {
                number.replace_range(10..12, month);
                check(number);
                if !number.ends_with(['0', '2', '4', '6', '8']) {
                    break;
                }
            }
        }
        IdLength => number.truncate(17),
        IdCharacter => number.replace_range(14..15, "O"),
        IdCut => number.replace_range(15..18, "000"),
        IdMasked => number.replace_range(6..14, "********"),
        IdNone if dice.chance(500) => number.clear(),
        IdNone => number.replace_range(0..6, "999999"),
        IdUnborn => born(member, 2023, Some("1215")),
        _other => {}
    }
}

/// Rewrites the day of birth in a member's number.
fn born(member: &mut Member, year: u64, month_and_day: Option<&str>) {
    member.birth_year = year;
    let number = &mut member.document_no;
    number.replace_range(6..10, &year.to_string());
    if let Some(day) = month_and_day {
        number.replace_range(10..14, day);
    }
    check(number);
}

/// Puts the right check character behind the first 17.
fn check(number: &mut String) {
    number.truncate(17);
    let right = check_digit(number);
    number.push(right);
}

/// The second of two children is the first once more.
fn twice(members: &mut [Member]) {
    let Some(second) = child(members) else { return };
    let Some(first) = last(&members[..second], is_child) else {
        return;
    };
    let (before, after) = members.split_at_mut(second);
    let (Some(one), Some(other)) = (before.get(first), after.first_mut()) else {
        return;
    };
    other.name.clone_from(&one.name);
    other.document_no.clone_from(&one.document_no);
    (other.sex, other.birth_year) = (one.sex, one.birth_year);
    other.relation = child_of(other.relation, one.sex == Sex::Male);
}
