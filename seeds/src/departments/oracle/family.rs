//! Family: all a household's facts side by side, and which of its rows arrive.
//! Here because the rules on benefits and expenses read most of them together, and a lost row may change an answer.
//! In: an outline of the county. Out: `Family`; `View`, with all rows or without those that lost their number.
//! Not here: judging (benefits.rs, expenses.rs).

use super::Lost;
use crate::county::{HouseholdType, Income, Member, Monitoring, Outline};
use crate::departments::calendar::{Day, Month};
use crate::departments::life::measures::{Measure, measures};
use crate::departments::life::{
    Assistance, Cared, JUDGED, Treated, World, assistance, cares, id, treatments,
};
use crate::departments::rows::SHORT_UNIT;
use crate::departments::rows::civil::roll_dirt;
use crate::departments::stream::Stream;

/// Months a roll is looked back on from the last one.
pub(super) const LOOK_BACK: i32 = 6;

/// The day the rules are asked.
pub(super) fn today(world: &World) -> Day {
    world.horizon.last.plus(1).day(6)
}

/// A household.
pub(super) struct Family {
    pub(super) number: String,
    /// County-level unit, by position in `COUNTIES`.
    pub(super) unit: usize,
    pub(super) lifted: bool,
    /// Monitored, whether or not the risk was removed.
    pub(super) monitored: bool,
    /// Monitored, and the risk stands.
    pub(super) standing: bool,
    pub(super) no_labour: bool,
    /// House, water.
    pub(super) unsafe_dwelling: (bool, bool),
    pub(super) incomes: [Income; 2],
    pub(super) people: Vec<Member>,
    pub(super) assistance: Option<Assistance>,
    /// Position of the member whose rows on the roll have another's number.
    misnumbered: Option<usize>,
    /// The unit's amount stands on every row.
    pub(super) repeats: bool,
    pub(super) cared: Vec<Cared>,
    pub(super) treated: Vec<Treated>,
    pub(super) measures: Vec<Measure>,
    short_list: bool,
    last: Month,
}

impl Family {
    pub(super) fn of(world: &World, outline: Outline<'_>) -> Self {
        let plan = outline.plan();
        let monitoring: Option<Monitoring> = plan.monitoring.map(|watch| watch.written());
        let incomes = [outline.income(0), outline.income(JUDGED)];
        let unsafe_dwelling = outline.dwelling(&plan);
        let sketch = outline.sketch();
        let assistance = assistance(world, &sketch);
        let cared = cares(world, &sketch);
        let health = sketch.people().iter().map(|person| person.health);
        let treated = treatments(world, sketch.outline.index, health);
        let measures = measures(world, &sketch.outline).unwrap_or_default();
        let home = sketch.home();
        let dirt = assistance.as_ref().map(|unit| roll_dirt(world, &home, unit));
        let misnumbered = assistance
            .as_ref()
            .filter(|_| dirt.as_ref().is_some_and(|dirt| dirt.one_number))
            .and_then(|unit| unit.members.iter().copied().find(|member| *member != unit.head));
        Self {
            number: home.household_no.to_owned(),
            unit: home.unit,
            lifted: plan.household_type == HouseholdType::Lifted,
            monitored: monitoring.is_some(),
            standing: monitoring.is_some_and(|watched| watched.removed.is_none()),
            no_labour: plan.no_labour && !plan.unlabelled,
            unsafe_dwelling,
            incomes,
            people: home.members.to_vec(),
            assistance,
            misnumbered,
            repeats: dirt.is_some_and(|dirt| dirt.repeats),
            cared,
            treated,
            measures,
            short_list: world.dirt.on() && home.unit == SHORT_UNIT && home.index % 5 >= 3,
            last: world.horizon.last,
        }
    }

    /// The judged year's.
    pub(super) fn income(&self) -> &Income {
        &self.incomes[JUDGED]
    }

    /// Whether nobody of them can work.
    pub(super) fn none_works(&self) -> bool {
        self.people
            .iter()
            .all(|person| matches!(person.labour, "无劳动力" | "丧失劳动力"))
    }

    /// The months in which `member` stands on the roll of the unit, as far as the rows arrive.
    pub(super) fn roll_months(&self, member: usize, view: &View<'_>) -> Vec<Month> {
        let Some(unit) = &self.assistance else {
            return Vec::new();
        };
        if !unit.members.contains(&member) || self.misnumbered == Some(member) {
            return Vec::new();
        }
        let number = id(&self.people[member]);
        view.months
            .iter()
            .copied()
            .filter(|month| unit.listed(*month) && view.arrives(Stream::BenefitRolls, number, *month))
            .collect()
    }

    /// The same within the months that are looked back on.
    pub(super) fn recent_months(&self, member: usize, view: &View<'_>) -> Vec<Month> {
        let mut months = self.roll_months(member, view);
        months.retain(|month| self.last.since(*month) <= LOOK_BACK);
        months
    }

    /// Whether somebody stood lately on a roll for which `wanted` holds.
    pub(super) fn lately_on(&self, wanted: impl Fn(&Assistance) -> bool, view: &View<'_>) -> bool {
        self.assistance.as_ref().is_some_and(wanted)
            && (0..self.people.len()).any(|member| !self.recent_months(member, view).is_empty())
    }

    /// The months in which `member`, disabled, got a subsidy.
    pub(super) fn subsidy_months(&self, member: usize, view: &View<'_>) -> Vec<Month> {
        let number = id(&self.people[member]);
        let paid = |month: &Month| {
            !(self.short_list && *month == self.last)
                && view.arrives(Stream::DisabilitySubsidies, number, *month)
        };
        view.months.iter().copied().filter(paid).collect()
    }

    /// The grade of disability that is known of `member`: from a card in the register or from the roll of subsidies.
    pub(super) fn known_grade(&self, member: usize, view: &View<'_>) -> Option<u32> {
        let cared = self.cared.iter().find(|cared| cared.member == member)?;
        let card = self.people[member].document_no.len() > 18;
        let listed = (cared.living || cared.care) && !self.subsidy_months(member, view).is_empty();
        (card || listed).then_some(cared.grade)
    }
}

/// The rows that arrive.
pub(super) struct View<'l> {
    /// None: all of them.
    lost: Option<&'l Lost>,
    months: Vec<Month>,
}

impl<'l> View<'l> {
    pub(super) fn new(world: &World, lost: Option<&'l Lost>) -> Self {
        Self {
            lost,
            months: world.months.iter().collect(),
        }
    }

    /// Whether the row of `month` about `number` arrives with its number.
    pub(super) fn arrives(&self, stream: Stream, number: &str, month: Month) -> bool {
        !self.lost.is_some_and(|lost| lost.row(stream, number, month))
    }

    /// All months.
    pub(super) fn months(&self) -> &[Month] {
        &self.months
    }
}
