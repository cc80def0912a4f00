//! What is asked for each row: the predicates of the policies, the keys for an index, the guards of owners and shares.

pub mod call_site;
pub mod key_columns;
pub mod listed_keys;
pub mod owner_guard;
pub mod parent_predicates;
pub mod predicate;
pub mod referential;
pub mod row_fates;
pub mod share_guard;
pub mod share_predicate;
pub mod told_transfer;
pub mod transfer_permit;
mod trigger_columns;
pub mod trigger_conditions;
