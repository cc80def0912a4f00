//! What this library asks of PostgreSQL in ways of its own.

pub mod attempt;
pub mod compat;
pub mod list;
pub mod names;
pub mod notices;
pub mod process;
