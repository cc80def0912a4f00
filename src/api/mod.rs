//! The SQL surface: each function parses its arguments, makes one call, and turns a failure into
//! a PostgreSQL error. Their declarations, in sql/functions.sql, read as a table of contents.

pub mod administration;
pub mod audit;
pub mod configuration;
pub mod ddl;
pub mod execution;
pub mod identity;
mod import_modules;
mod known_keys;
mod link_lists;
pub mod links;
mod mend;
pub mod modules;
pub mod organization;
pub mod our_policies;
pub mod own_tables;
pub mod predicates;
pub mod profiles;
pub mod raise;
mod remarks;
pub mod rules;
mod specialists;
mod tie_changes;
pub mod ties;
pub mod transfer;
pub mod version_gate;
mod whoami;
