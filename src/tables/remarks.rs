//! What `protect`, `relate` and `trust` have to say besides doing it: what row security does not filter
//! on a table, and who will be surprised. `protect` returns remarks as SQL comments below its statements.

use crate::catalog::read::citus::{self, Node};
use crate::catalog::write::access::db_role_name;
use crate::catalog::write::ours::other_policies;
use crate::catalog::write::policy_names::our_policy_names;
use crate::catalog::write::readers::{ActingKey, Reader, ReferentialAction};
use crate::catalog::write::table_columns::TableColumn;
use crate::catalog::write::tables::ApplicationTable;
use crate::catalog::write::{readers, tables, without_owner};
use crate::core::error::some_of;
use crate::core::{Level, Result};
use crate::pg::notices::{note, warn};
use crate::tables::protection::Protection;
use pgrx::pg_sys;
use pgrx::spi::{quote_identifier, quote_literal};
use std::collections::HashSet;

/// A table that is being protected, as it is before.
pub struct NewlyProtected<'a> {
    pub protection: &'a Protection<'a>,
    /// The table, and all that inherits from it.
    pub family: &'a [ApplicationTable],
    /// Columns that an index should begin with.
    pub columns: &'a [TableColumn],
}

type Check = fn(&NewlyProtected) -> Result<Vec<String>>;

/// In the order in which they are told.
const CHECKS: [Check; 12] = [
    missing_owner,
    policies,
    closed_commands,
    truncate,
    missing_indexes,
    trusted_owner,
    roles_that_see_nothing,
    views,
    functions,
    copies,
    followers,
    acting_keys,
];

/// How many remarks of one kind are told one by one.
const REMARKS_OF_A_KIND: usize = 10;

/// The remarks on a table, each a line that is an SQL comment.
pub fn remarks_on_protection(table: &NewlyProtected) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    for check in CHECKS {
        let found = check(table)?;
        let more = found.len().saturating_sub(REMARKS_OF_A_KIND);
        remarks.extend(
            found
                .iter()
                .take(REMARKS_OF_A_KIND)
                .map(|text| comment(text)),
        );
        if more > 0 {
            remarks.push(comment(&format!(
                "and {more} more remarks like the one above"
            )));
        }
    }
    Ok(remarks)
}

/// Names may contain line breaks, which would end the comment: what follows them would be a statement.
pub fn comment(text: &str) -> String {
    format!("-- {}", text.replace(char::is_control, " "))
}

impl NewlyProtected<'_> {
    fn root(&self) -> &ApplicationTable {
        &self.family[0]
    }

    fn tables(&self) -> Vec<pg_sys::Oid> {
        tables::oids(self.family)
    }
}

/// A remark on things of one kind, if there are any.
fn remark(all: Vec<String>, text: impl FnOnce(&str) -> String) -> Option<String> {
    match all.is_empty() {
        true => None,
        false => Some(text(&some_of(&all))),
    }
}

fn missing_owner(table: &NewlyProtected) -> Result<Vec<String>> {
    let protection = table.protection;
    let owners = protection.owner.into_iter().chain(protection.owner_group);
    let named: Vec<&str> = owners.collect();
    let is_refused = !protection.default_owner
        && !named.is_empty()
        && protection.global_access.level() < Level::Edit
        && without_owner::leaves_no_owner(protection.relation, &named)?;
    let remedy = match protection.owner {
        Some(_) => ": default_owner => true makes the row the caller's own",
        None => "",
    };
    let remark = format!(
        "an INSERT into {} that names no owner is refused while the module is {}{remedy}",
        table.root().name,
        protection.global_access.label()
    );
    Ok(is_refused.then_some(remark).into_iter().collect())
}

fn policies(table: &NewlyProtected) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    let others = other_policies(&table.tables())?;
    for member in table.family {
        for policy in others.of(member.oid) {
            let kind = match policy.permissive {
                true => "permissive",
                false => "restrictive",
            };
            let (name, on) = (quote_identifier(&policy.name), &member.name);
            remarks.push(match member.row_security {
                false => format!(
                    "{kind} policy {name} on {on} lay dormant and takes effect now: rows have to pass it, too"
                ),
                true => format!("{kind} policy {name} on {on} stays: rows have to pass both"),
            });
        }
    }
    Ok(remarks)
}

/// Where a table has permissive policies, a command that none of them is for is closed as soon as row
/// security is on, and so it is for roles that none is for.
fn closed_commands(table: &NewlyProtected) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    let woken = |member: &&ApplicationTable| !member.row_security && member.has_permissive_policy;
    for member in table.family.iter().filter(woken) {
        let mut closed = readers::closed_commands(member.oid, &our_policy_names())?;
        while let Some(first) = closed.first() {
            let roles = first.roles.clone();
            let (same, others) = closed
                .into_iter()
                .partition::<Vec<_>, _>(|opened| opened.roles == roles);
            closed = others;
            let commands: Vec<String> = same.into_iter().map(|opened| opened.command).collect();
            let whom = match roles.is_empty() {
                true => "everybody".to_owned(),
                false => format!("everybody but members of {}", some_of(&roles)),
            };
            remarks.push(format!(
                "on {1}, {0} will be closed to {whom}: of the permissive policies that take effect now, none lets them through",
                commands.join(", "),
                member.name
            ));
        }
    }
    Ok(remarks)
}

fn truncate(table: &NewlyProtected) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    let holders = tables::truncate_holders(table.family)?;
    for member in table.family {
        for role in holders.of(member.oid) {
            remarks.push(format!(
                "{} may TRUNCATE {}, which row security does not filter",
                quote_identifier(role),
                member.name
            ));
        }
    }
    Ok(remarks)
}

fn missing_indexes(table: &NewlyProtected) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    for TableColumn { name: column, .. } in table.columns {
        for (names, on) in without_index(table.family, column)? {
            remarks.push(format!(
                "no index on {names} begins with {column}: CREATE INDEX ON {on} ({column})"
            ));
        }
    }
    Ok(remarks)
}

/// Which tables of a family have no index that begins with a column, and the table to make one on.
fn without_index(family: &[ApplicationTable], column: &str) -> Result<Vec<(String, String)>> {
    let indexed = tables::have_index_on(family, column)?;
    Ok(not_among(family, &indexed))
}

/// Which tables of a family are not among those that have an index, and the table to make one on. An index
/// on a partitioned table is one on all partitions, also on those that come later.
pub fn not_among(
    family: &[ApplicationTable],
    indexed: &HashSet<pg_sys::Oid>,
) -> Vec<(String, String)> {
    let mut without = Vec::new();
    let mut with = 0;
    for member in family.iter().filter(|member| member.kind == 'r') {
        match indexed.contains(&member.oid) {
            true => with += 1,
            false => without.push(member.name.clone()),
        }
    }
    let root = &family[0];
    if root.kind == 'r' {
        return without
            .into_iter()
            .map(|name| (name.clone(), name))
            .collect();
    }
    let names = match (with, without.len()) {
        (0, 0) if indexed.contains(&root.oid) => return Vec::new(),
        (0, _) => root.name.clone(),
        (_, 0) => return Vec::new(),
        _ => some_of(&without),
    };
    vec![(names, root.name.clone())]
}

fn trusted_owner(table: &NewlyProtected) -> Result<Vec<String>> {
    let name = &table.root().name;
    let trusted = remark(readers::trusted_owners(&table.tables())?, |roles| {
        format!(
            "trusted roles that are the owner of {name}, or can become it, and can switch row security off: {roles}"
        )
    });
    Ok(trusted.into_iter().collect())
}

fn roles_that_see_nothing(table: &NewlyProtected) -> Result<Vec<String>> {
    let ApplicationTable { oid, name, .. } = table.root();
    let blind = remark(readers::roles_that_see_nothing(*oid)?, |roles| {
        format!(
            "roles that may read {name} and see nothing, since they are neither trusted nor the database role of a user: {roles}"
        )
    });
    Ok(blind.into_iter().collect())
}

/// Those of superusers and of roles with BYPASSRLS show everything. Of others the rows are filtered, but
/// by who the owner is, where the caller is known by their database role.
fn by_owner(readers: Vec<Reader>, what: &str, table: &str, remedy: &str) -> Vec<String> {
    let (bypassing, others): (Vec<Reader>, Vec<Reader>) = readers
        .into_iter()
        .partition(|reader| reader.owner_bypasses);
    let names = |readers: Vec<Reader>| readers.into_iter().map(|reader| reader.name).collect();
    let all = remark(names(bypassing), |names| {
        format!(
            "{what} {table} as an owner who bypasses row security, so that every row is seen: {names}{remedy}"
        )
    });
    let some = remark(names(others), |names| {
        format!(
            "{what} {table} as an owner, which is who asks where people are known by their database role: {names}{remedy}"
        )
    });
    all.into_iter().chain(some).collect()
}

fn views(table: &NewlyProtected) -> Result<Vec<String>> {
    Ok(by_owner(
        readers::views_as_owner(&table.tables())?,
        "views without security_invoker, and rules of tables, read",
        &table.root().name,
        "; ALTER VIEW ... SET (security_invoker) makes a view ask as its caller",
    ))
}

fn functions(table: &NewlyProtected) -> Result<Vec<String>> {
    let ApplicationTable { oid, name, .. } = table.root();
    let found = readers::security_definer_functions(&[*oid], &table.tables())?;
    let (by_text, known): (Vec<Reader>, Vec<Reader>) =
        found.into_iter().partition(|reader| reader.by_text);
    let mut remarks = by_owner(known, "SECURITY DEFINER functions read", name, "");
    remarks.extend(by_owner(
        by_text,
        "SECURITY DEFINER functions have a text with the name of a protected table or of a view that reads it, and if they read that, they read",
        name,
        "",
    ));
    Ok(remarks)
}

/// What takes rows somewhere else.
fn copies(table: &NewlyProtected) -> Result<Vec<String>> {
    let (name, tables) = (&table.root().name, table.tables());
    let materialized = remark(readers::materialized_views(&tables)?, |names| {
        format!("materialized views hold rows of {name}, which nothing filters there: {names}")
    });
    let published = remark(readers::publications(&tables)?, |names| {
        format!("publications send rows of {name}, which nothing filters for subscribers: {names}")
    });
    Ok(materialized.into_iter().chain(published).collect())
}

/// Servers to which the configuration goes, and which stop at a table that they do not have.
fn followers(table: &NewlyProtected) -> Result<Vec<String>> {
    let ApplicationTable { oid, name, .. } = table.root();
    let is_coordinator = citus::this_node() == Some(Node::Coordinator);
    let is_known = is_coordinator && citus::is_spread(*oid);
    if is_known || !is_coordinator && !readers::has_subscribers()? {
        return Ok(Vec::new());
    }
    let remedy = match is_coordinator {
        true => format!(
            "; citus_add_local_table_to_metadata({}) makes a table known to the workers of Citus, before it is protected",
            quote_literal(name)
        ),
        false => String::new(),
    };
    let told = remark(readers::publications_of_modules()?, |names| {
        format!(
            "the configuration goes to other servers, by publication {names}, and a subscription stops where a server has no table {name}, until it has{remedy}"
        )
    });
    Ok(told.into_iter().collect())
}

fn acting_keys(table: &NewlyProtected) -> Result<Vec<String>> {
    let Protection {
        controlled_by, via, ..
    } = table.protection;
    // Who may delete a record may delete those that it controls.
    let is_by_control = |key: &ActingKey| {
        let via = via.map(quote_identifier);
        key.action == ReferentialAction::DeleteDeletes
            && controlled_by.is_some_and(|parent| parent.table == key.parent)
            && via == key.column
    };
    let keys = readers::acting_keys(&table.tables())?;
    let keys = keys.into_iter().filter(|key| !is_by_control(key));
    Ok(remarks_on_acting_keys(&keys.collect::<Vec<_>>()))
}

fn remarks_on_acting_keys(keys: &[ActingKey]) -> Vec<String> {
    let kinds = [
        (
            ReferentialAction::DeleteDeletes,
            "whoever deletes a record deletes others, also ones that they do not see (ON DELETE CASCADE)",
        ),
        (
            ReferentialAction::DeleteChanges,
            "whoever deletes a record changes others, also ones that they do not see (ON DELETE SET NULL, SET DEFAULT)",
        ),
        (
            ReferentialAction::KeyChangeChanges,
            "whoever changes a key changes others, also ones that they do not see (CASCADE, SET NULL or SET DEFAULT on updates)",
        ),
    ];
    let mut remarks = Vec::new();
    for (action, text) in kinds {
        let of_kind = keys.iter().filter(|key| key.action == action);
        let names = of_kind.map(|key| key.name.clone()).collect();
        remarks.extend(remark(names, |names| {
            format!("by foreign key {names}, {text}")
        }));
    }
    remarks
}

/// Tells what there is to say of a relation that was declared.
pub fn remark_on_relation(
    child: &ApplicationTable,
    via: &str,
    parent: &ApplicationTable,
) -> Result<()> {
    let family = tables::family(child.oid)?;
    let (names, on): (Vec<String>, Vec<String>) = without_index(&family, via)?.into_iter().unzip();
    if let Some(message) = remark(names, |tables| {
        format!("no index on {tables} begins with {via}")
    }) {
        let (on, where_else) = match on.as_slice() {
            [table] => (table.as_str(), ""),
            _ => ("…", ", on each of them"),
        };
        let hint = format!(
            "Without one, looking for the records of a parent reads the whole table: CREATE INDEX ON {on} ({via}){where_else}."
        );
        note(message, &hint);
    }
    let children = tables::oids(&family);
    let parents = tables::oids(&tables::family(parent.oid)?);
    let mut keys = readers::acting_keys(&children)?;
    keys.retain(|key| children.contains(&key.child) && parents.contains(&key.parent));
    for message in remarks_on_acting_keys(&keys) {
        note(
            message,
            "Row security does not hold in referential actions. With RESTRICT or NO ACTION, PostgreSQL refuses instead.",
        );
    }
    Ok(())
}

/// Who owns a table can switch its row security off, and so can everybody for whom a session of that role
/// acts, where they get to run SQL of their own.
pub fn warn_of_trusted_owner(role: pg_sys::Oid) -> Result<()> {
    let owned = readers::owned_by(role)?;
    let name = quote_identifier(db_role_name(role)?);
    if let Some(message) = remark(owned, |tables| {
        format!(
            "database role {name} is the owner of protected tables, or can become it, and can switch their row security off: {tables}"
        )
    }) {
        warn(
            message,
            "Let the application sign in as a role that owns no protected table, and is no member of one that does.",
        );
    }
    Ok(())
}

/// What there is to say of temporary tables of other sessions, as SQL comments.
pub fn remarks_on_others(relation: pg_sys::Oid) -> Result<Vec<String>> {
    let others = tables::out_of_reach(relation)?.into_iter();
    Ok(others
        .map(|name| {
            format!("-- {name} is a temporary table of another session, and stays as it is")
        })
        .collect())
}
