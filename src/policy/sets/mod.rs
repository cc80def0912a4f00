//! Sets of keys: whose records a caller reaches, and what a session remembers of it.

pub mod callers;
pub mod closed_owners;
pub mod closed_sets;
pub mod given;
pub mod given_sets;
pub mod int_set;
pub mod key_map;
pub mod keys;
pub mod memory;
pub mod owner_sets;
pub mod owners;
pub mod reached;
pub mod received;
pub mod share_sets;
pub mod shares;
pub mod since;
pub mod singles;
