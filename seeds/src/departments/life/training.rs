//! Training: the courses members of a household have been on, and what was paid for them.
//! Here because a course's days, dates and money must fit together unless a misfit is planted.
//! In: a household. Out: courses.
//! Not here: how the office prints them (rows/hr.rs).

use crate::county::dice::Purpose;
use crate::county::{FEN, Outline, Sketch};

use super::World;
use crate::departments::calendar::Month;

const SCHOOLS: [&str; 5] = [
    "阜阳惠民职业培训学校",
    "皖北技能培训中心",
    "金桥职业培训学校",
    "新农人培训学校",
    "家政服务培训中心",
];
const TRADES: [&str; 8] = [
    "养老护理",
    "电工",
    "焊工",
    "育婴",
    "中式烹调",
    "缝纫",
    "电子商务",
    "种植技术",
];
const PER_DAY_FEN: i64 = 50 * FEN;
/// Of those able to work.
const TRAINED_PER_MILLE: u32 = 120;
/// Of the courses: paid too much, paid too little, longer than its dates.
const OVERPAID_PER_MILLE: u32 = 6;
const UNDERPAID_PER_MILLE: u32 = 4;
const TOO_LONG_PER_MILLE: u32 = 4;

/// A course the member at a position has been on.
pub(crate) struct Course {
    pub(crate) member: usize,
    pub(crate) month: Month,
    pub(crate) first_day: i32,
    /// Days from its first to its last.
    pub(crate) span: i64,
    /// Days that are paid for.
    pub(crate) days: i64,
    pub(crate) paid_fen: i64,
    pub(crate) class: u32,
    pub(crate) school: &'static str,
    pub(crate) trade: &'static str,
}

/// Whether somebody of the household may have been trained: false rules it out.
#[inline]
pub(crate) fn may_be_trained(outline: &Outline<'_>) -> bool {
    // Of those able each throws once: when not even one for everybody falls, nobody is trained.
    let mut throws = outline.dice(Purpose::Training);
    (0..outline.people).any(|_| throws.chance(TRAINED_PER_MILLE))
}

/// Appends the courses of a household.
pub(crate) fn train(world: &World, sketch: &Sketch<'_>, courses: &mut Vec<Course>) {
    let mut dice = sketch.outline.dice(Purpose::Training);
    for (member, person) in sketch.people().iter().enumerate() {
        let able = person.labour == "普通劳动力" || person.labour == "技能劳动力";
        if !able || !dice.chance(TRAINED_PER_MILLE) {
            continue;
        }
        let months_ago = i32::try_from(dice.below(11)).unwrap_or(0) + 1;
        let span = dice.between(5, 15);
        let first_day = i32::try_from(dice.between(1, 12)).unwrap_or(1);
        let (mut days, mut more_fen) = (span, 0);
        match dice.below(1000) {
            at if at < OVERPAID_PER_MILLE => more_fen = 100 * FEN,
            at if at < OVERPAID_PER_MILLE + UNDERPAID_PER_MILLE => more_fen = -30 * FEN,
            at if at < OVERPAID_PER_MILLE + UNDERPAID_PER_MILLE + TOO_LONG_PER_MILLE => days += 2,
            _ => {}
        }
        courses.push(Course {
            member,
            month: world.horizon.last.plus(-months_ago),
            first_day,
            span,
            days,
            paid_fen: days * PER_DAY_FEN + more_fen,
            class: dice.below(40),
            school: dice.pick(&SCHOOLS),
            trade: dice.pick(&TRADES),
        });
    }
}
