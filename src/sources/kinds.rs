//! What is done for each kind of source.

use crate::catalog::read::sources::TableSource;
use crate::core::Result;
use crate::core::sources::SourceKind;
use crate::sources::engine::{Engine, Pairs, Problem};
use crate::sources::scope::Scope;
use crate::sources::{members, named, people, user_roles};

pub fn reconcile(
    engine: &mut Engine,
    source: &TableSource,
    scope: &Scope,
    pairs: &Pairs,
) -> Result<Vec<Problem>> {
    match source.kind {
        SourceKind::Offices | SourceKind::Roles | SourceKind::Groups => {
            named::reconcile(engine, source, scope, pairs)
        }
        SourceKind::Users => people::reconcile(engine, source, scope),
        SourceKind::UserRoles => user_roles::reconcile(engine, source, scope),
        SourceKind::Members => members::reconcile(engine, source, scope),
    }
}
