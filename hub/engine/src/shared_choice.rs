//! Which columns of the tables that rules read are held in memory.
//! Here because a city's tables do not fit, and a column that a hundred rules read saves more than one that three read.
//! In: which columns readings want, how large they are, how much may be held. Out: the columns to hold.
//! Not here: holding them (shared).
//!
//! A reading is spared only when all its columns are held. So what readings want is taken together, that first which spares most
//! bytes of reading for each byte it adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::error::Result;

use crate::shared::Shared;

/// Bytes of reading that are spared for a thousand that are held, at least: as of what is read twice.
const WORTH_MIN: u128 = 1000;

/// What readings want of a table or step.
#[derive(Default)]
pub(crate) struct Wanted {
    /// How many want which columns.
    columns: BTreeMap<Vec<usize>, usize>,
    readings: usize,
    /// The columns that are held; all that are wanted unless somebody chose.
    chosen: Option<BTreeSet<usize>>,
}

impl Wanted {
    /// Another reading wants `columns`.
    pub(crate) fn more(&mut self, columns: Vec<usize>) {
        self.readings += 1;
        *self.columns.entry(columns).or_default() += 1;
    }

    /// A reading has what it wanted; how many have not.
    pub(crate) fn one_less(&mut self) -> usize {
        self.readings = self.readings.saturating_sub(1);
        self.readings
    }

    pub(crate) const fn readings(&self) -> usize {
        self.readings
    }

    pub(crate) fn columns(&self) -> Vec<(Vec<usize>, usize)> {
        self.columns.clone().into_iter().collect()
    }

    pub(crate) fn hold(&mut self, columns: BTreeSet<usize>) {
        self.chosen = Some(columns);
    }

    /// The columns that are held once they are read.
    pub(crate) fn held(&self) -> Vec<usize> {
        let all = || self.columns.keys().flatten().copied().collect();
        let held: BTreeSet<usize> = self.chosen.clone().unwrap_or_else(all);
        held.into_iter().collect()
    }
}

/// Chooses for `tables` the columns that are held, about `bytes_max` together.
pub(crate) async fn choose(tables: &[&Arc<Shared>], bytes_max: usize) -> Result<()> {
    let mut asked = Vec::with_capacity(tables.len());
    for table in tables {
        let readings = table.readings();
        let columns: BTreeSet<usize> = readings
            .iter()
            .flat_map(|(columns, _)| columns)
            .copied()
            .collect();
        let columns: Vec<usize> = columns.into_iter().collect();
        let bytes = columns.iter().copied().zip(table.bytes(&columns).await?);
        asked.push(Asked::of(bytes, readings));
    }
    for (table, held) in tables.iter().zip(chosen(asked, bytes_max)) {
        table.hold(held);
    }
    Ok(())
}

/// Of each table the columns to hold.
fn chosen(mut all: Vec<Asked>, bytes_max: usize) -> Vec<BTreeSet<usize>> {
    let mut room = bytes_max;
    while let Some((at, columns)) = best(&all, room) {
        if let Some(asked) = all.get_mut(at) {
            room = room.saturating_sub(asked.adds(&columns));
            asked.held.extend(columns);
        }
    }
    all.into_iter().map(|asked| asked.held).collect()
}

/// Of which table which columns are worth holding next; none when nothing more fits.
fn best(all: &[Asked], room: usize) -> Option<(usize, Vec<usize>)> {
    let mut best: Option<(u128, usize, &[usize])> = None;
    for (at, asked) in all.iter().enumerate() {
        for (columns, _) in &asked.readings {
            let adds = asked.adds(columns);
            if adds == 0 || adds > room {
                continue;
            }
            let worth = asked.spares(columns) * 1000 / adds as u128;
            if worth >= WORTH_MIN && best.is_none_or(|(known, ..)| worth > known) {
                best = Some((worth, at, columns));
            }
        }
    }
    best.map(|(_, at, columns)| (at, columns.to_vec()))
}

/// A table: how large each column is that a reading wants, and how many readings want what.
struct Asked {
    bytes: BTreeMap<usize, usize>,
    readings: Vec<(Vec<usize>, usize)>,
    held: BTreeSet<usize>,
}

impl Asked {
    fn of(bytes: impl Iterator<Item = (usize, usize)>, readings: Vec<(Vec<usize>, usize)>) -> Self {
        Self {
            // What has no row takes no room, but has to be held as well.
            bytes: bytes.map(|(place, bytes)| (place, bytes.max(1))).collect(),
            readings,
            held: BTreeSet::new(),
        }
    }

    /// The bytes that `columns` add to what is held.
    fn adds(&self, columns: &[usize]) -> usize {
        let new = columns.iter().filter(|column| !self.held.contains(column));
        new.filter_map(|column| self.bytes.get(column)).sum()
    }

    /// The bytes that need not be read when `columns` are held too. The first reading fills what is held.
    fn spares(&self, columns: &[usize]) -> u128 {
        let all_in =
            |held: &BTreeSet<usize>, wanted: &[usize]| wanted.iter().all(|column| held.contains(column));
        let mut with = self.held.clone();
        with.extend(columns);
        let spared = self
            .readings
            .iter()
            .filter(|(wanted, _)| all_in(&with, wanted) && !all_in(&self.held, wanted));
        let bytes = |wanted: &[usize]| -> u128 {
            let bytes = wanted.iter().filter_map(|column| self.bytes.get(column));
            bytes.map(|bytes| *bytes as u128).sum()
        };
        let all: u128 = spared.map(|(wanted, times)| bytes(wanted) * *times as u128).sum();
        all.saturating_sub(self.adds(columns) as u128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which columns are held of a small table and of a large one, each with readings of two kinds.
    fn held(bytes_max: usize) -> String {
        let small = [(0, 8), (3, 20), (5, 40)];
        let small = Asked::of(small.into_iter(), vec![(vec![0, 3], 50), (vec![0, 5], 1)]);
        let large = [(0, 800), (1, 2000), (2, 900)];
        let large = Asked::of(large.into_iter(), vec![(vec![0, 1], 9), (vec![0, 1, 2], 2)]);
        format!("{:?}", chosen(vec![small, large], bytes_max))
    }

    #[test]
    fn what_spares_most_for_its_room_is_held_and_nothing_that_is_read_once() {
        assert_eq!(held(10), "[{}, {}]");
        assert_eq!(held(100), "[{0, 3}, {}]");
        assert_eq!(held(2_900), "[{0, 3}, {0, 1}]");
        assert_eq!(held(1 << 20), "[{0, 3}, {0, 1, 2}]");
    }
}
