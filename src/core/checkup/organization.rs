//! People, roles, groups and profiles that are not what they seem to be for.

use crate::core::Right;
use crate::core::checkup::census::{Census, Headcount};
use crate::core::checkup::finding::{Finding, Severity, literal};
use crate::core::document::{Document, ProfileEntry, section};
use crate::core::error::some_of;
use crate::core::sources::SourceKind;
use std::collections::{BTreeMap, BTreeSet};

/// Active users without a role, where the hierarchy gives anything: nobody is above them.
pub fn users_without_roles(document: &Document) -> Vec<Finding> {
    let roles = section(&document.roles);
    let has_hierarchy = roles.iter().any(|role| role.parent.is_some());
    let mut modules = section(&document.modules).iter();
    if !has_hierarchy || !modules.any(|module| module.hierarchy) {
        return Vec::new();
    }
    let users = section(&document.users).iter();
    let without: Vec<String> = users
        .filter(|user| {
            user.active && user.role.is_none() && !user.rights.contains(&Right::Administrator)
        })
        .map(|user| format!("\"{}\"", user.key))
        .collect();
    if without.is_empty() {
        return Vec::new();
    }
    let who = match without.len() {
        1 => "1 active user has".to_owned(),
        count => format!("{count} active users have"),
    };
    vec![Finding::new(
        Severity::Advice,
        "users",
        format!(
            "{who} no role, so that nobody is above them and they are above nobody: {}",
            some_of(&without)
        ),
    )]
}

/// Roles that nobody has, nor any role below.
pub fn roles_without_users(document: &Document) -> Vec<Finding> {
    let census = Census::of(document, Headcount::All);
    let roles = section(&document.roles);
    let has_below: BTreeSet<&str> = roles
        .iter()
        .filter_map(|role| role.parent.as_deref())
        .collect();
    let told = names_of_rules_and_groups(document);
    let from_sources = section(&document.sources).iter().any(|source| {
        source.kind == SourceKind::Roles
            || source.kind == SourceKind::Users && source.manager.is_some()
    });
    let empty = roles
        .iter()
        .filter(|role| census.within_role(&role.name) == 0);
    empty
        .map(|role| {
            let name = &role.name;
            let finding = Finding::new(
                Severity::Advice,
                format!("role \"{name}\""),
                "no user has this role, nor one below it",
            );
            let is_free = !from_sources
                && !has_below.contains(name.as_str())
                && !told.contains(name.as_str());
            match is_free {
                true => finding.fix(format!("SELECT sharing.drop_role({})", literal(name))),
                false => finding,
            }
        })
        .collect()
}

/// The roles of which rules and groups speak.
fn names_of_rules_and_groups(document: &Document) -> BTreeSet<&str> {
    use crate::core::Principal::{Role, RoleAndSubordinates};
    let rules = section(&document.rules).iter();
    let sides = rules.flat_map(|rule| rule.owned_by.iter().chain([&rule.shared_with]));
    let groups = section(&document.groups).iter();
    let members = groups.flat_map(|group| &group.members);
    sides
        .chain(members)
        .filter_map(|principal| match principal {
            Role(name) | RoleAndSubordinates(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// Groups of which nobody who is active is a member: their records are seen by others only.
pub fn groups_without_members(document: &Document) -> Vec<Finding> {
    let census = Census::of(document, Headcount::Active);
    let groups = section(&document.groups).iter();
    groups
        .filter(|group| !census.any(&crate::core::Principal::Group(group.name.clone())))
        .map(|group| {
            Finding::new(
                Severity::Advice,
                format!("group \"{}\"", group.name),
                "no active user is a member, so that nobody sees its records as one",
            )
        })
        .collect()
}

/// Inactive users who would be more than others were they active again, or whose database role still is theirs.
pub fn inactive_users(document: &Document) -> Vec<Finding> {
    let users = section(&document.users).iter().filter(|user| !user.active);
    users
        .filter_map(|user| {
            let key = literal(&user.key);
            let mut held = Vec::new();
            let mut fixes = Vec::new();
            let rights: BTreeMap<&str, ()> = user
                .rights
                .iter()
                .filter(|&&right| right != Right::RecordSharing)
                .map(|right| (right.label(), ()))
                .collect();
            for right in rights.keys() {
                held.push(format!("the right {right}"));
                fixes.push(format!("SELECT sharing.revoke_right({key}, '{right}')"));
            }
            if let Some(db_role) = &user.db_role {
                held.push(format!("the database role \"{db_role}\""));
                fixes.push(format!("SELECT sharing.set_user_db_role({key}, NULL)"));
            }
            let object = format!("user \"{}\"", user.key);
            let message = format!("is inactive and holds {}", some_of(&held));
            (!held.is_empty())
                .then(|| Finding::new(Severity::Advice, object, message).fix(fixes.join("; ")))
        })
        .collect()
}

/// Profiles that roles have, and that say nothing of a module: which is then denied to these roles.
pub fn profiles_without_rows(document: &Document) -> Vec<Finding> {
    let roles = section(&document.roles).iter();
    let assigned: BTreeSet<&str> = roles
        .flat_map(|role| &role.profiles)
        .map(String::as_str)
        .collect();
    let profiles = section(&document.profiles).iter();
    profiles
        .filter(|profile| assigned.contains(profile.name.as_str()))
        .filter_map(|profile| without_row(profile, document))
        .collect()
}

fn without_row(profile: &ProfileEntry, document: &Document) -> Option<Finding> {
    let said: BTreeSet<Option<&str>> = profile
        .permissions
        .iter()
        .map(|row| row.module.as_deref())
        .collect();
    if said.contains(&None) {
        return None;
    }
    let modules = section(&document.modules).iter().map(|module| &module.name);
    let missing: Vec<&String> = modules
        .filter(|name| !said.contains(&Some(name.as_str())))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let denied = |module: &&String| {
        format!(
            "SELECT sharing.set_permission({}, {}, false, false, false, false)",
            literal(&profile.name),
            literal(module)
        )
    };
    let quoted: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
    let message = format!(
        "says nothing of {}, which its users are therefore denied: sharing.set_permission() says what they may; the fix says that it is meant so",
        some_of(&quoted)
    );
    let fixes: Vec<String> = missing.iter().map(denied).collect();
    Some(
        Finding::new(
            Severity::Warning,
            format!("profile \"{}\"", profile.name),
            message,
        )
        .fix(fixes.join("; ")),
    )
}
