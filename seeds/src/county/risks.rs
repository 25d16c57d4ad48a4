//! Risks: why a household is watched, such that somebody there is what the risk says; and the few that nobody is.
//! Here because risks thrown without a look at the people contradict the register in most households, and a rule drowns in them.
//! In: a `Watch` as it was thrown, the household's people. Out: the same with risks that fit, or one that a slip makes not fit.
//! Not here: what measures answer a risk (departments/rows/roster.rs); whether a rule finds it (departments/oracle/).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each file makes some of the mistakes; the others are made elsewhere"
)]

use std::cell::Cell;

use super::person::Person;
use super::plan::{RISKS, Watch};
use super::slips::Slip;
use super::walk::Outline;

const ILLNESS: usize = 0;
const DISABILITY: usize = 1;
const LABOUR: usize = 2;
const SCHOOL: usize = 3;
const WORK: usize = 4;

/// What of a household's people risks are about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    people: usize,
    /// Full hands.
    hands: usize,
    /// Neither without nor past all ability to work.
    able: bool,
    ill: bool,
    disabled: bool,
    pupil: bool,
    works: bool,
}

impl Needs {
    pub(super) fn of(outline: &Outline<'_>) -> Self {
        let seen = Cell::new(Self::default());
        outline.any(|person| {
            seen.set(seen.get().and(person));
            false
        });
        seen.get()
    }

    fn and(self, person: &Person) -> Self {
        let hand = matches!(person.labour, "普通劳动力" | "技能劳动力");
        Self {
            people: self.people + 1,
            hands: self.hands + usize::from(hand),
            able: self.able | !matches!(person.labour, "无劳动力" | "丧失劳动力"),
            ill: self.ill | matches!(person.health, "患有大病" | "长期慢性病"),
            disabled: self.disabled | (person.health == "残疾"),
            pupil: self.pupil | !matches!(person.at_school, "" | "学龄前儿童"),
            works: self.works | (person.work_months > Some(0)),
        }
    }

    /// Whether the risk at `risk` befell anybody.
    fn fits(self, risk: usize) -> bool {
        match risk {
            ILLNESS => self.ill,
            DISABILITY => self.disabled,
            LABOUR => self.wants_labour(),
            SCHOOL => self.pupil,
            WORK => self.works,
            _ => true,
        }
    }

    fn wants_labour(self) -> bool {
        4 * self.hands <= self.people
    }
}

impl Watch {
    /// Puts risks that befell somebody in place of those that befell nobody.
    pub(super) fn fit(&mut self, needs: Needs) {
        if !needs.fits(self.risk) {
            let fitting = (0..RISKS.len()).filter(|risk| needs.fits(*risk));
            let count = fitting.clone().count().max(1);
            let nth = (usize::try_from(self.since.1).unwrap_or(0) + self.risk) % count;
            self.risk = fitting.clone().nth(nth).unwrap_or(RISKS.len() - 1);
        }
        let risk = self.risk;
        self.second_risk = self
            .second_risk
            .filter(|second| *second != risk && needs.fits(*second));
    }

    /// Names a risk that befell nobody, when `slip` is that and the risk still stands.
    pub(super) fn misfit(&mut self, slip: Slip, needs: Needs) {
        let (risk, wrong) = match slip {
            Slip::RiskIllness => (ILLNESS, !needs.ill),
            Slip::RiskDisabled => (DISABILITY, !needs.disabled),
            Slip::RiskLabour => (LABOUR, !needs.wants_labour()),
            Slip::RiskSchool => (SCHOOL, !needs.pupil),
            Slip::RiskWork => (WORK, !needs.works),
            Slip::RiskWorkAble => (WORK, !needs.able),
            // Wrong when half of many can work; with fewer it only looks so.
            Slip::RiskLabourHalf if self.removed.is_none() && !needs.wants_labour() => {
                self.second_risk = Some(LABOUR);
                return;
            }
            _other => return,
        };
        if wrong && self.removed.is_none() {
            self.risk = risk;
            self.second_risk = self.second_risk.filter(|second| *second != risk);
        }
    }
}
