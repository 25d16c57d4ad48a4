//! Posts: what the rules on public-welfare posts (C04, C05) should find of a household that has one, or says so.
//! Here because who holds a post, what is paid for it and what was declared are planted to disagree here and there.
//! In: households. Out: the truth of five rules.
//! Not here: how many hold posts (held.rs); C04-death, which needs a register of deaths that no stream holds.

use super::Truths;
use super::facts::Facts;
use crate::county::FEN;
use crate::departments::calendar::Month;
use crate::departments::life::{Post, Share, Spell, with_post_ledger};
use crate::departments::stream::Stream;

const AGE_MIN: i32 = 16;
const AGE_MAX: i32 = 70;
const POSTS_MOST: usize = 2;
const TOLERANCE_FEN: i64 = 100 * FEN;
const SHORT_TOLERANCE_FEN: i64 = 50 * FEN;

pub(super) fn tell(home: &Facts<'_>, truths: &mut Truths) {
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
    // On post is who was paid in one of the last two months.
    let on_post = post.paid_in(last) || post.paid_in(last.plus(-1));
    if let (true, Some(band)) = (on_post, barred(home, post)) {
        home.expect(truths, "C04", band);
    }
    away(home, post, truths);
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
}

/// Every month the ledger has of a post: from a month before the others on.
fn months<'p>(home: &Facts<'_>, post: &'p Post) -> impl Iterator<Item = Month> + 'p {
    with_post_ledger(home.world.horizon)
        .iter()
        .filter(|month| post.paid_in(*month))
}

fn barred(home: &Facts<'_>, post: &Post) -> Option<&'static str> {
    let (at, age) = (post.member, home.age(post.member));
    if age < AGE_MIN {
        Some("too_young")
    } else if home.pupil(at) {
        Some("at_school")
    } else if matches!(home.registered[at].labour, "无劳动力" | "丧失劳动力") {
        Some("unable")
    } else if post.count > POSTS_MOST {
        Some("many_posts")
    } else if age >= AGE_MAX {
        Some("too_old")
    } else {
        None
    }
}

/// C04-away: paid lately, and working elsewhere since before the last month paid.
fn away(home: &Facts<'_>, post: &Post, truths: &mut Truths) {
    let last = home.world.horizon.last;
    let found = |paid: &dyn Fn(Month) -> bool, told: &dyn Fn(&Spell) -> bool| {
        let month = [last, last.plus(-1)].into_iter().find(|month| paid(*month));
        month.is_some_and(|month| {
            home.spells_of(post.member).any(|spell| {
                spell.left.is_none() && !spell.place.home && spell.starts < month.day(1) && told(spell)
            })
        })
    };
    let paid = |month| post.paid_in(month);
    let all = found(&paid, &|_| true);
    if all {
        home.expect(truths, "C04-away", "away");
    }
    let arrives = |month| paid(month) && home.arrives(Stream::PublicPosts, post.member, month);
    if found(&arrives, &|spell| told_away(home, spell)) != all {
        truths.unsure("C04-away", home.subject);
    }
}

/// Whether a row that arrives says that a spell is one away from home: the office's by the code of the place; the register's watch by
/// the name of another province, or by a yes that was not lost.
fn told_away(home: &Facts<'_>, spell: &Spell) -> bool {
    let world = home.world;
    let watched = |month| home.arrives(Stream::MigrantWork, spell.member, month);
    let mut months = world.months.iter().filter(|month| spell.covers(*month));
    home.arrives(Stream::Employment, spell.member, world.horizon.last)
        || (spell.place.far || !home.spoilt(Stream::MigrantWork, spell.member)) && months.any(watched)
}

/// A month of a post as the rows that arrive tell it.
struct Paid {
    month: Month,
    fen: i64,
    /// Whether the ledger has a row of it; a village's payment alone says nothing of how long the post was held.
    in_ledger: bool,
}

/// C05: what was declared for the accounting year against what its months were paid.
fn declared(home: &Facts<'_>, post: &Post, truths: &mut Truths) {
    let all: Vec<Paid> = months(home, post)
        .map(|month| Paid {
            month,
            fen: post.paid_fen(month),
            in_ledger: true,
        })
        .collect();
    let differs = differs(home, &all);
    if differs {
        home.expect(truths, "C05", "differs");
    }
    // Of several posts of a month one row may be lost: the month is there, and any part of its pay.
    let parts: &[bool] = if post.count > 1 { &[false, true] } else { &[false] };
    for part in parts {
        let arriving: Vec<Paid> = all
            .iter()
            .filter_map(|paid| arriving(home, post, paid, *part))
            .collect();
        if self::differs(home, &arriving) != differs {
            truths.unsure("C05", home.subject);
        }
    }
}

/// What arrives of a month; of a month some of whose rows are lost a `part` that is next to nothing, else nothing.
fn arriving(home: &Facts<'_>, post: &Post, paid: &Paid, part: bool) -> Option<Paid> {
    let there = home.arrives(Stream::PublicPosts, post.member, paid.month);
    let by_village = matches!(home.share, Some(Share::Post(_)))
        && home.world.horizon.contains(paid.month)
        && home.arrives(Stream::Distributions, post.member, paid.month);
    let fen = if there || by_village { paid.fen } else { 0 };
    (there || by_village || part).then_some(Paid {
        month: paid.month,
        fen,
        in_ledger: there || part,
    })
}

/// Whether what was declared is too far from what was paid. More than was paid is too much only when it is more than the
/// post can have brought: months without a row between its beginning and its last one count like the others.
fn differs(home: &Facts<'_>, months: &[Paid]) -> bool {
    let year = i32::try_from(home.income.year).unwrap_or(0);
    let (first, last) = (Month::new(year - 1, 10), Month::new(year, 9));
    let of_year = || months.iter().filter(|paid| (first..=last).contains(&paid.month));
    let paid: i64 = of_year().map(|paid| paid.fen).sum();
    let declared = home.income.public_post_fen;
    let there = of_year().filter(|paid| paid.in_ledger).count();
    let newest = months
        .iter()
        .filter(|paid| paid.in_ledger)
        .map(|paid| paid.month)
        .max();
    let held = newest.map_or(0, |newest| i64::from(newest.min(last).since(first)) + 1);
    let most = match i64::try_from(there) {
        Ok(there) if there > 0 => paid * held.max(there) / there,
        Ok(_) | Err(_) => 0,
    };
    let differs = if declared < paid {
        paid - declared
    } else {
        (declared - most).max(0)
    };
    differs > TOLERANCE_FEN && differs * 100 > declared.max(paid) * 5
}
