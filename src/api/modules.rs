//! Protected tables (semantics: Modules).

use crate::api::administration::must_administer_database;
use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::read::configuration::Owners;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::change::{Change, MODULE};
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::dropped_tables;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::modules;
use crate::catalog::write::modules::{Before, NewModule};
use crate::catalog::write::ours;
use crate::catalog::write::relations;
use crate::catalog::write::rules::ruling_module;
use crate::catalog::write::sql::value;
use crate::catalog::write::table_columns;
use crate::catalog::write::table_columns::Column;
use crate::catalog::write::table_owners::check_owners;
use crate::catalog::write::tables;
use crate::catalog::write::tables::Relation;
use crate::catalog::write::without_owner;
use crate::core::related::belongs_to_followed;
use crate::core::{Error, GlobalAccess, Result, Sqlstate};
use crate::policy::records::reading::Records;
use crate::policy::sets::keys::{KeyType, key_type_of_column};
use crate::policy::text::columns::{
    Columns, KeyColumn, OwnerColumns, columns, has_no_owner, key_of_records,
};
use crate::policy::text::protection::{
    Decides, OwnerArms, Predicates, RelationArm, statements_to_drop, statements_to_unprotect,
};
use crate::session::author::Authorship;
use crate::tables::mend::{forget_untold_relations, mend};
use crate::tables::module_policies::{alter_module, module_predicates, when_arm};
use crate::tables::remarks::{NewlyProtected, remark_on_relation, remarks_on_protection};
use crate::tables::ties::{InField, Parent, Tied};
use pgrx::prelude::*;
use pgrx::spi::quote_literal;
use pgrx::{PgRelation, pg_sys};
use std::ffi::CStr;

/// The arguments of `protect`.
pub struct Protection<'a> {
    pub relation: pg_sys::Oid,
    pub owner: Option<&'a str>,
    pub owner_group: Option<&'a str>,
    pub controlled_by: Option<Controlling<'a>>,
    pub via: Option<&'a str>,
    pub follows: Option<&'a str>,
    pub module: Option<&'a str>,
    pub hierarchy: bool,
    pub default_owner: bool,
    pub global_access: GlobalAccess,
}

/// The table that controls another.
#[derive(Clone, Copy)]
pub struct Controlling<'a> {
    pub table: pg_sys::Oid,
    /// The module that it is going to be; None: that it is.
    pub module: Option<&'a str>,
    /// Whether it is going to be protected, so that its key is the present one.
    pub anew: bool,
}

#[pg_extern(sql = false)]
#[allow(
    clippy::too_many_arguments,
    reason = "they are those of the SQL function"
)]
fn protect(
    relation: Option<pg_sys::Oid>,
    owner: Option<&CStr>,
    module: Option<&str>,
    owner_group: Option<&CStr>,
    controlled_by: Option<pg_sys::Oid>,
    via: Option<&CStr>,
    follows: Option<&str>,
    hierarchy: Option<bool>,
    default_owner: Option<bool>,
    global_access: Option<pg_sys::Oid>,
    dry_run: Option<bool>,
) -> SetOfIterator<'static, String> {
    let call = || {
        must_administer_database("protect")?;
        let text = |name: Option<&CStr>| name.map(|name| name.to_string_lossy().into_owned());
        let (owner, owner_group, via) = (text(owner), text(owner_group), text(via));
        let protection = Protection {
            relation: required(relation, "relation")?,
            owner: owner.as_deref(),
            owner_group: owner_group.as_deref(),
            controlled_by: controlled_by.map(|table| Controlling {
                table,
                module: None,
                anew: false,
            }),
            via: via.as_deref(),
            follows,
            module,
            hierarchy: required(hierarchy, "hierarchy")?,
            default_owner: required(default_owner, "default_owner")?,
            global_access: GlobalAccess::parse(&enum_label(required(
                global_access,
                "global_access",
            )?))?,
        };
        let dry_run = required(dry_run, "dry_run")?;
        let _elevated = Elevated::enter()?;
        let relation = relation_to_protect(protection.relation)?;
        protection.must_not_name_a_column(&relation.name)?;
        let _authorship = Authorship::begin("protect")?;
        let change = Change::begin_on(std::slice::from_ref(&relation.name))?;
        protection.carry_out(&change, dry_run)
    };
    SetOfIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn unprotect(relation: Option<pg_sys::Oid>) -> SetOfIterator<'static, String> {
    let call = || {
        must_administer_database("unprotect")?;
        let oid = required(relation, "relation")?;
        let _elevated = Elevated::enter()?;
        let relation = existing(oid)?;
        let _authorship = Authorship::begin("unprotect")?;
        let change = Change::begin_on(std::slice::from_ref(&relation.name))?;
        take_off(&change, &relation)
    };
    SetOfIterator::new(call().or_raise())
}

fn existing(relation: pg_sys::Oid) -> Result<Relation> {
    tables::family(relation)?
        .into_iter()
        .next()
        .ok_or_else(|| Error::unknown(format!("relation {relation} does not exist")))
}

/// A relation that can become a module, or why it cannot.
fn relation_to_protect(oid: pg_sys::Oid) -> Result<Relation> {
    let relation = existing(oid)?;
    check_relation(&relation)?;
    Ok(relation)
}

/// Refuses relations that cannot become a module.
pub fn check_relation(relation: &Relation) -> Result<()> {
    let name = &relation.name;
    let what = match relation.kind {
        'r' | 'p' => None,
        'v' => Some("a view"),
        'm' => Some("a materialized view"),
        'f' => Some("a foreign table"),
        'i' | 'I' => Some("an index"),
        'S' => Some("a sequence"),
        _ => Some("not a table"),
    };
    if let Some(what) = what {
        let hint = match relation.kind {
            'v' => "Protect the tables below it, and create the view WITH (security_invoker).",
            _ => "Only tables have row security.",
        };
        return Err(
            Error::wrong_object(format!("{name} is {what}, which cannot be protected")).hint(hint),
        );
    }
    if tables::is_system_relation(relation.oid)? {
        return Err(Error::wrong_object(format!(
            "{name} is a system table, a temporary table or one of pg_sharing, which cannot be protected"
        )));
    }
    Ok(())
}

/// The module of a table, if it is one.
pub fn module_of(relation: pg_sys::Oid) -> Result<Option<(i32, String)>> {
    let id: Option<i32> = value(
        "SELECT id FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    let name: Option<String> = value(
        "SELECT name FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    Ok(id.zip(name))
}

/// What protecting a table will store and run, and what there is to say about it.
pub struct Prepared {
    pub family: Vec<Relation>,
    pub owners: Owners,
    /// The number of the module that controls it, if that is one already.
    controlled_by: Option<i32>,
    /// Whether a foreign key says by which column it does.
    pub by_foreign_key: bool,
    pub statements: Vec<Ddl>,
    /// Columns that an index should begin with.
    pub columns: Vec<Column>,
    /// The column by which records will be known, and by which they can be shared, each quoted.
    pub key: Option<String>,
    pub record: Option<String>,
}

impl Prepared {
    pub fn run(&self) -> Result<()> {
        run_all(&self.statements)
    }
}

/// The statements that drop what earlier policies of pg_sharing left on a table. What others made under
/// our names stays where it is, and the table cannot be protected.
fn make_room(member: &Relation) -> Result<Vec<Ddl>> {
    if let Some((kind, name)) = ours::objects_under_our_names(member.oid)?.first() {
        let kind = kind.to_lowercase();
        return Err(Error::exists(format!(
            "table {} has a {kind} \"{name}\" that is not of pg_sharing",
            member.name
        ))
        .hint(format!(
            "Drop or rename the {kind}: pg_sharing needs the name."
        )));
    }
    Ok(statements_to_drop(member, &ours::our_objects(member.oid)?))
}

/// What decides about the records of a table.
struct Decided {
    owners: Owners,
    decides: Decides,
    /// Columns that an index should begin with.
    columns: Vec<Column>,
    controlled_by: Option<i32>,
    by_foreign_key: bool,
}

/// The number and the name of the module that a table is.
fn protected(table: &Relation) -> Result<(i32, String)> {
    module_of(table.oid)?.ok_or_else(|| {
        Error::unknown(format!("table {} is not protected", table.name)).hint(
            "Protect it first, with sharing.protect(); of a partitioned table, the table itself.",
        )
    })
}

/// The number of the module that a new one is to follow.
fn to_follow(new: &str, module: &str) -> Result<i32> {
    if new == module {
        return Err(Error::bad_value(format!(
            "module \"{module}\" would follow itself: that is a cycle"
        )));
    }
    ruling_module(module)
}

impl Protection<'_> {
    /// The third argument names the module. Whoever puts a column there means the group column, and would get
    /// a module of that name and nothing for the groups.
    fn must_not_name_a_column(&self, table: &str) -> Result<()> {
        let Some(module) = self.module else {
            return Ok(());
        };
        if !table_columns::is_name_of_column(self.relation, module)? {
            return Ok(());
        }
        let (name, column) = (quote_literal(table), quote_literal(module));
        let call = match self.owner.map(quote_literal) {
            Some(owner) => {
                format!("sharing.protect({name}, owner => {owner}, owner_group => {column})")
            }
            None => format!("sharing.protect({name}, owner_group => {column})"),
        };
        Err(Error::bad_value(format!(
            "\"{module}\" is a column of table {table}, and cannot be the name of its module"
        ))
        .hint(format!(
            "If it holds the groups that own records: {call}. Otherwise give the module another name, with module =>."
        )))
    }

    /// Protects the table and everything that inherits from it. Returns the statements.
    pub fn carry_out(&self, change: &Change, dry_run: bool) -> Result<Vec<String>> {
        if let Some((id, module)) = module_of(self.relation)? {
            let table = existing(self.relation)?;
            return mend(self, change, &table, (id, &module), dry_run);
        }
        let prepared = self.prepare()?;
        let plain_name = value::<String>(
            "SELECT relname::text FROM pg_catalog.pg_class WHERE oid = $1",
            &[self.relation.into()],
        )?;
        let name = self
            .module
            .unwrap_or(plain_name.as_deref().unwrap_or_default());
        MODULE.must_be_new(name).map_err(|error| {
            error.hint(
                "Give the module another name: sharing.protect(relation, owner, module => name).",
            )
        })?;
        if prepared.owners == Owners::UserOrGroup {
            change.keys_must_differ_for(name)?;
        }
        let module = NewModule {
            name,
            owners: prepared.owners,
            hierarchy: self.hierarchy,
            default_owner: self.default_owner,
            controlled_by: prepared.controlled_by,
            follows: self
                .follows
                .map(|module| to_follow(name, module))
                .transpose()?,
            global_access: self.global_access,
        };
        if let (Some(followed), true) =
            (self.follows, self.global_access != GlobalAccess::default())
        {
            return Err(belongs_to_followed(name, followed));
        }
        // As the table is before: what lies dormant there is going to wake up.
        let remarks = remarks_on_protection(&NewlyProtected {
            protection: self,
            family: &prepared.family,
            columns: &prepared.columns,
        })?;
        if !dry_run {
            change.register(&module, &prepared.family)?;
            change.tie_module(name, prepared.by_foreign_key)?;
            prepared.run()?;
        }
        let statements = prepared.statements.into_iter();
        let statements = statements.map(|ddl| ddl.statement);
        let others = remarks_on_others(self.relation)?;
        Ok(statements.chain(remarks).chain(others).collect())
    }

    /// Looks at the table and its columns, and refuses what cannot be protected.
    pub fn prepare(&self) -> Result<Prepared> {
        let family = tables::family(self.relation)?;
        let Some(root) = family.first() else {
            return Err(Error::unknown("the table is gone"));
        };
        self.check_family(&family)?;
        let Decided {
            owners,
            decides,
            columns,
            controlled_by,
            by_foreign_key,
        } = self.decides(&family)?;
        let key = table_columns::key_to_point_at(root.oid)?
            .filter(|key| KeyType::of(key.type_oid).is_some())
            .map(|key| key.name);
        let predicates = Predicates {
            module_table: root.name.clone(),
            decides,
            key,
            default_owner: self.default_owner,
        };
        let mut statements = Vec::new();
        if let (true, Some(owner)) = (self.default_owner, self.owner) {
            let owner = pgrx::spi::quote_identifier(owner);
            without_owner::check_default_owner(&family, &owner, &root.name)?;
        }
        for member in &family {
            statements.extend(make_room(member)?);
            statements.extend(predicates.statements(member));
        }
        Ok(Prepared {
            family,
            owners,
            controlled_by,
            by_foreign_key,
            statements,
            columns,
            record: predicates.record().cloned(),
            key: predicates.key,
        })
    }

    fn check_family(&self, family: &[Relation]) -> Result<()> {
        let root = &family[0];
        if root.is_partition {
            return Err(
                Error::not_possible(format!("table {} is a partition", root.name))
                    .hint("Protect the partitioned table: its partitions are protected with it."),
            );
        }
        for member in family {
            if tables::is_distributed(member.oid)? {
                return Err(Error::unsupported(format!(
                    "table {} is distributed by Citus, and cannot be protected",
                    member.name
                ))
                .hint("undistribute_table() makes it a table of one server again."));
            }
            if !member.is_table() {
                return Err(Error::unsupported(format!(
                    "{} inherits from {} and is not a table: row security cannot protect it",
                    member.name, root.name
                )));
            }
            if let Some(parent) = tables::other_parents(member.oid, family)?.first() {
                return Err(Error::not_possible(format!(
                    "table {} inherits from {parent}, which would show its rows unfiltered",
                    member.name
                ))
                .hint(format!("Protect {parent} instead, or end the inheritance.")));
            }
        }
        check_owners(family)
    }

    fn decides(&self, family: &[Relation]) -> Result<Decided> {
        let root = &family[0];
        if self.controlled_by.is_some() || self.via.is_some() {
            return self.detail(root);
        }
        let (owners, owner, group) = self.columns(root)?;
        let record = match owners {
            Owners::Group => None,
            _ => table_columns::key_to_point_at(self.relation)?
                .filter(|key| KeyType::of(key.type_oid).is_some())
                .map(|key| key.name),
        };
        let group_name = group.as_ref().map(|column| column.name.as_str());
        let arms = OwnerArms {
            has_heirs: family.iter().skip(1).any(|member| !member.is_partition),
            ..OwnerArms::new(&owner.name, group_name, record)
        };
        Ok(Decided {
            owners,
            decides: Decides::Owner(arms),
            columns: Some(owner).into_iter().chain(group).collect(),
            controlled_by: None,
            by_foreign_key: false,
        })
    }

    /// A table that another controls.
    fn detail(&self, root: &Relation) -> Result<Decided> {
        let (Some(parent), Some(via)) = (self.controlled_by, self.via) else {
            return Err(Error::bad_value(
                "controlled_by and via go together: a table, and the column that holds its key",
            ));
        };
        let superfluous = [
            ("owner", self.owner.is_some()),
            ("owner_group", self.owner_group.is_some()),
            ("follows", self.follows.is_some()),
            ("default_owner", self.default_owner),
            ("hierarchy => false", !self.hierarchy),
            (
                "global_access",
                self.global_access != GlobalAccess::default(),
            ),
        ];
        if let Some((what, _)) = superfluous.into_iter().find(|(_, is_given)| *is_given) {
            return Err(Error::bad_value(format!(
                "{what} has no meaning for table {}, which another controls",
                root.name
            ))
            .hint("Who may do what with its records is decided by those of the table in controlled_by."));
        }
        if parent.table == self.relation {
            return Err(Error::bad_value(format!(
                "table {} would be controlled by itself: that is a cycle",
                root.name
            )));
        }
        let table = existing(parent.table)?;
        let (module, name) = match parent.module {
            Some(name) => (None, name.to_owned()),
            None => {
                let (module, name) = protected(&table)?;
                (Some(module), name)
            }
        };
        let Tied {
            column,
            by_foreign_key,
        } = Parent::of(&table, &name, parent.anew)?
            .tied(root, via, false)
            .map_err(|InField { error, .. }| error)?;
        Ok(Decided {
            owners: Owners::Parent,
            decides: Decides::Parent(column.name.clone()),
            columns: vec![column],
            controlled_by: module,
            by_foreign_key,
        })
    }

    fn columns(&self, root: &Relation) -> Result<(Owners, Column, Option<Column>)> {
        let find = |name: &str| {
            let column = table_columns::column_named(root, name)?;
            key_type_of_column(column.type_oid, name)?;
            if column.is_generated && root.kind == 'p' {
                return Err(Error::unsupported(format!(
                    "column \"{name}\" of the partitioned table {} is generated", root.name
                ))
                .detail("Where a row moves to another partition, no trigger sees a generated owner change."));
            }
            if column.is_generated && self.default_owner {
                return Err(Error::bad_value(format!(
                    "column \"{name}\" is generated, so it cannot have a default owner"
                )));
            }
            Ok(column)
        };
        match (self.owner, self.owner_group) {
            (Some(owner), Some(group)) if owner == group => {
                Ok((Owners::UserOrGroup, find(owner)?, None))
            }
            (Some(owner), Some(group)) => {
                Ok((Owners::UserAndGroup, find(owner)?, Some(find(group)?)))
            }
            (Some(owner), None) => Ok((Owners::User, find(owner)?, None)),
            (None, Some(group)) if !self.default_owner => Ok((Owners::Group, find(group)?, None)),
            (None, Some(_)) => Err(Error::bad_value(
                "default_owner needs an owner column that holds users",
            )),
            (None, None) => Err(Error::bad_value(format!(
                "no owner column was named for table {}",
                root.name
            ))
            .hint(format!(
                "Name the column that holds the owner: sharing.protect({}, owner => owner).",
                quote_literal(&root.name)
            ))),
        }
    }
}

/// Removes the protection of a module. Returns the statements.
pub fn take_off(change: &Change, relation: &Relation) -> Result<Vec<String>> {
    let Some((module, name)) = module_of(relation.oid)? else {
        let leftovers = take_off_leftovers(relation.oid)?;
        if !leftovers.is_empty() {
            return Ok(leftovers);
        }
        return Err(Error::unknown(format!("table {} is not protected", relation.name))
            .hint("Protected tables are listed in sharing.modules; partitions are unprotected with the partitioned table."));
    };
    dropped_tables::must_have_no_children(module, &name)?;
    let mut report = take_off_policies(change, module)?;
    change.forget_module(module)?;
    report.extend(remarks_on_others(relation.oid)?);
    Ok(report)
}

/// What there is to say of temporary tables of other sessions, as SQL comments.
fn remarks_on_others(relation: pg_sys::Oid) -> Result<Vec<String>> {
    let others = tables::out_of_reach(relation)?.into_iter();
    Ok(others
        .map(|name| {
            format!("-- {name} is a temporary table of another session, and stays as it is")
        })
        .collect())
}

/// Takes off what a copy of the schema has brought without the configuration: policies and triggers of ours
/// on a table that is not protected, and the row security that they needed. Returns the statements.
fn take_off_leftovers(relation: pg_sys::Oid) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let mut remarks = Vec::new();
    for member in tables::family(relation)? {
        if modules::is_protected_relation(member.oid)? {
            continue;
        }
        let of_others = ours::objects_under_our_names(member.oid)?;
        let mut objects = ours::our_objects(member.oid)?;
        objects.retain(|object| !of_others.contains(object));
        let has_policy = objects.iter().any(|(kind, _)| kind == "POLICY");
        let has_others = of_others.iter().any(|(kind, _)| kind == "POLICY")
            || !ours::other_policies(&member)?.is_empty();
        if has_policy && has_others {
            remarks.push(format!(
                "-- {} has other policies, so its row security stays",
                member.name
            ));
        }
        let before = Before {
            had_row_security: has_others || !has_policy,
            had_force: has_others || !has_policy,
            public_could_truncate: false,
            relation: member,
        };
        statements.extend(statements_to_unprotect(&before, &objects));
    }
    run_all(&statements)?;
    let mut report: Vec<String> = statements.into_iter().map(|ddl| ddl.statement).collect();
    report.extend(remarks);
    Ok(report)
}

/// Puts the tables of a module back as they were. Returns the statements.
pub fn take_off_policies(change: &Change, module: i32) -> Result<Vec<String>> {
    take_off_policies_of(change, module, |_| true)
}

/// The same for some of the tables.
pub fn take_off_policies_of(
    change: &Change,
    module: i32,
    which: impl Fn(pg_sys::Oid) -> bool,
) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let protected = change.protected(module)?.into_iter();
    for before in protected.filter(|before| which(before.relation.oid)) {
        let ours = ours::our_objects(before.relation.oid)?;
        statements.extend(statements_to_unprotect(&before, &ours));
    }
    run_all(&statements)?;
    Ok(statements.into_iter().map(|ddl| ddl.statement).collect())
}

/// Declares that records of `child` point at records of `parent` (semantics: Modules).
#[pg_extern(sql = false)]
fn relate(
    child: Option<pg_sys::Oid>,
    via: Option<&CStr>,
    parent: Option<pg_sys::Oid>,
    when_column: Option<&CStr>,
    when_value: Option<&str>,
    with_shares: Option<bool>,
) {
    let call = || {
        must_administer_database("relate")?;
        let text = |name: &CStr| name.to_string_lossy().into_owned();
        let (child, parent) = (required(child, "child")?, required(parent, "parent")?);
        let via = text(required(via, "via")?);
        let with_shares = required(with_shares, "with_shares")?;
        let when = match (when_column.map(text), when_value) {
            (None, None) => None,
            (Some(column), Some(value)) => Some((column, value)),
            _ => {
                return Err(Error::bad_value(
                    "when_column and when_value go together: a column, and what it says of such parents",
                ));
            }
        };
        let _elevated = Elevated::enter()?;
        let table = existing(child)?;
        let _authorship = Authorship::begin("relate")?;
        let change = Change::begin_on(std::slice::from_ref(&table.name))?;
        NewRelation {
            child: &table,
            via: &via,
            parent,
            when: when
                .as_ref()
                .map(|(column, value)| (column.as_str(), *value)),
            with_shares,
        }
        .carry_out(&change)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn unrelate(child: Option<pg_sys::Oid>, via: Option<&CStr>, parent: Option<pg_sys::Oid>) {
    let call = || {
        must_administer_database("unrelate")?;
        let (child, parent) = (required(child, "child")?, required(parent, "parent")?);
        let via = required(via, "via")?.to_string_lossy();
        let _elevated = Elevated::enter()?;
        let (table, parent) = (existing(child)?, existing(parent)?);
        let _authorship = Authorship::begin("unrelate")?;
        let change = Change::begin_on(std::slice::from_ref(&table.name))?;
        let (module, name) = protected(&table)?;
        let parent_module = module_of(parent.oid)?;
        let mut ids = Vec::new();
        if let Some((parent, parent_name)) = &parent_module {
            if is_broken(&table)? {
                if forget_untold_relations(&change, (module, &name), (*parent, parent_name))? {
                    return Ok(());
                }
            } else {
                ids = relations_between(&table, module, *parent, &via)?;
            }
        }
        let Some(id) = ids.pop() else {
            return Err(Error::unknown(format!(
                "{} has no relation to {} through column \"{via}\"",
                table.name, parent.name
            ))
            .hint("Relations are listed in sharing.relations, and in sharing.export_config()."));
        };
        change.forget_relation(id)?;
        alter_module(module, &module_predicates(child)?)
    };
    call().or_raise()
}

/// The arguments of `relate`.
struct NewRelation<'a> {
    child: &'a Relation,
    via: &'a str,
    parent: pg_sys::Oid,
    when: Option<(&'a str, &'a str)>,
    with_shares: bool,
}

impl NewRelation<'_> {
    fn carry_out(&self, change: &Change) -> Result<()> {
        let child = self.child;
        let (module, _) = owned_module(child)?;
        let parent_table = existing(self.parent)?;
        let (parent_module, parent_name) = protected(&parent_table)?;
        let parent = Parent::of(&parent_table, &parent_name, false)?;
        owned_module(&parent_table)?;
        let (mut arm, by_foreign_key) = relation_arm(child, self.via, &parent, self.when)
            .map_err(|InField { error, .. }| error)?;
        if !relations_between(child, module, parent_module, self.via)?.is_empty() {
            return Err(Error::exists(format!(
                "{} is related to \"{parent_name}\" through column \"{}\" already",
                child.name, self.via
            ))
            .hint("To relate them otherwise, call sharing.unrelate() first."));
        }
        let column = arm.via.clone();
        arm.id = change.add_relation(module, parent_module, self.with_shares)?;
        change.tie_relation(arm.id, by_foreign_key)?;
        let mut predicates = module_predicates(child.oid)?;
        if let Decides::Owner(arms) = &mut predicates.decides {
            arms.relations.push(arm);
        }
        alter_module(module, &predicates)?;
        remark_on_relation(child, &column, &parent_table)
    }
}

/// What the policies of a child say of a relation to a parent, and whether a foreign key says by which
/// column; the relation has no number yet.
pub fn relation_arm(
    child: &Relation,
    via: &str,
    parent: &Parent,
    when: Option<(&str, &str)>,
) -> Result<(RelationArm, bool), InField> {
    let within = |field| move |error| InField { field, error };
    let Tied {
        column,
        by_foreign_key,
    } = parent.tied(child, via, when.is_some())?;
    let when = match when {
        None => None,
        Some((name, value)) => {
            let column = table_columns::column_named(child, name).map_err(within("when.column"))?;
            let arm = when_arm(name, column.type_oid, value).map_err(within("when.column"))?;
            must_be_value_of(&column, value).map_err(within("when.value"))?;
            Some(arm)
        }
    };
    let arm = RelationArm {
        id: 0,
        via: column.name,
        when,
    };
    Ok((arm, by_foreign_key))
}

/// Policies hold values as their columns write them, and values that are none are errors of
/// PostgreSQL's that tell nobody where.
fn must_be_value_of(column: &Column, value: &str) -> Result<()> {
    let is_value = match KeyType::of(column.type_oid) {
        Some(key_type) => key_type.can_hold(value),
        None => tables::labels_of_enum(column.type_oid)?
            .is_none_or(|labels| labels.iter().any(|label| label == value)),
    };
    match is_value {
        true => Ok(()),
        false => Err(Error::bad_value(format!(
            "\"{value}\" is not how column {} writes a value of the type {}",
            column.name,
            column.type_name()
        ))),
    }
}

/// The number and the name of the module of a table whose records have owners.
fn owned_module(table: &Relation) -> Result<(i32, String)> {
    let found = protected(table)?;
    owners_of(&open_table(table.oid)?)?;
    Ok(found)
}

/// The relations of a module to a parent through a column.
fn relations_between(child: &Relation, module: i32, parent: i32, via: &str) -> Result<Vec<i32>> {
    let columns = owners_of(&open_table(child.oid)?)?;
    let through = |id: i32| {
        let mut relations = columns.relations.iter();
        relations.any(|relation| relation.id.0 == id && relation.via.name == via)
    };
    Ok(relations::relations_of(module)?
        .into_iter()
        .filter(|&(id, to)| to == parent && through(id))
        .map(|(id, _)| id)
        .collect())
}

/// The column by which the records of a protected table are known, one by one.
pub fn key_of(table: &PgRelation) -> Result<KeyColumn> {
    // SAFETY: the relation is open while `table` lives.
    let known = unsafe { key_of_records(table.as_ptr()) };
    let known = known.ok_or_else(|| {
        Error::not_possible(format!(
            "table \"{}\" had no primary key of one column when it was protected",
            table.name()
        ))
        .hint("Give it one and protect it again: sharing.unprotect(), sharing.protect().")
    })?;
    let is_key =
        Records::open(table.oid()).is_some_and(|records| records.key_on(known.number).is_some());
    match is_key {
        true => Ok(known),
        false => Err(Error::not_possible(format!(
            "column \"{}\" of table \"{}\", by which its records are known, is no longer a key",
            known.name,
            table.name()
        ))
        .hint("Make it unique again, or protect the table again to go by its primary key: sharing.unprotect(), sharing.protect().")),
    }
}

pub fn open_table(relation: pg_sys::Oid) -> Result<PgRelation> {
    // SAFETY: the lock is the one of a query; an unknown relation is an error of PostgreSQL's.
    unsafe {
        match pg_sys::get_rel_relkind(relation) as u8 {
            b'r' | b'p' => Ok(PgRelation::with_lock(
                relation,
                pg_sys::AccessShareLock as _,
            )),
            _ => {
                let name = pg_sys::get_rel_name(relation);
                let name = match name.is_null() {
                    true => relation.to_u32().to_string(),
                    false => CStr::from_ptr(name).to_string_lossy().into_owned(),
                };
                Err(Error::new(
                    Sqlstate::WrongObject,
                    format!("\"{name}\" is not a protected table"),
                ))
            }
        }
    }
}

/// The owner columns of a table that should be a protected one.
pub fn owners_of(table: &PgRelation) -> Result<OwnerColumns> {
    // SAFETY: the relation is open while `table` lives.
    match unsafe { columns(table.as_ptr()) } {
        Ok(Columns::Owned(columns)) => Ok(columns),
        Ok(Columns::Detail(_)) => Err(has_no_owner(table.name())),
        Err(altered) => Err(match is_module(table.oid())? {
            true => altered.hint(
                "Somebody dropped or altered them, or dropped a column that they name: sharing.protect() with its columns makes them anew, and keeps its rules.",
            ),
            false => not_protected(table),
        }),
    }
}

/// Whether the policies of a protected table no longer say what it goes by.
fn is_broken(table: &Relation) -> Result<bool> {
    let open = open_table(table.oid)?;
    // SAFETY: the relation is open while `open` lives.
    Ok(unsafe { columns(open.as_ptr()) }.is_err())
}

/// The same as `module_of`, for everybody.
fn is_module(relation: pg_sys::Oid) -> Result<bool> {
    let state = State::seen_by(&Snapshot::latest())?;
    Ok(state.is_some_and(|state| state.configuration.tables.contains_key(&relation)))
}

pub fn not_protected(relation: &PgRelation) -> Error {
    Error::unknown(format!("table \"{}\" is not protected", relation.name()))
        .hint("Protect it with sharing.protect().")
}
