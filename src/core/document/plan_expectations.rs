//! Expectations of a plan, and which of them go with their module.

use crate::core::document::pairing::diff_by_key;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{ExpectationEntry, section};
use std::collections::HashSet;

impl<'a> Plan<'a> {
    pub(super) fn compare_expectations(&mut self) {
        let present = &self.present.document;
        self.expectations = diff_by_key(
            &present.expectations,
            &self.wanted.expectations,
            ExpectationEntry::what,
            PartialEq::eq,
        );
        if self.wanted.expectations.is_none() {
            self.drop_expectations_of_what_goes();
        }
    }

    /// Where the document does not speak of them, those about a module go with it, and with its table: the same
    /// keys name other records in another.
    fn drop_expectations_of_what_goes(&mut self) {
        let present = &self.present.document;
        let (before, after) = (section(&present.modules), section(&self.wanted.modules));
        let has_another_table =
            |&&(old, new): &&(usize, usize)| before[old].table != after[new].table;
        let moved = self.modules.alter.iter().filter(has_another_table);
        let places = self
            .modules
            .drop
            .iter()
            .copied()
            .chain(moved.map(|&(old, _)| old));
        let gone: HashSet<&str> = places.map(|at| before[at].name.as_str()).collect();
        let expectations = section(&present.expectations).iter().enumerate();
        self.expectations.drop = expectations
            .filter(|(_, expectation)| gone.contains(expectation.module.as_str()))
            .map(|(at, _)| at)
            .collect();
    }

    /// The expectations of which the document does not speak, and which stay.
    pub(super) fn untold_expectations(&self) -> impl Iterator<Item = &'a ExpectationEntry> {
        let all = match self.wanted.expectations {
            None => section(&self.present.document.expectations),
            Some(_) => &[],
        };
        let dropped: HashSet<usize> = self.expectations.drop.iter().copied().collect();
        let staying = all
            .iter()
            .enumerate()
            .filter(move |(at, _)| !dropped.contains(at));
        staying.map(|(_, expectation)| expectation)
    }
}
