//! The hierarchy of the people themselves: whoever manages somebody has a position of their own, which is a
//! role; below it is one for those of their people who manage nobody.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::source_things::{Sought, Thing};
use crate::core::error::must_fit;
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Error, Result, Sqlstate};
use crate::sources::broken::{dangling, wrong_row};
use crate::sources::engine::Engine;
use crate::sources::parents::circular;
use crate::sources::rows::{Wanted, read, value_of};
use crate::sources::scope::{Scope, read_scope};
use crate::sources::wishes::Wish;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The role of somebody who manages others, by their key.
pub fn position(key: &str) -> String {
    format!("Manager {key}")
}

/// The role of those of their people who manage nobody.
pub fn team(key: &str) -> String {
    format!("Reports of {key}")
}

/// Whoever comes to manage somebody, or does no longer, gets another role, too.
pub fn with_managers(source: &TableSource, scope: &Scope) -> Result<Scope> {
    let Scope::Units(units) = scope else {
        return Ok(Scope::All);
    };
    if !source.has(SourcePart::Manager) {
        return Ok(scope.clone());
    }
    let rows = read_scope(source, scope)?;
    let there: BTreeSet<&str> = rows
        .iter()
        .filter_map(|entry| value_of(source, entry, SourcePart::Key))
        .collect();
    // Whose manager is gone has nobody, and must not go on as if.
    let gone: BTreeSet<String> = units
        .iter()
        .filter(|unit| !there.contains(unit.as_str()))
        .cloned()
        .collect();
    let reports = match gone.is_empty() {
        true => Vec::new(),
        false => {
            let (part, values) = (SourcePart::Manager, &gone);
            read(source, Some(&Wanted { part, values }))?
        }
    };
    let mut units = units.clone();
    let text = |entry, part| value_of(source, entry, part).map(str::to_owned);
    units.extend(
        rows.iter()
            .filter_map(|entry| text(entry, SourcePart::Manager)),
    );
    units.extend(
        reports
            .iter()
            .filter_map(|entry| text(entry, SourcePart::Key)),
    );
    Ok(Scope::Units(units))
}

/// The roles of people by whom they manage and who manages them.
pub struct Hierarchy {
    /// Who manages somebody, of those who are looked at.
    managing: HashSet<String>,
    /// Whose rows are there, of those who are named as managers.
    known: HashSet<String>,
    roles: HashMap<String, i32>,
    /// Whose manager would come to be below them.
    in_circles: HashSet<String>,
}

impl Hierarchy {
    /// Makes the roles that people with these rows need, and places them.
    pub fn build(engine: &mut Engine, source: &TableSource, wishes: &[Wish]) -> Result<Hierarchy> {
        let manager =
            |wish: &Wish| value_of(source, &wish.entry, SourcePart::Manager).map(str::to_owned);
        let units: BTreeSet<String> = wishes.iter().map(|wish| wish.unit.clone()).collect();
        let part = SourcePart::Manager;
        let values = &units;
        let reports = read(source, Some(&Wanted { part, values }))?;
        let managing: HashSet<String> = reports
            .iter()
            .filter_map(|entry| value_of(source, entry, part).map(str::to_owned))
            .collect();
        let mut known: HashSet<String> = units.iter().cloned().collect();
        let strangers: BTreeSet<String> = wishes
            .iter()
            .filter_map(manager)
            .filter(|key| !known.contains(key))
            .collect();
        if !strangers.is_empty() {
            let (part, values) = (SourcePart::Key, &strangers);
            let rows = read(source, Some(&Wanted { part, values }))?;
            let keys = rows
                .iter()
                .filter_map(|entry| value_of(source, entry, part));
            known.extend(keys.map(str::to_owned));
        }
        let mut hierarchy = Hierarchy {
            managing,
            known,
            roles: HashMap::new(),
            in_circles: HashSet::new(),
        };
        // Each role with the one above it, and whose it is: None of what is somewhere already.
        let mut wanted: BTreeMap<String, (Option<String>, Option<&str>)> = BTreeMap::new();
        for wish in wishes {
            let above = manager(wish).filter(|key| hierarchy.known.contains(key));
            let above_role = above.as_deref().map(position);
            if hierarchy.managing.contains(&wish.unit) {
                wanted.insert(position(&wish.unit), (above_role, Some(&wish.unit)));
            } else if let Some(key) = above {
                wanted.insert(team(&key), (above_role, None));
            }
        }
        hierarchy.place(engine, source, &wanted)?;
        Ok(hierarchy)
    }

    fn place(
        &mut self,
        engine: &mut Engine,
        source: &TableSource,
        wanted: &BTreeMap<String, (Option<String>, Option<&str>)>,
    ) -> Result<()> {
        create(engine, source, wanted.keys().map(String::as_str))?;
        let tree = engine.change.tree(SourceKind::Roles)?;
        let by_name: HashMap<&str, &Thing> =
            tree.iter().map(|role| (role.name.as_str(), role)).collect();
        let mut moves: HashMap<i32, (Option<i32>, &str)> = HashMap::new();
        for (name, (above, whose)) in wanted {
            let Some(role) = by_name.get(name.as_str()) else {
                continue;
            };
            self.roles.insert(name.clone(), role.id);
            let above = above.as_deref().and_then(|above| by_name.get(above));
            let above = above.map(|above| above.id);
            if above != role.above {
                moves.insert(role.id, (above, whose.unwrap_or_default()));
            }
        }
        for id in circular(&tree, moves.iter().map(|(&id, &(above, _))| (id, above))) {
            if let Some((_, whose)) = moves.remove(&id) {
                self.in_circles.insert(whose.to_owned());
            }
        }
        let mut parents: Vec<_> = moves.iter().map(|(&id, &(above, _))| (id, above)).collect();
        parents.sort_unstable();
        engine.progressed |= !parents.is_empty();
        engine.change.set_parents(SourceKind::Roles, &parents)?;
        if let Some(words) = &mut engine.words {
            words.learn_names(engine.change)?;
            for role in tree.iter().filter(|role| moves.contains_key(&role.id)) {
                let above = moves[&role.id].0;
                let after = Thing {
                    above,
                    ..role.clone()
                };
                words.alter(SourceKind::Roles, role, &after);
            }
        }
        Ok(())
    }

    /// The role of somebody.
    pub fn place_of(&self, source: &TableSource, wish: &Wish) -> Result<Option<i32>> {
        let manager = value_of(source, &wish.entry, SourcePart::Manager);
        let wrong = |what: String| {
            wrong_row(
                source,
                Sqlstate::BadValue,
                SourcePart::Manager,
                &wish.unit,
                what,
            )
        };
        if let Some(key) = manager.filter(|key| !self.known.contains(*key)) {
            return Err(dangling(
                source,
                SourcePart::Manager,
                &wish.unit,
                "user",
                key,
            ));
        }
        if self.in_circles.contains(&wish.unit) {
            let manager = manager.unwrap_or_default();
            return Err(wrong(format!(
                "user \"{manager}\" would manage user \"{}\" and be managed by them: that is a cycle",
                wish.unit
            )));
        }
        let role = match (self.managing.contains(&wish.unit), manager) {
            (true, _) => position(&wish.unit),
            (false, Some(manager)) => team(manager),
            (false, None) => return Ok(None),
        };
        must_fit("the name of a role", &role).map_err(|error| wrong(error.message))?;
        Ok(self.roles.get(&role).copied())
    }
}

/// Makes the roles that are not there.
fn create<'n>(
    engine: &mut Engine,
    source: &TableSource,
    names: impl Iterator<Item = &'n str>,
) -> Result<()> {
    let names: Vec<&str> = names.filter(|name| must_fit("", name).is_ok()).collect();
    let sought = Sought {
        names: Some(&names),
        ..Sought::default()
    };
    let present = engine.change.things(SourceKind::Roles, sought)?;
    if let Some(other) = present
        .iter()
        .find(|role| role.source.is_some_and(|holder| holder != source.id))
    {
        return Err(Error::exists(format!(
            "role \"{}\" comes from another table already",
            other.name
        )));
    }
    let role = |name: &str| Thing {
        id: 0,
        key: None,
        name: name.to_owned(),
        above: None,
        office: None,
        active: true,
        source: Some(source.id),
    };
    let known: HashSet<&str> = present.iter().map(|role| role.name.as_str()).collect();
    let missing = names.iter().filter(|name| !known.contains(*name));
    let missing: Vec<Thing> = missing.map(|name| role(name)).collect();
    engine.change.create_things(SourceKind::Roles, &missing)?;
    let free = present.iter().filter(|role| role.source.is_none());
    let adopted: Vec<Thing> = free
        .map(|role| Thing {
            source: Some(source.id),
            ..role.clone()
        })
        .collect();
    engine.change.alter_things(SourceKind::Roles, &adopted)?;
    engine.progressed |= !missing.is_empty();
    if let Some(words) = &mut engine.words {
        missing
            .iter()
            .for_each(|role| words.create(SourceKind::Roles, role));
    }
    Ok(())
}

/// Roles that nobody has any longer go, where nothing names them.
pub fn forget_superfluous(engine: &mut Engine, source: &TableSource, scope: &Scope) -> Result<()> {
    if !source.has(SourcePart::Manager) {
        return Ok(());
    }
    let names: Vec<String> = match scope {
        Scope::All => {
            let sought = Sought {
                source: Some(source.id),
                ..Sought::default()
            };
            let roles = engine.change.things(SourceKind::Roles, sought)?;
            roles.into_iter().map(|role| role.name).collect()
        }
        Scope::Units(units) => units
            .iter()
            .flat_map(|key| [position(key), team(key)])
            .collect(),
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    loop {
        let superfluous = engine.change.superfluous_roles(source.id, &names)?;
        if superfluous.is_empty() {
            return Ok(());
        }
        let going: Vec<&str> = superfluous.iter().map(String::as_str).collect();
        if engine.words.is_some() {
            let sought = Sought {
                names: Some(&going),
                ..Sought::default()
            };
            let things = engine.change.things(SourceKind::Roles, sought)?;
            if let Some(words) = &mut engine.words {
                things
                    .iter()
                    .for_each(|role| words.drop(SourceKind::Roles, role));
            }
        }
        engine.change.forget_roles(&going)?;
    }
}
