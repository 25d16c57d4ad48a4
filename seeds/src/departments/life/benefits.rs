//! Benefits: the assistance unit of a household, if it has one: category, who is on it, the amount, since when.
//! Here because an assistance unit is not the household: one person may be on it alone, and its head may be another.
//! In: a household, whose benefits decide. Out: `Assistance`; a year's payments are the declared amount unless planted otherwise.
//! Not here: disability subsidies, which follow from a person's health (cares.rs); what is declared (county/coverage.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{Coverage, FEN, Income, Outline, Sketch};

use super::World;
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
    /// First month paid.
    first: Month,
    /// The only month paid, of temporary relief.
    relief: Option<Month>,
}

/// The standards in force in a county, and those of the year before: yuan a month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standard {
    pub(crate) low: i64,
    pub(crate) low_before: i64,
    pub(crate) destitute: i64,
    pub(crate) destitute_before: i64,
}

const fn standard(low: i64, low_before: i64, destitute: i64, destitute_before: i64) -> Standard {
    Standard {
        low,
        low_before,
        destitute,
        destitute_before,
    }
}

/// County by county. Synthetic but for the averages, which are the city's.
pub(crate) const STANDARDS: [Standard; 8] = [
    standard(760, 725, 988, 945),
    standard(722, 690, 939, 898),
    standard(722, 690, 897, 858),
    standard(700, 669, 880, 841),
    standard(702, 671, 880, 841),
    standard(700, 669, 868, 830),
    standard(706, 675, 868, 830),
    // Less than the four and a half per cent more that are asked for.
    standard(716, 697, 856, 838),
];

/// Yearly line of the low-income edge: one and a half times the standard.
const EDGE_FEN: i64 = 716 * 12 * 3 / 2 * FEN;
/// Of a thousand below that line who get no benefit.
const EDGE: u32 = 60;
const RELIEF: u32 = 6;
const STOPPED: [&str; 6] = ["", "", "收入超标", "收入超标", "户籍迁出", "主动退出"];
/// Of a thousand units each.
const DIFFERS: u32 = 15;
const STOPS: u32 = 40;
const DIED: u32 = 16;
const TWICE: u32 = 15;

/// The low-income or destitute category of a household, if it is on such a roll.
#[inline]
pub(crate) fn benefit_category(outline: &Outline<'_>) -> Option<&'static str> {
    let (coverage, due) = outline.entitled();
    category_of(coverage, &due, &mut outline.dice(Purpose::Benefits))
}

fn category_of(coverage: Coverage, due: &Income, dice: &mut Dice) -> Option<&'static str> {
    match coverage {
        Coverage::Forgotten | Coverage::Overlooked | Coverage::Edge => None,
        Coverage::Destitute { .. } => Some("特困供养"),
        Coverage::New => Some("农村低保"),
        Coverage::Declared | Coverage::Trifle(_) | Coverage::Untold => {
            if due.destitute_support_fen > 0 {
                Some("特困供养")
            } else if due.subsistence_fen > 0 {
                Some(if dice.chance(60) {
                    "城市低保"
                } else {
                    "农村低保"
                })
            } else {
                None
            }
        }
    }
}

pub(crate) fn assistance(world: &World, sketch: &Sketch<'_>) -> Option<Assistance> {
    let (coverage, income) = sketch.outline.entitled();
    let people = sketch.people();
    let mut dice = sketch.outline.dice(Purpose::Benefits);
    let last = world.horizon.last;
    let per_capita = income.net_fen / income.people_year.max(1);
    let benefit = category_of(coverage, &income, &mut dice);
    let category = if let Some(category) = benefit {
        category
    } else if matches!(coverage, Coverage::Forgotten | Coverage::Overlooked) {
        return None;
    } else if coverage == Coverage::Edge || per_capita < EDGE_FEN && dice.chance(EDGE) {
        "低保边缘"
    } else if people.iter().any(|person| person.health == "患有大病") && dice.chance(60) {
        "刚性支出困难"
    } else if dice.chance(RELIEF) {
        "临时救助"
    } else {
        return None;
    };
    let paid = benefit.is_some();
    let new = coverage == Coverage::New;
    let many = people.len() > 1;
    let single = paid && many && world.dirt.on() && dice.chance(150);
    let other_head = !single && many && world.dirt.on() && dice.chance(60);
    let members: Vec<usize> = if single {
        vec![people.len() - 1]
    } else {
        (0..people.len()).collect()
    };
    let head = if other_head { 1 } else { members.first().copied()? };
    let differs = paid && dice.chance(DIFFERS) && coverage == Coverage::Declared;
    let stopped = (paid && dice.chance(STOPS)).then(|| {
        let reason = dice.pick(&STOPPED);
        (last.plus(-1 - i32::try_from(dice.below(6)).unwrap_or(0)), reason)
    });
    let stopped = stopped.filter(|_| !new);
    let yearly = match coverage {
        Coverage::Destitute { .. } => STANDARDS[sketch.outline.unit()].destitute * 12 * FEN,
        Coverage::New => dice.between(30, 70) * 10 * 12 * FEN,
        Coverage::Declared
        | Coverage::Trifle(_)
        | Coverage::Untold
        | Coverage::Forgotten
        | Coverage::Overlooked
        | Coverage::Edge => income.subsistence_fen + income.destitute_support_fen,
    };
    let yearly = if differs {
        yearly * dice.between(55, 85) / 100
    } else {
        yearly
    };
    let monthly_fen = match category {
        "临时救助" => dice.between(8, 30) * 100 * FEN,
        // Who was stopped within the accounting year declares what was paid until then.
        _ => yearly / months_due(stopped.map(|(month, _)| month), last),
    };
    let per_person = paid && dice.chance(250);
    let died = (world.dirt.on() && paid && dice.chance(DIED) && stopped.is_none() && !new).then(|| {
        // A roll needs a month to hear of it.
        last.plus(if dice.chance(250) { -1 } else { -4 })
    });
    let since = if new {
        last
    } else {
        Month::new(2019, 1).plus(i32::try_from(dice.below(40)).unwrap_or(0))
    };
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
        since,
        stopped,
        died,
        twice: world.dirt.on() && paid && !new && dice.chance(TWICE),
        differs,
        single,
        other_head,
        first: if new { last } else { world.horizon.first },
        relief: (category == "临时救助").then(|| last.plus(-i32::try_from(dice.below(6)).unwrap_or(0))),
    })
}

/// Months of the accounting year a unit is paid for: until September of the judged year, or until it was stopped.
fn months_due(stopped: Option<Month>, last: Month) -> i64 {
    let september = Month::new(last.year(), 9);
    let until = stopped.map_or(september, |month| month.min(september));
    i64::from(until.since(Month::new(last.year() - 1, 9))).max(1)
}

impl Assistance {
    /// Whether it is on the roll of `month`.
    pub(crate) fn listed(&self, month: Month) -> bool {
        match self.relief {
            // Temporary relief is one payment.
            Some(relief) => month == relief,
            None => self.first <= month && self.stopped.is_none_or(|(last, _)| month <= last),
        }
    }

    /// Whether it is a low-income or destitute benefit.
    pub(crate) fn is_benefit(&self) -> bool {
        matches!(self.category, "农村低保" | "城市低保" | "特困供养")
    }

    /// The roll a unit listed twice is on a second time.
    pub(crate) fn second_category(&self) -> &'static str {
        if self.category == "农村低保" {
            "城市低保"
        } else {
            "农村低保"
        }
    }
}
