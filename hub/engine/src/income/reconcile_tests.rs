//! Rows and the payments they must become.
//! Here because each case is a way in which departments tell one thing twice, or two things alike.
//! In: small events. Out: assertions.
//! Not here: real tables (tests).

use hub_model::values::civil_days;

use super::*;

const PERSON: u64 = 7;

/// A row of `stream`: what it means by `amount`, and the days it is for.
fn row(stream: u16, semantic: Semantic, amount: i64, from: (i32, u32, u32), to: (i32, u32, u32)) -> Event {
    let day = |(y, m, d)| civil_days(y, m, d).unwrap();
    Event {
        household: 1,
        person: PERSON,
        word: 0,
        stream,
        semantic,
        unplaced: None,
        rank: 1,
        from: day(from),
        to: day(to),
        amount,
        rest: 0,
    }
}

fn monthly(stream: u16, month: u32, amount: i64) -> Event {
    let last = civil_days(2023, month + 1, 1).unwrap() - 1;
    let (_, _, day) = hub_model::values::civil_date(last);
    row(
        stream,
        Semantic::Monthly,
        amount,
        (2023, month, 1),
        (2023, month, day),
    )
}

fn once(stream: u16, day: u32, amount: i64) -> Event {
    row(stream, Semantic::Once, amount, (2023, 5, day), (2023, 5, day))
}

fn yearly(stream: u16, amount: i64) -> Event {
    row(stream, Semantic::Yearly, amount, (2023, 1, 1), (2023, 12, 31))
}

fn cumulative(stream: u16, month: u32, amount: i64) -> Event {
    Event {
        semantic: Semantic::Cumulative,
        from: civil_days(2023, 1, 1).unwrap(),
        ..monthly(stream, month, amount)
    }
}

fn reconciled(mut events: Vec<Event>, named: bool) -> Vec<Payment> {
    events.sort_unstable();
    let mut out = Vec::new();
    reconcile(&events, named, &mut out);
    out.sort_unstable_by_key(|payment| (payment.from, payment.to, payment.amount));
    out
}

/// Amount, dispute, streams, rows and repeated rows of each payment.
fn told(payments: &[Payment]) -> Vec<(i64, i64, u32, u32, u32)> {
    let one = |p: &Payment| (p.amount, p.disputed, p.streams.count_ones(), p.rows, p.repeated);
    payments.iter().map(one).collect()
}

#[test]
fn two_streams_that_tell_a_months_payment_tell_one() {
    let two = reconciled(
        vec![monthly(0, 5, 300), monthly(1, 5, 300), monthly(0, 6, 300)],
        true,
    );
    assert_eq!(told(&two), [(300, 0, 2, 2, 0), (300, 0, 1, 1, 0)]);
}

#[test]
fn of_different_amounts_the_one_with_authority_counts_else_the_larger() {
    let spine = Event {
        rank: 3,
        ..monthly(1, 5, 900)
    };
    assert_eq!(
        told(&reconciled(vec![monthly(0, 5, 300), spine], true)),
        [(300, 600, 2, 2, 0)]
    );
    let equals = vec![monthly(0, 5, 300), monthly(1, 5, 900)];
    assert_eq!(told(&reconciled(equals, true)), [(900, 600, 2, 2, 0)]);
}

#[test]
fn equal_rows_of_a_stream_are_one_and_different_ones_add_up() {
    let repeated = vec![monthly(0, 5, 300), monthly(0, 5, 300), monthly(0, 5, 300)];
    assert_eq!(told(&reconciled(repeated, true)), [(300, 0, 1, 3, 2)]);
    let other_words = Event {
        rest: 1,
        ..monthly(0, 5, 300)
    };
    assert_eq!(
        told(&reconciled(vec![monthly(0, 5, 300), other_words], true)),
        [(600, 0, 1, 2, 0)]
    );
    let correction = vec![monthly(0, 5, 300), monthly(0, 5, -100)];
    assert_eq!(told(&reconciled(correction, true)), [(200, 0, 1, 2, 0)]);
}

#[test]
fn single_payments_are_the_same_only_when_the_amount_is() {
    let same = vec![once(0, 3, 500), once(1, 28, 500), once(1, 9, 80)];
    assert_eq!(
        told(&reconciled(same, true)),
        [(500, 0, 2, 2, 0), (80, 0, 1, 1, 0)]
    );
}

#[test]
fn a_days_payment_that_another_stream_tells_for_the_month_is_that_months() {
    assert_eq!(
        told(&reconciled(vec![monthly(0, 5, 500), once(1, 28, 500)], true)),
        [(500, 0, 2, 2, 0)]
    );
    let one_stream = vec![monthly(0, 5, 500), once(0, 28, 500)];
    assert_eq!(
        told(&reconciled(one_stream, true)),
        [(500, 0, 1, 1, 0), (500, 0, 1, 1, 0)]
    );
}

#[test]
fn items_that_name_no_payment_are_the_same_only_when_the_amount_is() {
    let rows = vec![monthly(0, 5, 300), monthly(1, 5, 300), monthly(1, 5, 70)];
    assert_eq!(
        told(&reconciled(rows, false)),
        [(70, 0, 1, 1, 0), (300, 0, 2, 2, 0)]
    );
}

#[test]
fn totals_that_grow_are_taken_apart_and_gaps_stay_gaps() {
    let rows = vec![
        cumulative(0, 2, 250),
        cumulative(0, 1, 100),
        cumulative(0, 5, 240),
    ];
    let payments = reconciled(rows, true);
    let told: Vec<_> = payments
        .iter()
        .map(|p| (p.amount, p.period().unwrap().month().is_some()))
        .collect();
    assert_eq!(told, [(100, true), (150, true), (-10, false)]);
    let day = |m, d| civil_days(2023, m, d).unwrap();
    assert_eq!((payments[2].from, payments[2].to), (day(3, 1), day(5, 31)));
    let other_stream = vec![cumulative(0, 1, 100), cumulative(0, 2, 250), monthly(1, 2, 150)];
    let payments = reconciled(other_stream, true);
    assert_eq!(
        payments
            .iter()
            .map(|p| p.streams.count_ones())
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn a_year_told_whole_and_by_months_counts_once() {
    let counted = |events| -> Vec<(i64, bool, i64)> {
        let payments = reconciled(events, true);
        payments
            .iter()
            .map(|p| (p.amount, p.in_year, p.year_disputed))
            .collect()
    };
    let larger = counted(vec![yearly(0, 1_000), monthly(1, 2, 300), monthly(1, 3, 300)]);
    assert_eq!(larger, [(1_000, true, 400), (300, false, 0), (300, false, 0)]);
    let spine = Event {
        rank: 3,
        ..yearly(0, 1_000)
    };
    let payer = counted(vec![spine, monthly(1, 2, 300), monthly(1, 3, 300)]);
    assert_eq!(payer, [(1_000, false, 0), (300, true, 400), (300, true, 0)]);
    let one_stream = counted(vec![yearly(0, 1_000), monthly(0, 2, 300)]);
    assert!(
        one_stream
            .iter()
            .all(|(_, in_year, disputed)| *in_year && *disputed == 0)
    );
    let other_year = counted(vec![yearly(0, 1_000), monthly(1, 11, 300)]);
    assert!(other_year.iter().all(|(_, in_year, _)| *in_year));
}

#[test]
fn what_nobody_can_be_given_stays_apart() {
    let nobody = Event {
        household: 0,
        person: 0,
        unplaced: Some(Unplaced::NoHousehold),
        ..monthly(0, 5, 300)
    };
    let another = Event {
        rest: 1,
        stream: 1,
        ..nobody
    };
    let payments = reconciled(vec![nobody, nobody, another], true);
    assert_eq!(told(&payments), [(300, 0, 1, 2, 1), (300, 0, 1, 1, 0)]);
}

#[test]
fn the_order_rows_come_in_changes_nothing() {
    let rows = vec![
        monthly(0, 5, 300),
        monthly(1, 5, 200),
        once(2, 3, 300),
        yearly(3, 900),
        cumulative(4, 1, 5),
        cumulative(4, 2, 9),
    ];
    let expected = reconciled(rows.clone(), true);
    let mut turned = rows;
    for _ in 0..turned.len() {
        turned.rotate_left(1);
        assert_eq!(reconciled(turned.clone(), true), expected);
    }
}
