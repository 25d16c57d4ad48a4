//! Blocks: the table from a key to the registered people who have it.
//! Here because it is built once for a register and asked for every row of every list.
//! In: keys of one kind for every row. Out: the rows under a key; nothing for blocks that are too big, which are counted.
//! Not here: what keys are made of (row.rs; text/keys for other sets).

/// People under one key beyond which the key tells nothing; such blocks are skipped and counted.
pub const BLOCK_MAX: usize = 400;

/// Rows by key, for one kind of key: 32 bits of the key's hash above 32 bits of the row, sorted.
pub(super) struct Blocks {
    entries: Vec<u64>,
    /// Where the entries begin whose hash begins with these bits.
    starts: Vec<u32>,
    shift: u32,
}

/// What stands under a key.
pub(super) enum Block<'a> {
    /// These rows, each below 32 bits of hash; they may be too many to look at.
    Rows(&'a [u64]),
    /// More than [`BLOCK_MAX`].
    TooBig,
}

impl Blocks {
    /// The table of the keys of rows 0, 1, …; key 0 is no key.
    pub(super) fn new(keys: impl Iterator<Item = u64>) -> Self {
        let mut entries: Vec<u64> = keys
            .zip(0_u64..)
            .filter(|(key, _)| *key != 0)
            .map(|(key, row)| key & 0xFFFF_FFFF_0000_0000 | row)
            .collect();
        entries.shrink_to_fit();
        entries.sort_unstable();
        let bits = usize::BITS - (entries.len() / 4).leading_zeros();
        let shift = 64 - bits.clamp(1, 30);
        let mut starts = vec![0; (1 << (64 - shift)) + 1];
        for entry in &entries {
            if let Some(count) = starts.get_mut(bucket(*entry, shift) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self {
            entries,
            starts,
            shift,
        }
    }

    /// The rows under `key`, which is not 0.
    pub(super) fn find(&self, key: u64) -> Block<'_> {
        let bucket = bucket(key, self.shift);
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let entries = self
            .entries
            .get(bound(bucket)..bound(bucket + 1))
            .unwrap_or_default();
        let hash = key >> 32;
        let first = entries.partition_point(|entry| entry >> 32 < hash);
        let rest = entries.get(first..).unwrap_or_default();
        let count = rest
            .iter()
            .take(BLOCK_MAX + 1)
            .take_while(|entry| *entry >> 32 == hash)
            .count();
        if count > BLOCK_MAX {
            return Block::TooBig;
        }
        Block::Rows(rest.get(..count).unwrap_or_default())
    }

    /// Blocks that are too big, and the rows in them.
    pub(super) fn too_big(&self) -> (usize, usize) {
        let groups = self.entries.chunk_by(|a, b| a >> 32 == b >> 32);
        let big = groups.filter(|group| group.len() > BLOCK_MAX);
        big.fold((0, 0), |(blocks, rows), group| (blocks + 1, rows + group.len()))
    }
}

/// The first bits of a hash.
fn bucket(hash: u64, shift: u32) -> usize {
    usize::try_from(hash >> shift).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::hash::finish;

    #[test]
    fn rows_are_found_under_their_key_and_big_blocks_are_not() {
        let key = |n: u64| finish(n) | 1;
        let keys = (0..1_000).map(|row| match row {
            0..=499 => key(7),
            500 => 0,
            row => key(row / 10 + 100),
        });
        let blocks = Blocks::new(keys);
        assert!(matches!(blocks.find(key(7)), Block::TooBig));
        assert_eq!(blocks.too_big(), (1, 500));
        let rows = |n: u64| match blocks.find(key(n)) {
            Block::Rows(rows) => rows.iter().map(|entry| entry & 0xFFFF_FFFF).collect::<Vec<_>>(),
            Block::TooBig => vec![],
        };
        assert_eq!(rows(160), (600..610).collect::<Vec<_>>());
        assert_eq!(rows(150), (501..510).collect::<Vec<_>>());
        assert!(rows(9_999).is_empty());
        assert!(matches!(
            Blocks::new(std::iter::empty()).find(key(1)),
            Block::Rows([])
        ));
    }
}
