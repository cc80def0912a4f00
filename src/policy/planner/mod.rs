//! What the planner is told about the predicates.

pub mod support;
pub mod worth;
