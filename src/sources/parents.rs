//! What is above offices and roles.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::source_things::Thing;
use crate::core::sources::{SourceKind, SourcePart, in_circles};
use crate::core::{Result, Sqlstate};
use crate::sources::broken::{dangling, wrong_row};
use crate::sources::engine::{Engine, Problem};
use crate::sources::rows::value_of;
use crate::sources::scope::{Scope, read_scope};
use crate::sources::wishes::{Wish, wishes};
use std::collections::HashMap;

/// Whether columns that name offices or roles hold names, and not the keys of their table.
pub fn are_named(kind: SourceKind) -> bool {
    let all = sources(&Snapshot::latest());
    let source = all.iter().find(|source| source.kind == kind);
    source.is_none_or(|source| !source.has(SourcePart::Key))
}

/// The numbers of offices or roles by what columns hold that name them.
pub fn numbers(
    engine: &Engine,
    kind: SourceKind,
    references: &[String],
) -> Result<HashMap<String, i32>> {
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    match references.is_empty() {
        true => Ok(HashMap::new()),
        false => engine.change.numbers(kind, are_named(kind), &references),
    }
}

/// Offices or roles, each with what is to be above it, and the row that says so.
type Moves<'m> = HashMap<i32, (&'m Thing, Option<i32>, &'m Wish)>;

/// Sets what is above the things of these rows, and of those that lost it.
pub fn reconcile(
    engine: &mut Engine,
    source: &TableSource,
    mut wanted: Vec<Wish>,
    lost: Vec<String>,
) -> Result<Vec<Problem>> {
    if !source.has(SourcePart::Parent) {
        return Ok(Vec::new());
    }
    if !lost.is_empty() {
        wanted.extend(wishes(source, read_scope(source, &Scope::units(lost))?).0);
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let by_key = source.has(SourcePart::Key);
    let tree = engine.change.tree(source.kind)?;
    let reference = |thing: &'_ Thing| match by_key {
        true => thing.key.clone(),
        false => Some(thing.name.clone()),
    };
    let by_reference: HashMap<String, &Thing> = tree
        .iter()
        .filter_map(|thing| Some((reference(thing)?, thing)))
        .collect();
    let mut problems = Vec::new();
    let mut moves = Moves::new();
    for wish in &wanted {
        let Some(thing) = by_reference.get(&wish.unit) else {
            continue;
        };
        let parent = value_of(source, &wish.entry, SourcePart::Parent);
        match parent.map(|parent| (parent, by_reference.get(parent))) {
            Some((parent, None)) => problems.push(Problem {
                unit: wish.unit.clone(),
                error: dangling(
                    source,
                    SourcePart::Parent,
                    &wish.unit,
                    source.kind.one(),
                    parent,
                ),
            }),
            found => {
                let above = found.and_then(|(_, above)| above).map(|above| above.id);
                if above != thing.above {
                    moves.insert(thing.id, (thing, above, wish));
                }
            }
        }
    }
    problems.extend(refuse_circles(source, &tree, &mut moves));
    let mut parents: Vec<_> = moves
        .values()
        .map(|&(thing, above, _)| (thing.id, above))
        .collect();
    parents.sort_unstable();
    engine.change.set_parents(source.kind, &parents)?;
    engine.progressed |= !parents.is_empty();
    if let Some(words) = &mut engine.words {
        for (id, above) in &parents {
            let (thing, ..) = moves[id];
            let after = Thing {
                above: *above,
                ..thing.clone()
            };
            words.alter(source.kind, thing, &after);
        }
    }
    Ok(problems)
}

/// Takes back what would put something above itself.
fn refuse_circles(source: &TableSource, tree: &[Thing], moves: &mut Moves) -> Vec<Problem> {
    let mut problems = Vec::new();
    for id in circular(tree, moves.iter().map(|(&id, &(_, above, _))| (id, above))) {
        let Some((_, _, wish)) = moves.remove(&id) else {
            continue;
        };
        let (one, name) = (source.kind.one(), &wish.name);
        problems.push(Problem {
            unit: wish.unit.clone(),
            error: wrong_row(
                source,
                Sqlstate::BadValue,
                SourcePart::Parent,
                &wish.unit,
                format!("{one} \"{name}\" would come to be above itself"),
            ),
        });
    }
    problems
}

/// Of the moves, those without which nothing comes to be above itself.
pub fn circular(tree: &[Thing], moves: impl IntoIterator<Item = (i32, Option<i32>)>) -> Vec<i32> {
    let mut above: HashMap<i32, i32> = tree
        .iter()
        .filter_map(|thing| Some((thing.id, thing.above?)))
        .collect();
    let before = above.clone();
    let mut moved: Vec<i32> = Vec::new();
    for (id, parent) in moves {
        moved.push(id);
        match parent {
            Some(parent) => above.insert(id, parent),
            None => above.remove(&id),
        };
    }
    moved.sort_unstable();
    let mut refused = Vec::new();
    loop {
        let circular = in_circles(&above, moved.iter().copied());
        if circular.is_empty() {
            return refused;
        }
        for id in circular {
            match before.get(&id) {
                Some(&parent) => above.insert(id, parent),
                None => above.remove(&id),
            };
            moved.retain(|&other| other != id);
            refused.push(id);
        }
    }
}
