//! The sections of a document, and the present configuration in the same form.

use crate::core::access::{
    GlobalAccess, Level, LinkStatus, Right, Rights, RuleAccess, ShareAccess,
};
use crate::core::criteria::Criteria;
use crate::core::document::grant_entry::GrantEntry;
use crate::core::document::objects::{all_objects, null_as_empty, objects, optional_object, yes};
use crate::core::document::source_entries::SourceEntry;
use crate::core::document::staged_rule::StagedRule;
use crate::core::document::trusted_entries::TrustedEntry;
use crate::core::expectation::Expectation;
use crate::core::related::Related;
use crate::core::search::SearchKind;
use crate::core::time::Moment;
use crate::core::{Error, Principal, Result};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const VERSION: u64 = 1;

/// A section that is absent is not spoken of.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub version: u64,
    #[serde(default, deserialize_with = "objects")]
    pub offices: Option<Vec<OfficeEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub roles: Option<Vec<RoleEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub users: Option<Vec<UserEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub groups: Option<Vec<GroupEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub profiles: Option<Vec<ProfileEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub modules: Option<Vec<ModuleEntry>>,
    /// Only an empty section is accepted.
    #[serde(default, deserialize_with = "objects")]
    pub relations: Option<Vec<RelationEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub rules: Option<Vec<RuleEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub links: Option<Vec<LinkEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub shares: Option<Vec<ShareEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub grants: Option<Vec<GrantEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub expectations: Option<Vec<ExpectationEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub search: Option<Vec<SearchName>>,
    #[serde(default, deserialize_with = "objects")]
    pub sources: Option<Vec<SourceEntry>>,
    #[serde(default, deserialize_with = "objects")]
    pub trusted: Option<Vec<TrustedEntry>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeEntry {
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub security: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoleEntry {
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub profiles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UserEntry {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub role: Option<String>,
    #[serde(default)]
    pub office: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
    /// The name of a database role, not quoted.
    #[serde(default)]
    pub db_role: Option<String>,
    #[serde(default)]
    pub rights: Vec<Right>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupEntry {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub office: Option<String>,
    #[serde(default)]
    pub members: Vec<Principal>,
    /// Of members whose membership has an end, that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub until: BTreeMap<Principal, Moment>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileEntry {
    pub name: String,
    #[serde(default)]
    pub view_all: bool,
    #[serde(default)]
    pub edit_all: bool,
    #[serde(default, deserialize_with = "all_objects")]
    pub permissions: Vec<Permission>,
}

/// What a profile permits in a module. Nothing has a default: a word that was forgotten must
/// neither permit nor deny.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// None: any module without a row of its own. Must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub module: Option<String>,
    pub view: bool,
    pub create: bool,
    pub edit: bool,
    pub delete: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleEntry {
    pub name: String,
    /// Schema and name, quoted.
    pub table: String,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub owner_group: Option<String>,
    #[serde(default)]
    pub follows: Option<String>,
    /// Then all that follows is as by default, and there is no owner.
    #[serde(default)]
    pub controlled_by: Option<String>,
    /// The column that holds the key of the record that controls.
    #[serde(default)]
    pub via: Option<String>,
    #[serde(default = "yes")]
    pub hierarchy: bool,
    #[serde(default)]
    pub default_owner: bool,
    /// Whether single records can be given to people.
    #[serde(default = "yes")]
    pub grants: bool,
    /// The one that is valid.
    #[serde(default)]
    pub global_access: GlobalAccess,
    /// The one that `apply_rules()` will make valid, where that is another.
    #[serde(default)]
    pub staged: Option<GlobalAccess>,
    /// Why the policies do not say what it goes by. Only told; the fields that nothing says are absent.
    #[serde(default)]
    pub broken: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    pub module: String,
    /// None: whoever owns the records, which only a rule with criteria says.
    #[serde(default)]
    pub owned_by: Option<Principal>,
    pub shared_with: Principal,
    /// What its records must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    pub access: RuleAccess,
    #[serde(default, deserialize_with = "null_as_empty")]
    pub related: Related,
    #[serde(default)]
    pub superiors: bool,
    /// From then on it counts for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// What is going to be valid, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<StagedRule>,
    /// Its place in the document that was written.
    #[serde(skip)]
    pub place: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkEntry {
    /// The key of the user who shares.
    pub from: String,
    pub to: String,
    pub status: LinkStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// As its users are, it opens nothing, and could not come about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShareEntry {
    pub module: String,
    /// The text form of its primary key.
    pub record: String,
    /// The two users of the link over which it is shared.
    pub from: String,
    pub to: String,
    pub access: ShareAccess,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// What somebody is to have on a record. Known by everything but what is expected.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectationEntry {
    /// The key of a user.
    pub user: String,
    pub module: String,
    /// The text form of its primary key. It need not be there.
    pub record: String,
    pub access: Level,
    #[serde(default = "yes")]
    pub exactly: bool,
}

/// An operator or a function that is safe for searches.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchName {
    pub kind: SearchKind,
    /// With schemas and types.
    pub name: String,
}

/// A declared foreign key. Known by its child, its column and its parent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RelationEntry {
    pub child: String,
    /// The column of the child that holds the parent's key.
    pub via: String,
    pub parent: String,
    #[serde(default, deserialize_with = "optional_object")]
    pub when: Option<WhenEntry>,
    #[serde(default = "yes")]
    pub with_shares: bool,
    /// As much access as somebody has to a parent they have to its children, at most that.
    #[serde(default, skip_serializing_if = "is_none")]
    pub with_parent: Level,
    /// The same once it is applied, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged_with_parent: Option<Level>,
    /// Rules carry over it only what they name, until they are applied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staged: bool,
    /// Shares do not carry over it before they are applied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares_staged: bool,
}

/// The records of the child for which the relation holds: all where this is absent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WhenEntry {
    pub column: String,
    pub value: String,
}

fn is_none(level: &Level) -> bool {
    *level == Level::None
}

/// What another module controls has nothing of its own to tell.
impl Serialize for ModuleEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("name", &self.name)?;
        fields.serialize_entry("table", &self.table)?;
        if self.controlled_by.is_some() {
            fields.serialize_entry("controlled_by", &self.controlled_by)?;
            fields.serialize_entry("via", &self.via)?;
        } else {
            fields.serialize_entry("owner", &self.owner)?;
            fields.serialize_entry("owner_group", &self.owner_group)?;
            fields.serialize_entry("follows", &self.follows)?;
            fields.serialize_entry("hierarchy", &self.hierarchy)?;
            fields.serialize_entry("default_owner", &self.default_owner)?;
            if !self.grants {
                fields.serialize_entry("grants", &self.grants)?;
            }
            fields.serialize_entry("global_access", &self.global_access)?;
            if let Some(staged) = &self.staged {
                fields.serialize_entry("staged", staged)?;
            }
        }
        if let Some(broken) = &self.broken {
            fields.serialize_entry("broken", broken)?;
        }
        fields.end()
    }
}

impl LinkEntry {
    pub(super) fn users(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }

    /// Of what is so: that a link is suspended comes from its users.
    pub(super) fn is_same(&self, other: &LinkEntry) -> bool {
        (self.status, self.until) == (other.status, other.until)
    }
}

impl ShareEntry {
    pub(super) fn users(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }

    /// Everything but the access.
    pub(super) fn what(&self) -> (&str, &str, (&str, &str)) {
        (&self.module, &self.record, self.users())
    }
}

impl ExpectationEntry {
    pub(super) fn what(&self) -> (&str, &str, &str) {
        (&self.user, &self.module, &self.record)
    }

    pub fn name(&self) -> String {
        let (user, module, record) = self.what();
        format!("expectation of user \"{user}\" on record \"{record}\" of \"{module}\"")
    }

    /// Refuses what holds for everybody.
    pub fn stored(&self) -> Result<Expectation> {
        Expectation::new(self.access, self.exactly)
    }
}

impl SearchName {
    pub(super) fn what(&self) -> (SearchKind, &str) {
        (self.kind, &self.name)
    }
}

impl ModuleEntry {
    /// A module that is broken stays so by a document that says so, too.
    pub(super) fn is_same(&self, other: &ModuleEntry) -> bool {
        let told = |module: &ModuleEntry| ModuleEntry {
            broken: None,
            ..module.clone()
        };
        let is_mended = self.broken.is_some() && other.broken.is_none();
        told(self) == told(other) && !is_mended
    }
}

impl RoleEntry {
    pub(super) fn profiles(&self) -> BTreeSet<&str> {
        self.profiles.iter().map(String::as_str).collect()
    }

    pub(super) fn is_same(&self, other: &RoleEntry) -> bool {
        self.parent == other.parent && self.profiles() == other.profiles()
    }
}

impl ProfileEntry {
    pub(super) fn by_module(&self) -> BTreeMap<Option<&str>, &Permission> {
        let rows = self.permissions.iter();
        rows.map(|row| (row.module.as_deref(), row)).collect()
    }

    pub(super) fn is_same(&self, other: &ProfileEntry) -> bool {
        (self.view_all, self.edit_all) == (other.view_all, other.edit_all)
            && self.by_module() == other.by_module()
    }
}

impl UserEntry {
    pub(super) fn rights(&self) -> Rights {
        self.rights.iter().copied().collect()
    }

    pub(super) fn is_same(&self, other: &UserEntry) -> bool {
        let fields = |user: &UserEntry| {
            let UserEntry {
                key,
                name,
                role,
                office,
                db_role,
                ..
            } = user.clone();
            (key, name, role, office, db_role, user.active, user.rights())
        };
        fields(self) == fields(other)
    }
}

impl Document {
    /// Whether it may change links, shares or grants, or must know that they stay as they are.
    pub fn touches_links(&self) -> bool {
        self.links.is_some()
            || self.shares.is_some()
            || self.grants.is_some()
            || self.users.is_some()
            || self.roles.is_some()
            || self.groups.is_some()
            || self.modules.is_some()
    }

    /// The text of the document.
    pub fn to_json(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|error| Error::internal(error.to_string()))
    }

    /// An empty document of this version, with every section.
    pub fn empty() -> Document {
        Document {
            version: VERSION,
            offices: Some(Vec::new()),
            roles: Some(Vec::new()),
            users: Some(Vec::new()),
            groups: Some(Vec::new()),
            profiles: Some(Vec::new()),
            modules: Some(Vec::new()),
            relations: Some(Vec::new()),
            rules: Some(Vec::new()),
            links: Some(Vec::new()),
            shares: Some(Vec::new()),
            grants: Some(Vec::new()),
            expectations: Some(Vec::new()),
            search: Some(Vec::new()),
            sources: Some(Vec::new()),
            trusted: Some(Vec::new()),
        }
    }
}

/// The configuration as it is, with what a document does not tell of rules.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// All sections.
    pub document: Document,
    /// Of each rule of the document: its number, and whether it is enforced.
    pub rules: Vec<(i64, bool)>,
    /// Of each relation of the document: its number.
    pub relations: Vec<i32>,
    /// Rules that are enforced and staged to go, once they are not in the document ([`Present::as_staged`]).
    pub leaving: Vec<(i64, RuleEntry)>,
    /// A module with one column for users and groups, where there is one: the document says it only
    /// where somebody asks for modules.
    pub one_id_space: Option<String>,
}

/// The elements of a section; of an absent one, none.
pub fn section<T>(section: &Option<Vec<T>>) -> &[T] {
    section.as_deref().unwrap_or_default()
}

pub(super) fn link_name((from, to): (&str, &str)) -> String {
    format!("link from user \"{from}\" to user \"{to}\"")
}

pub(super) fn search_name(name: &SearchName) -> String {
    format!("{} {} for searches", name.kind.label(), name.name)
}

pub(super) fn share_name(share: &ShareEntry) -> String {
    let ShareEntry {
        module,
        record,
        from,
        to,
        ..
    } = share;
    format!("share of record \"{record}\" of \"{module}\" from user \"{from}\" to user \"{to}\"")
}
