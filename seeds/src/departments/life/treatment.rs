//! Treatment: what illness costs the people of a household: stays in hospital, visits, entries on the list of serious diseases.
//! Here because the insurance office prints it and the rules on expenses are judged by it.
//! In: a household's people and their health. Out: a `Treated` for each month and person treated, the oldest month of a person first.
//! Not here: how a row is laid out (rows/insurance.rs), what is left to live on (oracle/).

use crate::county::FEN;
use crate::county::dice::Purpose;

use super::World;
use crate::departments::calendar::{Day, Month};

/// One settlement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Treated {
    /// Position of the member.
    pub(crate) member: usize,
    pub(crate) kind: &'static str,
    pub(crate) on: Day,
    pub(crate) total_fen: i64,
    pub(crate) paid_fen: i64,
}

impl Treated {
    /// What the family pays itself.
    pub(crate) fn self_paid_fen(&self) -> i64 {
        self.total_fen - self.paid_fen
    }
}

pub(crate) const STAY: &str = "住院";
pub(crate) const VISIT: &str = "门诊慢特病";
pub(crate) const SERIOUS: &str = "大病救治登记";

/// Settlements of a thousand months, by health: stays in hospital, visits on account of a chronic illness.
const ILL: (u32, u32) = (60, 250);
const WELL: (u32, u32) = (4, 15);
/// What a stay and a visit cost, yuan; of a thousand of each so many cost far more.
const STAY_YUAN: (i64, i64) = (1_000, 9_000);
const DEAR_STAY_YUAN: (i64, i64) = (25_000, 75_000);
const DEAR_STAYS: u32 = 30;
const VISIT_YUAN: (i64, i64) = (80, 900);
const DEAR_VISITS: u32 = 80;
/// Per cent of the costs that are paid for the patient.
const PAID_PERCENT: (i64, i64) = (55, 85);
/// What a family pays for a dear visit: exactly what is expected of it, or more.
const VISIT_LINE_FEN: i64 = 500 * FEN;
/// Of a thousand with a serious disease: entered on the list within the horizon.
const ENTERED: u32 = 200;
const ENTRY_FEN: i64 = 50 * FEN;

/// The settlements of the household `index`, by the health of its people.
pub(crate) fn treatments<'h>(
    world: &World,
    index: u64,
    health: impl IntoIterator<Item = &'h str>,
) -> Vec<Treated> {
    let mut dice = world.dice(index, Purpose::Treatment);
    let mut entries = world.dice(index, Purpose::Illness);
    let mut treated = Vec::new();
    for (member, health) in health.into_iter().enumerate() {
        let ill = !matches!(health, "健康" | "残疾");
        let (stays, visits) = if ill { ILL } else { WELL };
        let entered = entered(world, health, &mut entries);
        for month in world.horizon.iter() {
            if entered == Some(month) {
                treated.push(Treated {
                    member,
                    kind: SERIOUS,
                    on: month.day(1),
                    total_fen: ENTRY_FEN,
                    paid_fen: 0,
                });
            }
            // Thrown for every month, so that a month looks the same alone and among the others.
            let (stay, visit) = (dice.chance(stays), dice.chance(visits));
            if !stay && !visit {
                continue;
            }
            let dear = dice.chance(if stay { DEAR_STAYS } else { DEAR_VISITS });
            let (kind, (least, most)) = match (stay, dear) {
                (true, true) => (STAY, DEAR_STAY_YUAN),
                (true, false) => (STAY, STAY_YUAN),
                (false, _) => (VISIT, VISIT_YUAN),
            };
            let mut total_fen = dice.between(least, most) * FEN + dice.between(0, FEN - 1);
            let mut paid_fen = total_fen * dice.between(PAID_PERCENT.0, PAID_PERCENT.1) / 100;
            let day = i32::try_from(dice.between(1, 28)).unwrap_or(1);
            if dear && !stay {
                let above = dice.between(-200, 300);
                total_fen = VISIT_LINE_FEN + above.max(0) * FEN + i64::from(above > 0) + 2 * paid_fen;
                paid_fen *= 2;
            }
            treated.push(Treated {
                member,
                kind,
                on: month.day(day),
                total_fen,
                paid_fen,
            });
        }
    }
    treated
}

fn entered(world: &World, health: &str, dice: &mut crate::county::dice::Dice) -> Option<Month> {
    if health != "患有大病" || !dice.chance(ENTERED) {
        return None;
    }
    let months = u32::try_from(world.horizon.last.since(world.horizon.first)).unwrap_or(0) + 1;
    Some(
        world
            .horizon
            .first
            .plus(i32::try_from(dice.below(months)).unwrap_or(0)),
    )
}
