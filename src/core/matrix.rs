//! Who may do what with whose records, role by role and group by group: what a person asks of a module who
//! wants to see its settings at work.

use crate::core::access::{Level, Rights};
use crate::core::decision::{Reason, Record, Sight};
use crate::core::org::{Control, CriteriaId, GroupId, ModuleId, Org, RoleId, User, UserId};
use rustc_hash::FxHashMap;

/// A viewer, who has the role or is a member of the group, and nothing else: no right, no office; or an
/// owner: a user with the role, likewise, or the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleOrGroup {
    Role(RoleId),
    Group(GroupId),
}

/// What the viewer may do with a record of the owner, and by which grants, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    pub viewer: RoleOrGroup,
    pub owner: RoleOrGroup,
    pub access: Level,
    pub reasons: Vec<Reason>,
    /// What it is where the record meets the criteria of all rules, if that is more.
    pub by_criteria: Option<Level>,
}

/// Who can own records of a module, by its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedBy {
    pub users: bool,
    pub groups: bool,
}

/// Two people who are nobody else.
const VIEWER: UserId = UserId(i32::MIN);
const OWNER: UserId = UserId(i32::MIN + 1);

fn nobody_else(id: UserId, role: Option<RoleId>) -> User {
    User {
        id,
        role,
        office: None,
        active: true,
        rights: Rights::default(),
        groups: Vec::new(),
        superior_in: Vec::new(),
    }
}

/// The cells of a module that are something, in no order. `roles_of_members` are the roles of the users whom
/// groups name as members: rules with `superiors` ask. Of a detail, its records are as those above them
/// that have owners, and `owned_by` is said of these.
pub fn access_matrix(
    org: &Org,
    module: ModuleId,
    owned_by: OwnedBy,
    roles_of_members: &FxHashMap<GroupId, Vec<RoleId>>,
) -> Vec<MatrixCell> {
    let roles = || org.roles.keys().copied();
    let groups = || org.groups.keys().copied();
    let mut viewers: Vec<(RoleOrGroup, User)> = roles()
        .map(|role| {
            let mut viewer = nobody_else(VIEWER, Some(role));
            viewer.superior_in = org.superior_in(viewer.role, roles_of_members);
            (RoleOrGroup::Role(role), viewer)
        })
        .collect();
    viewers.extend(groups().map(|group| {
        let mut viewer = nobody_else(VIEWER, None);
        viewer.groups.push(group);
        (RoleOrGroup::Group(group), viewer)
    }));
    let owners: Vec<(RoleOrGroup, User)> = roles()
        .filter(|_| owned_by.users)
        .map(|role| (RoleOrGroup::Role(role), nobody_else(OWNER, Some(role))))
        .collect();
    let mut records: Vec<(RoleOrGroup, Record)> = owners
        .iter()
        .map(|(side, owner)| (*side, Record::owned_by_user(owner)))
        .collect();
    let owning_groups = groups().filter(|_| owned_by.groups);
    records.extend(owning_groups.map(|id| (RoleOrGroup::Group(id), Record::owned_by_group(id))));
    let depth = records_between(org, module);
    let ruling = org
        .controlling_module(module)
        .map(|owned| org.ruling_module(owned));
    let rules = org.rules.iter().filter(|rule| Some(rule.module) == ruling);
    let mut criteria: Vec<CriteriaId> = rules.filter_map(|rule| rule.criteria).collect();
    criteria.sort();
    criteria.dedup();
    let mut cells = Vec::new();
    for (viewer, me) in &viewers {
        let Some(sight) = Sight::new(org, me, module) else {
            continue;
        };
        for (owner, record) in &records {
            let meets_all = Record {
                meets: &criteria,
                ..*record
            };
            let mut most = Level::None;
            with_details(depth, &meets_all, &mut |record| {
                most = sight.access(record);
            });
            with_details(depth, record, &mut |record| {
                let access = sight.access(record);
                if most > Level::None {
                    cells.push(MatrixCell {
                        viewer: *viewer,
                        owner: *owner,
                        access,
                        reasons: reasons(&sight, record),
                        by_criteria: Some(most).filter(|most| *most > access),
                    });
                }
            });
        }
    }
    cells
}

/// Each once, the strongest first.
fn reasons(sight: &Sight, record: &Record) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for grant in sight.grants(record) {
        if grant.withheld_by.is_none() && !reasons.contains(&grant.reason) {
            reasons.push(grant.reason);
        }
    }
    reasons
}

/// How many records control one another, from one of the module to one that has an owner.
fn records_between(org: &Org, module: ModuleId) -> usize {
    let above = |id: &ModuleId| match org.modules.get(id)?.control {
        Control::Owner => None,
        Control::Parent(parent) => Some(parent),
    };
    let modules = std::iter::successors(Some(module), above);
    modules.take(org.modules.len()).count().saturating_sub(1)
}

fn with_details(depth: usize, record: &Record, ask: &mut impl FnMut(&Record)) {
    match depth.checked_sub(1) {
        None => ask(record),
        Some(depth) => {
            let below = Record {
                parent: Some(record),
                ..Record::default()
            };
            with_details(depth, &below, ask);
        }
    }
}
