//! Why somebody may do something with a record, and who may (semantics: Who and why).

mod asking;
pub mod explain;
pub mod who_can;
mod words;
