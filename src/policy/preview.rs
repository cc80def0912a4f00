//! What `apply_rules()` would change: how many records each user would gain or lose sight of.
//!
//! Records are counted once per owner; owners and users who are alike to every rule are judged
//! together, so the work grows with the organization and not with the records.

use crate::catalog::read::{Configuration, Owners, People, ProtectedTable, Rules, configuration};
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::rows;
use crate::core::decision::{Record, Sight};
use crate::core::org::{GroupId, ModuleId, OfficeId, RoleId, User, UserId};
use crate::core::{Action, Result, Rights};
use crate::policy::columns::owner_columns;
use pgrx::spi::quote_identifier;
use pgrx::{PgRelation, pg_sys};
use std::collections::{BTreeMap, HashMap};

/// Records of `module` that come into or go out of sight of a user.
#[derive(Debug)]
pub struct Preview {
    pub module: String,
    pub user_key: String,
    pub gained: i64,
    pub lost: i64,
}

/// What of a user every rule goes by.
type Likeness = (Option<RoleId>, Option<OfficeId>, Vec<GroupId>);

/// An owner as rules see him, and the group owner.
type Ownership = (Option<Likeness>, Option<GroupId>);

/// Ownerships whose records a user sees either before or after, and which of the two.
type Changes<'a> = BTreeMap<&'a Ownership, (bool, bool)>;

/// The keys in the owner column and in the group column, and how many records have them.
type OwnerCount = (Option<String>, Option<String>, i64);

/// Nobody's number: an owner who stands for others must not be taken for the caller.
const ANYBODY: UserId = UserId(i32::MIN);

/// For every module with pending changes, the users whom they concern.
pub fn preview() -> Result<Vec<Preview>> {
    let snapshot = Snapshot::latest();
    let enforced = configuration(&snapshot, Rules::Enforced)?;
    let staged = configuration(&snapshot, Rules::Staged)?;
    let mut people = People::open()?.all(&snapshot);
    for (_, user) in &mut people {
        user.groups.sort();
    }
    people.sort_by(|(a, _), (b, _)| a.cmp(b));

    let mut modules: Vec<_> = enforced.tables.values().collect();
    modules.sort_by_key(|table| &enforced.org.modules[&table.module].name);
    let mut result = Vec::new();
    for table in modules {
        if is_pending(&enforced, &staged, table.module) {
            preview_module(&enforced, &staged, &people, table, &mut result)?;
        }
    }
    Ok(result)
}

fn is_pending(enforced: &Configuration, staged: &Configuration, module: ModuleId) -> bool {
    let facts = |configuration: &Configuration| {
        let org = &configuration.org;
        let ruling = org.ruling_module(module);
        let mut rules: Vec<_> = org
            .rules
            .iter()
            .filter(|rule| rule.module == ruling)
            .map(|rule| (rule.id, rule.access))
            .collect();
        rules.sort();
        (
            org.modules.get(&ruling).map(|module| module.global_access),
            rules,
        )
    };
    facts(enforced) != facts(staged)
}

fn likeness(user: &User) -> Likeness {
    (user.role, user.office, user.groups.clone())
}

fn preview_module(
    enforced: &Configuration,
    staged: &Configuration,
    people: &[(String, User)],
    table: &ProtectedTable,
    result: &mut Vec<Preview>,
) -> Result<()> {
    let by_key: HashMap<&str, &User> = people
        .iter()
        .map(|(key, user)| (key.as_str(), user))
        .collect();
    let mut counts: BTreeMap<Ownership, i64> = BTreeMap::new();
    let mut own: HashMap<UserId, Vec<(Ownership, i64)>> = HashMap::new();
    for (owner, group, count) in count_by_owner(table.relation)? {
        let as_user =
            |key: &Option<String>| key.as_deref().and_then(|key| by_key.get(key)).copied();
        let as_group = |key: &Option<String>| {
            key.as_ref()
                .and_then(|key| enforced.group_keys.get(key))
                .copied()
        };
        let (user, group) = match table.owners {
            Owners::User => (as_user(&owner), None),
            Owners::Parent => (None, None),
            Owners::Group => (None, as_group(&owner)),
            Owners::UserOrGroup => (as_user(&owner), as_group(&owner)),
            Owners::UserAndGroup => (as_user(&owner), as_group(&group)),
        };
        let ownership = (user.map(likeness), group);
        if let Some(user) = user {
            own.entry(user.id)
                .or_default()
                .push((ownership.clone(), count));
        }
        *counts.entry(ownership).or_default() += count;
    }

    let module = &enforced.org.modules[&table.module].name;
    let mut by_viewer: HashMap<(Likeness, Rights), Changes> = HashMap::new();
    for (key, viewer) in people.iter().filter(|(_, user)| user.active) {
        let changes = by_viewer
            .entry((likeness(viewer), viewer.rights))
            .or_insert_with(|| {
                let before = Sight::new(&enforced.org, viewer, table.module);
                let after = Sight::new(&staged.org, viewer, table.module);
                let (Some(before), Some(after)) = (before, after) else {
                    return BTreeMap::new();
                };
                let judged = counts.keys().map(|ownership| {
                    (
                        ownership,
                        (reads(&before, ownership), reads(&after, ownership)),
                    )
                });
                judged
                    .filter(|(_, (before, after))| before != after)
                    .collect()
            });
        let mut row = Preview {
            module: module.clone(),
            user_key: key.clone(),
            gained: 0,
            lost: 0,
        };
        let mut add = |ownership: &Ownership, count: i64| match changes.get(ownership) {
            Some((false, true)) => row.gained += count,
            Some((true, false)) => row.lost += count,
            _ => {}
        };
        changes
            .keys()
            .for_each(|ownership| add(ownership, counts[*ownership]));
        // His own records he sees before and after, whatever rules say of people like him.
        for (ownership, count) in own.get(&viewer.id).into_iter().flatten() {
            add(ownership, -count);
        }
        if row.gained != 0 || row.lost != 0 {
            result.push(row);
        }
    }
    Ok(())
}

fn reads(sight: &Sight, (user, group): &Ownership) -> bool {
    let owner = user.as_ref().map(|(role, office, groups)| User {
        id: ANYBODY,
        role: *role,
        office: *office,
        active: true,
        rights: Rights::default(),
        groups: groups.clone(),
    });
    let record = Record {
        user: owner.as_ref(),
        group: *group,
        ..Record::default()
    };
    sight.allows(Action::Read, &record)
}

/// How many records each owner has.
fn count_by_owner(relation: pg_sys::Oid) -> Result<Vec<OwnerCount>> {
    // SAFETY: the lock is the one of a query; an unknown relation is an error of PostgreSQL's.
    let open = unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) };
    // SAFETY: the relation is open while `open` lives.
    let columns = unsafe { owner_columns(open.as_ptr()) }?;
    let group = columns.group.map_or("NULL::text".to_owned(), |column| {
        quote_identifier(&column.name) + "::text"
    });
    rows(
        &format!(
            "SELECT {}::text, {group}, pg_catalog.count(*) FROM {}.{} GROUP BY 1, 2",
            quote_identifier(&columns.owner.name),
            quote_identifier(open.namespace()),
            quote_identifier(open.name()),
        ),
        &[],
        |row| Ok((row.get(1)?, row.get(2)?, row.get(3)?.unwrap_or_default())),
    )
}
