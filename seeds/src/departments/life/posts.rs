//! Posts: the public-welfare post of a household, if it declared income from one.
//! Here because the office of human resources and the village's solar income each see a part of the same posts.
//! In: a household. Out: who holds which post, paid from where, for how much a month.
//! Not here: what the village has to spend (rows/pv.rs).

use crate::county::dice::Purpose;
use crate::county::{Outline, Person, SOLAR_RANK_MAX, Sketch};

use super::{JUDGED, World, age, pays_post};
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
}

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

/// Whether the household may have declared income from a post: false rules it out, true all but promises it.
#[inline]
pub(crate) fn may_have_post(outline: &Outline<'_>) -> bool {
    outline.may_have_post(JUDGED)
}

/// What a post of the household pays a month, if it has one, without asking which and whose.
pub(crate) fn post_wage(outline: &Outline<'_>) -> Option<i64> {
    if !may_have_post(outline) || !outline.any(able) {
        return None;
    }
    monthly_fen(outline)
}

pub(crate) fn post(world: &World, sketch: &Sketch<'_>) -> Option<Post> {
    let outline = &sketch.outline;
    let monthly_fen = monthly_fen(outline)?;
    let people = sketch.people();
    // Somebody who does not work away first, then anybody able.
    let free = people.iter().position(|person| {
        able(person) && person.work_months.unwrap_or(0) == 0 && age(person.birth_year) < 70
    });
    let member = free.or_else(|| people.iter().position(able))?;
    let mut dice = outline.dice(Purpose::Posts);
    let solar = pays_post(outline);
    dice.skip(u64::from(outline.rank() <= SOLAR_RANK_MAX));
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
        monthly_fen,
    })
}

fn able(person: &Person) -> bool {
    person.labour != "无劳动力" && person.labour != "丧失劳动力"
}

fn monthly_fen(outline: &Outline<'_>) -> Option<i64> {
    let yearly_fen = outline.earned(JUDGED).public_post_fen;
    (yearly_fen >= YEARLY_FEN_MIN).then_some(yearly_fen / 12)
}
