//! Benefits: the assistance unit of a household, if it has one: category, who is on it, the amount, since when.
//! Here because an assistance unit is not the household: one person may be on it alone, and its head may be another.
//! In: a household, whose declared benefits decide. Out: `Assistance`; a year's payments are the declared amount unless planted otherwise.
//! Not here: disability subsidies, which follow from a person's health (rows/civil.rs).

use crate::county::dice::Purpose;
use crate::county::{FEN, Sketch};

use super::{JUDGED, World};
use crate::departments::calendar::Month;

/// The benefit household of civil affairs.
#[derive(Debug, Clone)]
pub(crate) struct Assistance {
    pub(crate) category: &'static str,
    pub(crate) class: &'static str,
    pub(crate) care: &'static str,
    /// Positions of the members on it, in the roster's order; never empty.
    pub(crate) members: Vec<usize>,
    /// Position of the head it names, one of `members`.
    pub(crate) head: usize,
    pub(crate) monthly_fen: i64,
    /// True: the amount is each person's; false: the unit's.
    pub(crate) per_person: bool,
    pub(crate) since: Month,
    /// Last month paid, when it was stopped within the horizon.
    pub(crate) stopped: Option<(Month, &'static str)>,
    /// Paid on after a death: the head died in that month.
    pub(crate) died: Option<Month>,
    /// Listed a second time in another county.
    pub(crate) twice: bool,
    /// The payments differ from the declared amount.
    pub(crate) differs: bool,
    /// One person of a bigger household.
    pub(crate) single: bool,
    /// The head is not the roster's.
    pub(crate) other_head: bool,
}

/// Yearly line of the low-income edge: one and a half times the standard.
const EDGE_FEN: i64 = 716 * 12 * 3 / 2 * FEN;
const STOPPED: [&str; 4] = ["", "收入超标", "户籍迁出", "主动退出"];

pub(crate) fn assistance(world: &World, sketch: &Sketch<'_>) -> Option<Assistance> {
    let income = sketch.outline.income(JUDGED);
    let people = sketch.people();
    let mut dice = sketch.outline.dice(Purpose::Benefits);
    let declared = income.subsistence_fen + income.destitute_support_fen;
    let per_capita = income.net_fen / income.people_year.max(1);
    let category = if income.destitute_support_fen > 0 {
        "特困供养"
    } else if income.subsistence_fen > 0 {
        if dice.chance(60) {
            "城市低保"
        } else {
            "农村低保"
        }
    } else if per_capita < EDGE_FEN && dice.chance(300) {
        "低保边缘"
    } else if people.iter().any(|person| person.health == "患有大病") && dice.chance(60) {
        "刚性支出困难"
    } else if dice.chance(4) {
        "临时救助"
    } else {
        return None;
    };
    let many = people.len() > 1;
    let single = declared > 0 && many && world.dirt.on() && dice.chance(150);
    let other_head = !single && many && world.dirt.on() && dice.chance(60);
    let members: Vec<usize> = if single {
        vec![people.len() - 1]
    } else {
        (0..people.len()).collect()
    };
    let head = if other_head { 1 } else { members.first().copied()? };
    let differs = declared > 0 && dice.chance(40);
    let yearly = if differs {
        declared * dice.between(55, 85) / 100
    } else {
        declared
    };
    let monthly_fen = match category {
        "临时救助" => dice.between(8, 30) * 100 * FEN,
        _ => yearly / 12,
    };
    let per_person = declared > 0 && dice.chance(250);
    let last = world.horizon.last;
    let stopped = (declared > 0 && dice.chance(25)).then(|| {
        let reason = dice.pick(&STOPPED);
        (last.plus(-1 - i32::try_from(dice.below(6)).unwrap_or(0)), reason)
    });
    let died =
        (world.dirt.on() && stopped.is_none() && declared > 0 && dice.chance(12)).then(|| last.plus(-4));
    Some(Assistance {
        class: match category {
            "农村低保" | "城市低保" if sketch.outline.no_labour() => "A",
            "农村低保" | "城市低保" => dice.pick(&["B", "C", "C"]),
            _ => "",
        },
        care: match category {
            "特困供养" if dice.chance(250) => "集中供养",
            "特困供养" => "分散供养",
            _ => "",
        },
        monthly_fen: if per_person {
            monthly_fen / i64::try_from(members.len()).unwrap_or(1)
        } else {
            monthly_fen
        },
        category,
        members,
        head,
        per_person,
        since: Month::new(2019, 1).plus(i32::try_from(dice.below(40)).unwrap_or(0)),
        stopped,
        died,
        twice: world.dirt.on() && declared > 0 && dice.chance(15),
        differs,
        single,
        other_head,
    })
}

impl Assistance {
    /// Whether it is on the roll of `month`.
    pub(crate) fn listed(&self, month: Month, horizon_last: Month) -> bool {
        match self.category {
            // Temporary relief is one payment.
            "临时救助" => month == horizon_last.plus(-3),
            _ => self.stopped.is_none_or(|(last, _)| month <= last),
        }
    }
}
