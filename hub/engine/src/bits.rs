//! A set of dense numbers, a bit each.
//! Here because rows and ids are counted from nought, and a hash set of ten million of them takes a hundred times the room.
//! In: numbers. Out: whether each is in, and whether it was.
//! Not here: what the numbers are.

/// The numbers that are in.
#[derive(Debug, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Adds `number`; whether it was not in. One that this machine cannot address never is.
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        let Ok(at) = usize::try_from(number / 64) else {
            return false;
        };
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        let fresh = !self.contains(number);
        self.0[at] |= 1 << (number % 64);
        fresh
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let word = usize::try_from(number / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}
