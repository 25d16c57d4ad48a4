//! Ahead: how many live in each of the next households, found out for many of them at once.
//! Here because a county ends with its people, so every household is counted, printed or not: in most streams hardly anything else is done.
//! In: a seed, an index that grows by one. Out: the household's key and size, as its own series of throws have them.
//! Not here: the end of the county (walk.rs), what a plan is (plan.rs).

use std::hint::select_unpredictable;

use super::dice::{Key, Purpose};
use super::plan::Plan;

/// Most people of a household.
pub(crate) const HOUSEHOLD_MAX: usize = 7;
/// By a throw below a hundred: the people of a household, 1 to 7.
const SIZES: [u8; 100] = {
    let per_hundred = [(1, 15), (2, 22), (3, 20), (4, 20), (5, 13), (6, 7), (7, 3)];
    let mut sizes = [0; 100];
    let (mut at, mut which, mut left) = (0, 0, per_hundred[0].1);
    while at < sizes.len() {
        if left == 0 {
            which += 1;
            left = per_hundred[which].1;
        }
        sizes[at] = per_hundred[which].0;
        left -= 1;
        at += 1;
    }
    sizes
};
/// A household in which nobody can work is small.
pub(super) const NO_LABOUR_SIZE_MAX: u8 = 2;
/// Households looked at together.
const TOGETHER: usize = 64;

/// Looks ahead of a walk.
pub(super) struct Ahead {
    seed: u64,
    /// Household `index` is at `index % TOGETHER`.
    seen: [Seen; TOGETHER],
}

/// What has been seen of a household before the walk comes to it.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) key: Key,
    pub(super) size: u8,
}

impl Ahead {
    pub(super) fn new(seed: u64) -> Self {
        let seen = Seen {
            key: Key::new(seed, 0),
            size: 0,
        };
        Self {
            seed,
            seen: [seen; TOGETHER],
        }
    }

    /// The household `index`, which is 0 at first and then one more each time.
    #[inline]
    pub(super) fn seen(&mut self, index: u64) -> Seen {
        let at = usize::try_from(index).unwrap_or(0) % TOGETHER;
        if at == 0 {
            self.look(index);
        }
        self.seen[at]
    }

    /// Loops of one thing each, without a branch that cannot be foretold; what differs is put on a list for the next.
    #[inline(never)]
    fn look(&mut self, first: u64) {
        let (mut big, mut watched) = (List::new(), List::new());
        for (index, seen) in (first..).zip(&mut self.seen) {
            let key = Key::new(self.seed, index);
            let size = thrown_size(key);
            *seen = Seen { key, size };
        }
        // Whether nobody can work takes much longer to find out, and the small ones stay as they are.
        for (at, seen) in self.seen.iter().enumerate() {
            big.put_if(seen.size > NO_LABOUR_SIZE_MAX, at);
        }
        for at in big.all() {
            let seen = &mut self.seen[*at];
            let (is_watched, no_labour) = Plan::watched_or_no_labour(seen.key.dice(Purpose::Traits));
            watched.put_if(is_watched, *at);
            seen.size = select_unpredictable(no_labour, NO_LABOUR_SIZE_MAX, seen.size);
        }
        for at in watched.all() {
            let seen = &mut self.seen[*at];
            if Plan::no_labour(seen.key.dice(Purpose::Traits)) {
                seen.size = NO_LABOUR_SIZE_MAX;
            }
        }
    }
}

impl Seen {
    /// The same household with the script's part for `slot`.
    pub(super) fn scripted(self, slot: Option<u64>) -> Self {
        let size = thrown_size(self.key);
        // The script's parts are about fractions of a fen a head: they want people to divide by.
        let size = if Plan::for_household(slot, self.key.dice(Purpose::Traits)).no_labour {
            size.min(NO_LABOUR_SIZE_MAX)
        } else {
            size.clamp(3, 5)
        };
        Self { size, ..self }
    }
}

#[inline]
fn thrown_size(key: Key) -> u8 {
    SIZES[key.dice(Purpose::Size).below(100) as usize]
}

/// Positions among the households looked at.
struct List {
    positions: [usize; TOGETHER],
    count: usize,
}

impl List {
    fn new() -> Self {
        Self {
            positions: [0; TOGETHER],
            count: 0,
        }
    }

    /// Once for each position at most.
    #[inline]
    fn put_if(&mut self, wanted: bool, position: usize) {
        self.positions[self.count] = position;
        self.count += usize::from(wanted);
    }

    fn all(&self) -> &[usize] {
        &self.positions[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_spread_as_written() {
        let with = |size| SIZES.iter().filter(|of| **of == size).count();
        assert_eq!(SIZES.iter().max().copied().map(usize::from), Some(HOUSEHOLD_MAX));
        assert_eq!([1, 2, 3, 4, 5, 6, 7].map(with), [15, 22, 20, 20, 13, 7, 3]);
    }

    #[test]
    fn sizes_seen_ahead_are_those_of_the_plans() {
        let mut ahead = Ahead::new(5);
        let mut cut = 0;
        for index in 0..5_000 {
            let seen = ahead.seen(index);
            let key = Key::new(5, index);
            let no_labour = Plan::for_household(None, key.dice(Purpose::Traits)).no_labour;
            let size = thrown_size(key);
            cut += u32::from(no_labour && size > NO_LABOUR_SIZE_MAX);
            assert_eq!(
                seen.size,
                if no_labour {
                    size.min(NO_LABOUR_SIZE_MAX)
                } else {
                    size
                }
            );
        }
        assert!(cut > 0);
    }
}
