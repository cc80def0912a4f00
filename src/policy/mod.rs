//! Row security: the predicates of the policies, what the planner is told about them, and the
//! policies and triggers that `protect` puts on a table. Rooms, each of which uses
//! those before it: sets, text, records, plans, parents, rows, planner; preview and judgement use sets, records
//! and text.

pub mod judgement;
pub mod parents;
pub mod planner;
pub mod plans;
pub mod preview;
pub mod records;
pub mod rows;
pub mod sets;
pub mod text;
