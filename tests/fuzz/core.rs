//! What of src/core reads texts of strangers: the very files.
#![allow(
    dead_code,
    unused_imports,
    reason = "a part of what these files have is asked here"
)]

#[path = "../../src/core/error.rs"]
pub mod error;
#[path = "../../src/core/json_object.rs"]
mod json_object;
#[path = "../../src/core/token/mod.rs"]
pub mod token;
#[path = "../../src/core/trust.rs"]
pub mod trust;

pub use error::{Error, Result, Sqlstate};
