//! Whom the grants of a record may concern, in terms that an index can answer: the extent, seen from the record.

use crate::core::access::{Level, Right};
use crate::core::decision::owned::gives_in_the_open;
use crate::core::decision::record::{Record, office_of};
use crate::core::decision::rules::speaks_of;
use crate::core::org::{
    Control, GroupId, GroupMember, ModuleId, OfficeId, Org, Party, Recipient, RoleId, Rule, User,
    UserId,
};
use rustc_hash::FxHashSet;

/// Where those are to be looked for who may have access to a record, beside those whom it, or a parent of it,
/// was shared with. Each is judged by a `Sight`, and those who are alike, together.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// Anybody may: the others say nothing then but who differs.
    pub everybody: bool,
    /// The user who owns it, and those who own parents to which access carries.
    pub owners: FxHashSet<UserId>,
    /// Users whom it, or a parent of it, was given to by name.
    pub given_to: FxHashSet<UserId>,
    /// Users with these roles.
    pub roles: FxHashSet<RoleId>,
    /// Users who are members of these groups by name.
    pub groups: FxHashSet<GroupId>,
    /// Users whose role is above that of somebody who is a member of these by name.
    pub superiors_of: FxHashSet<GroupId>,
    /// The offices by which users differ.
    offices: FxHashSet<OfficeId>,
}

impl Audience {
    /// Of a detail, that of the record at the end of its chain of parents.
    pub fn of(org: &Org, mut module: ModuleId, mut record: &Record) -> Audience {
        let mut audience = Audience::default();
        for _ in 0..=org.modules.len() {
            match (
                org.modules.get(&module).map(|facts| &facts.control),
                record.parent,
            ) {
                (Some(Control::Owner), _) => {
                    audience.add_owned(org, module, record);
                    break;
                }
                (Some(Control::Parent(above)), Some(parent)) => (module, record) = (*above, parent),
                _ => break,
            }
        }
        audience
    }

    /// Whether a user may have access by rights that they hold, whatever they are otherwise.
    pub fn is_reached_by_rights(user: &User) -> bool {
        let rights = [
            Right::Administrator,
            Right::SuperUser,
            Right::EnterpriseView,
        ];
        rights.into_iter().any(|right| user.rights.has(right))
    }

    /// What of a user matters for the record: all of whom the same is left have the same grants, but for its
    /// owner, and for those who were given it or a parent of it by name or over a link.
    pub fn likeness(&self, user: &User) -> User {
        let among = |groups: &[GroupId]| {
            let mut groups: Vec<_> = groups.to_vec();
            groups.retain(|group| self.groups.contains(group));
            groups.sort();
            groups.dedup();
            groups
        };
        User {
            id: UserId(i32::MIN),
            role: user.role,
            office: user.office.filter(|office| self.offices.contains(office)),
            active: user.active,
            rights: user.rights,
            groups: among(&user.groups),
            superior_in: among(&user.superior_in),
        }
    }

    fn add_owned(&mut self, org: &Org, module: ModuleId, record: &Record) {
        let office = office_of(org, record);
        self.add_office(org, office);
        if !org.is_closed(office) {
            let ruling = org.modules.get(&org.ruling_module(module));
            self.everybody |=
                ruling.is_some_and(|ruling| ruling.global_access.level() > Level::None);
            let roles = org.roles.iter();
            let open = roles.filter(|(_, role)| gives_in_the_open(org, &role.profiles));
            self.roles.extend(open.map(|(&id, _)| id));
        }
        if let Some(owner) = record.user {
            self.owners.insert(owner.id);
            if let (true, Some(role)) = (
                org.modules.get(&module).is_some_and(|m| m.hierarchy),
                owner.role,
            ) {
                self.roles.extend(org.role_tree.above(role));
            }
        }
        if let Some(group) = record.group {
            self.add_members(org, group, false);
        }
        let ruling = org.ruling_module(module);
        for rule in org.rules.iter().filter(|rule| rule.module == ruling) {
            if speaks_of(org, rule, record) {
                self.add_receivers(org, rule);
            }
        }
        self.add_recipients(org, record);
        for (id, parent) in record.related {
            let Some(relation) = org.relation(*id) else {
                continue;
            };
            self.add_office(org, office_of(org, parent));
            self.add_recipients(org, parent);
            for rule in &org.rules {
                let carries = org.related_level(relation, rule) > Level::None;
                if carries && speaks_of(org, rule, parent) {
                    self.add_receivers(org, rule);
                }
            }
            if relation.with_parent > Level::None {
                self.add_owned(org, relation.parent, parent);
            }
        }
    }

    /// An office, and those above it, from which it can be looked into.
    fn add_office(&mut self, org: &Org, office: Option<OfficeId>) {
        if let Some(office) = office {
            self.offices.insert(office);
            self.offices.extend(org.office_tree.above(office));
        }
    }

    /// To whom a record was given.
    fn add_recipients(&mut self, org: &Org, record: &Record) {
        for grant in record.given {
            match grant.to {
                Recipient::User(user) => {
                    self.given_to.insert(user);
                }
                Recipient::Role(role) => self.add_role(org, role, false, false),
                Recipient::RoleAndSubordinates(top) => self.add_role(org, top, true, false),
                Recipient::Group(group) => self.add_members(org, group, false),
            }
        }
    }

    fn add_receivers(&mut self, org: &Org, rule: &Rule) {
        match rule.shared_with {
            Party::Role(role) => self.add_role(org, role, false, rule.superiors),
            Party::RoleAndSubordinates(top) => self.add_role(org, top, true, rule.superiors),
            Party::Group(group) => self.add_members(org, group, rule.superiors),
        }
    }

    fn add_role(&mut self, org: &Org, role: RoleId, with_subordinates: bool, with_superiors: bool) {
        self.roles.insert(role);
        if with_subordinates {
            self.roles.extend(org.role_tree.below(role));
        }
        if with_superiors {
            self.roles.extend(org.role_tree.above(role));
        }
    }

    fn add_members(&mut self, org: &Org, outer: GroupId, with_superiors: bool) {
        for group in org.groups_within(outer) {
            self.groups.insert(group);
            if with_superiors {
                self.superiors_of.insert(group);
            }
            for member in org
                .groups
                .get(&group)
                .into_iter()
                .flat_map(|group| &group.members)
            {
                match *member {
                    GroupMember::Role(role) => self.add_role(org, role, false, with_superiors),
                    GroupMember::RoleAndSubordinates(top) => {
                        self.add_role(org, top, true, with_superiors)
                    }
                    GroupMember::Group(_) => {}
                }
            }
        }
    }
}
