//! One id for each of many, looked up for tens of millions of rows.
//! Here because ids are dense and ids that lie together are asked for together: a hash of each would miss the cache each time.
//! In: pairs of ids. Out: the one that stands for another.
//! Not here: what a pair means (alias, income).

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// Ids in a page. Ids are dense, so that pages are full and rows of neighbours find theirs in the cache.
const PAGE: u64 = 4_096;
/// Nobody's; registries never give this id.
const NONE: u64 = 0;

/// Ids by id.
#[derive(Debug, Default)]
pub(crate) struct IdPages {
    pages: HashMap<u64, Box<[u64]>, FixedState>,
}

impl IdPages {
    /// What stands for `id`; `None` when nothing does.
    pub(crate) fn of(&self, id: u64) -> Option<u64> {
        let found = *self.pages.get(&(id / PAGE))?.get(place(id))?;
        (found != NONE).then_some(found)
    }

    /// Lets stand for `id` what `change` makes of what stood for it; 0 is nothing.
    pub(crate) fn change(&mut self, id: u64, change: impl FnOnce(Option<u64>) -> u64) {
        let page = self.pages.entry(id / PAGE);
        let page = page.or_insert_with(|| (0..PAGE).map(|_| NONE).collect());
        if let Some(found) = page.get_mut(place(id)) {
            *found = change((*found != NONE).then_some(*found));
        }
    }
}

impl FromIterator<(u64, u64)> for IdPages {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        let mut pages = Self::default();
        for (id, other) in pairs {
            pages.change(id, |_| other);
        }
        pages
    }
}

/// An id's place in its page.
fn place(id: u64) -> usize {
    usize::try_from(id % PAGE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_its_own_and_others_have_none() {
        let pages: IdPages = [(1, 7), (PAGE, 9), (u64::MAX, 4), (1, 8)].into_iter().collect();
        assert_eq!(pages.of(1), Some(8));
        assert_eq!((pages.of(PAGE), pages.of(u64::MAX)), (Some(9), Some(4)));
        assert_eq!((pages.of(0), pages.of(2), pages.of(2 * PAGE)), (None, None, None));
    }
}
