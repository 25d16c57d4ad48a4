//! Posts: the public-welfare post of a household, if it declared income from one.
//! Here because the office of human resources and the village's solar income each see a part of the same posts.
//! In: a household. Out: who holds which post, paid from where, for how much a month.
//! Not here: what the village has to spend (rows/pv.rs).

use crate::county::dice::{Dice, Purpose};
use crate::county::{FEN, Outline, Person, SOLAR_RANK_MAX, Sketch, may_hold_post};

use super::{JUDGED, World, age, pays_post, spells};
use crate::departments::calendar::{Day, Month, Months};

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
    /// What each of its months is worth; of several posts together.
    pub(crate) monthly_fen: i64,
    /// How many posts the member holds at once; each is paid its part.
    pub(crate) count: usize,
    /// The last month paid, where that is not the last there is.
    pub(crate) until: Option<Month>,
    /// So much less was paid in each of these months.
    short: Option<(i64, [Month; 2])>,
}

/// `months` and the one before: the last one meets the same month of the year before.
pub(crate) fn with_post_ledger(months: Months) -> Months {
    Months {
        first: months.first.plus(-1),
        ..months
    }
}

impl Post {
    pub(crate) fn paid_in(&self, month: Month) -> bool {
        self.starts.month <= month && self.until.is_none_or(|until| month <= until)
    }

    /// What was paid of its `monthly_fen` in `month`.
    pub(crate) fn paid_fen(&self, month: Month) -> i64 {
        match self.short {
            Some((less, months)) if months.contains(&month) => self.monthly_fen - less,
            Some(_) | None => self.monthly_fen,
        }
    }

    /// What the post at `which` is worth of `fen` for all of them: no two the same, as one paid twice would look.
    pub(crate) fn part_of(&self, fen: i64, which: usize) -> i64 {
        let part = |percent: &i64| fen * percent / 100;
        match which.checked_sub(1) {
            None => fen - OTHERS_PERCENT.iter().take(self.count - 1).map(part).sum::<i64>(),
            Some(other) => OTHERS_PERCENT.get(other).map_or(0, part),
        }
    }

    /// The name of the post at `which` of those the member holds.
    pub(crate) fn name_of(&self, which: usize) -> &'static str {
        let own = POSTS.iter().position(|(name, _)| *name == self.name).unwrap_or(0);
        POSTS[(own + which) % POSTS.len()].0
    }
}

/// Posts held at once, and what those after the first are worth of all.
const COUNT: usize = 4;
const OTHERS_PERCENT: [i64; COUNT - 1] = [30, 20, 10];
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
/// Of a thousand posts: held by somebody of the household who may not, or who works away; four at once; paid too little in two months,
/// or only just not; paid less or more than is declared, or only just not.
const BARRED: u32 = 35;
const AWAY: u32 = 40;
const FOUR: u32 = 28;
const SHORT: u32 = 30;
const HARDLY_SHORT: u32 = 10;
const LESS: u32 = 14;
const MORE: u32 = 14;
const HARDLY_LESS: u32 = 10;
/// Of a thousand posts of one county: given up before the last month; of a thousand of these: a month earlier than the others.
const GIVEN_UP_PER_MILLE: u32 = 300;
const EARLY_PER_MILLE: u32 = 500;

/// What is planted with a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Barred,
    Away,
    Four,
    Short,
    HardlyShort,
    Less,
    More,
    HardlyLess,
}

fn case(dice: &mut Dice) -> Option<Case> {
    let mut at = dice.below(1000);
    for (case, of) in [
        (Case::Barred, BARRED),
        (Case::Away, AWAY),
        (Case::Four, FOUR),
        (Case::Short, SHORT),
        (Case::HardlyShort, HARDLY_SHORT),
        (Case::Less, LESS),
        (Case::More, MORE),
        (Case::HardlyLess, HARDLY_LESS),
    ] {
        if at < of {
            return Some(case);
        }
        at -= of;
    }
    None
}

/// Whether the household may have declared income from a post: false rules it out.
#[inline]
pub(crate) fn may_have_post(outline: &Outline<'_>) -> bool {
    outline.may_have_post(JUDGED)
}

/// What a post of the household pays a month, if it has one, without asking which and whose.
pub(crate) fn post_wage(outline: &Outline<'_>) -> Option<i64> {
    if !may_have_post(outline) || !outline.any(may_hold_post) {
        return None;
    }
    monthly_fen(outline)
}

/// The county-level unit that lost posts.
fn giving_up(world: &World) -> usize {
    larger_unit(world, Purpose::PostCases)
}

/// One of the four larger units, for each purpose another.
pub(crate) fn larger_unit(world: &World, purpose: Purpose) -> usize {
    3 + world.dice(u64::MAX, purpose).below(4) as usize
}

pub(crate) fn post(world: &World, sketch: &Sketch<'_>) -> Option<Post> {
    let outline = &sketch.outline;
    if !may_have_post(outline) {
        return None;
    }
    let people = sketch.people();
    // Somebody who does not work away.
    let free = people.iter().position(may_hold_post)?;
    let monthly_fen = monthly_fen(outline)?;
    let mut dice = outline.dice(Purpose::Posts);
    let solar = pays_post(outline);
    dice.skip(u64::from(outline.rank() <= SOLAR_RANK_MAX));
    let (name, kind) = dice.pick_early(&POSTS);
    // So that the whole of the judged year is paid.
    let starts = world
        .horizon
        .first
        .plus(-1 - i32::try_from(dice.below(10)).unwrap_or(0));
    let mut cases = outline.dice(Purpose::PostCases);
    let case = case(&mut cases);
    let member = match case {
        Some(Case::Barred) => barred(people, &mut cases),
        Some(Case::Away) => spells(world, sketch)
            .iter()
            .find(|spell| spell.left.is_none() && !spell.place.home)
            .map(|spell| spell.member),
        Some(_) | None => None,
    };
    let last = world.horizon.last;
    let given_up = !solar && outline.unit() == giving_up(world) && cases.chance(GIVEN_UP_PER_MILLE);
    let until = given_up.then(|| last.plus(if cases.chance(EARLY_PER_MILLE) { -2 } else { -1 }));
    // The year's pay is what was declared, however many of its months were paid.
    let september = Month::new(last.year(), 9);
    let missing = until.map_or(0, |until| september.since(until).max(0));
    let monthly_fen = monthly_fen * 12 / i64::from(12 - missing);
    let months = [last.plus(-4), last.plus(-3)];
    Some(Post {
        member: member.unwrap_or(free),
        name,
        kind,
        fund: if solar {
            "光伏收益"
        } else {
            dice.pick(&["衔接资金", "就业资金", "村集体"])
        },
        starts: starts.day(1),
        ends: until.unwrap_or_else(|| starts.plus(36)).day(31),
        monthly_fen,
        count: if case == Some(Case::Four) && !solar {
            COUNT
        } else {
            1
        },
        until,
        short: match case {
            Some(Case::Short) if !solar => Some((monthly_fen / 4, months)),
            Some(Case::HardlyShort) if !solar && monthly_fen > 25 * FEN => Some((25 * FEN, months)),
            Some(_) | None => None,
        },
    })
}

/// Somebody whom the rules of the posts bar from them.
fn barred(people: &[Person], dice: &mut Dice) -> Option<usize> {
    let pupil = |person: &Person| !matches!(person.at_school, "" | "学龄前儿童" | "学前教育");
    let unable = |person: &Person| !able(person) && person.at_school.is_empty();
    let old = |person: &Person| able(person) && age(person.birth_year) > 70;
    let find = |which: u32| match which % 3 {
        0 => people.iter().position(pupil),
        1 => people.iter().position(unable),
        _ => people.iter().position(old),
    };
    let first = dice.below(3);
    (0..3).find_map(|more| find(first + more))
}

fn able(person: &Person) -> bool {
    person.labour != "无劳动力" && person.labour != "丧失劳动力"
}

/// What is paid a month, where somebody can hold a post: the declared income's twelfth, unless the ledger differs.
fn monthly_fen(outline: &Outline<'_>) -> Option<i64> {
    let yearly_fen = outline.post_income(JUDGED);
    if yearly_fen < YEARLY_FEN_MIN {
        return None;
    }
    let percent = match case(&mut outline.dice(Purpose::PostCases)) {
        Some(Case::Less) => 70,
        Some(Case::More) => 140,
        Some(Case::HardlyLess) => 96,
        Some(_) | None => 100,
    };
    Some((yearly_fen / 12 * percent / 100).max(1))
}
