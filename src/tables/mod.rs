//! What happens to the tables of an application: they are protected, related, followed when somebody
//! changes them, and let go.

pub mod follow_ddl;
pub mod import_modules;
pub mod known_keys;
pub mod mend;
pub mod module_policies;
pub mod our_policies;
pub mod own_tables;
pub mod remarks;
pub mod rewrite;
pub mod tie_changes;
pub mod ties;
