//! Reading the configuration by direct scans: no statement, no transaction id, on a standby as well.

pub mod citus;
pub mod configuration;
pub mod ends;
pub mod expectations;
pub mod export;
mod export_grants;
mod export_organization;
pub mod generation;
pub mod grants;
pub mod index_scan;
pub mod labels;
pub mod links;
pub mod names;
pub mod organization;
pub mod people;
pub mod rows;
pub mod scan;
pub mod search;
pub mod shared;
pub mod shared_org;
pub mod snapshot;
pub mod sources;
pub mod state;
pub mod token_keys;
pub mod trust;
pub mod version;
