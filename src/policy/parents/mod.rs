//! What is decided by a parent record, and how much a predicate lets through.

pub mod estimate;
pub mod judged;
pub mod parent_keys;
pub mod question;
