//! Everybody who has access to a record.
//!
//! The decision says where they are to be looked for (`core::decision::Audience`), and by what of them users
//! differ: those who are alike are judged once.

use crate::catalog::read::people::{KEY, NAME, People, UsersOf};
use crate::catalog::read::rows::Row;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::{Audience, Grant};
use crate::core::org::{GroupId, RoleId, User, UserId};
use crate::core::{Level, Result, Rights};
use crate::policy::judgement::loaded::LoadedRecord;
use crate::policy::judgement::verdict::{Judgement, judge};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Somebody who has access.
pub struct Reaching {
    pub key: String,
    pub name: String,
    pub standing: Rc<Standing>,
}

/// What somebody may do with a record, and by which of their grants most of all.
#[derive(Debug)]
pub struct Standing {
    /// They, or somebody like them.
    pub user: User,
    pub level: Level,
    pub strongest: Option<Grant>,
}

/// To find this part of all users by indexes takes as long as to look at all of them in one pass.
const PART_WORTH_A_PASS: f64 = 0.2;

/// Everybody who has at least `wanted`, in the order of their keys.
pub fn everybody_with(
    wanted: Level,
    record: &LoadedRecord,
    state: &State,
    snapshot: &Snapshot,
) -> Result<Vec<Reaching>> {
    if state.generation.is_lapsed {
        return Ok(Vec::new());
    }
    let people = People::open()?;
    let rights = people.all_rights(snapshot);
    let mut asked = Inquiry::new(record, state, snapshot, &people, rights)?;
    let mut reaching = Vec::new();
    let mut failed = None;
    asked.each_candidate(&mut |asked, user, row| {
        let judged = asked.judge(user);
        match judged {
            Err(error) => failed = Some(error),
            Ok(standing) if standing.level >= wanted => {
                if let Some(key) = row.text(KEY) {
                    let name = row.text(NAME);
                    reaching.push((key, name, user.id, standing));
                }
            }
            Ok(_) => {}
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    // An index that does not have the name was enough to find them.
    let named = |(key, name, id, standing): (String, Option<String>, UserId, Rc<Standing>)| {
        let name = name.or_else(|| people.name(id, snapshot));
        Reaching {
            key,
            name: name.unwrap_or_default(),
            standing,
        }
    };
    let mut reaching: Vec<Reaching> = reaching.into_iter().map(named).collect();
    reaching.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(reaching)
}

/// The question, with what has been found out.
struct Inquiry<'a> {
    record: &'a LoadedRecord,
    state: &'a State,
    snapshot: &'a Snapshot,
    people: &'a People,
    audience: Audience,
    rights: FxHashMap<UserId, Rights>,
    groups_of: FxHashMap<UserId, Vec<GroupId>>,
    /// To whom it, or a parent of it, was given by name or over a link.
    receivers: FxHashSet<UserId>,
    superior_in: FxHashMap<Option<RoleId>, Vec<GroupId>>,
    standings: FxHashMap<User, Rc<Standing>>,
    seen: FxHashSet<UserId>,
}

impl<'a> Inquiry<'a> {
    fn new(
        record: &'a LoadedRecord,
        state: &'a State,
        snapshot: &'a Snapshot,
        people: &'a People,
        rights: FxHashMap<UserId, Rights>,
    ) -> Result<Inquiry<'a>> {
        let org = &state.configuration.org;
        // The owners are the same, whoever asks.
        let nobody = Audience::default().likeness(&NOBODY);
        let mut audience = record.as_seen_by(&nobody, snapshot, &|asked| {
            Audience::of(org, record.module, asked)
        });
        let groups: Vec<GroupId> = audience.groups.iter().copied().collect();
        let groups_of = people.members_of(&groups, snapshot);
        let mut receivers: FxHashSet<UserId> = record.receivers(snapshot).into_iter().collect();
        receivers.extend(&audience.given_to);
        add_superiors(&mut audience, &groups_of, state, people, snapshot);
        Ok(Inquiry {
            record,
            state,
            snapshot,
            people,
            audience,
            rights,
            groups_of,
            receivers,
            superior_in: FxHashMap::default(),
            standings: FxHashMap::default(),
            seen: FxHashSet::default(),
        })
    }

    /// Calls `visit` once with each user who may have access, and their row.
    fn each_candidate(&mut self, visit: &mut dyn FnMut(&mut Self, &mut User, &Row)) {
        let (people, snapshot) = (self.people, self.snapshot);
        let named: FxHashSet<UserId> = self.named().collect();
        let roles = self.audience.roles.clone();
        let everybody = self.audience.everybody;
        let mut offer = |asked: &mut Self, user: &mut User, row: &Row| {
            let may_be = everybody
                || named.contains(&user.id)
                || user.role.is_some_and(|role| roles.contains(&role));
            if user.active && may_be && asked.seen.insert(user.id) {
                user.rights = asked.rights.get(&user.id).copied().unwrap_or_default();
                user.groups = asked.groups_of.get(&user.id).cloned().unwrap_or_default();
                visit(asked, user, row);
            }
        };
        // Whether there are many shows by the numbers of roles, if people are spread evenly over them, or else
        // on the way.
        let all_roles = self.state.configuration.org.roles.len().max(1);
        let many = people.estimated() * PART_WORTH_A_PASS;
        let part = roles.len() as f64 / all_roles as f64;
        let mut is_many = everybody || part > PART_WORTH_A_PASS || named.len() as f64 > many;
        let mut found = 0.0;
        let mut each = roles.iter();
        while !is_many && let Some(&role) = each.next() {
            people.each_of(UsersOf::Role(role), snapshot, |user, row| {
                found += 1.0;
                offer(self, user, row);
            });
            is_many = found > many;
        }
        if is_many {
            people.each(snapshot, |user, row| offer(self, user, row));
        } else {
            let mut users: Vec<UserId> = named.iter().copied().collect();
            users.sort_unstable();
            people.each_with_id(&users, snapshot, |user, row| offer(self, user, row));
        }
    }

    /// Those who come into question one by one.
    fn named(&self) -> impl Iterator<Item = UserId> + '_ {
        let by_rights = self.rights.iter().filter(|(_, rights)| {
            let user = User {
                rights: **rights,
                ..NOBODY
            };
            Audience::is_reached_by_rights(&user)
        });
        by_rights
            .map(|(&user, _)| user)
            .chain(self.groups_of.keys().copied())
            .chain(self.receivers.iter().copied())
            .chain(self.audience.owners.iter().copied())
    }

    fn judge(&mut self, user: &mut User) -> Result<Rc<Standing>> {
        if !self.superior_in.contains_key(&user.role) {
            let groups = self.state.superior_in(user.role, self.snapshot)?;
            self.superior_in.insert(user.role, groups);
        }
        user.superior_in.clone_from(&self.superior_in[&user.role]);
        if self.audience.owners.contains(&user.id) || self.receivers.contains(&user.id) {
            return Ok(Rc::new(self.standing(user)));
        }
        let alike = self.audience.likeness(user);
        if let Some(known) = self.standings.get(&alike) {
            return Ok(known.clone());
        }
        let standing = Rc::new(self.standing(&alike));
        self.standings.insert(alike, standing.clone());
        Ok(standing)
    }

    fn standing(&self, me: &User) -> Standing {
        let org = &self.state.configuration.org;
        let Judgement { level, grants, .. } = judge(self.record, org, me, self.snapshot);
        Standing {
            user: me.clone(),
            level,
            strongest: grants.first().copied(),
        }
    }
}

const NOBODY: User = User {
    id: UserId(i32::MIN),
    role: None,
    office: None,
    active: true,
    rights: Rights::NONE,
    groups: Vec::new(),
    superior_in: Vec::new(),
};

/// The roles above those of users who are members of groups by name.
fn add_superiors(
    audience: &mut Audience,
    groups_of: &FxHashMap<UserId, Vec<GroupId>>,
    state: &State,
    people: &People,
    snapshot: &Snapshot,
) {
    if audience.superiors_of.is_empty() {
        return;
    }
    let below = groups_of.iter().filter(|(_, groups)| {
        let mut groups = groups.iter();
        groups.any(|group| audience.superiors_of.contains(group))
    });
    let mut members: Vec<UserId> = below.map(|(&user, _)| user).collect();
    members.sort_unstable();
    let mut roles = FxHashSet::default();
    people.each_with_id(&members, snapshot, |user, _| roles.extend(user.role));
    for role in roles {
        audience
            .roles
            .extend(state.configuration.org.role_tree.above(role));
    }
}
