//! Hashes that are the same on every machine, in every run and with any number of threads.
//! Here because links must not depend on the seed a hash map was born with.
//! In: bytes and numbers. Out: 64 bits; maps that use them.
//! Not here: secrecy. Personal data hashed here stays in memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// A map with the hash of this module.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// The hash of a text, never 0: 0 stands for no text.
pub(crate) fn text(text: &str) -> u64 {
    let mut mixer = Mixer::default();
    mixer.write(text.as_bytes());
    mixer.finish() | 1
}

/// The hash of two hashes, 0 when either is 0: a key with a missing part is no key.
pub(super) const fn both(one: u64, other: u64) -> u64 {
    if one == 0 || other == 0 {
        return 0;
    }
    finish(one.wrapping_mul(FACTOR) ^ other.rotate_left(29)) | 1
}

/// The hash of a list of numbers, 0 when one of them is 0.
pub(super) fn all(parts: &[u64]) -> u64 {
    parts.iter().fold(FACTOR, |hash, part| both(hash, *part))
}

/// Spreads the bits of a hash or number.
pub(super) const fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in `0..n` from a hash; 0 when `n` is 0.
pub(super) fn below(hash: u64, n: usize) -> usize {
    let scaled = (u128::from(finish(hash)) * n as u128) >> 64;
    usize::try_from(scaled).unwrap_or_default()
}

/// The hasher of [`Map`].
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.write_u64(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let rest = chunks.remainder();
        let tail = rest
            .iter()
            .fold(rest.len() as u64, |word, b| word << 8 | u64::from(*b));
        self.write_u64(tail);
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(23) ^ n).wrapping_mul(FACTOR);
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn finish(&self) -> u64 {
        finish(self.0)
    }
}
