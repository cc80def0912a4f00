//! The roles of users as a link table says them.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::source_things::{Sought, Thing};
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Result, Sqlstate};
use crate::sources::broken::{dangling, wrong_row};
use crate::sources::engine::{Engine, Problem};
use crate::sources::parents::numbers;
use crate::sources::rows::value_of;
use crate::sources::scope::{Scope, read_scope};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub fn reconcile(engine: &mut Engine, source: &TableSource, scope: &Scope) -> Result<Vec<Problem>> {
    let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in read_scope(source, scope)? {
        let value = |part| value_of(source, &entry, part).map(str::to_owned);
        if let (Some(user), Some(role)) = (value(SourcePart::User), value(SourcePart::Role)) {
            said.entry(user).or_default().insert(role);
        }
    }
    let mut units: BTreeSet<String> = said.keys().cloned().collect();
    match scope {
        Scope::All => units.extend(engine.change.users_with_roles()?),
        Scope::Units(all) => units.extend(all.iter().cloned()),
    }
    let keys: Vec<&str> = units.iter().map(String::as_str).collect();
    let sought = Sought {
        keys: Some(&keys),
        ..Sought::default()
    };
    let users = engine.change.things(SourceKind::Users, sought)?;
    let by_key: HashMap<&str, &Thing> = users
        .iter()
        .filter_map(|user| Some((user.key.as_deref()?, user)))
        .collect();
    let named: BTreeSet<&String> = said.values().flatten().collect();
    let named: Vec<String> = named.into_iter().cloned().collect();
    let roles = numbers(engine, SourceKind::Roles, &named)?;
    let all = sources(&Snapshot::latest());
    let are_from_a_table = all.iter().any(|other| other.kind == SourceKind::Users);
    let (mut problems, mut changed) = (Vec::new(), Vec::new());
    for unit in &units {
        let user = by_key.get(unit.as_str());
        let wished = match said.get(unit) {
            None => Ok(None),
            Some(_) if user.is_none() => {
                Err(dangling(source, SourcePart::User, unit, "user", unit))
            }
            Some(said) => role_of(source, unit, said, &roles),
        };
        match (wished, user) {
            (Err(error), _) => problems.push(Problem {
                unit: unit.clone(),
                error,
            }),
            // Whose own row is gone keeps the role: what they own stays with those above them.
            (_, Some(user)) if are_from_a_table && user.source.is_none() && !user.active => {}
            (Ok(role), Some(user)) if user.above != role => changed.push((*user, role)),
            _ => {}
        }
    }
    let pairs: Vec<_> = changed
        .iter()
        .map(|(user, role)| (user.id, *role))
        .collect();
    engine.change.set_roles(&pairs)?;
    if let Some(words) = &mut engine.words {
        for (user, role) in changed {
            let after = Thing {
                above: role,
                ..user.clone()
            };
            words.alter(SourceKind::Users, user, &after);
        }
    }
    Ok(problems)
}

fn role_of(
    source: &TableSource,
    unit: &str,
    said: &BTreeSet<String>,
    roles: &HashMap<String, i32>,
) -> Result<Option<i32>> {
    let mut said = said.iter();
    match (said.next(), said.next()) {
        (Some(one), Some(other)) => Err(wrong_row(
            source,
            Sqlstate::BadValue,
            SourcePart::Role,
            unit,
            format!("user \"{unit}\" has two roles, \"{one}\" and \"{other}\""),
        )
        .hint("A user has one role. What other roles are for is often said by groups: sharing.sync_members().")),
        (Some(role), None) => match roles.get(role) {
            Some(&id) => Ok(Some(id)),
            None => Err(dangling(source, SourcePart::Role, unit, "role", role)),
        },
        _ => Ok(None),
    }
}
