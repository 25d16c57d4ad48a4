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
    /// 风险是否已消除 as the register says it: 是, 否, or nothing.
    pub told_removed: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) household_type: HouseholdType,
    pub(crate) monitoring: Option<Watch>,
    pub(crate) no_labour: bool,
    /// Nobody can work, but the register does not say so.
    pub(crate) unlabelled: bool,
    pub(crate) help: Help,
    /// People counted for the year minus people living there today.
    pub(crate) people_year_more: i64,
    /// Net income of each accounting year.
    pub(crate) net: [Net; 2],
}

/// `Monitoring` before it is written down: most plans are only glanced at, so they hold no text of their own.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    pub(super) kind: &'static str,
    /// Year and month.
    pub(super) since: (i64, i64),
    /// Positions in `RISKS`.
    pub(super) risk: usize,
    pub(super) second_risk: Option<usize>,
    /// Month of 2023.
    pub(super) removed: Option<i64>,
}

/// Whether a watched household is helped as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Help {
    /// In the month it was recognised.
    InTime,
    /// A day after the last one there is for it.
    Late,
    Never,
}

/// A yearly net income: so much a head of the year, plus or minus single fen.
#[derive(Clone, Copy)]
pub(crate) struct Net {
    pub(crate) per_capita_fen: i64,
    pub(crate) more_fen: i64,
}

pub(super) const fn yuan(yuan: i64) -> Net {
    Net {
        per_capita_fen: yuan * FEN,
        more_fen: 0,
    }
}

pub(super) const fn one_fen_below(yuan: i64) -> Net {
    Net {
        per_capita_fen: yuan * FEN,
        more_fen: -1,
    }
}

/// Share of the households, per mille, that are planned to be below one of the lines, besides the script.
const BELOW_PER_MILLE: u32 = 7;

/// Of a thousand of these: were so the year before as well, so their income did not fall.
const ALREADY_POOR_PER_MILLE: u32 = 600;

impl Plan {
    /// The plan of a household; `slot` is the one it is the first of, if it is.
    pub(crate) fn for_household(slot: Option<u64>, mut dice: Dice) -> Self {
        let mut plan = Self::ordinary_life(&mut dice);
        if let Some(slot) = slot {
            plan.follow_script(slot, &mut dice);
        } else if dice.chance(BELOW_PER_MILLE) {
            plan.net[1] = below_some_line(&mut dice);
            if dice.chance(ALREADY_POOR_PER_MILLE) {
                plan.net[0] = Net {
                    per_capita_fen: plan.net[1].per_capita_fen * 96 / 100,
                    more_fen: 0,
                };
            }
        }
        plan
    }

    /// `no_labour` of the plan of a household that plays no part in the script.
    ///
    /// A household's size follows from it, so nearly all are asked, and most of them nothing else.
    #[inline]
    pub(crate) fn no_labour(mut dice: Dice) -> bool {
        Self::ordinary_life(&mut dice).no_labour
    }

    /// Whether such a household is watched and, true only when it is not, `no_labour`: what is thrown for the watched costs a branch that
    /// nobody can foretell.
    #[inline]
    pub(crate) fn watched_or_no_labour(mut dice: Dice) -> (bool, bool) {
        let kind = Kind::thrown(&mut dice);
        let plan = Self::go_on(kind, None, &mut dice);
        (kind.watched(), plan.no_labour & !kind.watched())
    }

    /// Comfortably above every line in 2023. It and its parts are inlined, so that who wants one figure pays for the throws of that one.
    #[inline(always)]
    fn ordinary_life(dice: &mut Dice) -> Self {
        let kind = Kind::thrown(dice);
        let monitoring = kind.watched().then(|| {
            let removed = dice.chance(400);
            monitored(kind.label(), removed, dice)
        });
        Self::go_on(kind, monitoring, dice)
    }

    #[inline(always)]
    fn go_on(kind: Kind, monitoring: Option<Watch>, dice: &mut Dice) -> Self {
        let to_the_fen = dice.chance(400);
        let per_capita = dice.between(11_500, 32_000);
        let now = Net {
            per_capita_fen: per_capita * FEN,
            more_fen: dice.between_if(to_the_fen, 0, 99),
        };
        // One in eight ordinary households lives below 10,000 a head, but not below the monitoring line: a rule that forgets the household type finds them.
        let poor = dice.chance_if(!kind.lifted & !kind.watched(), 125);
        let poor_yuan = dice.between_if(poor, 8_100, 9_900);
        let now = if poor { yuan(poor_yuan) } else { now };
        // Two in a hundred were below last year only: a rule that forgets the year finds them.
        let fell = dice.chance(20);
        // One throw either way.
        let fell_to = dice.clone().between(6_500, 9_900);
        let share = dice.between(88, 97);
        let before = if fell {
            yuan(fell_to)
        } else {
            Net {
                per_capita_fen: now.per_capita_fen * share / 100,
                more_fen: 0,
            }
        };
        let household_type = if kind.lifted {
            HouseholdType::Lifted
        } else {
            HouseholdType::Ordinary
        };
        Self {
            household_type,
            monitoring,
            no_labour: dice.chance(30),
            unlabelled: false,
            help: Help::InTime,
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

/// What is thrown for a plan before anything else.
#[derive(Clone, Copy)]
struct Kind {
    lifted: bool,
    unsteady: bool,
    struck: bool,
}

impl Kind {
    #[inline(always)]
    fn thrown(dice: &mut Dice) -> Self {
        let lifted = dice.chance(800);
        // One throw, of which more is asked of those who were lifted.
        let few = dice.clone().chance(50);
        let many = dice.chance(200);
        let unsteady = few | (many & !lifted);
        Self {
            lifted,
            unsteady,
            struck: dice.chance_if(!unsteady, 10),
        }
    }

    #[inline(always)]
    fn watched(self) -> bool {
        self.unsteady | self.struck
    }

    /// 监测对象类别 of one that is watched.
    fn label(self) -> &'static str {
        match (self.struck, self.lifted) {
            (true, _) => "突发严重困难户",
            (false, true) => "脱贫不稳定户",
            (false, false) => "边缘易致贫户",
        }
    }
}

pub(super) const RISKS: [&str; 8] = [
    "因病",
    "因残",
    "缺劳动力",
    "因学",
    "因务工就业不稳",
    "因自然灾害",
    "因安全住房",
    "其他",
];

#[inline(always)]
fn monitored(kind: &'static str, removed: bool, dice: &mut Dice) -> Watch {
    let risk = dice.early(RISKS.len());
    let second = dice.early(RISKS.len());
    let second_risk = (second != risk && dice.chance(300)).then_some(second);
    Watch {
        kind,
        since: (dice.between(2020, 2022), dice.between(1, 12)),
        risk,
        second_risk,
        removed: removed.then(|| dice.between(1, 9)),
    }
}

impl Watch {
    /// Whether the risk was declared removed.
    pub(crate) fn is_removed(self) -> bool {
        self.removed.is_some()
    }

    pub(crate) fn written(self) -> Monitoring {
        let risks = std::iter::once(self.risk).chain(self.second_risk);
        Monitoring {
            kind: self.kind,
            since: month(self.since.0, self.since.1),
            risks: risks.map(|risk| RISKS[risk]).collect(),
            removed: self.removed.map(|removed| month(2023, removed)),
            told_removed: if self.removed.is_some() { "是" } else { "否" },
        }
    }
}

/// YYYYMM.
pub(super) fn month(year: i64, month: i64) -> String {
    let mut text = String::with_capacity(6);
    push_padded(&mut text, year.unsigned_abs(), 4);
    push_padded(&mut text, month.unsigned_abs(), 2);
    text
}
