//! Dice: the county's only source of chance, a splitmix64 keyed by (seed, household, purpose).
//! Here because every household must come out the same, alone or in a run over all of them, on any machine and any crate version.
//! In: seed, index, purpose. Out: numbers and picks; the same key always gives the same series.
//! Not here: what the numbers mean; secrets (those need real randomness, see secret.rs).

use std::hint::select_unpredictable;

/// What a series of numbers is for; two purposes of one household never share a series.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Size = 1,
    Traits = 2,
    Members = 3,
    Incomes = 4,
    Names = 5,
    Work = 6,
    Benefits = 7,
    Posts = 8,
    Training = 9,
    Subsidies = 10,
    Insurance = 11,
    Graduates = 12,
    Stations = 13,
    Settlements = 14,
    Villages = 15,
    Measures = 16,
    Declarations = 17,
    Suppliers = 18,
    Buyers = 19,
    Links = 20,
    Dirt = 21,
    Employers = 22,
    RowDirt = 23,
    Cares = 24,
    Family = 25,
    Outsider = 26,
    ListRow = 27,
    Treatment = 28,
    PlanCases = 41,
    Misfits = 42,
    Coverage = 60,
    Forgotten = 61,
    Dwelling = 62,
    Registered = 63,
    Illness = 64,
    Promises = 65,
    SupplierCases = 52,
    WorkCases = 53,
    PostCases = 54,
    PaymentCases = 55,
    MeasureCases = 56,
    PhoneCases = 57,
    Roles = 66,
    Entries = 67,
    Shares = 68,
    Slips = 69,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What all series of one household have in common: who throws for several purposes mixes it once.
#[derive(Clone, Copy)]
pub(crate) struct Key(u64);

impl Key {
    #[inline]
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        Self(mix(mix(seed ^ GOLDEN) ^ index.wrapping_mul(GOLDEN)))
    }

    #[inline]
    pub(crate) fn dice(self, purpose: Purpose) -> Dice {
        Dice {
            state: mix(self.0 ^ (purpose as u64)),
        }
    }
}

/// A throw is a function of its number in the series: one nobody looks at costs nothing, and any number can be skipped.
#[derive(Clone)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    #[inline]
    pub(crate) fn new(seed: u64, index: u64, purpose: Purpose) -> Self {
        Key::new(seed, index).dice(purpose)
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Goes on as after so many throws.
    #[inline]
    pub(crate) fn skip(&mut self, throws: u64) {
        self.state = self.state.wrapping_add(GOLDEN.wrapping_mul(throws));
    }

    /// A number in `0..n`; `n` must not be zero. The bias of at most n / 2^32 does not matter here.
    #[inline]
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let scaled = ((self.next() >> 32) * u64::from(n)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// A number in `low..=high`.
    #[inline]
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u32::try_from(high - low + 1).unwrap_or(1);
        low + i64::from(self.below(width))
    }

    /// True with a probability of `per_mille` / 1000: `below(1000) < per_mille`.
    #[inline]
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        if per_mille > 500 {
            return self.below(1000) < per_mille;
        }
        // The last step of mixing moves no number of the lower half into the upper one or about in it: it can be left out.
        self.state = self.state.wrapping_add(GOLDEN);
        half_mixed(self.state) >> 32 < (u64::from(per_mille) << 32).div_ceil(1000)
    }

    /// `chance`, thrown only when `asked`, else false; without a branch, since nobody can foretell it.
    #[inline]
    pub(crate) fn chance_if(&mut self, asked: bool, per_mille: u32) -> bool {
        let mut thrown = self.clone();
        let fell = thrown.chance(per_mille);
        self.state = select_unpredictable(asked, thrown.state, self.state);
        asked & fell
    }

    /// `between`, thrown only when `asked`, else zero; without a branch as well.
    #[inline]
    pub(crate) fn between_if(&mut self, asked: bool, low: i64, high: i64) -> i64 {
        let mut thrown = self.clone();
        let number = thrown.between(low, high);
        self.state = select_unpredictable(asked, thrown.state, self.state);
        select_unpredictable(asked, number, 0)
    }

    /// One of `items`, all equally likely.
    #[inline]
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let n = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items[self.below(n) as usize]
    }

    /// One of `items`, the earlier the likelier (the smaller of two throws), as names and risks are in life.
    #[inline]
    pub(crate) fn pick_early<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.early(items.len())]
    }

    /// A position in `0..len`, the earlier the likelier.
    #[inline]
    pub(crate) fn early(&mut self, len: usize) -> usize {
        let n = u32::try_from(len).unwrap_or(u32::MAX);
        self.below(n).min(self.below(n)) as usize
    }

    /// One of `items` by weight; `total` is the sum of the weights.
    #[inline]
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(T, u32)], total: u32) -> T {
        let mut left = self.below(total);
        for (item, weight) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[items.len() - 1].0
    }
}

#[inline]
fn mix(z: u64) -> u64 {
    let z = half_mixed(z);
    z ^ (z >> 31)
}

#[inline]
fn half_mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_gives_the_same_series_and_another_purpose_another() {
        let series = |purpose| {
            let mut dice = Dice::new(7, 42, purpose);
            [dice.below(1000), dice.below(1000), dice.below(1000)]
        };
        assert_eq!(series(Purpose::Size), series(Purpose::Size));
        assert_ne!(series(Purpose::Size), series(Purpose::Names));
    }

    #[test]
    fn a_chance_is_a_number_below_a_thousand() {
        for per_mille in [0, 1, 12, 40, 499, 500, 501, 800, 1000] {
            let (mut one, mut other) = (Dice::new(3, 4, Purpose::Size), Dice::new(3, 4, Purpose::Size));
            for _ in 0..20_000 {
                assert_eq!(one.chance(per_mille), other.below(1000) < per_mille);
            }
        }
    }

    #[test]
    fn skipping_is_throwing_without_looking() {
        let mut thrown = Dice::new(7, 42, Purpose::Size);
        let mut skipped = thrown.clone();
        for _ in 0..5 {
            thrown.chance(500);
        }
        skipped.skip(5);
        assert_eq!(thrown.below(1_000_000), skipped.below(1_000_000));
    }

    #[test]
    fn between_reaches_both_ends_and_nothing_else() {
        let mut dice = Dice::new(1, 1, Purpose::Size);
        let mut seen = [false; 3];
        for _ in 0..200 {
            seen[usize::try_from(dice.between(5, 7) - 5).unwrap()] = true;
        }
        assert_eq!(seen, [true; 3]);
    }
}
