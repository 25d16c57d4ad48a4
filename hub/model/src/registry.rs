//! The registry: natural keys of people and households, and the dense ids they were given for good.
//! Here because joins on `u64` are worth two to three times joins on texts, and an id must be the same after a restart.
//! In: keyed digests of what identifies somebody. Out: ids, and which keys are new.
//! Not here: what a key is made of (the engine's mentions) and who is the same person as whom (links).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

/// A keyed digest of a natural key: 128 bits, no collision among ten million people.
pub type Key = [u8; 16];

/// Keys to dense ids, with the ids given since it was loaded.
#[derive(Debug, Clone)]
pub struct Registry {
    known: HashMap<Key, u64, BuildHasherDefault<KeyHasher>>,
    next: u64,
    given: Vec<(Key, u64)>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new([])
    }
}

impl Registry {
    /// The registry holding `known`; new keys get ids above the highest.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = (Key, u64)>) -> Self {
        let known: HashMap<_, _, _> = known.into_iter().collect();
        let next = known.values().max().map_or(1, |highest| highest + 1);
        Self {
            known,
            next,
            given: Vec::new(),
        }
    }

    /// The id of whoever has one of `keys`, the first that is known; given now when none is. Keys that were not known are
    /// its from now on; a key that is another's stays the other's. Never 0.
    pub fn id_of(&mut self, keys: &[Key]) -> u64 {
        if let [key] = keys {
            return self.id_of_one(*key);
        }
        let known = keys.iter().find_map(|key| self.known.get(key).copied());
        let id = known.unwrap_or(self.next);
        self.next = self.next.max(id + 1);
        for key in keys {
            if !self.known.contains_key(key) {
                self.known.insert(*key, id);
                self.given.push((*key, id));
            }
        }
        id
    }

    /// The same for somebody of one key, as most are: one look at the table.
    fn id_of_one(&mut self, key: Key) -> u64 {
        match self.known.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let id = *free.insert(self.next);
                self.next = id + 1;
                self.given.push((key, id));
                id
            }
        }
    }

    /// The keys that became somebody's since loading, to be committed with the rows that use them.
    #[must_use]
    pub fn take_given(&mut self) -> Vec<(Key, u64)> {
        std::mem::take(&mut self.given)
    }

    /// How many keys are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether no key is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// The registries a run works with.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    /// Households and assistance units.
    pub households: Registry,
    /// People.
    pub people: Registry,
}

/// A digest is its own hash.
#[derive(Debug, Clone, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(byte: u8) -> Key {
        [byte; 16]
    }

    #[test]
    fn ids_are_stable_and_only_new_keys_are_given() {
        let mut registry = Registry::default();
        assert_eq!((registry.id_of(&[key(1)]), registry.id_of(&[key(2)])), (1, 2));
        assert_eq!(registry.take_given(), [(key(1), 1), (key(2), 2)]);
        assert_eq!(registry.id_of(&[key(1)]), 1);
        assert!(registry.take_given().is_empty());
        assert_eq!(Registry::new([(key(1), 7)]).id_of(&[key(3)]), 8);
    }

    #[test]
    fn whoever_keeps_one_key_of_several_stays_who_it_was() {
        let mut registry = Registry::default();
        let somebody = registry.id_of(&[key(1), key(2), key(3)]);
        assert_eq!(registry.id_of(&[key(9), key(2)]), somebody);
        assert_eq!(
            registry.id_of(&[key(9)]),
            somebody,
            "the corrected key is an alias"
        );
        let other = registry.id_of(&[key(4)]);
        assert_eq!(
            registry.id_of(&[key(4), key(1)]),
            other,
            "the first key that is known decides"
        );
        assert_eq!(registry.id_of(&[key(1)]), somebody, "no key changes hands");
    }
}
