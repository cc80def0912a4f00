//! The configuration as one document (semantics: Configuration as one document).

use crate::api::administration::{is_db_administrator, look, must_administer};
use crate::api::modules::check_relation;
use crate::api::raise::{OrRaise, json_text, required, warn};
use crate::catalog::read::configuration::Owners;
use crate::catalog::read::export::{ModuleColumns, RelationColumns, present};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, Look};
use crate::catalog::write::import::check_db_roles;
use crate::catalog::write::tables::relation_named;
use crate::core::document;
use crate::core::document::{Document, Plan, Present, qualified_name, section};
use crate::core::org::RelationId;
use crate::core::{Error, Result, Sqlstate};
use crate::policy::text::columns::{Columns, altered_policies, columns};
use crate::session::author::Authorship;
use crate::tables::import_modules::Structure;
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB, PgRelation, pg_sys};

/// Importing the document, applied or not, changes nothing: what is only staged is told as that.
#[pg_extern(sql = false)]
fn export_config() -> JsonB {
    JsonB(look("export_config", |_| {
        let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
        let document = present(&snapshot, column_names, relation_columns)?.document;
        for module in section(&document.modules) {
            if let Some(broken) = &module.broken {
                warn(
                    format!("module \"{}\" is broken: {broken}", module.name),
                    "The document says so, and not what its policies no longer say: columns, and relations to its parents. sharing.protect() with its columns makes the policies anew and keeps its rules, and so does an import that names them.",
                );
            }
        }
        document.to_json()
    }))
}

/// Makes each section of the document that is present the whole truth about its things, or changes
/// nothing. Global access and rules are staged; with `apply`, those of the document become valid, and
/// what else is pending stays so. Returns what changes, with `dry_run` what would.
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
        let wanted = match apply {
            true => wanted,
            false => wanted.to_be_staged(),
        };
        Ok(Import { wanted, apply })
    }

    fn carry_out(mut self, dry_run: bool) -> Result<Vec<document::Change>> {
        let tables = {
            let _look = Look::begin()?;
            self.resolve_tables()?;
            let present = self.present()?;
            let plan = self.plan(&present)?;
            let structure = Structure::new(&plan);
            structure.check()?;
            if dry_run || plan.is_empty() {
                return Ok(plan.changes());
            }
            structure.tables()
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
        let structure = Structure::new(&plan);
        if !structure.tables().is_subset(&tables) {
            return Err(Error::new(
                Sqlstate::Retry,
                "the modules were changed by another transaction at the same time",
            )
            .hint("Import the document again."));
        }
        structure.check()?;
        structure.carry_out(&change)?;
        change.import(&plan)?;
        Ok(plan.changes())
    }

    fn present(&self) -> Result<Present> {
        let has_modules = self.wanted.modules.is_some();
        let has_relations = self.wanted.relations.is_some();
        let present = present(
            &Snapshot::latest(),
            |relation, owners| match has_modules {
                true => column_names(relation, owners),
                false => Ok(ModuleColumns::default()),
            },
            |relation, id| match has_modules || has_relations {
                true => relation_columns(relation, id),
                false => Ok(RelationColumns::default()),
            },
        )?;
        Ok(match self.apply {
            true => present,
            false => present.as_staged(),
        })
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
pub fn column_names(relation: pg_sys::Oid, owners: Owners) -> Result<ModuleColumns> {
    let table = open(relation);
    let (owner, group) = match columns_of(&table)? {
        Columns::Detail(columns) if owners == Owners::Parent => {
            return Ok(ModuleColumns {
                via: Some(columns.via.name),
                ..ModuleColumns::default()
            });
        }
        Columns::Owned(columns) if owners != Owners::Parent => {
            (Some(columns.owner.name), columns.group)
        }
        _ => return Err(altered_policies(table.name())),
    };
    let (owner, owner_group) = match owners {
        Owners::User => (owner, None),
        Owners::Parent => (None, None),
        Owners::Group => (None, owner),
        Owners::UserOrGroup => (owner.clone(), owner),
        Owners::UserAndGroup => (owner, group.map(|group| group.name)),
    };
    Ok(ModuleColumns {
        owner,
        owner_group,
        via: None,
    })
}

/// The columns of a relation of a table, likewise.
pub fn relation_columns(relation: pg_sys::Oid, id: RelationId) -> Result<RelationColumns> {
    let table = open(relation);
    let columns = match columns_of(&table)? {
        Columns::Owned(columns) => columns.relations,
        Columns::Detail(_) => Vec::new(),
    };
    let found = columns.into_iter().find(|column| column.id == id);
    let column = found.ok_or_else(|| altered_policies(table.name()))?;
    Ok(RelationColumns {
        via: column.via.name,
        when: column.when.map(|when| (when.column, when.value)),
    })
}

fn columns_of(table: &PgRelation) -> Result<Columns> {
    // SAFETY: the table is open while it lives.
    unsafe { columns(table.as_ptr()) }
}

fn open(relation: pg_sys::Oid) -> PgRelation {
    // SAFETY: the caller found the table.
    unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) }
}
