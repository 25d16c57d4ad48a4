//! Plan: what each household is meant to show rule A01: a clear case, a band, an edge to the fen, or a decoy.
//! Here because a county left to chance would hit no threshold exactly, and it is at thresholds that rules go wrong.
//! In: a household's part in the script, if it has one, and dice. Out: `Plan`: type, monitoring, ability to work, net incomes of both years.
//! Not here: judging; truth.rs judges the finished household without looking at the plan.

use super::dice::Dice;
use super::identity::push_padded;
use super::income::FEN;

/// Accounting years the incomes cover, in the order they are written.
pub const YEARS: [i64; 2] = [2022, 2023];

/// 户类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseholdType {
    /// 脱贫户: lifted out of poverty.
    Lifted,
    /// 一般农户: an ordinary farming household.
    Ordinary,
}

impl HouseholdType {
    /// The roster's word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lifted => "脱贫户",
            Self::Ordinary => "一般农户",
        }
    }
}

/// How a household is watched against falling back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitoring {
    /// 监测对象类别.
    pub kind: &'static str,
    /// 识别监测时间, YYYYMM.
    pub since: String,
    /// 风险1 on.
    pub risks: Vec<&'static str>,
    /// 消除监测时间, YYYYMM, when the risk was declared removed.
    pub removed: Option<String>,
}

pub(crate) struct Plan {
    pub(crate) household_type: HouseholdType,
    pub(crate) monitoring: Option<Monitoring>,
    pub(crate) no_labour: bool,
    /// People counted for the year minus people living there today.
    pub(crate) people_year_more: i64,
    /// Net income of each accounting year.
    pub(crate) net: [Net; 2],
}

/// A yearly net income: so much a head of the year, plus or minus single fen.
#[derive(Clone, Copy)]
pub(crate) struct Net {
    pub(crate) per_capita_fen: i64,
    pub(crate) more_fen: i64,
}

const fn yuan(yuan: i64) -> Net {
    Net {
        per_capita_fen: yuan * FEN,
        more_fen: 0,
    }
}

const fn one_fen_below(yuan: i64) -> Net {
    Net {
        per_capita_fen: yuan * FEN,
        more_fen: -1,
    }
}

/// Share of the households, per mille, that are planned to be below one of the lines, besides the script.
const BELOW_PER_MILLE: u32 = 7;

impl Plan {
    /// The plan of a household; `slot` is the one it is the first of, if it is.
    pub(crate) fn for_household(slot: Option<u64>, dice: &mut Dice) -> Self {
        let mut plan = Self::ordinary_life(dice);
        if let Some(slot) = slot {
            plan.follow_script(slot, dice);
        } else if dice.chance(BELOW_PER_MILLE) {
            plan.net[1] = below_some_line(dice);
        }
        plan
    }

    /// Comfortably above every line in 2023.
    fn ordinary_life(dice: &mut Dice) -> Self {
        let household_type = if dice.chance(800) {
            HouseholdType::Lifted
        } else {
            HouseholdType::Ordinary
        };
        let monitoring = match household_type {
            HouseholdType::Lifted if dice.chance(50) => Some("脱贫不稳定户"),
            HouseholdType::Ordinary if dice.chance(200) => Some("边缘易致贫户"),
            HouseholdType::Lifted | HouseholdType::Ordinary if dice.chance(10) => Some("突发严重困难户"),
            HouseholdType::Lifted | HouseholdType::Ordinary => None,
        };
        let monitoring = monitoring.map(|kind| {
            let removed = dice.chance(400);
            monitored(kind, removed, dice)
        });
        let to_the_fen = dice.chance(400);
        let per_capita = dice.between(11_500, 32_000);
        let cents = if to_the_fen { dice.between(0, 99) } else { 0 };
        let now = Net {
            per_capita_fen: per_capita * FEN,
            more_fen: cents,
        };
        // One in eight ordinary households lives below 10,000 a head: a rule that forgets the household type finds them.
        let now = match household_type {
            HouseholdType::Ordinary if monitoring.is_none() && dice.chance(125) => {
                yuan(dice.between(5_000, 9_900))
            }
            HouseholdType::Ordinary | HouseholdType::Lifted => now,
        };
        // Two in a hundred were below last year only: a rule that forgets the year finds them.
        let before = if dice.chance(20) {
            yuan(dice.between(6_500, 9_900))
        } else {
            Net {
                per_capita_fen: now.per_capita_fen * dice.between(88, 97) / 100,
                more_fen: 0,
            }
        };
        Self {
            household_type,
            monitoring,
            no_labour: dice.chance(30),
            people_year_more: if dice.chance(40) { 1 } else { 0 },
            net: [before, now],
        }
    }

    /// The first household of each slot plays a fixed part, so that the smallest county has every edge.
    fn follow_script(&mut self, slot: u64, dice: &mut Dice) {
        self.household_type = HouseholdType::Lifted;
        self.monitoring = None;
        self.no_labour = false;
        self.people_year_more = 0;
        self.net = [yuan(13_000), yuan(15_000)];
        match slot {
            0 => self.net[1] = yuan(6_320),
            1 => self.net[1] = yuan(8_000),
            2 => self.net[1] = one_fen_below(8_000),
            3 => self.net[1] = yuan(8_592),
            4 => self.net[1] = one_fen_below(8_592),
            5 => self.net[1] = yuan(10_000),
            6 => self.net[1] = one_fen_below(10_000),
            7 => (self.no_labour, self.net[1]) = (true, yuan(7_100)),
            8 => (self.no_labour, self.net[1]) = (true, yuan(9_400)),
            9 => (self.household_type, self.net[1]) = (HouseholdType::Ordinary, yuan(7_300)),
            10 => self.ordinary_monitored(true, dice),
            11 => self.ordinary_monitored(false, dice),
            12 => {
                self.monitoring = Some(monitored("脱贫不稳定户", true, dice));
                self.net[1] = yuan(9_100);
            }
            13 => (self.people_year_more, self.net[1]) = (1, yuan(9_750)),
            14 => (self.people_year_more, self.net[1]) = (-1, yuan(10_400)),
            15 => self.net = [yuan(7_700), yuan(15_000)],
            16 => self.net = [yuan(14_000), yuan(8_300)],
            17 => self.net[1] = yuan(0),
            18 => (self.no_labour, self.net[1]) = (true, yuan(12_000)),
            _ => {}
        }
    }

    fn ordinary_monitored(&mut self, removed: bool, dice: &mut Dice) {
        self.household_type = HouseholdType::Ordinary;
        self.monitoring = Some(monitored("边缘易致贫户", removed, dice));
        self.net[1] = yuan(7_900);
    }
}

fn below_some_line(dice: &mut Dice) -> Net {
    match dice.below(100) {
        0..=34 => yuan(dice.between(4_100, 7_990)),
        35..=56 => yuan(dice.between(8_000, 8_590)),
        57..=94 => yuan(dice.between(8_592, 9_990)),
        // Too near for a sum in floating point or a rounded figure a head.
        95..=96 => one_fen_below(10_000),
        97 => one_fen_below(8_000),
        _ => yuan(10_000),
    }
}

fn monitored(kind: &'static str, removed: bool, dice: &mut Dice) -> Monitoring {
    const RISKS: [&str; 8] = [
        "因病",
        "因残",
        "缺劳动力",
        "因学",
        "因务工就业不稳",
        "因自然灾害",
        "因安全住房",
        "其他",
    ];
    let first = dice.pick_early(&RISKS);
    let mut risks = vec![first];
    let second = dice.pick_early(&RISKS);
    if second != first && dice.chance(300) {
        risks.push(second);
    }
    let since = month(dice.between(2020, 2022), dice.between(1, 12));
    let removed = removed.then(|| month(2023, dice.between(1, 9)));
    Monitoring {
        kind,
        since,
        risks,
        removed,
    }
}

/// YYYYMM.
fn month(year: i64, month: i64) -> String {
    let mut text = String::with_capacity(6);
    push_padded(&mut text, year.unsigned_abs(), 4);
    push_padded(&mut text, month.unsigned_abs(), 2);
    text
}
