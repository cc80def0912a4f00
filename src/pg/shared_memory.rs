//! Memory that all sessions of the server share, where the library is in `shared_preload_libraries`.
//!
//! Whoever looks or stores holds a lock of PostgreSQL's, under which nothing is done but to copy bytes: no
//! error is raised and no interrupt is served there. A process that dies under it makes PostgreSQL restart
//! all others with new memory.

use crate::pg::shared_area;
use pgrx::pg_sys;
use std::ffi::CStr;

const NAME: &CStr = c"pg_sharing";

/// The memory, as every process inherits it from the postmaster.
#[derive(Clone, Copy)]
struct SharedMemory {
    lock: *mut pg_sys::LWLock,
    begin: *mut u8,
    size: usize,
}

static mut MEMORY: Option<SharedMemory> = None;
static mut SIZE: usize = 0;
static mut PREVIOUS_REQUEST: pg_sys::shmem_request_hook_type = None;
static mut PREVIOUS_STARTUP: pg_sys::shmem_startup_hook_type = None;

/// Whether the library is loaded by the postmaster, before there is any session.
pub fn is_being_preloaded() -> bool {
    // SAFETY: reads a variable of this process.
    unsafe { pg_sys::process_shared_preload_libraries_in_progress }
}

/// Asks for memory of a size in bytes, where the library is being preloaded; zero for none.
pub fn install(size: usize) {
    if !is_being_preloaded() || size == 0 {
        return;
    }
    // SAFETY: called once, while the library is loaded.
    unsafe {
        SIZE = size;
        PREVIOUS_REQUEST = pg_sys::shmem_request_hook;
        pg_sys::shmem_request_hook = Some(request);
        PREVIOUS_STARTUP = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(start_up);
    }
}

unsafe extern "C-unwind" fn request() {
    // SAFETY: called by the postmaster. An error passes this frame, which owns nothing.
    unsafe {
        if let Some(previous) = PREVIOUS_REQUEST {
            previous();
        }
        pg_sys::RequestAddinShmemSpace(SIZE);
        pg_sys::RequestNamedLWLockTranche(NAME.as_ptr(), 1);
    }
}

/// Also after a crash, when the memory is new.
unsafe extern "C-unwind" fn start_up() {
    // SAFETY: called by the postmaster, alone; what it asked for is there.
    unsafe {
        if let Some(previous) = PREVIOUS_STARTUP {
            previous();
        }
        let mut is_there = false;
        let begin = pg_sys::ShmemInitStruct(NAME.as_ptr(), SIZE, &mut is_there).cast::<u8>();
        if !is_there {
            shared_area::clear(std::slice::from_raw_parts_mut(begin, SIZE));
        }
        MEMORY = Some(SharedMemory {
            lock: &raw mut (*pg_sys::GetNamedLWLockTranche(NAME.as_ptr())).lock,
            begin,
            size: SIZE,
        });
    }
}

/// Whether there is any.
pub fn is_there() -> bool {
    memory().is_some()
}

fn memory() -> Option<SharedMemory> {
    // SAFETY: set before this process was made.
    unsafe { MEMORY }
}

/// The value that some session has stored under a key.
pub fn find(key: &[u8]) -> Option<Vec<u8>> {
    let memory = memory()?;
    let _lock = Lock::take(memory, pg_sys::LWLockMode::LW_SHARED);
    // SAFETY: under the lock, nobody writes.
    let bytes = unsafe { std::slice::from_raw_parts(memory.begin, memory.size) };
    shared_area::find(bytes, key).map(<[u8]>::to_vec)
}

/// Stores a value under a key, for all sessions to find. What is too large is not stored.
pub fn store(key: &[u8], value: &[u8]) {
    let Some(memory) = memory() else { return };
    let _lock = Lock::take(memory, pg_sys::LWLockMode::LW_EXCLUSIVE);
    // SAFETY: under the lock, nobody else reads or writes.
    let bytes = unsafe { std::slice::from_raw_parts_mut(memory.begin, memory.size) };
    shared_area::store(bytes, key, value);
}

struct Lock(*mut pg_sys::LWLock);

impl Lock {
    fn take(memory: SharedMemory, mode: pg_sys::LWLockMode::Type) -> Lock {
        // SAFETY: a lock of the server's, which lives as long as it runs.
        unsafe { pg_sys::LWLockAcquire(memory.lock, mode) };
        Lock(memory.lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // After an error the transaction's clean-up releases it.
        if !std::thread::panicking() {
            // SAFETY: taken in `take`, and released only here.
            unsafe { pg_sys::LWLockRelease(self.0) };
        }
    }
}
