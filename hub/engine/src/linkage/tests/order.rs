//! The same list gives the same links: in any order, with any number of threads, with stored weights, twice.
//! Here because a link that depends on chance cannot be defended.
//! In: a made-up county. Out: links compared person by person.
//! Not here: whether they are right on big lists (the bench).

use std::collections::BTreeMap;

use super::county::{County, Dice};
use super::*;

/// A row's person, its odds to six places, its band.
type Outcome = (Option<u64>, String, Band);

/// The outcome of every row, under the row's own mark, which is its place in the unshuffled list.
fn outcome(register: &[Cells], list: &[(usize, Cells)]) -> (BTreeMap<usize, Outcome>, Weights) {
    let index = Index::new(people(register));
    let rows: Vec<Cells> = list.iter().map(|(_, cells)| cells.clone()).collect();
    let people = people(&rows);
    let mut linkage = Linkage::new(&index, &people);
    let weights = linkage.learn();
    let links = linkage.link(&weights).unwrap();
    let rounded = |odds: f64| format!("{odds:.6}");
    let outcomes = list
        .iter()
        .zip(&links.rows)
        .map(|((mark, _), link)| (*mark, (link.person, rounded(link.odds), link.band)));
    (outcomes.collect(), weights)
}

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    let mut dice = Dice(seed);
    for at in (1..items.len()).rev() {
        items.swap(at, dice.below(at + 1));
    }
    items
}

#[test]
fn most_rows_find_their_person_and_the_linked_ones_are_right() {
    let county = County::new(3_000, 11);
    let index = Index::new(people(&county.register));
    let list = people(&county.list);
    let mut linkage = Linkage::new(&index, &list);
    let weights = linkage.learn();
    let links = linkage.link(&weights).unwrap();
    let decided = links.rows.iter().zip(&county.truth);
    let decisions = decided
        .clone()
        .filter_map(|(link, truth)| link.person.map(|person| (link.odds, Some(person) == *truth)));
    let evaluation = Evaluation::of(decisions, county.truth.iter().flatten().count());
    assert!(evaluation.best.f1 > 0.99, "{:?}", evaluation.best);
    assert!(
        evaluation.recall_when_sure > 0.97,
        "{}",
        evaluation.recall_when_sure
    );
    let wrong = decided
        .filter(|(link, truth)| link.band == Band::Link && link.person != **truth)
        .count();
    assert!(
        wrong * 200 <= links.report.linked,
        "{wrong} of {}",
        links.report.linked
    );
    let report = &links.report;
    assert_eq!(report.linked + report.asked + report.left, report.rows);
    assert_eq!(report.rows, county.list.len());
}

#[test]
fn the_order_of_neither_list_matters() {
    let county = County::new(1_500, 3);
    let marked: Vec<(usize, Cells)> = county.list.iter().cloned().enumerate().collect();
    let (first, weights) = outcome(&county.register, &marked);
    for seed in [1, 2] {
        let (second, others) = outcome(&shuffled(&county.register, seed), &shuffled(&marked, seed + 7));
        assert_eq!(first, second);
        assert_eq!(weights.version(), others.version());
    }
}

#[test]
fn one_thread_and_two_give_the_same() {
    let county = County::new(1_500, 4);
    let marked: Vec<(usize, Cells)> = county.list.iter().cloned().enumerate().collect();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| outcome(&county.register, &marked))
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn stored_weights_link_as_the_learned_ones_did_and_a_kept_index_takes_the_next_list() {
    let county = County::new(1_500, 6);
    let index = Index::new(people(&county.register));
    let list = people(&county.list);
    let mut linkage = Linkage::new(&index, &list);
    let weights = linkage.learn();
    let links = linkage.link(&weights).unwrap();
    assert_eq!(links, linkage.link(&weights).unwrap(), "linking twice");
    let stored: Weights = serde_json::from_str(&serde_json::to_string(&weights).unwrap()).unwrap();
    assert_eq!(stored.version(), weights.version());
    assert_eq!(
        links,
        Linkage::new(&index, &list).link(&stored).unwrap(),
        "without learning"
    );
    let half = people(&county.list[..county.list.len() / 2]);
    let next = Linkage::new(&index, &half).link(&stored).unwrap();
    assert_eq!(next.rows.len(), half.len());
}

#[test]
fn a_list_without_any_valid_number_is_still_linked() {
    let county = County::new(1_500, 8);
    let mut list = county.list.clone();
    for (column, cell) in list.iter_mut().flatten() {
        if *column == "id_no" {
            cell.clear();
        }
    }
    let marked: Vec<(usize, Cells)> = list.into_iter().enumerate().collect();
    let (outcomes, _) = outcome(&county.register, &marked);
    let linked: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.2 == Band::Link)
        .collect();
    let right = linked
        .iter()
        .filter(|(row, outcome)| outcome.0 == county.truth[**row])
        .count();
    assert!(
        linked.len() * 2 > outcomes.len(),
        "{} of {}",
        linked.len(),
        outcomes.len()
    );
    assert!(right * 100 >= linked.len() * 98, "{right} of {}", linked.len());
}
