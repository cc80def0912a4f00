//! Grants in the words of people, and as JSON.

use crate::catalog::read::labels::{group_name, office_name, profile_name, role_name};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::{Cut, Grant, Reason, Via};
use crate::core::org::{
    ModuleId, Org, Party, ProfileId, Recipient, RelationId, RuleId, User, UserId,
};
use crate::core::time::Moment;
use crate::core::{Principal, Result};
use crate::policy::judgement::loaded::LoadedRecord;
use crate::policy::judgement::verdict::judge;
use serde_json::{Value, json};

/// A grant, or what became of one, for people: the reason, what it rests on, and that once more as JSON.
pub struct ToldGrant {
    pub reason: &'static str,
    pub via: String,
    pub detail: Value,
}

/// Says what the grants of a record rest on.
pub struct GrantWords<'a> {
    pub org: &'a Org,
    pub snapshot: &'a Snapshot,
    pub record: &'a LoadedRecord,
    /// Whom it lets do something.
    pub me: &'a User,
    /// Whether keys of other records are told: a privilege on their column is not asked for.
    pub with_keys: bool,
}

impl GrantWords<'_> {
    /// A grant of the record or, where others control it, of the record at the end of that chain.
    pub fn grant(&self, grant: &Grant) -> Result<ToldGrant> {
        self.grant_of(self.record, grant)
    }

    fn grant_of(&self, record: &LoadedRecord, grant: &Grant) -> Result<ToldGrant> {
        let Some(above) = record
            .parent
            .as_ref()
            .filter(|_| grant.reason != Reason::Administrator)
        else {
            return self.own_grant(record, grant);
        };
        let told = self.grant_of(above, grant)?;
        let module = self.module(above.module);
        let via = format!("its record of {module} ({}: {})", told.reason, told.via);
        let mut detail = json!({ "module": module, "reason": told.reason, "via": told.via, "detail": told.detail });
        self.add_key(&mut detail, above);
        Ok(ToldGrant {
            reason: "parent",
            via,
            detail,
        })
    }

    fn own_grant(&self, record: &LoadedRecord, grant: &Grant) -> Result<ToldGrant> {
        let reason = grant.reason.code();
        let (via, detail) = match grant.via {
            Via::Nothing => (format!("right {reason}"), json!({ "right": reason })),
            Via::User(user) => {
                let key = user_key(user, self.snapshot)?;
                (format!("user {key}"), json!({ "user": key }))
            }
            Via::Group(group) => {
                let name = group_name(group, self.snapshot).unwrap_or_default();
                (format!("group {name}"), json!({ "group": name }))
            }
            Via::Roles { above, below } => {
                let name = |role| role_name(role, self.snapshot).unwrap_or_default();
                let (above, below) = (name(above), name(below));
                let detail = json!({ "above": above, "below": below });
                (format!("{above} is above {below}"), detail)
            }
            Via::Module(module) => self.global_access(record, module),
            Via::Rule(rule) => (format!("rule {}", rule.0), self.rule(rule)),
            Via::RelatedRule { rule, relation } => {
                let mut detail = self.rule(rule);
                let parent = self.add_parent(&mut detail, record, relation);
                let via = format!("rule {}, by its record of {parent}", rule.0);
                (via, detail)
            }
            Via::Profile(profile) => {
                let name = profile_name(profile, self.snapshot).unwrap_or_default();
                (format!("profile {name}"), json!({ "profile": name }))
            }
            Via::Office(office) => {
                let name = office_name(office, self.snapshot).unwrap_or_default();
                let detail = json!({ "right": reason, "office": name });
                (format!("right {reason}, office {name}"), detail)
            }
            Via::Given(to) => {
                let to = self.recipient(to)?.to_string();
                (format!("given to {to}"), json!({ "to": to }))
            }
            Via::RelatedGiven { to, relation } => {
                let to = self.recipient(to)?.to_string();
                let mut detail = json!({ "to": to });
                let parent = self.add_parent(&mut detail, record, relation);
                (format!("its record of {parent}, given to {to}"), detail)
            }
            Via::ParentAccess(relation) => self.parent_access(record, relation)?,
            Via::Relation(relation) => {
                let mut detail = json!({});
                let parent = self.add_parent(&mut detail, record, relation);
                let mut related = record.related.iter();
                let above = related.find(|(id, _)| *id == relation);
                let giver = above.and_then(|(_, above)| above.owner.as_ref());
                let giver = giver.map_or("", |giver| &giver.key);
                set(&mut detail, "user", giver.into());
                (
                    format!("its record of {parent}, shared by user {giver}"),
                    detail,
                )
            }
        };
        Ok(ToldGrant {
            reason,
            via,
            detail,
        })
    }

    /// By the strongest grant of the parent.
    fn parent_access(
        &self,
        record: &LoadedRecord,
        relation: RelationId,
    ) -> Result<(String, Value)> {
        let mut detail = json!({});
        let module = self.add_parent(&mut detail, record, relation);
        let mut related = record.related.iter();
        let above = related.find(|(id, _)| *id == relation);
        let strongest = above.and_then(|(_, above)| {
            let judgement = judge(above, self.org, self.me, self.snapshot);
            Some((above, judgement.grants.first().copied()?))
        });
        let Some((above, strongest)) = strongest else {
            return Ok((format!("its record of {module}"), detail));
        };
        let told = self.grant_of(above, &strongest)?;
        let via = format!("its record of {module} ({}: {})", told.reason, told.via);
        set(&mut detail, "reason", told.reason.into());
        set(&mut detail, "via", told.via.into());
        set(&mut detail, "detail", told.detail);
        Ok((via, detail))
    }

    /// A grant that a closed office withholds.
    pub fn withheld(&self, grant: &Grant) -> Result<ToldGrant> {
        let told = self.grant(grant)?;
        let office = grant
            .withheld_by
            .and_then(|id| office_name(id, self.snapshot));
        let office = office.unwrap_or_default();
        let withheld = json!({
            "access": grant.level.label(), "reason": told.reason, "via": told.via, "detail": told.detail,
        });
        Ok(ToldGrant {
            reason: "office_security",
            via: format!("office {office} is closed"),
            detail: json!({ "office": office, "withheld": withheld }),
        })
    }

    /// What the profiles of a user take.
    pub fn cut(&self, cut: &Cut, profiles: &[ProfileId]) -> ToldGrant {
        let names = profiles
            .iter()
            .filter_map(|&id| profile_name(id, self.snapshot));
        let mut names: Vec<String> = names.collect();
        names.sort();
        let several = if names.len() > 1 {
            "profiles"
        } else {
            "profile"
        };
        ToldGrant {
            reason: "profile",
            via: format!(
                "{several} {} in {}",
                names.join(", "),
                self.module(cut.module)
            ),
            detail: json!({
                "profiles": names, "module": self.module(cut.module), "from": cut.from.label(), "to": cut.to.label(),
            }),
        }
    }

    fn module(&self, module: ModuleId) -> &str {
        self.org
            .modules
            .get(&module)
            .map_or("", |facts| &facts.name)
    }

    fn global_access(&self, record: &LoadedRecord, ruling: ModuleId) -> (String, Value) {
        let facts = self.org.modules.get(&ruling);
        let access = facts.map(|facts| facts.global_access).unwrap_or_default();
        let name = self.module(ruling);
        let via = match ruling == record.module {
            true => access.title().to_owned(),
            false => format!("{} of {name}", access.title()),
        };
        (
            via,
            json!({ "module": name, "global_access": access.label() }),
        )
    }

    fn rule(&self, id: RuleId) -> Value {
        let mut rules = self.org.rules.iter();
        let Some(rule) = rules.find(|rule| rule.id == id) else {
            return json!({ "rule": id.0 });
        };
        let mut detail = json!({
            "rule": id.0,
            "module": self.module(rule.module),
            "owned_by": rule.owned_by.map(|owned_by| self.principal(owned_by).to_string()),
            "shared_with": self.principal(rule.shared_with).to_string(),
            "access": rule.access.label(),
            "superiors": rule.superiors,
        });
        if let Some(until) = rule.until {
            set(&mut detail, "until", Moment(until).to_string().into());
        }
        detail
    }

    fn principal(&self, party: Party) -> Principal {
        let role = |id| role_name(id, self.snapshot).unwrap_or_default();
        match party {
            Party::Role(id) => Principal::Role(role(id)),
            Party::RoleAndSubordinates(id) => Principal::RoleAndSubordinates(role(id)),
            Party::Group(id) => Principal::Group(group_name(id, self.snapshot).unwrap_or_default()),
        }
    }

    fn recipient(&self, to: Recipient) -> Result<Principal> {
        Ok(match to {
            Recipient::User(user) => Principal::User(user_key(user, self.snapshot)?),
            Recipient::Role(id) => self.principal(Party::Role(id)),
            Recipient::RoleAndSubordinates(id) => self.principal(Party::RoleAndSubordinates(id)),
            Recipient::Group(id) => self.principal(Party::Group(id)),
        })
    }

    /// Adds the parent over a relation; returns the name of its module.
    fn add_parent(&self, detail: &mut Value, child: &LoadedRecord, relation: RelationId) -> String {
        let of = self.org.relation(relation).map(|relation| relation.parent);
        let module = of.map_or("", |module| self.module(module)).to_owned();
        let mut parent = json!({ "module": module });
        if let Some((_, above)) = child.related.iter().find(|(id, _)| *id == relation) {
            self.add_key(&mut parent, above);
        }
        set(detail, "parent", parent);
        module
    }

    fn add_key(&self, detail: &mut Value, record: &LoadedRecord) {
        if self.with_keys {
            set(detail, "record", record.key.as_str().into());
        }
    }
}

fn set(object: &mut Value, field: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

fn user_key(user: UserId, snapshot: &Snapshot) -> Result<String> {
    let found = People::open()?.by_id(user, snapshot);
    Ok(found.map(|(key, _)| key).unwrap_or_default())
}
