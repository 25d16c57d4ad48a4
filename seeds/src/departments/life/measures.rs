//! Measures: what is done for a household that is watched.
//! Here because help with work must fit who works, unless a misfit is planted.
//! In: a household. Out: measures, or that there are none though there should be.
//! Not here: how the roster prints them (rows/roster.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{Outline, Sketch};

use super::{World, may_have_post, post, spells};
use crate::departments::calendar::{Day, Month};

/// A measure that answers a risk: group and name.
fn answer(risk: &str) -> (&'static str, &'static str) {
    match risk {
        "因病" => ("健康", "大病专项救治"),
        "因残" => ("综合保障", "残疾人两项补贴"),
        "缺劳动力" => ("综合保障", "农村低保"),
        "因学" => ("教育", "雨露计划补助"),
        "因务工就业不稳" => ("就业", "推荐就业岗位"),
        "因自然灾害" => ("社会", "临时救助"),
        "因安全住房" => ("住房", "危房改造"),
        _ => ("社会", "结对帮扶"),
    }
}

const MORE: [(&str, &str); 5] = [
    ("产业", "特色种养奖补"),
    ("公益性岗位", "村级保洁员"),
    ("金融", "脱贫人口小额信贷"),
    ("就业", "技能培训"),
    ("饮水", "管网入户"),
];
const RESPONSIBLE: [&str; 8] = [
    "王建国",
    "李红军",
    "张永明",
    "刘志强",
    "陈桂兰",
    "杨秀英",
    "赵文海",
    "吴春梅",
];
/// Of a thousand households where help with work would come to nothing: have it all the same; of those without a post: one on paper.
const IN_VAIN_PER_MILLE: u32 = 450;
const ON_PAPER_PER_MILLE: u32 = 110;

/// A measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) planned: Day,
    pub(crate) asked: Day,
    pub(crate) done: Option<Day>,
    pub(crate) responsible: &'static str,
}

/// A watched household's measures before it is seen who works.
pub(crate) struct Planned {
    /// Groups and names; none when nothing is done for it.
    groups: Vec<(&'static str, &'static str)>,
    since: Month,
    dice: Dice,
    /// Help with work that goes ahead only where somebody works, a post where somebody holds one.
    pub(crate) asks_who_works: bool,
}

/// What is planned for a household, if it is watched.
pub(crate) fn planned(outline: &Outline<'_>) -> Option<Planned> {
    let plan = outline.plan();
    let monitoring = plan.monitoring?.written();
    let mut dice = outline.dice(Purpose::Measures);
    let since = Month::parse(&monitoring.since)?;
    let mut groups = Vec::new();
    if !dice.chance(20) {
        groups.extend(monitoring.risks.iter().map(|risk| answer(risk)));
        if !plan.no_labour {
            groups.push(dice.pick(&MORE));
        }
    }
    let (in_vain, on_paper) = cases(outline);
    let mut asks_who_works = false;
    for group in &mut groups {
        match group.0 {
            "就业" => asks_who_works |= !in_vain,
            "公益性岗位" if !on_paper && !may_have_post(outline) => *group = INSTEAD_OF_POST,
            "公益性岗位" => asks_who_works |= !on_paper,
            _ => {}
        }
    }
    Some(Planned {
        groups,
        since,
        dice,
        asks_who_works,
    })
}

/// Whether help with work is given in vain, a post on paper only.
fn cases(outline: &Outline<'_>) -> (bool, bool) {
    let mut cases = outline.dice(Purpose::MeasureCases);
    (cases.chance(IN_VAIN_PER_MILLE), cases.chance(ON_PAPER_PER_MILLE))
}

/// Whether it is about work, so that who works matters.
pub(crate) fn about_work(group: &str) -> bool {
    group == "就业" || group == "公益性岗位"
}

/// The measures as they are carried out.
pub(crate) fn carried_out(world: &World, sketch: &Sketch<'_>, planned: Planned) -> Vec<Measure> {
    let Planned {
        mut groups,
        since,
        mut dice,
        asks_who_works,
    } = planned;
    if asks_who_works {
        suit(world, sketch, &mut groups);
    }
    let made = groups.into_iter().map(|(group, name)| Measure {
        group,
        name,
        planned: since.day(10),
        asked: since.plus(1).day(5),
        done: dice.chance(900).then(|| since.plus(2).day(20)),
        responsible: dice.pick(&RESPONSIBLE),
    });
    made.collect()
}

/// What is done instead of help with work where nobody works, and instead of a post where nobody holds one.
const INSTEAD_OF_WORK: (&str, &str) = ("社会", "结对帮扶");
const INSTEAD_OF_POST: (&str, &str) = ("产业", "特色种养奖补");

/// Help with work goes where somebody works, a post where somebody holds one; all but some.
fn suit(world: &World, sketch: &Sketch<'_>, groups: &mut [(&'static str, &'static str)]) {
    let (in_vain, on_paper) = cases(&sketch.outline);
    let post = post(world, sketch).is_some();
    for group in groups {
        let works = || post || spells(world, sketch).iter().any(|spell| spell.left.is_none());
        if group.0 == "就业" && !in_vain && !works() {
            *group = INSTEAD_OF_WORK;
        }
        if group.0 == "公益性岗位" && !on_paper && !post {
            *group = INSTEAD_OF_POST;
        }
    }
}
