//! Household: one household, complete, from (options, index) and nothing else.
//! Here because the county is a function, not a list: ten million people need no more memory than one household.
//! In: options, an index. Out: `Household`; `County::households` walks them until the people wanted are reached.
//! Not here: files (write.rs).

use super::dice::{Dice, Purpose};
use super::identity::push_padded;
use super::income::{self, Income};
use super::member::{self, Common, Member};
use super::place::{Layout, Place};
use super::plan::{HouseholdType, Monitoring, Net, Plan, YEARS};
use super::{County, Options};

/// A household and its people and incomes.
#[derive(Debug, Clone)]
pub struct Household {
    /// 户编号: opaque, sixteen digits or more, unique.
    pub household_no: String,
    /// Where it lives.
    pub place: Place,
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
}

/// Households of 1 to 7 people; per hundred.
const SIZES: [(u64, u32); 7] = [(1, 15), (2, 22), (3, 20), (4, 20), (5, 13), (6, 7), (7, 3)];
/// People in a hundred households.
const PEOPLE_PER_HUNDRED: u64 = 327;
/// A household in which nobody can work is small.
const NO_LABOUR_SIZE_MAX: u64 = 2;
/// ID ordinals reserved for each household.
const ORDINALS_PER_HOUSEHOLD: u64 = 8;

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
        let mut people_left = self.options.people;
        (0..).map_while(move |index| {
            if people_left == 0 {
                return None;
            }
            let household = self.household(index, people_left);
            people_left -= household.members.len() as u64;
            Some(household)
        })
    }

    /// Household `index`, of no more than `people_max` people.
    fn household(&self, index: u64, people_max: u64) -> Household {
        let seed = self.options.seed;
        let plan = Plan::for_household(&self.layout, index, &mut Dice::new(seed, index, Purpose::Traits));
        let mut size = Dice::new(seed, index, Purpose::Size).weighted(&SIZES, 100);
        if plan.no_labour {
            size = size.min(NO_LABOUR_SIZE_MAX);
        }
        if self.layout.opens_slot(index).is_some() {
            // The script's parts are about fractions of a fen a head: they want people to divide by.
            size = size.clamp(if plan.no_labour { 1 } else { 3 }, 5);
        }
        let size = size.min(people_max);
        let (place, rank) = self.layout.locate(index);
        let (unit_no, unit_start) = self.layout.unit_start(index);
        let mut household_no = String::with_capacity(18);
        household_no.push_str(&place.division);
        push_padded(&mut household_no, rank, 4);
        let common = Common {
            seed,
            household_no: &household_no,
            unit_no,
            first_ordinal: (index - unit_start) * ORDINALS_PER_HOUSEHOLD,
            no_labour: plan.no_labour,
        };
        let members = member::members(
            &common,
            usize::try_from(size).unwrap_or(1),
            &mut Dice::new(seed, index, Purpose::Members),
            &mut Dice::new(seed, index, Purpose::Names),
        );
        let incomes = incomes(
            &plan,
            members.len(),
            &mut Dice::new(seed, index, Purpose::Incomes),
        );
        let mut group = String::with_capacity(8);
        push_padded(&mut group, 1 + rank / 30, 1);
        group.push('组');
        Household {
            group,
            phone: super::identity::phone(seed, index),
            household_type: plan.household_type,
            monitoring: plan.monitoring,
            no_labour: plan.no_labour,
            household_no,
            place,
            members,
            incomes,
        }
    }
}

fn incomes(plan: &Plan, people: usize, dice: &mut Dice) -> [Income; 2] {
    let now = i64::try_from(people).unwrap_or(1);
    let people_year = (now + plan.people_year_more).max(1);
    let mut of_year = |which: usize| {
        let Net {
            per_capita_fen,
            more_fen,
        } = plan.net[which];
        let net_fen = per_capita_fen * people_year + more_fen;
        income::break_down(YEARS[which], net_fen, (now, people_year), plan.no_labour, dice)
    };
    [of_year(0), of_year(1)]
}
