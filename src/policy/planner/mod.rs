//! What the planner is told about the predicates.

pub mod estimates;
mod left_out;
mod list_cost;
mod planning;
mod safe_condition;
pub mod search;
pub mod support;
pub mod workers;
pub mod worth;
