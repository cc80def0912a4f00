//! Changes to the organization that need a look at the whole before they are made.

use crate::core::error::{Error, Result};
use crate::core::forest::Forest;
use crate::core::org::{GroupId, Org};
use std::hash::Hash;

/// Refuses to hang `node` below itself or below something that is below it (semantics: The organization).
/// `what` is the word for the thing: role or office.
pub fn check_parent<Id: Copy + Ord + Hash>(
    forest: &Forest<Id>,
    node: Id,
    parent: Id,
    what: &str,
    name: &str,
    parent_name: &str,
) -> Result<()> {
    if forest.is_within(parent, node) {
        return Err(Error::bad_value(format!(
            "{what} \"{name}\" cannot be placed below \"{parent_name}\": that would be a cycle"
        ))
        .hint(format!(
            "\"{parent_name}\" is \"{name}\" itself or is below it."
        )));
    }
    Ok(())
}

/// Refuses to nest `inner` in `outer` where `outer` is already within `inner`.
pub fn check_nesting(
    org: &Org,
    (outer, outer_name): (GroupId, &str),
    (inner, inner_name): (GroupId, &str),
) -> Result<()> {
    if org.groups_within(inner).contains(&outer) {
        return Err(Error::bad_value(format!(
            "group \"{inner_name}\" cannot become a member of group \"{outer_name}\": that would be a cycle"
        ))
        .hint(format!(
            "\"{outer_name}\" is \"{inner_name}\" itself or is already nested in it."
        )));
    }
    Ok(())
}
