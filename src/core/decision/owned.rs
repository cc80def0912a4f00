//! One caller's view of a module whose records have owners: the table of docs/semantics.md (The decision).

use crate::core::access::{Level, Right};
use crate::core::decision::record::{
    ParentView, Record, RecordGrant, closed_against, office_of, valid_share,
};
use crate::core::decision::rules::{RelationReach, RulesReach, is_given_to, is_shared_with};
use crate::core::org::{GroupId, ModuleId, OfficeId, Org, Profile, ProfileId, RelationId, User};
use rustc_hash::FxHashSet;

/// Whether one of a role's profiles gives something on every record that is not in a closed office: grant 8.
pub(super) fn gives_in_the_open(org: &Org, profiles: &[ProfileId]) -> bool {
    let mut profiles = profiles.iter().filter_map(|id| org.profiles.get(id));
    profiles.any(|profile| profile.view_all || profile.edit_all)
}

#[derive(Debug)]
pub(super) struct Owned<'a> {
    pub(super) my_groups: FxHashSet<GroupId>,
    pub(super) rules: RulesReach,
    pub(super) relations: Vec<RelationReach<'a>>,
    pub(super) global: Level,
    pub(super) ruling_module: ModuleId,
    pub(super) hierarchy: bool,
    /// Whether single records count that were given to people.
    pub(super) grants: bool,
    pub(super) view_all: Option<ProfileId>,
    pub(super) edit_all: Option<ProfileId>,
}

impl<'a> Owned<'a> {
    /// `above` tells the caller's view of a module that has parents.
    pub(super) fn new(
        org: &'a Org,
        me: &'a User,
        module: ModuleId,
        above: &dyn Fn(ModuleId) -> Option<Box<dyn ParentView + 'a>>,
    ) -> Option<Self> {
        let my_groups = org.groups_of(me);
        let mut reaching: Vec<_> = org
            .rules
            .iter()
            .filter(|rule| is_shared_with(org, me, &my_groups, rule.shared_with, rule.superiors))
            .collect();
        reaching.sort_by_key(|rule| rule.id);

        let ruling_module = org.ruling_module(module);
        let mut rules = RulesReach::default();
        for rule in reaching.iter().filter(|rule| rule.module == ruling_module) {
            rules.add(org, rule, rule.access.level());
        }

        let mut relations = Vec::new();
        for relation in org
            .relations
            .iter()
            .filter(|relation| relation.child == module)
        {
            let mut carried = RulesReach::default();
            for rule in &reaching {
                let level = org.related_level(relation, rule);
                if level > Level::None {
                    carried.add(org, rule, level);
                }
            }
            let parent = org.modules.get(&relation.parent);
            relations.push(RelationReach {
                relation: relation.id,
                rules: carried,
                with_shares: relation.with_shares,
                with_parent: match relation.with_parent {
                    Level::None => None,
                    most => above(relation.parent).map(|view| (most, view)),
                },
                with_grants: relation.with_shares && parent.is_some_and(|parent| parent.grants),
            });
        }

        let facts = org.modules.get(&module)?;
        let profile_with = |has: fn(&Profile) -> bool| {
            let mut profiles = org.profiles_of(me).iter().copied();
            profiles.find(|id| org.profiles.get(id).is_some_and(has))
        };
        Some(Owned {
            my_groups,
            rules,
            relations,
            global: org.modules.get(&ruling_module)?.global_access.level(),
            ruling_module,
            hierarchy: facts.hierarchy,
            grants: facts.grants,
            view_all: profile_with(|profile| profile.view_all),
            edit_all: profile_with(|profile| profile.edit_all),
        })
    }

    /// The highest grant that holds. Says the same as [`Owned::grants`], without listing them.
    pub(super) fn level(&self, org: &Org, me: &User, record: &Record) -> Level {
        let owns = record.user.is_some_and(|user| user.id == me.id);
        if owns
            || record
                .group
                .is_some_and(|group| self.my_groups.contains(&group))
        {
            return Level::Full;
        }
        let office = office_of(org, record);
        let mut level = self.office_level(org, me, office);
        if !org.is_closed(office) {
            level = level.max(self.open_level());
        }
        if closed_against(org, me, office).is_none() {
            if record
                .user
                .is_some_and(|user| self.is_superior(org, me, user))
            {
                return Level::Full;
            }
            level = level.max(self.rules.level(record));
            for &(relation, ref parent) in record.related {
                level = level.max(self.parent_level(relation, parent));
                if closed_against(org, me, office_of(org, parent)).is_none() {
                    level = level.max(self.related_level(relation, parent));
                    if self.given_over(org, me, relation, parent).next().is_some() {
                        level = level.max(Level::Read);
                    }
                }
            }
            for grant in self.given(org, me, record) {
                level = level.max(grant.level);
            }
        }
        level.max(self.share_level(me, record))
    }

    /// Grants 5 and 8: what everybody, or everybody of my role, has on every record.
    pub(super) fn open_level(&self) -> Level {
        let edit_all = self.edit_all.map_or(Level::None, |_| Level::Edit);
        let view_all = self.view_all.map_or(Level::None, |_| Level::Read);
        self.global.max(edit_all).max(view_all)
    }

    pub(super) fn is_superior(&self, org: &Org, me: &User, owner: &User) -> bool {
        self.hierarchy
            && matches!((owner.role, me.role), (Some(owners), Some(mine)) if org.role_tree.is_below(owners, mine))
    }

    /// Grants 9 and 10: what my rights give on the records of an office.
    pub(super) fn office_level(&self, org: &Org, me: &User, office: Option<OfficeId>) -> Level {
        let (Some(office), Some(mine)) = (office, me.office) else {
            return Level::None;
        };
        if me.rights.has(Right::SuperUser) && office == mine {
            Level::Full
        } else if me.rights.has(Right::EnterpriseView) && org.office_tree.is_within(office, mine) {
            Level::Read
        } else {
            Level::None
        }
    }

    pub(super) fn relation(&self, id: RelationId) -> Option<&RelationReach<'a>> {
        self.relations
            .iter()
            .find(|relation| relation.relation == id)
    }

    pub(super) fn related_level(&self, relation: RelationId, parent: &Record) -> Level {
        self.relation(relation)
            .map_or(Level::None, |relation| relation.rules.level(parent))
    }

    /// Grant 13: what access to a parent gives.
    pub(super) fn parent_level(&self, relation: RelationId, parent: &Record) -> Level {
        let over = self.relation(relation);
        let with_parent = over.and_then(|over| over.with_parent.as_ref());
        with_parent.map_or(Level::None, |(most, view)| {
            view.access_to(parent).min(*most)
        })
    }

    /// Grant 14: by what the record itself was given to me.
    pub(super) fn given<'r>(
        &self,
        org: &Org,
        me: &User,
        record: &'r Record,
    ) -> impl Iterator<Item = &'r RecordGrant> {
        let counting = record.given.iter().filter(|_| self.grants);
        counting.filter(|grant| is_given_to(org, me, &self.my_groups, grant.to))
    }

    /// Grant 12: by what a parent was given to me, where its children come along.
    pub(super) fn given_over<'r>(
        &self,
        org: &Org,
        me: &User,
        relation: RelationId,
        parent: &'r Record,
    ) -> impl Iterator<Item = &'r RecordGrant> {
        let over = self.relation(relation);
        let carries = over.is_some_and(|over| over.with_grants);
        let counting = parent.given.iter().filter(move |_| carries);
        counting.filter(|grant| is_given_to(org, me, &self.my_groups, grant.to))
    }

    /// Grants 11 and 12: the record itself, or its parent, was shared with me.
    pub(super) fn share_level(&self, me: &User, record: &Record) -> Level {
        let own = valid_share(me, record).unwrap_or_default();
        let related = record.related.iter().any(|(id, parent)| {
            self.relation(*id)
                .is_some_and(|relation| relation.with_shares)
                && valid_share(me, parent).is_some_and(|level| level > Level::None)
        });
        own.max(if related { Level::Read } else { Level::None })
    }
}
