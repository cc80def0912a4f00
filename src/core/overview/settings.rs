//! What holds for modules, rules and relations.

use crate::core::access::{Level, RelatedAccess, RuleAccess};
use crate::core::criteria::Criteria;
use crate::core::document::{
    AccessGiven, Document, ModuleEntry, Present, RelationEntry, RuleEntry, StagedRule, section,
};
use crate::core::time::Moment;
use std::collections::{BTreeMap, HashMap};

/// Of a module that another controls, what its parent decides is None.
#[derive(Debug, PartialEq)]
pub struct ModuleOverview {
    pub module: String,
    pub table: String,
    pub owner: Option<String>,
    pub owner_group: Option<String>,
    pub controlled_by: Option<String>,
    pub via: Option<String>,
    pub follows: Option<String>,
    pub hierarchy: Option<bool>,
    pub default_owner: Option<bool>,
    /// Whether single records can be given to people.
    pub grants: Option<bool>,
    /// That of the module that it follows, if it does; so are the rules.
    pub global_access: Option<&'static str>,
    /// Where that is another.
    pub staged_global_access: Option<&'static str>,
    pub rules: Option<i64>,
    /// Rules that are added, changed or to be dropped.
    pub staged_rules: Option<i64>,
    /// Why its policies do not say what it goes by.
    pub broken: Option<String>,
}

fn by_name(document: &Document) -> HashMap<&str, &ModuleEntry> {
    let modules = section(&document.modules).iter();
    modules.map(|one| (one.name.as_str(), one)).collect()
}

/// In the order of their names.
pub fn modules(document: &Document) -> Vec<ModuleOverview> {
    let named = by_name(document);
    let mut valid: HashMap<&str, i64> = HashMap::new();
    let mut staged: HashMap<&str, i64> = HashMap::new();
    for rule in section(&document.rules) {
        *valid.entry(&rule.module).or_default() += i64::from(rule.valid().is_some());
        *staged.entry(&rule.module).or_default() += i64::from(rule.staged.is_some());
    }
    let row = |module: &ModuleEntry| {
        let owned = module.controlled_by.is_none();
        let followed = module.follows.as_deref().and_then(|name| named.get(name));
        let ruling = followed.map_or(module, |followed| followed);
        let count = |rules: &HashMap<&str, i64>| {
            let count = rules.get(ruling.name.as_str()).copied();
            owned.then(|| count.unwrap_or_default())
        };
        ModuleOverview {
            module: module.name.clone(),
            table: module.table.clone(),
            owner: module.owner.clone(),
            owner_group: module.owner_group.clone(),
            controlled_by: module.controlled_by.clone(),
            via: module.via.clone(),
            follows: module.follows.clone(),
            hierarchy: owned.then_some(module.hierarchy),
            default_owner: owned.then_some(module.default_owner),
            grants: owned.then_some(module.grants),
            global_access: owned.then(|| ruling.global_access.title()),
            staged_global_access: ruling.staged.filter(|_| owned).map(|to_be| to_be.title()),
            rules: count(&valid),
            staged_rules: count(&staged),
            broken: module.broken.clone(),
        }
    };
    section(&document.modules).iter().map(row).collect()
}

/// What a rule says, with the words for what becomes of it.
#[derive(Debug, PartialEq)]
pub struct RuleOverview {
    pub rule: i64,
    pub module: String,
    /// `valid`, `added`, `changed`, `dropped` or `ended`.
    pub status: &'static str,
    /// None: of anybody.
    pub owned_by: Option<String>,
    pub criteria: Option<serde_json::Value>,
    pub staged_criteria: Option<serde_json::Value>,
    pub shared_with: String,
    pub superiors: bool,
    pub access: Option<&'static str>,
    /// For each child module, named or not.
    pub related: Option<BTreeMap<String, &'static str>>,
    /// Where that is another.
    pub staged_access: Option<&'static str>,
    pub staged_related: Option<BTreeMap<String, &'static str>>,
    /// When what is valid ends, and what will be, where that is something else.
    pub until: Option<Moment>,
    pub staged_until: Option<Moment>,
}

/// The children of the modules that have rules, and for each whether rules carry to it that do not name it:
/// now, over any of its relations.
type Children<'a> = HashMap<&'a str, BTreeMap<&'a str, bool>>;

fn children(document: &Document) -> Children<'_> {
    let named = by_name(document);
    let mut children = Children::new();
    for relation in section(&document.relations) {
        let parent = named.get(relation.parent.as_str());
        let follows = parent.and_then(|parent| parent.follows.as_deref());
        let ruling = follows.unwrap_or(&relation.parent);
        let of_parent = children.entry(ruling).or_default();
        *of_parent.entry(&relation.child).or_default() |= !relation.staged;
    }
    children
}

/// What a rule gives on each child of its module; `to_be`: once everything is applied.
fn levels(
    children: &BTreeMap<&str, bool>,
    (_, named, _): AccessGiven,
    to_be: bool,
) -> BTreeMap<String, RelatedAccess> {
    let of = |child: &str, carries: bool| {
        let unnamed = match carries || to_be {
            true => RelatedAccess::ReadOnly,
            false => RelatedAccess::None,
        };
        named.get(child).copied().unwrap_or(unnamed)
    };
    let levels = children.iter();
    let levels = levels.map(|(&child, &carries)| (child.to_owned(), of(child, carries)));
    levels.collect()
}

/// By module and number.
pub fn rules(present: &Present, now: Moment) -> Vec<RuleOverview> {
    let children = children(&present.document);
    let row = |(rule, &(number, _)): (&RuleEntry, &(i64, bool))| {
        let of_module = children.get(rule.module.as_str());
        let titles = |gives: Option<AccessGiven>, to_be: bool| {
            let levels = levels(of_module?, gives?, to_be).into_iter();
            let titles = levels.map(|(child, level)| (child, level.title()));
            Some(titles.collect::<BTreeMap<_, _>>())
        };
        let access = |gives: Option<AccessGiven>| gives.map(|(access, ..)| access);
        let (valid, to_be) = (rule.valid(), rule.to_be());
        let ended = |gives: Option<AccessGiven>| {
            gives.is_none_or(|(.., until)| until.is_some_and(|until| until <= now))
        };
        let until = |gives: Option<AccessGiven>| gives.and_then(|(.., until)| until);
        let related = titles(valid, false);
        let to_be_related = titles(to_be, true);
        RuleOverview {
            rule: number,
            module: rule.module.clone(),
            status: match rule.staged {
                _ if ended(valid) && ended(to_be) => "ended",
                None => "valid",
                Some(StagedRule::Added) => "added",
                Some(StagedRule::Changed(_)) => "changed",
                Some(StagedRule::Dropped) => "dropped",
            },
            owned_by: rule.owned_by.as_ref().map(|one| one.to_string()),
            criteria: rule.criteria.as_ref().map(Criteria::to_value),
            staged_criteria: rule
                .criteria_to_be()
                .filter(|staged| Some(*staged) != rule.criteria.as_ref())
                .map(Criteria::to_value),
            shared_with: rule.shared_with.to_string(),
            superiors: rule.superiors,
            access: access(valid).map(RuleAccess::title),
            staged_access: access(to_be)
                .filter(|&staged| Some(staged) != access(valid))
                .map(RuleAccess::title),
            staged_related: to_be_related.filter(|staged| Some(staged) != related.as_ref()),
            related,
            until: until(valid),
            staged_until: until(to_be).filter(|_| until(to_be) != until(valid)),
        }
    };
    let rules = section(&present.document.rules).iter();
    let mut rows: Vec<RuleOverview> = rules.zip(&present.rules).map(row).collect();
    rows.sort_by(|a, b| (&a.module, a.rule).cmp(&(&b.module, b.rule)));
    rows
}

/// How records of one module hang on those of another.
#[derive(Debug, PartialEq)]
pub struct RelationOverview {
    /// `relation`, `controlled by` or `follows`.
    pub kind: &'static str,
    pub child: String,
    pub via: Option<String>,
    pub parent: String,
    /// The column and its value, where it holds for some of the records.
    pub when: Option<(String, String)>,
    /// How many valid rules of the parent give something over it.
    pub rules: Option<i64>,
    pub with_shares: Option<bool>,
    /// How much of the access to a parent.
    pub with_parent: Option<Level>,
    /// What is going to carry once it is applied: rules, shares, access to the parent.
    pub waiting: Vec<String>,
}

/// By child, parent and column.
pub fn relations(document: &Document) -> Vec<RelationOverview> {
    let named = by_name(document);
    let bond = |module: &ModuleEntry, kind, parent: &Option<String>| {
        parent.as_ref().map(|parent| RelationOverview {
            kind,
            child: module.name.clone(),
            via: module.via.clone(),
            parent: parent.clone(),
            when: None,
            rules: None,
            with_shares: None,
            with_parent: None,
            waiting: Vec::new(),
        })
    };
    let modules = section(&document.modules).iter();
    let mut rows: Vec<RelationOverview> = modules
        .flat_map(|module| {
            [
                bond(module, "controlled by", &module.controlled_by),
                bond(module, "follows", &module.follows),
            ]
        })
        .flatten()
        .collect();
    rows.extend(section(&document.relations).iter().map(|relation| {
        let parent = named.get(relation.parent.as_str());
        let ruling = parent.and_then(|parent| parent.follows.as_deref());
        let rules = || {
            let of = |rule: &&RuleEntry| rule.module == ruling.unwrap_or(&relation.parent);
            section(&document.rules).iter().filter(of)
        };
        let carries = |rule: &&RuleEntry| {
            rule.valid()
                .is_some_and(|gives| gives_over(relation, gives))
        };
        let will_carry = |rule: &RuleEntry| {
            let to_be = rule.to_be();
            to_be.is_some_and(|(_, named, _)| !named.contains_key(&relation.child))
        };
        let waits_rules = relation.staged && rules().any(will_carry);
        let waits_access = relation.staged_with_parent.is_some();
        let waiting = [
            (waits_rules, "rules"),
            (relation.shares_staged, "shares"),
            (waits_access, "with_parent"),
        ];
        RelationOverview {
            kind: "relation",
            child: relation.child.clone(),
            via: Some(relation.via.clone()),
            parent: relation.parent.clone(),
            when: relation
                .when
                .as_ref()
                .map(|when| (when.column.clone(), when.value.clone())),
            rules: Some(rules().filter(carries).count() as i64),
            with_shares: Some(relation.with_shares && !relation.shares_staged),
            with_parent: Some(relation.with_parent),
            waiting: waiting
                .iter()
                .filter(|(waits, _)| *waits)
                .map(|(_, what)| (*what).to_owned())
                .collect(),
        }
    }));
    rows.sort_by(|a, b| {
        (&a.child, &a.parent, &a.via, a.kind).cmp(&(&b.child, &b.parent, &b.via, b.kind))
    });
    rows
}

/// Whether a valid rule of the parent gives something over a relation.
fn gives_over(relation: &RelationEntry, (_, named, _): AccessGiven) -> bool {
    match named.get(&relation.child) {
        Some(&level) => level > RelatedAccess::None,
        None => !relation.staged,
    }
}
