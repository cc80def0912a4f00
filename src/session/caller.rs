//! The caller of a statement: what PostgreSQL says of them when the statement begins.
//!
//! A statement keeps the identity with which it began, a cursor too
//! (semantics: Commands on a protected table). A predicate is first called when the first row comes by,
//! which may be later; so a hook of the executor notes the caller.

use crate::catalog::read::citus;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::token_keys::token_key;
use crate::core::trust::Claimed;
use crate::pg::clock;
use crate::pg::clock::{During, Time};
use crate::pg::compat::completed_transactions;
use crate::pg::process;
use crate::session::source_setting::SourceClaim;
use crate::session::token::{TokenClaim, TokenFailure, TokenState};
use crate::session::{acting, carried_token, settings, source_setting, token};
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    pub session_user: pg_sys::Oid,
    pub current_user: pg_sys::Oid,
    pub user_key: Option<Rc<str>>,
    /// The key of the user as whom an administrator acts.
    pub acting_as: Option<Rc<str>>,
    pub token: Option<TokenState>,
    /// What the source of the session's role says, where it has one of its own.
    pub claim: Option<Rc<SourceClaim>>,
    /// No setting names a user.
    pub requires_token: bool,
}

/// Who called, and when.
type Executions = rustc_hash::FxHashMap<usize, (Caller, Time)>;

thread_local! {
    /// By the memory context that lives as long as the execution.
    static EXECUTIONS: RefCell<Executions> = RefCell::default();
    /// The tables that an execution with a MERGE writes.
    static MERGED: RefCell<rustc_hash::FxHashMap<usize, Vec<pg_sys::Oid>>> = RefCell::default();
}

impl Caller {
    /// The caller of what begins in this moment. Within a transaction: it looks at what the session is known
    /// by, the first time at the source of its role, and where the transaction keeps its snapshot, at the key of
    /// its token as it is by then.
    pub fn now() -> Caller {
        let (session_user, _) = process::users();
        // SAFETY: reads variables of this process.
        let is_alone = unsafe { pg_sys::IsTransactionState() && !pg_sys::IsInParallelMode() };
        let snapshot = Snapshot::of_statement().filter(|_| is_alone);
        if let Some(snapshot) = &snapshot {
            source_setting::find_out(session_user, snapshot);
            source_setting::define();
            carried_token::find_out(session_user, snapshot);
        }
        let mut caller = Caller::present();
        if let Some(TokenState::Holds(claim)) = &caller.token
            && snapshot.is_some()
            && process::keeps_its_snapshot()
            && !has_its_key(claim)
        {
            caller.token = Some(TokenState::Fails(TokenFailure::KeyGone));
        }
        caller
    }

    /// The same, by what this process knows: for hooks that may read nothing.
    pub fn present() -> Caller {
        let (session_user, current_user) = process::users();
        Caller {
            session_user,
            current_user,
            user_key: settings::user_key(),
            acting_as: acting::user_key(),
            token: token::present(session_user).or_else(|| carried_token::present(session_user)),
            claim: source_setting::present(session_user),
            requires_token: settings::requires_token(),
        }
    }

    /// Whoever they are when what may be LOCAL to a transaction is over, if that is somebody else.
    pub fn unnamed(&self) -> Option<Caller> {
        let says_nothing = |claim: &SourceClaim| claim.claimed == Claimed::Nothing;
        let claim = self.claim.as_ref().map(|claim| {
            Rc::new(SourceClaim {
                source: claim.source.clone(),
                claimed: Claimed::Nothing,
            })
        });
        let is_named = self.user_key.is_some()
            || self.token.is_some()
            || self
                .claim
                .as_deref()
                .is_some_and(|claim| !says_nothing(claim));
        is_named.then(|| Caller {
            user_key: None,
            token: None,
            claim,
            ..self.clone()
        })
    }

    /// Whoever they are when they act as nobody else.
    pub fn in_person(&self) -> Caller {
        Caller {
            acting_as: None,
            ..self.clone()
        }
    }

    /// The caller of the statement that a function call belongs to; outside of one, the present.
    ///
    /// # Safety
    /// `context` must be null or the memory context of a function call (`fn_mcxt`).
    pub unsafe fn of_call(context: pg_sys::MemoryContext) -> Caller {
        // SAFETY: by the caller's promise.
        unsafe { Self::and_execution_of_call(context) }.0
    }

    /// The same, and the execution that the call belongs to, if it belongs to one.
    ///
    /// # Safety
    /// As for `of_call`.
    pub unsafe fn and_execution_of_call(
        mut context: pg_sys::MemoryContext,
    ) -> (Caller, Option<Execution>) {
        while !context.is_null() {
            let key = context as usize;
            let noted = EXECUTIONS.with_borrow(|executions| executions.get(&key).cloned());
            if let Some((caller, _)) = noted {
                return (caller, Some(Execution(key)));
            }
            // SAFETY: a context's parent outlives it. EvalPlanQual evaluates in a context below
            // that of the statement.
            context = unsafe { (*context).parent };
        }
        (Caller::now(), None)
    }
}

thread_local! {
    /// The token whose key was found last, and how many transactions had ended by then.
    static KEY_FOUND: RefCell<Option<(Rc<TokenClaim>, u64)>> = const { RefCell::new(None) };
}

/// Whether the key by which a token was verified is still there, and the same, whatever the transaction's
/// snapshot sees. In doubt it is not.
fn has_its_key(claim: &Rc<TokenClaim>) -> bool {
    let completed = completed_transactions();
    let is_known = KEY_FOUND.with_borrow(|found| {
        let found = found.as_ref();
        found.is_some_and(|(of, as_of)| of == claim && *as_of == completed)
    });
    if is_known && !process::has_transaction_id() {
        return true;
    }
    let key = token_key(&claim.kid, &Snapshot::latest());
    let has = key.is_ok_and(|key| key.is_some_and(|key| key.fingerprint() == claim.fingerprint));
    KEY_FOUND.set(has.then(|| (claim.clone(), completed)));
    has
}

/// One execution of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Execution(usize);

impl Execution {
    /// What is allocated here lives as long as the execution.
    pub fn context(self) -> pg_sys::MemoryContext {
        self.0 as pg_sys::MemoryContext
    }

    /// # Safety
    /// The execution of `query` must have been started.
    pub unsafe fn of_query(query: *mut pg_sys::QueryDesc) -> Execution {
        // SAFETY: by the caller's promise.
        Execution(unsafe { (*(*query).estate).es_query_cxt } as usize)
    }

    pub fn is_under_way(self) -> bool {
        self.began().is_some()
    }

    /// Who called; None once it is over.
    pub fn caller(self) -> Option<Caller> {
        EXECUTIONS
            .with_borrow(|executions| executions.get(&self.0).map(|(caller, _)| caller.clone()))
    }

    /// When it began; None once it is over.
    fn began(self) -> Option<Time> {
        EXECUTIONS.with_borrow(|executions| executions.get(&self.0).map(|(_, began)| *began))
    }

    /// While the answer lives, everything is judged by the time at which an execution began, if there is one.
    pub fn clock(execution: Option<Execution>) -> During {
        During::time(execution.and_then(Execution::began))
    }

    /// Whether it has a MERGE, and writes this table.
    pub fn merges_into(self, relation: pg_sys::Oid) -> bool {
        MERGED.with_borrow(|merged| {
            merged
                .get(&self.0)
                .is_some_and(|tables| tables.contains(&relation))
        })
    }
}

thread_local! {
    /// The table whose next UPDATE is awaited.
    static AWAITED: Cell<Option<pg_sys::Oid>> = const { Cell::new(None) };
    static FOUND: Cell<Option<Execution>> = const { Cell::new(None) };
}

/// Waits for the next UPDATE of a table to begin; None ends the waiting and forgets it.
pub fn await_update(relation: Option<pg_sys::Oid>) {
    AWAITED.set(relation);
    FOUND.set(None);
}

/// The UPDATE that was awaited, once it has begun.
pub fn awaited_update() -> Option<Execution> {
    FOUND.get()
}

/// # Safety
/// The execution of `query` must have been started.
unsafe fn notice_update(query: *mut pg_sys::QueryDesc, execution: Execution) {
    let Some(awaited) = AWAITED.get() else { return };
    // SAFETY: by the caller's promise.
    unsafe {
        if (*query).operation == pg_sys::CmdType::CMD_UPDATE
            && written_tables((*query).plannedstmt).contains(&awaited)
        {
            AWAITED.set(None);
            FOUND.set(Some(execution));
        }
    }
}

/// # Safety
/// The execution of `query` must have been started.
unsafe fn notice_merge(query: *mut pg_sys::QueryDesc, execution: Execution) {
    // SAFETY: by the caller's promise. A MERGE in WITH does not show but in what is written.
    unsafe {
        let plan = (*query).plannedstmt;
        if (*query).operation == pg_sys::CmdType::CMD_MERGE || (*plan).hasModifyingCTE {
            let mut tables = written_tables(plan);
            // The predicates of a shard of Citus name the table of which it is one.
            let of_shards = tables.iter().map(|&table| citus::table_of_shard(table));
            let of_shards: Vec<_> = of_shards.flatten().collect();
            tables.extend(of_shards);
            MERGED.with_borrow_mut(|merged| merged.insert(execution.0, tables));
        }
    }
}

/// The tables that a plan writes: of a partitioned one its partitions first, and itself last.
///
/// # Safety
/// `plan` must be a plan.
unsafe fn written_tables(plan: *mut pg_sys::PlannedStmt) -> Vec<pg_sys::Oid> {
    // SAFETY: by the caller's promise; result relations are numbers of entries of the range table.
    unsafe {
        let results = (*plan).resultRelations;
        if results.is_null() {
            return Vec::new();
        }
        (0..(*results).length as usize)
            .map(|n| {
                let number = (*(*results).elements.add(n)).int_value as usize;
                let entry = (*(*(*plan).rtable).elements.add(number - 1))
                    .ptr_value
                    .cast::<pg_sys::RangeTblEntry>();
                (*entry).relid
            })
            .collect()
    }
}

/// Notes the caller of a statement that begins.
///
/// # Safety
/// The execution of `query` must have been started.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn note_caller(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise. The callback's memory belongs to the context whose end
    // calls it.
    unsafe {
        let caller = Caller::now();
        let estate = (*query).estate;
        if estate.is_null() {
            return;
        }
        let context = (*estate).es_query_cxt;
        let callback =
            pg_sys::MemoryContextAllocZero(context, size_of::<pg_sys::MemoryContextCallback>())
                .cast::<pg_sys::MemoryContextCallback>();
        (*callback).func = Some(statement_ends);
        (*callback).arg = context.cast();
        let noted = (caller, clock::begins());
        EXECUTIONS.with_borrow_mut(|executions| executions.insert(context as usize, noted));
        notice_update(query, Execution(context as usize));
        notice_merge(query, Execution(context as usize));
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
    }
}

/// Parallel workers start with the settings and the role of the moment when they are launched: where
/// these have changed since the statement began, it has to run without them.
///
/// # Safety
/// The execution of `query` must have been started.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn runs_for_another(query: *mut pg_sys::QueryDesc) -> bool {
    // SAFETY: called by the executor with a statement whose execution was started.
    let context = unsafe { (*(*query).estate).es_query_cxt } as usize;
    let now = Caller::now();
    EXECUTIONS
        .with_borrow(|executions| executions.get(&context).is_some_and(|noted| noted.0 != now))
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn statement_ends(context: *mut c_void) {
    // Also runs while an error is cleaned up: nothing here can fail.
    EXECUTIONS.with(|executions| {
        if let Ok(mut executions) = executions.try_borrow_mut() {
            executions.remove(&(context as usize));
        }
    });
    MERGED.with(|merged| {
        if let Ok(mut merged) = merged.try_borrow_mut() {
            merged.remove(&(context as usize));
        }
    });
}
