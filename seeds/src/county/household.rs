//! Household: one household, complete, from (options, index) and nothing else.
//! Here because the county is a function, not a list: ten million people need no more memory than one household.
//! In: options, an index. Out: `Outline`, and drawn from it `Household`; a `Walk` ends when the people wanted are reached.
//! Not here: files (write.rs).

use std::sync::Arc;

use super::dice::{Dice, Purpose};
use super::identity::{push_padded, push_phone};
use super::income::{self, Income};
use super::member::{self, Common, Member};
use super::place::{Layout, Place, Village};
use super::plan::{HouseholdType, Monitoring, Net, Plan, YEARS};
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
        let mut walk = self.walk();
        std::iter::from_fn(move || walk.next().map(|outline| outline.draw().clone()))
    }

    /// The same without a household of its own for each: they are drawn one after the other, and only those asked for.
    pub(crate) fn walk(&self) -> Walk {
        Walk {
            options: self.options,
            layout: self.layout,
            village: self.layout.village_of(0),
            next: 0,
            people_left: self.options.people,
            plan: Plan::for_household(None, &mut Dice::new(self.options.seed, 0, Purpose::Traits)),
            household: Household::empty(self.layout.village_of(0).place),
            spare: Vec::new(),
        }
    }
}

/// A walk over a county's households.
pub(crate) struct Walk {
    options: Options,
    layout: Layout,
    /// Where the household last outlined lies.
    village: Village,
    next: u64,
    people_left: u64,
    /// Of the household last outlined.
    plan: Plan,
    /// Drawn anew each time, in the memory of the one before.
    household: Household,
    /// Members the household before had more.
    spare: Vec<Member>,
}

/// A household before it is drawn: where it is, how many live there, what is planned for it.
///
/// Most streams print few households. Outlining one costs a twentieth of drawing it.
pub(crate) struct Outline<'w> {
    walk: &'w mut Walk,
    pub(crate) index: u64,
    pub(crate) people: usize,
}

impl Walk {
    /// Outlines the next household.
    pub(crate) fn next(&mut self) -> Option<Outline<'_>> {
        if self.people_left == 0 {
            return None;
        }
        let (index, seed) = (self.next, self.options.seed);
        self.next += 1;
        if index == self.village.end {
            self.village = self.layout.after(&self.village);
        }
        let slot = self.village.slot.filter(|_| index == self.village.first);
        self.plan = Plan::for_household(slot, &mut Dice::new(seed, index, Purpose::Traits));
        let mut size = Dice::new(seed, index, Purpose::Size).weighted(&SIZES, 100);
        if self.plan.no_labour {
            size = size.min(NO_LABOUR_SIZE_MAX);
        }
        if slot.is_some() {
            // The script's parts are about fractions of a fen a head: they want people to divide by.
            size = size.clamp(if self.plan.no_labour { 1 } else { 3 }, 5);
        }
        let size = size.min(self.people_left);
        self.people_left -= size;
        Some(Outline {
            walk: self,
            index,
            people: usize::try_from(size).unwrap_or(1),
        })
    }
}

impl<'w> Outline<'w> {
    /// What is planned for it.
    pub(crate) fn plan(&self) -> &Plan {
        &self.walk.plan
    }

    /// Where it lives.
    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.walk.village.place
    }

    /// Its county-level unit, by position in `COUNTIES`.
    pub(crate) fn unit(&self) -> usize {
        self.walk.village.unit_no
    }

    /// Its rank within the village, from 1.
    pub(crate) fn rank(&self) -> u64 {
        self.index - self.walk.village.first + 1
    }

    /// What it earns in both years.
    pub(crate) fn incomes(&self) -> [Income; 2] {
        let mut dice = Dice::new(self.walk.options.seed, self.index, Purpose::Incomes);
        incomes(&self.walk.plan, self.people, &mut dice)
    }

    /// The household with everybody and everything in it.
    pub(crate) fn draw(self) -> &'w Household {
        let (seed, index, rank) = (self.walk.options.seed, self.index, self.rank());
        let incomes = self.incomes();
        let Walk {
            village,
            plan,
            household,
            spare,
            ..
        } = self.walk;
        household.place = Arc::clone(&village.place);
        household.household_no.clear();
        household.household_no.push_str(&village.place.division);
        push_padded(&mut household.household_no, rank, 4);
        household.group.clear();
        push_padded(&mut household.group, 1 + rank / 30, 1);
        household.group.push('组');
        household.phone.clear();
        push_phone(&mut household.phone, seed, index);
        household.household_type = plan.household_type;
        household.monitoring = plan.monitoring.take();
        household.no_labour = plan.no_labour;
        household.incomes = incomes;
        let members = &mut household.members;
        while members.len() > self.people {
            spare.extend(members.pop());
        }
        members.resize_with(self.people, || spare.pop().unwrap_or_else(Member::nobody));
        let common = Common {
            seed,
            household_no: &household.household_no,
            unit_no: village.unit_no,
            first_ordinal: (index - village.unit_first) * ORDINALS_PER_HOUSEHOLD,
            no_labour: plan.no_labour,
        };
        member::draw(
            &common,
            members,
            &mut Dice::new(seed, index, Purpose::Members),
            &mut Dice::new(seed, index, Purpose::Names),
        );
        household
    }
}

impl Household {
    /// Nobody's.
    fn empty(place: Arc<Place>) -> Self {
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
