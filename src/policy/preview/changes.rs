//! What `apply_rules()` would change: how many records each user could see, edit or delete who could not
//! before, and the reverse.
//!
//! Records are counted once by what decides about them (`policy::preview::counts`); owners and users who are
//! alike to every rule are judged together, so the work grows with the organization and not with the
//! records. What a user may do by a share, or by what was given to them by name, is counted for them alone: the same
//! before and after, but over a relation that waits to be applied.

use crate::catalog::read::configuration::{Configuration, Owners, configuration};
use crate::catalog::read::ends::counts_at;
use crate::catalog::read::grants::{StoredGrant, all_grants};
use crate::catalog::read::links::{all_links, shares_of};
use crate::catalog::read::organization::Rules;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::{Sight, may_share};
use crate::core::org::{Control, GroupId, ModuleId, Relation, RelationId, RoleId, User, UserId};
use crate::core::staged::rules_of;
use crate::core::{Action, Level, LinkStatus, Result, Rights};
use crate::pg::clock;
use crate::policy::preview::counted::{DecidingKeys, OwnerKeys, SharedCount};
use crate::policy::preview::counts::Counted;
use crate::policy::preview::kinds::{
    GivenByName, Kind, Likeness, Ownership, allows, likeness, with_record,
};
use crate::policy::preview::result::{AccessChange, Preview};
use crate::policy::preview::singles::{SharedRecord, Singles};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// What is previewed, in the order of `Preview::counts`.
pub(super) const ACTIONS: [Action; 3] = [Action::Read, Action::Edit, Action::Delete];

/// Kinds of records with which a user may do other things before and after.
type AccessChanges = HashMap<usize, AccessChange>;

/// Everybody, and who may give records to whom.
pub(super) struct Company {
    /// In the order of their keys.
    pub(super) people: Vec<(String, User)>,
    places: HashMap<UserId, usize>,
    by_key: HashMap<String, usize>,
    names: HashMap<UserId, String>,
    /// Active links to a user over which records can be shared: each with the giver.
    links: HashMap<UserId, Vec<(i64, UserId)>>,
}

impl Company {
    fn read(snapshot: &Snapshot) -> Result<Company> {
        let mut names = HashMap::new();
        let mut people = People::open()?.all_with(snapshot, |row| {
            if let (Some(id), Some(name)) = (row.int(1), row.text(3)) {
                names.insert(UserId(id), name);
            }
        });
        for (_, user) in &mut people {
            user.groups.sort();
        }
        people.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut company = Company {
            places: HashMap::new(),
            by_key: HashMap::new(),
            links: HashMap::new(),
            names,
            people,
        };
        for (place, (key, user)) in company.people.iter().enumerate() {
            company.places.insert(user.id, place);
            company.by_key.insert(key.clone(), place);
        }
        let now = clock::now();
        for link in all_links(snapshot) {
            let (from, to) = (link.from, link.to);
            if let (Some((_, giver)), Some((_, receiver))) = (company.user(from), company.user(to))
                && link.status == LinkStatus::Active
                && counts_at(now, link.until)
                && may_share(giver, receiver)
            {
                company.links.entry(to).or_default().push((link.id, from));
            }
        }
        Ok(company)
    }

    pub(super) fn user(&self, id: UserId) -> Option<&(String, User)> {
        self.people.get(*self.places.get(&id)?)
    }

    pub(super) fn name_of(&self, user: &User) -> String {
        self.names.get(&user.id).cloned().unwrap_or_default()
    }

    fn user_named(&self, key: &str) -> Option<&User> {
        let (_, user) = self.people.get(*self.by_key.get(key)?)?;
        Some(user)
    }
}

/// For every module that pending changes concern, the users whom they concern. Writes nothing and runs
/// nobody's code, so it needs no other identity than that of its caller.
pub fn preview() -> Result<Vec<Preview>> {
    let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
    let enforced = configuration(&snapshot, Rules::Enforced)?;
    let groups = enforced.org.groups.iter();
    let mut states = States {
        groups: groups.map(|(&id, group)| (group.key.clone(), id)).collect(),
        enforced,
        staged: configuration(&snapshot, Rules::Staged)?,
        company: Company::read(&snapshot)?,
        given: counting_grants(&snapshot),
        snapshot,
    };
    states.find_superiors();
    let mut modules: Vec<_> = states.enforced.org.modules.iter().collect();
    modules.sort_by_key(|(_, module)| &module.name);
    let mut result = Vec::new();
    for (&module, facts) in modules {
        if states.is_pending(module) {
            match states.access_carries(module) || states.is_in_shards(module)? {
                true => states.preview_records(module, &facts.name, &mut result)?,
                false => states.preview_module(module, &facts.name, &mut result)?,
            }
        }
    }
    Ok(result)
}

/// What is enforced, and what will be.
pub(super) struct States {
    pub(super) enforced: Configuration,
    pub(super) staged: Configuration,
    pub(super) company: Company,
    /// By their keys.
    groups: HashMap<String, GroupId>,
    /// What was given to anybody and has not ended.
    given: Vec<StoredGrant>,
    pub(super) snapshot: Snapshot,
}

fn counting_grants(snapshot: &Snapshot) -> Vec<StoredGrant> {
    let now = clock::now();
    let mut grants = all_grants(snapshot);
    grants.retain(|grant| grant.until.is_none_or(|until| until > now));
    grants
}

impl States {
    /// Completes what is known of everybody as a caller.
    fn find_superiors(&mut self) {
        let mut roles: HashMap<GroupId, Vec<RoleId>> = HashMap::new();
        let mut groups = self.enforced.org.groups_with_superiors();
        groups.extend(self.staged.org.groups_with_superiors());
        for (_, user) in &self.company.people {
            for group in user.groups.iter().filter(|group| groups.contains(group)) {
                roles.entry(*group).or_default().extend(user.role);
            }
        }
        for roles in roles.values_mut() {
            roles.sort();
            roles.dedup();
        }
        let mut by_role = HashMap::new();
        for (_, user) in &mut self.company.people {
            let superior_in = by_role
                .entry(user.role)
                .or_insert_with(|| self.staged.org.superior_in(user.role, &roles));
            user.superior_in.clone_from(superior_in);
        }
    }

    fn is_pending(&self, module: ModuleId) -> bool {
        rules_of(&self.enforced.org, module) != rules_of(&self.staged.org, module)
    }

    fn preview_module(
        &self,
        module: ModuleId,
        name: &str,
        result: &mut Vec<Preview>,
    ) -> Result<()> {
        let (enforced, staged) = (&self.enforced.org, &self.staged.org);
        // What was given counts by whose office the parent is of.
        let carries = |relation: &Relation| {
            enforced.carries_rules(relation)
                || staged.carries_rules(relation)
                || relation.with_shares
                    && self.given.iter().any(|one| one.module == relation.parent)
        };
        let counted = Counted::new(&self.staged, enforced, module, carries)?;
        let reading = Reading::new(self, &counted);
        let (shared, given) = (&self.shared(&counted), &self.given);
        let found = counted.count(Singles { shared, given }, &self.snapshot)?;
        let mut counts: BTreeMap<Kind, i64> = BTreeMap::new();
        let mut own: HashMap<UserId, Vec<(Kind, i64)>> = HashMap::new();
        for (keys, count) in found.all {
            let kind = reading.kind(&keys);
            if let Some(owner) = reading.owner(&keys) {
                own.entry(owner).or_default().push((kind.clone(), count));
            }
            *counts.entry(kind).or_default() += count;
        }
        // Whom shares and grants will reach over a relation that waits, whatever rules do for those like them.
        let shared = found.shared.iter();
        let waiting = shared.filter(|shared| may_wait(shared));
        let waiting: HashSet<UserId> = waiting.map(|shared| shared.viewer).collect();
        let kinds: HashMap<&Kind, usize> = counts.keys().zip(0..).collect();
        let counts: Vec<i64> = counts.values().copied().collect();

        let mut by_likeness: HashMap<(Likeness, Rights), Rc<AccessChanges>> = HashMap::new();
        let mut rows: Vec<(&User, Rc<AccessChanges>, Preview)> = Vec::new();
        for (key, viewer) in self.company.people.iter().filter(|(_, user)| user.active) {
            let changes = by_likeness
                .entry((likeness(viewer), viewer.rights))
                .or_insert_with(|| Rc::new(self.changes(module, viewer, &kinds)))
                .clone();
            if changes.is_empty() && !waiting.contains(&viewer.id) {
                continue;
            }
            let mut row = Preview {
                module: Some(name.to_owned()),
                user_key: Some(key.clone()),
                user_name: self.company.name_of(viewer),
                counts: Default::default(),
            };
            for (&kind, change) in &*changes {
                row.add(change, counts[kind]);
            }
            // Their own records are theirs before and after, whatever rules say of people like them.
            for (kind, count) in own.get(&viewer.id).into_iter().flatten() {
                if let Some(change) = kinds.get(kind).and_then(|kind| changes.get(kind)) {
                    row.add(change, -count);
                }
            }
            rows.push((viewer, changes, row));
        }

        let places: HashMap<UserId, usize> =
            rows.iter().map(|(user, ..)| user.id).zip(0..).collect();
        for shared in found.shared {
            // A child of their own is seen as such already, also where its parent was shared with them.
            if reading.owner(&shared.keys) != Some(shared.viewer)
                && let Some(&place) = places.get(&shared.viewer)
            {
                let (viewer, changes, row) = &mut rows[place];
                let kind = reading.kind(&shared.keys);
                let by_rules = kinds.get(&kind).and_then(|kind| changes.get(kind));
                if by_rules.is_some() || may_wait(&shared) {
                    let judge = Judge::new(self, module, viewer);
                    let really = judge.map_or([None; 3], |judge| {
                        judge.change(&kind, Some((&shared, &reading)))
                    });
                    row.add(by_rules.unwrap_or(&[None; 3]), -shared.count);
                    row.add(&really, shared.count);
                }
            }
        }
        let rows = rows.into_iter().map(|(.., row)| row);
        result.extend(rows.filter(Preview::says_something));
        Ok(())
    }

    /// The kinds of records that a user, and whoever is like them, gains or loses.
    fn changes(
        &self,
        module: ModuleId,
        viewer: &User,
        kinds: &HashMap<&Kind, usize>,
    ) -> AccessChanges {
        let Some(judge) = Judge::new(self, module, viewer) else {
            return AccessChanges::new();
        };
        let judged = kinds.iter();
        judged
            .map(|(kind, number)| (*number, judge.change(kind, None)))
            .filter(|(_, change)| change.iter().any(Option::is_some))
            .collect()
    }

    /// The records that were shared with anybody and count for a module.
    fn shared(&self, counted: &Counted) -> Vec<SharedRecord> {
        let mut modules = counted.shared_modules();
        // A key in a column of groups is nobody's who shares.
        let tables = self.enforced.tables.values();
        let of_groups = tables.filter(|table| table.owners == Owners::Group);
        let of_groups: Vec<_> = of_groups.map(|table| table.module).collect();
        modules.retain(|module| !of_groups.contains(module));
        let mut shared = Vec::new();
        for (&viewer, links) in &self.company.links {
            for &(link, giver) in links {
                let Some((giver, _)) = self.company.user(giver) else {
                    continue;
                };
                for &module in &modules {
                    let records = shares_of(link, module, &self.snapshot);
                    shared.extend(records.into_iter().map(|(record, level)| SharedRecord {
                        viewer,
                        level,
                        module,
                        giver: giver.clone(),
                        record,
                    }));
                }
            }
        }
        shared
    }
}

/// What somebody may do with records of a module, before and after.
struct Judge<'a> {
    before: Sight<'a>,
    after: Sight<'a>,
    /// How many records lie between one of the module and the one whose owners decide.
    depth: usize,
}

impl<'a> Judge<'a> {
    fn new(states: &'a States, module: ModuleId, viewer: &'a User) -> Option<Self> {
        let (enforced, staged) = (&states.enforced.org, &states.staged.org);
        let mut depth = 0;
        let mut above = module;
        while let Some(Control::Parent(parent)) = enforced.modules.get(&above).map(|m| &m.control) {
            above = *parent;
            depth += 1;
        }
        Some(Judge {
            before: Sight::new(enforced, viewer, module)?,
            after: Sight::new(staged, viewer, module)?,
            depth,
        })
    }

    /// With records of a kind that were shared with them, or given to them.
    fn change(&self, kind: &Kind, single: Option<(&SharedCount, &Reading)>) -> AccessChange {
        let given = single.map(|(shared, reading)| reading.given(shared));
        let (now, then) = single.map_or((Level::None, Level::None), |(shared, _)| {
            (shared.now, shared.then)
        });
        let allowed = |sight: &Sight, share: Level| {
            with_record(kind, given.as_ref(), |record| {
                ACTIONS.map(|action| {
                    sight.allows_by_share(action, share)
                        || allows(sight, action, self.depth, record)
                })
            })
        };
        let before = allowed(&self.before, now);
        let after = allowed(&self.after, then);
        std::array::from_fn(|at| (before[at] != after[at]).then_some(after[at]))
    }
}

/// Whether somebody may reach records by them over a relation that waits to be applied.
fn may_wait(shared: &SharedCount) -> bool {
    shared.now != shared.then || shared.over != 0
}

/// How the keys in the columns of a module and its parents are read.
struct Reading<'a> {
    states: &'a States,
    own: Option<Owners>,
    parents: Vec<(RelationId, Option<Owners>)>,
}

impl<'a> Reading<'a> {
    fn new(states: &'a States, counted: &Counted) -> Self {
        let owners = |module: ModuleId| {
            let mut tables = states.enforced.tables.values();
            tables
                .find(|table| table.module == module)
                .map(|table| table.owners)
        };
        let parents = counted.parents();
        Reading {
            states,
            own: owners(counted.module()),
            parents: parents.map(|(id, module)| (id, owners(module))).collect(),
        }
    }

    fn owners(
        &self,
        owners: Option<Owners>,
        keys: &OwnerKeys,
    ) -> (Option<&'a User>, Option<GroupId>) {
        let user = |key: &Option<String>| self.states.company.user_named(key.as_deref()?);
        let groups = &self.states.groups;
        let group = |key: &Option<String>| groups.get(key.as_deref()?).copied();
        match owners {
            Some(Owners::User) => (user(&keys.owner), None),
            Some(Owners::Group) => (None, group(&keys.owner)),
            // A key of both says of neither that the record is theirs.
            Some(Owners::UserOrGroup) => match (user(&keys.owner), group(&keys.owner)) {
                (Some(_), Some(_)) => (None, None),
                one => one,
            },
            Some(Owners::UserAndGroup) => (user(&keys.owner), group(&keys.group)),
            Some(Owners::Parent) | None => (None, None),
        }
    }

    /// The user owner.
    fn owner(&self, keys: &DecidingKeys) -> Option<UserId> {
        let (user, _) = self.owners(self.own, keys.first()?);
        user.map(|user| user.id)
    }

    /// What of a record was given to the user for whom it is counted.
    fn given(&self, shared: &SharedCount) -> GivenByName {
        let places = self.parents.iter().zip(0..);
        let over = places.filter(|(_, place)| shared.over >> place & 1 == 1);
        GivenByName {
            to: shared.viewer,
            own: shared.given,
            over: over.map(|((id, _), _)| *id).collect(),
        }
    }

    fn kind(&self, keys: &DecidingKeys) -> Kind {
        let ownership = |owners, keys| {
            let (user, group) = self.owners(owners, keys);
            let OwnerKeys { given, meets, .. } = keys;
            (user.map(likeness), group, given.clone(), meets.clone())
        };
        let (own, parents) = keys
            .split_first()
            .map_or((None, &[][..]), |(own, rest)| (Some(own), rest));
        let own = own.map_or_else(Ownership::default, |keys| ownership(self.own, keys));
        let parents = self.parents.iter().zip(parents);
        let parents = parents.map(|((id, owners), keys)| (*id, ownership(*owners, keys)));
        // A parent without a known owner gives what none gives.
        (
            own,
            parents
                .filter(|(_, ownership)| *ownership != Ownership::default())
                .collect(),
        )
    }
}
