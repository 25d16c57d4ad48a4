//! Work: the spells of work of a household's members, and the employers they work for.
//! Here because employment, insurance, migrant work and transport subsidies are all about the same spells.
//! In: a household whose members say how many months they work. Out: spells; their wages add up to the declared wage, unless lists tell it wrongly.
//! Not here: public-welfare posts (posts.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{COUNTIES, FEN, Person, Sketch};

use super::{JUDGED, World};
use crate::departments::calendar::{Day, Month};
use crate::departments::uscc;

/// Where somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkPlace {
    pub(crate) name: &'static str,
    pub(crate) division: &'static str,
    /// In another province.
    pub(crate) far: bool,
    /// In the own county.
    pub(crate) home: bool,
}

const fn far(name: &'static str, division: &'static str) -> WorkPlace {
    WorkPlace {
        name,
        division,
        far: true,
        home: false,
    }
}

const FAR: [WorkPlace; 8] = [
    far("江苏省苏州市", "320500"),
    far("浙江省杭州市", "330100"),
    far("上海市", "310100"),
    far("浙江省宁波市", "330200"),
    far("江苏省无锡市", "320200"),
    far("广东省深圳市", "440300"),
    far("福建省泉州市", "350500"),
    far("广东省东莞市", "441900"),
];
const NEAR: WorkPlace = WorkPlace {
    name: "安徽省合肥市",
    division: "340100",
    far: false,
    home: false,
};

/// Of some only the province is written down.
const SOMEWHERE: WorkPlace = far("江苏省", "320000");

const INDUSTRIES: [(&str, &str, &str); 8] = [
    ("制造业", "电子科技", "装配工"),
    ("制造业", "服饰", "缝纫工"),
    ("建筑业", "建筑工程", "瓦工"),
    ("批发和零售业", "商贸", "营业员"),
    ("住宿和餐饮业", "餐饮管理", "服务员"),
    ("交通运输、仓储和邮政业", "物流", "驾驶员"),
    ("居民服务、修理和其他服务业", "家政服务", "保洁员"),
    ("农、林、牧、渔业", "农业发展", "农艺工"),
];
const REASONS: [&str; 4] = ["合同到期", "个人原因", "单位裁员", "工程结束"];
const CHANNELS: [&str; 5] = ["自发就业", "亲友介绍", "政府组织劳务输出", "中介介绍", "企业招聘"];

/// One spell of work.
#[derive(Debug, Clone)]
pub(crate) struct Spell {
    /// Position of the member.
    pub(crate) member: usize,
    pub(crate) employer: u64,
    pub(crate) place: WorkPlace,
    pub(crate) industry: &'static str,
    pub(crate) occupation: &'static str,
    pub(crate) starts: Day,
    pub(crate) contract_ends: Option<Day>,
    /// The day it ended, when it did.
    pub(crate) left: Option<Day>,
    pub(crate) reason: &'static str,
    pub(crate) monthly_fen: i64,
    /// The monthly wage as lists tell it.
    pub(crate) told_fen: i64,
    /// What contributions are paid on.
    pub(crate) base_fen: i64,
    pub(crate) channel: &'static str,
    pub(crate) insured: bool,
}

/// Of a thousand who worked less than ten months: those who stopped, among several of a household and alone.
const STOPPED_PER_MILLE: (u32, u32) = (5, 50);
/// When they stopped: months before the last one, and the day. Some are just on a line of 30, 60 or 180 days.
const STOPS: [(i32, i32); 12] = [
    (2, 28),
    (3, 28),
    (1, 28),
    (2, 28),
    (3, 28),
    (1, 28),
    (1, 7),
    (1, 6),
    (0, 7),
    (0, 6),
    (5, 10),
    (5, 9),
];
/// Of ten thousand spells, so many have a wage of this many fen; the last three are just on a line.
const WAGES: [(u32, i64); 6] = [
    (4, 30_000_000),
    (4, 100),
    (4, 35_000),
    (2, 3_000_000),
    (2, 40_000),
    (2, 10_000),
];
/// Of ten thousand spells: only the province is known; contributions are paid on six times the wage.
const SOMEWHERE_OF: u32 = 30;
const HIGH_BASE_OF: u32 = 55;
/// Of a thousand who work the whole year: an earlier spell goes on into this one, ends as this one begins, ends before it began.
const OVERLAPPING_PER_MILLE: u32 = 12;
const MEETING_PER_MILLE: u32 = 8;
const REVERSED_PER_MILLE: u32 = 12;
/// Of a thousand up to this age: worked at fifteen.
const YOUNG_AGE_MAX: u64 = 20;
const YOUNG_PER_MILLE: u32 = 35;
/// Of a thousand on destitute support: said to work away.
const DESTITUTE_PER_MILLE: u32 = 550;

impl Spell {
    /// Whether it lasts at the end of `months`.
    pub(crate) fn covers(&self, month: Month) -> bool {
        self.starts.month <= month && self.left.is_none_or(|left| month <= left.month)
    }

    /// Another one of the same person before it, from the first of one month to the end of another; nobody was insured.
    fn earlier(&self, from: Month, to: Month, dice: &mut Dice) -> Self {
        Self {
            employer: u64::from(dice.below(4_000)),
            starts: from.day(1),
            contract_ends: None,
            left: Some(to.day(28)),
            reason: dice.pick(&REASONS),
            told_fen: self.monthly_fen,
            base_fen: self.monthly_fen,
            insured: false,
            ..self.clone()
        }
    }

    /// What goes wrong with it, and the earlier spell that is planted with it. Its beginning moves back where that needs room.
    fn plant(&mut self, person: &Person, whole_year: bool, dice: &mut Dice) -> Option<Self> {
        let mut at = dice.below(10_000);
        for (of, fen) in WAGES {
            if at < of {
                self.told_fen = fen;
            }
            at = at.wrapping_sub(of);
        }
        if self.place.far && dice.below(10_000) < SOMEWHERE_OF {
            self.place = SOMEWHERE;
        }
        if self.insured && dice.below(10_000) < HIGH_BASE_OF {
            self.base_fen = 6 * self.monthly_fen;
        }
        let sixteen = first_month(person);
        if super::age(person.birth_year) <= YOUNG_AGE_MAX && dice.chance(YOUNG_PER_MILLE) {
            let from = sixteen.plus(-22);
            return Some(self.earlier(from, from.plus(2), dice));
        }
        if !whole_year {
            return None;
        }
        let began = self.starts.month.plus(-8).max(sixteen);
        match dice.below(1000) {
            at if at < OVERLAPPING_PER_MILLE && began > sixteen => {
                self.starts = began.day(1);
                Some(self.earlier(began.plus(-5), began.plus(2), dice))
            }
            at if (500..500 + MEETING_PER_MILLE).contains(&at) && began > sixteen => {
                self.starts = began.day(1);
                Some(self.earlier(began.plus(-5), began, dice))
            }
            at if (900..900 + REVERSED_PER_MILLE).contains(&at) => {
                Some(self.earlier(self.starts.month.plus(-6), self.starts.month.plus(-9), dice))
            }
            _ => None,
        }
    }
}

/// The month after the year somebody turns sixteen in: nobody works before it.
fn first_month(person: &Person) -> Month {
    Month::new(i32::try_from(person.birth_year).unwrap_or(2000) + 17, 1)
}

/// The spells of a household, in the order of its members; of one member the present one first.
pub(crate) fn spells(world: &World, sketch: &Sketch<'_>) -> Vec<Spell> {
    let months_of = |months: Option<u64>| i32::try_from(months.unwrap_or(0)).unwrap_or(0).clamp(0, 12);
    let members = sketch.people();
    let total: i32 = members.iter().map(|member| months_of(member.work_months)).sum();
    if total == 0 {
        return destitute(world, sketch);
    }
    let income = sketch.outline.earned(JUDGED);
    let wage = income.wage_fen - income.public_post_fen;
    if wage <= 0 {
        return Vec::new();
    }
    let monthly_fen = wage / i64::from(total);
    let alone = members
        .iter()
        .filter(|member| months_of(member.work_months) > 0)
        .count()
        == 1;
    let stopped = if alone {
        STOPPED_PER_MILLE.1
    } else {
        STOPPED_PER_MILLE.0
    };
    let mut dice = sketch.outline.dice(Purpose::Work);
    let mut cases = sketch.outline.dice(Purpose::WorkCases);
    let mut spells = Vec::new();
    let last = world.horizon.last;
    for (member, person) in members.iter().enumerate() {
        let months = months_of(person.work_months);
        if months == 0 {
            continue;
        }
        let ended = months < 10 && dice.chance(stopped);
        // One who works the whole year began before it; one who stopped did so some months ago.
        let (ago, day) = if ended { dice.pick(&STOPS) } else { (0, 28) };
        let end = last.plus(-ago);
        let before = if months == 12 {
            i32::try_from(dice.below(30)).unwrap_or(0)
        } else {
            0
        };
        let first = end.plus(1 - months - before).max(first_month(person));
        let place = match dice.below(100) {
            0..=44 => dice.pick_early(&FAR),
            45..=64 => NEAR,
            _ => {
                let unit = &COUNTIES[sketch.outline.unit()];
                WorkPlace {
                    name: unit.name,
                    division: unit.code,
                    far: false,
                    home: true,
                }
            }
        };
        let (industry, _, occupation) = dice.pick_early(&INDUSTRIES);
        let contract = dice.chance(700);
        let mut spell = Spell {
            member,
            employer: u64::from(dice.below(4_000)),
            place,
            industry,
            occupation,
            starts: first.day(1),
            contract_ends: None,
            left: ended.then(|| end.day(day)),
            reason: if ended { dice.pick(&REASONS) } else { "" },
            monthly_fen,
            told_fen: monthly_fen,
            base_fen: monthly_fen,
            channel: dice.pick_early(&CHANNELS),
            insured: contract && dice.chance(600),
        };
        let earlier = spell.plant(person, months == 12, &mut cases);
        spell.contract_ends = contract.then(|| contract_end(spell.starts.month, last));
        spells.push(spell);
        spells.extend(earlier);
    }
    spells
}

/// A contract is for three years and made again when they are over.
fn contract_end(first: Month, last: Month) -> Day {
    let rounds = last.plus(1).since(first).max(0) / 36 + 1;
    first.plus(36 * rounds).day(28)
}

/// One who lives alone on destitute support is now and then said to work away: somebody else is meant.
fn destitute(world: &World, sketch: &Sketch<'_>) -> Vec<Spell> {
    let alone = sketch.people().len() == 1 && sketch.outline.no_labour();
    let mut dice = sketch.outline.dice(Purpose::WorkCases);
    if !alone || !dice.chance(DESTITUTE_PER_MILLE) {
        return Vec::new();
    }
    let (industry, _, occupation) = dice.pick_early(&INDUSTRIES);
    let monthly_fen = 1_200 * FEN;
    vec![Spell {
        member: 0,
        employer: u64::from(dice.below(4_000)),
        place: dice.pick_early(&FAR),
        industry,
        occupation,
        starts: world.horizon.last.plus(-1).day(1),
        contract_ends: None,
        left: None,
        reason: "",
        monthly_fen,
        told_fen: monthly_fen,
        base_fen: monthly_fen,
        channel: dice.pick_early(&CHANNELS),
        insured: false,
    }]
}

/// Appends the employer's name.
pub(crate) fn push_employer(text: &mut String, spell: &Spell) {
    const FIRST: [&str; 20] = [
        "华", "鑫", "宏", "瑞", "恒", "盛", "联", "中", "新", "金", "东", "远", "德", "天", "永", "海", "嘉",
        "信", "泰", "安",
    ];
    const SECOND: [&str; 20] = [
        "达", "源", "丰", "通", "创", "隆", "泽", "明", "业", "诚", "润", "凯", "和", "兴", "捷", "佳", "洋",
        "宇", "成", "邦",
    ];
    let number = usize::try_from(spell.employer).unwrap_or(0);
    text.push_str(spell.place.name);
    text.push_str(FIRST[number % 20]);
    text.push_str(SECOND[number / 20 % 20]);
    let noun = INDUSTRIES
        .iter()
        .find(|industry| industry.2 == spell.occupation)
        .map_or("", |found| found.1);
    text.push_str(noun);
    text.push_str("有限公司");
}

/// Appends the employer's social credit code.
pub(crate) fn push_employer_code(text: &mut String, spell: &Spell) {
    // One code for one name: the number counts as far as the name tells it.
    let industry = INDUSTRIES
        .iter()
        .position(|industry| industry.2 == spell.occupation)
        .unwrap_or(0);
    uscc::push(
        text,
        "91",
        spell.place.division,
        spell.employer % 400 * 8 + industry as u64,
    );
}
