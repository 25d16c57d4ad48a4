//! Walk: a county's households one after the other, each drawn no further than whoever walks asks for.
//! Here because most streams print few households: seeing that one prints nothing must cost far less than drawing it.
//! In: a county. Out: an `Outline` (where, how many), from it a `Sketch` (who they are), from it a `Household` (names, numbers).
//! Not here: what is thrown for a person (person.rs), a plan (plan.rs), an income (income.rs).

use std::sync::Arc;

use super::Options;
use super::ahead::{Ahead, NO_LABOUR_SIZE_MAX};
use super::coverage::Coverage;
use super::dice::{Dice, Key, Purpose};
use super::entries;
use super::household::Household;
use super::income::{self, Income};
use super::member::Member;
use super::person::{self, Common, Person, Thrower};
use super::place::{Layout, Place, Village};
use super::plan::{HouseholdType, Net, Plan, YEARS};
use super::planted;
use super::risks::Needs;
use super::roles::role;
use super::sketch::Sketch;
use super::slips::{Lent, Slip};

/// Of a thousand households: an unsafe house, and as many again with unsafe water.
const UNSAFE_PER_MILLE: u32 = 1;
/// ID ordinals reserved for each household.
const ORDINALS_PER_HOUSEHOLD: u64 = 8;

/// A village pays so many households of its own from its station; more would be more than that earns.
pub(crate) const SOLAR_RANK_MAX: u64 = 150;
/// Of the posts of those households.
const SOLAR_PER_MILLE: u32 = 450;

/// A walk over a county's households.
pub(crate) struct Walk {
    pub(super) options: Options,
    layout: Layout,
    /// Where the household last outlined lies.
    pub(super) village: Village,
    /// What that village is cast for.
    role: u64,
    next: u64,
    ahead: Ahead,
    people_left: u64,
    /// Of the household last sketched.
    pub(super) people: Vec<Person>,
    /// Drawn anew each time, in the memory of the one before.
    pub(super) household: Household,
    /// Members the household before had more.
    pub(super) spare: Vec<Member>,
    /// A child of a household drawn before, whose number may come up once more by mistake.
    pub(super) lent: Lent,
}

impl Walk {
    pub(crate) fn new(options: Options, layout: Layout) -> Self {
        let village = layout.village_of(0);
        Self {
            options,
            layout,
            household: Household::empty(Arc::clone(&village.place)),
            role: role(options.seed, village.place.number),
            village,
            next: 0,
            ahead: Ahead::new(options.seed),
            people_left: options.people,
            people: Vec::new(),
            spare: Vec::new(),
            lent: Lent::default(),
        }
    }

    /// Outlines the next household.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Outline<'_>> {
        if self.people_left == 0 {
            return None;
        }
        let index = self.next;
        self.next += 1;
        if index == self.village.end {
            self.village = self.layout.after(&self.village);
            self.role = role(self.options.seed, self.village.place.number);
        }
        let mut seen = self.ahead.seen(index);
        let slot = self.village.slot.filter(|_| index == self.village.first);
        if slot.is_some() {
            seen = seen.scripted(slot);
        }
        let size = u64::from(seen.size).min(self.people_left);
        self.people_left -= size;
        Some(Outline {
            walk: self,
            index,
            people: usize::try_from(size).unwrap_or(1),
            key: seen.key,
            slot,
        })
    }
}

/// A household before anything is thrown for its people: where it is, how many live there, what is planned for it.
pub(crate) struct Outline<'w> {
    pub(super) walk: &'w mut Walk,
    pub(crate) index: u64,
    pub(crate) people: usize,
    key: Key,
    slot: Option<u64>,
}

impl<'w> Outline<'w> {
    /// Where it lives.
    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.walk.village.place
    }

    /// Its county-level unit, by position in `COUNTIES`.
    pub(crate) fn unit(&self) -> usize {
        self.walk.village.unit_no
    }

    /// Its rank within the village, from 1.
    #[inline]
    pub(crate) fn rank(&self) -> u64 {
        self.index - self.walk.village.first + 1
    }

    /// What its village is cast for.
    #[inline]
    pub(crate) fn role(&self) -> u64 {
        self.walk.role
    }

    /// The village after its own.
    pub(crate) fn neighbour(&self) -> Arc<Place> {
        self.walk.layout.after(&self.walk.village).place
    }

    /// Whether its post, if it has one, would be paid from the solar income of its village.
    #[inline]
    pub(crate) fn solar_post(&self) -> bool {
        self.rank() <= SOLAR_RANK_MAX && self.dice(Purpose::Posts).chance(SOLAR_PER_MILLE)
    }

    /// Whether it plays no part in the script of A01.
    pub(crate) fn unscripted(&self) -> bool {
        self.slot.is_none()
    }

    /// The dice of this household for `purpose`.
    #[inline]
    pub(crate) fn dice(&self, purpose: Purpose) -> Dice {
        self.key.dice(purpose)
    }

    /// What is planned for it: the risks of one that is watched are such as befell somebody there, but for a slip.
    #[inline]
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = self.thrown_plan();
        if let Some(mut watch) = plan.monitoring {
            let needs = Needs::of(self);
            watch.fit(needs);
            if let Some((slip, _)) = self.slip(&plan) {
                watch.misfit(slip, needs);
            }
            plan.monitoring = Some(watch);
        }
        plan
    }

    /// The same before anybody looks whom a risk befell.
    #[inline]
    pub(super) fn thrown_plan(&self) -> Plan {
        let mut plan = Plan::for_household(self.slot, self.key.dice(Purpose::Traits));
        entries::plan(&mut plan, self);
        if self.slot.is_none() {
            planted::settle(&mut plan, self.key.dice(Purpose::PlanCases));
        }
        if plan.household_type == HouseholdType::Ordinary
            && let Some(net) = self.coverage(&plan).net(self.key.dice(Purpose::Forgotten))
        {
            plan.net[YEARS.len() - 1] = net;
        }
        plan
    }

    /// Where its benefits and what it declares of them part.
    #[inline]
    fn coverage(&self, plan: &Plan) -> Coverage {
        match self.slot {
            None => {
                let disabled = || self.any(|person| person.card.is_some_and(|(_, grade)| grade <= 2));
                Coverage::thrown(plan, self.people, disabled, self.key.dice(Purpose::Coverage))
            }
            Some(_) => Coverage::Declared,
        }
    }

    /// What it declares to have earned in the year at `which` of `YEARS`.
    pub(crate) fn income(&self, which: usize) -> Income {
        self.income_of(&self.thrown_plan(), which)
    }

    /// Whether its house is unsafe, whether its water is; where a risk was removed both have been put right.
    pub(crate) fn dwelling(&self, plan: &Plan) -> (bool, bool) {
        let mut dice = self.key.dice(Purpose::Dwelling);
        let (house, water) = (dice.chance(UNSAFE_PER_MILLE), dice.chance(UNSAFE_PER_MILLE));
        let put_right = self.slot.is_some() || plan.monitoring.is_some_and(|watch| watch.is_removed());
        // In a slip the register says so all the same.
        let slip = plan
            .monitoring
            .and_then(|_| self.slip(plan))
            .map(|(slip, _)| slip);
        (
            house & !put_right || slip == Some(Slip::RemovedHouse),
            water & !put_right || slip == Some(Slip::RemovedWater),
        )
    }

    /// What it is entitled to in the judged year, and where that differs from what it declares.
    pub(crate) fn entitled(&self) -> (Coverage, Income) {
        let plan = self.thrown_plan();
        let coverage = self.coverage(&plan);
        (coverage, self.thrown_income(&plan, coverage, YEARS.len() - 1))
    }

    /// What departments know of its income of that year, whatever was entered of it.
    pub(crate) fn earned(&self, which: usize) -> Income {
        self.earned_of(&self.thrown_plan(), which)
    }

    pub(super) fn income_of(&self, plan: &Plan, which: usize) -> Income {
        let mut income = self.earned_of(plan, which);
        entries::declare(&mut income, plan, self);
        income
    }

    fn earned_of(&self, plan: &Plan, which: usize) -> Income {
        let coverage = self.coverage(plan);
        let mut income = self.thrown_income(plan, coverage, which);
        // Where nobody can hold a post that part of the wage was earned otherwise.
        if income.public_post_fen > 0 && !self.any(person::may_hold_post) {
            income.public_post_fen = 0;
        }
        coverage.declare(&mut income);
        income
    }

    /// What a post brings in the year at `which`, where somebody can hold one.
    pub(crate) fn post_income(&self, which: usize) -> i64 {
        let plan = self.thrown_plan();
        self.thrown_income(&plan, self.coverage(&plan), which)
            .public_post_fen
    }

    fn thrown_income(&self, plan: &Plan, coverage: Coverage, which: usize) -> Income {
        let now = i64::try_from(self.people).unwrap_or(1);
        let people_year = (now + plan.people_year_more).max(1);
        let Net {
            per_capita_fen,
            more_fen,
        } = plan.net[which];
        let net_fen = per_capita_fen * people_year + more_fen;
        let mut dice = self.key.dice(Purpose::Incomes);
        dice.skip(income::throws(plan.no_labour) * which as u64);
        let mut income = income::break_down(
            YEARS[which],
            net_fen,
            (now, people_year),
            plan.no_labour | coverage.lives_on_benefit(),
            &mut dice,
        );
        entries::earn_alike(&mut income, self);
        income
    }

    /// Whether the year at `which` may hold income from a public-welfare post: it does where somebody can hold one.
    #[inline]
    pub(crate) fn may_have_post(&self, which: usize) -> bool {
        // Those who cannot work throw otherwise, but have no such income.
        let mut dice = self.key.dice(Purpose::Incomes);
        dice.skip(income::throws(false) * which as u64);
        income::throws_post(dice)
    }

    /// Position of the last of its people born in one of the years from `first` to `last`.
    #[inline]
    pub(crate) fn last_born(&self, first: u64, last: u64) -> Option<usize> {
        let with =
            |no_labour| person::last_born(&self.common(no_labour), self.dice(Purpose::Members), first..=last);
        let able = with(false);
        if self.people > usize::from(NO_LABOUR_SIZE_MAX) {
            return able;
        }
        // Hardly ever does it depend on whether they can work, which takes as long to find out.
        let unable = with(true);
        if able != unable && self.no_labour() {
            unable
        } else {
            able
        }
    }

    /// Whether any of its people is `wanted`; those after the first that is are not thrown.
    pub(crate) fn any(&self, wanted: impl Fn(&Person) -> bool) -> bool {
        let common = self.common(self.no_labour());
        let mut thrower = Thrower::new(common, self.dice(Purpose::Members));
        let mut person = Person::NOBODY;
        (0..self.people).any(|_| {
            thrower.throw(&mut person);
            wanted(&person)
        })
    }

    /// The household's people, nameless as yet.
    pub(crate) fn sketch(self) -> Sketch<'w> {
        let all = self.people;
        self.sketch_first(all)
    }

    /// The same without those after the first `count`.
    pub(crate) fn sketch_first(self, count: usize) -> Sketch<'w> {
        let common = self.common(self.no_labour());
        let mut thrower = Thrower::new(common, self.dice(Purpose::Members));
        let people = &mut self.walk.people;
        people.resize(count, Person::NOBODY);
        for person in people {
            thrower.throw(person);
        }
        Sketch {
            outline: self,
            common,
        }
    }

    /// Whether nobody there can work.
    #[inline]
    pub(crate) fn no_labour(&self) -> bool {
        // Bigger households can; only what is left of the county's people makes one smaller that is not asked to be.
        self.people <= usize::from(NO_LABOUR_SIZE_MAX)
            && match self.slot {
                None => Plan::no_labour(self.dice(Purpose::Traits)),
                Some(_) => self.thrown_plan().no_labour,
            }
    }

    #[inline]
    fn common(&self, no_labour: bool) -> Common {
        Common {
            seed: self.walk.options.seed,
            first_ordinal: (self.index - self.walk.village.unit_first) * ORDINALS_PER_HOUSEHOLD,
            size: self.people,
            no_labour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk() -> Walk {
        let (people, seed) = (3_000, 6);
        Walk::new(Options { people, seed }, Layout::new(900))
    }

    #[test]
    fn what_is_told_of_an_outline_is_true_of_the_household() {
        let mut walk = walk();
        let mut born = 0;
        while let Some(outline) = walk.next() {
            let (people, may_have_post) = (outline.people, outline.may_have_post(1));
            let last_born = outline.last_born(1999, 2005);
            let household = outline.sketch().draw();
            assert_eq!(household.members.len(), people);
            let young = |member: &Member| (1999..=2005).contains(&member.birth_year);
            assert_eq!(last_born, household.members.iter().rposition(young));
            assert!(may_have_post || household.incomes[1].public_post_fen == 0);
            born += u32::from(last_born.is_some());
        }
        assert!(born > 0);
    }

    #[test]
    fn a_member_named_alone_is_named_as_among_all() {
        let (mut all, mut some) = (walk(), walk());
        while let (Some(one), Some(other)) = (all.next(), some.next()) {
            let household = one.sketch().draw();
            let last = household.members.len() - 1;
            let home = other.sketch().home_of(|position| position == last);
            let known = |member: &Member| (member.name.clone(), member.document_no.clone());
            assert_eq!(known(&household.members[last]), known(&home.members[last]));
            assert_eq!(household.household_no, home.household_no);
            assert!(last == 0 || home.members[0].name.is_empty());
        }
    }
}
