//! The doctor: looks for gaps in the protection, and for settings that cannot be meant (semantics:
//! Administration and safety).
//!
//! It only reads, so that it runs on a standby and in a READ ONLY transaction: statements on pg_catalog and on
//! our own tables, and direct scans, which run nobody's code. It waits for nobody: a table that somebody holds
//! is passed over, and told of. What one check stumbles over, on a database that is damaged, is a finding of
//! that check, and the others go on.

pub mod checks;
mod copies;
pub mod examination;
mod indexes;
mod organization;
mod own_tables;
mod owner_keys;
mod policies;
mod readers;
mod server_faults;
mod shards;
mod sources;
mod triggers;
mod ward;
