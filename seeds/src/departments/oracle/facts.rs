//! Facts: all that the oracle asks of one household, drawn once for all rules about work.
//! Here because rules about work, posts and payments look at the same spells, and each household is drawn only once.
//! In: a household on a walk. Out: `Facts`, and the few notions that several clauses share: who is able, who is at work, who is looked at.
//! Not here: the clauses themselves (work.rs, spells.rs, posts.rs, payments.rs, phones.rs).

use super::{Lost, Truths};
use crate::county::{HOUSEHOLD_MAX, Household, HouseholdType, Income, Member, Outline};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::measures::{Measure, measures};
use crate::departments::life::payments::{Graduation, Paid, graduations, payments};
use crate::departments::life::training::{Course, train};
use crate::departments::life::{
    Assistance, JUDGED, Post, Share, Spell, World, assistance, id, post, share, spells,
};
use crate::departments::stream::Stream;

/// A household and everything known of it.
pub(super) struct Facts<'f> {
    pub(super) world: &'f World,
    pub(super) subject: &'f str,
    pub(super) unit: usize,
    pub(super) county: &'static str,
    /// 县/乡/村.
    pub(super) village: String,
    pub(super) phone: String,
    pub(super) members: &'f [Member],
    /// The same people as the register has them, mistakes and all: what rules ask of ability, school and health they ask of it.
    pub(super) registered: &'f [Member],
    /// As the register has it; of a year it lacks what was meant to be declared, which contradicts nothing.
    pub(super) income: Income,
    /// The register lacks the year.
    pub(super) undeclared: bool,
    pub(super) spells: Vec<Spell>,
    pub(super) post: Option<Post>,
    /// What its village's solar income pays it.
    pub(super) share: Option<Share>,
    pub(super) graduates: [Option<Graduation>; HOUSEHOLD_MAX],
    pub(super) paid: Paid,
    pub(super) courses: Vec<Course>,
    pub(super) measures: Vec<Measure>,
    pub(super) assistance: Option<Assistance>,
    /// Lifted out of poverty, or watched and the risk not removed.
    pub(super) looked_at: bool,
    /// Lifted, or watched at any time.
    pub(super) poor_once: bool,
    lost: &'f Lost,
}

/// Draws a household's facts, beside what the register has of it, and gives them to `take`.
pub(super) fn with_facts(
    world: &World,
    lost: &Lost,
    (outline, registered): (Outline<'_>, &Household),
    take: impl FnOnce(&Facts<'_>),
) {
    let income = match &registered.incomes[JUDGED] {
        income if income.left_out => outline.income(JUDGED),
        income => income.clone(),
    };
    let plan = outline.plan();
    let watched = plan.monitoring.map(|watch| watch.written());
    let poor_once = plan.household_type == HouseholdType::Lifted || watched.is_some();
    let looked_at = plan.household_type == HouseholdType::Lifted
        || watched.is_some_and(|monitoring| monitoring.removed.is_none());
    let measures = measures(world, &outline).unwrap_or_default();
    let share = share(&outline);
    let sketch = outline.sketch();
    let spells = spells(world, &sketch);
    let post = post(world, &sketch);
    let graduates = graduations(world, &sketch);
    let paid = payments(world, &sketch, &spells, &graduates);
    let mut courses = Vec::new();
    train(world, &sketch, &mut courses);
    let assistance = assistance(world, &sketch);
    let home = sketch.home();
    let mut phone = String::new();
    home.push_phone(&mut phone);
    take(&Facts {
        world,
        subject: home.household_no,
        unit: home.unit,
        county: home.place.county.name,
        village: [home.place.county.name, &home.place.town, &home.place.village].join("/"),
        phone,
        members: home.members,
        registered: &registered.members,
        income,
        undeclared: registered.incomes[JUDGED].left_out,
        spells,
        post,
        share,
        graduates,
        paid,
        courses,
        measures,
        assistance,
        looked_at,
        poor_once,
        lost,
    });
}

/// The day of birth in an ID number.
fn born(member: &Member) -> Day {
    let digits = |from: usize, to: usize| -> i32 {
        let text = id(member).get(from..to).unwrap_or_default();
        text.parse().unwrap_or(1)
    };
    Day {
        month: Month::new(digits(6, 10), digits(10, 12)),
        day: digits(12, 14),
    }
}

/// Whole years somebody born on `born` has lived on `day`.
pub(super) fn years(born: Day, day: Day) -> i32 {
    let months = day.month.since(born.month) - i32::from(day.day < born.day);
    months.div_euclid(12)
}

impl Facts<'_> {
    pub(super) fn born(&self, position: usize) -> Day {
        born(&self.members[position])
    }

    /// Age of a member today.
    pub(super) fn age(&self, position: usize) -> i32 {
        years(self.born(position), self.world.today())
    }

    pub(super) fn spells_of(&self, position: usize) -> impl Iterator<Item = &Spell> {
        self.spells.iter().filter(move |spell| spell.member == position)
    }

    /// Whether a member has a spell that goes on, a post, or contributions as an employee in the last two months.
    pub(super) fn at_work(&self, position: usize) -> bool {
        let last = self.world.horizon.last;
        let lately = |spell: &Spell| spell.covers(last) || spell.covers(last.plus(-1));
        self.spells_of(position)
            .any(|spell| spell.left.is_none() || spell.insured && lately(spell))
            || self.post.as_ref().is_some_and(|post| {
                post.member == position && (post.paid_in(last) || post.paid_in(last.plus(-1)))
            })
    }

    pub(super) fn anybody_at_work(&self) -> bool {
        (0..self.members.len()).any(|position| self.at_work(position))
    }

    /// Whether a member who says to work for months has no spell: the spell is somewhere nobody finds it.
    pub(super) fn unexplained(&self, position: usize) -> bool {
        self.registered[position].work_months.unwrap_or(0) > 0 && self.spells_of(position).next().is_none()
    }

    /// What the household's own business brought, in fen.
    pub(super) fn business_net(&self) -> i64 {
        self.income.business_fen - self.income.business_cost_fen
    }

    /// Whether any member's number was lost in one of `streams`.
    pub(super) fn lost(&self, streams: &[Stream]) -> bool {
        self.lost.any(streams, self.members.iter().map(id))
    }

    /// Whether the row of `month` about a member arrives in `stream` as that member's.
    pub(super) fn arrives(&self, stream: Stream, position: usize, month: Month) -> bool {
        !self.lost.row(stream, id(&self.members[position]), month)
    }

    /// Whether a number or a yes of a member was lost in `stream`, in whichever month.
    pub(super) fn spoilt(&self, stream: Stream, position: usize) -> bool {
        self.lost.any(&[stream], [id(&self.members[position])])
    }

    /// Whether the register has a member under the number other departments know.
    pub(super) fn known(&self, position: usize) -> bool {
        id(&self.registered[position]) == id(&self.members[position])
    }

    /// Whether the register has somebody of the household in another one as well.
    pub(super) fn shares(&self) -> bool {
        self.lost.shares(self.subject)
    }

    /// `rule` cannot be sure of the household where a number was lost in one of `streams`.
    pub(super) fn unsure(&self, truths: &mut Truths, rule: &'static str, streams: &[Stream]) {
        if self.lost(streams) {
            truths.unsure(rule, self.subject);
        }
    }

    /// The household is expected in `band` of `rule`.
    pub(super) fn expect(&self, truths: &mut Truths, rule: &'static str, band: &str) {
        truths.expect(rule, self.subject, band);
    }

    /// Whether a member goes to a school, from the first grade on.
    pub(super) fn pupil(&self, position: usize) -> bool {
        !matches!(
            self.registered[position].at_school,
            "" | "学龄前儿童" | "学前教育"
        )
    }
}
