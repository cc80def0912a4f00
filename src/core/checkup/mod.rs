//! What can be said of a configuration that works, and that somebody should look at: of the organization and
//! its rules alone, without a look at the database.

mod census;
mod finding;
mod organization;
mod reach;
mod server;
mod superfluous;
#[cfg(test)]
mod tests;

pub use finding::{Finding, Severity, literal};
pub use organization::{
    groups_without_members, inactive_users, profiles_without_rows, roles_without_users,
    users_without_roles,
};
pub use reach::rules_that_reach_nobody;
pub use server::faulty_server;
pub use superfluous::{rules_that_add_nothing, superfluous_rules};
