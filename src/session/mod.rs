//! Who is asking (semantics: Who is asking).

pub mod acting;
pub mod administration;
pub mod authentication;
pub mod author;
pub mod caller;
pub mod carried_token;
pub mod identity;
pub mod planned_for;
pub mod settings;
pub mod source_setting;
pub mod token;
pub mod told_transfer;
pub mod transaction_of_others;
