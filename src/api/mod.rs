//! The SQL surface: each function parses its arguments, makes one call, and turns a failure into
//! a PostgreSQL error. Their declarations, in sql/functions.sql, read as a table of contents.

pub mod administration;
pub mod audit;
pub mod configuration;
mod doctor;
mod expectations;
mod grants;
mod heartbeats;
pub mod identity;
mod link_lists;
pub mod links;
pub mod modules;
pub mod organization;
mod overviews;
pub mod predicates;
pub mod profiles;
pub mod raise;
mod renames;
mod rewrite;
pub mod rules;
mod search;
mod sources;
mod specialists;
mod tokens;
pub mod transfer;
pub mod version_gate;
mod whoami;
mod why;
