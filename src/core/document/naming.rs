//! What a document names is there, or in the document itself.

use crate::core::access::Right;
use crate::core::document::checks::dangling;
use crate::core::document::sections::{Document, LinkEntry, link_name, section};
use crate::core::{Error, Principal, Result};
use std::collections::HashSet;

/// Unlike `enable_record_sharing`, a document tells of a state: it changes no office and no other
/// right. It must not tell of one that cannot be. Who has the right may have left the office since.
pub(super) fn check_record_sharing(wanted: &Document) -> Result<()> {
    for (at, user) in section(&wanted.users).iter().enumerate() {
        let rights = user.rights();
        let others = rights.has(Right::SuperUser) || rights.has(Right::EnterpriseView);
        if rights.has(Right::RecordSharing) && others {
            return Err(Error::not_possible(
                "a user with record_sharing can have neither super_user nor enterprise_view",
            )
            .at(&format!("users[{at}].rights")));
        }
    }
    Ok(())
}

pub(super) fn no_office(key: &str) -> Error {
    Error::not_possible(format!("user \"{key}\" has no office"))
        .hint("Records are shared between offices: both users have one.")
}

/// A section as it will be: the document's, or else what is there.
pub(super) fn present_or<'a, T>(
    wanted: &'a Option<Vec<T>>,
    present: &'a Option<Vec<T>>,
) -> &'a Option<Vec<T>> {
    if wanted.is_some() { wanted } else { present }
}

/// What there will be, by name: of each section the document's, or else what is there.
pub(super) struct NamesToBe<'a> {
    pub(super) offices: HashSet<&'a str>,
    pub(super) roles: HashSet<&'a str>,
    pub(super) users: HashSet<&'a str>,
    pub(super) groups: HashSet<&'a str>,
    pub(super) profiles: HashSet<&'a str>,
    pub(super) modules: HashSet<&'a str>,
    pub(super) links: HashSet<(&'a str, &'a str)>,
}

impl<'a> NamesToBe<'a> {
    pub(super) fn new(present: &'a Document, wanted: &'a Document) -> NamesToBe<'a> {
        fn names<'a, T>(
            wanted: &'a Option<Vec<T>>,
            present: &'a Option<Vec<T>>,
            name: impl Fn(&'a T) -> &'a String,
        ) -> HashSet<&'a str> {
            section(present_or(wanted, present))
                .iter()
                .map(|element| name(element).as_str())
                .collect()
        }
        NamesToBe {
            offices: names(&wanted.offices, &present.offices, |office| &office.name),
            roles: names(&wanted.roles, &present.roles, |role| &role.name),
            users: names(&wanted.users, &present.users, |user| &user.key),
            groups: names(&wanted.groups, &present.groups, |group| &group.name),
            profiles: names(&wanted.profiles, &present.profiles, |profile| &profile.name),
            modules: names(&wanted.modules, &present.modules, |module| &module.name),
            links: section(present_or(&wanted.links, &present.links))
                .iter()
                .map(LinkEntry::users)
                .collect(),
        }
    }

    /// Every name in the document stands for something.
    pub(super) fn check(&self, wanted: &Document) -> Result<()> {
        let known =
            |what, names: &HashSet<&str>, name: &Option<String>, path: &dyn Fn() -> String| {
                match name {
                    Some(name) if !names.contains(name.as_str()) => {
                        Err(dangling(what, name).at(&path()))
                    }
                    _ => Ok(()),
                }
            };
        for (at, role) in section(&wanted.roles).iter().enumerate() {
            for (n, profile) in role.profiles.iter().enumerate() {
                if !self.profiles.contains(profile.as_str()) {
                    return Err(
                        dangling("profile", profile).at(&format!("roles[{at}].profiles[{n}]"))
                    );
                }
            }
        }
        for (at, profile) in section(&wanted.profiles).iter().enumerate() {
            for (n, permission) in profile.permissions.iter().enumerate() {
                known("module", &self.modules, &permission.module, &|| {
                    format!("profiles[{at}].permissions[{n}].module")
                })?;
            }
        }
        for (at, user) in section(&wanted.users).iter().enumerate() {
            known("role", &self.roles, &user.role, &|| {
                format!("users[{at}].role")
            })?;
            known("office", &self.offices, &user.office, &|| {
                format!("users[{at}].office")
            })?;
        }
        for (at, group) in section(&wanted.groups).iter().enumerate() {
            known("office", &self.offices, &group.office, &|| {
                format!("groups[{at}].office")
            })?;
            for (n, member) in group.members.iter().enumerate() {
                self.check_principal(member, &|| format!("groups[{at}].members[{n}]"))?;
            }
        }
        for (at, relation) in section(&wanted.relations).iter().enumerate() {
            for (field, name) in [("child", &relation.child), ("parent", &relation.parent)] {
                if !self.modules.contains(name.as_str()) {
                    return Err(dangling("module", name).at(&format!("relations[{at}].{field}")));
                }
            }
        }
        for rule in section(&wanted.rules) {
            let at = rule.place;
            if !self.modules.contains(rule.module.as_str()) {
                return Err(dangling("module", &rule.module).at(&format!("rules[{at}].module")));
            }
            if let Some(owned_by) = &rule.owned_by {
                self.check_principal(owned_by, &|| format!("rules[{at}].owned_by"))?;
            }
            self.check_principal(&rule.shared_with, &|| format!("rules[{at}].shared_with"))?;
        }
        for (at, link) in section(&wanted.links).iter().enumerate() {
            self.check_users("links", at, link.users())?;
        }
        for (at, share) in section(&wanted.shares).iter().enumerate() {
            if !self.modules.contains(share.module.as_str()) {
                return Err(dangling("module", &share.module).at(&format!("shares[{at}].module")));
            }
            self.check_users("shares", at, share.users())?;
            if !self.links.contains(&share.users()) {
                return Err(
                    Error::unknown(format!("no {}", link_name(share.users())))
                        .at(&format!("shares[{at}]"))
                        .hint("A record is shared over a link, which must be in the section \"links\", or exist already where the document has no such section."),
                );
            }
        }
        self.check_grants(wanted)?;
        self.check_expectations(wanted)
    }

    pub(super) fn has_module(&self, name: &str) -> bool {
        self.modules.contains(name)
    }

    fn check_expectations(&self, wanted: &Document) -> Result<()> {
        for (at, expectation) in section(&wanted.expectations).iter().enumerate() {
            for (field, what, names, name) in [
                ("user", "user", &self.users, &expectation.user),
                ("module", "module", &self.modules, &expectation.module),
            ] {
                if !names.contains(name.as_str()) {
                    return Err(dangling(what, name).at(&format!("expectations[{at}].{field}")));
                }
            }
        }
        Ok(())
    }

    /// The two users of a link.
    fn check_users(&self, section: &str, at: usize, (from, to): (&str, &str)) -> Result<()> {
        for (field, key) in [("from", from), ("to", to)] {
            if !self.users.contains(key) {
                return Err(dangling("user", key).at(&format!("{section}[{at}].{field}")));
            }
        }
        Ok(())
    }

    pub(super) fn check_principal(
        &self,
        principal: &Principal,
        path: &dyn Fn() -> String,
    ) -> Result<()> {
        let (what, names) = match principal {
            Principal::User(_) => ("user", &self.users),
            Principal::Role(_) | Principal::RoleAndSubordinates(_) => ("role", &self.roles),
            Principal::Group(_) => ("group", &self.groups),
        };
        if names.contains(principal.name()) {
            return Ok(());
        }
        Err(dangling(what, principal.name()).at(&path()))
    }
}
