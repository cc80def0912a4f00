//! Which elements of the present and of the wanted configuration are the same thing.

use crate::core::Principal;
use crate::core::criteria::Criteria;
use crate::core::document::sections::{RuleEntry, section};
use std::collections::HashMap;
use std::hash::Hash;

/// What of a section is to be created, altered, dropped: places in the wanted document, in the
/// present and the wanted one, in the present one.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    pub create: Vec<usize>,
    pub alter: Vec<(usize, usize)>,
    pub drop: Vec<usize>,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.alter.is_empty() && self.drop.is_empty()
    }
}

pub(super) fn places<'a, T, K: Eq + Hash>(
    elements: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> HashMap<K, usize> {
    elements
        .iter()
        .enumerate()
        .map(|(at, element)| (key(element), at))
        .collect()
}

pub(super) fn diff_by_key<'a, T, K: Eq + Hash>(
    present: &'a Option<Vec<T>>,
    wanted: &'a Option<Vec<T>>,
    key: impl Fn(&'a T) -> K,
    same: impl Fn(&T, &T) -> bool,
) -> Diff {
    diff_by(present, wanted, &key, &key, same)
}

/// The same, where the present elements are known by something else than the wanted ones.
pub(super) fn diff_by<'a, T, K: Eq + Hash>(
    present: &'a Option<Vec<T>>,
    wanted: &'a Option<Vec<T>>,
    present_key: impl Fn(&'a T) -> K,
    key: impl Fn(&'a T) -> K,
    same: impl Fn(&T, &T) -> bool,
) -> Diff {
    let mut diff = Diff::default();
    let Some(wanted) = wanted.as_deref() else {
        return diff;
    };
    let present = section(present);
    let mut remaining = HashMap::with_capacity(present.len());
    remaining.extend(
        present
            .iter()
            .enumerate()
            .map(|(at, element)| (present_key(element), at)),
    );
    for (at, element) in wanted.iter().enumerate() {
        match remaining.remove(&key(element)) {
            None => diff.create.push(at),
            Some(before) if !same(&present[before], element) => diff.alter.push((before, at)),
            Some(_) => {}
        }
    }
    diff.drop = remaining.into_values().collect();
    diff.drop.sort_unstable();
    diff
}

pub(super) fn parts(principal: &Principal) -> (&'static str, &str) {
    (principal.kind(), principal.name())
}

/// A principal of the present configuration in the names of the wanted one; None if it goes.
pub(super) fn translate<'a>(
    principal: &'a Principal,
    groups: &HashMap<&'a str, Option<&'a str>>,
) -> Option<(&'static str, &'a str)> {
    match principal {
        Principal::Group(name) => Some(("group", groups.get(name.as_str()).copied().flatten()?)),
        _ => Some(parts(principal)),
    }
}

/// Everything of a rule but what it gives: its access and the levels for related records.
type RuleIdentity<'a> = (
    &'a str,
    Option<(&'static str, &'a str)>,
    (&'static str, &'a str),
    bool,
    Option<&'a Criteria>,
);

pub(super) fn says<'a>(
    rule: &'a RuleEntry,
    groups: &HashMap<&'a str, Option<&'a str>>,
) -> Option<RuleIdentity<'a>> {
    let owned_by = match &rule.owned_by {
        None => None,
        Some(owned_by) => Some(translate(owned_by, groups)?),
    };
    let shared_with = translate(&rule.shared_with, groups)?;
    let criteria = rule.criteria.as_ref();
    Some((
        &rule.module,
        owned_by,
        shared_with,
        rule.superiors,
        criteria,
    ))
}

pub(super) fn own_says(rule: &RuleEntry) -> RuleIdentity<'_> {
    (
        &rule.module,
        rule.owned_by.as_ref().map(parts),
        parts(&rule.shared_with),
        rule.superiors,
        rule.criteria.as_ref(),
    )
}
