//! Changes of the configuration, one file for each kind of thing, and the statements that they run.
//!
//! What a file here does runs inside a [`change::Change`]: elevated, and the only change under way.

pub mod access;
pub mod audit;
pub mod change;
pub mod ddl;
pub mod elevation;
mod exchange;
pub mod foreign_version;
pub mod groups;
mod id_space;
pub mod import;
mod import_links;
mod import_rules;
pub mod known_keys;
pub mod link_partners;
pub mod link_words;
pub mod links;
pub mod modules;
pub mod newcomers;
pub mod offices;
pub mod ours;
pub mod own_tables;
pub mod partition_keys;
pub mod pass_through;
pub mod profiles;
pub mod readers;
pub mod rewriting;
pub mod roles;
pub mod rules;
mod same_rule;
pub mod specialists;
pub mod sql;
pub mod table_owners;
pub mod ties;
mod unknown;
pub mod users;
pub mod without_owner;
