//! Rules that add nothing to what else holds: asked of the decision, with the rule and without it.
//!
//! By people who have the role or are in the group of which the rule speaks, and are nobody else: real ones
//! hold more, so that a rule adds no more for them. In closed offices, too, where less holds beside rules.

use crate::core::access::{Level, Rights};
use crate::core::checkup::finding::{Finding, Severity};
use crate::core::decision::{Record, Sight};
use crate::core::org::{
    Control, GroupId, GroupMember, ModuleId, OfficeId, Org, Party, RoleId, Rule, RuleId, User,
    UserId,
};
use std::collections::{BTreeSet, HashSet};

/// So many pairs of a viewer and an owner are looked at: a rule of which these tell nothing is taken for one
/// that adds something.
const PAIRS: usize = 20_000;

/// Rules that add nothing to what else holds, each with the SQL that drops it. `passed_over` are on their way
/// already.
pub fn rules_that_add_nothing(org: &Org, passed_over: &HashSet<RuleId>) -> Vec<Finding> {
    let found = superfluous_rules(org, passed_over).into_iter();
    let finding = |rule: Rule| {
        let module = org.modules.get(&rule.module);
        let module = module.map_or("", |module| module.name.as_str());
        Finding::new(
            Severity::Advice,
            format!("rule {} of \"{module}\"", rule.id.0),
            "adds nothing: global access, the hierarchy or other rules give as much to everybody whom it reaches",
        )
        .fix(format!("SELECT sharing.drop_rule({})", rule.id.0))
    };
    found.map(finding).collect()
}

/// Of rules that say the same, the newest are superfluous: all that are returned can go together.
pub fn superfluous_rules(org: &Org, passed_over: &HashSet<RuleId>) -> Vec<Rule> {
    let mut with = org.clone();
    // One that ends stands for no other, and goes by itself.
    with.rules.retain(|rule| rule.until.is_none());
    with.rules.sort_by_key(|rule| rule.id);
    let mut without = with.clone();
    let mut superfluous = Vec::new();
    for at in (0..with.rules.len()).rev() {
        let rule = without.rules.remove(at);
        if passed_over.contains(&rule.id) || adds_something(&with, &without, &rule) {
            without.rules.insert(at, rule);
            continue;
        }
        with.rules.remove(at);
        superfluous.push(rule);
    }
    superfluous
}

/// Somebody of whom a rule speaks, as a viewer or as the owner of records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum One {
    Role(RoleId),
    Member(GroupId),
    /// The group itself, as an owner.
    Group(GroupId),
}

fn adds_something(with: &Org, without: &Org, rule: &Rule) -> bool {
    let carries = |relation| with.related_level(relation, rule) > Level::None;
    // Who is above the members of a group depends on the members. Such rules are not looked into.
    let is_open_ended = rule.superiors && matches!(rule.shared_with, Party::Group(_));
    // What records meet depends on the records.
    let Some(owned_by) = rule.owned_by.filter(|_| rule.criteria.is_none()) else {
        return true;
    };
    if is_open_ended || with.relations.iter().any(carries) {
        return true;
    }
    let modules = with.modules.iter().filter(|(id, module)| {
        module.control == Control::Owner && with.ruling_module(**id) == rule.module
    });
    let viewers = viewers(with, rule);
    let owners = owners(with, owned_by);
    let mut left = PAIRS;
    for (&module, _) in modules {
        for office in offices(with, &owners) {
            for &viewer in &viewers {
                let me = somebody(VIEWER, viewer, office);
                if left == 0 || gives_more(with, without, module, &me, &owners, office, &mut left) {
                    return true;
                }
            }
        }
    }
    false
}

/// Whether one viewer has more on a record of one of the owners, in one office.
fn gives_more(
    with: &Org,
    without: &Org,
    module: ModuleId,
    me: &User,
    owners: &BTreeSet<One>,
    office: Option<OfficeId>,
    left: &mut usize,
) -> bool {
    let sights = Sight::new(with, me, module).zip(Sight::new(without, me, module));
    let Some((sight, before)) = sights else {
        return true;
    };
    owners.iter().any(|&owner| {
        *left = left.saturating_sub(1);
        let user = somebody(OWNER, owner, office);
        let record = match owner {
            One::Group(group) => Record::owned_by_group(group),
            One::Role(_) | One::Member(_) => Record::owned_by_user(&user),
        };
        *left == 0 || sight.access(&record) > before.access(&record)
    })
}

/// No office, a closed one, and those of the groups that own.
fn offices(org: &Org, owners: &BTreeSet<One>) -> BTreeSet<Option<OfficeId>> {
    let of_groups = owners.iter().filter_map(|owner| match owner {
        One::Group(group) => org.groups.get(group)?.office,
        One::Role(_) | One::Member(_) => None,
    });
    let closed = org.closed_offices().min();
    let offices = of_groups.chain(closed).map(Some);
    offices.chain([None]).collect()
}

/// Everybody with whom a rule shares, by what makes it so.
fn viewers(org: &Org, rule: &Rule) -> BTreeSet<One> {
    let mut viewers = people(org, rule.shared_with);
    if rule.superiors {
        let roles: Vec<RoleId> = viewers
            .iter()
            .filter_map(|one| match one {
                One::Role(role) => Some(*role),
                One::Member(_) | One::Group(_) => None,
            })
            .collect();
        let above = roles.into_iter().flat_map(|role| org.role_tree.above(role));
        viewers.extend(above.map(One::Role).collect::<Vec<_>>());
    }
    viewers
}

/// Everybody whose records a rule shares.
fn owners(org: &Org, party: Party) -> BTreeSet<One> {
    let mut owners = people(org, party);
    if let Party::Group(outer) = party {
        owners.extend(org.groups_within(outer).into_iter().map(One::Group));
    }
    owners
}

fn people(org: &Org, party: Party) -> BTreeSet<One> {
    let subtree = |top| {
        let roles = org.role_tree.subtree(top).iter().copied();
        roles.map(One::Role).collect::<Vec<_>>()
    };
    match party {
        Party::Role(role) => BTreeSet::from([One::Role(role)]),
        Party::RoleAndSubordinates(top) => subtree(top).into_iter().collect(),
        Party::Group(outer) => {
            let mut all = BTreeSet::new();
            for id in org.groups_within(outer) {
                all.insert(One::Member(id));
                for member in org.groups.get(&id).into_iter().flat_map(|one| &one.members) {
                    match *member {
                        GroupMember::Role(role) => {
                            all.insert(One::Role(role));
                        }
                        GroupMember::RoleAndSubordinates(top) => all.extend(subtree(top)),
                        GroupMember::Group(_) => {}
                    }
                }
            }
            all
        }
    }
}

/// Two people who are nobody else.
const VIEWER: UserId = UserId(i32::MIN);
const OWNER: UserId = UserId(i32::MIN + 1);

fn somebody(id: UserId, one: One, office: Option<OfficeId>) -> User {
    User {
        id,
        role: match one {
            One::Role(role) => Some(role),
            One::Member(_) | One::Group(_) => None,
        },
        office,
        active: true,
        rights: Rights::default(),
        groups: match one {
            One::Member(group) => vec![group],
            One::Role(_) | One::Group(_) => Vec::new(),
        },
        superior_in: Vec::new(),
    }
}
