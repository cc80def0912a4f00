//! The only folder that reads and writes the extension's tables. It never decides.
//!
//! Whoever only asks uses `read`, which runs no statements; `write` is for what changes something.

pub mod read;
pub mod write;
