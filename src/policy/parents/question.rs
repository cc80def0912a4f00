//! What is asked of parent records.

use crate::core::Action;
use crate::core::org::RelationId;

/// What is asked of a parent record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// By a detail: may the caller do this with the record itself?
    Reached(Action),
    /// Over a relation: does it let the caller do this with its children?
    Related(RelationId, Action),
}

impl Question {
    pub fn action(self) -> Action {
        match self {
            Question::Reached(action) | Question::Related(_, action) => action,
        }
    }
}
