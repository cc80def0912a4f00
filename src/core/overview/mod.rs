//! The settings as a person reads them: owners as principals, access in people's words, and what is staged
//! beside what is valid. From the same configuration as the document ([`Present`]).
//!
//! [`Present`]: crate::core::document::Present

mod people;
mod settings;
#[cfg(test)]
mod tests;

pub use people::{
    GroupMemberOverview, RoleOverview, UserOverview, active_users, group_members, role_tree, users,
};
pub use settings::{ModuleOverview, RelationOverview, RuleOverview, modules, relations, rules};
