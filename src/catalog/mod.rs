//! The only folder that reads and writes the extension's tables. It never decides.

pub mod audit;
pub mod ddl;
pub mod elevation;
pub mod export;
pub mod generation;
pub mod labels;
pub mod links;
pub mod names;
pub mod partition_keys;
pub mod pass_through;
pub mod read;
pub mod scan;
pub mod snapshot;
pub mod sql;
pub mod state;
pub mod store;
pub mod version;
