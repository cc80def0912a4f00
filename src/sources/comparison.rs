//! What the rows of a source say, beside what the organization is: for who only looks, and changes nothing.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::doctor::sources::{
    NamedBy, Saying, departed, held_by, members_beside, roles_held_by, roles_of_users,
};
use crate::core::Result;
use crate::core::checkup::literal;
use crate::core::error::some_of;
use crate::core::sources::{SourceKind, SourcePart};
use crate::sources::managers::{position, team};
use crate::sources::parents::are_named;
use crate::sources::rows::{read, value_of};
use crate::sources::scope::unit_of;
use crate::sources::wishes::{Wish, wishes};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What only the table says, and what it does not say, in words.
struct Discrepancies {
    missing: Vec<String>,
    gone: Vec<String>,
}

impl Discrepancies {
    fn between(said: &BTreeSet<String>, held: &BTreeSet<String>) -> Discrepancies {
        Discrepancies {
            missing: said.difference(held).cloned().collect(),
            gone: held.difference(said).cloned().collect(),
        }
    }

    fn told(&self) -> Option<String> {
        let parts = [
            (&self.missing, "only the table has"),
            (&self.gone, "the table does not have"),
        ];
        let parts = parts.iter().filter(|(what, _)| !what.is_empty());
        let parts: Vec<String> = parts
            .map(|(what, words)| format!("{words} {}", some_of(what)))
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// How the organization differs from what a source says; None where it does not. Its table is read.
pub fn difference(source: &TableSource) -> Result<Option<String>> {
    let named = NamedBy {
        roles: are_named(SourceKind::Roles),
        offices: are_named(SourceKind::Offices),
    };
    match source.kind {
        SourceKind::UserRoles => user_roles(source, named),
        SourceKind::Members => members(source, named),
        _ => things(source, named),
    }
}

fn things(source: &TableSource, named: NamedBy) -> Result<Option<String>> {
    let (wishes, problems) = wishes(source, read(source, None)?);
    if let Some(problem) = problems.into_iter().next() {
        return Ok(Some(problem.error.message));
    }
    let managers = match source.has(SourcePart::Manager) {
        true => Some(Managers::of(source, &wishes)),
        false => None,
    };
    let said = wishes
        .iter()
        .map(|wish| saying(source, wish, managers.as_ref()));
    let said: BTreeSet<String> = said.map(|one| words(source, &one)).collect();
    let held = held_by(source, named)?;
    let held: BTreeSet<String> = held.iter().map(|one| words(source, one)).collect();
    let differences = Discrepancies::between(&said, &held).told();
    match (differences, managers) {
        (None, Some(managers)) => managers.difference(source),
        (differences, _) => Ok(differences),
    }
}

/// What a row says. Where no column says who is active, that is not looked at.
fn saying(source: &TableSource, wish: &Wish, managers: Option<&Managers>) -> Saying {
    let value = |part| value_of(source, &wish.entry, part).map(str::to_owned);
    let above = match (source.kind, managers) {
        (_, Some(managers)) => managers.role_of(wish),
        (SourceKind::Users, None) => value(SourcePart::Role),
        _ => value(SourcePart::Parent),
    };
    Saying {
        key: source.has(SourcePart::Key).then(|| wish.unit.clone()),
        name: wish.name.clone(),
        above,
        office: value(SourcePart::Office),
        is_active: !source.has(SourcePart::Active) || value(SourcePart::Active).is_some(),
    }
}

fn words(source: &TableSource, saying: &Saying) -> String {
    let mut words = match (&saying.key, source.kind) {
        (Some(key), SourceKind::Users | SourceKind::Groups) => {
            format!("{} {}", literal(key), literal(&saying.name))
        }
        (Some(key), _) => format!("{} with key {}", literal(&saying.name), literal(key)),
        (None, _) => literal(&saying.name),
    };
    let place = match source.kind {
        SourceKind::Users => " with role",
        _ => " below",
    };
    for (what, value) in [(place, &saying.above), (" in office", &saying.office)] {
        if let Some(value) = value {
            words.push_str(&format!("{what} {}", literal(value)));
        }
    }
    if !saying.is_active {
        words.push_str(" inactive");
    }
    words
}

/// The positions that rows of people make of who manages whom.
struct Managers {
    /// By the key of each who has a row, that of their manager.
    above: HashMap<String, Option<String>>,
    managing: HashSet<String>,
}

impl Managers {
    fn of(source: &TableSource, wishes: &[Wish]) -> Managers {
        let manager =
            |wish: &Wish| value_of(source, &wish.entry, SourcePart::Manager).map(str::to_owned);
        Managers {
            above: wishes
                .iter()
                .map(|wish| (wish.unit.clone(), manager(wish)))
                .collect(),
            managing: wishes.iter().filter_map(manager).collect(),
        }
    }

    fn manager_of(&self, key: &str) -> Option<&str> {
        self.above.get(key)?.as_deref()
    }

    fn role_of(&self, wish: &Wish) -> Option<String> {
        match self.managing.contains(&wish.unit) {
            true => Some(position(&wish.unit)),
            false => self.manager_of(&wish.unit).map(team),
        }
    }

    /// Whether the roles stand one above the other as the people do. Those that nobody has may stay.
    fn difference(&self, source: &TableSource) -> Result<Option<String>> {
        let held = roles_held_by(source)?;
        let managing = self
            .managing
            .iter()
            .filter(|key| self.above.contains_key(*key));
        let said = managing.map(|key| (position(key), self.manager_of(key).map(position)));
        let missing = said.filter(|role| !held.contains(role));
        let mut missing: Vec<String> = missing
            .map(|(role, above)| match above {
                Some(above) => format!("role {} below {}", literal(&role), literal(&above)),
                None => format!("role {}", literal(&role)),
            })
            .collect();
        missing.sort();
        let gone = Vec::new();
        Ok(Discrepancies { missing, gone }.told())
    }
}

fn user_roles(source: &TableSource, named: NamedBy) -> Result<Option<String>> {
    let mut said = BTreeSet::new();
    let departed = departed()?;
    for entry in read(source, None)? {
        let value = |part| value_of(source, &entry, part).map(str::to_owned);
        if let (Some(user), Some(role)) = (value(SourcePart::User), value(SourcePart::Role))
            && !departed.contains(&user)
        {
            said.insert((user, role));
        }
    }
    let (all, by_table) = roles_of_users(named)?;
    let told =
        |(user, role): &(String, String)| format!("{} with role {}", literal(user), literal(role));
    let differences = Discrepancies {
        missing: said.difference(&all).map(told).collect(),
        gone: by_table.difference(&said).map(told).collect(),
    };
    Ok(differences.told())
}

/// Of several tables that say the same, one holds it.
fn members(source: &TableSource, named: NamedBy) -> Result<Option<String>> {
    let (mut said, mut wrong) = (BTreeSet::new(), Vec::new());
    for entry in read(source, None)? {
        let value = |part| value_of(source, &entry, part).map(str::to_owned);
        let named = SourcePart::MEMBERS.into_iter();
        let named: Vec<_> = named
            .filter_map(|part| Some((part, value(part)?)))
            .collect();
        match (
            unit_of(source, &entry),
            value(SourcePart::Group),
            named.as_slice(),
        ) {
            (Some(_), Some(group), [(part, member)]) => {
                said.insert((group, *part, member.clone()));
            }
            (Some(_), Some(group), _) => {
                wrong.push(format!("several members in a row of {}", literal(&group)))
            }
            _ => {}
        }
    }
    let beside = members_beside(source, named)?;
    let told = |(group, part, member): &(String, SourcePart, String)| {
        let kind = match part {
            SourcePart::Subgroup => "group",
            part => part.argument(),
        };
        format!("{kind} {} in {}", literal(member), literal(group))
    };
    let all: BTreeSet<_> = beside.iter().map(|(member, _)| member.clone()).collect();
    let held: BTreeSet<_> = beside
        .into_iter()
        .filter(|(_, is_held)| *is_held)
        .map(|(member, _)| member)
        .collect();
    wrong.extend(said.difference(&all).map(told));
    let differences = Discrepancies {
        missing: wrong,
        gone: held.difference(&said).map(told).collect(),
    };
    Ok(differences.told())
}
