//! Members of groups as a link table says them.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::source_members::{MemberId, MemberRow};
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Result, Sqlstate};
use crate::sources::broken::{dangling, wrong_row};
use crate::sources::engine::{Engine, Pairs, Problem};
use crate::sources::parents::{are_named, numbers};
use crate::sources::rows::{Entry, value_of};
use crate::sources::scope::{Scope, entry_of, read_scope, unit_of};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What the references of rows stand for.
struct Numbers {
    users: HashMap<String, i32>,
    roles: HashMap<String, i32>,
    groups: HashMap<String, i32>,
}

impl Numbers {
    fn of<'e>(
        engine: &Engine,
        source: &TableSource,
        entries: impl Iterator<Item = &'e Entry> + Clone,
    ) -> Result<Numbers> {
        let named = |parts: &[SourcePart]| -> Vec<String> {
            let values = entries.clone().flat_map(|entry| {
                parts
                    .iter()
                    .filter_map(|&part| value_of(source, entry, part))
            });
            let all: BTreeSet<&str> = values.collect();
            all.into_iter().map(str::to_owned).collect()
        };
        let by_key = |kind, parts: &[SourcePart]| {
            let named = named(parts);
            let named: Vec<&str> = named.iter().map(String::as_str).collect();
            engine.change.numbers(kind, false, &named)
        };
        Ok(Numbers {
            users: by_key(SourceKind::Users, &[SourcePart::User])?,
            groups: by_key(
                SourceKind::Groups,
                &[SourcePart::Group, SourcePart::Subgroup],
            )?,
            roles: numbers(
                engine,
                SourceKind::Roles,
                &named(&[SourcePart::Role, SourcePart::Subordinates]),
            )?,
        })
    }

    /// The member that a row says.
    fn row(&self, source: &TableSource, unit: &str, entry: &Entry) -> Result<MemberRow> {
        let value = |part| value_of(source, entry, part);
        let said: Vec<(SourcePart, &str)> = SourcePart::MEMBERS
            .into_iter()
            .filter_map(|part| Some((part, value(part)?)))
            .collect();
        let group = value(SourcePart::Group).unwrap_or_default();
        let [(part, member)] = said[..] else {
            return Err(wrong_row(
                source,
                Sqlstate::BadValue,
                SourcePart::Group,
                unit,
                format!("a row of group \"{group}\" names several members"),
            ));
        };
        let find = |part, what: &str, all: &HashMap<String, i32>, reference: &str| {
            all.get(reference).copied().ok_or_else(|| {
                let of = value(SourcePart::Group).unwrap_or_default();
                dangling(source, part, of, what, reference)
            })
        };
        Ok(MemberRow {
            group: find(SourcePart::Group, "group", &self.groups, group)?,
            member: match part {
                SourcePart::User => MemberId::User(find(part, "user", &self.users, member)?),
                SourcePart::Role => MemberId::Role(find(part, "role", &self.roles, member)?),
                SourcePart::Subordinates => {
                    MemberId::Subordinates(find(part, "role", &self.roles, member)?)
                }
                _ => MemberId::Group(find(part, "group", &self.groups, member)?),
            },
        })
    }
}

/// What becomes of members.
#[derive(Default)]
struct Differences {
    create: Vec<MemberRow>,
    hold: Vec<MemberRow>,
    delete: Vec<MemberRow>,
}

pub fn reconcile(engine: &mut Engine, source: &TableSource, scope: &Scope) -> Result<Vec<Problem>> {
    let mut said: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in read_scope(source, scope)? {
        said.extend(unit_of(source, &entry).map(|unit| (unit, entry)));
    }
    let unsaid: Vec<(String, Entry)> = match scope {
        Scope::All => Vec::new(),
        Scope::Units(units) => {
            let units = units.iter().filter(|unit| !said.contains_key(*unit));
            units.map(|unit| (unit.clone(), entry_of(unit))).collect()
        }
    };
    let entries = said.values().chain(unsaid.iter().map(|(_, entry)| entry));
    let numbers = Numbers::of(engine, source, entries)?;
    let mut problems = Vec::new();
    let mut wanted: BTreeMap<String, MemberRow> = BTreeMap::new();
    for (unit, entry) in said {
        match numbers.row(source, &unit, &entry) {
            Ok(row) => _ = wanted.insert(unit, row),
            Err(error) => problems.push(Problem { unit, error }),
        }
    }
    let unwanted = unsaid
        .iter()
        .filter_map(|(unit, entry)| numbers.row(source, unit, entry).ok());
    let unwanted: Vec<MemberRow> = unwanted.collect();
    let mut differences = compare(engine, source, scope, &wanted, &unwanted)?;
    problems.extend(refuse_circles(engine, source, &wanted, &mut differences)?);
    carry_out(engine, source, &differences)?;
    Ok(problems)
}

fn compare(
    engine: &Engine,
    source: &TableSource,
    scope: &Scope,
    wanted: &BTreeMap<String, MemberRow>,
    unwanted: &[MemberRow],
) -> Result<Differences> {
    let sought: Vec<MemberRow> = wanted.values().chain(unwanted).copied().collect();
    let mut present: HashMap<MemberRow, Option<i32>> = engine
        .change
        .present_members(&sought)?
        .into_iter()
        .collect();
    if matches!(scope, Scope::All) {
        present.extend(engine.change.members_of_source(source.id)?);
    }
    let mut differences = Differences::default();
    let mut staying = HashSet::new();
    for &row in wanted.values() {
        staying.insert(row);
        match present.get(&row) {
            None => differences.create.push(row),
            Some(None) => differences.hold.push(row),
            Some(Some(_)) => {}
        }
    }
    let going = present
        .iter()
        .filter(|(row, holder)| **holder == Some(source.id) && !staying.contains(*row));
    differences.delete = going.map(|(row, _)| *row).collect();
    Ok(differences)
}

fn refuse_circles(
    engine: &Engine,
    source: &TableSource,
    wanted: &BTreeMap<String, MemberRow>,
    differences: &mut Differences,
) -> Result<Vec<Problem>> {
    let nested = |row: &MemberRow| match row.member {
        MemberId::Group(inner) => Some((row.group, inner)),
        _ => None,
    };
    let pairs: Vec<(i32, i32)> = differences.create.iter().filter_map(nested).collect();
    let circular = engine.change.nested_in_themselves(&pairs)?;
    if circular.is_empty() {
        return Ok(Vec::new());
    }
    let is_circular = |row: &MemberRow| nested(row).is_some_and(|pair| circular.contains(&pair));
    differences.create.retain(|row| !is_circular(row));
    let refused = wanted.iter().filter(|(_, row)| is_circular(row));
    Ok(refused
        .map(|(unit, _)| {
            let entry = entry_of(unit);
            let value = |part| value_of(source, &entry, part).unwrap_or_default();
            let (outer, inner) = (value(SourcePart::Group), value(SourcePart::Subgroup));
            let what = format!("group \"{inner}\" would come to be within itself");
            Problem {
                unit: unit.clone(),
                error: wrong_row(
                    source,
                    Sqlstate::BadValue,
                    SourcePart::Subgroup,
                    outer,
                    what,
                ),
            }
        })
        .collect())
}

fn carry_out(engine: &mut Engine, source: &TableSource, differences: &Differences) -> Result<()> {
    engine.change.delete_members(&differences.delete)?;
    engine.change.hold_members(&differences.hold, source.id)?;
    engine
        .change
        .create_members(&differences.create, source.id)?;
    // What goes may be what circles were made of.
    engine.progressed |= !differences.delete.is_empty();
    tell(engine, differences)?;
    if differences.delete.is_empty() {
        return Ok(());
    }
    // Another link table may say so, too.
    for other in sources(&Snapshot::latest()) {
        if other.kind == SourceKind::Members && other.id != source.id {
            let units = units_of_rows(engine, &other, &differences.delete)?;
            engine.reconcile(&other, &Scope::units(units), &Pairs::new())?;
        }
    }
    Ok(())
}

fn tell(engine: &mut Engine, differences: &Differences) -> Result<()> {
    let Some(mut words) = engine.words.take() else {
        return Ok(());
    };
    let groups = engine.change.names_of(SourceKind::Groups)?;
    let roles = engine.change.names_of(SourceKind::Roles)?;
    let all = differences.create.iter().map(|row| ("create", row));
    let all: Vec<_> = all
        .chain(differences.delete.iter().map(|row| ("drop", row)))
        .collect();
    let users: Vec<i32> = all
        .iter()
        .filter_map(|(_, row)| match row.member {
            MemberId::User(id) => Some(id),
            _ => None,
        })
        .collect();
    let users = engine.change.keys_of_users(&users)?;
    let text = |names: &HashMap<i32, String>, id: i32| names.get(&id).cloned().unwrap_or_default();
    for (change, row) in all {
        let member = match row.member {
            MemberId::User(id) => format!("user:{}", text(&users, id)),
            MemberId::Role(id) => format!("role:{}", text(&roles, id)),
            MemberId::Subordinates(id) => format!("role_and_subordinates:{}", text(&roles, id)),
            MemberId::Group(id) => format!("group:{}", text(&groups, id)),
        };
        words.member(change, &member, &text(&groups, row.group));
    }
    engine.words = Some(words);
    Ok(())
}

/// Members as units of a source that could say so.
pub fn units_of_rows(
    engine: &Engine,
    source: &TableSource,
    rows: &[MemberRow],
) -> Result<Vec<String>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let groups = engine.change.keys_of_groups()?;
    let tree = engine.change.tree(SourceKind::Roles)?;
    let by_name = are_named(SourceKind::Roles);
    let roles: HashMap<i32, String> = tree
        .into_iter()
        .filter_map(|role| Some((role.id, if by_name { Some(role.name) } else { role.key }?)))
        .collect();
    let users = rows.iter().filter_map(|row| match row.member {
        MemberId::User(id) => Some(id),
        _ => None,
    });
    let users = engine.change.keys_of_users(&users.collect::<Vec<_>>())?;
    let unit = |row: &MemberRow| {
        let (part, member) = match row.member {
            MemberId::User(id) => (SourcePart::User, users.get(&id)?),
            MemberId::Role(id) => (SourcePart::Role, roles.get(&id)?),
            MemberId::Subordinates(id) => (SourcePart::Subordinates, roles.get(&id)?),
            MemberId::Group(id) => (SourcePart::Subgroup, groups.get(&id)?),
        };
        if !source.has(part) {
            return None;
        }
        let group = groups.get(&row.group)?;
        let entry: Entry = source
            .parts
            .iter()
            .map(|&one| match one {
                SourcePart::Group => Some(group.clone()),
                _ => (one == part).then(|| member.clone()),
            })
            .collect();
        unit_of(source, &entry)
    };
    Ok(rows.iter().filter_map(unit).collect())
}
