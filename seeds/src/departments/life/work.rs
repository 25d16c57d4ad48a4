//! Work: the spells of work of a household's members, and the employers they work for.
//! Here because employment, insurance, migrant work and transport subsidies are all about the same spells.
//! In: a household whose members say how many months they work. Out: spells; their wages add up to the declared wage.
//! Not here: public-welfare posts (posts.rs).

use crate::county::dice::Purpose;
use crate::county::{COUNTIES, Sketch};

use super::{JUDGED, World};
use crate::departments::calendar::Day;
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
    pub(crate) channel: &'static str,
    pub(crate) insured: bool,
}

impl Spell {
    /// Whether it lasts at the end of `months`.
    pub(crate) fn covers(&self, month: crate::departments::calendar::Month) -> bool {
        self.starts.month <= month && self.left.is_none_or(|left| month <= left.month)
    }
}

/// The spells of a household, in the order of its members.
pub(crate) fn spells(world: &World, sketch: &Sketch<'_>) -> Vec<Spell> {
    let months_of = |months: Option<u64>| i32::try_from(months.unwrap_or(0)).unwrap_or(0).clamp(0, 12);
    let members = sketch.people();
    let total: i32 = members.iter().map(|member| months_of(member.work_months)).sum();
    if total == 0 {
        return Vec::new();
    }
    let income = sketch.outline.earned(JUDGED);
    let wage = income.wage_fen - income.public_post_fen;
    if wage <= 0 {
        return Vec::new();
    }
    let monthly_fen = wage / i64::from(total);
    let mut dice = sketch.outline.dice(Purpose::Work);
    let mut spells = Vec::new();
    let last = world.horizon.last;
    for (member, person) in members.iter().enumerate() {
        let months = months_of(person.work_months);
        if months == 0 {
            continue;
        }
        let ended = months < 10 && dice.chance(220);
        // One who works the whole year began before it; one who stopped did so two to five months ago.
        let end = if ended {
            last.plus(-2 - i32::try_from(dice.below(2)).unwrap_or(0))
        } else {
            last
        };
        let before = if months == 12 {
            i32::try_from(dice.below(30)).unwrap_or(0)
        } else {
            0
        };
        let first = end.plus(1 - months - before);
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
        spells.push(Spell {
            member,
            employer: u64::from(dice.below(4_000)),
            place,
            industry,
            occupation,
            starts: first.day(1),
            contract_ends: contract.then(|| first.plus(36).day(28)),
            left: ended.then(|| end.day(28)),
            reason: if ended { dice.pick(&REASONS) } else { "" },
            monthly_fen,
            channel: dice.pick_early(&CHANNELS),
            insured: contract && dice.chance(600),
        });
    }
    spells
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
