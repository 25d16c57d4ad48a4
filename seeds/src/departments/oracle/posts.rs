//! Posts: what the rules on public-welfare posts (C04 to C06) should find.
//! Here because who holds a post, what is paid for it and what was declared are planted to disagree here and there.
//! In: households. Out: the truth of six rules.
//! Not here: C04-death, which needs a register of deaths that no stream holds.

use std::collections::BTreeMap;

use super::Truths;
use super::facts::Facts;
use crate::county::FEN;
use crate::departments::calendar::Month;
use crate::departments::life::{Post, Spell};
use crate::departments::stream::Stream;

const AGE_MIN: i32 = 16;
const AGE_MAX: i32 = 70;
const POSTS_MOST: usize = 2;
const TOLERANCE_FEN: i64 = 100 * FEN;
const SHORT_TOLERANCE_FEN: i64 = 50 * FEN;

/// One county's posts in its last month and in the same month a year before, and of how many holders a number was lost.
#[derive(Default)]
struct County {
    now: i64,
    before: i64,
    lost: i64,
}

/// The counties' posts.
#[derive(Default)]
pub(super) struct Ledger {
    counties: BTreeMap<&'static str, County>,
}

impl Ledger {
    pub(super) fn tell(self, truths: &mut Truths) {
        truths.judged("C06");
        for (county, posts) in self.counties {
            let fewer = |now: i64, before: i64| before > 0 && (before - now) * 10_000 / before > 500;
            if fewer(posts.now, posts.before) {
                truths.expect("C06", county, "fewer");
            }
            // What was lost may be rows of either month.
            let (least, most) = (posts.now - posts.lost, posts.before - posts.lost);
            if fewer(least, posts.before) != fewer(posts.now, most.max(0)) {
                truths.unsure("C06", county);
            }
        }
    }
}

pub(super) fn tell(home: &Facts<'_>, truths: &mut Truths, ledger: &mut Ledger) {
    for rule in ["C04", "C04-away", "C05", "C05-measure", "C05-pay"] {
        truths.judged(rule);
    }
    let last = home.world.horizon.last;
    let on_paper = home.measures.iter().any(|measure| {
        let done = measure.done.is_some_and(|done| done < last.day(1));
        measure.group == "公益性岗位" && done
    });
    if on_paper && home.post.is_none() {
        home.expect(truths, "C05-measure", "not_in_ledger");
    }
    let Some(post) = &home.post else {
        if home.income.public_post_fen > TOLERANCE_FEN {
            home.expect(truths, "C05", "differs");
        }
        return;
    };
    // How long a post that was given up was paid is seen only from its last row.
    if post.until.is_some() {
        home.unsure(truths, "C05", &[Stream::PublicPosts]);
    }
    if let Some(band) = barred(home, post) {
        home.expect(truths, "C04", band);
    }
    let month = if post.paid_in(last) { last } else { last.plus(-1) };
    let away = |spell: &Spell| spell.left.is_none() && !spell.place.home && spell.starts < month.day(1);
    if home.spells_of(post.member).any(away) {
        home.expect(truths, "C04-away", "away");
    }
    declared(home, post, truths);
    let today = home.world.today();
    let short: i64 = months(home, post)
        .filter(|month| month.day(1) > today.month.plus(-12).day(today.day))
        .filter(|month| post.starts.month < *month && *month < post.ends.month)
        .map(|month| post.monthly_fen - post.paid_fen(month))
        .sum();
    if short > SHORT_TOLERANCE_FEN {
        home.expect(truths, "C05-pay", "short");
    }
    if home.poor_once {
        let county = ledger.counties.entry(home.county).or_default();
        county.now += i64::from(post.paid_in(last));
        county.before += i64::from(post.paid_in(last.plus(-12)));
        county.lost += i64::from(home.lost(&[Stream::PublicPosts]));
    }
}

/// Every month the ledger has of a post: from a month before the others on.
fn months<'p>(home: &Facts<'_>, post: &'p Post) -> impl Iterator<Item = Month> + 'p {
    let horizon = home.world.horizon;
    let count = horizon.last.since(horizon.first) + 1;
    (-1..count)
        .map(move |at| horizon.first.plus(at))
        .filter(|month| post.paid_in(*month))
}

fn barred(home: &Facts<'_>, post: &Post) -> Option<&'static str> {
    let (at, age) = (post.member, home.age(post.member));
    if age < AGE_MIN {
        Some("too_young")
    } else if home.pupil(at) {
        Some("at_school")
    } else if matches!(home.members[at].labour, "无劳动力" | "丧失劳动力") {
        Some("unable")
    } else if post.count > POSTS_MOST {
        Some("many_posts")
    } else if age >= AGE_MAX {
        Some("too_old")
    } else {
        None
    }
}

/// What was declared for the accounting year against what its months were paid.
fn declared(home: &Facts<'_>, post: &Post, truths: &mut Truths) {
    let year = i32::try_from(home.income.year).unwrap_or(0);
    let (first, last) = (Month::new(year - 1, 10), Month::new(year, 9));
    let paid: i64 = months(home, post)
        .filter(|month| (first..=last).contains(month))
        .map(|month| post.paid_fen(month))
        .sum();
    let declared = home.income.public_post_fen;
    let differs = (declared - paid).abs();
    if differs > TOLERANCE_FEN && differs * 100 > declared.max(paid) * 5 {
        home.expect(truths, "C05", "differs");
    }
}
