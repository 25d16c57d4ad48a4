//! Measures: what is done for a household that is watched.
//! Here because help with work must fit who works, unless a misfit is planted.
//! In: a household. Out: measures, or that there are none though there should be.
//! Not here: how the roster prints them (rows/roster.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{Outline, Sketch};

use super::registered::register;
use super::{World, post, spells};
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

/// Groups and names of measures, the month of which they began, and the dice for the rest.
type Planned = (Vec<(&'static str, &'static str)>, Month, Dice);

/// The groups and names of a watched household's measures, before it is seen who works; none when nothing is done for it.
pub(crate) fn groups(outline: &Outline<'_>) -> Option<Planned> {
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
    register(outline, &mut groups);
    Some((groups, since, dice))
}

/// Whether it is about work, so that who works matters.
pub(crate) fn about_work(group: &str) -> bool {
    group == "就业" || group == "公益性岗位"
}

/// The measures of a watched household.
pub(crate) fn measures(world: &World, sketch: &Sketch<'_>) -> Vec<Measure> {
    let Some((mut groups, since, mut dice)) = groups(&sketch.outline) else {
        return Vec::new();
    };
    if groups.iter().any(|(group, _)| about_work(group)) {
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

/// Help with work goes where somebody works, a post where somebody holds one; all but some.
fn suit(world: &World, sketch: &Sketch<'_>, groups: &mut [(&'static str, &'static str)]) {
    let mut cases = sketch.outline.dice(Purpose::MeasureCases);
    let (in_vain, on_paper) = (cases.chance(IN_VAIN_PER_MILLE), cases.chance(ON_PAPER_PER_MILLE));
    let post = post(world, sketch).is_some();
    let works = post || spells(world, sketch).iter().any(|spell| spell.left.is_none());
    for group in groups {
        if group.0 == "就业" && !works && !in_vain {
            *group = ("社会", "结对帮扶");
        }
        if group.0 == "公益性岗位" && !post && !on_paper {
            *group = ("产业", "特色种养奖补");
        }
    }
}
