//! Cares: the disabled of a household and the two subsidies each of them gets.
//! Here because a subsidy follows from the card and from the benefit, and some who should have it are forgotten.
//! In: a household and its assistance unit. Out: `Cared` for each disabled person.
//! Not here: how the roll of subsidies is printed (rows/civil.rs).

use crate::county::Sketch;
use crate::county::dice::Purpose;

use super::{World, assistance, disability};

/// Somebody disabled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cared {
    /// Position of the member.
    pub(crate) member: usize,
    /// Kind (1 to 7) and grade (1 to 4).
    pub(crate) kind: u32,
    pub(crate) grade: u32,
    /// Gets 困难残疾人生活补贴.
    pub(crate) living: bool,
    /// Gets 重度残疾人护理补贴.
    pub(crate) care: bool,
    /// Should have one of them and was forgotten.
    pub(crate) forgotten: bool,
}

/// Of a thousand who should have a subsidy: forgotten, in families on the low-income roll and elsewhere.
const FORGOTTEN_POOR: u32 = 180;
const FORGOTTEN: u32 = 40;

/// The disabled of a household, in the order of its members.
pub(crate) fn cares(world: &World, sketch: &Sketch<'_>) -> Vec<Cared> {
    let people = sketch.people();
    if people.iter().all(|person| person.health != "残疾") {
        return Vec::new();
    }
    let category = assistance(world, sketch).map_or("", |unit| unit.category);
    let poor = matches!(category, "农村低保" | "城市低保");
    let mut dice = sketch.outline.dice(Purpose::Cares);
    let mut cared = Vec::new();
    for (member, person) in people.iter().enumerate() {
        let Some((kind, grade)) = disability(person, &mut dice) else {
            continue;
        };
        let left_out = dice.chance(if poor { FORGOTTEN_POOR } else { FORGOTTEN });
        // Destitute people are cared for as such and get neither.
        let severe = grade <= 2 && category != "特困供养";
        cared.push(Cared {
            member,
            kind,
            grade,
            living: poor && !left_out,
            care: severe && !left_out,
            forgotten: left_out && (poor || severe),
        });
    }
    cared
}
