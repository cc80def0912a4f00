//! Access to parent records that carries to their children (semantics: The decision, grant 13): what cannot be.

use crate::core::access::Level;
use crate::core::{Error, Result};

/// Access to a parent lets see or change its children. It deletes none, and gives none away.
pub fn must_carry(level: Level) -> Result<()> {
    match level {
        Level::Full => {
            Err(Error::bad_value("with_parent cannot be full")
                .hint("It is one of none, read, edit."))
        }
        Level::None | Level::Read | Level::Edit => Ok(()),
    }
}

/// The error for relations over which access to the parents of a module would lead back to it.
pub fn circle(child: &str, parent: &str) -> Error {
    Error::bad_value(format!(
        "access to records of \"{parent}\" cannot carry to those of \"{child}\": that would be a circle"
    ))
    .hint(format!(
        "\"{parent}\" is \"{child}\" itself, or access to records of \"{child}\" carries to it already. Relate them with with_parent => 'none'."
    ))
}
