//! What `policy::preview::counts` counts by: keys, combinations of them, and sets of users are given numbers, so
//! that a record costs a few look-ups and nothing is copied but for the first of its kind.

use crate::core::Level;
use crate::core::org::{CriteriaId, UserId};
use crate::policy::preview::counted::{Counts, DecidingKeys, GivenTo, OwnerKeys, SharedCount};
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::{KeyType, text_of_key};
use crate::policy::sets::owners::ColumnValue;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::rc::Rc;

/// Numbers for different lists, in the order in which they came.
pub struct Numbered<E> {
    numbers: FxHashMap<Rc<[E]>, u32>,
    lists: Vec<Rc<[E]>>,
}

impl<E> Default for Numbered<E> {
    fn default() -> Self {
        Numbered {
            numbers: FxHashMap::default(),
            lists: Vec::new(),
        }
    }
}

impl<E: Clone + Eq + Hash> Numbered<E> {
    pub fn number(&mut self, list: &[E]) -> u32 {
        if let Some(number) = self.numbers.get(list) {
            return *number;
        }
        let number = self.lists.len() as u32;
        let list: Rc<[E]> = list.into();
        self.lists.push(list.clone());
        self.numbers.insert(list, number);
        number
    }

    /// The list with a number that was given.
    pub fn list(&self, number: u32) -> &[E] {
        &self.lists[number as usize]
    }
}

/// Values by the keys of records, whatever the type of the keys.
pub struct ByKey<V> {
    map: Option<(KeyType, KeyMap<V>)>,
}

impl<V> Default for ByKey<V> {
    fn default() -> Self {
        ByKey { map: None }
    }
}

impl<V: Copy> ByKey<V> {
    /// # Safety
    /// `key` must be of a column type `key_type`.
    pub unsafe fn insert_datum(&mut self, key_type: KeyType, key: pgrx::pg_sys::Datum, value: V) {
        let (_, map) = self
            .map
            .get_or_insert_with(|| (key_type, KeyMap::new(key_type)));
        // SAFETY: by the caller's promise; all parts of a table have the same type of key.
        unsafe { map.insert_datum(key_type, key, value) };
    }

    pub fn insert(&mut self, key_type: KeyType, key: &str, value: V) {
        let (_, map) = self
            .map
            .get_or_insert_with(|| (key_type, KeyMap::new(key_type)));
        map.insert(key, value);
    }

    /// None also for keys of another kind.
    ///
    /// # Safety
    /// As for `insert_datum`.
    pub unsafe fn get(&self, key_type: KeyType, key: ColumnValue) -> Option<V> {
        let (of, map) = self.map.as_ref()?;
        // SAFETY: by the caller's promise; the types agree.
        key.filter(|_| of.agrees_with(key_type))
            .and_then(|key| unsafe { map.get(key_type, key) }.copied())
    }
}

/// Numbers for the keys in a column. That of none is 0.
#[derive(Default)]
pub struct Keys {
    numbers: ByKey<u32>,
    texts: Vec<String>,
}

impl Keys {
    /// # Safety
    /// `value` must be of a column type `key_type`, which is that of the column.
    pub unsafe fn number(&mut self, key_type: KeyType, value: ColumnValue) -> u32 {
        let Some(key) = value else {
            return 0;
        };
        // SAFETY: by the caller's promise.
        unsafe {
            if let Some(number) = self.numbers.get(key_type, value) {
                return number;
            }
            let Some(text) = text_of_key(key_type, key) else {
                return 0;
            };
            self.texts.push(text);
            let number = self.texts.len() as u32;
            self.numbers.insert_datum(key_type, key, number);
            number
        }
    }

    pub fn text(&self, number: u32) -> Option<&String> {
        self.texts.get((number as usize).checked_sub(1)?)
    }
}

/// Somebody with whom a record was shared, or to whom it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    pub user: UserId,
    /// By shares: how far now, and once everything is applied.
    pub now: Level,
    pub then: Level,
    /// For what it was given to them.
    pub given: Level,
    /// The parents that were given to them, as bits in the order in which they are counted.
    pub over: u128,
}

/// Everybody once, with the most that they may, in order.
pub fn sorted(viewers: &mut Vec<Viewer>) -> &[Viewer] {
    viewers.sort_unstable_by_key(|viewer| viewer.user);
    viewers.dedup_by(|other, kept| {
        let is_same = other.user == kept.user;
        if is_same {
            kept.now = kept.now.max(other.now);
            kept.then = kept.then.max(other.then);
            kept.given = kept.given.max(other.given);
            kept.over |= other.over;
        }
        is_same
    });
    viewers
}

/// The records of one module that were shared, with who sees each while it is whose.
#[derive(Default)]
pub struct Shares {
    places: ByKey<usize>,
    viewers: Vec<Vec<(Viewer, String)>>,
}

impl Shares {
    pub fn new(
        key_type: KeyType,
        shares: impl Iterator<Item = (Viewer, String, String)>,
    ) -> Shares {
        let mut by_record: FxHashMap<String, Vec<(Viewer, String)>> = FxHashMap::default();
        for (viewer, giver, record) in shares {
            by_record.entry(record).or_default().push((viewer, giver));
        }
        let mut made = Shares::default();
        for (record, viewers) in by_record {
            made.places.insert(key_type, &record, made.viewers.len());
            made.viewers.push(viewers);
        }
        made
    }

    pub fn is_empty(&self) -> bool {
        self.viewers.is_empty()
    }

    /// Adds those who see the record with this key while its owner has that one.
    ///
    /// # Safety
    /// `record` must be of a column type `key_type`.
    pub unsafe fn add_viewers(
        &self,
        key_type: KeyType,
        record: ColumnValue,
        owner: Option<&String>,
        viewers: &mut Vec<Viewer>,
    ) {
        // SAFETY: by the caller's promise.
        let place = unsafe { self.places.get(key_type, record) };
        let all = place.and_then(|place| self.viewers.get(place));
        let of_owner = all.into_iter().flatten();
        viewers.extend(
            of_owner
                .filter(|(_, giver)| Some(giver) == owner)
                .map(|(viewer, _)| *viewer),
        );
    }
}

/// Counts records by their kinds.
pub struct Tally {
    /// Of the owner columns, in the order of `DecidingKeys`: a user's, a group's.
    pub keys: Vec<[Keys; 2]>,
    /// Who sees records by shares, or because these were given to them.
    pub viewers: Numbered<Viewer>,
    /// To which roles and groups records were given.
    pub given: Numbered<GivenTo>,
    /// Which criteria records meet.
    pub meets: Numbered<CriteriaId>,
    /// The numbers of the keys and of such lists, and of who sees such a record.
    kinds: Numbered<u32>,
    counts: Vec<i64>,
}

impl Tally {
    /// For records about which the owners of so many records decide.
    pub fn new(owners: usize) -> Tally {
        let mut viewers = Numbered::default();
        // Number 0 is nobody.
        viewers.number(&[]);
        let mut given = Numbered::default();
        given.number(&[]);
        let mut meets = Numbered::default();
        meets.number(&[]);
        Tally {
            keys: (0..owners).map(|_| Default::default()).collect(),
            viewers,
            given,
            meets,
            kinds: Numbered::default(),
            counts: Vec::new(),
        }
    }

    pub fn kind(&mut self, numbers: &[u32]) -> u32 {
        let kind = self.kinds.number(numbers);
        if kind as usize == self.counts.len() {
            self.counts.push(0);
        }
        kind
    }

    pub fn count(&mut self, kind: u32) {
        self.counts[kind as usize] += 1;
    }

    pub fn into_counts(self) -> Counts {
        let mut counts = Counts {
            all: Vec::new(),
            shared: Vec::new(),
        };
        for (kind, count) in (0..).zip(&self.counts).filter(|(_, count)| **count > 0) {
            let Some((seen_by, numbers)) = self.kinds.list(kind).split_last() else {
                continue;
            };
            let records = numbers.chunks(4).zip(&self.keys);
            let keys: DecidingKeys = records
                .map(|(numbers, [owners, groups])| OwnerKeys {
                    owner: owners.text(numbers[0]).cloned(),
                    group: groups.text(numbers[1]).cloned(),
                    given: self.given.list(numbers[2]).to_vec(),
                    meets: self.meets.list(numbers[3]).to_vec(),
                })
                .collect();
            for viewer in self.viewers.list(*seen_by) {
                counts.shared.push(SharedCount {
                    viewer: viewer.user,
                    now: viewer.now,
                    then: viewer.then,
                    given: viewer.given,
                    over: viewer.over,
                    keys: keys.clone(),
                    count: *count,
                });
            }
            counts.all.push((keys, *count));
        }
        counts
    }
}
