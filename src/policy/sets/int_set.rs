//! Sets of integer keys. Most tables number their rows from 1, so a large set is mostly dense: one bit
//! for each number stays in the processor's cache, where a hash table does not.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// A bit for each number between the smallest and the largest is worth it where these are at most
/// this many times as many as the keys: a hash table takes more.
const NUMBERS_PER_KEY: i128 = 64;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IntSet {
    /// What is not in `dense`.
    hashed: FxHashSet<i64>,
    dense: Dense,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Dense {
    /// The number of the first bit.
    first: i64,
    bits: FixedBitSet,
    len: usize,
}

impl Dense {
    /// None where it would be larger than a hash table.
    fn of(
        keys: &mut dyn Iterator<Item = i64>,
        (first, last): (i64, i64),
        len: usize,
    ) -> Option<Self> {
        let numbers = i128::from(last) - i128::from(first) + 1;
        if numbers > NUMBERS_PER_KEY * len as i128 {
            return None;
        }
        let mut bits = FixedBitSet::with_capacity(usize::try_from(numbers).ok()?);
        for key in keys {
            bits.insert(place(key, first));
        }
        let len = bits.count_ones(..);
        Some(Dense { first, bits, len })
    }

    fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        let key = |bit| self.first.wrapping_add(bit as i64);
        self.bits.ones().map(key)
    }

    #[inline]
    fn contains(&self, key: i64) -> bool {
        self.bits.contains(place(key, self.first))
    }
}

/// The bit of a key: one that no set has, for a key below the first.
#[inline]
fn place(key: i64, first: i64) -> usize {
    key.wrapping_sub(first) as usize
}

impl IntSet {
    pub fn from_list(keys: Vec<i64>) -> Self {
        let dense = bounds(keys.iter().copied())
            .and_then(|bounds| Dense::of(&mut keys.iter().copied(), bounds, keys.len()));
        match dense {
            Some(dense) => IntSet {
                hashed: FxHashSet::default(),
                dense,
            },
            None => IntSet {
                hashed: keys.into_iter().collect(),
                dense: Dense::default(),
            },
        }
    }

    /// To be called when the set is complete: makes it as small and quick as it can be.
    pub fn pack(&mut self) {
        if self.hashed.is_empty() {
            return;
        }
        let dense =
            bounds(self.iter()).and_then(|bounds| Dense::of(&mut self.iter(), bounds, self.len()));
        if let Some(dense) = dense {
            *self = IntSet {
                hashed: FxHashSet::default(),
                dense,
            };
        }
    }

    pub fn insert(&mut self, key: i64) {
        if !self.dense.contains(key) {
            self.hashed.insert(key);
        }
    }

    pub fn remove(&mut self, key: i64) {
        if self.dense.contains(key) {
            self.dense.bits.remove(place(key, self.dense.first));
            self.dense.len -= 1;
        }
        self.hashed.remove(&key);
    }

    #[inline]
    pub fn contains(&self, key: i64) -> bool {
        self.dense.contains(key) || !self.hashed.is_empty() && self.hashed.contains(&key)
    }

    pub fn len(&self) -> usize {
        self.dense.len + self.hashed.len()
    }

    /// In no order.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.dense.iter().chain(self.hashed.iter().copied())
    }

    /// How much memory the set takes, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        self.dense.bits.len() / 8 + self.hashed.capacity() * (size_of::<i64>() + 1)
    }
}

impl Extend<i64> for IntSet {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}

fn bounds(keys: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    keys.fold(None, |bounds, key| match bounds {
        None => Some((key, key)),
        Some((first, last)) => Some((key.min(first), key.max(last))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn keys() -> impl Strategy<Value = Vec<i64>> {
        let near = prop_oneof![
            -100..100i64,
            i64::MAX - 50..=i64::MAX,
            i64::MIN..i64::MIN + 50
        ];
        prop_oneof![
            prop::collection::vec(-100..100i64, 0..200),
            prop::collection::vec(any::<i64>(), 0..50),
            prop::collection::vec(near, 0..50),
        ]
    }

    proptest! {
        #[test]
        fn holds_what_was_put_in(list in keys(), more in keys(), asked in keys()) {
            let expected: BTreeSet<i64> = list.iter().copied().collect();
            let mut packed = IntSet::default();
            packed.extend(list.iter().copied());
            packed.pack();
            for mut set in [packed, IntSet::from_list(list)] {
                let mut expected = expected.clone();
                prop_assert_eq!(set.len(), expected.len());
                prop_assert_eq!(&set.iter().collect::<BTreeSet<_>>(), &expected);
                for key in asked.iter().chain(&expected) {
                    prop_assert_eq!(set.contains(*key), expected.contains(key));
                }
                for &key in &more {
                    if key % 3 == 0 {
                        set.remove(key);
                        expected.remove(&key);
                    } else {
                        set.insert(key);
                        expected.insert(key);
                    }
                }
                prop_assert_eq!(&set.iter().collect::<BTreeSet<_>>(), &expected);
            }
        }
    }

    #[test]
    fn many_neighbours_are_stored_densely() {
        let set = IntSet::from_list((1_000..50_000).collect());
        assert!(set.bytes() < 7_000);
        assert!(IntSet::from_list(vec![1, 1_000_000]).bytes() < 100);
    }
}
