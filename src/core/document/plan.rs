//! How the present configuration becomes equal to a document.

use crate::core::document::naming::{NamesToBe, check_record_sharing};
use crate::core::document::pairing::{Diff, diff_by_key, own_says, parts, places, says, translate};
use crate::core::document::sections::{
    Document, GroupEntry, LinkEntry, ModuleEntry, Permission, Present, ProfileEntry, RelationEntry,
    RoleEntry, SearchName, ShareEntry, UserEntry, section,
};
use crate::core::document::source_entries::SourceEntry;
use crate::core::document::trusted_entries::TrustedEntry;
use crate::core::{Principal, Result};
use std::collections::{HashMap, HashSet};

/// How the present configuration becomes equal to the wanted one, section by section.
#[derive(Debug)]
pub struct Plan<'a> {
    pub present: &'a Present,
    pub wanted: &'a Document,
    /// Whether what the document says is valid becomes valid.
    pub apply: bool,
    pub offices: Diff,
    pub roles: Diff,
    pub users: Diff,
    pub groups: Diff,
    pub profiles: Diff,
    pub modules: Diff,
    /// Also drops what goes with its child, where the document has no such section.
    pub relations: Diff,
    pub rules: Diff,
    pub links: Diff,
    /// Also drops what goes with its link or its table, where the document has no such section.
    pub shares: Diff,
    /// Also drops what goes with its module, where the document has no such section.
    pub grants: Diff,
    /// The same.
    pub expectations: Diff,
    pub search: Diff,
    pub sources: Diff,
    pub trusted: Diff,
    /// Members to remove from groups that stay, each with the group's present name.
    pub removed_members: Vec<(&'a str, &'a Principal)>,
    /// Members to add, each with the group's wanted name.
    pub added_members: Vec<(&'a str, &'a Principal)>,
    /// What profiles that stay no longer say of a module, each with the profile's name.
    pub removed_permissions: Vec<(&'a str, Option<&'a str>)>,
    /// What profiles are to say of a module, each with the profile's name.
    pub set_permissions: Vec<(&'a str, &'a Permission)>,
    /// What goes with its module, where the document has no section of profiles.
    pub lost_permissions: Vec<(&'a str, &'a Permission)>,
    /// Profiles that roles lose which stay, each after the role's name.
    pub removed_profiles: Vec<(&'a str, &'a str)>,
    /// Profiles that roles get, each after the role's name.
    pub added_profiles: Vec<(&'a str, &'a str)>,
    /// Rules to create for which one that is staged to go can stay, as (wanted place, number).
    pub kept_rules: HashMap<usize, i64>,
}

impl<'a> Plan<'a> {
    /// Compares, and refuses what would leave a name dangling. With `apply`, rules that are
    /// dropped do not hold what they name; without, both sides tell what is staged alone.
    pub fn new(present: &'a Present, wanted: &'a Document, apply: bool) -> Result<Plan<'a>> {
        let names = NamesToBe::new(&present.document, wanted);
        names.check(wanted)?;
        check_record_sharing(wanted)?;
        let mut plan = Plan::of_sections(present, wanted, apply);
        let renamed = plan.compare_groups();
        plan.compare_profiles();
        plan.compare_trusted();
        plan.compare_assignments();
        plan.compare_rules(&renamed);
        plan.check_links()?;
        plan.drop_shares_of_what_goes();
        plan.compare_grants(&renamed);
        plan.drop_relations_of_what_goes();
        plan.compare_expectations();
        let holding = plan.holding_rules();
        plan.must_be_unused(&holding)?;
        plan.check_bonds(&holding)?;
        plan.check_id_space()?;
        Ok(plan)
    }

    /// What each section says, by itself; groups, and what names others, are compared later.
    fn of_sections(present: &'a Present, wanted: &'a Document, apply: bool) -> Plan<'a> {
        Plan {
            present,
            wanted,
            apply,
            offices: diff_by_key(
                &present.document.offices,
                &wanted.offices,
                |office| office.name.as_str(),
                PartialEq::eq,
            ),
            roles: diff_by_key(
                &present.document.roles,
                &wanted.roles,
                |role| role.name.as_str(),
                RoleEntry::is_same,
            ),
            users: diff_by_key(
                &present.document.users,
                &wanted.users,
                |user| user.key.as_str(),
                UserEntry::is_same,
            ),
            groups: Diff::default(),
            profiles: diff_by_key(
                &present.document.profiles,
                &wanted.profiles,
                |profile| profile.name.as_str(),
                ProfileEntry::is_same,
            ),
            modules: diff_by_key(
                &present.document.modules,
                &wanted.modules,
                |module| module.name.as_str(),
                ModuleEntry::is_same,
            ),
            relations: diff_by_key(
                &present.document.relations,
                &wanted.relations,
                RelationEntry::what,
                PartialEq::eq,
            ),
            rules: Diff::default(),
            links: diff_by_key(
                &present.document.links,
                &wanted.links,
                LinkEntry::users,
                LinkEntry::is_same,
            ),
            shares: diff_by_key(
                &present.document.shares,
                &wanted.shares,
                ShareEntry::what,
                PartialEq::eq,
            ),
            grants: Diff::default(),
            expectations: Diff::default(),
            search: diff_by_key(
                &present.document.search,
                &wanted.search,
                SearchName::what,
                PartialEq::eq,
            ),
            sources: diff_by_key(
                &present.document.sources,
                &wanted.sources,
                SourceEntry::what,
                PartialEq::eq,
            ),
            trusted: Diff::default(),
            removed_members: Vec::new(),
            added_members: Vec::new(),
            removed_permissions: Vec::new(),
            set_permissions: Vec::new(),
            lost_permissions: Vec::new(),
            removed_profiles: Vec::new(),
            added_profiles: Vec::new(),
            kept_rules: HashMap::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        [
            &self.offices,
            &self.roles,
            &self.users,
            &self.groups,
            &self.profiles,
            &self.modules,
            &self.relations,
            &self.rules,
            &self.links,
            &self.shares,
            &self.grants,
            &self.expectations,
            &self.search,
            &self.sources,
            &self.trusted,
        ]
        .into_iter()
        .all(Diff::is_empty)
    }

    /// Returns what became of the present groups: their wanted names, None for those that go.
    fn compare_groups(&mut self) -> HashMap<&'a str, Option<&'a str>> {
        let present = section(&self.present.document.groups);
        let Some(wanted) = self.wanted.groups.as_deref() else {
            let same = |group: &'a GroupEntry| (group.name.as_str(), Some(group.name.as_str()));
            return present.iter().map(same).collect();
        };
        let mut by_key = places(present, |group| group.key.as_str());
        let mut partner: Vec<Option<usize>> = wanted
            .iter()
            .map(|group| by_key.remove(group.key.as_str()))
            .collect();
        // A group with a new key is a present one of the same name that has lost its own.
        let mut by_name: HashMap<&str, usize> = by_key
            .into_values()
            .map(|at| (present[at].name.as_str(), at))
            .collect();
        for (group, partner) in wanted.iter().zip(&mut partner) {
            *partner = partner.or_else(|| by_name.remove(group.name.as_str()));
        }

        let mut names: HashMap<&str, Option<&str>> = present
            .iter()
            .map(|group| (group.name.as_str(), None))
            .collect();
        for (group, partner) in wanted.iter().zip(&partner) {
            if let Some(at) = partner {
                names.insert(&present[*at].name, Some(&group.name));
            }
        }
        let mut dropped: Vec<usize> = by_name.into_values().collect();
        dropped.sort_unstable();
        self.groups.drop = dropped;
        for (at, (group, partner)) in wanted.iter().zip(&partner).enumerate() {
            let Some(before) = partner.map(|at| &present[at]) else {
                self.added_members
                    .extend(group.members.iter().map(|m| (group.name.as_str(), m)));
                self.groups.create.push(at);
                continue;
            };
            let had: HashSet<_> = before
                .members
                .iter()
                .filter_map(|m| translate(m, &names))
                .collect();
            let has: HashSet<_> = group.members.iter().map(parts).collect();
            let removed = before
                .members
                .iter()
                .filter(|member| translate(member, &names).is_none_or(|m| !has.contains(&m)))
                .map(|member| (before.name.as_str(), member));
            let added = group
                .members
                .iter()
                .filter(|member| !had.contains(&parts(member)))
                .map(|member| (group.name.as_str(), member));
            let (many_removed, many_added) = (self.removed_members.len(), self.added_members.len());
            self.removed_members.extend(removed);
            self.added_members.extend(added);
            if (many_removed, many_added) != (self.removed_members.len(), self.added_members.len())
                || (&before.key, &before.name, &before.office, &before.until)
                    != (&group.key, &group.name, &group.office, &group.until)
            {
                self.groups.alter.extend(partner.map(|before| (before, at)));
            }
        }
        names
    }

    /// What profiles permit: of those that are new or altered, row by row.
    fn compare_profiles(&mut self) {
        let present = section(&self.present.document.profiles);
        let Some(wanted) = self.wanted.profiles.as_deref() else {
            let modules = section(&self.present.document.modules);
            let gone = self.modules.drop.iter().map(|&at| &modules[at].name);
            let gone: HashSet<_> = gone.collect();
            for profile in present {
                let goes = |permission: &&Permission| {
                    let module = permission.module.as_ref();
                    module.is_some_and(|module| gone.contains(module))
                };
                let lost = profile.permissions.iter().filter(goes);
                self.lost_permissions
                    .extend(lost.map(|permission| (profile.name.as_str(), permission)));
            }
            return;
        };
        for &at in &self.profiles.create {
            let ProfileEntry {
                name, permissions, ..
            } = &wanted[at];
            self.set_permissions
                .extend(permissions.iter().map(|row| (name.as_str(), row)));
        }
        for &(before, after) in &self.profiles.alter {
            let name = wanted[after].name.as_str();
            let (had, has) = (present[before].by_module(), wanted[after].by_module());
            for &module in had.keys().filter(|module| !has.contains_key(*module)) {
                self.removed_permissions.push((name, module));
            }
            for (module, &permission) in &has {
                if had.get(module) != Some(&permission) {
                    self.set_permissions.push((name, permission));
                }
            }
        }
    }

    fn compare_trusted(&mut self) {
        self.trusted = diff_by_key(
            &self.present.document.trusted,
            &self.wanted.trusted,
            |trusted| trusted.db_role.as_str(),
            TrustedEntry::is_same,
        );
    }

    fn compare_assignments(&mut self) {
        let present = section(&self.present.document.roles);
        let wanted = section(&self.wanted.roles);
        for &at in &self.roles.create {
            let role = &wanted[at];
            self.added_profiles
                .extend(role.profiles.iter().map(|p| (&*role.name, p.as_str())));
        }
        for &(before, after) in &self.roles.alter {
            let (before, after) = (&present[before], &wanted[after]);
            let (had, has) = (before.profiles(), after.profiles());
            self.removed_profiles
                .extend(had.difference(&has).map(|&p| (&*after.name, p)));
            self.added_profiles
                .extend(has.difference(&had).map(|&p| (&*after.name, p)));
        }
    }

    fn compare_rules(&mut self, groups: &HashMap<&'a str, Option<&'a str>>) {
        let Some(wanted) = self.wanted.rules.as_deref() else {
            return;
        };
        let present = section(&self.present.document.rules);
        // Several rules may say the same. Those that agree in what they give are paired first.
        let mut agreeing: HashMap<_, Vec<usize>> = HashMap::new();
        let mut alike: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, rule) in present.iter().enumerate().rev() {
            if let Some(says) = says(rule, groups) {
                let gives = (rule.valid(), rule.to_be(), rule.criteria_to_be());
                agreeing.entry((says, gives)).or_default().push(at);
                alike.entry(says).or_default().push(at);
            }
        }
        let mut leaving: HashMap<_, Vec<i64>> = HashMap::new();
        for (id, rule) in self.present.leaving.iter().rev() {
            if let Some(says) = says(rule, groups) {
                leaving.entry(says).or_default().push(*id);
            }
        }
        let mut paired = vec![false; present.len()];
        let mut unpaired = Vec::new();
        for (at, rule) in wanted.iter().enumerate() {
            let gives = (rule.valid(), rule.to_be(), rule.criteria_to_be());
            match agreeing
                .get_mut(&(own_says(rule), gives))
                .and_then(Vec::pop)
            {
                Some(before) => paired[before] = true,
                None => unpaired.push(at),
            }
        }
        for at in unpaired {
            let says = own_says(&wanted[at]);
            let candidates = alike.entry(says).or_default();
            candidates.retain(|&before| !paired[before]);
            if let Some(before) = candidates.pop() {
                paired[before] = true;
                self.rules.alter.push((before, at));
                continue;
            }
            self.rules.create.push(at);
            if let Some(id) = leaving.get_mut(&says).and_then(Vec::pop) {
                self.kept_rules.insert(at, id);
            }
        }
        self.rules.drop = (0..present.len()).filter(|&at| !paired[at]).collect();
    }
}
