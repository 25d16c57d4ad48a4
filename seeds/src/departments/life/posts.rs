//! Posts: the public-welfare post of a household, if it declared income from one.
//! Here because the office of human resources and the village's solar income each see a part of the same posts.
//! In: a household. Out: who holds which post, paid from where, for how much a month.
//! Not here: what the village has to spend (rows/pv.rs).

use crate::county::dice::Purpose;
use crate::county::{JUDGED_YEAR, Outline};

use super::{Home, World, age, station};
use crate::departments::calendar::Day;

/// A public-welfare post.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// Position of the member who holds it.
    pub(crate) member: usize,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) fund: &'static str,
    pub(crate) starts: Day,
    pub(crate) ends: Day,
    pub(crate) monthly_fen: i64,
    /// Paid from the village's solar income.
    pub(crate) solar: bool,
}

/// A village pays so many households of its own for posts; more would be more than its station earns.
const RANK_MAX: u64 = 150;
const POSTS: [(&str, &str); 6] = [
    ("村级保洁员", "保洁"),
    ("护林员", "护林"),
    ("公路养护员", "护路"),
    ("河道巡查员", "护水"),
    ("光伏运维员", "光伏运维"),
    ("养老护理员", "照料护理"),
];

/// A household declared so much at least, a fen a month, if it has a post.
const YEARLY_FEN_MIN: i64 = 12;

/// Whether the household declared income from a post.
pub(crate) fn may_have_post(outline: &Outline<'_>) -> bool {
    let judged = outline
        .incomes()
        .into_iter()
        .find(|income| income.year == JUDGED_YEAR);
    judged.is_some_and(|income| income.public_post_fen >= YEARLY_FEN_MIN)
}

pub(crate) fn post(world: &World, home: &Home<'_>) -> Option<Post> {
    let income = home.income()?;
    if income.public_post_fen < YEARLY_FEN_MIN {
        return None;
    }
    let able = |labour: &str| labour != "无劳动力" && labour != "丧失劳动力";
    let members = &home.household.members;
    // Somebody who does not work away first, then anybody able.
    let free = members
        .iter()
        .position(|member| able(member.labour) && member.work_months.unwrap_or(0) == 0 && age(member) < 70);
    let member = free.or_else(|| members.iter().position(|member| able(member.labour)))?;
    let mut dice = world.dice(home.index, Purpose::Posts);
    let solar = home.rank <= RANK_MAX && dice.chance(450) && station(world, &home.household.place).is_some();
    let (name, kind) = dice.pick_early(&POSTS);
    let starts = world
        .horizon
        .first
        .plus(-i32::try_from(dice.below(10)).unwrap_or(0));
    Some(Post {
        member,
        name,
        kind,
        fund: if solar {
            "光伏收益"
        } else {
            dice.pick(&["衔接资金", "就业资金", "村集体"])
        },
        starts: starts.day(1),
        ends: starts.plus(24).day(31),
        monthly_fen: income.public_post_fen / 12,
        solar,
    })
}
