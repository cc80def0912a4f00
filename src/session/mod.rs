//! Who is asking (SPEC 2).

pub mod author;
pub mod caller;
pub mod identity;
pub mod settings;
