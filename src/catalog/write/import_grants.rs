//! Making grants of records equal to a document (semantics: Configuration as one document), like the rest in `import`.

use crate::catalog::write::change::{Change, MODULE};
use crate::catalog::write::shares::will_be_shared;
use crate::catalog::write::sql::execute;
use crate::catalog::write::tables::{is_unlogged, unlogged_table};
use crate::core::document::{GrantEntry, Plan, section};
use crate::core::org::ModuleId;
use crate::core::{Error, Result, Sqlstate};
use pgrx::datum::DatumWithOid;
use std::collections::BTreeSet;

/// Grants as rows, `g`, with the numbers of what they name. The arguments are `columns`.
const GRANTS: &str = "
    (SELECT COALESCE(u.id, r.id, o.id) AS to_id, d.kind AS to_kind, m.id AS module_id, d.record, d.access, d.until::timestamptz AS until, b.id AS given_by
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         AS d (module, record, kind, name, access, until, given_by)
     JOIN sharing.modules m ON m.name = d.module
     LEFT JOIN sharing.users u ON u.key = d.name AND d.kind = 'user'
     LEFT JOIN sharing.roles r ON r.name = d.name AND d.kind IN ('role', 'role_and_subordinates')
     LEFT JOIN sharing.groups o ON o.name = d.name AND d.kind = 'group'
     LEFT JOIN sharing.users b ON b.key = d.given_by) g";

const SAME: &str = "t.to_id = g.to_id AND t.to_kind = g.to_kind AND t.module_id = g.module_id AND t.record_id = g.record";

impl Change {
    /// What goes, while those to whom it was given are there.
    pub(super) fn drop_grants(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.grants);
        let dropped: Vec<_> = plan.grants.drop.iter().map(|&at| &present[at]).collect();
        if !dropped.is_empty() {
            execute(
                &format!("DELETE FROM sharing.record_grants t USING {GRANTS} WHERE {SAME}"),
                &columns(&dropped),
            )?;
        }
        Ok(())
    }

    /// What is new or altered, when those to whom it is given and the modules are there.
    pub(super) fn import_grants(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.grants);
        let altered = plan.grants.alter.iter().map(|&(_, at)| &wanted[at]);
        let altered: Vec<_> = altered.collect();
        if !altered.is_empty() {
            let count = execute(
                &format!(
                    "UPDATE sharing.record_grants t SET access = g.access, until = g.until, given_at = pg_catalog.clock_timestamp() FROM {GRANTS} WHERE {SAME}"
                ),
                &columns(&altered),
            )?;
            all(count, altered.len())?;
        }
        let created: Vec<_> = plan.grants.create.iter().map(|&at| &wanted[at]).collect();
        if created.is_empty() {
            return Ok(());
        }
        let ids = MODULE.ids()?;
        let modules: BTreeSet<&str> = created.iter().map(|grant| &*grant.module).collect();
        let modules: Vec<ModuleId> = modules
            .into_iter()
            .filter_map(|name| ids.get(name).copied().map(ModuleId))
            .collect();
        for module in &modules {
            if let Some(table) = unlogged_table(module.0)? {
                return Err(is_unlogged(&table).at("grants"));
            }
        }
        will_be_shared(&modules)?;
        // One that has ended may still be there.
        let count = execute(
            &format!(
                "INSERT INTO sharing.record_grants AS t (to_id, to_kind, module_id, record_id, access, until, given_by_user_id)
                 SELECT g.to_id, g.to_kind, g.module_id, g.record, g.access, g.until, g.given_by FROM {GRANTS}
                 ON CONFLICT (to_id, to_kind, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, until = EXCLUDED.until,
                     given_by_user_id = EXCLUDED.given_by_user_id, given_at = EXCLUDED.given_at"
            ),
            &columns(&created),
        )?;
        all(count, created.len())
    }
}

/// Under REPEATABLE READ, statements may not see what the plan was made for.
fn all(done: usize, wanted: usize) -> Result<()> {
    if done == wanted {
        return Ok(());
    }
    Err(Error::new(
        Sqlstate::Retry,
        "grants were changed by another transaction at the same time",
    )
    .hint("Import the document again."))
}

fn columns(grants: &[&GrantEntry]) -> [DatumWithOid<'static>; 7] {
    fn each<'g, T>(grants: &[&'g GrantEntry], field: impl Fn(&'g GrantEntry) -> T) -> Vec<T> {
        grants.iter().map(|grant| field(grant)).collect()
    }
    let ends = each(grants, |grant| grant.until.map(|until| until.to_string()));
    [
        each(grants, |grant| grant.module.as_str()).into(),
        each(grants, |grant| grant.record.as_str()).into(),
        each(grants, |grant| grant.to.kind()).into(),
        each(grants, |grant| grant.to.name()).into(),
        each(grants, |grant| grant.access.label()).into(),
        ends.into(),
        each(grants, |grant| grant.by.as_deref()).into(),
    ]
}
