//! What the leader of a parallel plan has found out about its caller goes to the workers. Each of
//! them is a new process, which would otherwise read the configuration and fill the same sets before
//! its first row. With it goes the time by which the statement is judged, and when something ends:
//! leader and workers are to agree on what has ended.
//!
//! It travels behind the parameters of the statement, which the executor hands to workers. The last
//! one has a value and no type: nobody can pass such a parameter, so nothing that a user passes is
//! taken for it. A worker uses what came for the same caller and under the same stamp alone.

use crate::catalog::read::configuration::Configuration;
use crate::catalog::read::ends::EndsOfState;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Way;
use crate::core::{Action, Error, Result};
use crate::pg::clock;
use crate::pg::list::{length, nth};
use crate::policy::records::reading::Records;
use crate::policy::sets::owner_sets;
use crate::policy::sets::owners::ColumnTypes;
use crate::policy::sets::reached::fetch_by;
use crate::policy::sets::received::{self, Handover};
use crate::policy::text::columns::owner_columns;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use crate::session::{acting, settings, source_setting, token};
use pgrx::{PgMemoryContexts, pg_sys};

/// What is larger is not handed over, in bytes: every worker gets a copy.
const LARGEST: usize = 64 << 20;

/// The value of the last parameter.
const MARK: usize = 0x7368_6172_696e_6721;

fn is_worker() -> bool {
    // SAFETY: set once, before anything of ours runs in this process.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 }
}

/// Gives the workers of a statement, if it may have some, what its caller reaches.
///
/// # Safety
/// The execution of `query` must have been started, under its snapshot.
pub unsafe fn give(query: *mut pg_sys::QueryDesc) -> Result<()> {
    // SAFETY: by the caller's promise; the parameters are copied to where they live as long as the
    // execution.
    unsafe {
        let (plan, estate) = ((*query).plannedstmt, (*query).estate);
        let is_installed = || relation_oid(c"generation").is_some();
        if !(*plan).parallelModeNeeded || is_worker() || estate.is_null() || !is_installed() {
            return Ok(());
        }
        // Who the statement is for was noted when it began: the clock goes on.
        let caller = Caller::of_call((*estate).es_query_cxt);
        let found = handover_of_statement(plan, &caller)?.map(|handover| as_bytes(&handover));
        let bytes = match found.transpose()?.filter(|bytes| bytes.len() <= LARGEST) {
            Some(bytes) => bytes,
            // Workers must be told what they cannot find out: who asks, and since when.
            None => as_bytes(&Handover {
                caller,
                time: clock::now(),
                ends: None,
                stamp: 0,
                read: Vec::new(),
            })?,
        };
        let given = (*estate).es_param_list_info;
        PgMemoryContexts::For((*estate).es_query_cxt)
            .switch_to(|_| (*estate).es_param_list_info = with_payload(given, &bytes));
    }
    Ok(())
}

fn as_bytes(handover: &Handover) -> Result<Vec<u8>> {
    postcard::to_allocvec(handover)
        .map_err(|error| Error::internal(format!("for parallel workers: {error}")))
}

/// The parameters of a statement, followed by ours. The executor finds those of the statement by
/// their numbers, as before.
///
/// # Safety
/// `given` must be null or a list of parameters, which lives longer than the result.
unsafe fn with_payload(given: pg_sys::ParamListInfo, payload: &[u8]) -> pg_sys::ParamListInfo {
    // SAFETY: by the caller's promise; a list is made with room for as many as are written.
    unsafe {
        let given = match given.is_null() || (*given).paramFetch.is_none() {
            true => given,
            // Looks up what is otherwise looked up when it is asked for.
            false => pg_sys::copyParamList(given),
        };
        let count = match given.is_null() {
            true => 0,
            false => (*given).numParams as usize,
        };
        let list = pg_sys::makeParamList(count as i32 + 2);
        let params = (*list).params.as_mut_ptr();
        if count > 0 {
            params.copy_from_nonoverlapping((*given).params.as_ptr(), count);
        }
        let parameter = |value, ptype| pg_sys::ParamExternData {
            value,
            isnull: false,
            pflags: 0,
            ptype,
        };
        let bytes = pg_sys::cstring_to_text_with_len(payload.as_ptr().cast(), payload.len() as i32);
        params
            .add(count)
            .write(parameter(pg_sys::Datum::from(bytes), pg_sys::BYTEAOID));
        params
            .add(count + 1)
            .write(parameter(pg_sys::Datum::from(MARK), pg_sys::InvalidOid));
        list
    }
}

/// Takes what the leader gave, where this is a worker.
///
/// # Safety
/// `query` must be about to be started.
pub unsafe fn receive(query: *mut pg_sys::QueryDesc) -> Result<()> {
    if !is_worker() {
        return Ok(());
    }
    // SAFETY: by the caller's promise; a list has as many parameters as it says, and a worker has
    // them all before it.
    unsafe {
        let list = (*query).params;
        if list.is_null() {
            return Ok(());
        }
        let params = (*list).params.as_slice((*list).numParams as usize);
        let [.., payload, last] = params else {
            return Ok(());
        };
        let is_ours = last.ptype == pg_sys::InvalidOid
            && !last.isnull
            && last.value.value() == MARK
            && payload.ptype == pg_sys::BYTEAOID
            && !payload.isnull;
        if is_ours {
            let bytes = pgrx::varlena_to_byte_slice(payload.value.cast_mut_ptr());
            let handover: Handover = postcard::from_bytes(bytes)
                .map_err(|error| Error::internal(format!("from the leader: {error}")))?;
            acting::take_over(handover.caller.acting_as.clone());
            token::take_over(handover.caller.token.clone());
            settings::take_over_requirement(handover.caller.requires_token);
            source_setting::take_over(handover.caller.claim.clone());
            received::receive(handover);
        }
    }
    Ok(())
}

/// What is remembered for the caller, and what they reach in the tables of the plan: a plan that was
/// kept may be new to them. None where no table of the plan is protected.
///
/// # Safety
/// `plan` must be a plan that is run under its snapshot.
unsafe fn handover_of_statement(
    plan: *mut pg_sys::PlannedStmt,
    caller: &Caller,
) -> Result<Option<Handover>> {
    let Some(snapshot) = Snapshot::of_statement().filter(|_| owner_sets::any_remembered()) else {
        return Ok(None);
    };
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(None);
    };
    // SAFETY: by the caller's promise.
    let tables = unsafe { protected_tables(plan, &state.configuration) };
    if state.generation.own || tables.is_empty() {
        return Ok(None);
    }
    let stamp = state.generation.stamp;
    let mut read = match identity(caller, &state, &snapshot)? {
        Some(me) => owner_sets::remembered(stamp, me.id, Action::Read),
        None => Vec::new(),
    };
    for table in tables {
        let is_known = read
            .iter()
            .any(|known| known.0 == table && known.1 == Way::Own);
        if !is_known && let Some(types) = types_of_owners(table) {
            let action = Action::Read;
            let set = fetch_by(&snapshot, caller, table, Way::Own, action, types)?;
            read.push((table, Way::Own, set));
        }
    }
    Ok(Some(Handover {
        caller: caller.clone(),
        time: clock::now(),
        ends: EndsOfState::seen_by(&snapshot),
        stamp,
        read,
    }))
}

/// None where a table has no owners, or its policies are not ours.
fn types_of_owners(table: pg_sys::Oid) -> Option<ColumnTypes> {
    let records = Records::open(table)?;
    // SAFETY: the table is open.
    let columns = unsafe { owner_columns(records.relation()) };
    columns.ok().map(|columns| columns.types())
}

/// # Safety
/// `plan` must be a plan.
unsafe fn protected_tables(
    plan: *mut pg_sys::PlannedStmt,
    configuration: &Configuration,
) -> Vec<pg_sys::Oid> {
    // SAFETY: the range table of a plan is a list of entries.
    unsafe {
        let entries = (*plan).rtable;
        let tables = (0..length(entries)).map(|n| {
            let entry = nth(entries, n).cast::<pg_sys::RangeTblEntry>();
            (*entry).relid
        });
        tables
            .filter(|table| configuration.tables.contains_key(table))
            .collect()
    }
}
