//! The configuration as one document (semantics: Configuration as one document): what it may say, and what is to change where the
//! present configuration is to become equal to it.
//!
//! Offices, roles, profiles, modules are known by their names, users by their keys; groups by their
//! keys or, where a key is new, by their names; rules by everything but their access and what they
//! say of related records, shares by everything but their access; links by their two users,
//! relations by their two modules and their column. So a user or a group can be renamed by a
//! document, an office or a role cannot. What a profile permits in a module is known by the two.

use crate::core::access::{GlobalAccess, LinkStatus, Right, Rights, RuleAccess, ShareAccess};
use crate::core::error::{must_fit, record_must_fit};
use crate::core::forest::Forest;
use crate::core::related::Related;
use crate::core::{Error, Principal, Result};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::marker::PhantomData;

mod bonds;
pub mod id_space;
mod staging;

pub use bonds::{Relation, RelationToBe, When, parents_first};
pub use staging::{Gives, StagedRule};

const VERSION: u64 = 1;

/// A section that is absent is not spoken of.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub version: u64,
    #[serde(default, deserialize_with = "objects")]
    pub offices: Option<Vec<Office>>,
    #[serde(default, deserialize_with = "objects")]
    pub roles: Option<Vec<Role>>,
    #[serde(default, deserialize_with = "objects")]
    pub users: Option<Vec<User>>,
    #[serde(default, deserialize_with = "objects")]
    pub groups: Option<Vec<Group>>,
    #[serde(default, deserialize_with = "objects")]
    pub profiles: Option<Vec<Profile>>,
    #[serde(default, deserialize_with = "objects")]
    pub modules: Option<Vec<Module>>,
    /// Only an empty section is accepted.
    #[serde(default, deserialize_with = "objects")]
    pub relations: Option<Vec<Relation>>,
    #[serde(default, deserialize_with = "objects")]
    pub rules: Option<Vec<Rule>>,
    #[serde(default, deserialize_with = "objects")]
    pub links: Option<Vec<Link>>,
    #[serde(default, deserialize_with = "objects")]
    pub shares: Option<Vec<Share>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub security: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub profiles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
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
pub struct Group {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub office: Option<String>,
    #[serde(default)]
    pub members: Vec<Principal>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
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
pub struct Module {
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
pub struct Rule {
    pub module: String,
    pub owned_by: Principal,
    pub shared_with: Principal,
    pub access: RuleAccess,
    #[serde(default, deserialize_with = "null_as_empty")]
    pub related: Related,
    #[serde(default)]
    pub superiors: bool,
    /// What is going to be valid, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<StagedRule>,
    /// Its place in the document that was written.
    #[serde(skip)]
    pub place: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The key of the user who shares.
    pub from: String,
    pub to: String,
    pub status: LinkStatus,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub module: String,
    /// The text form of its primary key.
    pub record: String,
    /// The two users of the link over which it is shared.
    pub from: String,
    pub to: String,
    pub access: ShareAccess,
}

impl Link {
    fn users(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }
}

impl Share {
    fn users(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }

    /// Everything but the access.
    fn what(&self) -> (&str, &str, (&str, &str)) {
        (&self.module, &self.record, self.users())
    }
}

fn yes() -> bool {
    true
}

/// An array of objects: a section is absent or that, but not null.
fn objects<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    all_objects(deserializer).map(Some)
}

fn all_objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Related, D::Error> {
    let levels = Option::<Object<Related>>::deserialize(deserializer)?;
    Ok(levels.map_or_else(Related::new, |Object(levels)| levels))
}

/// What is written as an object, and only so: serde would also read the fields from an array.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Fields(PhantomData))
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
    pub leaving: Vec<(i64, Rule)>,
    /// A module with one column for users and groups, where there is one: the document says it only
    /// where somebody asks for modules.
    pub one_id_space: Option<String>,
}

/// Something that the import does, for people to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `create`, `alter` or `drop`.
    pub change: &'static str,
    /// For example `role "Sales Rep"`.
    pub object: String,
    /// The fields `before` and `after`; of what is altered, only those that differ.
    pub detail: Value,
}

/// What of a section is to be created, altered, dropped: places in the wanted document, in the
/// present and the wanted one, in the present one.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    pub create: Vec<usize>,
    pub alter: Vec<(usize, usize)>,
    pub drop: Vec<usize>,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.alter.is_empty() && self.drop.is_empty()
    }
}

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

/// Schema and name of a table, as SQL writes them: what is not in double quotes is lower case.
pub fn qualified_name(text: &str) -> Option<(String, String)> {
    let (schema, rest) = identifier(text)?;
    let (name, rest) = identifier(rest.strip_prefix('.')?)?;
    rest.is_empty().then_some((schema, name))
}

/// The identifier that `text` begins with, and the rest.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let is_plain = !name.is_empty() && name.chars().all(plain);
        return is_plain.then(|| (name.to_ascii_lowercase(), rest));
    };
    let mut name = String::new();
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (!name.is_empty()).then_some((name, rest)),
        }
    }
}

/// The elements of a section; of an absent one, none.
pub fn section<T>(section: &Option<Vec<T>>) -> &[T] {
    section.as_deref().unwrap_or_default()
}

impl Document {
    /// Reads a document and finds what is wrong with it by itself.
    pub fn parse(text: &str) -> Result<Document> {
        let deserializer = &mut serde_json::Deserializer::from_str(text);
        let Object(mut document): Object<Document> =
            serde_path_to_error::deserialize(deserializer).map_err(malformed)?;
        document.check_supported()?;
        document.check_names()?;
        document.check_trees()?;
        document.settle();
        Ok(document)
    }

    /// Whether it may change links or shares, or must know that they stay as they are.
    pub fn touches_links(&self) -> bool {
        self.links.is_some()
            || self.shares.is_some()
            || self.users.is_some()
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
        }
    }

    fn check_supported(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::bad_value(format!(
                "{} is not a version of the document that can be imported",
                self.version
            ))
            .at("version")
            .hint(format!("The version is {VERSION}.")));
        }
        Ok(())
    }

    /// Nothing is without a name, and no name is given twice.
    fn check_names(&self) -> Result<()> {
        let (offices, roles) = (section(&self.offices), section(&self.roles));
        unique("offices", "name", offices.iter().map(|o| o.name.as_str()))?;
        unique("roles", "name", roles.iter().map(|r| r.name.as_str()))?;
        for (at, role) in roles.iter().enumerate() {
            let mut profiles = HashSet::new();
            for (n, profile) in role.profiles.iter().enumerate() {
                if !profiles.insert(profile) {
                    return Err(twice(profile).at(&format!("roles[{at}].profiles[{n}]")));
                }
            }
        }
        let users = section(&self.users);
        unique("users", "key", users.iter().map(|u| u.key.as_str()))?;
        let mut db_roles = HashMap::new();
        for (at, user) in users.iter().enumerate() {
            must_be_a_name("users", at, "name", &user.name)?;
            if let Some(db_role) = &user.db_role
                && let Some(other) = db_roles.insert(db_role, &user.key)
            {
                return Err(Error::bad_value(format!(
                    "database role \"{db_role}\" is also that of user \"{other}\""
                ))
                .at(&format!("users[{at}].db_role"))
                .hint("A database role stands for one user."));
            }
            for (n, right) in user.rights.iter().enumerate() {
                if user.rights[..n].contains(right) {
                    return Err(twice(right.label()).at(&format!("users[{at}].rights[{n}]")));
                }
            }
        }
        let groups = section(&self.groups);
        unique("groups", "key", groups.iter().map(|g| g.key.as_str()))?;
        unique("groups", "name", groups.iter().map(|g| g.name.as_str()))?;
        for (at, group) in groups.iter().enumerate() {
            let mut members = HashSet::new();
            for (n, member) in group.members.iter().enumerate() {
                if !members.insert(member) {
                    return Err(
                        twice(&member.to_string()).at(&format!("groups[{at}].members[{n}]"))
                    );
                }
            }
        }
        let profiles = section(&self.profiles);
        unique("profiles", "name", profiles.iter().map(|p| p.name.as_str()))?;
        for (at, profile) in profiles.iter().enumerate() {
            let mut modules = HashSet::new();
            for (n, permission) in profile.permissions.iter().enumerate() {
                if !modules.insert(&permission.module) {
                    let error = match &permission.module {
                        Some(module) => twice(module),
                        None => Error::bad_value("null, for any other module, stands here twice"),
                    };
                    return Err(error.at(&format!("profiles[{at}].permissions[{n}].module")));
                }
            }
        }
        let modules = section(&self.modules);
        unique("modules", "name", modules.iter().map(|m| m.name.as_str()))?;
        self.check_relations()?;
        for (at, rule) in section(&self.rules).iter().enumerate() {
            for (field, party) in [
                ("owned_by", &rule.owned_by),
                ("shared_with", &rule.shared_with),
            ] {
                party
                    .must_be_party()
                    .map_err(|error| error.at(&format!("rules[{at}].{field}")))?;
            }
        }
        let mut links = HashSet::new();
        for (at, link) in section(&self.links).iter().enumerate() {
            let path = format!("links[{at}]");
            if link.from == link.to {
                return Err(Error::not_possible(format!(
                    "user \"{}\" cannot be linked to themselves",
                    link.from
                ))
                .at(&path));
            }
            if !links.insert(link.users()) {
                return Err(Error::bad_value(format!(
                    "the {} stands here twice",
                    link_name(link.users())
                ))
                .at(&path));
            }
        }
        let mut shares = HashSet::new();
        for (at, share) in section(&self.shares).iter().enumerate() {
            let place = || format!("shares[{at}].record");
            record_must_fit(&share.record).map_err(|error| error.at(&place()))?;
            if !shares.insert(share.what()) {
                return Err(Error::bad_value(format!(
                    "the {} stands here twice",
                    share_name(share)
                ))
                .at(&format!("shares[{at}]")));
            }
        }
        Ok(())
    }

    /// A table is one module: to be asked once the tables are written as the database writes them.
    pub fn check_tables(&self) -> Result<()> {
        let modules = section(&self.modules);
        let mut seen = HashSet::new();
        match modules
            .iter()
            .position(|module| !seen.insert(&module.table))
        {
            Some(at) => Err(twice(&modules[at].table).at(&format!("modules[{at}].table"))),
            None => Ok(()),
        }
    }

    /// Nothing is below itself.
    fn check_trees(&self) -> Result<()> {
        let offices = section(&self.offices);
        let nodes = offices
            .iter()
            .map(|o| (o.name.as_str(), o.parent.as_deref()));
        let below = |section, what| Tree {
            section,
            field: "parent",
            what,
            would: "would be below",
        };
        check_tree(&below("offices", "office"), nodes.collect())?;
        let roles = section(&self.roles);
        let nodes = roles.iter().map(|r| (r.name.as_str(), r.parent.as_deref()));
        check_tree(&below("roles", "role"), nodes.collect())?;
        self.check_modules()?;
        check_nesting(section(&self.groups))
    }
}

fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = match error.path().to_string() {
        path if path == "." => "config".to_owned(),
        path => path,
    };
    let message = error.into_inner().to_string();
    // The document is stored as jsonb, which has no lines.
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(text, _)| text);
    Error::bad_value(message).at(&path)
}

fn link_name((from, to): (&str, &str)) -> String {
    format!("link from user \"{from}\" to user \"{to}\"")
}

fn share_name(share: &Share) -> String {
    let Share {
        module,
        record,
        from,
        to,
        ..
    } = share;
    format!("share of record \"{record}\" of \"{module}\" from user \"{from}\" to user \"{to}\"")
}

fn twice(name: &str) -> Error {
    Error::bad_value(format!("\"{name}\" stands here twice"))
}

fn must_be_a_name(section: &str, at: usize, field: &str, value: &str) -> Result<()> {
    let place = || format!("{section}[{at}].{field}");
    if value.is_empty() {
        return Err(Error::bad_value("it cannot be empty").at(&place()));
    }
    must_fit("it", value).map_err(|error| error.at(&place()))
}

fn unique<'a>(section: &str, field: &str, values: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    for (at, value) in values.enumerate() {
        must_be_a_name(section, at, field, value)?;
        if !seen.insert(value) {
            return Err(twice(value).at(&format!("{section}[{at}].{field}")));
        }
    }
    Ok(())
}

/// Things of a section that name others of their kind in a field.
struct Tree {
    section: &'static str,
    field: &'static str,
    what: &'static str,
    /// What something on a cycle would do to itself.
    would: &'static str,
}

fn check_tree(tree: &Tree, nodes: Vec<(&str, Option<&str>)>) -> Result<()> {
    let Tree {
        section,
        field,
        what,
        would,
    } = tree;
    let places: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(n, node)| (node.0, n))
        .collect();
    let mut parents = Vec::with_capacity(nodes.len());
    for (at, (_, parent)) in nodes.iter().enumerate() {
        let parent = parent.map(|parent| {
            let place = places.get(parent).copied();
            place.ok_or_else(|| dangling(what, parent).at(&format!("{section}[{at}].{field}")))
        });
        parents.push(parent.transpose()?);
    }
    let forest = Forest::new(parents.iter().copied().enumerate());
    let Some(mut at) = (0..nodes.len()).find(|&node| forest.subtree(node).is_empty()) else {
        return Ok(());
    };
    // On a cycle or below one: as many steps up as there are nodes end on it.
    for _ in 0..nodes.len() {
        at = parents[at].unwrap_or(at);
    }
    Err(cycle(what, nodes[at].0, would).at(&format!("{section}[{at}].{field}")))
}

fn check_nesting(groups: &[Group]) -> Result<()> {
    let places: HashMap<&str, usize> = groups
        .iter()
        .enumerate()
        .map(|(n, group)| (group.name.as_str(), n))
        .collect();
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; groups.len()];
    for start in 0..groups.len() {
        // A stack of (group, next member to look at): nesting may be deeper than the thread's.
        let mut open = Vec::new();
        if seen[start] == Seen::No {
            seen[start] = Seen::Open;
            open.push((start, 0));
        }
        while let Some((at, member)) = open.pop() {
            let Some(principal) = groups[at].members.get(member) else {
                seen[at] = Seen::Done;
                continue;
            };
            open.push((at, member + 1));
            let Principal::Group(name) = principal else {
                continue;
            };
            let path = || format!("groups[{at}].members[{member}]");
            let Some(&inner) = places.get(name.as_str()) else {
                return Err(dangling("group", name).at(&path()));
            };
            match seen[inner] {
                Seen::No => {
                    seen[inner] = Seen::Open;
                    open.push((inner, 0));
                }
                Seen::Open => {
                    return Err(cycle("group", name, "would be nested in").at(&path()));
                }
                Seen::Done => {}
            }
        }
    }
    Ok(())
}

fn cycle(what: &str, name: &str, would: &str) -> Error {
    Error::bad_value(format!("{what} \"{name}\" {would} itself: that is a cycle"))
}

fn dangling(what: &str, name: &str) -> Error {
    Error::unknown(format!("no {what} \"{name}\"")).hint(format!(
        "It must be in the section \"{what}s\", or exist already where the document has no such section."
    ))
}

impl<'a> Plan<'a> {
    /// Compares, and refuses what would leave a name dangling. With `apply`, rules that are
    /// dropped do not hold what they name; without, both sides tell what is staged alone.
    pub fn new(present: &'a Present, wanted: &'a Document, apply: bool) -> Result<Plan<'a>> {
        let names = Names::new(&present.document, wanted);
        names.check(wanted)?;
        check_record_sharing(&present.document, wanted)?;
        let mut plan = Plan {
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
                Role::is_same,
            ),
            users: diff_by_key(
                &present.document.users,
                &wanted.users,
                |user| user.key.as_str(),
                User::is_same,
            ),
            groups: Diff::default(),
            profiles: diff_by_key(
                &present.document.profiles,
                &wanted.profiles,
                |profile| profile.name.as_str(),
                Profile::is_same,
            ),
            modules: diff_by_key(
                &present.document.modules,
                &wanted.modules,
                |module| module.name.as_str(),
                Module::is_same,
            ),
            relations: diff_by_key(
                &present.document.relations,
                &wanted.relations,
                Relation::what,
                PartialEq::eq,
            ),
            rules: Diff::default(),
            links: diff_by_key(
                &present.document.links,
                &wanted.links,
                Link::users,
                PartialEq::eq,
            ),
            shares: diff_by_key(
                &present.document.shares,
                &wanted.shares,
                Share::what,
                PartialEq::eq,
            ),
            removed_members: Vec::new(),
            added_members: Vec::new(),
            removed_permissions: Vec::new(),
            set_permissions: Vec::new(),
            lost_permissions: Vec::new(),
            removed_profiles: Vec::new(),
            added_profiles: Vec::new(),
            kept_rules: HashMap::new(),
        };
        let renamed = plan.compare_groups();
        plan.compare_profiles();
        plan.compare_assignments();
        plan.compare_rules(&renamed);
        plan.check_links()?;
        plan.drop_shares_of_what_goes();
        plan.drop_relations_of_what_goes();
        let holding = plan.holding_rules();
        plan.must_be_unused(&holding)?;
        plan.check_bonds(&holding)?;
        plan.check_id_space()?;
        Ok(plan)
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
        ]
        .into_iter()
        .all(Diff::is_empty)
    }

    /// Returns what became of the present groups: their wanted names, None for those that go.
    fn compare_groups(&mut self) -> HashMap<&'a str, Option<&'a str>> {
        let present = section(&self.present.document.groups);
        let Some(wanted) = self.wanted.groups.as_deref() else {
            let same = |group: &'a Group| (group.name.as_str(), Some(group.name.as_str()));
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
                || (&before.key, &before.name, &before.office)
                    != (&group.key, &group.name, &group.office)
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
            let Profile {
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
                let gives = (rule.valid(), rule.to_be());
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
            match agreeing
                .get_mut(&(own_says(rule), (rule.valid(), rule.to_be())))
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

    /// A link that is new or becomes another takes two users who can share, or for a request a sender
    /// who can. One that stays as it is may be suspended.
    fn check_links(&self) -> Result<()> {
        let wanted = section(&self.wanted.links);
        let mut places: Vec<usize> = self.links.alter.iter().map(|&(_, at)| at).collect();
        places.extend(&self.links.create);
        places.sort_unstable();
        if places.is_empty() {
            return Ok(());
        }
        let users: HashMap<&str, &User> =
            section(present_or(&self.wanted.users, &self.present.document.users))
                .iter()
                .map(|user| (user.key.as_str(), user))
                .collect();
        for at in places {
            let link = &wanted[at];
            let mut offices = [None, None];
            for ((field, key), office) in [("from", &link.from), ("to", &link.to)]
                .into_iter()
                .zip(&mut offices)
            {
                let path = format!("links[{at}].{field}");
                let user = users
                    .get(key.as_str())
                    .ok_or_else(|| dangling("user", key).at(&path))?;
                // A request waits for a receiver until he has the right.
                let may_lack_right = field == "to" && link.status == LinkStatus::Waiting;
                if !may_lack_right && !user.rights.contains(&Right::RecordSharing) {
                    return Err(Error::not_possible(format!(
                        "user \"{key}\" has not the right record_sharing"
                    ))
                    .at(&path)
                    .hint("Name it among the rights of both users, or leave the link out."));
                }
                if user.office.is_none() {
                    return Err(no_office(key).at(&path));
                }
                *office = user.office.as_deref();
            }
            if let [Some(from), Some(to)] = offices
                && from == to
            {
                return Err(Error::not_possible(format!(
                    "users \"{}\" and \"{}\" are both in office \"{from}\"",
                    link.from, link.to
                ))
                .at(&format!("links[{at}]"))
                .hint("Records are shared between offices. Within one, use rules and groups."));
            }
        }
        Ok(())
    }

    /// Where the document does not speak of shares, those of a link go with it, and those of a
    /// module that gets another table, where the same keys name other records, or that another
    /// module comes to control.
    fn drop_shares_of_what_goes(&mut self) {
        if self.wanted.shares.is_some() {
            return;
        }
        let present = &self.present.document;
        let links = section(&present.links);
        let links: HashSet<_> = self
            .links
            .drop
            .iter()
            .map(|&at| links[at].users())
            .collect();
        let (before, after) = (section(&present.modules), section(&self.wanted.modules));
        let has_others = |old: &Module, new: &Module| {
            old.table != new.table || old.controlled_by.is_none() && new.controlled_by.is_some()
        };
        let modules: HashSet<&str> = self
            .modules
            .alter
            .iter()
            .filter(|&&(old, new)| has_others(&before[old], &after[new]))
            .map(|&(old, _)| before[old].name.as_str())
            .collect();
        let goes = |share: &Share| {
            links.contains(&share.users()) || modules.contains(share.module.as_str())
        };
        self.shares.drop = section(&present.shares)
            .iter()
            .enumerate()
            .filter_map(|(at, share)| goes(share).then_some(at))
            .collect();
    }

    /// The present rules that hold what they name: all of which the document does not speak, and
    /// those that are enforced until their end is applied.
    fn holding_rules(&self) -> Vec<(i64, &'a Rule)> {
        let present = &self.present.document;
        let rules = section(&present.rules).iter().zip(&self.present.rules);
        let mut holding: Vec<(i64, &Rule)> = Vec::new();
        match self.wanted.rules {
            None => holding.extend(rules.map(|(rule, (id, _))| (*id, rule))),
            Some(_) if self.apply => {}
            Some(_) => {
                let rules: Vec<_> = rules.collect();
                let dropped = self.rules.drop.iter().filter_map(|&at| rules.get(at));
                let enforced = dropped.filter(|(_, (_, enforced))| *enforced);
                holding.extend(enforced.map(|(rule, (id, _))| (*id, *rule)));
            }
        }
        if !self.apply {
            holding.extend(self.present.leaving.iter().map(|(id, rule)| (*id, rule)));
        }
        holding
    }

    /// What goes must not be named by what stays (semantics: Errors: 2BP01).
    fn must_be_unused(&self, holding: &[(i64, &'a Rule)]) -> Result<()> {
        let present = &self.present.document;
        let gone = Gone {
            offices: dropped(&self.offices, &present.offices, |office| &office.name),
            roles: dropped(&self.roles, &present.roles, |role| &role.name),
            users: dropped(&self.users, &present.users, |user| &user.key),
            groups: dropped(&self.groups, &present.groups, |group| &group.name),
            profiles: dropped(&self.profiles, &present.profiles, |profile| &profile.name),
            modules: dropped(&self.modules, &present.modules, |module| &module.name),
        };
        let mut uses = Uses::default();
        if self.wanted.roles.is_none() {
            for role in section(&present.roles) {
                for profile in &role.profiles {
                    let by = || format!("role \"{}\"", role.name);
                    uses.of("profile", &gone.profiles, profile, by);
                }
            }
        }
        if self.wanted.users.is_none() {
            for user in section(&present.users) {
                let by = || format!("user \"{}\"", user.key);
                uses.of_option("office", &gone.offices, &user.office, by);
                uses.of_option("role", &gone.roles, &user.role, by);
            }
        }
        if self.wanted.groups.is_none() {
            for group in section(&present.groups) {
                let by = || format!("group \"{}\"", group.name);
                uses.of_option("office", &gone.offices, &group.office, by);
                for member in &group.members {
                    uses.of_principal(&gone, member, by);
                }
            }
        }
        if self.wanted.links.is_none() {
            for link in section(&present.links) {
                let by = || link_name(link.users());
                uses.of("user", &gone.users, &link.from, by);
                uses.of("user", &gone.users, &link.to, by);
            }
        }
        if self.wanted.shares.is_none() {
            let dropped: HashSet<usize> = self.shares.drop.iter().copied().collect();
            for (at, share) in section(&present.shares).iter().enumerate() {
                if !dropped.contains(&at) {
                    let by = || share_name(share);
                    uses.of("module", &gone.modules, &share.module, by);
                }
            }
        }
        for relation in self.untold_relations() {
            uses.of("module", &gone.modules, &relation.parent, || {
                relation.name()
            });
        }
        for (id, rule) in holding {
            let by = || format!("rule {id}");
            if gone.modules.contains(rule.module.as_str()) {
                // Where the document speaks of rules, those of a module go with it.
                if self.wanted.rules.is_none() {
                    uses.of("module", &gone.modules, &rule.module, by);
                }
                continue;
            }
            uses.of_principal(&gone, &rule.owned_by, by);
            uses.of_principal(&gone, &rule.shared_with, by);
        }
        uses.refuse()
    }

    /// Every change, for people to read.
    pub fn changes(&self) -> Vec<Change> {
        let present = &self.present.document;
        let wanted = self.wanted;
        let mut changes = Vec::new();
        let named = |what: &str, name: &str| format!("{what} \"{name}\"");
        describe(
            &mut changes,
            &self.offices,
            &present.offices,
            &wanted.offices,
            |office| named("office", &office.name),
        );
        describe(
            &mut changes,
            &self.roles,
            &present.roles,
            &wanted.roles,
            |role| named("role", &role.name),
        );
        describe(
            &mut changes,
            &self.users,
            &present.users,
            &wanted.users,
            |user| named("user", &user.key),
        );
        describe(
            &mut changes,
            &self.groups,
            &present.groups,
            &wanted.groups,
            |group| named("group", &group.name),
        );
        describe(
            &mut changes,
            &self.profiles,
            &present.profiles,
            &wanted.profiles,
            |profile| named("profile", &profile.name),
        );
        changes.extend(self.lost_permissions.iter().map(|(profile, permission)| {
            let module = permission.module.as_deref().unwrap_or_default();
            Change {
                change: "drop",
                object: format!("permissions of profile \"{profile}\" for \"{module}\""),
                detail: json!({"before": fields(permission)}),
            }
        }));
        describe(
            &mut changes,
            &self.modules,
            &present.modules,
            &wanted.modules,
            |module| named("module", &module.name),
        );
        describe(
            &mut changes,
            &self.relations,
            &present.relations,
            &wanted.relations,
            Relation::name,
        );
        describe(
            &mut changes,
            &self.rules,
            &present.rules,
            &wanted.rules,
            |rule| {
                format!(
                    "rule of \"{}\" from {} to {}",
                    rule.module, rule.owned_by, rule.shared_with
                )
            },
        );
        describe(
            &mut changes,
            &self.links,
            &present.links,
            &wanted.links,
            |link| link_name(link.users()),
        );
        describe(
            &mut changes,
            &self.shares,
            &present.shares,
            &wanted.shares,
            share_name,
        );
        changes
    }
}

impl Module {
    /// A module that is broken stays so by a document that says so, too.
    fn is_same(&self, other: &Module) -> bool {
        let told = |module: &Module| Module {
            broken: None,
            ..module.clone()
        };
        let is_mended = self.broken.is_some() && other.broken.is_none();
        told(self) == told(other) && !is_mended
    }
}

impl Role {
    fn profiles(&self) -> BTreeSet<&str> {
        self.profiles.iter().map(String::as_str).collect()
    }

    fn is_same(&self, other: &Role) -> bool {
        self.parent == other.parent && self.profiles() == other.profiles()
    }
}

impl Profile {
    fn by_module(&self) -> BTreeMap<Option<&str>, &Permission> {
        let rows = self.permissions.iter();
        rows.map(|row| (row.module.as_deref(), row)).collect()
    }

    fn is_same(&self, other: &Profile) -> bool {
        (self.view_all, self.edit_all) == (other.view_all, other.edit_all)
            && self.by_module() == other.by_module()
    }
}

impl User {
    fn rights(&self) -> Rights {
        self.rights.iter().copied().collect()
    }

    fn is_same(&self, other: &User) -> bool {
        let fields = |user: &User| {
            let User {
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

/// Unlike `enable_record_sharing`, a document tells of a state: it changes no office and no other
/// right. It must not tell of one that cannot be.
fn check_record_sharing(present: &Document, wanted: &Document) -> Result<()> {
    let specialists: HashSet<&str> = section(&present.users)
        .iter()
        .filter(|user| user.rights.contains(&Right::RecordSharing))
        .map(|user| user.key.as_str())
        .collect();
    for (at, user) in section(&wanted.users).iter().enumerate() {
        let rights = user.rights();
        if !rights.has(Right::RecordSharing) {
            continue;
        }
        let path = format!("users[{at}].rights");
        if rights.has(Right::SuperUser) || rights.has(Right::EnterpriseView) {
            return Err(Error::not_possible(
                "a user with record_sharing can have neither super_user nor enterprise_view",
            )
            .at(&path));
        }
        // Who has the right may have left his office since.
        if user.office.is_none() && !specialists.contains(user.key.as_str()) {
            return Err(no_office(&user.key).at(&path));
        }
    }
    Ok(())
}

fn no_office(key: &str) -> Error {
    Error::not_possible(format!("user \"{key}\" has no office"))
        .hint("Records are shared between offices: both users have one.")
}

/// A section as it will be: the document's, or else what is there.
fn present_or<'a, T>(
    wanted: &'a Option<Vec<T>>,
    present: &'a Option<Vec<T>>,
) -> &'a Option<Vec<T>> {
    if wanted.is_some() { wanted } else { present }
}

/// What there will be, by name: of each section the document's, or else what is there.
struct Names<'a> {
    offices: HashSet<&'a str>,
    roles: HashSet<&'a str>,
    users: HashSet<&'a str>,
    groups: HashSet<&'a str>,
    profiles: HashSet<&'a str>,
    modules: HashSet<&'a str>,
    links: HashSet<(&'a str, &'a str)>,
}

impl<'a> Names<'a> {
    fn new(present: &'a Document, wanted: &'a Document) -> Names<'a> {
        fn names<'a, T>(
            wanted: &'a Option<Vec<T>>,
            present: &'a Option<Vec<T>>,
            name: impl Fn(&'a T) -> &'a String,
        ) -> HashSet<&'a str> {
            section(present_or(wanted, present))
                .iter()
                .map(|element| name(element).as_str())
                .collect()
        }
        Names {
            offices: names(&wanted.offices, &present.offices, |office| &office.name),
            roles: names(&wanted.roles, &present.roles, |role| &role.name),
            users: names(&wanted.users, &present.users, |user| &user.key),
            groups: names(&wanted.groups, &present.groups, |group| &group.name),
            profiles: names(&wanted.profiles, &present.profiles, |profile| &profile.name),
            modules: names(&wanted.modules, &present.modules, |module| &module.name),
            links: section(present_or(&wanted.links, &present.links))
                .iter()
                .map(Link::users)
                .collect(),
        }
    }

    /// Every name in the document stands for something.
    fn check(&self, wanted: &Document) -> Result<()> {
        let known =
            |what, names: &HashSet<&str>, name: &Option<String>, path: &dyn Fn() -> String| {
                match name {
                    Some(name) if !names.contains(name.as_str()) => {
                        Err(dangling(what, name).at(&path()))
                    }
                    _ => Ok(()),
                }
            };
        for (at, role) in section(&wanted.roles).iter().enumerate() {
            for (n, profile) in role.profiles.iter().enumerate() {
                if !self.profiles.contains(profile.as_str()) {
                    return Err(
                        dangling("profile", profile).at(&format!("roles[{at}].profiles[{n}]"))
                    );
                }
            }
        }
        for (at, profile) in section(&wanted.profiles).iter().enumerate() {
            for (n, permission) in profile.permissions.iter().enumerate() {
                known("module", &self.modules, &permission.module, &|| {
                    format!("profiles[{at}].permissions[{n}].module")
                })?;
            }
        }
        for (at, user) in section(&wanted.users).iter().enumerate() {
            known("role", &self.roles, &user.role, &|| {
                format!("users[{at}].role")
            })?;
            known("office", &self.offices, &user.office, &|| {
                format!("users[{at}].office")
            })?;
        }
        for (at, group) in section(&wanted.groups).iter().enumerate() {
            known("office", &self.offices, &group.office, &|| {
                format!("groups[{at}].office")
            })?;
            for (n, member) in group.members.iter().enumerate() {
                self.check_principal(member, &|| format!("groups[{at}].members[{n}]"))?;
            }
        }
        for (at, relation) in section(&wanted.relations).iter().enumerate() {
            for (field, name) in [("child", &relation.child), ("parent", &relation.parent)] {
                if !self.modules.contains(name.as_str()) {
                    return Err(dangling("module", name).at(&format!("relations[{at}].{field}")));
                }
            }
        }
        for rule in section(&wanted.rules) {
            let at = rule.place;
            if !self.modules.contains(rule.module.as_str()) {
                return Err(dangling("module", &rule.module).at(&format!("rules[{at}].module")));
            }
            self.check_principal(&rule.owned_by, &|| format!("rules[{at}].owned_by"))?;
            self.check_principal(&rule.shared_with, &|| format!("rules[{at}].shared_with"))?;
        }
        for (at, link) in section(&wanted.links).iter().enumerate() {
            self.check_users("links", at, link.users())?;
        }
        for (at, share) in section(&wanted.shares).iter().enumerate() {
            if !self.modules.contains(share.module.as_str()) {
                return Err(dangling("module", &share.module).at(&format!("shares[{at}].module")));
            }
            self.check_users("shares", at, share.users())?;
            if !self.links.contains(&share.users()) {
                return Err(
                    Error::unknown(format!("no {}", link_name(share.users())))
                        .at(&format!("shares[{at}]"))
                        .hint("A record is shared over a link, which must be in the section \"links\", or exist already where the document has no such section."),
                );
            }
        }
        Ok(())
    }

    /// The two users of a link.
    fn check_users(&self, section: &str, at: usize, (from, to): (&str, &str)) -> Result<()> {
        for (field, key) in [("from", from), ("to", to)] {
            if !self.users.contains(key) {
                return Err(dangling("user", key).at(&format!("{section}[{at}].{field}")));
            }
        }
        Ok(())
    }

    fn check_principal(&self, principal: &Principal, path: &dyn Fn() -> String) -> Result<()> {
        let (what, names) = match principal {
            Principal::User(_) => ("user", &self.users),
            Principal::Role(_) | Principal::RoleAndSubordinates(_) => ("role", &self.roles),
            Principal::Group(_) => ("group", &self.groups),
        };
        if names.contains(principal.name()) {
            return Ok(());
        }
        Err(dangling(what, principal.name()).at(&path()))
    }
}

/// What goes, by name.
struct Gone<'a> {
    offices: HashSet<&'a str>,
    roles: HashSet<&'a str>,
    users: HashSet<&'a str>,
    groups: HashSet<&'a str>,
    profiles: HashSet<&'a str>,
    modules: HashSet<&'a str>,
}

/// What is used although it goes: of the first such thing, by what.
#[derive(Default)]
struct Uses<'a> {
    thing: Option<(&'static str, &'a str)>,
    by: Vec<String>,
}

impl<'a> Uses<'a> {
    fn of(
        &mut self,
        what: &'static str,
        gone: &HashSet<&str>,
        name: &'a str,
        by: impl Fn() -> String,
    ) {
        if gone.contains(name) && *self.thing.get_or_insert((what, name)) == (what, name) {
            self.by.push(by());
            self.by.dedup();
        }
    }

    fn of_option(
        &mut self,
        what: &'static str,
        gone: &HashSet<&str>,
        name: &'a Option<String>,
        by: impl Fn() -> String,
    ) {
        if let Some(name) = name {
            self.of(what, gone, name, by);
        }
    }

    fn of_principal(&mut self, gone: &Gone, principal: &'a Principal, by: impl Fn() -> String) {
        match principal {
            Principal::User(key) => self.of("user", &gone.users, key, by),
            Principal::Role(name) | Principal::RoleAndSubordinates(name) => {
                self.of("role", &gone.roles, name, by);
            }
            Principal::Group(name) => self.of("group", &gone.groups, name, by),
        }
    }

    fn refuse(self) -> Result<()> {
        let Some((what, name)) = self.thing else {
            return Ok(());
        };
        Err(Error::still_in_use(what, name, &self.by).at(&format!("{what}s")).hint(
            "The document does not name it, so it would be dropped. A rule that is enforced holds what it names until its end is applied: import with apply => true.",
        ))
    }
}

fn dropped<'a, T>(
    diff: &Diff,
    present: &'a Option<Vec<T>>,
    name: impl Fn(&'a T) -> &'a String,
) -> HashSet<&'a str> {
    let present = section(present);
    diff.drop
        .iter()
        .map(|&at| name(&present[at]).as_str())
        .collect()
}

fn places<'a, T, K: Eq + Hash>(elements: &'a [T], key: impl Fn(&'a T) -> K) -> HashMap<K, usize> {
    elements
        .iter()
        .enumerate()
        .map(|(at, element)| (key(element), at))
        .collect()
}

fn diff_by_key<'a, T, K: Eq + Hash>(
    present: &'a Option<Vec<T>>,
    wanted: &'a Option<Vec<T>>,
    key: impl Fn(&'a T) -> K,
    same: impl Fn(&T, &T) -> bool,
) -> Diff {
    let mut diff = Diff::default();
    let Some(wanted) = wanted.as_deref() else {
        return diff;
    };
    let present = section(present);
    let mut remaining = HashMap::with_capacity(present.len());
    remaining.extend(
        present
            .iter()
            .enumerate()
            .map(|(at, element)| (key(element), at)),
    );
    for (at, element) in wanted.iter().enumerate() {
        match remaining.remove(&key(element)) {
            None => diff.create.push(at),
            Some(before) if !same(&present[before], element) => diff.alter.push((before, at)),
            Some(_) => {}
        }
    }
    diff.drop = remaining.into_values().collect();
    diff.drop.sort_unstable();
    diff
}

fn parts(principal: &Principal) -> (&'static str, &str) {
    (principal.kind(), principal.name())
}

/// A principal of the present configuration in the names of the wanted one; None if it goes.
fn translate<'a>(
    principal: &'a Principal,
    groups: &HashMap<&'a str, Option<&'a str>>,
) -> Option<(&'static str, &'a str)> {
    match principal {
        Principal::Group(name) => Some(("group", groups.get(name.as_str()).copied().flatten()?)),
        _ => Some(parts(principal)),
    }
}

/// Everything of a rule but what it gives: its access and the levels for related records.
type Says<'a> = (
    &'a str,
    (&'static str, &'a str),
    (&'static str, &'a str),
    bool,
);

fn says<'a>(rule: &'a Rule, groups: &HashMap<&'a str, Option<&'a str>>) -> Option<Says<'a>> {
    let owned_by = translate(&rule.owned_by, groups)?;
    let shared_with = translate(&rule.shared_with, groups)?;
    Some((&rule.module, owned_by, shared_with, rule.superiors))
}

fn own_says(rule: &Rule) -> Says<'_> {
    (
        &rule.module,
        parts(&rule.owned_by),
        parts(&rule.shared_with),
        rule.superiors,
    )
}

fn fields(element: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(element) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn describe<T: Serialize>(
    changes: &mut Vec<Change>,
    diff: &Diff,
    present: &Option<Vec<T>>,
    wanted: &Option<Vec<T>>,
    object: impl Fn(&T) -> String,
) {
    let (present, wanted) = (section(present), section(wanted));
    changes.extend(diff.drop.iter().map(|&at| Change {
        change: "drop",
        object: object(&present[at]),
        detail: json!({"before": fields(&present[at])}),
    }));
    changes.extend(diff.alter.iter().map(|&(before, after)| {
        let (mut old, mut new) = (fields(&present[before]), fields(&wanted[after]));
        let names: Vec<String> = old
            .keys()
            .filter(|name| old.get(*name) == new.get(*name))
            .cloned()
            .collect();
        for name in names {
            old.remove(&name);
            new.remove(&name);
        }
        Change {
            change: "alter",
            object: object(&present[before]),
            detail: json!({"before": old, "after": new}),
        }
    }));
    changes.extend(diff.create.iter().map(|&at| Change {
        change: "create",
        object: object(&wanted[at]),
        detail: json!({"after": fields(&wanted[at])}),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Sqlstate;

    pub(super) fn parse(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    pub(super) fn present(text: &str) -> Present {
        let mut document = Document::empty();
        let spoken = parse(text);
        document.offices = spoken.offices.or(document.offices);
        document.roles = spoken.roles.or(document.roles);
        document.users = spoken.users.or(document.users);
        document.groups = spoken.groups.or(document.groups);
        document.profiles = spoken.profiles.or(document.profiles);
        document.modules = spoken.modules.or(document.modules);
        document.relations = spoken.relations.or(document.relations);
        document.rules = spoken.rules.or(document.rules);
        document.links = spoken.links.or(document.links);
        document.shares = spoken.shares.or(document.shares);
        let rules = (1..)
            .zip(section(&document.rules))
            .map(|(id, _)| (id, true))
            .collect();
        let relations = section(&document.relations);
        Present {
            relations: (1..).zip(relations).map(|(id, _)| id).collect(),
            document,
            rules,
            leaving: Vec::new(),
            one_id_space: None,
        }
    }

    pub(super) fn changes(before: &str, after: &str) -> Vec<(&'static str, String)> {
        let (present, wanted) = (present(before), parse(after));
        let plan = Plan::new(&present, &wanted, false).unwrap();
        assert_eq!(plan.is_empty(), plan.changes().is_empty());
        plan.changes()
            .into_iter()
            .map(|change| (change.change, change.object))
            .collect()
    }

    pub(super) fn error(before: &str, after: &str) -> (Sqlstate, String) {
        let present = present(before);
        let error = Document::parse(after)
            .and_then(|wanted| Plan::new(&present, &wanted, false).map(|_| ()))
            .unwrap_err();
        (error.sqlstate, error.message)
    }

    const SMALL: &str = r#"{"version": 1,
        "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss"}],
        "profiles": [{"name": "all"}],
        "users": [{"key": "1", "name": "ann", "role": "rep"}, {"key": "2", "name": "bob"}],
        "groups": [{"key": "g1", "name": "in", "members": ["user:1", "role:rep"]},
                   {"key": "g2", "name": "out", "members": ["group:in"]}],
        "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}],
        "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "group:in", "access": "read_only"},
                  {"module": "leads", "owned_by": "group:out", "shared_with": "role:rep", "access": "read_only"}]}"#;

    #[test]
    fn what_is_the_same_changes_nothing() {
        assert_eq!(changes(SMALL, SMALL), []);
        assert_eq!(changes(SMALL, r#"{"version": 1}"#), []);
        let shuffled = SMALL.replace(r#""user:1", "role:rep""#, r#""role:rep", "user:1""#);
        assert_eq!(changes(SMALL, &shuffled), []);
    }

    #[test]
    fn a_section_becomes_equal() {
        let after = r#"{"version": 1, "users": [{"key": "2", "name": "bea"}, {"key": "3", "name": "cy"}],
                        "groups": [{"key": "g1", "name": "in", "members": ["user:2"]},
                                   {"key": "g2", "name": "out", "members": ["group:in"]}]}"#;
        let expected = [
            ("drop", "user \"1\""),
            ("alter", "user \"2\""),
            ("create", "user \"3\""),
            ("alter", "group \"in\""),
        ];
        assert_eq!(
            changes(SMALL, after),
            expected.map(|(c, o)| (c, o.to_owned()))
        );
    }

    #[test]
    fn renamed_groups_keep_what_names_them() {
        let swapped = SMALL
            .replace(r#""name": "in""#, r#""name": "TMP""#)
            .replace(r#""name": "out""#, r#""name": "in""#)
            .replace(r#""name": "TMP""#, r#""name": "out""#)
            .replace("group:in", "group:TMP")
            .replace("group:out", "group:in")
            .replace("group:TMP", "group:out");
        let (present, wanted) = (present(SMALL), parse(&swapped));
        let plan = Plan::new(&present, &wanted, false).unwrap();
        assert_eq!(plan.groups.alter.len(), 2);
        assert!(plan.rules.is_empty(), "{:?}", plan.rules);
        assert!(plan.added_members.is_empty() && plan.removed_members.is_empty());
    }

    #[test]
    fn a_new_group_with_the_name_of_a_dropped_one_is_another() {
        // g1 takes the name of g2, which goes; g3 is new under the name that g1 had.
        let after = SMALL
            .replace(
                r#""key": "g1", "name": "in""#,
                r#""key": "g3", "name": "in""#,
            )
            .replace(
                r#""key": "g2", "name": "out""#,
                r#""key": "g1", "name": "out""#,
            );
        let (present, wanted) = (present(SMALL), parse(&after));
        let plan = Plan::new(&present, &wanted, true).unwrap();
        assert_eq!(
            (
                plan.groups.create.len(),
                plan.groups.alter.len(),
                plan.groups.drop.len()
            ),
            (1, 1, 1)
        );
        assert_eq!((plan.rules.create.len(), plan.rules.drop.len()), (2, 2));
    }

    #[test]
    fn a_group_with_a_new_key_is_found_by_its_name() {
        let after = SMALL.replace(r#""key": "g1""#, r#""key": "g9""#);
        assert_eq!(
            changes(SMALL, &after),
            [("alter", "group \"in\"".to_owned())]
        );
    }

    #[test]
    fn rules_are_paired_with_those_that_agree_first() {
        let rule = |access| {
            format!(
                r#"{{"module": "leads", "owned_by": "role:rep", "shared_with": "role:boss", "access": "{access}"}}"#
            )
        };
        let with = |rules: &[String]| {
            let start = SMALL.find(r#""rules""#).unwrap();
            format!("{}\"rules\": [{}]}}", &SMALL[..start], rules.join(", "))
        };
        let (read, write) = (rule("read_only"), rule("read_write"));
        let before = with(&[read.clone(), write.clone()]);
        assert_eq!(changes(&before, &with(&[write.clone(), read.clone()])), []);
        let count = |after: &str| {
            changes(&before, after)
                .into_iter()
                .map(|c| c.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(count(&with(&[write.clone(), write.clone()])), ["alter"]);
        assert_eq!(count(&with(std::slice::from_ref(&write))), ["drop"]);
        assert_eq!(count(&with(&[read.clone(), read, write])), ["create"]);
    }

    #[test]
    fn a_rule_that_was_to_go_stays() {
        let mut present = present(SMALL);
        let rules = present.document.rules.as_mut().unwrap();
        present
            .leaving
            .push((present.rules.remove(0).0, rules.remove(0)));
        let wanted = parse(SMALL);
        let plan = Plan::new(&present, &wanted, false).unwrap();
        assert_eq!(plan.kept_rules, HashMap::from([(0, 1)]));
    }

    const PROFILED: &str = r#"{"version": 1,
        "roles": [{"name": "boss"}, {"name": "rep", "profiles": ["read", "write"]}],
        "profiles": [{"name": "read", "view_all": true, "permissions": [
                         {"module": "leads", "view": true, "create": false, "edit": false, "delete": false},
                         {"module": null, "view": false, "create": false, "edit": false, "delete": false}]},
                     {"name": "write"}],
        "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}]}"#;

    #[test]
    fn profiles_become_equal() {
        assert_eq!(changes(PROFILED, PROFILED), []);
        assert_eq!(changes(PROFILED, r#"{"version": 1}"#), []);
        let other_order = PROFILED.replace(r#"["read", "write"]"#, r#"["write", "read"]"#);
        assert_eq!(changes(PROFILED, &other_order), []);

        let after = PROFILED
            .replace(r#"["read", "write"]"#, r#"["read", "new"]"#)
            .replace(r#""name": "write""#, r#""name": "new""#)
            .replace(
                r#""module": null, "view": false"#,
                r#""module": null, "view": true"#,
            );
        let (present, wanted) = (present(PROFILED), parse(&after));
        let plan = Plan::new(&present, &wanted, false).unwrap();
        let names: Vec<_> = plan
            .changes()
            .into_iter()
            .map(|c| (c.change, c.object))
            .collect();
        let expected = [
            ("alter", "role \"rep\""),
            ("drop", "profile \"write\""),
            ("alter", "profile \"read\""),
            ("create", "profile \"new\""),
        ];
        assert_eq!(names, expected.map(|(c, o)| (c, o.to_owned())));
        assert_eq!(plan.removed_profiles, [("rep", "write")]);
        assert_eq!(plan.added_profiles, [("rep", "new")]);
        assert_eq!(plan.removed_permissions, []);
        // Only the row that differs.
        let set: Vec<_> = plan
            .set_permissions
            .iter()
            .map(|(p, row)| (*p, &row.module))
            .collect();
        assert_eq!(set, [("read", &None)]);
    }

    #[test]
    fn permissions_go_with_their_module() {
        let no_modules = r#"{"version": 1, "modules": []}"#;
        let expected = [
            ("drop", "permissions of profile \"read\" for \"leads\""),
            ("drop", "module \"leads\""),
        ];
        assert_eq!(
            changes(PROFILED, no_modules),
            expected.map(|(c, o)| (c, o.to_owned()))
        );
        // Where the document speaks of profiles, it must not speak of the module.
        let dangling = with_section(PROFILED, "modules", "[]");
        let message = "profiles[0].permissions[0].module: no module \"leads\"";
        assert_eq!(
            error(PROFILED, &dangling),
            (Sqlstate::Unknown, message.to_owned())
        );
        let (present, wanted) = (
            present(PROFILED),
            parse(
                r#"{"version": 1, "modules": [], "roles": [], "profiles": [{"name": "read", "view_all": true}]}"#,
            ),
        );
        let plan = Plan::new(&present, &wanted, false).unwrap();
        assert_eq!(plan.lost_permissions, []);
        assert_eq!(
            plan.removed_permissions,
            [("read", None), ("read", Some("leads"))]
        );
    }

    #[test]
    fn a_profile_of_a_role_stays() {
        let (state, message) = error(PROFILED, r#"{"version": 1, "profiles": []}"#);
        assert_eq!(state, Sqlstate::InUse);
        assert_eq!(message, "profiles: profile \"read\" is still in use");
        let both = r#"{"version": 1, "profiles": [], "roles": [{"name": "rep"}]}"#;
        let count = changes(PROFILED, both).len();
        // One role altered, the other dropped, two profiles dropped.
        assert_eq!(count, 4);
    }

    #[test]
    fn what_is_named_stays() {
        let (state, message) = error(SMALL, r#"{"version": 1, "roles": [{"name": "boss"}]}"#);
        assert_eq!(state, Sqlstate::InUse);
        assert_eq!(message, "roles: role \"rep\" is still in use");
        // A rule that is enforced holds its role until it ends.
        let without_rep = r#"{"version": 1, "roles": [], "users": [], "groups": [], "rules": []}"#;
        assert_eq!(error(SMALL, without_rep).0, Sqlstate::InUse);
        let (present, wanted) = (present(SMALL), parse(without_rep));
        assert!(Plan::new(&present, &wanted, true).is_ok());
    }

    #[test]
    fn errors_name_their_path() {
        let cases = [
            (
                r#"[]"#,
                "config: invalid type: sequence, expected an object",
            ),
            (r#"{}"#, "config: missing field `version`"),
            (
                r#"{"version": 2}"#,
                "version: 2 is not a version of the document that can be imported",
            ),
            (r#"{"version": 1, "user": []}"#, "user: unknown field"),
            (
                r#"{"version": 1, "users": null}"#,
                "users: invalid type: null",
            ),
            (
                r#"{"version": 1, "users": [["1", "x"]]}"#,
                "users[0]: invalid type: sequence, expected an object",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1"}]}"#,
                "users[0]: missing field `name`",
            ),
            (
                r#"{"version": 1, "users": [{"key": 1, "name": "x"}]}"#,
                "users[0].key: invalid type: integer `1`, expected a string",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": "x", "rols": "y"}]}"#,
                "users[0].rols: unknown field `rols`",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["boss"]}]}"#,
                "users[0].rights[0]: unknown variant `boss`",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": ""}]}"#,
                "users[0].name: it cannot be empty",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "1", "name": "y"}]}"#,
                "users[1].key: \"1\" stands here twice",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": "x", "role": "Reps"}]}"#,
                "users[0].role: no role \"Reps\"",
            ),
            (
                r#"{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["record_sharing"]}]}"#,
                "users[0].rights: user \"1\" has no office",
            ),
            (
                r#"{"version": 1, "links": [{"from": "1", "to": "2"}]}"#,
                "links[0]: missing field `status`",
            ),
            (
                r#"{"version": 1, "links": [{"from": "1", "to": "2", "status": "suspended"}]}"#,
                "links[0].status: unknown variant `suspended`",
            ),
            (
                r#"{"version": 1, "links": [{"from": "1", "to": "9", "status": "active"}]}"#,
                "links[0].to: no user \"9\"",
            ),
            (
                r#"{"version": 1, "shares": [{"module": "leads", "record": "1", "from": "1", "to": "2", "access": "full"}]}"#,
                "shares[0].access: unknown variant `full`",
            ),
            (
                r#"{"version": 1, "shares": [{"module": "leads", "record": "1", "from": "1", "to": "2", "access": "read"}]}"#,
                "shares[0]: no link from user \"1\" to user \"2\"",
            ),
            (
                r#"{"version": 1, "roles": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "c"}, {"name": "c", "parent": "b"}]}"#,
                ".parent: role \"",
            ),
            (
                r#"{"version": 1, "roles": [{"name": "a", "parent": "b"}]}"#,
                "roles[0].parent: no role \"b\"",
            ),
            (
                r#"{"version": 1, "roles": [{"name": "a"}, {"name": "b", "profiles": ["all", "p"]}]}"#,
                "roles[1].profiles[1]: no profile \"p\"",
            ),
            (
                r#"{"version": 1, "roles": [{"name": "a", "profiles": ["all", "all"]}]}"#,
                "roles[0].profiles[1]: \"all\" stands here twice",
            ),
            (
                r#"{"version": 1, "roles": [{"name": "a", "profiles": null}]}"#,
                "roles[0].profiles: invalid type: null",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": ""}]}"#,
                "profiles[0].name: it cannot be empty",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p"}, {"name": "p"}]}"#,
                "profiles[1].name: \"p\" stands here twice",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "view": true}]}"#,
                "profiles[0].view: unknown field `view`",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [[null, true, true, true, true]]}]}"#,
                "profiles[0].permissions[0]: invalid type: sequence, expected an object",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"view": true, "create": true, "edit": true, "delete": true}]}]}"#,
                "profiles[0].permissions[0]: missing field `module`",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"module": null, "view": true, "create": true, "edit": true}]}]}"#,
                "profiles[0].permissions[0]: missing field `delete`",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [{"module": "m", "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
                "profiles[0].permissions[0].module: no module \"m\"",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [
                    {"module": null, "view": true, "create": true, "edit": true, "delete": true},
                    {"module": null, "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
                "profiles[0].permissions[1].module: null, for any other module, stands here twice",
            ),
            (
                r#"{"version": 1, "profiles": [{"name": "p", "permissions": [
                    {"module": "leads", "view": true, "create": true, "edit": true, "delete": true},
                    {"module": "leads", "view": true, "create": true, "edit": true, "delete": true}]}]}"#,
                "profiles[0].permissions[1].module: \"leads\" stands here twice",
            ),
            (
                r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["group:h"]}, {"key": "h", "name": "h", "members": ["group:g"]}]}"#,
                "groups[1].members[0]: group \"g\" would be nested in itself",
            ),
            (
                r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["boss"]}]}"#,
                "groups[0].members[0]: \"boss\" is not a principal",
            ),
            (
                r#"{"version": 1, "groups": [{"key": "g", "name": "g", "members": ["user:9"]}]}"#,
                "groups[0].members[0]: no user \"9\"",
            ),
            (
                r#"{"version": 1, "modules": [{"name": "m", "table": "a.b", "follows": "leads"}]}"#,
                "modules[0].follows: no module \"leads\"",
            ),
            (
                r#"{"version": 1, "rules": [{"module": "m", "owned_by": "role:rep", "shared_with": "role:rep", "access": "read_only"}]}"#,
                "rules[0].module: no module \"m\"",
            ),
            (
                r#"{"version": 1, "rules": [{"module": "leads", "owned_by": "user:1", "shared_with": "role:rep", "access": "read_only"}]}"#,
                "rules[0].owned_by: a rule cannot be from or to a single user",
            ),
            (
                r#"{"version": 1, "rules": [{"module": "leads", "owned_by": "role:rep", "shared_with": "role:rep", "access": "full"}]}"#,
                "rules[0].access: unknown variant `full`",
            ),
        ];
        for (document, expected) in cases {
            let (state, message) = error(SMALL, document);
            assert!(message.contains(expected), "{document}: {message}");
            assert_eq!(
                state == Sqlstate::Unknown,
                message.contains(": no "),
                "{message}"
            );
        }
    }

    const LINKED: &str = r#"{"version": 1,
        "offices": [{"name": "east"}, {"name": "west"}],
        "users": [{"key": "1", "name": "ann", "office": "east", "rights": ["record_sharing"]},
                  {"key": "2", "name": "liz", "office": "west", "rights": ["record_sharing"]},
                  {"key": "3", "name": "leo", "office": "west"}],
        "groups": [],
        "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}],
        "links": [{"from": "1", "to": "2", "status": "active"}, {"from": "2", "to": "1", "status": "waiting"}],
        "shares": [{"module": "leads", "record": "7", "from": "1", "to": "2", "access": "read"},
                   {"module": "leads", "record": "8", "from": "1", "to": "2", "access": "edit"}]}"#;

    pub(super) fn with_section(document: &str, section: &str, text: &str) -> String {
        let mut document: Value = serde_json::from_str(document).unwrap();
        document[section] = serde_json::from_str(text).unwrap();
        document.to_string()
    }

    #[test]
    fn links_and_shares_become_equal() {
        assert_eq!(changes(LINKED, LINKED), []);
        assert_eq!(changes(r#"{"version": 1}"#, LINKED).len(), 10);
        let after = r#"{"version": 1, "links": [{"from": "1", "to": "2", "status": "waiting"}],
            "shares": [{"module": "leads", "record": "9", "from": "1", "to": "2", "access": "read"},
                       {"module": "leads", "record": "7", "from": "1", "to": "2", "access": "edit"}]}"#;
        let share = |record| {
            format!("share of record \"{record}\" of \"leads\" from user \"1\" to user \"2\"")
        };
        let expected = [
            ("drop", "link from user \"2\" to user \"1\"".to_owned()),
            ("alter", "link from user \"1\" to user \"2\"".to_owned()),
            ("drop", share(8)),
            ("alter", share(7)),
            ("create", share(9)),
        ];
        assert_eq!(changes(LINKED, after), expected);
        // The shares of a link go with it, also where nothing is said of shares.
        let dropped = changes(LINKED, r#"{"version": 1, "links": []}"#);
        assert_eq!(dropped.len(), 4);
        assert!(dropped.iter().all(|(change, _)| *change == "drop"));
        assert_eq!(
            error(LINKED, &with_section(LINKED, "links", "[]")),
            (
                Sqlstate::Unknown,
                "shares[0]: no link from user \"1\" to user \"2\"".to_owned()
            )
        );
    }

    #[test]
    fn people_may_have_the_same_name() {
        let twins =
            r#"{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "2", "name": "x"}]}"#;
        assert_eq!(changes(r#"{"version": 1}"#, twins).len(), 2);
        assert_eq!(changes(twins, twins), []);
    }

    #[test]
    fn a_request_may_wait_for_the_right_of_its_receiver() {
        let request = r#"[{"from": "1", "to": "3", "status": "waiting"}]"#;
        let asked = with_section(&with_section(LINKED, "shares", "[]"), "links", request);
        let empty = r#"{"version": 1}"#;
        assert!(
            changes(empty, &asked)
                .iter()
                .any(|(_, what)| what.starts_with("link "))
        );
        assert_eq!(
            error(empty, &asked.replace("waiting", "active")),
            (
                Sqlstate::NotPossible,
                "links[0].to: user \"3\" has not the right record_sharing".to_owned()
            )
        );
    }

    #[test]
    fn shares_stay_with_their_table() {
        let module = |name, table| {
            format!(
                r#"{{"version": 1, "modules": [{{"name": "{name}", "table": "{table}", "owner": "owner"}}]}}"#
            )
        };
        let moved = changes(LINKED, &module("leads", "public.other"));
        let names: Vec<_> = moved.iter().map(|(change, _)| *change).collect();
        assert_eq!(names, ["alter", "drop", "drop"]);
        let (state, message) = error(LINKED, &module("others", "public.leads"));
        assert_eq!(state, Sqlstate::InUse);
        assert_eq!(message, "modules: module \"leads\" is still in use");
    }

    #[test]
    fn what_is_suspended_stays() {
        let after = LINKED
            .replacen(r#""rights": ["record_sharing"]"#, r#""rights": []"#, 1)
            .replacen(r#""office": "west""#, r#""office": "east""#, 1);
        let both = ["alter", "alter"].map(|change| change.to_owned());
        let names: Vec<_> = changes(LINKED, &after).into_iter().map(|c| c.0).collect();
        assert_eq!(names, both);
        assert_eq!(changes(&after, &after), []);
        // But it does not become another, and none comes into being.
        let accepted = after.replace("waiting", "active");
        assert_eq!(
            error(&after, &accepted),
            (
                Sqlstate::NotPossible,
                "links[1].to: user \"1\" has not the right record_sharing".to_owned()
            )
        );
    }

    #[test]
    fn new_links_take_two_who_can_share() {
        let link = |from: &str, to: &str| {
            let text = format!(r#"[{{"from": "{from}", "to": "{to}", "status": "waiting"}}]"#);
            let unlinked = r#"{"version": 1, "offices": [{"name": "east"}, {"name": "west"}]}"#;
            let document = with_section(LINKED, "shares", "[]");
            error(unlinked, &with_section(&document, "links", &text))
        };
        let not_possible = |message: &str| (Sqlstate::NotPossible, message.to_owned());
        assert_eq!(
            link("1", "1"),
            not_possible("links[0]: user \"1\" cannot be linked to themselves")
        );
        assert_eq!(
            link("3", "1"),
            not_possible("links[0].from: user \"3\" has not the right record_sharing")
        );
        let together = LINKED.replace(r#""west""#, r#""east""#);
        let together = with_section(&together, "offices", r#"[{"name": "east"}]"#);
        assert_eq!(
            error(r#"{"version": 1}"#, &together),
            not_possible("links[0]: users \"1\" and \"2\" are both in office \"east\"")
        );
        for (section, element) in [
            ("links", r#"{"from": "1", "to": "2", "status": "active"}"#),
            (
                "shares",
                r#"{"module": "leads", "record": "7", "from": "1", "to": "2", "access": "read"}"#,
            ),
        ] {
            let twice = with_section(LINKED, section, &format!("[{element}, {element}]"));
            let (state, message) = error(LINKED, &twice);
            assert_eq!(state, Sqlstate::BadValue);
            assert!(
                message.starts_with(&format!("{section}[1]: the ")),
                "{message}"
            );
        }
        let (state, message) = error(LINKED, r#"{"version": 1, "users": []}"#);
        assert_eq!(
            (state, message.as_str()),
            (Sqlstate::InUse, "users: user \"1\" is still in use")
        );
    }

    #[test]
    fn table_names_are_read_as_in_sql() {
        let name = |schema: &str, name: &str| Some((schema.to_owned(), name.to_owned()));
        assert_eq!(qualified_name("Public.Leads"), name("public", "leads"));
        assert_eq!(
            qualified_name(r#""My ""S"""."a.b""#),
            name("My \"S\"", "a.b")
        );
        for text in [
            "", "leads", "a.b.c", "a.", ".b", "\"a.b", "a b.c", "\"\".x", "a.b\"c\"",
        ] {
            assert_eq!(qualified_name(text), None, "{text}");
        }
    }
}
