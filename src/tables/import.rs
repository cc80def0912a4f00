//! Making the configuration what a document says (semantics: Configuration as one document).

use crate::catalog::read::export::{ModuleColumns, RelationColumns, present};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::access::check_trusted_roles;
use crate::catalog::write::change::{Change, Look, MODULE};
use crate::catalog::write::import::check_db_roles;
use crate::catalog::write::search::check_search_name;
use crate::catalog::write::tables::relation_named;
use crate::core::document::{Document, Plan, Present, StagedRule, parse_table_name};
use crate::core::time::Moment;
use crate::core::{Error, Result, Sqlstate, document};
use crate::pg::attempt::Attempt;
use crate::pg::clock;
use crate::session::administration::is_db_administrator;
use crate::session::author::Authorship;
use crate::tables::criteria::{
    criteria_for, follow_import, tables_with_criteria, tables_with_ended_criteria,
};
use crate::tables::expectations::{hold_tables, without_breaking};
use crate::tables::follow_ddl::forget_unnoticed_tables;
use crate::tables::import_modules::Structure;
use crate::tables::import_sources::{
    check_sources, declare_sources, declares_sources, forget_sources_that_go, look_at_sources,
    must_be_free, resolve_source, tables_of_sources, withdraw_sources,
};
use crate::tables::module_columns::{column_names, relation_columns};
use crate::tables::protectable::check_relation;
use std::collections::BTreeSet;

/// Makes each section of the document that is present the whole truth about its things, or changes
/// nothing; with `dry_run`, tells what it would change. With `apply`, what is staged becomes valid.
pub fn import(text: &str, apply: bool, dry_run: bool) -> Result<Vec<document::PlannedChange>> {
    Import::read(text, apply)?.carry_out(dry_run)
}

struct Import {
    wanted: Document,
    apply: bool,
}

impl Import {
    fn read(text: &str, apply: bool) -> Result<Import> {
        let mut wanted = Document::parse(text)?;
        wanted.forget_ended(Moment(clock::now()));
        for (name, is_there) in [
            ("modules", wanted.modules.is_some()),
            ("relations", wanted.relations.is_some()),
            ("search", wanted.search.is_some()),
            ("sources", wanted.sources.is_some()),
            ("trusted", wanted.trusted.is_some()),
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

    fn carry_out(mut self, dry_run: bool) -> Result<Vec<document::PlannedChange>> {
        let _authorship = Authorship::begin("import_config")?;
        if !dry_run {
            forget_unnoticed_tables(&[])?;
        }
        let tables: BTreeSet<String> = {
            let look = Look::begin()?;
            self.resolve_tables()?;
            self.resolve_search_names()?;
            self.resolve_source_tables()?;
            self.resolve_criteria()?;
            let present = self.present()?;
            let plan = self.plan(&present)?;
            let structure = Structure::new(&plan);
            structure.check()?;
            check_sources(&plan)?;
            must_be_free(&plan)?;
            if plan.is_empty() || dry_run && !declares_sources(&plan) {
                return Ok(plan.changes());
            }
            if dry_run {
                let tables = tables_of_sources(&plan)?;
                drop(look);
                return self.try_sources(&tables);
            }
            let criteria = match self.apply {
                true => tables_with_criteria(&plan)?,
                false => tables_with_ended_criteria(clock::now())?,
            };
            structure
                .tables()
                .into_iter()
                .chain(criteria)
                .chain(tables_of_sources(&plan)?)
                .collect()
        };
        if self.apply {
            hold_tables()?;
        }
        // From here on nobody else changes the configuration. Somebody may have done so meanwhile.
        let change = Change::begin_on(&tables.iter().cloned().collect::<Vec<_>>())?;
        if self.wanted.touches_links() {
            change.lock_links()?;
        }
        // A document does not tell of what has ended, which would stand in the way of what it does tell of.
        change.forget_ended(clock::now())?;
        self.resolve_tables()?;
        self.resolve_source_tables()?;
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
        must_be_free(&plan)?;
        let carry_out = || {
            structure.carry_out(&change)?;
            self.check_criteria()?;
            withdraw_sources(&change, &plan)?;
            change.import(&plan)?;
            declare_sources(&change, &plan)?;
            change.forget_unused_criteria()?;
            follow_import(&change, &tables)?;
            match declares_sources(&plan) {
                true => must_be_free(&self.plan(&self.present()?)?),
                false => Ok(()),
            }
        };
        match self.apply {
            true => without_breaking(carry_out)?,
            false => carry_out()?,
        }
        Ok(plan.changes())
    }

    /// What tables that the document declares say of the organization may contradict its other sections: that is
    /// tried, without anything of the application's being changed, and taken back.
    fn try_sources(&self, tables: &[String]) -> Result<Vec<document::PlannedChange>> {
        let change = Change::begin_on_sources(tables)?;
        let present = self.present()?;
        let plan = self.plan(&present)?;
        must_be_free(&plan)?;
        let attempt = Attempt::begin();
        let try_them = || {
            forget_sources_that_go(&change, &plan)?;
            change.import_organization(&plan)?;
            look_at_sources(&change, &plan)?;
            must_be_free(&self.plan(&self.present()?)?)
        };
        let tried = try_them();
        attempt.take_back();
        tried.map(|()| plan.changes())
    }

    fn present(&self) -> Result<Present> {
        let has_modules = self.wanted.modules.is_some();
        let has_relations = self.wanted.relations.is_some();
        let mut present = present(
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
        present.document.forget_ended(Moment(clock::now()));
        Ok(match self.apply {
            true => present,
            false => present.as_staged(),
        })
    }

    fn plan<'a>(&'a self, present: &'a Present) -> Result<Plan<'a>> {
        check_db_roles(&self.wanted)?;
        check_trusted_roles(&self.wanted)?;
        Plan::new(present, &self.wanted, self.apply)
    }

    /// Writes operators and functions as the database writes them.
    fn resolve_search_names(&mut self) -> Result<()> {
        for (at, search) in self.wanted.search.iter_mut().flatten().enumerate() {
            search.name = check_search_name(search.kind, &search.name)
                .map_err(|error| error.at(&format!("search[{at}].name")))?;
        }
        self.wanted.check_search()
    }

    /// Writes the values of criteria as the database writes them, of modules that are there.
    fn resolve_criteria(&mut self) -> Result<()> {
        for rule in self.wanted.rules.iter_mut().flatten() {
            if MODULE.find(&rule.module)?.is_none() {
                continue;
            }
            let path = format!("rules[{}]", rule.place);
            let staged = match &mut rule.staged {
                Some(StagedRule::Changed(changed)) => changed.criteria.as_mut(),
                _ => None,
            };
            for criteria in rule.criteria.iter_mut().chain(staged) {
                let stored = criteria_for(&rule.module, criteria);
                *criteria = stored.map_err(|error| error.at(&path))?;
            }
        }
        Ok(())
    }

    /// Once all modules are there.
    fn check_criteria(&self) -> Result<()> {
        for rule in self.wanted.rules.iter().flatten() {
            let path = format!("rules[{}]", rule.place);
            for criteria in rule.criteria.iter().chain(rule.criteria_to_be()) {
                let stored = criteria_for(&rule.module, criteria);
                let stored = stored.map_err(|error| error.at(&path))?;
                if stored != *criteria {
                    return Err(Error::bad_value(
                        "criteria for a new module have to be written as the database writes them",
                    )
                    .at(&path)
                    .hint(format!("They are written: {}", stored.to_text())));
                }
            }
        }
        Ok(())
    }

    /// Writes the tables of sources as the database writes them.
    fn resolve_source_tables(&mut self) -> Result<()> {
        for (at, source) in self.wanted.sources.iter_mut().flatten().enumerate() {
            let path = format!("sources[{at}].table");
            source.table = resolve_source(&source.table).map_err(|error| error.at(&path))?;
        }
        self.wanted.check_sources()
    }

    /// Writes the tables of modules as the database writes them.
    fn resolve_tables(&mut self) -> Result<()> {
        for (at, module) in self.wanted.modules.iter_mut().flatten().enumerate() {
            let path = format!("modules[{at}].table");
            let (schema, name) = parse_table_name(&module.table).ok_or_else(|| {
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
