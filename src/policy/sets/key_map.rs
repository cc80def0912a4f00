//! A value for each of many keys, in the type of their column.

use crate::catalog::read::rows::{uuid_of, with_text};
use crate::policy::sets::keys::{
    ALLOCATED, KeySet, KeyType, canonical_int, canonical_uuid, int_of,
};
use pgrx::pg_sys;
use rustc_hash::FxHashMap;

/// Values by key, for quick probing with column values.
#[derive(Clone, Debug)]
pub enum KeyMap<V> {
    Int(FxHashMap<i64, V>),
    Uuid(FxHashMap<u128, V>),
    Text(FxHashMap<Box<str>, V>),
}

impl<V> KeyMap<V> {
    pub fn new(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Int2 | KeyType::Int4 | KeyType::Int8 => KeyMap::Int(FxHashMap::default()),
            KeyType::Uuid => KeyMap::Uuid(FxHashMap::default()),
            KeyType::Text => KeyMap::Text(FxHashMap::default()),
        }
    }

    /// As for [`KeySet::insert`], keys that are not the text of a value are left out.
    pub fn insert(&mut self, key: &str, value: V) {
        match self {
            KeyMap::Int(map) => {
                canonical_int(key).map(|key| map.insert(key, value));
            }
            KeyMap::Uuid(map) => {
                canonical_uuid(key).map(|key| map.insert(key, value));
            }
            KeyMap::Text(map) => {
                map.insert(key.into(), value);
            }
        }
    }

    /// # Safety
    /// `datum` must be of a column type that agrees with the one that the map was made for.
    pub unsafe fn insert_datum(&mut self, key_type: KeyType, datum: pg_sys::Datum, value: V) {
        match self {
            KeyMap::Int(map) => {
                map.insert(int_of(key_type, datum), value);
            }
            KeyMap::Uuid(map) => {
                // SAFETY: by the caller's promise.
                map.insert(unsafe { uuid_of(datum) }, value);
            }
            // SAFETY: by the caller's promise.
            KeyMap::Text(map) => unsafe {
                with_text(datum, |key| {
                    key.map(|key| map.insert(key.into(), value));
                });
            },
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        match self {
            KeyMap::Int(map) => map.len(),
            KeyMap::Uuid(map) => map.len(),
            KeyMap::Text(map) => map.len(),
        }
    }

    pub fn clear(&mut self) {
        match self {
            KeyMap::Int(map) => map.clear(),
            KeyMap::Uuid(map) => map.clear(),
            KeyMap::Text(map) => map.clear(),
        }
    }

    /// # Safety
    /// `datum` must be of the column type that the map was made for.
    #[inline]
    pub unsafe fn get(&self, key_type: KeyType, datum: pg_sys::Datum) -> Option<&V> {
        match self {
            KeyMap::Int(map) => map.get(&int_of(key_type, datum)),
            // SAFETY: by the caller's promise.
            KeyMap::Uuid(map) => map.get(&unsafe { uuid_of(datum) }),
            // SAFETY: by the caller's promise.
            KeyMap::Text(map) => unsafe {
                with_text(datum, |key| key.and_then(|key| map.get(key)))
            },
        }
    }

    /// How much memory the map takes, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            KeyMap::Int(map) => map.capacity() * (size_of::<(i64, V)>() + 1),
            KeyMap::Uuid(map) => map.capacity() * (size_of::<(u128, V)>() + 1),
            KeyMap::Text(map) => {
                map.capacity() * (size_of::<(Box<str>, V)>() + 1)
                    + map.keys().map(|key| key.len() + ALLOCATED).sum::<usize>()
            }
        }
    }

    pub fn values(&self) -> Box<dyn Iterator<Item = &V> + '_> {
        match self {
            KeyMap::Int(map) => Box::new(map.values()),
            KeyMap::Uuid(map) => Box::new(map.values()),
            KeyMap::Text(map) => Box::new(map.values()),
        }
    }
}

impl<V: Copy> KeyMap<V> {
    /// Adds the keys whose value passes to a set of the same key type.
    pub fn add_keys(&self, set: &mut KeySet, passes: impl Fn(V) -> bool) {
        match (self, set) {
            (KeyMap::Int(map), KeySet::Int(set)) => {
                set.extend(
                    map.iter()
                        .filter(|(_, value)| passes(**value))
                        .map(|(key, _)| *key),
                );
            }
            (KeyMap::Uuid(map), KeySet::Uuid(set)) => {
                set.extend(
                    map.iter()
                        .filter(|(_, value)| passes(**value))
                        .map(|(key, _)| *key),
                );
            }
            (KeyMap::Text(map), KeySet::Text(set)) => {
                set.extend(
                    map.iter()
                        .filter(|(_, value)| passes(**value))
                        .map(|(key, _)| key.clone()),
                );
            }
            _ => {}
        }
    }
}
