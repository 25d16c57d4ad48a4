//! Work: what the rules on having work or not (C01, C02, C07, C14) should find, and the walk for all rules on work.
//! Here because "nobody works" is easily said of who works where nobody looked.
//! In: households. Out: the truth of the series C but C04-death and C10.
//! Not here: those two, which need registers of deaths and of firms that no stream holds.

use super::facts::{Facts, with_facts};
use super::{Lost, Truths, held, payments, phones, posts, spells};
use crate::county::FEN;
use crate::departments::calendar::Day;
use crate::departments::life::World;
use crate::departments::stream::Stream;

const GAP_DAYS: i64 = 30;
const GAP_LONG_DAYS: i64 = 60;
const GAP_MOST_DAYS: i64 = 180;
const FARMING_FEN: i64 = 10_000 * FEN;
const HELP_DAYS: i64 = 90;
/// Ages of those able to work.
const ABLE: std::ops::Range<i32> = 16..60;

pub(super) fn tell(world: &World, lost: &Lost, truths: &mut Truths) {
    for rule in ["C01", "C02", "C07", "C14"] {
        truths.judged(rule);
    }
    let mut ledger = held::Ledger::default();
    let mut lists = payments::Lists::default();
    let mut roll = spells::Roll::default();
    let mut book = phones::Book::default();
    let mut homes = world.homes();
    let mut registers = world.homes();
    while let (Some(outline), Some(register)) = (homes.next(), registers.next()) {
        with_facts(world, lost, (outline, register.sketch().draw()), |home| {
            idle(home, truths);
            spells::tell(home, truths, &mut roll);
            posts::tell(home, truths);
            ledger.take(home);
            payments::tell(home, truths, &mut lists);
            phones::tell(home, truths, &mut book);
        });
    }
    roll.tell(truths);
    ledger.tell(truths);
    lists.tell(truths);
    book.tell(truths);
}

fn idle(home: &Facts<'_>, truths: &mut Truths) {
    for rule in ["C01", "C02", "C07", "C14"] {
        home.unsure(truths, rule, &[Stream::Employment]);
    }
    // A row that names nobody may be anybody's of the household it gives.
    home.unsure(truths, "C02", &[Stream::MigrantWork]);
    if !home.looked_at {
        return;
    }
    if let Some(days) = gap(home) {
        let income = &home.income;
        let total = income.wage_fen + income.business_fen + income.property_fen + income.transfer_fen;
        if days > GAP_DAYS && total > 0 && income.wage_fen * 10_000 / total >= 5_000 {
            let band = if days > GAP_LONG_DAYS {
                "over_60_days"
            } else {
                "over_30_days"
            };
            home.expect(truths, "C01", band);
        }
    }
    let farms = home.business_net() >= FARMING_FEN;
    if !farms && no_work_at_all(home) {
        home.expect(truths, "C02", "nobody_works");
    }
    let today = home.world.today();
    let helped = home.measures.iter().any(|measure| {
        matches!(measure.group, "就业" | "公益性岗位")
            && measure.done.is_some_and(|done| today.since(done) > HELP_DAYS)
    });
    if helped
        && !home.anybody_at_work()
        && !(0..home.members.len()).any(|at| employable(home, at) && home.unexplained(at))
    {
        home.expect(truths, "C07", "nobody_works");
    }
    if !farms && (0..home.members.len()).any(|at| skilled_and_idle(home, at)) {
        home.expect(truths, "C14", "idle");
    }
}

/// 普通 or 技能劳动力.
fn employable(home: &Facts<'_>, at: usize) -> bool {
    matches!(home.registered[at].labour, "普通劳动力" | "技能劳动力")
}

/// The longest gap, up to the longest that counts, of a member who has stopped working and has no other work.
fn gap(home: &Facts<'_>) -> Option<i64> {
    let today = home.world.today();
    let gaps = (0..home.members.len()).filter_map(|at| {
        let member = &home.registered[at];
        let able = (employable(home, at) || member.labour == "弱劳动力或半劳动力")
            && member.at_school.is_empty()
            && ABLE.contains(&home.age(at));
        let ends: Option<Vec<Day>> = home.spells_of(at).map(|spell| spell.left).collect();
        let last_end = ends?.into_iter().max()?;
        // A post paid since then is work too.
        let has_post = home.post.as_ref().is_some_and(|post| {
            let paid = home.world.horizon.iter().filter(|month| post.paid_in(*month));
            post.member == at && paid.max().is_some_and(|month| month.day(1) > last_end)
        });
        let days = today.since(last_end);
        (able && !has_post && days <= GAP_MOST_DAYS).then_some(days)
    });
    gaps.max()
}

/// Nobody works though somebody could, and it is known of everybody who could.
fn no_work_at_all(home: &Facts<'_>) -> bool {
    let able: Vec<usize> = (0..home.members.len())
        .filter(|at| {
            let member = &home.registered[*at];
            employable(home, *at)
                && member.at_school.is_empty()
                && member.health != "患有大病"
                && ABLE.contains(&home.age(*at))
        })
        .collect();
    let known = !able.iter().any(|at| home.unexplained(*at));
    let wages = home.income.wage_fen - home.income.public_post_fen;
    let explained = !home.spells.is_empty() || wages == 0;
    !able.is_empty() && !home.anybody_at_work() && known && explained
}

fn skilled_and_idle(home: &Facts<'_>, at: usize) -> bool {
    let member = &home.registered[at];
    let skilled = member.labour == "技能劳动力"
        || member.labour == "普通劳动力" && matches!(member.education, "大专" | "本科及以上");
    skilled
        && member.at_school.is_empty()
        && member.health != "患有大病"
        && (18..60).contains(&home.age(at))
        && !home.at_work(at)
        && !home.unexplained(at)
}
