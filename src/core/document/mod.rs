//! The configuration as one document (semantics: Configuration as one document): what it may say, and what
//! is to change where the present configuration is to become equal to it.
//!
//! In: the text ([`Document::parse`]: `sections`, read by `reading`) and the configuration as it is
//! ([`Present`]). Out: a [`Plan`], which names what is to be created, altered and dropped, section by
//! section; [`Plan::changes`] tells it to people. Nothing here changes anything.
//!
//! Offices, roles, profiles, modules are known by their names, users by their keys; groups by their
//! keys or, where a key is new, by their names; rules by everything but their access and what they
//! say of related records, shares and grants by everything but what they give; links by their two users,
//! relations by their two modules and their column. So a user or a group can be renamed by a
//! document, an office or a role cannot. What a profile permits in a module is known by the two.

mod bonds;
mod changes;
mod checks;
mod ends;
mod grant_entry;
pub mod id_space;
mod naming;
mod objects;
mod pairing;
mod plan;
mod plan_bonds;
mod plan_expectations;
mod plan_grants;
mod plan_links;
mod reading;
mod sections;
mod source_entries;
mod staged_rule;
mod staging;
mod table_names;
#[cfg(test)]
pub(in crate::core) mod tests;
mod touched;
mod trusted_entries;
mod uses;

pub use changes::PlannedChange;
pub use grant_entry::GrantEntry;
pub use pairing::Diff;
pub use plan::Plan;
pub use plan_bonds::{RelationToBe, parents_first};
pub use plan_grants::no_grants;
pub use sections::{
    Document, ExpectationEntry, GroupEntry, LinkEntry, ModuleEntry, OfficeEntry, Permission,
    Present, ProfileEntry, RelationEntry, RoleEntry, RuleEntry, SearchName, ShareEntry, UserEntry,
    WhenEntry, section,
};
pub use source_entries::SourceEntry;
pub use staged_rule::StagedRule;
pub use staging::AccessGiven;
pub use table_names::parse_table_name;
pub use touched::Touch;
pub use trusted_entries::TrustedEntry;
