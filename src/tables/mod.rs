//! What happens to the tables of an application: they are protected, related, followed when somebody
//! changes them, and let go.

pub mod act_as;
pub mod doctor;
pub mod event_command;
pub mod expectations;
pub mod export;
pub mod follow_ddl;
pub mod grant;
pub mod import;
pub mod import_modules;
pub mod import_sources;
pub mod known_keys;
pub mod lasting;
pub mod link_lists;
pub mod mend;
pub mod module_columns;
pub mod module_policies;
pub mod our_policies;
pub mod our_triggers;
pub mod overviews;
pub mod own_tables;
pub mod protect;
pub mod protectable;
pub mod protected_tables;
pub mod protection;
pub mod record_keys;
pub mod relate;
pub mod remarks;
pub mod rewrite;
pub mod share;
pub mod tie_changes;
pub mod ties;
pub mod transfer;
pub mod transfer_all;
pub mod unprotect;
pub mod why;
