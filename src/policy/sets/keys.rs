//! Sets of owner keys, in the type of the column that holds them.

use crate::catalog::read::rows::{uuid_of, with_text};
use crate::core::{Error, Result};
use crate::policy::sets::int_set::IntSet;
use pgrx::pg_sys;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// The types that owner columns may have (semantics: Modules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyType {
    Int2,
    Int4,
    Int8,
    Uuid,
    /// text and varchar
    Text,
}

impl KeyType {
    /// The key type of a column type, or of the type under a domain.
    pub fn of(type_oid: pg_sys::Oid) -> Option<KeyType> {
        Self::of_base(type_oid)
            // SAFETY: looks up the type cache; raises an error for a type that does not exist.
            .or_else(|| Self::of_base(unsafe { pg_sys::getBaseType(type_oid) }))
    }

    fn of_base(type_oid: pg_sys::Oid) -> Option<KeyType> {
        match type_oid {
            pg_sys::INT2OID => Some(KeyType::Int2),
            pg_sys::INT4OID => Some(KeyType::Int4),
            pg_sys::INT8OID => Some(KeyType::Int8),
            pg_sys::UUIDOID => Some(KeyType::Uuid),
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Some(KeyType::Text),
            _ => None,
        }
    }

    /// Whether a key is the exact text of a value of the type.
    pub fn can_hold(self, key: &str) -> bool {
        match self {
            KeyType::Int2 => canonical_int(key).is_some_and(|key| i16::try_from(key).is_ok()),
            KeyType::Int4 => canonical_int(key).is_some_and(|key| i32::try_from(key).is_ok()),
            KeyType::Int8 => canonical_int(key).is_some(),
            KeyType::Uuid => canonical_uuid(key).is_some(),
            KeyType::Text => true,
        }
    }

    /// Whether values of the two types can be the same key.
    pub fn agrees_with(self, other: KeyType) -> bool {
        self == other || self.is_int() && other.is_int()
    }

    fn is_int(self) -> bool {
        matches!(self, KeyType::Int2 | KeyType::Int4 | KeyType::Int8)
    }

    /// The same key as a value of another type that agrees; None where it does not fit.
    pub fn convert(self, datum: pg_sys::Datum, to: KeyType) -> Option<pg_sys::Datum> {
        match (self.is_int(), to.is_int()) {
            (true, true) => to.of_int(int_of(self, datum)),
            _ => (self == to).then_some(datum),
        }
    }

    fn of_int(self, key: i64) -> Option<pg_sys::Datum> {
        match self {
            KeyType::Int2 => i16::try_from(key).ok().map(pg_sys::Datum::from),
            KeyType::Int4 => i32::try_from(key).ok().map(pg_sys::Datum::from),
            _ => Some(pg_sys::Datum::from(key)),
        }
    }

    /// The type that comparisons with such a column use.
    pub fn oid(self) -> pg_sys::Oid {
        match self {
            KeyType::Int2 => pg_sys::INT2OID,
            KeyType::Int4 => pg_sys::INT4OID,
            KeyType::Int8 => pg_sys::INT8OID,
            KeyType::Uuid => pg_sys::UUIDOID,
            KeyType::Text => pg_sys::TEXTOID,
        }
    }
}

/// The key type of a column, or the error of docs/semantics.md (Modules).
pub fn key_type_of_column(type_oid: pg_sys::Oid, column: &str) -> Result<KeyType> {
    KeyType::of(type_oid).ok_or_else(|| {
        // SAFETY: formats the name of a type that exists, into palloc'd memory.
        let name = unsafe { std::ffi::CStr::from_ptr(pg_sys::format_type_be(type_oid)) };
        Error::unsupported(format!(
            "column \"{column}\" has the type {}, which cannot hold keys",
            name.to_string_lossy()
        ))
        .hint("Keys are smallint, integer, bigint, uuid, text or varchar, or a domain over one of these.")
    })
}

/// The key type of an argument of a predicate call.
///
/// # Safety
/// `flinfo` must be that of the call.
pub unsafe fn key_type_of_argument(
    flinfo: *mut pg_sys::FmgrInfo,
    n: i32,
    column: &str,
) -> Result<KeyType> {
    // SAFETY: looks at the call's expression, if it has one.
    match unsafe { pg_sys::get_fn_expr_argtype(flinfo, n) } {
        pg_sys::InvalidOid => Err(Error::unsupported(
            "a sharing predicate was called without argument types",
        )),
        oid => key_type_of_column(oid, column),
    }
}

/// What an allocation takes besides what is stored in it, about.
const ALLOCATED: usize = 16;

/// A set of keys, for quick probing with column values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum KeySet {
    Int(IntSet),
    Uuid(FxHashSet<u128>),
    Text(FxHashSet<Box<str>>),
}

impl KeySet {
    pub fn new(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Int2 | KeyType::Int4 | KeyType::Int8 => KeySet::Int(IntSet::default()),
            KeyType::Uuid => KeySet::Uuid(FxHashSet::default()),
            KeyType::Text => KeySet::Text(FxHashSet::default()),
        }
    }

    /// Adds a key. A key that is not the exact text of a value of the type (`007`) can be the
    /// owner of nothing in such a column, and is left out.
    pub fn insert(&mut self, key: &str) {
        match self {
            KeySet::Int(set) => set.extend(canonical_int(key)),
            KeySet::Uuid(set) => set.extend(canonical_uuid(key)),
            KeySet::Text(set) => {
                set.insert(key.into());
            }
        }
    }

    /// # Safety
    /// `datum` must be of a column type that agrees with the one that the set was made for.
    pub unsafe fn insert_datum(&mut self, key_type: KeyType, datum: pg_sys::Datum) {
        match self {
            KeySet::Int(set) => set.insert(int_of(key_type, datum)),
            KeySet::Uuid(set) => {
                // SAFETY: by the caller's promise.
                set.insert(unsafe { uuid_of(datum) });
            }
            // SAFETY: by the caller's promise.
            KeySet::Text(set) => unsafe {
                set.extend(with_text(datum, |key| key.map(Box::from)));
            },
        }
    }

    pub fn remove(&mut self, key: &str) {
        match self {
            KeySet::Int(set) => {
                if let Some(key) = canonical_int(key) {
                    set.remove(key);
                }
            }
            KeySet::Uuid(set) => {
                canonical_uuid(key).map(|key| set.remove(&key));
            }
            KeySet::Text(set) => {
                set.remove(key);
            }
        }
    }

    /// Adds the keys of a set of the same key type.
    pub fn extend(&mut self, keys: &KeySet) {
        match (self, keys) {
            (KeySet::Int(set), KeySet::Int(keys)) => set.extend(keys.iter()),
            (KeySet::Uuid(set), KeySet::Uuid(keys)) => set.extend(keys),
            (KeySet::Text(set), KeySet::Text(keys)) => set.extend(keys.iter().cloned()),
            _ => {}
        }
    }

    /// To be called when the set is complete.
    pub fn pack(&mut self) {
        if let KeySet::Int(set) = self {
            set.pack();
        }
    }

    pub fn len(&self) -> usize {
        match self {
            KeySet::Int(set) => set.len(),
            KeySet::Uuid(set) => set.len(),
            KeySet::Text(set) => set.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much memory the set takes, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            KeySet::Int(set) => set.bytes(),
            KeySet::Uuid(set) => set.capacity() * 17,
            KeySet::Text(set) => {
                set.capacity() * 17 + set.iter().map(|key| key.len() + ALLOCATED).sum::<usize>()
            }
        }
    }

    /// # Safety
    /// `datum` must be of the column type that the set was made for.
    #[inline]
    pub unsafe fn contains(&self, key_type: KeyType, datum: pg_sys::Datum) -> bool {
        match self {
            KeySet::Int(set) => set.contains(int_of(key_type, datum)),
            // SAFETY: by the caller's promise.
            KeySet::Uuid(set) => !set.is_empty() && set.contains(&unsafe { uuid_of(datum) }),
            // SAFETY: by the caller's promise.
            KeySet::Text(set) => unsafe {
                !set.is_empty() && with_text(datum, |key| key.is_some_and(|key| set.contains(key)))
            },
        }
    }

    /// The keys as values of a type, in order, texts in that of their bytes: PostgreSQL sorts them each
    /// time that an index is asked, and what is in order already is sorted quickly. Numbers that do not
    /// fit are left out.
    pub fn datums(&self, key_type: KeyType) -> Vec<pg_sys::Datum> {
        match self {
            KeySet::Int(set) => in_order(set.iter())
                .filter_map(|key| key_type.of_int(key))
                .collect(),
            KeySet::Uuid(set) => in_order(set.iter().copied())
                .map(|key| {
                    let bytes = key.to_be_bytes();
                    // SAFETY: 16 bytes of the current memory context, written whole.
                    unsafe {
                        let copy = pg_sys::palloc(bytes.len()).cast::<u8>();
                        copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                        pg_sys::Datum::from(copy)
                    }
                })
                .collect(),
            KeySet::Text(set) => in_order(set.iter())
                // SAFETY: copies the bytes into a text of the current memory context.
                .map(|key| unsafe {
                    pg_sys::cstring_to_text_with_len(key.as_ptr().cast(), key.len() as i32).into()
                })
                .collect(),
        }
    }

    /// The keys as an SQL array, in the same order.
    pub fn to_array(&self, key_type: KeyType) -> pg_sys::Datum {
        let mut datums = self.datums(key_type);
        let element = key_type.oid();
        let (mut length, mut by_value, mut align) = (0i16, false, 0);
        // SAFETY: a built-in type; the array copies the datums.
        unsafe {
            pg_sys::get_typlenbyvalalign(element, &mut length, &mut by_value, &mut align);
            pg_sys::Datum::from(pg_sys::construct_array(
                datums.as_mut_ptr(),
                datums.len() as i32,
                element,
                length.into(),
                by_value,
                align,
            ))
        }
    }
}

fn in_order<T: Ord>(keys: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut keys: Vec<T> = keys.collect();
    keys.sort_unstable();
    keys.into_iter()
}

/// Keys on their way into a set.
pub enum KeyList {
    Int(Vec<i64>),
    Uuid(Vec<u128>),
    Text(Vec<Box<str>>),
}

impl KeyList {
    pub fn new(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Int2 | KeyType::Int4 | KeyType::Int8 => KeyList::Int(Vec::new()),
            KeyType::Uuid => KeyList::Uuid(Vec::new()),
            KeyType::Text => KeyList::Text(Vec::new()),
        }
    }

    /// As for [`KeySet::insert`], keys that are not the text of a value are left out.
    pub fn push(&mut self, key: &str) {
        match self {
            KeyList::Int(list) => list.extend(canonical_int(key)),
            KeyList::Uuid(list) => list.extend(canonical_uuid(key)),
            KeyList::Text(list) => list.push(key.into()),
        }
    }

    /// # Safety
    /// `datum` must be of a column type that agrees with the one that the list was made for.
    pub unsafe fn push_datum(&mut self, key_type: KeyType, datum: pg_sys::Datum) {
        match self {
            KeyList::Int(list) => list.push(int_of(key_type, datum)),
            // SAFETY: by the caller's promise.
            KeyList::Uuid(list) => list.push(unsafe { uuid_of(datum) }),
            // SAFETY: by the caller's promise.
            KeyList::Text(list) => unsafe {
                list.extend(with_text(datum, |key| key.map(Box::from)));
            },
        }
    }

    pub fn into_set(self) -> KeySet {
        match self {
            KeyList::Int(list) => KeySet::Int(IntSet::from_list(list)),
            KeyList::Uuid(list) => KeySet::Uuid(list.into_iter().collect()),
            KeyList::Text(list) => KeySet::Text(list.into_iter().collect()),
        }
    }
}

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
        match self {
            KeyMap::Int(map) => map.is_empty(),
            KeyMap::Uuid(map) => map.is_empty(),
            KeyMap::Text(map) => map.is_empty(),
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

#[inline]
fn int_of(key_type: KeyType, datum: pg_sys::Datum) -> i64 {
    match key_type {
        KeyType::Int2 => i64::from(datum.value() as i16),
        KeyType::Int4 => i64::from(datum.value() as i32),
        _ => datum.value() as i64,
    }
}

/// The text form of a column value: what a user's key must be equal to.
///
/// # Safety
/// `datum` must be of the column type `key_type`.
pub unsafe fn text_of_key(key_type: KeyType, datum: pg_sys::Datum) -> Option<String> {
    match key_type {
        KeyType::Int2 | KeyType::Int4 | KeyType::Int8 => Some(int_of(key_type, datum).to_string()),
        // SAFETY: by the caller's promise.
        KeyType::Uuid => Some(uuid_text(unsafe { uuid_of(datum) })),
        // SAFETY: by the caller's promise.
        KeyType::Text => unsafe { crate::catalog::read::rows::text_of(datum) },
    }
}

fn uuid_text(value: u128) -> String {
    let hex = format!("{value:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// The number whose text form is exactly `key`.
fn canonical_int(key: &str) -> Option<i64> {
    let digits = key.strip_prefix('-').unwrap_or(key);
    let is_canonical = key == "0" || matches!(digits.as_bytes().first(), Some(b'1'..=b'9'));
    is_canonical.then(|| key.parse().ok()).flatten()
}

/// The uuid whose text form is exactly `key`.
fn canonical_uuid(key: &str) -> Option<u128> {
    let digits: String = key.chars().filter(|&c| c != '-').collect();
    u128::from_str_radix(&digits, 16)
        .ok()
        .filter(|&value| uuid_text(value) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_text_of_a_value_is_its_key() {
        assert_eq!(canonical_int("7"), Some(7));
        assert_eq!(canonical_int("-7"), Some(-7));
        for key in [
            "007",
            "+7",
            " 7",
            "7.0",
            "",
            "-0",
            "99999999999999999999",
            "٧",
        ] {
            assert_eq!(canonical_int(key), None, "{key}");
        }
        let key = "0a1b2c3d-0000-1111-2222-333344445555";
        assert_eq!(canonical_uuid(key).map(uuid_text).as_deref(), Some(key));
        assert_eq!(canonical_uuid(&key.to_uppercase()), None);
        assert_eq!(canonical_uuid(&key.replace('-', "")), None);
    }
}
