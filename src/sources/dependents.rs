//! Offices, roles and groups whose rows are gone. What names them is looked at first: foreign keys of the
//! application's have changed those rows already, before their own triggers tell.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::source_things::Thing;
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Error, Result};
use crate::sources::engine::{Engine, Pairs};
use crate::sources::members::units_of_rows;
use crate::sources::rows::value_of;
use crate::sources::scope::{Scope, read_scope};
use std::collections::{BTreeMap, HashSet};

/// Lets them go, unless something still names them. Returns the offices or roles of the same table that lost
/// what was above them.
pub fn drop(engine: &mut Engine, source: &TableSource, things: &[Thing]) -> Result<Vec<String>> {
    let ids: Vec<i32> = things.iter().map(|thing| thing.id).collect();
    let all = sources(&Snapshot::latest());
    let lost = match source.kind {
        SourceKind::Groups => {
            look_at_members(engine, &all, &ids, &[])?;
            // Of groups that go together, one may be in another.
            engine.change.empty_groups(&ids)?;
            Vec::new()
        }
        kind => {
            look_at_people(engine, &all, kind, &ids)?;
            if kind == SourceKind::Roles {
                look_at_members(engine, &all, &[], &ids)?;
            }
            engine.change.take_from_departed(kind, &ids)?;
            let alone: Vec<_> = ids.iter().map(|&id| (id, None)).collect();
            engine.change.set_parents(kind, &alone)?;
            let lost = children(engine, source, things)?;
            let freed: Vec<_> = lost.iter().map(|(id, _)| (*id, None)).collect();
            engine.change.set_parents(kind, &freed)?;
            lost.into_iter().map(|(_, unit)| unit).collect()
        }
    };
    for thing in things {
        let dropped = match source.kind {
            SourceKind::Offices => engine.change.drop_office(&thing.name),
            SourceKind::Roles => engine.change.drop_role(&thing.name, None),
            _ => engine.change.drop_group(&thing.name),
        };
        dropped.map_err(in_words_of_the_table)?;
    }
    Ok(lost)
}

/// The calls that otherwise mend it are nothing for whoever changes the table.
fn in_words_of_the_table(error: Error) -> Error {
    error.hint("What names it has to go or be changed first.")
}

/// Users and groups that name an office, users that name a role.
fn look_at_people(
    engine: &mut Engine,
    all: &[TableSource],
    kind: SourceKind,
    ids: &[i32],
) -> Result<()> {
    let (place, parts) = match kind {
        SourceKind::Offices => ("office_id", &[SourcePart::Office][..]),
        _ => ("role_id", &[SourcePart::Role, SourcePart::Manager][..]),
    };
    let mut held = engine.change.held_users_in(place, ids)?;
    if kind == SourceKind::Offices {
        held.extend(engine.change.held_groups_in(ids)?);
    }
    let mut units: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for (source, key) in &held {
        units.entry(*source).or_default().push(key.clone());
    }
    for source in all {
        let names = parts.iter().any(|&part| source.has(part));
        let units = match source.kind {
            SourceKind::UserRoles if kind == SourceKind::Roles => {
                engine.change.users_in_roles(ids)?
            }
            _ if names => units.remove(&source.id).unwrap_or_default(),
            _ => continue,
        };
        engine.reconcile(source, &Scope::units(units), &Pairs::new())?;
    }
    Ok(())
}

/// Members of groups that go wait for their rows to go, too; groups and roles that are members are no longer
/// where their rows say so no longer.
fn look_at_members(
    engine: &mut Engine,
    all: &[TableSource],
    groups: &[i32],
    roles: &[i32],
) -> Result<()> {
    let held = engine.change.held_members_of(groups, roles)?;
    for source in all
        .iter()
        .filter(|source| source.kind == SourceKind::Members)
    {
        let of_source = held.iter().filter(|(holder, _)| *holder == source.id);
        let (going, staying): (Vec<_>, Vec<_>) = of_source
            .map(|&(_, row)| row)
            .partition(|row| groups.contains(&row.group));
        let going = units_of_rows(engine, source, &going)?;
        let going: Vec<&str> = going.iter().map(String::as_str).collect();
        engine.change.add_gaps(source.id, &going)?;
        let staying = units_of_rows(engine, source, &staying)?;
        engine.reconcile(source, &Scope::units(staying), &Pairs::new())?;
    }
    Ok(())
}

/// The offices or roles below that say so no longer, by their numbers and units.
fn children(engine: &Engine, source: &TableSource, things: &[Thing]) -> Result<Vec<(i32, String)>> {
    let by_key = source.has(SourcePart::Key);
    let unit = |thing: &Thing| match by_key {
        true => thing.key.clone().unwrap_or_default(),
        false => thing.name.clone(),
    };
    let ids: HashSet<i32> = things.iter().map(|thing| thing.id).collect();
    let gone: HashSet<String> = things.iter().map(unit).collect();
    let tree = engine.change.tree(source.kind)?;
    let below: Vec<(i32, String)> = tree
        .iter()
        .filter(|thing| thing.above.is_some_and(|above| ids.contains(&above)))
        .filter(|thing| thing.source == Some(source.id) && !ids.contains(&thing.id))
        .map(|thing| (thing.id, unit(thing)))
        .collect();
    if below.is_empty() || !source.has(SourcePart::Parent) {
        return Ok(Vec::new());
    }
    let rows = read_scope(
        source,
        &Scope::units(below.iter().map(|(_, unit)| unit.clone())),
    )?;
    let still: HashSet<&str> = rows
        .iter()
        .filter(|entry| {
            value_of(source, entry, SourcePart::Parent).is_some_and(|parent| gone.contains(parent))
        })
        .filter_map(|entry| value_of(source, entry, source.key_part()))
        .collect();
    Ok(below
        .into_iter()
        .filter(|(_, unit)| !still.contains(unit.as_str()))
        .collect())
}

/// Things that rows may go on calling as they were called before.
pub struct Renamed {
    kind: SourceKind,
    ids: Vec<i32>,
    /// The members that rows named by the old names, by their sources.
    members: Vec<(TableSource, Vec<String>)>,
}

impl Renamed {
    /// To be called before they have their new names.
    pub fn note<'t>(
        engine: &Engine,
        kind: SourceKind,
        things: impl Iterator<Item = &'t Thing>,
    ) -> Result<Renamed> {
        let ids: Vec<i32> = things.map(|thing| thing.id).collect();
        let members = match ids.is_empty() {
            true => Vec::new(),
            false => members_of(engine, kind, &ids)?,
        };
        Ok(Renamed { kind, ids, members })
    }

    /// Returns the offices or roles below them.
    pub fn look_again(self, engine: &mut Engine, source: &TableSource) -> Result<Vec<String>> {
        if self.ids.is_empty() {
            return Ok(Vec::new());
        }
        let now = members_of(engine, self.kind, &self.ids)?;
        for (of, units) in self.members.into_iter().chain(now) {
            engine.reconcile(&of, &Scope::units(units), &Pairs::new())?;
        }
        if self.kind == SourceKind::Groups {
            return Ok(Vec::new());
        }
        look_at_people(engine, &sources(&Snapshot::latest()), self.kind, &self.ids)?;
        let by_key = source.has(SourcePart::Key);
        let tree = engine.change.tree(self.kind)?;
        let below = tree.into_iter().filter(|thing| {
            thing.source == Some(source.id)
                && thing.above.is_some_and(|above| self.ids.contains(&above))
        });
        Ok(below
            .filter_map(|thing| if by_key { thing.key } else { Some(thing.name) })
            .collect())
    }
}

/// Members that name groups or roles, as the units of their sources.
fn members_of(
    engine: &Engine,
    kind: SourceKind,
    ids: &[i32],
) -> Result<Vec<(TableSource, Vec<String>)>> {
    let held = match kind {
        SourceKind::Groups => engine.change.held_members_of(ids, &[])?,
        SourceKind::Roles => engine.change.held_members_of(&[], ids)?,
        _ => Vec::new(),
    };
    let mut all = sources(&Snapshot::latest());
    all.retain(|source| source.kind == SourceKind::Members);
    let units = |source: TableSource| {
        let of_source = held.iter().filter(|(holder, _)| *holder == source.id);
        let rows: Vec<_> = of_source.map(|&(_, row)| row).collect();
        let units = units_of_rows(engine, &source, &rows)?;
        Ok((source, units))
    };
    all.into_iter().map(units).collect()
}
