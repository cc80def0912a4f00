//! Naming operators and functions that are safe for searches (semantics: Search).

use crate::catalog::read::search::{definition, find, function_name, function_of, operator_name};
use crate::catalog::write::change::{Change, Look};
use crate::catalog::write::sql::{column, execute, rows, value};
use crate::core::search::SearchKind;
use crate::core::{Error, Result};
use pgrx::pg_sys;

/// An operator or a function that can be named.
struct Candidate {
    kind: SearchKind,
    name: String,
    definition: String,
}

impl SearchKind {
    fn hint_of_unknown(self) -> &'static str {
        match self {
            SearchKind::Operator => {
                "Operators are written with the types of both sides: '@@(tsvector,tsquery)'."
            }
            SearchKind::Function => "Functions are written with their types: 'lower(text)'.",
        }
    }
}

impl Change {
    /// Names one that is not named yet, or was another then.
    pub fn search_safe(&self, kind: SearchKind, object: pg_sys::Oid) -> Result<()> {
        let candidate = Candidate::new(kind, object)?;
        if !self.store_search_name(&candidate)? {
            return Err(Error::exists(format!(
                "{} {} is named safe for searches already",
                kind.label(),
                candidate.name
            )));
        }
        Ok(())
    }

    pub fn not_search_safe(&self, kind: SearchKind, object: pg_sys::Oid) -> Result<()> {
        let name = name_of(kind, object)?;
        match self.forget_search_name(kind, &name)? {
            0 => Err(Error::unknown(format!(
                "{} {name} is not named safe for searches",
                kind.label()
            ))
            .hint("The table sharing.search_names lists those that are.")),
            _ => Ok(()),
        }
    }

    /// Names all that this project has examined and that is there; returns those that were not named.
    pub fn enable_search(&self) -> Result<Vec<String>> {
        let examined = rows(
            "SELECT d.kind, d.object FROM sharing_internal.examined_for_search() d ORDER BY d.kind DESC, d.name",
            &[],
            |row| Ok((row.get::<String>(1)?, row.get::<pg_sys::Oid>(2)?)),
        )?;
        let mut named = Vec::new();
        for (kind, object) in examined {
            if let (Some(kind), Some(object)) =
                (kind.as_deref().and_then(SearchKind::from_label), object)
            {
                let candidate = Candidate::new(kind, object)?;
                if self.store_search_name(&candidate)? {
                    named.push(format!("{} {}", kind.label(), candidate.name));
                }
            }
        }
        Ok(named)
    }

    /// As in a document.
    pub fn import_search_name(&self, kind: SearchKind, name: &str) -> Result<()> {
        let candidate = Candidate::new(kind, known(kind, name)?)?;
        self.store_search_name(&candidate).map(drop)
    }

    pub fn forget_search_name(&self, kind: SearchKind, name: &str) -> Result<usize> {
        execute(
            "DELETE FROM sharing.search_names WHERE kind = $1 AND name = $2",
            &[kind.label().into(), name.into()],
        )
    }

    /// Whether that changed something.
    fn store_search_name(&self, candidate: &Candidate) -> Result<bool> {
        let stored = execute(
            "INSERT INTO sharing.search_names AS n (kind, name, definition) VALUES ($1, $2, $3)
             ON CONFLICT (kind, name) DO UPDATE SET definition = excluded.definition WHERE n.definition <> excluded.definition",
            &[
                candidate.kind.label().into(),
                candidate.name.as_str().into(),
                candidate.definition.as_str().into(),
            ],
        )?;
        Ok(stored > 0)
    }
}

impl Look {
    /// Whether one is among those that this project has examined.
    pub fn is_examined(&self, kind: SearchKind, object: pg_sys::Oid) -> Result<bool> {
        let found = column::<bool>(
            "SELECT true FROM sharing_internal.examined_for_search() d WHERE d.kind = $1 AND d.object = $2",
            &[kind.label().into(), object.into()],
        )?;
        Ok(!found.is_empty())
    }
}

/// Refuses a name of a document that means nothing that can be named; returns it as it is stored.
pub fn check_search_name(kind: SearchKind, name: &str) -> Result<String> {
    Ok(Candidate::new(kind, known(kind, name)?)?.name)
}

fn known(kind: SearchKind, name: &str) -> Result<pg_sys::Oid> {
    find(kind, name).ok_or_else(|| {
        Error::unknown(format!("no {} {name}", kind.label())).hint(kind.hint_of_unknown())
    })
}

fn name_of(kind: SearchKind, object: pg_sys::Oid) -> Result<String> {
    let name = match kind {
        SearchKind::Operator => operator_name(object),
        SearchKind::Function => function_name(object),
    };
    name.ok_or_else(|| {
        Error::unknown(format!("{} {object} does not exist", kind.label()))
            .hint(kind.hint_of_unknown())
    })
}

impl Candidate {
    /// Refuses what could become something else by the doing of others, or does more than to compare.
    fn new(kind: SearchKind, object: pg_sys::Oid) -> Result<Candidate> {
        let name = name_of(kind, object)?;
        let function = match kind {
            SearchKind::Operator => function_of(object),
            SearchKind::Function => object,
        };
        let refused = |why: &str| {
            Err(Error::bad_value(format!(
                "{} {name} cannot be named safe for searches: {why}",
                kind.label()
            )))
        };
        if !belongs_to_postgresql_or_an_extension(kind, object)?
            || !belongs_to_postgresql_or_an_extension(SearchKind::Function, function)?
        {
            return refused("it belongs neither to PostgreSQL nor to an extension").map_err(
                |error: Error| error.hint("sharing.search_defaults lists what was examined."),
            );
        }
        let Some(definition) = definition(function) else {
            return refused(
                "its function is not written in C, so what it does may change with what it calls",
            );
        };
        if !is_plain_function(function)? {
            return refused("it is no plain function that depends on its arguments alone");
        }
        Ok(Candidate {
            kind,
            name,
            definition,
        })
    }
}

fn belongs_to_postgresql_or_an_extension(kind: SearchKind, object: pg_sys::Oid) -> Result<bool> {
    let (catalog, schema) = match kind {
        SearchKind::Operator => ("pg_operator", "oprnamespace"),
        SearchKind::Function => ("pg_proc", "pronamespace"),
    };
    let belongs = value::<bool>(
        &format!(
            "SELECT o.{schema} = 'pg_catalog'::regnamespace OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = o.oid
                   AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e')
             FROM pg_catalog.{catalog} o WHERE o.oid = $1"
        ),
        &[object.into()],
    )?;
    Ok(belongs == Some(true))
}

fn is_plain_function(function: pg_sys::Oid) -> Result<bool> {
    let is_plain = value::<bool>(
        "SELECT prokind = 'f' AND NOT proretset AND NOT prosecdef AND provolatile <> 'v' FROM pg_catalog.pg_proc WHERE oid = $1",
        &[function.into()],
    )?;
    Ok(is_plain == Some(true))
}
