//! Row security: the predicates of the policies, what the planner is told about them, and the
//! policies and triggers that `protect` puts on a table.

pub mod calls;
pub mod closed_owners;
pub mod columns;
pub mod counts;
pub mod estimate;
pub mod handover;
pub mod index_columns;
pub mod int_set;
pub mod keys;
pub mod listed_keys;
pub mod memory;
pub mod owned_records;
pub mod owner_guard;
pub mod owners;
pub mod parent_predicates;
pub mod parents;
pub mod plans;
pub mod predicate;
pub mod preview;
pub mod protection;
pub mod record_lookup;
pub mod records;
pub mod referential;
pub mod row_fates;
pub mod share_guard;
pub mod share_lists;
pub mod share_predicate;
pub mod shares;
pub mod support;
pub mod tally;
pub mod ties;
pub mod unfiltered;
pub mod when;
pub mod worth;
