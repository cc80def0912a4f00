//! The decision of docs/semantics.md (The decision): which grants of a record hold for a caller, and
//! what follows.
//!
//! A [`Sight`] is one caller's view of one module. Predicates, rule preview and explanations all
//! ask it, so they cannot differ. To add a grant: [`owned`] gives its level, [`explanation`] tells of
//! it, [`extent`] says where its records are to be looked for, [`audience`] whom it may concern; the random
//! worlds of core/tests hold the four to each other and to an independent model.

mod audience;
mod explanation;
mod extent;
mod owned;
mod record;
mod rules;
mod sight;

pub use audience::Audience;
pub use explanation::{ADMINISTRATOR, Grant, Reason, Via};
pub use extent::{Candidates, Extent, GroupAnswer, Way};
pub use record::{Record, RecordGrant, Share, may_share};
pub use rules::is_shared_with;
pub use sight::{Cut, Sight};
