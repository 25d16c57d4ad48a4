//! What a wrong identity number may have been: for a person to choose from, never applied.
//! Here because a clerk who mistypes one digit or swaps two leaves a number that only the roll can put right.
//! In: a cell whose number fails its check. Out: valid numbers one slip away; often more than one, so that none is the answer.
//! Not here: numbers a spreadsheet has cut (their digits are gone), and who of the roll it is (link).

use super::document::wrong_check;
use super::id_number::IdNumber;

/// The characters a check can be.
const CHECKS: &[u8; 11] = b"0123456789X";

/// The numbers a cell's may have been: with another check character, or with two neighbouring characters swapped. Empty
/// unless the cell holds 18 characters whose check alone does not hold. In the order of the slip's place, last first.
#[must_use]
pub fn id_suggestions(text: &str) -> Vec<IdNumber> {
    let Some(wrong) = wrong_check(text) else {
        return Vec::new();
    };
    let mut found: Vec<IdNumber> = Vec::new();
    let mut try_one = |number: &[u8; 18]| {
        if let Ok(number) = IdNumber::read(number)
            && !found.contains(&number)
        {
            found.push(number);
        }
    };
    for check in CHECKS {
        let mut number = wrong;
        if let Some(last) = number.last_mut() {
            *last = *check;
        }
        try_one(&number);
    }
    for right in (1..wrong.len()).rev() {
        let mut number = wrong;
        number.swap(right - 1, right);
        try_one(&number);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(text: &str) -> Vec<String> {
        id_suggestions(text)
            .iter()
            .map(|id| id.reveal().to_owned())
            .collect()
    }

    #[test]
    fn every_slip_of_one_kind_suggests_what_was_meant() {
        let meant = "11010519491231002X";
        assert!(suggested("110105194912310021").contains(&meant.to_owned()));
        for right in 1..17 {
            let mut slip = meant.as_bytes().to_vec();
            slip.swap(right - 1, right);
            let slip = String::from_utf8(slip).unwrap();
            let found = suggested(&slip);
            // Swapped digits of the day of birth may be no day: then it is the date that is wrong, and nothing is suggested.
            let dated = (6..14).contains(&(right - 1)) || (6..14).contains(&right);
            assert!(
                slip == meant || dated || found.contains(&meant.to_owned()),
                "{right}"
            );
            assert!(found.len() <= 18 && found.iter().all(|id| IdNumber::parse(id).is_some()));
        }
    }

    #[test]
    fn nothing_is_suggested_for_what_is_right_cut_covered_or_no_number() {
        for text in [
            "11010519491231002X",
            "110105491231002",
            "3.41221E+17",
            "341221196805121000",
            "3412**********1234",
            "999999194912310020",
            "11010519491331002X",
            "张三",
            "",
        ] {
            assert!(suggested(text).is_empty(), "{text}");
        }
    }
}
