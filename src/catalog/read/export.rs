//! The present configuration as the document of docs/semantics.md (Configuration as one document).

use crate::catalog::read::configuration::{AllCriteria, Configuration, Owners, configuration_at};
use crate::catalog::read::expectations::expectations;
use crate::catalog::read::export_grants::grant_entries;
use crate::catalog::read::export_organization::{
    ends_of_members, groups, offices, profiles, roles, users,
};
use crate::catalog::read::labels::name_of_db_role;
use crate::catalog::read::links::{all_links, all_shares};
use crate::catalog::read::organization::{Names, Rules, names};
use crate::catalog::read::people::{People, Person};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::read::trust::{Trust, trusted_roles};
use crate::core::document::{
    Document, ExpectationEntry, LinkEntry, ModuleEntry, Present, RelationEntry, RuleEntry,
    SearchName, ShareEntry, SourceEntry, TrustedEntry, WhenEntry, section,
};
use crate::core::org::{Control, ModuleId, Org, Party, Relation, RelationId, RuleId};
use crate::core::time::Moment;
use crate::core::{GlobalAccess, Principal, Result, org};
use crate::pg::clock;
use crate::pg::clock::Time;
use crate::pg::names::qualified_name;
use pgrx::pg_sys;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The names of the columns that make a table a module.
#[derive(Debug, Default)]
pub struct ModuleColumns {
    pub owner: Option<String>,
    pub owner_group: Option<String>,
    /// Of a module that another controls: what holds the key of the parent record.
    pub via: Option<String>,
}

/// The names of the columns of a relation.
#[derive(Debug, Default)]
pub struct RelationColumns {
    pub via: String,
    /// A column and its value.
    pub when: Option<(String, String)>,
}

/// What is valid, and beside it what is staged. `columns` tells the columns of a table,
/// `relation_columns` those of a relation of a table; where nobody asks for modules or relations,
/// they need not.
pub fn present(
    snapshot: &Snapshot,
    columns: impl Fn(pg_sys::Oid, Owners) -> Result<ModuleColumns>,
    relation_columns: impl Fn(pg_sys::Oid, RelationId) -> Result<RelationColumns>,
) -> Result<Present> {
    let people = People::open()?.everybody(snapshot)?;
    present_with(people, clock::now(), snapshot, columns, relation_columns)
}

/// The same for these people alone: without anybody, what concerns them is left out, too, such as links. Without the
/// rules that have ended by a time.
pub fn present_with(
    people: Vec<Person>,
    at: Time,
    snapshot: &Snapshot,
    columns: impl Fn(pg_sys::Oid, Owners) -> Result<ModuleColumns>,
    relation_columns: impl Fn(pg_sys::Oid, RelationId) -> Result<RelationColumns>,
) -> Result<Present> {
    let staged = configuration_at(snapshot, Rules::Staged, at)?;
    let enforced = configuration_at(snapshot, Rules::Enforced, at)?.org;
    let criteria = &staged.criteria;
    let org = &staged.org;
    let names = names(snapshot)?;
    let ends = ends_of_members(snapshot)?;

    let mut document = Document::empty();
    document.offices = Some(offices(org, &names));
    document.roles = Some(roles(org, &names));
    document.groups = Some(groups(org, &names, &people, &ends));
    document.profiles = Some(profiles(org, &names));
    document.modules = Some(modules(&staged, &enforced, columns)?);
    let (mut stored_relations, untold) = relations(&staged, &enforced, relation_columns)?;
    for module in document.modules.iter_mut().flatten() {
        if let Some(why) = untold.get(&module.name) {
            module.broken.get_or_insert_with(|| why.clone());
        }
    }
    stored_relations.sort_by_cached_key(|(relation, _)| {
        let RelationEntry {
            child, via, parent, ..
        } = relation.clone();
        (child, parent, via)
    });
    let (relations, relation_numbers) = stored_relations.into_iter().unzip();
    document.relations = Some(relations);
    let (links, shares) = links_and_shares(org, &people, snapshot);
    document.links = Some(links);
    document.shares = Some(shares);
    document.grants = Some(grant_entries(org, &people, &names, snapshot));
    document.expectations = Some(expectation_entries(org, &people, snapshot)?);
    document.search = Some(search_names(&staged, snapshot));
    document.sources = Some(source_entries(snapshot));
    document.trusted = Some(trusted_entries(snapshot)?);
    document.users = Some(users(people, &names));
    document.tell_suspended_links();
    sort_sections(&mut document);
    let (rules, numbers) = rules(org, &enforced, &names, criteria, &document);
    document.rules = Some(rules);
    let known = known_modules(&document);
    forget_unknown(&mut document, &known);
    let kept = section(&document.rules).iter().map(|rule| rule.place);
    let numbers = kept.filter_map(|at| numbers.get(at).copied()).collect();
    Ok(Present {
        document,
        rules: numbers,
        relations: relation_numbers,
        leaving: Vec::new(),
        one_id_space: one_id_space(&staged),
    })
}

/// Everything but relations and rules, which have orders of their own.
fn sort_sections(document: &mut Document) {
    let sections = (
        &mut document.offices,
        &mut document.roles,
        &mut document.users,
    );
    sort(sections.0, |office| office.name.clone());
    sort(sections.1, |role| role.name.clone());
    sort(sections.2, |user| user.key.clone());
    sort(&mut document.groups, |group| group.key.clone());
    sort(&mut document.profiles, |profile| profile.name.clone());
    sort(&mut document.modules, |module| module.name.clone());
    sort(&mut document.links, |link| {
        (link.from.clone(), link.to.clone())
    });
    sort(&mut document.expectations, |expectation| {
        let ExpectationEntry {
            user,
            module,
            record,
            ..
        } = expectation.clone();
        (module, record, user)
    });
    sort(&mut document.search, |search| {
        (search.kind, search.name.clone())
    });
    sort(&mut document.sources, |source| {
        (source.kind, source.table.clone())
    });
    sort(&mut document.trusted, |trusted| trusted.db_role.clone());
    sort(&mut document.shares, |share| {
        let ShareEntry {
            module,
            record,
            from,
            to,
            ..
        } = share.clone();
        (module, from, to, record)
    });
}

/// What is valid and what is staged, rule by rule; with the number of each, and whether it is valid.
fn rules(
    org: &Org,
    enforced: &Org,
    names: &Names,
    criteria: &AllCriteria,
    document: &Document,
) -> (Vec<RuleEntry>, Vec<(i64, bool)>) {
    // Rules name levels for children that are told.
    let told = section(&document.relations).iter();
    let children: BTreeSet<String> = told.map(|relation| relation.child.clone()).collect();
    let mut rules = Vec::new();
    let mut numbers = Vec::new();
    let by_number = |org: &Org| -> BTreeMap<RuleId, RuleEntry> {
        let told = org
            .rules
            .iter()
            .filter_map(|stored| Some((stored.id, rule(org, names, criteria, stored)?)))
            .map(|(id, mut rule)| {
                rule.related.retain(|child, _| children.contains(child));
                (id, rule)
            });
        told.collect()
    };
    let (mut valid, mut to_be) = (by_number(enforced), by_number(org));
    let all: BTreeSet<RuleId> = valid.keys().chain(to_be.keys()).copied().collect();
    for id in all {
        let (valid, to_be) = (valid.remove(&id), to_be.remove(&id));
        let is_valid = valid.is_some();
        if let Some(mut rule) = RuleEntry::between(valid, to_be) {
            rule.place = rules.len();
            rules.push(rule);
            numbers.push((id.0, is_valid));
        }
    }
    (rules, numbers)
}

fn known_modules(document: &Document) -> BTreeSet<String> {
    let modules = section(&document.modules).iter();
    modules.map(|module| module.name.clone()).collect()
}

/// A module whose table was dropped while nobody was told goes with the next change: nothing speaks of it.
fn forget_unknown(document: &mut Document, known: &BTreeSet<String>) {
    for module in document.modules.iter_mut().flatten() {
        module.follows = module.follows.take().filter(|name| known.contains(name));
    }
    for profile in document.profiles.iter_mut().flatten() {
        let permissions = &mut profile.permissions;
        permissions.retain(|row| row.module.as_ref().is_none_or(|name| known.contains(name)));
    }
    if let Some(rules) = &mut document.rules {
        rules.retain(|rule| known.contains(&rule.module));
    }
    if let Some(shares) = &mut document.shares {
        shares.retain(|share| known.contains(&share.module));
    }
    if let Some(grants) = &mut document.grants {
        grants.retain(|grant| known.contains(&grant.module));
    }
    if let Some(expectations) = &mut document.expectations {
        expectations.retain(|expectation| known.contains(&expectation.module));
    }
}

/// Those whose table is gone are told of by no name.
fn source_entries(snapshot: &Snapshot) -> Vec<SourceEntry> {
    let entry = |source: TableSource| {
        let table = qualified_name(source.relation)?;
        Some(SourceEntry::new(source.kind, table, &source.columns))
    };
    sources(snapshot).into_iter().filter_map(entry).collect()
}

/// Those that are there: one that was dropped is trusted no more.
fn trusted_entries(snapshot: &Snapshot) -> Result<Vec<TrustedEntry>> {
    let entry = |(role, trust): (pg_sys::Oid, Trust)| {
        let name = name_of_db_role(role)?;
        Some(match trust {
            Trust::UserKey => TrustedEntry::new(name, None),
            Trust::Setting(source) => TrustedEntry::new(name, Some(&source)),
        })
    };
    let roles = trusted_roles(snapshot)?.into_iter();
    Ok(roles.filter_map(entry).collect())
}

/// Those that are still what was named: the others count as not named.
fn search_names(configuration: &Configuration, snapshot: &Snapshot) -> Vec<SearchName> {
    let names = configuration.search.valid(snapshot).into_iter();
    names
        .map(|(kind, name)| SearchName { kind, name })
        .collect()
}

/// The first of the modules with one column for users and groups, by name.
fn one_id_space(configuration: &Configuration) -> Option<String> {
    let tables = configuration.tables.values();
    let modules = tables.filter(|table| table.owners == Owners::UserOrGroup);
    let names = modules.filter_map(|table| configuration.org.modules.get(&table.module));
    names.map(|module| module.name.clone()).min()
}

fn sort<T, K: Ord>(section: &mut Option<Vec<T>>, key: impl Fn(&T) -> K) {
    if let Some(section) = section {
        section.sort_by_cached_key(key);
    }
}

fn modules(
    configuration: &Configuration,
    enforced: &Org,
    columns: impl Fn(pg_sys::Oid, Owners) -> Result<ModuleColumns>,
) -> Result<Vec<ModuleEntry>> {
    let module_name = |id| module_name(&configuration.org, id);
    let mut modules = Vec::new();
    for table in configuration.tables.values() {
        let Some(module) = configuration.org.modules.get(&table.module) else {
            continue;
        };
        // A table that is being dropped has no name any more.
        let Some(name) = qualified_name(table.relation) else {
            continue;
        };
        // What one table no longer says must keep nobody from hearing of the others.
        let (told, broken) = match columns(table.relation, table.owners) {
            Ok(told) => (told, None),
            Err(error) => (ModuleColumns::default(), Some(error.message)),
        };
        let ModuleColumns {
            owner,
            owner_group,
            via,
        } = told;
        let controlled_by = match module.control {
            Control::Owner => None,
            Control::Parent(parent) => module_name(parent),
        };
        let follows = module.follows.and_then(module_name);
        let has_owner = controlled_by.is_none();
        let valid = enforced.modules.get(&table.module);
        // Where that of another module holds, its own has no meaning.
        let global_access = |module: Option<&org::Module>| {
            let own = module.filter(|_| has_owner && follows.is_none());
            own.map_or_else(GlobalAccess::default, |module| module.global_access)
        };
        modules.push(ModuleEntry {
            name: module.name.clone(),
            table: name,
            owner,
            owner_group,
            hierarchy: module.hierarchy || !has_owner,
            default_owner: table.default_owner && has_owner,
            grants: module.grants || !has_owner,
            global_access: global_access(valid),
            staged: Some(global_access(Some(module)))
                .filter(|&staged| staged != global_access(valid)),
            broken,
            follows,
            controlled_by,
            via,
        });
    }
    Ok(modules)
}

/// Modules of which something cannot be told, with why.
type Untold = HashMap<String, String>;

/// The relations with their numbers, and the children of which one cannot be told, with why.
fn relations(
    configuration: &Configuration,
    enforced: &Org,
    columns: impl Fn(pg_sys::Oid, RelationId) -> Result<RelationColumns>,
) -> Result<(Vec<(RelationEntry, i32)>, Untold)> {
    let org = &configuration.org;
    let tables: HashMap<ModuleId, pg_sys::Oid> = configuration
        .tables
        .values()
        .map(|table| (table.module, table.relation))
        .collect();
    let valid: HashMap<RelationId, &Relation> = enforced
        .relations
        .iter()
        .map(|relation| (relation.id, relation))
        .collect();
    let mut relations = Vec::new();
    let mut untold = Untold::new();
    for relation in &org.relations {
        let names = module_name(org, relation.child).zip(module_name(org, relation.parent));
        let (Some((child, parent)), Some(&table)) = (names, tables.get(&relation.child)) else {
            continue;
        };
        let parents_table = tables.get(&relation.parent).copied();
        if parents_table.and_then(qualified_name).is_none() {
            continue;
        }
        // One whose column is gone carries nothing, and cannot be told.
        let told = qualified_name(table).map(|_| columns(table, relation.id));
        let RelationColumns { via, when } = match told {
            Some(Ok(told)) => told,
            Some(Err(error)) => {
                untold.insert(child, error.message);
                continue;
            }
            None => continue,
        };
        let Some(valid) = valid.get(&relation.id) else {
            continue;
        };
        let staged_with_parent = relation.with_parent;
        let told = RelationEntry {
            child,
            via,
            parent,
            when: when.map(|(column, value)| WhenEntry { column, value }),
            with_shares: relation.with_shares,
            with_parent: valid.with_parent,
            staged_with_parent: (staged_with_parent != valid.with_parent)
                .then_some(staged_with_parent),
            staged: !valid.applied,
            shares_staged: relation.with_shares && !valid.with_shares,
        };
        relations.push((told, relation.id.0));
    }
    Ok((relations, untold))
}

fn rule(org: &Org, names: &Names, criteria: &AllCriteria, rule: &org::Rule) -> Option<RuleEntry> {
    let party = |party| match party {
        Party::Role(id) => names.role(id).map(Principal::Role),
        Party::RoleAndSubordinates(id) => names.role(id).map(Principal::RoleAndSubordinates),
        Party::Group(id) => names.group(id).map(Principal::Group),
    };
    Some(RuleEntry {
        module: module_name(org, rule.module)?,
        owned_by: match rule.owned_by {
            None => None,
            Some(owned_by) => Some(party(owned_by)?),
        },
        shared_with: party(rule.shared_with)?,
        criteria: match rule.criteria {
            None => None,
            Some(id) => Some(criteria.get(&id)?.criteria.clone()),
        },
        access: rule.access,
        related: rule
            .related
            .iter()
            .filter_map(|&(child, level)| Some((module_name(org, child)?, level)))
            .collect(),
        superiors: rule.superiors,
        until: rule.until.map(Moment),
        staged: None,
        place: 0,
    })
}

fn links_and_shares(
    org: &Org,
    people: &[Person],
    snapshot: &Snapshot,
) -> (Vec<LinkEntry>, Vec<ShareEntry>) {
    let stored = all_links(snapshot);
    if stored.is_empty() {
        return Default::default();
    }
    let keys: HashMap<_, &str> = people
        .iter()
        .map(|person| (person.user.id, person.key.as_str()))
        .collect();
    let links: HashMap<i64, LinkEntry> = stored
        .into_iter()
        .filter_map(|stored| {
            let link = LinkEntry {
                from: (*keys.get(&stored.from)?).to_owned(),
                to: (*keys.get(&stored.to)?).to_owned(),
                status: stored.status,
                until: stored.until.map(Moment),
                suspended: false,
            };
            Some((stored.id, link))
        })
        .collect();
    let shares = all_shares(snapshot)
        .into_iter()
        .filter_map(|stored| {
            let link = links.get(&stored.link)?;
            Some(ShareEntry {
                module: org.modules.get(&stored.module)?.name.clone(),
                record: stored.record,
                from: link.from.clone(),
                to: link.to.clone(),
                access: stored.access,
                until: stored.until.map(Moment),
            })
        })
        .collect();
    (links.into_values().collect(), shares)
}

fn expectation_entries(
    org: &Org,
    people: &[Person],
    snapshot: &Snapshot,
) -> Result<Vec<ExpectationEntry>> {
    let stored = expectations(snapshot)?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let keys: HashMap<_, &str> = people
        .iter()
        .map(|person| (person.user.id, person.key.as_str()))
        .collect();
    let entries = stored.into_iter().filter_map(|stored| {
        Some(ExpectationEntry {
            user: (*keys.get(&stored.user)?).to_owned(),
            module: module_name(org, stored.module)?,
            record: stored.record,
            access: stored.expected.access(),
            exactly: stored.expected.exactly(),
        })
    });
    Ok(entries.collect())
}

fn module_name(org: &Org, id: ModuleId) -> Option<String> {
    org.modules.get(&id).map(|module| module.name.clone())
}
