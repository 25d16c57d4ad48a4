//! Rows of the medical insurance office: what treatments cost people, month by month.
//! Here because this feed has no connector of its own: it shows that a source needs configuration alone.
//! In: members and their health. Out: a row for each settlement, the oldest month of a person first.
//! Not here: which households that makes poor (rules), how a row is laid out in a file (files/).

use crate::county::dice::Purpose;
use crate::county::{FEN, Member};

use super::{Out, Stop, Tag};
use crate::departments::life::{World, id};

/// Settlements of a thousand months, by health: stays in hospital, visits on account of a chronic illness.
const ILL: (u32, u32) = (60, 250);
const WELL: (u32, u32) = (4, 15);
/// What a stay and a visit cost, yuan.
const STAY_YUAN: (i64, i64) = (2_000, 45_000);
const VISIT_YUAN: (i64, i64) = (80, 900);
/// Per cent of the costs that are paid for the patient.
const PAID_PERCENT: (i64, i64) = (55, 85);

fn is_ill(member: &Member) -> bool {
    !matches!(member.health, "健康" | "残疾")
}

pub(super) fn medical_expenses(world: &World, out: &mut Out<'_, '_>) -> Result<(), Stop> {
    let mut homes = world.homes();
    while let Some(outline) = homes.next() {
        let home = outline.sketch().home();
        let mut dice = world.dice(home.index, Purpose::Treatment);
        for member in home.members {
            let (stays, visits) = if is_ill(member) { ILL } else { WELL };
            for month in world.horizon.iter() {
                // Thrown for every month, so that a month looks the same alone and among the others.
                let (stay, visit) = (dice.chance(stays), dice.chance(visits));
                let (kind, (least, most)) = match (stay, visit) {
                    (true, _) => ("住院", STAY_YUAN),
                    (false, true) => ("门诊慢特病", VISIT_YUAN),
                    (false, false) => continue,
                };
                let total = dice.between(least, most) * FEN + dice.between(0, FEN - 1);
                let paid = total * dice.between(PAID_PERCENT.0, PAID_PERCENT.1) / 100;
                let day = i32::try_from(dice.between(1, 28)).unwrap_or(1);
                if !world.months.contains(month) {
                    continue;
                }
                let row = &mut out.row;
                row.put(&member.name).put(id(member)).put(kind);
                row.fen(total).fen(paid).fen(total - paid);
                row.day(month.day(day)).month(month);
                out.send(&Tag {
                    unit: home.unit,
                    month,
                    town: &home.place.town,
                    block: home.index,
                })?;
            }
        }
    }
    Ok(())
}
