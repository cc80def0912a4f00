//! Records of protected tables, read by direct scans, without anybody's code.

pub mod compiled;
pub mod index_columns;
pub mod owned_records;
pub mod reached_shares;
pub mod reading;
pub mod record_lookup;
pub mod sampled;
pub mod shards;
pub mod share_lists;
pub mod statistics;
pub mod ties;
pub mod when;
