//! The policies that stand on a protected table, by name and command.

/// A condition of a table for one command. It stands there twice: a restrictive policy cuts what others
/// give, and a permissive one gives it, where the application's policies do not. Since both say the same,
/// nothing is open where the word RESTRICTIVE was lost on the way, and PostgreSQL checks equal conditions
/// of one query once.
pub struct OurPolicy {
    pub command: &'static str,
    pub restrictive: &'static str,
    pub permissive: &'static str,
    /// What the caller must be allowed to do with rows that are there.
    pub using: Option<&'static str>,
    /// And with rows as they will be.
    pub check: Option<&'static str>,
}

pub const OUR_POLICIES: [OurPolicy; 4] = [
    OurPolicy {
        command: "SELECT",
        restrictive: "sharing_select",
        permissive: "sharing_select_permit",
        using: Some("read"),
        check: None,
    },
    OurPolicy {
        command: "INSERT",
        restrictive: "sharing_insert",
        permissive: "sharing_insert_permit",
        using: None,
        check: Some("create"),
    },
    OurPolicy {
        command: "UPDATE",
        restrictive: "sharing_update",
        permissive: "sharing_update_permit",
        using: Some("edit"),
        check: Some("edit"),
    },
    OurPolicy {
        command: "DELETE",
        restrictive: "sharing_delete",
        permissive: "sharing_delete_permit",
        using: Some("delete"),
        check: None,
    },
];

/// All our policies, as an array in SQL.
macro_rules! our_policies {
    () => {
        concat!(
            "'{sharing_select,sharing_insert,sharing_update,sharing_delete,",
            "sharing_select_permit,sharing_insert_permit,sharing_update_permit,sharing_delete_permit}'",
            "::pg_catalog.name[]"
        )
    };
}
pub(super) use our_policies;

/// The names of all our policies.
pub fn our_policy_names() -> Vec<&'static str> {
    let names = OUR_POLICIES.iter();
    names
        .flat_map(|policy| [policy.restrictive, policy.permissive])
        .collect()
}
