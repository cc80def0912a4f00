//! The preview of a module whose records are reached by access to their parents, or are in shards of Citus.
//!
//! What decides about such a record is a tree of records, of any depth. So each is looked up with all that decides
//! about it, as for an explanation: records that are alike are judged once, for people who are alike, and whoever is
//! named by one (an owner, somebody to whom it or a parent was shared or given) is judged with it by themselves.

use crate::catalog::read::configuration::Configuration;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::{RecordGrant, Sight};
use crate::core::org::{CriteriaId, GroupId, ModuleId, Recipient, RelationId, User, UserId};
use crate::core::{Level, Result, Rights};
use crate::policy::judgement::loaded::{LoadedOwner, LoadedRecord};
use crate::policy::judgement::loading::RecordLoader;
use crate::policy::preview::changes::{ACTIONS, States};
use crate::policy::preview::kinds::{Likeness, anybody_like, likeness};
use crate::policy::preview::result::{AccessChange, Preview};
use crate::policy::records::reading::Records;
use crate::policy::records::shards;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// What records that are alike to every rule have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Nature {
    module: ModuleId,
    owner: Option<Likeness>,
    group: Option<GroupId>,
    meets: Vec<CriteriaId>,
    /// To roles and groups.
    given: Vec<(Recipient, Level)>,
    related: Vec<(RelationId, Nature)>,
    parent: Option<Box<Nature>>,
}

/// What somebody may do before and after; None where nothing decides any more.
type Sights<'a> = Option<(Sight<'a>, Sight<'a>)>;

/// Records with which people may do other things before and after.
type Changes = Rc<Vec<(usize, AccessChange)>>;

/// The records of a module, by their natures, and whom single ones name.
#[derive(Default)]
struct Sorted {
    places: FxHashMap<Nature, usize>,
    counts: Vec<i64>,
    /// How many of a nature name somebody.
    naming: FxHashMap<(UserId, usize), i64>,
    /// What those may really do with them.
    really: FxHashMap<UserId, FxHashMap<AccessChange, i64>>,
}

impl States {
    /// Whether access to parents reaches records of a module, now or once it is applied.
    pub(super) fn access_carries(&self, module: ModuleId) -> bool {
        [&self.enforced.org, &self.staged.org].iter().any(|org| {
            let top = org.controlling_module(module);
            let mut relations = org.relations.iter();
            relations.any(|one| Some(one.child) == top && one.with_parent > Level::None)
        })
    }

    /// Whether records of a module are in shards of Citus, which no direct scan counts. Refused to who would count
    /// less than there are.
    pub(super) fn is_in_shards(&self, module: ModuleId) -> Result<bool> {
        let mut tables = self.enforced.tables.values();
        let Some(table) = tables.find(|table| table.module == module) else {
            return Ok(false);
        };
        match Records::open(table.relation) {
            Some(records) if shards::hold(&records) => {
                shards::must_see_all(&records).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn preview_records(
        &self,
        module: ModuleId,
        name: &str,
        result: &mut Vec<Preview>,
    ) -> Result<()> {
        let tables = self.enforced.tables.values();
        let Some(table) = tables.into_iter().find(|table| table.module == module) else {
            return Ok(());
        };
        let configuration = self.carrying_as_ever();
        let mut loader = RecordLoader::new(&configuration, &self.snapshot)?;
        let mut sorted = Sorted::default();
        let mut sights: FxHashMap<UserId, Sights> = FxHashMap::default();
        loader.each(table.relation, &mut |record| {
            let nature = self.nature(&record);
            let next = sorted.counts.len();
            let place = *sorted.places.entry(nature).or_insert(next);
            if place == next {
                sorted.counts.push(0);
            }
            sorted.counts[place] += 1;
            for id in named(&record, &self.snapshot) {
                let Some((_, user)) = self.company.user(id).filter(|(_, user)| user.active) else {
                    continue;
                };
                let sights = sights
                    .entry(id)
                    .or_insert_with(|| self.sights(user, module));
                let change = change(&record, sights, user, &self.snapshot);
                *sorted.naming.entry((id, place)).or_default() += 1;
                *sorted
                    .really
                    .entry(id)
                    .or_default()
                    .entry(change)
                    .or_default() += 1;
            }
        })?;

        let natures: Vec<(usize, LoadedRecord)> = sorted
            .places
            .iter()
            .map(|(nature, place)| (*place, nature.record()))
            .collect();
        let mut by_likeness: FxHashMap<(Likeness, Rights), Changes> = FxHashMap::default();
        for (key, viewer) in self.company.people.iter().filter(|(_, user)| user.active) {
            let alike = (likeness(viewer), viewer.rights);
            let changes = by_likeness.entry(alike).or_insert_with(|| {
                let sights = self.sights(viewer, module);
                let judged = natures.iter().map(|(place, record)| {
                    (*place, change(record, &sights, viewer, &self.snapshot))
                });
                Rc::new(judged.filter(|(_, change)| *change != [None; 3]).collect())
            });
            let mut row = Preview {
                module: Some(name.to_owned()),
                user_key: Some(key.clone()),
                user_name: self.company.name_of(viewer),
                counts: Default::default(),
            };
            for (place, change) in changes.iter() {
                let named = sorted.naming.get(&(viewer.id, *place)).copied();
                row.add(change, sorted.counts[*place] - named.unwrap_or_default());
            }
            for (change, count) in sorted.really.get(&viewer.id).into_iter().flatten() {
                row.add(change, *count);
            }
            if row.says_something() {
                result.push(row);
            }
        }
        Ok(())
    }

    /// The configuration by which records are looked up: with their parents wherever these count, now or then.
    fn carrying_as_ever(&self) -> Configuration {
        let mut org = (*self.staged.org).clone();
        for relation in &mut org.relations {
            let now = self.enforced.org.relation(relation.id);
            let now = now.map_or(Level::None, |now| now.with_parent);
            relation.with_parent = relation.with_parent.max(now);
        }
        Configuration {
            org: org.into(),
            tables: self.staged.tables.clone(),
            search: Default::default(),
            criteria: self.staged.criteria.clone(),
        }
    }

    fn sights<'a>(&'a self, user: &'a User, module: ModuleId) -> Sights<'a> {
        let before = Sight::new(&self.enforced.org, user, module)?;
        Some((before, Sight::new(&self.staged.org, user, module)?))
    }

    fn nature(&self, record: &LoadedRecord) -> Nature {
        let owner = record.owner.as_ref().map(|owner| &owner.user);
        let known = owner.and_then(|owner| self.company.user(owner.id));
        let mut given: Vec<_> = record
            .given
            .iter()
            .filter(|grant| !matches!(grant.to, Recipient::User(_)))
            .map(|grant| (grant.to, grant.level))
            .collect();
        given.sort_unstable();
        let related = record.related.iter();
        Nature {
            module: record.module,
            owner: known.map(|(_, user)| likeness(user)),
            group: record.group,
            meets: record.meets.clone(),
            given,
            related: related
                .map(|(id, parent)| (*id, self.nature(parent)))
                .collect(),
            parent: record
                .parent
                .as_ref()
                .map(|parent| Box::new(self.nature(parent))),
        }
    }
}

impl Nature {
    /// A record like those, of nobody in particular.
    fn record(&self) -> LoadedRecord {
        let owner = self.owner.as_ref().map(|owner| {
            Rc::new(LoadedOwner {
                key: String::new(),
                user: anybody_like(owner),
            })
        });
        let grant = |&(to, level): &(Recipient, Level)| RecordGrant { to, level };
        let related = self.related.iter();
        LoadedRecord {
            module: self.module,
            key: String::new(),
            owner,
            group: self.group,
            meets: self.meets.clone(),
            can_be_shared: false,
            given: self.given.iter().map(grant).collect(),
            related: related
                .map(|(id, parent)| (*id, Rc::new(parent.record())))
                .collect(),
            parent: self.parent.as_ref().map(|parent| Rc::new(parent.record())),
        }
    }
}

/// Who may do something with a record, or with one by which it is decided, by their own name.
fn named(record: &LoadedRecord, snapshot: &Snapshot) -> FxHashSet<UserId> {
    fn add(record: &LoadedRecord, named: &mut FxHashSet<UserId>) {
        named.extend(record.owner.as_ref().map(|owner| owner.user.id));
        named.extend(record.given.iter().filter_map(|grant| match grant.to {
            Recipient::User(user) => Some(user),
            _ => None,
        }));
        let above = record.related.iter().map(|(_, parent)| parent);
        for parent in above.chain(&record.parent) {
            add(parent, named);
        }
    }
    let mut named = FxHashSet::from_iter(record.receivers(snapshot));
    add(record, &mut named);
    named
}

fn change(record: &LoadedRecord, sights: &Sights, me: &User, snapshot: &Snapshot) -> AccessChange {
    let Some((before, after)) = sights else {
        return [None; 3];
    };
    record.as_seen_by(me, snapshot, &|asked| {
        ACTIONS.map(|action| {
            let after = after.allows(action, asked);
            (before.allows(action, asked) != after).then_some(after)
        })
    })
}
