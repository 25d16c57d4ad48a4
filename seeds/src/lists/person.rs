//! Person: somebody of the lists, and the numbers people are given.
//! Here because a number must be nobody else's, and a twin's must be its neighbour, as in life.
//! In: the county, the day of birth, the sex. Out: an 18-character number with a true check digit; phones.
//! Not here: who lives with whom (family.rs).

use crate::county::identity::push_padded;
use crate::county::{COUNTIES, Sex, check_digit};

/// A day, month and year of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Birth {
    pub(super) year: i32,
    pub(super) month: i32,
    pub(super) day: i32,
}

impl Birth {
    pub(super) fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A person; what is empty is not known.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) sex: Sex,
    pub(super) birth: Birth,
    pub(super) relation: &'static str,
    /// Prefix of the number: where somebody was first registered.
    pub(super) prefix: usize,
    pub(super) id: String,
    pub(super) phone: String,
    /// Number in the register; none for those it does not know.
    pub(super) registered: Option<u64>,
}

/// Days a number may name, by 31 days a month from 1900 on.
const DAYS: usize = 160 * 12 * 31;
/// Ordinals of one day and one prefix; each gives a number for either sex. 996 to 999 were kept for centenarians.
const ORDINALS: u32 = 498;
/// Prefixes: the eight counties' own codes, then the codes of those registered elsewhere first.
pub(super) const PREFIXES: u32 = 40;

/// Gives numbers, each once.
pub(super) struct Numbers {
    given: Vec<u16>,
    seed: u64,
}

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            given: vec![0; DAYS * PREFIXES as usize],
            seed,
        }
    }

    /// The next number of that prefix and day: the next born there gets the neighbouring one.
    pub(super) fn next(&mut self, prefix: usize, birth: Birth, sex: Sex) -> String {
        let day = usize::try_from((birth.year - 1900) * 372 + (birth.month - 1) * 31 + birth.day - 1)
            .unwrap_or(0)
            % DAYS;
        let mut prefix = prefix % PREFIXES as usize;
        // A day that is used up hands on to the next prefix, which has room.
        while u32::from(self.given[prefix * DAYS + day]) >= ORDINALS {
            prefix = (prefix + 1) % PREFIXES as usize;
        }
        let count = &mut self.given[prefix * DAYS + day];
        let first = (self.seed ^ (day as u64 * 31 + prefix as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let ordinal = (first + u64::from(*count)) % u64::from(ORDINALS);
        *count += 1;
        let mut id = String::with_capacity(18);
        id.push_str(prefix_code(prefix));
        let parts = [(birth.year, 4), (birth.month, 2), (birth.day, 2)];
        for (part, digits) in parts {
            push_padded(&mut id, u64::try_from(part).unwrap_or(0), digits);
        }
        push_padded(&mut id, ordinal * 2 + u64::from(sex == Sex::Male), 3);
        id.push(check_digit(&id));
        id
    }
}

fn prefix_code(prefix: usize) -> &'static str {
    let counties = COUNTIES.len();
    match prefix.checked_sub(counties) {
        None => COUNTIES[prefix].code,
        Some(rest) => COUNTIES[rest % counties].other_prefixes[rest / counties % 4],
    }
}

/// A mobile number; the made-up ranges 154 and 174, no two `numbers` alike below 2 × 10⁸.
pub(super) fn phone(number: u64) -> String {
    const RANGE: u64 = 100_000_000;
    let mut phone = String::with_capacity(11);
    phone.push_str(if (number / RANGE).is_multiple_of(2) {
        "154"
    } else {
        "174"
    });
    push_padded(&mut phone, number % RANGE * 30_000_061 % RANGE, 8);
    phone
}
