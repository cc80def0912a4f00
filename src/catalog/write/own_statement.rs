//! Statements of ours on tables of the application's, as PostgreSQL runs them, and how event triggers know
//! them.
//!
//! Ours look after what others do to our policies and triggers, and have nothing to do after what we do: nine
//! tenths of the time in which a table of 400 partitions was protected went into finding that out, thousands of
//! times. A statement is known by the very parse tree that PostgreSQL hands to event triggers. What an event
//! trigger of the application runs meanwhile has another one, and is looked after.

use crate::catalog::write::pass_through::PassThrough;
use crate::core::{Error, Result};
use crate::pg::list::{length, nth};
use pgrx::{PgBox, pg_sys};
use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

thread_local! {
    /// Compared, and never looked into.
    static UNDER_WAY: Cell<*mut pg_sys::Node> = const { Cell::new(std::ptr::null_mut()) };
}

/// Whether a statement, as an event trigger is told of it, is the one of ours that is being run.
pub fn is_ours(statement: *mut pg_sys::Node) -> bool {
    !statement.is_null() && UNDER_WAY.get() == statement
}

/// While a statement of ours runs.
struct UnderWay {
    /// An event trigger of the application may have led to this one from within another.
    before: *mut pg_sys::Node,
}

impl UnderWay {
    fn begin(statement: *mut pg_sys::Node) -> UnderWay {
        UnderWay {
            before: UNDER_WAY.replace(statement),
        }
    }
}

impl Drop for UnderWay {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        UNDER_WAY.set(self.before);
    }
}

// As they are, and not as pgrx guards them: they are called while PostgreSQL raises an error, where none may
// be caught.
unsafe extern "C-unwind" {
    fn geterrposition() -> c_int;
    fn errposition(position: c_int) -> c_int;
    fn internalerrposition(position: c_int) -> c_int;
    fn internalerrquery(query: *const c_char) -> c_int;
    fn set_errcontext_domain(domain: *const c_char) -> c_int;
    fn errcontext_msg(format: *const c_char, ...) -> c_int;
}

/// PostgreSQL asks for the context of a message: the statement, told as SPI tells it.
unsafe extern "C-unwind" fn tell(text: *mut c_void) {
    // SAFETY: the text lives as long as this stands on the stack of error contexts.
    unsafe {
        let text = text.cast::<c_char>();
        match geterrposition() {
            position if position > 0 => {
                errposition(0);
                internalerrposition(position);
                internalerrquery(text);
            }
            _ => {
                set_errcontext_domain(std::ptr::null());
                errcontext_msg(c"SQL statement \"%s\"".as_ptr(), text);
            }
        }
    }
}

/// Takes an error context off the stack again, after an error, too.
struct Told(*mut pg_sys::ErrorContextCallback);

impl Drop for Told {
    fn drop(&mut self) {
        // SAFETY: it is what was there before.
        unsafe { pg_sys::error_context_stack = self.0 }
    }
}

/// Memory for one statement. After an error it goes with the memory around it.
struct StatementMemory {
    before: pg_sys::MemoryContext,
    own: pg_sys::MemoryContext,
}

impl StatementMemory {
    fn enter() -> StatementMemory {
        // SAFETY: makes a memory context below the present one, which outlives it.
        unsafe {
            let before = pg_sys::CurrentMemoryContext;
            let own = pg_sys::AllocSetContextCreateExtended(
                before,
                c"statement of pg_sharing".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            pg_sys::CurrentMemoryContext = own;
            StatementMemory { before, own }
        }
    }
}

impl Drop for StatementMemory {
    fn drop(&mut self) {
        // SAFETY: values of this type are nested like the contexts that are current. An error may still be
        // told from what lies there.
        unsafe {
            pg_sys::CurrentMemoryContext = self.before;
            if !std::thread::panicking() {
                pg_sys::MemoryContextDelete(self.own);
            }
        }
    }
}

/// Runs DDL as the current user. It is told to event triggers; ours pass it over.
pub fn run(statement: &str) -> Result<()> {
    let text = CString::new(statement)
        .map_err(|_| Error::internal("a statement of pg_sharing contains a zero byte"))?;
    let _as_they_are = PassThrough::begin();
    // SAFETY: what stands on the stack of error contexts is taken off before it goes. The list holds what
    // the parser made of the text.
    unsafe {
        let mut context = pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(tell),
            arg: text.as_ptr().cast_mut().cast(),
        };
        let _told = Told(context.previous);
        pg_sys::error_context_stack = &raw mut context;
        let _memory = StatementMemory::enter();
        let statements = pg_sys::pg_parse_query(text.as_ptr());
        for n in 0..length(statements) {
            run_parsed(nth(statements, n).cast(), &text);
        }
    }
    Ok(())
}

/// # Safety
/// `statement` must be what the parser made of a part of the text: a statement that is planned by nobody.
unsafe fn run_parsed(statement: *mut pg_sys::RawStmt, text: &CStr) {
    // SAFETY: by the caller's promise. As SPI runs such statements: by a snapshot that sees what was done
    // before. After an error PostgreSQL takes the snapshot off.
    unsafe {
        let mut planned = PgBox::<pg_sys::PlannedStmt>::alloc_node(pg_sys::NodeTag::T_PlannedStmt);
        planned.commandType = pg_sys::CmdType::CMD_UTILITY;
        planned.canSetTag = true;
        planned.utilityStmt = (*statement).stmt;
        planned.stmt_location = (*statement).stmt_location;
        planned.stmt_len = (*statement).stmt_len;
        let (no_parameters, no_environment) = (std::ptr::null_mut(), std::ptr::null_mut());
        pg_sys::CommandCounterIncrement();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let under_way = UnderWay::begin((*statement).stmt);
        pg_sys::ProcessUtility(
            planned.into_pg(),
            text.as_ptr(),
            // Not copied, so that event triggers are told of this very statement.
            false,
            pg_sys::ProcessUtilityContext::PROCESS_UTILITY_QUERY,
            no_parameters,
            no_environment,
            pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestNone),
            std::ptr::null_mut(),
        );
        drop(under_way);
        pg_sys::PopActiveSnapshot();
        pg_sys::CommandCounterIncrement();
    }
}
