//! Slips: the mistakes clerks make in the register itself, one a household at most: a blank, a wrong word, a number mistyped.
//! Here because rules about the quality of data need data of poor quality, among households of which no other rule has anything to say.
//! In: a household as it lives. Out: the same as the register has it; other departments know better and are not touched.
//! Not here: dirt of departments' files (departments/dirt.rs); whether a rule finds it (departments/oracle/).

mod home;
mod money;
mod number;
mod people;

use super::dice::Dice;
use super::household::Household;
use super::income::FEN;
use super::member::Member;
use super::plan::Plan;

pub(super) use people::Lent;

/// Registers of smaller counties are faultless.
pub(super) const PEOPLE_MIN: u64 = 5_000;
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
    (FullIdentified, 150),
    (FullRisk, 150),
    (FullRemoved, 230),
    (MonitoredType, 170),
    (RemovedEarly, 420),
    (RemovedHouse, 420),
    (RemovedWater, 420),
    (RemovedStanding, 280),
    (RemovedUndated, 360),
    (IdentifiedLate, 230),
    (RiskTwice, 180),
    (RiskIllness, 420),
    (RiskDisabled, 300),
    (RiskLabour, 330),
    (RiskLabourHalf, 900),
    (RiskSchool, 450),
    (RiskWork, 800),
    (RiskWorkAble, 2_400),
];

/// Of 10,000 other households.
const OTHERS: [(Slip, u32); 63] = [
    (FullEthnicity, 24),
    (FullHealth, 70),
    (FullLabour, 70),
    (FullName, 70),
    (FullRelation, 70),
    (FullSchooling, 60),
    (FullHouse, 32),
    (FullWater, 32),
    (FullType, 130),
    (FullIncome, 32),
    (FullIncomeParts, 24),
    (FullWork, 50),
    (HeadNone, 30),
    (HeadTwo, 30),
    (SpouseTwo, 60),
    (SpouseSex, 60),
    (RelationSex, 70),
    (AgeParent, 40),
    (AgeOffspring, 45),
    (AgeSpouse, 80),
    (AgeLabourChild, 70),
    (AgeLabourOld, 150),
    (AgeLostChild, 70),
    (LabourAbleLost, 150),
    (LabourAbleNone, 150),
    (LabourStudent, 130),
    (WorkUnable, 90),
    (LogicNoLabour, 32),
    (LogicSchoolBoth, 70),
    (LogicSize, 24),
    (SchoolPreschool, 130),
    (SchoolPrimary, 160),
    (SchoolJunior, 130),
    (SchoolSenior, 130),
    (SchoolCollege, 130),
    (SchoolMaster, 160),
    (SchoolLow, 130),
    (WordEducation, 40),
    (WordEthnicity, 24),
    (WordHealth, 70),
    (WordLabour, 70),
    (WordRelation, 70),
    (DisabledHealth, 500),
    (DisabledLabour, 1_500),
    (IdChecksum, 70),
    (IdDate, 70),
    (IdLength, 70),
    (IdCharacter, 70),
    (IdCut, 70),
    (IdMasked, 70),
    (IdNone, 70),
    (IdOld, 30),
    (IdUnborn, 70),
    (IdAge, 130),
    (IdTwice, 180),
    (IdTwoHouseholds, 45),
    (IdShared, 45),
    (IncomeSum, 36),
    (IncomePercap, 36),
    (IncomeAward, 36),
    (IncomeDividend, 36),
    (IncomePost, 250),
    (IncomeTransfer, 36),
];

/// The mistake made in a household with this plan, if one is.
pub(super) fn thrown(plan: &Plan, dice: &mut Dice) -> Option<Slip> {
    let watched = plan.monitoring.is_some();
    if plan.net.iter().any(|net| net.per_capita_fen < NET_FEN_MIN)
        || !watched && plan.net.iter().any(|net| net.per_capita_fen < QUIET_FEN_MIN)
    {
        return None;
    }
    let table: &[(Slip, u32)] = if watched { &WATCHED } else { &OTHERS };
    let mut at = dice.below(10_000);
    for (slip, rate) in table {
        if at < *rate {
            return Some(*slip);
        }
        at -= rate;
    }
    None
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
    last(members, |member| is_child(member))
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
