//! Values under keys in a piece of memory of a fixed size, which many processes look at.
//!
//! The memory has two halves. One is filled from its beginning; when it is full, the other is emptied and
//! filled instead. So what was stored longest ago goes, nothing is ever moved or freed, and nothing in the
//! memory is a pointer. Memory that holds nothing but zeros is empty.

use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::ops::Range;

/// Which half is being filled.
const FILLING: Range<usize> = 0..8;
const HEADER: usize = 8;

/// Every half begins with where its next entry goes, and a table that tells where entries are: a place for
/// each so many bytes.
const END: Range<usize> = 0..8;
const PLACES: usize = 8;
const PLACE: usize = 8;
const BYTES_PER_PLACE: usize = 128;

/// So many places are looked at for one key.
const TRIES: usize = 16;

/// Every entry begins with the lengths of its key and its value, and at a multiple of this.
const LENGTHS: usize = 8;

/// What is larger than such a part of a half is not stored: it would push out all the rest.
const LARGEST: usize = 4;

/// The value that is stored under a key.
pub fn find<'memory>(memory: &'memory [u8], key: &[u8]) -> Option<&'memory [u8]> {
    let first = filling(memory)?;
    [first, 1 - first].into_iter().find_map(|number| {
        let half = memory.get(half(memory.len(), number))?;
        find_in_half(half, key)
    })
}

/// Stores a value under a key, unless it is there already. Whoever stores has the memory for themselves, and
/// nobody finds an entry before it is complete.
pub fn store(memory: &mut [u8], key: &[u8], value: &[u8]) -> Option<()> {
    let filling = filling(memory)?;
    let length = memory.len();
    let present = memory.get_mut(half(length, filling))?;
    if find_in_half(present, key).is_some() {
        return Some(());
    }
    if !is_storable(present.len(), key, value) {
        return None;
    }
    if let Some(()) = append(present, key, value) {
        return Some(());
    }
    let other = 1 - filling;
    let emptied = memory.get_mut(half(length, other))?;
    let head = PLACES + places(emptied.len()) * PLACE;
    emptied.get_mut(..head)?.fill(0);
    write(memory, FILLING, other as u64)?;
    append(memory.get_mut(half(length, other))?, key, value)
}

/// Empties the memory.
pub fn clear(memory: &mut [u8]) {
    memory.fill(0);
}

fn filling(memory: &[u8]) -> Option<usize> {
    read(memory, FILLING).map(|filling| usize::from(filling != 0))
}

fn half(length: usize, number: usize) -> Range<usize> {
    let size = length.saturating_sub(HEADER) / 2 / PLACE * PLACE;
    let begin = HEADER + number * size;
    begin..begin + size
}

fn places(size: usize) -> usize {
    size / BYTES_PER_PLACE
}

fn is_storable(size: usize, key: &[u8], value: &[u8]) -> bool {
    key.len() + value.len() <= size / LARGEST && u32::try_from(size).is_ok()
}

/// The places where the key may be noted, and the mark that it is noted with, which is not zero.
fn tries(size: usize, key: &[u8]) -> (u32, impl Iterator<Item = Range<usize>>) {
    let mut hasher = FxHasher::default();
    hasher.write(key);
    let hash = hasher.finish();
    let count = places(size);
    let first = (hash >> 32) as usize;
    let tries = (0..TRIES.min(count)).map(move |n| {
        let at = PLACES + (first + n) % count * PLACE;
        at..at + PLACE
    });
    (hash as u32 | 1, tries)
}

fn find_in_half<'half>(half: &'half [u8], key: &[u8]) -> Option<&'half [u8]> {
    let (mark, tries) = tries(half.len(), key);
    for place in tries {
        let noted = read(half, place)?;
        if noted == 0 {
            return None;
        }
        if (noted >> 32) as u32 == mark
            && let Some((stored, value)) = entry(half, noted as u32 as usize)
            && stored == key
        {
            return Some(value);
        }
    }
    None
}

fn entry(half: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let lengths = read(half, at..at + LENGTHS)?;
    let (key, value) = ((lengths >> 32) as usize, lengths as u32 as usize);
    let begin = at + LENGTHS;
    let entry = half.get(begin..begin + key + value)?;
    Some(entry.split_at(key))
}

/// None where there is no room any more.
fn append(half: &mut [u8], key: &[u8], value: &[u8]) -> Option<()> {
    let size = half.len();
    let (mark, mut tries) = tries(size, key);
    let place = tries.find(|place| read(half, place.clone()) == Some(0))?;
    let end = usize::try_from(read(half, END)?)
        .ok()
        .filter(|end| *end <= size)?;
    let at = end.max(PLACES + places(size) * PLACE);
    let begin = at + LENGTHS;
    let end = begin + key.len() + value.len();
    let stored = half.get_mut(begin..end)?;
    let (to_key, to_value) = stored.split_at_mut(key.len());
    to_key.copy_from_slice(key);
    to_value.copy_from_slice(value);
    let lengths = (key.len() as u64) << 32 | value.len() as u64;
    write(half, at..begin, lengths)?;
    write(half, END, end.next_multiple_of(PLACE) as u64)?;
    write(half, place, u64::from(mark) << 32 | at as u64)
}

fn read(memory: &[u8], at: Range<usize>) -> Option<u64> {
    let bytes = memory.get(at)?;
    bytes.try_into().ok().map(u64::from_ne_bytes)
}

fn write(memory: &mut [u8], at: Range<usize>, value: u64) -> Option<()> {
    memory.get_mut(at)?.copy_from_slice(&value.to_ne_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// What is found is what was stored last under the key; what was stored last is found.
        #[test]
        fn nothing_is_found_that_was_not_stored(
            size in 0..20_000usize,
            entries in prop::collection::vec((0..60u8, 0..2_000usize), 0..200),
        ) {
            let mut memory = vec![0; size];
            let mut stored: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
            for (name, length) in entries {
                let key = vec![name; usize::from(name)];
                let value = stored
                    .entry(key.clone())
                    .or_insert_with(|| vec![name ^ 0x55; length])
                    .clone();
                if store(&mut memory, &key, &value).is_some() {
                    prop_assert_eq!(find(&memory, &key), Some(value.as_slice()));
                }
                for (key, value) in &stored {
                    let found = find(&memory, key);
                    prop_assert!(found.is_none_or(|found| found == value.as_slice()));
                }
            }
        }

        /// Whatever the memory holds, looking for something does no harm.
        #[test]
        fn other_memory_does_no_harm(memory in prop::collection::vec(any::<u8>(), 0..3_000), key in any::<[u8; 3]>()) {
            let mut memory = memory;
            find(&memory, &key);
            store(&mut memory, &key, &[1; 20]);
        }
    }

    #[test]
    fn the_oldest_goes_and_the_rest_stays() {
        let mut memory = vec![0; 64 << 10];
        let key = |n: u32| n.to_ne_bytes();
        for n in 0..1_000 {
            assert!(store(&mut memory, &key(n), &vec![n as u8; 500]).is_some());
            // A half holds some fifty of them, and the full one stays while the other is filled.
            let kept = (0..=n)
                .rev()
                .take_while(|n| find(&memory, &key(*n)).is_some());
            assert!(kept.count() > 45.min(n as usize));
        }
        assert!(find(&memory, &key(0)).is_none());
        assert!(store(&mut memory, &key(0), &vec![0; 9_000]).is_none());
        clear(&mut memory);
        assert!(find(&memory, &key(999)).is_none());
    }
}
