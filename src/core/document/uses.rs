//! Nothing goes that something else names.

use crate::core::document::pairing::Diff;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{RuleEntry, link_name, section, share_name};
use crate::core::{Error, Principal, Result};
use std::collections::HashSet;

impl<'a> Plan<'a> {
    /// The present rules that hold what they name: all of which the document does not speak, and
    /// those that are enforced until their end is applied.
    pub(super) fn holding_rules(&self) -> Vec<(i64, &'a RuleEntry)> {
        let present = &self.present.document;
        let rules = section(&present.rules).iter().zip(&self.present.rules);
        let mut holding: Vec<(i64, &RuleEntry)> = Vec::new();
        match self.wanted.rules {
            None => holding.extend(rules.map(|(rule, (id, _))| (*id, rule))),
            Some(_) if self.apply => {}
            Some(_) => {
                let rules: Vec<_> = rules.collect();
                let dropped = self.rules.drop.iter().filter_map(|&at| rules.get(at));
                let enforced = dropped.filter(|(_, (_, enforced))| *enforced);
                holding.extend(enforced.map(|(rule, (id, _))| (*id, *rule)));
            }
        }
        if !self.apply {
            holding.extend(self.present.leaving.iter().map(|(id, rule)| (*id, rule)));
        }
        holding
    }

    /// What goes must not be named by what stays (semantics: Errors: 2BP01).
    pub(super) fn must_be_unused(&self, holding: &[(i64, &'a RuleEntry)]) -> Result<()> {
        let present = &self.present.document;
        let gone = Gone {
            offices: dropped(&self.offices, &present.offices, |office| &office.name),
            roles: dropped(&self.roles, &present.roles, |role| &role.name),
            users: dropped(&self.users, &present.users, |user| &user.key),
            groups: dropped(&self.groups, &present.groups, |group| &group.name),
            profiles: dropped(&self.profiles, &present.profiles, |profile| &profile.name),
            modules: dropped(&self.modules, &present.modules, |module| &module.name),
        };
        let mut uses = Uses::default();
        if self.wanted.roles.is_none() {
            for role in section(&present.roles) {
                for profile in &role.profiles {
                    let by = || format!("role \"{}\"", role.name);
                    uses.of("profile", &gone.profiles, profile, by);
                }
            }
        }
        if self.wanted.users.is_none() {
            for user in section(&present.users) {
                let by = || format!("user \"{}\"", user.key);
                uses.of_option("office", &gone.offices, &user.office, by);
                uses.of_option("role", &gone.roles, &user.role, by);
            }
        }
        if self.wanted.groups.is_none() {
            for group in section(&present.groups) {
                let by = || format!("group \"{}\"", group.name);
                uses.of_option("office", &gone.offices, &group.office, by);
                for member in &group.members {
                    uses.of_principal(&gone, member, by);
                }
            }
        }
        if self.wanted.links.is_none() {
            for link in section(&present.links) {
                let by = || link_name(link.users());
                uses.of("user", &gone.users, &link.from, by);
                uses.of("user", &gone.users, &link.to, by);
            }
        }
        if self.wanted.shares.is_none() {
            let dropped: HashSet<usize> = self.shares.drop.iter().copied().collect();
            for (at, share) in section(&present.shares).iter().enumerate() {
                if !dropped.contains(&at) {
                    let by = || share_name(share);
                    uses.of("module", &gone.modules, &share.module, by);
                }
            }
        }
        for grant in self.untold_grants() {
            let by = || grant.name();
            uses.of("module", &gone.modules, &grant.module, by);
            uses.of_principal(&gone, &grant.to, by);
        }
        for expectation in self.untold_expectations() {
            uses.of("user", &gone.users, &expectation.user, || {
                expectation.name()
            });
        }
        for relation in self.untold_relations() {
            uses.of("module", &gone.modules, &relation.parent, || {
                relation.name()
            });
        }
        for (id, rule) in holding {
            let by = || format!("rule {id}");
            if gone.modules.contains(rule.module.as_str()) {
                // Where the document speaks of rules, those of a module go with it.
                if self.wanted.rules.is_none() {
                    uses.of("module", &gone.modules, &rule.module, by);
                }
                continue;
            }
            for side in rule.owned_by.iter().chain([&rule.shared_with]) {
                uses.of_principal(&gone, side, by);
            }
        }
        uses.refuse()
    }
}

/// What goes, by name.
struct Gone<'a> {
    offices: HashSet<&'a str>,
    roles: HashSet<&'a str>,
    users: HashSet<&'a str>,
    groups: HashSet<&'a str>,
    profiles: HashSet<&'a str>,
    modules: HashSet<&'a str>,
}

/// What is used although it goes: of the first such thing, by what.
#[derive(Default)]
struct Uses<'a> {
    thing: Option<(&'static str, &'a str)>,
    by: Vec<String>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(
        &mut self,
        what: &'static str,
        gone: &HashSet<&str>,
        name: &'a str,
        by: impl Fn() -> String,
    ) {
        if gone.contains(name) && *self.thing.get_or_insert((what, name)) == (what, name) {
            self.by.push(by());
            self.by.dedup();
        }
    }

    fn of_option(
        &mut self,
        what: &'static str,
        gone: &HashSet<&str>,
        name: &'a Option<String>,
        by: impl Fn() -> String,
    ) {
        if let Some(name) = name {
            self.of(what, gone, name, by);
        }
    }

    fn of_principal(&mut self, gone: &Gone, principal: &'a Principal, by: impl Fn() -> String) {
        match principal {
            Principal::User(key) => self.of("user", &gone.users, key, by),
            Principal::Role(name) | Principal::RoleAndSubordinates(name) => {
                self.of("role", &gone.roles, name, by);
            }
            Principal::Group(name) => self.of("group", &gone.groups, name, by),
        }
    }

    pub(super) fn refuse(self) -> Result<()> {
        let Some((what, name)) = self.thing else {
            return Ok(());
        };
        Err(Error::still_in_use(what, name, &self.by).at(&format!("{what}s")).hint(
            "The document does not name it, so it would be dropped. A rule that is enforced holds what it names until its end is applied: import with apply => true.",
        ))
    }
}

pub(super) fn dropped<'a, T>(
    diff: &Diff,
    present: &'a Option<Vec<T>>,
    name: impl Fn(&'a T) -> &'a String,
) -> HashSet<&'a str> {
    let present = section(present);
    diff.drop
        .iter()
        .map(|&at| name(&present[at]).as_str())
        .collect()
}
