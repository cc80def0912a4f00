//! The application's own tables as the source of the organization (semantics: The application's own tables).
//!
//! A trigger says which rows changed; what they say now is read from the table, by direct scans, once this
//! transaction alone changes the configuration. So it does not matter in which order statements, nested ones
//! and those of other sessions come to it, and doing it again changes nothing.

pub mod broken;
pub mod comparison;
pub mod declare;
pub mod dependents;
pub mod engine;
pub mod follow;
pub mod follow_ddl;
pub mod kinds;
pub mod managers;
pub mod members;
pub mod named;
pub mod parents;
pub mod people;
pub mod readable;
pub mod remarks;
pub mod restore;
pub mod rows;
pub mod scope;
pub mod touched;
pub mod triggers;
pub mod user_roles;
pub mod wishes;
pub mod words;
