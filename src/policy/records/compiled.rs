//! Conditions of policies, asked of rows that are read by direct scans.

use crate::core::Result;
use crate::core::criteria::Criteria;
use crate::core::org::CriteriaId;
use crate::policy::records::reading::Records;
use crate::policy::sets::since::READ_POLICY;
use crate::policy::text::calls::criteria_conditions;
use crate::policy::text::columns::condition;
use crate::policy::text::comparison::expression;
use crate::policy::text::criteria::conditions;
use pgrx::{PgMemoryContexts, pg_sys};

/// A condition that can be asked of the rows of one table.
pub struct CompiledPolicy {
    state: *mut pg_sys::ExprState,
    context: *mut pg_sys::ExprContext,
    slot: *mut pg_sys::TupleTableSlot,
}

impl CompiledPolicy {
    /// # Safety
    /// The table must be open, `policy` an expression over its rows; `context` must live as long as
    /// the result.
    pub unsafe fn new(
        policy: *mut pg_sys::Node,
        records: &Records,
        context: pg_sys::MemoryContext,
    ) -> CompiledPolicy {
        // SAFETY: by the caller's promise. Everything is made in the given context and goes with it;
        // nothing of it needs to be closed.
        unsafe {
            PgMemoryContexts::For(context).switch_to(|_| {
                let estate = pg_sys::CreateExecutorState();
                PgMemoryContexts::For((*estate).es_query_cxt).switch_to(|_| {
                    // With what columns read as in rows that are older than the column.
                    let descriptor =
                        pg_sys::CreateTupleDescCopyConstr((*records.relation()).rd_att);
                    let copy = pg_sys::copyObjectImpl(policy.cast()).cast::<pg_sys::Expr>();
                    CompiledPolicy {
                        state: pg_sys::ExecPrepareExpr(copy, estate),
                        context: pg_sys::CreateExprContext(estate),
                        slot: pg_sys::MakeTupleTableSlot(descriptor, &pg_sys::TTSOpsHeapTuple),
                    }
                })
            })
        }
    }

    /// # Safety
    /// `tuple` must be a row of the table that the policy was compiled for.
    pub unsafe fn admits(&self, tuple: pg_sys::HeapTuple) -> bool {
        // SAFETY: by the caller's promise. An error of the policy's functions passes through the
        // guard as every other does.
        unsafe {
            pg_sys::ExecStoreHeapTuple(tuple, self.slot, false);
            (*self.context).ecxt_scantuple = self.slot;
            let Some(evaluate) = (*self.state).evalfunc else {
                return false;
            };
            let mut is_null = false;
            let memory = (*self.context).ecxt_per_tuple_memory;
            let previous = pg_sys::MemoryContextSwitchTo(memory);
            let value = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                evaluate(self.state, self.context, &mut is_null)
            });
            pg_sys::MemoryContextSwitchTo(previous);
            pg_sys::MemoryContextReset(memory);
            !is_null && value.value() as u8 != 0
        }
    }
}

/// Which criteria the rows of a table meet.
#[derive(Default)]
pub struct MetCriteria(Vec<(CriteriaId, CompiledPolicy)>);

impl MetCriteria {
    /// As the table's policy says it, and where that does not know them, because no valid rule has them, as `wanted`
    /// says it. Criteria whose columns the table lacks are met by no row.
    ///
    /// # Safety
    /// The table must be open, and the current memory context live as long as the result.
    pub unsafe fn of<'c>(
        records: &Records,
        wanted: impl Iterator<Item = (CriteriaId, &'c Criteria)>,
    ) -> MetCriteria {
        let mut wanted = wanted.peekable();
        if wanted.peek().is_none() {
            return MetCriteria::default();
        }
        // SAFETY: by the caller's promise.
        unsafe {
            let relation = records.relation();
            let context = pg_sys::CurrentMemoryContext;
            let told = criteria_conditions(condition(relation, READ_POLICY));
            let compiled = wanted.filter_map(|(id, criteria)| {
                let known = told.iter().find(|one| one.0 == id).map(|one| one.1);
                let asked = known.or_else(|| {
                    let all = conditions((*relation).rd_id, "", criteria).ok()?;
                    expression(relation, &all.join(" AND "))
                })?;
                Some((id, CompiledPolicy::new(asked, records, context)))
            });
            MetCriteria(compiled.collect())
        }
    }

    /// Those that a row meets, in the order of their numbers, where they were given so.
    ///
    /// # Safety
    /// `tuple` must be a row of the table.
    pub unsafe fn of_row(&self, tuple: pg_sys::HeapTuple) -> Result<Vec<CriteriaId>> {
        // SAFETY: by the caller's promise.
        let met = |one: &&(CriteriaId, CompiledPolicy)| unsafe { one.1.admits(tuple) };
        Ok(self.0.iter().filter(met).map(|one| one.0).collect())
    }
}
