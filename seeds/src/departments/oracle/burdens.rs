//! Burdens: what the rules A15 and A15-net should find: households whose own share of treatments eats most of their income.
//! Here because a stay in hospital makes people poor whom no yearly figure shows.
//! In: households and their treatments. Out: the truth of these rules, and whose row lost the number that would tell.
//! Not here: what treatments cost (life/treatment.rs).

use super::register::{Facts, MONITORING_LINE_FEN};
use super::{Lost, Truths};
use crate::departments::life::{JUDGED, Treated, id};
use crate::departments::stream::Stream;

/// What expenses leave of an income; the worse the more is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Enough,
    BelowLine,
    Little,
}

pub(super) fn tell(home: &Facts<'_>, treated: &[Treated], lost: &Lost, truths: &mut Truths) {
    let income = &home.household.incomes[JUDGED];
    let left = |spent: i64| {
        let line = MONITORING_LINE_FEN * income.people_year;
        // Of nothing there is no share: those without any income are A01's and A03's.
        if spent > 0 && income.net_fen > 0 && spent * 100 > income.net_fen * 60 {
            Left::Little
        } else if spent > 0 && income.net_fen >= line && income.net_fen - spent < line {
            Left::BelowLine
        } else {
            Left::Enough
        }
    };
    let all: i64 = treated.iter().map(Treated::self_paid_fen).sum();
    match left(all) {
        Left::Little => truths.expect("A15", home.subject(), "most_of_income"),
        Left::BelowLine => truths.expect("A15-net", home.subject(), "left_below_line"),
        Left::Enough => {}
    }
    // Each row may be the one that lost its number.
    let sure = treated.iter().filter(|one| {
        let member = home.household.members.get(one.member);
        !member.is_some_and(|member| lost.any(&[Stream::MedicalExpenses], [id(member)]))
    });
    let sure: i64 = sure.map(Treated::self_paid_fen).sum();
    if left(sure) != left(all) {
        truths.unsure("A15", home.subject());
        truths.unsure("A15-net", home.subject());
    }
}
