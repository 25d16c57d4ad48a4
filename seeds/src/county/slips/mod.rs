//! Slips: the mistakes clerks make in the register itself, one a household at most: a blank, a wrong word, a number mistyped.
//! Here because rules about the quality of data need data of poor quality, among households of which no other rule has anything to say.
//! In: a household as it lives. Out: the same as the register has it; other departments know better and are not touched.
//! Not here: dirt of departments' files (departments/dirt.rs); whether a rule finds it (departments/oracle/).

mod home;
mod money;
mod number;
mod people;

use super::dice::{Dice, Purpose};
use super::household::Household;
use super::income::FEN;
use super::member::Member;
use super::plan::Plan;
use super::walk::Outline;

pub(super) use people::Lent;

/// Registers of smaller counties are faultless.
const PEOPLE_MIN: u64 = 5_000;
/// Whoever had less a head in one of the years is left to the rules about poverty, fen.
const NET_FEN_MIN: i64 = 10_000 * FEN;
/// Of a household nobody watches: beyond the edge of low income.
const QUIET_FEN_MIN: i64 = 13_000 * FEN;

/// A mistake. The names are those of the rules that should find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    FullEthnicity,
    FullHealth,
    FullLabour,
    FullName,
    FullRelation,
    FullSchooling,
    FullHouse,
    FullWater,
    FullType,
    FullIncome,
    FullIncomeParts,
    FullIdentified,
    FullRisk,
    FullRemoved,
    FullWork,
    HeadNone,
    HeadTwo,
    SpouseTwo,
    SpouseSex,
    RelationSex,
    AgeParent,
    AgeOffspring,
    AgeSpouse,
    AgeLabourChild,
    AgeLabourOld,
    AgeLostChild,
    LabourAbleLost,
    LabourAbleNone,
    LabourStudent,
    WorkUnable,
    LogicNoLabour,
    LogicSchoolBoth,
    LogicSize,
    SchoolPreschool,
    SchoolPrimary,
    SchoolJunior,
    SchoolSenior,
    SchoolCollege,
    SchoolMaster,
    SchoolLow,
    WordEducation,
    WordEthnicity,
    WordHealth,
    WordLabour,
    WordRelation,
    DisabledHealth,
    DisabledLabour,
    IdChecksum,
    IdDate,
    IdLength,
    IdCharacter,
    IdCut,
    IdMasked,
    IdNone,
    IdOld,
    IdUnborn,
    IdAge,
    IdTwice,
    IdTwoHouseholds,
    IdShared,
    IncomeSum,
    IncomePercap,
    IncomeAward,
    IncomeDividend,
    IncomePost,
    IncomeTransfer,
    MonitoredType,
    RemovedEarly,
    RemovedHouse,
    RemovedWater,
    RemovedStanding,
    RemovedUndated,
    IdentifiedLate,
    RiskTwice,
    RiskIllness,
    RiskDisabled,
    RiskLabour,
    RiskLabourHalf,
    RiskSchool,
    RiskWork,
    RiskWorkAble,
}

use Slip::*;

/// Of 10,000 watched households; each rate is the higher, the fewer the mistake can be made in.
const WATCHED: [(Slip, u32); 18] = [
    (FullIdentified, 225),
    (FullRisk, 200),
    (FullRemoved, 325),
    (MonitoredType, 225),
    (RemovedEarly, 595),
    (RemovedHouse, 415),
    (RemovedWater, 420),
    (RemovedStanding, 360),
    (RemovedUndated, 360),
    (IdentifiedLate, 315),
    (RiskTwice, 230),
    (RiskIllness, 435),
    (RiskDisabled, 415),
    (RiskLabour, 365),
    (RiskLabourHalf, 920),
    (RiskSchool, 395),
    (RiskWork, 500),
    (RiskWorkAble, 2_210),
];

/// Of 10,000 other households.
const OTHERS: [(Slip, u32); 61] = [
    (FullEthnicity, 25),
    (FullHealth, 140),
    (FullLabour, 145),
    (FullName, 140),
    (FullRelation, 150),
    (FullSchooling, 220),
    (FullHouse, 30),
    (FullWater, 40),
    (FullType, 155),
    (FullIncome, 35),
    (FullIncomeParts, 25),
    (FullWork, 28),
    (HeadNone, 35),
    (HeadTwo, 30),
    (SpouseTwo, 75),
    (SpouseSex, 100),
    (RelationSex, 120),
    (AgeParent, 40),
    (AgeOffspring, 60),
    (AgeSpouse, 170),
    (AgeLabourChild, 90),
    (AgeLabourOld, 210),
    (AgeLostChild, 115),
    (LabourAbleLost, 480),
    (LabourAbleNone, 620),
    (LabourStudent, 95),
    (WorkUnable, 140),
    (LogicNoLabour, 30),
    (LogicSchoolBoth, 135),
    (LogicSize, 30),
    (SchoolPreschool, 340),
    (SchoolPrimary, 210),
    (SchoolJunior, 300),
    (SchoolSenior, 155),
    (SchoolCollege, 265),
    (SchoolMaster, 550),
    (SchoolLow, 225),
    (WordEducation, 40),
    (WordEthnicity, 30),
    (WordHealth, 145),
    (WordLabour, 130),
    (WordRelation, 170),
    (IdChecksum, 160),
    (IdDate, 135),
    (IdLength, 195),
    (IdCharacter, 175),
    (IdCut, 170),
    (IdMasked, 150),
    (IdNone, 150),
    (IdOld, 40),
    (IdUnborn, 145),
    (IdAge, 520),
    (IdTwice, 330),
    (IdTwoHouseholds, 80),
    (IdShared, 95),
    (IncomeSum, 35),
    (IncomePercap, 40),
    (IncomeAward, 45),
    (IncomeDividend, 35),
    (IncomePost, 280),
    (IncomeTransfer, 35),
];

/// Rates are of so many households.
const RATE_BASE: u64 = 10_000;
/// Households in a row are so far apart on the scale of rates: all parts of it are met equally often, however few there are.
const APART: u64 = 6_181;

/// The mistake made in the household `index` with this plan, if one is.
fn of(plan: &Plan, seed: u64, index: u64) -> Option<Slip> {
    let watched = plan.monitoring.is_some();
    if plan.net.iter().any(|net| net.per_capita_fen < NET_FEN_MIN)
        || !watched && plan.net.iter().any(|net| net.per_capita_fen < QUIET_FEN_MIN)
    {
        return None;
    }
    let table: &[(Slip, u32)] = if watched { &WATCHED } else { &OTHERS };
    let from = seed.wrapping_mul(APART * APART) % RATE_BASE;
    let mut at = (from + index % RATE_BASE * APART) % RATE_BASE;
    for (slip, rate) in table {
        let rate = u64::from(*rate);
        if at < rate {
            return Some(*slip);
        }
        at -= rate;
    }
    None
}

impl Outline<'_> {
    /// Whether a clerk may have made a mistake in its register.
    pub(in crate::county) fn may_slip(&self) -> bool {
        self.unscripted() && self.walk.options.people >= PEOPLE_MIN
    }

    /// The mistake a clerk made in its register, if any, and the dice to go on with.
    pub(in crate::county) fn slip(&self, plan: &Plan) -> Option<(Slip, Dice)> {
        if !self.may_slip() {
            return None;
        }
        let dice = self.dice(Purpose::Slips);
        of(plan, self.walk.options.seed, self.index).map(|slip| (slip, dice))
    }

    /// Whether the register leaves out by which way its people found work: in every month (true) or in all but the last.
    pub(crate) fn leaves_out_channel(&self) -> Option<bool> {
        let (slip, mut dice) = self.slip(&self.thrown_plan())?;
        (slip == FullWork).then(|| dice.chance(700))
    }
}

/// Makes the mistake in `household`, if it can be made there.
pub(super) fn make(slip: Slip, household: &mut Household, lent: &Lent, dice: &mut Dice) {
    if household.monitoring.is_some() {
        home::watched(slip, household, dice);
        return;
    }
    if !quiet(household, slip) {
        return;
    }
    let slip = people::of_the_disabled(&household.members, dice).unwrap_or(slip);
    home::home(slip, household);
    money::declared(slip, household, dice);
    number::number(slip, &mut household.members, lent, dice);
    people::people(slip, &mut household.members, dice);
}

/// Whether no department pays anything to it, so that nobody else misses what the register loses.
fn quiet(household: &Household, slip: Slip) -> bool {
    let [_, income] = &household.incomes;
    let assisted = income.subsistence_fen + income.destitute_support_fen > 0;
    let post = income.public_post_fen > 0;
    let gravely_ill = household.members.iter().any(|m| m.health == "患有大病");
    !household.no_labour && !assisted && !gravely_ill && (post == (slip == IncomePost))
}

/// Position of the last child below working age whom no department but the school has to do with.
fn child(members: &[Member]) -> Option<usize> {
    last(members, is_child)
}

fn is_child(member: &Member) -> bool {
    member.birth_year >= 2008
        && member.health == "健康"
        && !member.at_school.is_empty()
        && member.document_no.len() == 18
}

/// Position of the last member beside the head that is `wanted`.
fn last(members: &[Member], wanted: impl Fn(&Member) -> bool) -> Option<usize> {
    let (_, others) = members.split_first()?;
    others.iter().rposition(wanted).map(|position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_leave_most_households_without_a_slip() {
        let sum = |table: &[(Slip, u32)]| table.iter().map(|(_, rate)| rate).sum::<u32>();
        assert!(sum(&WATCHED) <= 10_000 && sum(&OTHERS) <= 10_000);
    }
}
