//! Whether two values are the very same, as they are stored. An operator may call others equal, too.

use pgrx::pg_sys;

unsafe extern "C-unwind" {
    fn datum_image_eq(
        one: pg_sys::Datum,
        other: pg_sys::Datum,
        by_value: bool,
        length: i32,
    ) -> bool;
}

/// # Safety
/// Both must be values of a type that is passed and as long as given.
#[inline]
pub unsafe fn is_same_image(
    one: pg_sys::Datum,
    other: pg_sys::Datum,
    by_value: bool,
    length: i16,
) -> bool {
    if by_value {
        return one == other;
    }
    // SAFETY: by the caller's promise.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| datum_image_eq(one, other, false, length.into()))
    }
}
