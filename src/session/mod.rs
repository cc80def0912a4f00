//! Who is asking (semantics: Who is asking).

pub mod author;
pub mod caller;
pub mod identity;
pub mod settings;
