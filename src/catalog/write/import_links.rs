//! Making links and shares equal to a document (semantics: Configuration as one document), like the rest in `import`.

use crate::catalog::write::change::{Change, MODULE};
use crate::catalog::write::links::{Sharing, notify};
use crate::catalog::write::shares::will_be_shared;
use crate::catalog::write::sql::{column, execute};
use crate::catalog::write::tables::{is_unlogged, unlogged_table};
use crate::core::document::{LinkEntry, Plan, ShareEntry, section};
use crate::core::org::ModuleId;
use crate::core::time::Moment;
use crate::core::{Error, LinkStatus, Result, Sqlstate};
use pgrx::datum::DatumWithOid;
use std::collections::BTreeSet;

/// Links as rows, `l`; the arguments are `link_columns`.
const LINKS: &str = "
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS d (sharer, receiver, status, until)
    JOIN sharing.users f ON f.key = d.sharer JOIN sharing.users t ON t.key = d.receiver
    JOIN sharing.links l ON l.from_user_id = f.id AND l.to_user_id = t.id";

/// Shares as rows, with the numbers of what they name. The arguments are `share_columns`.
const SHARES: &str = "
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS d (module, record, sharer, receiver, access, until)
    JOIN sharing.modules m ON m.name = d.module
    JOIN sharing.users f ON f.key = d.sharer JOIN sharing.users t ON t.key = d.receiver
    JOIN sharing.links l ON l.from_user_id = f.id AND l.to_user_id = t.id";

impl Change {
    /// Until the transaction ends, nobody else changes links, shares and grants: that takes no lock on the
    /// configuration.
    pub fn lock_links(&self) -> Result<()> {
        execute(
            "LOCK TABLE sharing.links, sharing.shares, sharing.record_grants IN SHARE ROW EXCLUSIVE MODE",
            &[],
        )?;
        Ok(())
    }

    /// What goes, while its users are there.
    pub(super) fn drop_links(&self, plan: &Plan) -> Result<()> {
        // Those of a link first: each gives the link a new stamp, which costs more when it is gone.
        let shares = section(&plan.present.document.shares);
        let dropped: Vec<_> = plan.shares.drop.iter().map(|&at| &shares[at]).collect();
        if !dropped.is_empty() {
            execute(
                &format!(
                    "DELETE FROM sharing.shares s USING (SELECT l.id AS link_id, m.id AS module_id, d.record {SHARES}) g
                     WHERE s.link_id = g.link_id AND s.module_id = g.module_id AND s.record_id = g.record"
                ),
                &share_columns(&dropped),
            )?;
        }
        let links = section(&plan.present.document.links);
        let dropped: Vec<_> = plan.links.drop.iter().map(|&at| &links[at]).collect();
        if !dropped.is_empty() {
            Sharing::begin()?.delete_links(
                &format!("id IN (SELECT l.id {LINKS})"),
                &link_columns(&dropped),
            )?;
        }
        Ok(())
    }

    /// What is new or altered, when its users and modules are there.
    pub(super) fn import_links(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.links);
        let altered: Vec<_> = plan
            .links
            .alter
            .iter()
            .map(|&(_, at)| &wanted[at])
            .collect();
        let created: Vec<_> = plan.links.create.iter().map(|&at| &wanted[at]).collect();
        for status in LinkStatus::ALL {
            let (altered, created) = (of_status(&altered, status), of_status(&created, status));
            let mut ids: Vec<i64> = Vec::new();
            if !altered.is_empty() {
                ids.extend(column::<i64>(
                    &format!(
                        "UPDATE sharing.links u SET status = g.status, until = g.until FROM (SELECT l.id, d.status, d.until::timestamptz AS until {LINKS}) g
                         WHERE u.id = g.id RETURNING u.id"
                    ),
                    &link_columns(&altered),
                )?);
            }
            if !created.is_empty() {
                ids.extend(column::<i64>(
                    "INSERT INTO sharing.links (from_user_id, to_user_id, status, until) SELECT f.id, t.id, d.status, d.until::timestamptz
                     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS d (sharer, receiver, status, until, n)
                     JOIN sharing.users f ON f.key = d.sharer JOIN sharing.users t ON t.key = d.receiver
                     ORDER BY d.n ON CONFLICT DO NOTHING RETURNING id",
                    &link_columns(&created),
                )?);
            }
            all(ids.len(), altered.len() + created.len())?;
            let event = match status {
                LinkStatus::Waiting => "requested",
                LinkStatus::Active => "accepted",
            };
            notify(event, &ids)?;
        }
        self.import_shares(plan)
    }

    fn import_shares(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.shares);
        let altered: Vec<_> = plan
            .shares
            .alter
            .iter()
            .map(|&(_, at)| &wanted[at])
            .collect();
        if !altered.is_empty() {
            let count = execute(
                &format!(
                    "UPDATE sharing.shares s SET access = g.access, until = g.until, shared_at = pg_catalog.clock_timestamp()
                     FROM (SELECT l.id AS link_id, m.id AS module_id, d.record, d.access, d.until::timestamptz AS until {SHARES}) g
                     WHERE s.link_id = g.link_id AND s.module_id = g.module_id AND s.record_id = g.record"
                ),
                &share_columns(&altered),
            )?;
            all(count, altered.len())?;
        }
        let created: Vec<_> = plan.shares.create.iter().map(|&at| &wanted[at]).collect();
        if created.is_empty() {
            return Ok(());
        }
        let ids = MODULE.ids()?;
        let modules: BTreeSet<&str> = created.iter().map(|share| share.module.as_str()).collect();
        let modules: Vec<ModuleId> = modules
            .into_iter()
            .filter_map(|name| ids.get(name).copied().map(ModuleId))
            .collect();
        for module in &modules {
            if let Some(table) = unlogged_table(module.0)? {
                return Err(is_unlogged(&table).at("shares"));
            }
        }
        will_be_shared(&modules)?;
        let count = execute(
            &format!(
                "INSERT INTO sharing.shares (link_id, module_id, record_id, access, until)
                 SELECT l.id, m.id, d.record, d.access, d.until::timestamptz {SHARES} ON CONFLICT DO NOTHING"
            ),
            &share_columns(&created),
        )?;
        all(count, created.len())
    }
}

fn of_status<'a>(links: &[&'a LinkEntry], status: LinkStatus) -> Vec<&'a LinkEntry> {
    let all = links.iter().copied();
    all.filter(|link| link.status == status).collect()
}

/// Under REPEATABLE READ, statements may not see what the plan was made for.
fn all(done: usize, wanted: usize) -> Result<()> {
    if done == wanted {
        return Ok(());
    }
    Err(Error::new(
        Sqlstate::Retry,
        "links or shares were changed by another transaction at the same time",
    )
    .hint("Import the document again."))
}

fn texts<'a, T>(elements: &'a [&T], field: impl Fn(&'a T) -> &'a str) -> DatumWithOid<'static> {
    let texts: Vec<&str> = elements.iter().map(|&element| field(element)).collect();
    texts.into()
}

fn ends<T>(elements: &[&T], until: impl Fn(&T) -> Option<Moment>) -> DatumWithOid<'static> {
    let ends = elements
        .iter()
        .map(|element| until(element).map(|until| until.to_string()));
    ends.collect::<Vec<_>>().into()
}

fn link_columns(links: &[&LinkEntry]) -> [DatumWithOid<'static>; 4] {
    [
        texts(links, |link| &link.from),
        texts(links, |link| &link.to),
        texts(links, |link| link.status.label()),
        ends(links, |link| link.until),
    ]
}

fn share_columns(shares: &[&ShareEntry]) -> [DatumWithOid<'static>; 6] {
    [
        texts(shares, |share| &share.module),
        texts(shares, |share| &share.record),
        texts(shares, |share| &share.from),
        texts(shares, |share| &share.to),
        texts(shares, |share| share.access.label()),
        ends(shares, |share| share.until),
    ]
}
