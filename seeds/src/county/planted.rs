//! Planted: what the rules about a household's income and its monitoring are to find, each beside a decoy exactly on its line.
//! Here because chance leaves some of these cases out and makes others of contradictions nobody meant.
//! In: a plan, dice of their own. Out: the plan, which hangs together and may play a case's part; whether anybody can work stays as it was.
//! Not here: the script (plan.rs), measures that do not fit (departments/life/measures.rs), judging (departments/oracle/).

use super::dice::Dice;
use super::plan::{Help, HouseholdType, Net, Plan, Watch, one_fen_below, yuan};

/// Of a thousand households: play a part of `PARTS`.
const PARTS_PER_MILLE: u32 = 28;
/// Of a thousand that are watched still: recognised in the year that is judged.
const RECENT_PER_MILLE: u32 = 120;
/// Of a thousand that are watched still and in which nobody can work: not labelled as such.
const UNLABELLED_PER_MILLE: u32 = 300;
/// The year before the judged one.
const LAST_YEAR: i64 = 2022;
/// Position of 因病 among the risks.
const ILLNESS: usize = 0;

const UNSTEADY: &str = "脱贫不稳定户";
const EDGE: &str = "边缘易致贫户";
const STRUCK: &str = "突发严重困难户";

/// A part: of the household type, its monitoring and its incomes of both years.
#[derive(Clone, Copy)]
enum Part {
    /// Lifted, not watched; these incomes.
    Income([Net; 2]),
    /// Ordinary, not watched; these incomes.
    Unseen([Net; 2]),
    /// Watched until a month of 2023, since so many months before; the income of both years.
    Removed {
        lifted: bool,
        since: (i64, i64),
        removed: i64,
        net: Net,
    },
    /// Lifted and watched since a month of 2023, with such help.
    Watched(i64, Help),
    /// Watched since a month of 2023; the income of the year before.
    Rich(&'static str, Net),
}

/// A fen a head above so many yuan.
const fn one_fen_above(amount: i64) -> Net {
    Net {
        per_capita_fen: yuan(amount).per_capita_fen + 1,
        more_fen: 0,
    }
}

const fn removed(lifted: bool, since: (i64, i64), net: Net) -> Part {
    Part::Removed {
        lifted,
        since,
        removed: 4,
        net,
    }
}

const STEADY: Net = yuan(13_500);

static PARTS: [Part; 20] = [
    // Less by a fifth, and by a fen more; less by a hundredth, and by a fen more.
    Part::Income([yuan(20_000), yuan(16_000)]),
    Part::Income([yuan(20_000), one_fen_below(16_000)]),
    Part::Income([yuan(20_000), yuan(19_800)]),
    Part::Income([yuan(20_000), one_fen_below(19_800)]),
    // On the monitoring line, and below it, without being watched.
    Part::Unseen([yuan(8_000), yuan(8_000)]),
    Part::Unseen([yuan(8_000), one_fen_below(8_000)]),
    Part::Unseen([yuan(7_400), yuan(7_450)]),
    // The same, though the risk was removed.
    removed(true, (2021, 6), one_fen_below(8_000)),
    removed(false, (2021, 6), one_fen_below(8_000)),
    removed(false, (2021, 6), yuan(8_000)),
    // Recognised, and no measure in time; one of which it cannot be said yet.
    Part::Watched(9, Help::Never),
    Part::Watched(10, Help::Never),
    Part::Watched(9, Help::Late),
    // Removed after five months, three, six.
    removed(true, (2022, 11), STEADY),
    removed(false, (2023, 1), STEADY),
    removed(true, (2022, 10), STEADY),
    // Recognised with more than 20,000 a head, with just so much, with more for a good reason.
    Part::Rich(EDGE, one_fen_above(20_000)),
    Part::Rich(UNSTEADY, yuan(24_000)),
    Part::Rich(EDGE, yuan(20_000)),
    Part::Rich(STRUCK, yuan(24_000)),
];

/// Makes `plan` hang together, and gives some their part.
#[inline]
pub(super) fn settle(plan: &mut Plan, mut dice: Dice) {
    // Who cannot work is left to what is said of such households.
    if dice.chance(PARTS_PER_MILLE) && !plan.no_labour {
        dice.pick(&PARTS).play(plan, &mut dice);
    } else if plan.monitoring.is_some() {
        watch_well(plan, &mut dice);
    }
    plan.unlabelled = plan.no_labour
        && plan.monitoring.is_some_and(|watch| watch.removed.is_none())
        && dice.chance(UNLABELLED_PER_MILLE);
}

/// No risk is removed where nobody can work, nor half a year after it was recognised; some were recognised of late, and were poor then.
fn watch_well(plan: &mut Plan, dice: &mut Dice) {
    let Some(watch) = &mut plan.monitoring else {
        return;
    };
    if plan.no_labour {
        watch.removed = None;
    }
    if watch.removed.is_some() {
        if watch.since.0 == LAST_YEAR {
            watch.since.1 = (watch.since.1 + 1) / 2;
        }
    } else if dice.chance(RECENT_PER_MILLE) {
        watch.since = (LAST_YEAR + 1, dice.between(1, 9));
        let now = dice.between(10_100, 14_000);
        plan.net = [yuan(now * dice.between(88, 97) / 100), yuan(now)];
    }
}

impl Part {
    fn play(self, plan: &mut Plan, dice: &mut Dice) {
        let mut watch = Watch {
            kind: EDGE,
            since: (LAST_YEAR + 1, 3),
            risk: ILLNESS,
            second_risk: None,
            removed: None,
        };
        plan.people_year_more = 0;
        match self {
            Self::Income(net) => {
                (plan.household_type, plan.monitoring, plan.net) = (HouseholdType::Lifted, None, net);
            }
            Self::Unseen(net) => {
                (plan.household_type, plan.monitoring, plan.net) = (HouseholdType::Ordinary, None, net);
            }
            Self::Removed {
                lifted,
                since,
                removed,
                net,
            } => {
                (watch.since, watch.removed) = (since, Some(removed));
                if lifted {
                    watch.kind = UNSTEADY;
                }
                plan.household_type = type_of(watch.kind);
                (plan.monitoring, plan.net) = (Some(watch), [net; 2]);
            }
            Self::Watched(month, help) => {
                (watch.kind, watch.since.1) = (UNSTEADY, month);
                plan.household_type = HouseholdType::Lifted;
                (plan.monitoring, plan.help) = (Some(watch), help);
                plan.net = [STEADY, yuan(dice.between(13_500, 16_000))];
            }
            Self::Rich(kind, before) => {
                watch.kind = kind;
                plan.household_type = type_of(kind);
                let now = yuan(dice.between(24_000, 26_000));
                (plan.monitoring, plan.net) = (Some(watch), [before, now]);
            }
        }
    }
}

fn type_of(kind: &str) -> HouseholdType {
    if kind == UNSTEADY {
        HouseholdType::Lifted
    } else {
        HouseholdType::Ordinary
    }
}
