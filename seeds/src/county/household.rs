//! Household: one household, complete, from (options, index) and nothing else.
//! Here because the county is a function, not a list: ten million people need no more memory than one household.
//! In: options. Out: `Household`, one after the other, until the people wanted are reached.
//! Not here: files (write.rs); how a household is thrown, and how to see less of it for less (walk.rs).

use std::sync::Arc;

use super::income::Income;
use super::member::Member;
use super::place::{Layout, Place};
use super::plan::{HouseholdType, Monitoring};
use super::walk::Walk;
use super::{County, Options};

/// A household and its people and incomes.
#[derive(Debug, Clone)]
pub struct Household {
    /// 户编号: opaque, sixteen digits or more, unique.
    pub household_no: String,
    /// Where it lives.
    pub place: Arc<Place>,
    /// 组 within the village.
    pub group: String,
    /// 联系电话.
    pub phone: String,
    /// 户类型.
    pub household_type: HouseholdType,
    /// How it is watched, if it is.
    pub monitoring: Option<Monitoring>,
    /// 整户无劳动力兜底保障户.
    pub no_labour: bool,
    /// Its people, the head first; never empty.
    pub members: Vec<Member>,
    /// One for each accounting year, oldest first.
    pub incomes: [Income; 2],
    /// What the register says of it beside the people.
    pub told: Told,
}

/// Cells of the register that repeat on every row of a household; empty where a clerk left one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// 户类型.
    pub household_type: &'static str,
    /// 是否危房户.
    pub unsafe_house: &'static str,
    /// 是否解决安全饮水.
    pub safe_water: &'static str,
    /// 人数.
    pub people: usize,
}

/// People in a hundred households.
const PEOPLE_PER_HUNDRED: u64 = 327;

impl County {
    /// The county described by `options`.
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            layout: Layout::new(options.people * 100 / PEOPLE_PER_HUNDRED),
        }
    }

    /// All households in order, with exactly the people asked for.
    pub fn households(&self) -> impl Iterator<Item = Household> + '_ {
        let mut walk = self.walk();
        std::iter::from_fn(move || walk.next().map(|outline| outline.sketch().draw().clone()))
    }

    /// The same without a household of its own for each: they are drawn one after the other, and only those asked for.
    pub(crate) fn walk(&self) -> Walk {
        Walk::new(self.options, self.layout)
    }
}

impl Household {
    /// Nobody's.
    pub(crate) fn empty(place: Arc<Place>) -> Self {
        Self {
            household_no: String::new(),
            place,
            group: String::new(),
            phone: String::new(),
            household_type: HouseholdType::Ordinary,
            monitoring: None,
            no_labour: false,
            members: Vec::new(),
            incomes: Default::default(),
            told: Told::of(HouseholdType::Ordinary, 0, (false, false)),
        }
    }
}

impl Told {
    /// Of a household of `people` people; `unsafe_dwelling` is house, water.
    pub(crate) fn of(household_type: HouseholdType, people: usize, unsafe_dwelling: (bool, bool)) -> Self {
        Self {
            household_type: household_type.label(),
            unsafe_house: if unsafe_dwelling.0 { "是" } else { "否" },
            safe_water: if unsafe_dwelling.1 { "否" } else { "是" },
            people,
        }
    }
}
