//! What policies say of the criteria of valid rules (semantics: Sharing rules).

use crate::catalog::write::criteria::valid_criteria;
use crate::core::Result;
use crate::core::criteria::Criteria;
use crate::pg::names::qualified_name;
use crate::policy::text::criteria::conditions;
use crate::policy::text::protection::CriteriaArm;
use pgrx::pg_sys;

/// What the policies of a module say of the criteria of its valid rules.
pub fn criteria_arms(relation: pg_sys::Oid) -> Result<Vec<CriteriaArm>> {
    let valid = valid_criteria(relation)?;
    if valid.is_empty() {
        return Ok(Vec::new());
    }
    let table = qualified_name(relation).unwrap_or_default();
    let arm = |(id, criteria): (i32, Criteria)| {
        let conditions = conditions(relation, &table, &criteria)?;
        Ok(CriteriaArm { id, conditions })
    };
    valid.into_iter().map(arm).collect()
}
