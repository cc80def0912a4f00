//! What `apply_rules()` would change, counted.

mod by_records;
pub mod changes;
pub mod counted;
pub mod counts;
pub mod given;
pub mod kinds;
pub mod pointer;
pub mod result;
pub mod singles;
pub mod tally;
