//! Coverage: where a household's benefits and what it declares of them part, and who is covered though its income does not say so.
//! Here because civil affairs and the register must agree except in the few households in which a rule is to find that they do not.
//! In: dice of their own, the plan, the people counted. Out: `Coverage`, and the income as it is declared.
//! Not here: the assistance unit itself (departments/life/benefits.rs), what a household earns (income.rs).

use super::dice::Dice;
use super::income::{FEN, Income};
use super::plan::{HouseholdType, Net, Plan};

/// How a household's benefits differ from what its income makes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// They do not.
    Declared,
    /// Nobody can work, the income is low, and nobody is on a roll.
    Forgotten,
    /// The income is low, somebody is severely disabled, and nobody is on a roll.
    Overlooked,
    /// The income is low, and that is known: they are on the roll of the low-income edge.
    Edge,
    /// Somebody alone on destitute support; when `short`, with hardly any transfer declared.
    Destitute { short: bool },
    /// The register has a low-income allowance of so many fen, too few for a year.
    Trifle(i64),
    /// The register has no transfer income at all.
    Untold,
    /// On the roll since its last month; the year before knows nothing of it.
    New,
}

/// Of a thousand ordinary households in which nobody can work.
const FORGOTTEN: u32 = 300;
/// Of a thousand ordinary households each; the first only where somebody is severely disabled.
const OVERLOOKED: u32 = 100;
const EDGE: u32 = 10;
/// Of a thousand who live alone and can work.
const DESTITUTE: u32 = 30;
/// Of a thousand households each; the first two only show where there is a low-income allowance.
const TRIFLE: u32 = 10;
const UNTOLD: u32 = 9;
const NEW: u32 = 2;
/// Net income a head of those whom somebody should look at, yuan: below every standard, above the line of poverty; sometimes just the lowest standard.
const FORGOTTEN_YUAN: (i64, i64) = (8_050, 8_390);
const LOWEST_STANDARD_YUAN: i64 = 8_400;
/// A trifle, fen: the last one is just enough.
const TRIFLES: [i64; 5] = [60 * FEN, 120 * FEN, 180 * FEN, 200 * FEN - 1, 200 * FEN];

impl Coverage {
    /// That of a household of `people` with this plan; a household of the script has none of its own. Whether somebody is severely
    /// disabled is asked of few.
    #[inline]
    pub(crate) fn thrown(
        plan: &Plan,
        people: usize,
        disabled: impl FnOnce() -> bool,
        mut dice: Dice,
    ) -> Self {
        let (overlooked, forgotten, edge) =
            (dice.chance(OVERLOOKED), dice.chance(FORGOTTEN), dice.chance(EDGE));
        if plan.household_type == HouseholdType::Ordinary && plan.monitoring.is_none() {
            match plan.no_labour {
                true if forgotten => return Self::Forgotten,
                false if edge => return Self::Edge,
                false if overlooked && disabled() => return Self::Overlooked,
                true | false => {}
            }
        }
        match dice.below(1000) {
            at if plan.no_labour => {
                if at < TRIFLE {
                    Self::Trifle(dice.pick(&TRIFLES))
                } else {
                    Self::Declared
                }
            }
            at if people == 1 && at < DESTITUTE => Self::Destitute {
                short: dice.chance(500),
            },
            at if people == 1 && at >= 1000 - NEW => Self::New,
            _ if people == 1 => Self::Declared,
            at if at < TRIFLE => Self::Trifle(dice.pick(&TRIFLES)),
            at if at < TRIFLE + UNTOLD => Self::Untold,
            at if at >= 1000 - NEW => Self::New,
            _ => Self::Declared,
        }
    }

    /// Whether there is nothing but benefit and the like to live on, though somebody can work.
    #[inline]
    pub(crate) fn lives_on_benefit(self) -> bool {
        self == Self::Destitute { short: false }
    }

    /// The income a head of the judged year, where it is another than planned.
    pub(crate) fn net(self, mut dice: Dice) -> Option<Net> {
        matches!(self, Self::Forgotten | Self::Overlooked | Self::Edge).then(|| {
            let yuan = if dice.chance(200) {
                LOWEST_STANDARD_YUAN
            } else {
                dice.between(FORGOTTEN_YUAN.0, FORGOTTEN_YUAN.1)
            };
            Net {
                per_capita_fen: yuan * FEN,
                more_fen: 0,
            }
        })
    }

    /// What is declared of an income; its sum stays as it is.
    pub(crate) fn declare(self, income: &mut Income) {
        match self {
            Self::Declared => {}
            Self::Forgotten | Self::Overlooked | Self::Edge => {
                income.other_transfer_fen += income.subsistence_fen + income.destitute_support_fen;
                (income.subsistence_fen, income.destitute_support_fen) = (0, 0);
            }
            Self::Destitute { .. } => {
                let benefit = income.subsistence_fen + income.destitute_support_fen;
                let more = if benefit > 0 {
                    0
                } else {
                    income.other_transfer_fen / 2
                };
                income.other_transfer_fen -= more;
                income.subsistence_fen = 0;
                income.destitute_support_fen = benefit + more;
            }
            Self::Trifle(fen) if income.subsistence_fen > fen => {
                income.other_transfer_fen += income.subsistence_fen - fen;
                income.subsistence_fen = fen;
            }
            Self::Untold if income.subsistence_fen > 0 => {
                income.wage_fen += income.transfer_fen;
                for part in [
                    &mut income.transfer_fen,
                    &mut income.subsistence_fen,
                    &mut income.pension_fen,
                    &mut income.ecology_fen,
                    &mut income.family_planning_fen,
                    &mut income.other_transfer_fen,
                ] {
                    *part = 0;
                }
            }
            Self::New => {
                // Whoever is new on the roll had no allowance before.
                income.other_transfer_fen += income.subsistence_fen;
                income.subsistence_fen = 0;
            }
            Self::Trifle(_) | Self::Untold => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_declared_adds_up_as_before() {
        let parts = |income: &Income| {
            let transfer = income.subsistence_fen
                + income.destitute_support_fen
                + income.pension_fen
                + income.ecology_fen
                + income.family_planning_fen
                + income.other_transfer_fen;
            assert_eq!(transfer, income.transfer_fen);
            income.wage_fen + income.transfer_fen
        };
        let before = Income {
            wage_fen: 2_000_000,
            transfer_fen: 700_000,
            subsistence_fen: 400_000,
            pension_fen: 100_000,
            other_transfer_fen: 200_000,
            ..Income::default()
        };
        for coverage in [
            Coverage::Declared,
            Coverage::Forgotten,
            Coverage::Overlooked,
            Coverage::Edge,
            Coverage::Destitute { short: true },
            Coverage::Trifle(6_000),
            Coverage::Untold,
            Coverage::New,
        ] {
            let mut income = before.clone();
            coverage.declare(&mut income);
            assert_eq!(parts(&income), parts(&before), "{coverage:?}");
            assert_eq!(income.subsistence_fen == 400_000, coverage == Coverage::Declared);
        }
    }
}
