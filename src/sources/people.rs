//! Users as a table says them. One whose row goes is deactivated: what they own stays with those above them.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::source_things::{Sought, Thing};
use crate::core::Result;
use crate::core::sources::{SourceKind, SourcePart};
use crate::sources::broken::dangling;
use crate::sources::engine::{Engine, Pairs, Problem};
use crate::sources::managers::{self, Hierarchy};
use crate::sources::parents::numbers;
use crate::sources::rows::value_of;
use crate::sources::scope::{Scope, read_scope};
use crate::sources::wishes::{Wish, must_be_free, wishes};
use std::collections::{HashMap, HashSet};

/// What the rows of people name.
struct Places {
    roles: HashMap<String, i32>,
    offices: HashMap<String, i32>,
    hierarchy: Option<Hierarchy>,
}

pub fn reconcile(engine: &mut Engine, source: &TableSource, scope: &Scope) -> Result<Vec<Problem>> {
    let scope = &managers::with_managers(source, scope)?;
    let (mut wishes, mut problems) = wishes(source, read_scope(source, scope)?);
    let hierarchy = match source.has(SourcePart::Manager) {
        true => Some(Hierarchy::build(engine, source, &wishes)?),
        false => None,
    };
    let named = |part| -> Vec<String> {
        let values = wishes
            .iter()
            .filter_map(|wish| value_of(source, &wish.entry, part));
        let all: HashSet<&str> = values.collect();
        all.into_iter().map(str::to_owned).collect()
    };
    let places = Places {
        roles: numbers(engine, SourceKind::Roles, &named(SourcePart::Role))?,
        offices: numbers(engine, SourceKind::Offices, &named(SourcePart::Office))?,
        hierarchy,
    };
    let units: Vec<&str> = match scope {
        Scope::All => wishes.iter().map(|wish| wish.unit.as_str()).collect(),
        Scope::Units(units) => units.iter().map(String::as_str).collect(),
    };
    let present = engine.change.things(
        SourceKind::Users,
        Sought {
            keys: Some(&units),
            names: None,
            source: matches!(scope, Scope::All).then_some(source.id),
        },
    )?;
    let by_key: HashMap<&str, &Thing> = present
        .iter()
        .filter_map(|thing| Some((thing.key.as_deref()?, thing)))
        .collect();
    let (mut created, mut altered) = (Vec::new(), Vec::new());
    let mut said: HashSet<String> = problems.iter().map(|one| one.unit.clone()).collect();
    for wish in wishes.drain(..) {
        let before = by_key.get(wish.unit.as_str()).copied();
        said.insert(wish.unit.clone());
        match wanted(source, &wish, before, &places) {
            Err(error) => problems.push(Problem {
                unit: wish.unit,
                error,
            }),
            Ok(wanted) => match before {
                None => created.push(wanted),
                Some(before) if *before != wanted => altered.push((before, wanted)),
                Some(_) => {}
            },
        }
    }
    for thing in &present {
        let key = thing.key.as_deref().unwrap_or_default();
        if thing.source == Some(source.id) && scope.has(key) && !said.contains(key) {
            let gone = Thing {
                active: false,
                source: None,
                ..thing.clone()
            };
            altered.push((thing, gone));
        }
    }
    store(engine, created, &altered)?;
    managers::forget_superfluous(engine, source, scope)?;
    look_at_links(engine, &altered)?;
    Ok(problems)
}

fn wanted(
    source: &TableSource,
    wish: &Wish,
    before: Option<&Thing>,
    places: &Places,
) -> Result<Thing> {
    let value = |part| value_of(source, &wish.entry, part);
    must_be_free(source, &wish.unit, before.and_then(|thing| thing.source))?;
    let place = |part, what: &str, known: &HashMap<String, i32>| match value(part) {
        None => Ok(None),
        Some(name) => match known.get(name) {
            Some(&id) => Ok(Some(id)),
            None => Err(dangling(source, part, &wish.unit, what, name)),
        },
    };
    let above = match (&places.hierarchy, source.has(SourcePart::Role)) {
        (Some(hierarchy), _) => hierarchy.place_of(source, wish)?,
        (None, true) => place(SourcePart::Role, "role", &places.roles)?,
        (None, false) => before.and_then(|thing| thing.above),
    };
    let office = match source.has(SourcePart::Office) {
        true => place(SourcePart::Office, "office", &places.offices)?,
        false => before.and_then(|thing| thing.office),
    };
    // Where no column says who is active, whoever has a row is, until somebody says otherwise.
    let is_held = before.filter(|thing| thing.source == Some(source.id));
    let active = match (source.has(SourcePart::Active), is_held) {
        (true, _) => value(SourcePart::Active).is_some(),
        (false, Some(thing)) => thing.active,
        (false, None) => true,
    };
    Ok(Thing {
        id: before.map_or(0, |thing| thing.id),
        key: Some(wish.unit.clone()),
        name: wish.name.clone(),
        above,
        office,
        active,
        source: Some(source.id),
    })
}

fn store(engine: &mut Engine, created: Vec<Thing>, altered: &[(&Thing, Thing)]) -> Result<()> {
    let kind = SourceKind::Users;
    let after: Vec<Thing> = altered.iter().map(|(_, after)| after.clone()).collect();
    engine.change.alter_things(kind, &after)?;
    engine.change.create_things(kind, &created)?;
    engine.progressed |= !created.is_empty();
    if !created.is_empty() {
        engine.change.keys_of_all_must_differ()?;
    }
    if let Some(words) = &mut engine.words {
        words.learn_names(engine.change)?;
        altered
            .iter()
            .for_each(|(before, after)| words.alter(kind, before, after));
        created.iter().for_each(|thing| words.create(kind, thing));
    }
    Ok(())
}

/// Whoever comes back has the role that the rows of a link table say now.
fn look_at_links(engine: &mut Engine, altered: &[(&Thing, Thing)]) -> Result<()> {
    let came = altered
        .iter()
        .filter(|(before, after)| before.source.is_none() && after.source.is_some());
    let units: Vec<String> = came.filter_map(|(_, after)| after.key.clone()).collect();
    let all = sources(&Snapshot::latest());
    let links = all
        .iter()
        .find(|source| source.kind == SourceKind::UserRoles);
    match links {
        Some(links) => engine.reconcile(links, &Scope::units(units), &Pairs::new()),
        None => Ok(()),
    }
}
