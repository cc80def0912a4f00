//! What can be wrong with a section of any kind: names, and trees that are none.

use crate::core::error::must_fit;
use crate::core::forest::Forest;
use crate::core::{Error, Result};
use std::collections::{HashMap, HashSet};

pub(super) fn twice(name: &str) -> Error {
    Error::bad_value(format!("\"{name}\" stands here twice"))
}

pub(super) fn must_be_a_name(section: &str, at: usize, field: &str, value: &str) -> Result<()> {
    let place = || format!("{section}[{at}].{field}");
    if value.is_empty() {
        return Err(Error::bad_value("it cannot be empty").at(&place()));
    }
    must_fit("it", value).map_err(|error| error.at(&place()))
}

pub(super) fn unique<'a>(
    section: &str,
    field: &str,
    values: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for (at, value) in values.enumerate() {
        must_be_a_name(section, at, field, value)?;
        if !seen.insert(value) {
            return Err(twice(value).at(&format!("{section}[{at}].{field}")));
        }
    }
    Ok(())
}

/// Things of a section that name others of their kind in a field.
pub(super) struct Tree {
    pub(super) section: &'static str,
    pub(super) field: &'static str,
    pub(super) what: &'static str,
    /// What something on a cycle would do to itself.
    pub(super) would: &'static str,
}

pub(super) fn check_tree(tree: &Tree, nodes: Vec<(&str, Option<&str>)>) -> Result<()> {
    let Tree {
        section,
        field,
        what,
        would,
    } = tree;
    let places: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(n, node)| (node.0, n))
        .collect();
    let mut parents = Vec::with_capacity(nodes.len());
    for (at, (_, parent)) in nodes.iter().enumerate() {
        let parent = parent.map(|parent| {
            let place = places.get(parent).copied();
            place.ok_or_else(|| dangling(what, parent).at(&format!("{section}[{at}].{field}")))
        });
        parents.push(parent.transpose()?);
    }
    let forest = Forest::new(parents.iter().copied().enumerate());
    let Some(mut at) = (0..nodes.len()).find(|&node| forest.subtree(node).is_empty()) else {
        return Ok(());
    };
    // On a cycle or below one: as many steps up as there are nodes end on it.
    for _ in 0..nodes.len() {
        at = parents[at].unwrap_or(at);
    }
    Err(cycle(what, nodes[at].0, would).at(&format!("{section}[{at}].{field}")))
}

pub(super) fn cycle(what: &str, name: &str, would: &str) -> Error {
    Error::bad_value(format!("{what} \"{name}\" {would} itself: that is a cycle"))
}

pub(super) fn dangling(what: &str, name: &str) -> Error {
    Error::unknown(format!("no {what} \"{name}\"")).hint(format!(
        "It must be in the section \"{what}s\", or exist already where the document has no such section."
    ))
}
