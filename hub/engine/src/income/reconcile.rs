//! Makes payments of rows: what several rows or streams tell of one payment becomes one (ADR 11).
//! Here because a roll and an export that both tell of an allowance are not two allowances.
//! In: the events of one person, else household, about one item, in `Event`'s order. Out: payments, each told once.
//! Not here: windows and sums (account).

use super::event::{Event, Semantic, Unplaced};
use super::window::Period;

/// Streams that are counted apart; further ones count as the last.
const STREAMS_MAX: u16 = 128;

/// A payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) household: u64,
    pub(crate) person: u64,
    pub(crate) word: u16,
    pub(crate) semantic: Semantic,
    pub(crate) unplaced: Option<Unplaced>,
    pub(crate) from: i32,
    pub(crate) to: i32,
    /// Fen, of the source with authority.
    pub(crate) amount: i64,
    /// Largest less smallest amount told, fen.
    pub(crate) disputed: i64,
    /// Fen by which a year told as a whole and told by months differ; on one payment of those that count in the year.
    pub(crate) year_disputed: i64,
    /// A bit for every stream that tells it.
    pub(crate) streams: u128,
    pub(crate) rows: u32,
    pub(crate) repeated: u32,
    /// Whether it counts in its accounting year.
    pub(crate) in_year: bool,
    stream: u16,
    rank: u8,
}

impl Payment {
    /// The period it is for; `None` when undated.
    pub(crate) fn period(&self) -> Option<Period> {
        (self.unplaced.is_none_or(|why| why >= Unplaced::SeveralHouseholds)).then_some(Period {
            from: self.from,
            to: self.to,
        })
    }

    /// The accounting year its middle day lies in; `None` when undated.
    pub(crate) fn year(&self) -> Option<i16> {
        self.period().map(Period::accounting_year)
    }

    /// What several rows that are equal in everything but their place say.
    fn of(same: &[Event]) -> Option<Self> {
        let event = same.first()?;
        let rows = u32::try_from(same.len()).unwrap_or(u32::MAX);
        Some(Self {
            household: event.household,
            person: event.person,
            word: event.word,
            semantic: event.semantic,
            unplaced: event.unplaced,
            from: event.from,
            to: event.to,
            amount: event.amount,
            disputed: 0,
            year_disputed: 0,
            streams: 1 << event.stream.min(STREAMS_MAX - 1),
            rows,
            repeated: rows - 1,
            in_year: event
                .unplaced
                .is_none_or(|why| why >= Unplaced::SeveralHouseholds),
            stream: event.stream,
            rank: event.rank,
        })
    }

    /// Takes in what `other` tells beside it; amounts and authority stay.
    fn take_in(&mut self, other: &Self) {
        self.streams |= other.streams;
        self.rows = self.rows.saturating_add(other.rows);
        self.repeated = self.repeated.saturating_add(other.repeated);
    }
}

/// Whether two events are of the same person, else household, and about the same item.
pub(crate) fn together(one: &Event, other: &Event) -> bool {
    (one.household, one.person, one.word) == (other.household, other.person, other.word)
}

/// Adds the payments of `events`, which all are [`together`]. `named`: the item names one payment, so that two streams that
/// tell of it in a month tell the same one; where it does not, only equal amounts are the same.
pub(crate) fn reconcile(events: &[Event], named: bool, out: &mut Vec<Payment>) {
    let lines: Vec<Payment> = events.chunk_by(|a, b| a == b).filter_map(Payment::of).collect();
    // Of whom or of when nobody knows: no two of them can be told to be the same.
    let (mut lines, apart): (Vec<Payment>, Vec<Payment>) = lines
        .into_iter()
        .partition(|line| line.period().is_some() && (line.person, line.household) != (0, 0));
    out.extend(apart);
    if lines.len() > 1 {
        differences(&mut lines);
        lines = payments(lines, named);
        absorb(&mut lines);
        if named {
            years(&mut lines);
        }
    }
    out.extend(lines);
}

/// Turns what one stream has paid since a day, told month after month, into what it paid between.
fn differences(lines: &mut Vec<Payment>) {
    if !lines.iter().any(|line| line.semantic == Semantic::Cumulative) {
        return;
    }
    let (mut told, mut rest): (Vec<Payment>, Vec<Payment>) = lines
        .drain(..)
        .partition(|line| line.semantic == Semantic::Cumulative);
    told.sort_unstable_by_key(|line| (line.stream, line.from, line.to));
    for series in told.chunk_by(|a, b| (a.stream, a.from) == (b.stream, b.from)) {
        let mut before: Option<(i32, i64)> = None;
        for same_day in series.chunk_by(|a, b| a.to == b.to) {
            let Some(mut line) = summed(same_day) else {
                continue;
            };
            let total = line.amount;
            if let Some((last_day, last_total)) = before {
                line.from = last_day.saturating_add(1);
                line.amount = total.saturating_sub(last_total);
            }
            before = Some((line.to, total));
            rest.push(line);
        }
    }
    *lines = rest;
}

/// What the lines of one stream come to together.
fn summed(lines: &[Payment]) -> Option<Payment> {
    let (first, others) = lines.split_first()?;
    let mut sum = *first;
    for other in others {
        sum.take_in(other);
        sum.amount = sum.amount.saturating_add(other.amount);
        sum.rank = sum.rank.min(other.rank);
    }
    Some(sum)
}

/// How a payment may be told by several streams, so that it is known to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    /// The month's.
    Month(i32, Option<i64>),
    /// One of so much in the month.
    Once(i32, i64),
    /// That of just these days.
    Period(i32, i32, Option<i64>),
}

impl Same {
    fn of(line: &Payment, named: bool) -> Self {
        let amount = (!named).then_some(line.amount);
        let period = Period {
            from: line.from,
            to: line.to,
        };
        match (period.month(), line.semantic) {
            (Some(month), Semantic::Once) => Self::Once(month, line.amount),
            (Some(month), Semantic::Monthly | Semantic::Cumulative | Semantic::Yearly) => {
                Self::Month(month, amount)
            }
            (None, Semantic::Monthly | Semantic::Cumulative | Semantic::Yearly | Semantic::Once) => {
                Self::Period(line.from, line.to, amount)
            }
        }
    }
}

/// One payment for what several streams tell of it; what one stream tells several times in different words it adds up.
fn payments(mut lines: Vec<Payment>, named: bool) -> Vec<Payment> {
    lines.sort_unstable_by_key(|line| (Same::of(line, named), line.stream, line.from, line.to));
    let same = |a: &Payment, b: &Payment| Same::of(a, named) == Same::of(b, named);
    let told = lines.chunk_by(same).filter_map(|told| {
        let by_stream: Vec<Payment> = told
            .chunk_by(|a, b| a.stream == b.stream)
            .filter_map(summed)
            .collect();
        let smallest = by_stream.iter().map(|line| line.amount).min()?;
        let largest = by_stream.iter().map(|line| line.amount).max()?;
        // Authority first; of equals the larger: a list that misses a payment is likelier than one that invents it.
        // The rest of the key only keeps the order rows come in from mattering.
        let mut payment = *by_stream.iter().min_by_key(|line| {
            (
                line.rank,
                std::cmp::Reverse(line.amount),
                line.from,
                line.to,
                line.semantic,
            )
        })?;
        let kept = payment.stream;
        for other in by_stream.iter().filter(|line| line.stream != kept) {
            payment.take_in(other);
        }
        payment.disputed = largest.saturating_sub(smallest);
        Some(payment)
    });
    told.collect()
}

/// A day's payment that another stream tells for its month, to the fen, is that month's.
fn absorb(payments: &mut Vec<Payment>) {
    let (days, mut kept): (Vec<Payment>, Vec<Payment>) = payments
        .drain(..)
        .partition(|line| matches!(Same::of(line, true), Same::Once(..)));
    for day in days {
        let month = |line: &Payment| line.period().and_then(Period::month);
        let twin = kept.iter_mut().find(|line| {
            line.semantic != Semantic::Once
                && line.amount == day.amount
                && line.streams & day.streams == 0
                && month(line) == month(&day)
        });
        match twin {
            Some(twin) => twin.take_in(&day),
            None => kept.push(day),
        }
    }
    *payments = kept;
}

/// What one stream tells for a year as a whole and others by the month counts once in the year.
fn years(payments: &mut [Payment]) {
    let whole = |payment: &Payment| payment.semantic == Semantic::Yearly;
    let mut years: Vec<i16> = payments
        .iter()
        .filter(|p| whole(p))
        .filter_map(Payment::year)
        .collect();
    years.sort_unstable();
    years.dedup();
    for year in years {
        let of_year =
            |payment: &Payment, wanted: bool| payment.year() == Some(year) && whole(payment) == wanted;
        let total = |wanted: bool| {
            payments
                .iter()
                .filter(|p| of_year(p, wanted))
                .fold((u8::MAX, 0_i64, 0_u128), |sum, p| {
                    (
                        sum.0.min(p.rank),
                        sum.1.saturating_add(p.amount),
                        sum.2 | p.streams,
                    )
                })
        };
        let (yearly, dated) = (total(true), total(false));
        if dated.2 == 0 || yearly.2 & dated.2 != 0 {
            continue;
        }
        let yearly_counts = (yearly.0, std::cmp::Reverse(yearly.1)) < (dated.0, std::cmp::Reverse(dated.1));
        let mut dispute = yearly.1.saturating_sub(dated.1).saturating_abs();
        for payment in payments.iter_mut().filter(|p| p.year() == Some(year)) {
            payment.in_year = whole(payment) == yearly_counts;
            if payment.in_year {
                // Once, on whichever comes first.
                payment.year_disputed = std::mem::take(&mut dispute);
            }
        }
    }
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
