//! The configuration as one document (SPEC 10).

use crate::api::administration::{is_db_administrator, look, must_administer};
use crate::api::modules::{Protection, check_relation, module_of, take_off, take_off_policies};
use crate::api::raise::{OrRaise, json_text, required};
use crate::catalog::export::{ModuleColumns, RelationColumns, present};
use crate::catalog::read::Owners;
use crate::catalog::snapshot::Snapshot;
use crate::catalog::store::import::check_db_roles;
use crate::catalog::store::modules::{MovedModule, relation_named};
use crate::catalog::store::{Change, Look};
use crate::core::config::{self, Document, Plan, Present, qualified_name, section};
use crate::core::org::RelationId;
use crate::core::{Error, Result, Sqlstate};
use crate::policy::columns::owner_columns;
use crate::session::author::Authorship;
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB, PgRelation, pg_sys};
use std::collections::BTreeSet;

/// Global access and rules are told as they are staged: so importing the document, applied or not,
/// changes nothing of what is staged.
#[pg_extern(sql = false)]
fn export_config() -> JsonB {
    JsonB(look("export_config", |_| {
        let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
        present(&snapshot, column_names, relation_columns)?
            .document
            .to_json()
    }))
}

/// Makes each section of the document that is present the whole truth about its things, or changes
/// nothing. Global access and rules are staged; with `apply`, they and everything else that was
/// pending become valid. Returns what changes, with `dry_run` what would.
#[pg_extern(sql = false)]
fn import_config(
    config: Option<AnyElement>,
    apply: Option<bool>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let call = || {
        must_administer("import_config")?;
        let config = required(config, "config")?;
        let (apply, dry_run) = (required(apply, "apply")?, required(dry_run, "dry_run")?);
        Import::read(&json_text(config), apply)?.carry_out(dry_run)
    };
    let changes = call().or_raise();
    TableIterator::new(changes.into_iter().map(|change| {
        (
            change.change.to_owned(),
            change.object,
            JsonB(change.detail),
        )
    }))
}

struct Import {
    wanted: Document,
    apply: bool,
}

impl Import {
    fn read(text: &str, apply: bool) -> Result<Import> {
        let wanted = Document::parse(text)?;
        for (name, is_there) in [
            ("modules", wanted.modules.is_some()),
            ("relations", wanted.relations.is_some()),
        ] {
            if is_there && !is_db_administrator()? {
                return Err(Error::not_allowed(format!(
                    "only administrators of the database may import {name}"
                ))
                .at(name)
                .hint("These are superusers and roles given to sharing.grant_admin(). Leave the section out to import the rest."));
            }
        }
        Ok(Import { wanted, apply })
    }

    fn carry_out(mut self, dry_run: bool) -> Result<Vec<config::Change>> {
        let tables = {
            let look = Look::begin()?;
            self.resolve_tables()?;
            let present = self.present()?;
            let plan = self.plan(&present)?;
            must_be_supported(&plan)?;
            for protection in protections(&plan) {
                protection?.prepare()?;
            }
            let nothing_to_apply = !self.apply || look.pending_changes()?.is_empty();
            if dry_run || (plan.is_empty() && nothing_to_apply) {
                return Ok(plan.changes());
            }
            tables(&plan)
        };
        let _authorship = Authorship::begin("import_config")?;
        // From here on nobody else changes the configuration. Somebody may have done so meanwhile.
        let change = Change::begin_on(&tables.iter().cloned().collect::<Vec<_>>())?;
        if self.wanted.touches_links() {
            change.lock_links()?;
        }
        self.resolve_tables()?;
        let present = self.present()?;
        let plan = self.plan(&present)?;
        must_be_supported(&plan)?;
        if !self::tables(&plan).is_subset(&tables) {
            return Err(Error::new(
                Sqlstate::Retry,
                "the modules were changed by another transaction at the same time",
            )
            .hint("Import the document again."));
        }
        import_modules(&change, &plan)?;
        change.import(&plan, self.apply)?;
        Ok(plan.changes())
    }

    fn present(&self) -> Result<Present> {
        let has_modules = self.wanted.modules.is_some();
        let has_relations = self.wanted.relations.is_some();
        present(
            &Snapshot::latest(),
            |relation, owners| match has_modules {
                true => column_names(relation, owners),
                false => Ok(ModuleColumns::default()),
            },
            |relation, id| match has_modules || has_relations {
                true => relation_columns(relation, id),
                false => Ok(RelationColumns::default()),
            },
        )
    }

    fn plan<'a>(&'a self, present: &'a Present) -> Result<Plan<'a>> {
        check_db_roles(&self.wanted)?;
        Plan::new(present, &self.wanted, self.apply)
    }

    /// Writes the tables of modules as the database writes them.
    fn resolve_tables(&mut self) -> Result<()> {
        for (at, module) in self.wanted.modules.iter_mut().flatten().enumerate() {
            let path = format!("modules[{at}].table");
            let (schema, name) = qualified_name(&module.table).ok_or_else(|| {
                Error::bad_value(format!(
                    "\"{}\" is not a table with its schema",
                    module.table
                ))
                .at(&path)
                .hint("A table is written as in SQL: public.leads, or crm.\"Leads\".")
            })?;
            let relation = relation_named(&schema, &name)?
                .ok_or_else(|| Error::unknown(format!("no table {}", module.table)).at(&path))?;
            check_relation(&relation).map_err(|error| error.at(&path))?;
            module.table = relation.name;
        }
        self.wanted.check_tables()
    }
}

/// The columns of a module's table, by the policies on it.
fn column_names(relation: pg_sys::Oid, owners: Owners) -> Result<ModuleColumns> {
    if owners == Owners::Parent {
        // Policies do not tell the column yet.
        return Ok(ModuleColumns {
            via: Some("unknown".to_owned()),
            ..ModuleColumns::default()
        });
    }
    // SAFETY: the caller found the table; it is open while `table` lives.
    let columns = unsafe {
        let table = PgRelation::with_lock(relation, pg_sys::AccessShareLock as _);
        owner_columns(table.as_ptr())?
    };
    let owner = Some(columns.owner.name);
    let (owner, owner_group) = match owners {
        Owners::User => (owner, None),
        Owners::Parent => (None, None),
        Owners::Group => (None, owner),
        Owners::UserOrGroup => (owner.clone(), owner),
        Owners::UserAndGroup => (owner, columns.group.map(|group| group.name)),
    };
    Ok(ModuleColumns {
        owner,
        owner_group,
        via: None,
    })
}

/// The columns of a relation of a table. Policies do not tell them yet: its number stands for them.
fn relation_columns(_relation: pg_sys::Oid, id: RelationId) -> Result<RelationColumns> {
    Ok(RelationColumns {
        via: id.0.to_string(),
        when: None,
    })
}

/// A document tells relations, details and modules that follow others, and cannot make them yet.
fn must_be_supported(plan: &Plan) -> Result<()> {
    let refuse = |path: &str, what: &str| {
        Err(
            Error::unsupported(format!("{what} cannot be imported by this version"))
                .at(path)
                .hint("Leave the section out to import the rest."),
        )
    };
    if !plan.relations.is_empty() {
        return refuse("relations", "changes of relations");
    }
    let present = section(&plan.present.document.modules);
    let wanted = section(&plan.wanted.modules);
    let bonds = |module: &config::Module| (module.follows.clone(), module.controlled_by.clone());
    let altered = plan.modules.alter.iter();
    let altered = altered.map(|&(before, at)| (bonds(&present[before]), at));
    let created = plan.modules.create.iter().map(|&at| ((None, None), at));
    for (before, at) in altered.chain(created) {
        if bonds(&wanted[at]) != before {
            return refuse(
                &format!("modules[{at}]"),
                "modules that follow others or that others control",
            );
        }
    }
    Ok(())
}

/// Whether a module needs other policies or triggers than it has.
fn is_moved(before: &config::Module, after: &config::Module) -> bool {
    let policies = |module: &config::Module| {
        let config::Module {
            table,
            owner,
            owner_group,
            default_owner,
            ..
        } = module.clone();
        (table, owner, owner_group, default_owner)
    };
    policies(before) != policies(after)
}

/// The modules that stay and are protected anew: the present one, and the place of the wanted one.
fn moved<'a>(plan: &Plan<'a>) -> Vec<(&'a config::Module, usize)> {
    let present = section(&plan.present.document.modules);
    let wanted = section(&plan.wanted.modules);
    let alter = plan.modules.alter.iter();
    alter
        .map(|&(before, at)| (&present[before], at))
        .filter(|(before, at)| is_moved(before, &wanted[*at]))
        .collect()
}

/// The tables whose policies are to change.
fn tables(plan: &Plan) -> BTreeSet<String> {
    let present = section(&plan.present.document.modules);
    let wanted = section(&plan.wanted.modules);
    let moved = moved(plan);
    let before = plan.modules.drop.iter().map(|&at| &present[at]);
    let before = before.chain(moved.iter().map(|(before, _)| *before));
    let after = moved
        .iter()
        .map(|(_, at)| *at)
        .chain(plan.modules.create.iter().copied());
    before
        .chain(after.map(|at| &wanted[at]))
        .map(|module| module.table.clone())
        .collect()
}

fn protections<'a>(plan: &Plan<'a>) -> impl Iterator<Item = Result<Placed<'a>>> {
    let wanted = section(&plan.wanted.modules);
    let moved: Vec<usize> = moved(plan).into_iter().map(|(_, at)| at).collect();
    let places = moved.into_iter().chain(plan.modules.create.clone());
    places.map(|at| placed(wanted, at))
}

/// How a module of the document is protected.
struct Placed<'a> {
    path: String,
    protection: Protection<'a>,
}

impl Placed<'_> {
    fn prepare(&self) -> Result<crate::api::modules::Prepared> {
        self.protection
            .prepare()
            .map_err(|error| error.at(&self.path))
    }
}

fn placed(wanted: &[config::Module], at: usize) -> Result<Placed<'_>> {
    let module = &wanted[at];
    let path = format!("modules[{at}]");
    Ok(Placed {
        protection: Protection {
            relation: oid_of(&module.table).map_err(|error| error.at(&path))?,
            owner: module.owner.as_deref(),
            owner_group: module.owner_group.as_deref(),
            controlled_by: None,
            via: None,
            follows: None,
            module: Some(&module.name),
            hierarchy: module.hierarchy,
            default_owner: module.default_owner,
        },
        path,
    })
}

fn oid_of(table: &str) -> Result<pg_sys::Oid> {
    Ok(relation_of(table)?.oid)
}

fn relation_of(table: &str) -> Result<crate::catalog::store::modules::Relation> {
    qualified_name(table)
        .map(|(schema, name)| relation_named(&schema, &name))
        .transpose()?
        .flatten()
        .ok_or_else(|| Error::unknown(format!("no table {table}")))
}

fn import_modules(change: &Change, plan: &Plan) -> Result<()> {
    if plan.modules.is_empty() {
        return Ok(());
    }
    let present = section(&plan.present.document.modules);
    let wanted = section(&plan.wanted.modules);
    for &at in &plan.modules.drop {
        take_off(change, &relation_of(&present[at].table)?)?;
    }

    let mut ids = Vec::new();
    for (before, at) in moved(plan) {
        if let Some((id, _)) = module_of(oid_of(&before.table)?)? {
            take_off_policies(change, id)?;
            change.forget_family(id)?;
            ids.push((id, at));
        }
    }
    let mut prepared = Vec::new();
    for (id, at) in ids {
        prepared.push((id, at, placed(wanted, at)?.prepare()?));
    }
    let modules: Vec<_> = prepared
        .iter()
        .map(|(id, at, prepared)| MovedModule {
            id: *id,
            relation: prepared.family[0].oid,
            owners: prepared.owners,
            default_owner: wanted[*at].default_owner,
        })
        .collect();
    change.move_modules(&modules)?;
    for (id, _, prepared) in &prepared {
        change.register_family(*id, &prepared.family)?;
        prepared.run()?;
    }

    for &at in &plan.modules.create {
        let Placed { path, protection } = placed(wanted, at)?;
        protection
            .carry_out(change, false)
            .map_err(|error| error.at(&path))?;
    }
    let changed = plan.modules.alter.iter().map(|&(_, at)| at);
    let changed = changed.chain(plan.modules.create.iter().copied());
    let changed: Vec<_> = changed.map(|at| &wanted[at]).collect();
    change.set_up_modules(&changed)
}
