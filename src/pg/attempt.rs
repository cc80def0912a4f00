//! Something that is done to see what it would do, and taken back.

use pgrx::pg_sys;

/// A savepoint. Whoever begins one takes it back; an error that passes ends it with the transaction or
/// savepoint around it.
#[must_use]
pub struct Attempt {
    context: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
}

impl Attempt {
    pub fn begin() -> Attempt {
        // SAFETY: as PL/pgSQL begins a block with an exception clause.
        unsafe {
            let attempt = Attempt {
                context: pg_sys::CurrentMemoryContext,
                owner: pg_sys::CurrentResourceOwner,
            };
            pg_sys::BeginInternalSubTransaction(std::ptr::null());
            pg_sys::CurrentMemoryContext = attempt.context;
            attempt
        }
    }

    pub fn take_back(self) {
        // SAFETY: as PL/pgSQL ends such a block after an error; nothing that was made within is left.
        unsafe {
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
            pg_sys::CurrentMemoryContext = self.context;
            pg_sys::CurrentResourceOwner = self.owner;
        }
    }
}
