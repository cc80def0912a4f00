//! What `apply_rules()` would change, counted.

pub mod changes;
pub mod counted;
pub mod counts;
pub mod result;
pub mod tally;
