//! Measures: what is done for a household that is watched.
//! Here because help with work must fit who works, unless a misfit is planted.
//! In: a household. Out: measures, or that there are none though there should be.
//! Not here: how the roster prints them (rows/roster.rs).

use crate::county::Outline;
use crate::county::dice::Purpose;

use super::post_wage;
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

/// The measures of a household, if it is watched: none when nothing is done for it.
///
/// Help with work goes where somebody works, a post where somebody holds one; all but some.
pub(crate) fn measures(outline: &Outline<'_>) -> Option<Vec<Measure>> {
    let plan = outline.plan();
    let monitoring = plan.monitoring?.written();
    let mut dice = outline.dice(Purpose::Measures);
    let since = Month::parse(&monitoring.since)?;
    if dice.chance(20) {
        return Some(Vec::new());
    }
    let mut groups: Vec<(&str, &str)> = monitoring.risks.iter().map(|risk| answer(risk)).collect();
    if !plan.no_labour {
        groups.push(dice.pick(&MORE));
    }
    let mut cases = outline.dice(Purpose::MeasureCases);
    let (in_vain, on_paper) = (cases.chance(IN_VAIN_PER_MILLE), cases.chance(ON_PAPER_PER_MILLE));
    let post = || post_wage(outline).is_some();
    let works = || outline.any(|person| person.work_months.unwrap_or(0) > 0);
    let made = groups.into_iter().map(|(group, name)| {
        let (group, name) = match group {
            "就业" if !in_vain && !works() && !post() => ("社会", "结对帮扶"),
            "公益性岗位" if !on_paper && !post() => ("产业", "特色种养奖补"),
            _ => (group, name),
        };
        Measure {
            group,
            name,
            planned: since.day(10),
            asked: since.plus(1).day(5),
            done: dice.chance(900).then(|| since.plus(2).day(20)),
            responsible: dice.pick(&RESPONSIBLE),
        }
    });
    Some(made.collect())
}
