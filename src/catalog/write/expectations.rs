//! What users are expected to have on records (semantics: Expectations).

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{execute, value};
use crate::catalog::write::user_keys::user_id;
use crate::core::document::{ExpectationEntry, Plan, section};
use crate::core::error::record_must_fit;
use crate::core::expectation::Expectation;
use crate::core::org::ModuleId;
use crate::core::{Error, Result};
use pgrx::datum::DatumWithOid;

/// Expectations as rows, with the numbers of what they name. The arguments are `columns`.
const EXPECTATIONS: &str = "
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[]) WITH ORDINALITY AS d (user_key, module, record, access, exactly, place)
    JOIN sharing.users u ON u.key = d.user_key JOIN sharing.modules m ON m.name = d.module";

impl Change {
    /// Returns its number. What was expected of the user on the record is what is expected now.
    pub fn store_expectation(
        &self,
        user_key: &str,
        module: ModuleId,
        record: &str,
        expected: Expectation,
    ) -> Result<i64> {
        let user = user_id(user_key)?;
        record_must_fit("a record", record)?;
        let id: Option<i64> = value(
            "INSERT INTO sharing.expectations AS e (user_id, module_id, record_id, access, exactly) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (user_id, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, exactly = EXCLUDED.exactly RETURNING id",
            &[
                user.into(),
                module.0.into(),
                record.into(),
                expected.access().label().into(),
                expected.exactly().into(),
            ],
        )?;
        id.ok_or_else(|| Error::internal("the new expectation has no number"))
    }

    pub fn forget_expectation(&self, id: i64) -> Result<()> {
        let gone = execute(
            "DELETE FROM sharing.expectations WHERE id = $1",
            &[id.into()],
        )?;
        match gone {
            0 => Err(Error::unknown(format!("expectation {id} does not exist"))
                .hint("Expectations are listed by sharing.check_expectations().")),
            _ => Ok(()),
        }
    }

    pub(super) fn drop_expectations(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.expectations);
        let dropped: Vec<_> = plan
            .expectations
            .drop
            .iter()
            .map(|&at| &present[at])
            .collect();
        execute(
            &format!(
                "DELETE FROM sharing.expectations e USING (SELECT u.id AS user_id, m.id AS module_id, d.record {EXPECTATIONS}) g
                 WHERE e.user_id = g.user_id AND e.module_id = g.module_id AND e.record_id = g.record"
            ),
            &columns(&dropped),
        )?;
        Ok(())
    }

    /// When their users and modules are there.
    pub(super) fn import_expectations(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.expectations);
        let altered = plan.expectations.alter.iter().map(|&(_, at)| at);
        let places = plan.expectations.create.iter().copied().chain(altered);
        let changed: Vec<_> = places.map(|at| &wanted[at]).collect();
        execute(
            &format!(
                "INSERT INTO sharing.expectations AS e (user_id, module_id, record_id, access, exactly)
                 SELECT u.id, m.id, d.record, d.access, d.exactly {EXPECTATIONS} ORDER BY d.place
                 ON CONFLICT (user_id, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, exactly = EXCLUDED.exactly"
            ),
            &columns(&changed),
        )?;
        Ok(())
    }
}

fn columns(expectations: &[&ExpectationEntry]) -> [DatumWithOid<'static>; 5] {
    fn texts<'a>(
        all: &[&'a ExpectationEntry],
        field: impl Fn(&'a ExpectationEntry) -> &'a str,
    ) -> DatumWithOid<'static> {
        let texts: Vec<&str> = all.iter().map(|&one| field(one)).collect();
        texts.into()
    }
    let exactly: Vec<bool> = expectations.iter().map(|one| one.exactly).collect();
    [
        texts(expectations, |one| &one.user),
        texts(expectations, |one| &one.module),
        texts(expectations, |one| &one.record),
        texts(expectations, |one| one.access.label()),
        exactly.into(),
    ]
}
