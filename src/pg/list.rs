//! PostgreSQL's lists of pointers.

use pgrx::pg_sys;

/// # Safety
/// `list` must be null or a list.
#[inline]
pub unsafe fn length(list: *mut pg_sys::List) -> usize {
    if list.is_null() {
        return 0;
    }
    // SAFETY: by the caller's promise.
    unsafe { (*list).length as usize }
}

/// # Safety
/// `list` must be a list of pointers with more than `n` of them.
#[inline]
pub unsafe fn nth(list: *mut pg_sys::List, n: usize) -> *mut std::ffi::c_void {
    // SAFETY: by the caller's promise.
    unsafe { (*(*list).elements.add(n)).ptr_value }
}
