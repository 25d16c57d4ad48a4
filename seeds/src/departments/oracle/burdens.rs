//! Burdens: what the rules A15 and A15-net should find: households whose own share of treatments eats most of their income.
//! Here because a stay in hospital makes people poor whom no yearly figure shows.
//! In: households, their treatments and what departments tell they got. Out: the truth of both rules, and where a lost row would tell.
//! Not here: what treatments cost (life/treatment.rs), what is told of incomes (evidence.rs).

use super::evidence::Evidence;
use super::register::{Facts, MONITORING_LINE_FEN};
use super::{Lost, Truths};
use crate::county::{Income, Member};
use crate::departments::life::{Treated, id};
use crate::departments::stream::Stream;

/// What expenses leave of an income; the worse the more is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Enough,
    BelowLine,
    Little,
}

/// A household's treatments, its people under the numbers other departments know, and its evidenced income.
pub(super) struct Burden<'b> {
    pub(super) treated: &'b [Treated],
    pub(super) people: &'b [Member],
    pub(super) evidence: Evidence,
}

impl Burden<'_> {
    /// What is spent for sure: each row may be the one that lost its number, or be about somebody the register has under another.
    fn surely_spent(&self, home: &Facts<'_>, lost: &Lost) -> i64 {
        let sure = self.treated.iter().filter(|one| {
            let number = self.people.get(one.member).map(id);
            let registered = home.household.members.get(one.member).map(id);
            let arrives = |number: &str| !lost.row(Stream::MedicalExpenses, number, one.on.month);
            number == registered && number.is_some_and(|number| arrives(number) && !lost.is_shared(number))
        });
        sure.map(Treated::self_paid_fen).sum()
    }
}

pub(super) fn tell(home: &Facts<'_>, burden: &Burden<'_>, lost: &Lost, truths: &mut Truths) {
    let household = home.household;
    // Of whom the register does not say what kind of household they are nothing is asked.
    if household.told.household_type.is_empty() && household.monitoring.is_none() {
        return;
    }
    // The newest year the register has.
    let declared = match &household.incomes {
        [before, now] if now.left_out => before,
        [_, now] => now,
    };
    // Neither the declaration of last year nor what departments tell is all of it: the greater counts.
    let left = |spent, evidenced: i64| left(declared, spent, evidenced.max(declared.net_fen));
    let Evidence { least_fen, most_fen } = burden.evidence;
    let all: i64 = burden.treated.iter().map(Treated::self_paid_fen).sum();
    let truth = left(all, most_fen);
    match truth {
        Left::Little => truths.expect("A15", home.subject(), "most_of_income"),
        Left::BelowLine => truths.expect("A15-net", home.subject(), "left_below_line"),
        Left::Enough => {}
    }
    let sure = burden.surely_spent(home, lost);
    let others = [left(all, least_fen), left(sure, most_fen), left(sure, least_fen)];
    if others.iter().any(|other| *other != truth) {
        truths.unsure("A15", home.subject());
        truths.unsure("A15-net", home.subject());
    }
}

fn left(declared: &Income, spent: i64, income: i64) -> Left {
    let line = MONITORING_LINE_FEN * declared.people_year;
    // Of nothing there is no share: those without any income are A01's and A03's.
    if spent > 0 && income > 0 && spent * 100 > income * 60 {
        Left::Little
    } else if spent > 0 && income >= line && income - spent < line {
        Left::BelowLine
    } else {
        Left::Enough
    }
}
