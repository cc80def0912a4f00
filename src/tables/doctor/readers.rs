//! What reads protected tables past their policies, or takes rows somewhere else.

use crate::catalog::write::readers::{
    Reader, materialized_views, publications, security_definer_functions, views_as_owner,
};
use crate::catalog::write::tables::oids;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::tables::doctor::ward::Ward;
use pgrx::pg_sys;

/// The tables of all modules, and these with all their parts.
fn tables(ward: &Ward) -> Result<(Vec<pg_sys::Oid>, Vec<pg_sys::Oid>)> {
    let modules = ward.modules()?;
    let roots = modules.iter().map(|case| case.table.oid).collect();
    let all = modules.iter().flat_map(|case| oids(&case.members));
    Ok((roots, all.collect()))
}

pub fn views(ward: &Ward) -> Result<Vec<Finding>> {
    let (_, all) = tables(ward)?;
    let finding = |reader: Reader| {
        let Reader {
            name,
            owner_bypasses,
            is_view,
            ..
        } = reader;
        let (severity, message) = match owner_bypasses {
            true => (
                Severity::Error,
                "reads protected tables as its owner, who bypasses row security: whoever may read it sees every row",
            ),
            false => (
                Severity::Warning,
                "reads protected tables as its owner, which is who asks where people are known by their database role",
            ),
        };
        let finding = Finding::new(severity, &name, message);
        match is_view {
            true => finding.fix(format!("ALTER VIEW {name} SET (security_invoker = true)")),
            false => finding,
        }
    };
    Ok(views_as_owner(&all)?.into_iter().map(finding).collect())
}

pub fn functions(ward: &Ward) -> Result<Vec<Finding>> {
    let (roots, all) = tables(ward)?;
    let finding = |reader: Reader| {
        let reads = match reader.by_text {
            true => {
                "is SECURITY DEFINER and its text has the name of a protected table or of a view that reads one, which it may read"
            }
            false => "is SECURITY DEFINER and reads protected tables",
        };
        let (severity, who) = match (reader.owner_bypasses, reader.by_text) {
            (true, false) => (Severity::Warning, "past row security"),
            (true, true) => (Severity::Advice, "past row security"),
            (false, _) => (
                Severity::Advice,
                "as its owner, which is who asks where people are known by their database role",
            ),
        };
        Finding::new(
            severity,
            format!("function {}", reader.name),
            format!("{reads}, {who}"),
        )
    };
    let found = security_definer_functions(&roots, &all)?;
    Ok(found.into_iter().map(finding).collect())
}

pub fn copies(ward: &Ward) -> Result<Vec<Finding>> {
    let (_, all) = tables(ward)?;
    let found = materialized_views(&all)?.into_iter().map(|name| {
        Finding::new(
            Severity::Warning,
            name,
            "holds rows of protected tables, which nothing filters there",
        )
    });
    Ok(found.collect())
}

pub fn published(ward: &Ward) -> Result<Vec<Finding>> {
    let (_, all) = tables(ward)?;
    let found = publications(&all)?.into_iter().map(|name| {
        Finding::new(
            Severity::Warning,
            format!("publication {name}"),
            "sends rows of protected tables, also where it has a row filter: no policy holds for subscribers",
        )
    });
    Ok(found.collect())
}
