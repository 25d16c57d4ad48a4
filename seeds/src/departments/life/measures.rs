//! Measures: what is done for a household that is watched.
//! Here because help with work must fit who works, unless a misfit is planted.
//! In: a household. Out: measures, or that there are none though there should be.
//! Not here: how the roster prints them (rows/roster.rs).

use crate::county::dice::Purpose;
use crate::county::{Help, Outline, Watch};

use super::{World, benefit_category, post_wage};
use crate::departments::calendar::{Day, Month};

/// Group and name of a measure.
type Kind = (&'static str, &'static str);

/// A measure that answers a risk.
fn answer(risk: &str) -> Kind {
    match risk {
        "因病" => ("健康", "大病专项救治"),
        "因残" => ("综合保障", "残疾人两项补贴"),
        "缺劳动力" => SUPPORT,
        "因学" => ("教育", "雨露计划补助"),
        "因务工就业不稳" => ("就业", "推荐就业岗位"),
        "因自然灾害" => ("社会", "临时救助"),
        "因安全住房" => ("住房", "危房改造"),
        _ => ("社会", "结对帮扶"),
    }
}

/// What else is done where somebody can work: it develops something.
const MORE: [Kind; 4] = [
    ("产业", "特色种养奖补"),
    ("公益性岗位", "村级保洁员"),
    ("金融", "脱贫人口小额信贷"),
    ("就业", "技能培训"),
];
/// Also done instead of help with work where nobody works, and instead of a post where nobody holds one.
const INDUSTRY: Kind = ("产业", "特色种养奖补");
const WATER: Kind = ("饮水", "管网入户");
const SUPPORT: Kind = ("综合保障", "农村低保");
/// Support that is no benefit.
const CARE: Kind = ("综合保障", "养老服务");
const DESTITUTE: Kind = ("综合保障", "特困人员救助供养");
/// Of a thousand: a benefit that was not registered as a measure, and one registered that nobody gets.
const UNREGISTERED: u32 = 200;
const NOT_ON_ROLL: u32 = 150;
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

/// Of a thousand households that are watched still, each.
const SUPPORT_ALONE: u32 = 40;
const NOTHING_DEVELOPS: u32 = 35;
const UNANSWERED: u32 = 55;
const OPEN: u32 = 30;
const OPEN_LATELY: u32 = 20;
/// Of a thousand measures: done.
const DONE: u32 = 985;

/// How a household's measures do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Misfit {
    /// It could work and is only supported.
    SupportAlone,
    /// It could work and nothing helps it to.
    NothingDevelops,
    /// Its first risk is left without an answer.
    Unanswered,
    /// Planned in the judged year, months before the first deadline or days after it, and not done.
    Open(Day),
}

impl Misfit {
    fn thrown(outline: &Outline<'_>, removed: bool, last: Month) -> Option<Self> {
        let at = outline.dice(Purpose::Misfits).below(1000);
        let mut until = 0;
        let mut within = |share: u32| {
            until += share;
            !removed && at < until
        };
        if within(SUPPORT_ALONE) {
            Some(Self::SupportAlone)
        } else if within(NOTHING_DEVELOPS) {
            Some(Self::NothingDevelops)
        } else if within(UNANSWERED) {
            Some(Self::Unanswered)
        } else if within(OPEN) {
            Some(Self::Open(last.plus(-7).day(10)))
        } else if within(OPEN_LATELY) {
            Some(Self::Open(last.day(8)))
        } else {
            None
        }
    }
}

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
pub(crate) fn measures(world: &World, outline: &Outline<'_>) -> Option<Vec<Measure>> {
    let plan = outline.plan();
    let monitoring = plan.monitoring?.written();
    let mut dice = outline.dice(Purpose::Measures);
    let since = Month::parse(&monitoring.since)?;
    let removed = plan.monitoring.is_some_and(Watch::is_removed);
    let mut groups = Vec::new();
    if !dice.chance(20) && plan.help != Help::Never {
        groups.extend(monitoring.risks.iter().map(|risk| answer(risk)));
        register_benefit(outline, &mut groups);
        if !plan.no_labour {
            groups.push(dice.pick(&MORE));
        }
        match Misfit::thrown(outline, removed, since) {
            Some(Misfit::SupportAlone) => groups = vec![CARE],
            Some(Misfit::NothingDevelops) => {
                groups.retain(|(group, _)| !develops(group));
                groups.push(WATER);
            }
            Some(Misfit::Unanswered) => groups[0] = INDUSTRY,
            Some(Misfit::Open(_)) | None => {}
        }
    }
    suit(outline, &mut groups);
    let last = world.horizon.last;
    let made = groups.into_iter().map(|(group, name)| {
        // Nothing is asked for or done after the last month that is seen.
        let day = |month: Month, day: i32| {
            if month > last {
                last.day(25)
            } else {
                month.day(day)
            }
        };
        let (planned, asked) = match plan.help {
            Help::Late => (since.plus(1).day(11), since.plus(1).day(13)),
            Help::InTime | Help::Never => (since.day(10), day(since.plus(1), 5)),
        };
        Measure {
            group,
            name,
            planned,
            asked,
            done: dice.chance(DONE).then(|| day(since.plus(2), 20)),
            responsible: dice.pick(&RESPONSIBLE),
        }
    });
    let mut made: Vec<Measure> = made.collect();
    if let Some(Misfit::Open(planned)) = Misfit::thrown(outline, removed, last)
        && planned.month > since
        && !made.is_empty()
    {
        let (group, name) = INDUSTRY;
        made.push(Measure {
            group,
            name,
            planned,
            asked: planned.month.day(planned.day + 10),
            done: None,
            responsible: dice.pick(&RESPONSIBLE),
        });
    }
    Some(made)
}

/// Help with work goes where somebody works, a post where somebody holds one; all but some.
fn suit(outline: &Outline<'_>, groups: &mut [Kind]) {
    let mut cases = outline.dice(Purpose::MeasureCases);
    let (in_vain, on_paper) = (cases.chance(IN_VAIN_PER_MILLE), cases.chance(ON_PAPER_PER_MILLE));
    let post = || post_wage(outline).is_some();
    let works = || outline.any(|person| person.work_months.unwrap_or(0) > 0);
    for group in groups {
        let in_vain = group.0 == "就业" && !in_vain && !works() && !post();
        let on_paper = group.0 == "公益性岗位" && !on_paper && !post();
        if in_vain || on_paper {
            *group = INDUSTRY;
        }
    }
}

/// The benefit somebody there is on is a measure, and one that nobody gets is none; all but some.
fn register_benefit(outline: &Outline<'_>, groups: &mut Vec<Kind>) {
    let mut registered = outline.dice(Purpose::Registered);
    let (unregistered, not_on_roll) = (registered.chance(UNREGISTERED), registered.chance(NOT_ON_ROLL));
    let benefit = benefit_category(outline);
    if benefit.is_some() && unregistered {
        groups.retain(|(group, _)| *group != "综合保障");
        if groups.is_empty() {
            groups.push(("社会", "结对帮扶"));
        }
    } else if let Some(category) = benefit {
        groups.retain(|kind| *kind != SUPPORT);
        groups.push(if category == "特困供养" {
            DESTITUTE
        } else {
            SUPPORT
        });
    } else if !not_on_roll {
        for kind in groups {
            if *kind == SUPPORT {
                *kind = CARE;
            }
        }
    }
}

/// Whether it helps people to an income of their own.
pub(crate) fn develops(group: &str) -> bool {
    matches!(group, "产业" | "就业" | "公益性岗位" | "金融")
}
