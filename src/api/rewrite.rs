//! The policies of every module in the form of this version (semantics: Modules).

use crate::api::raise::OrRaise;
use crate::session::administration::must_administer_database;
use crate::session::author::Authorship;
use crate::tables::rewrite::rewrite;
use pgrx::pg_sys;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn rewrite_policies(relation: Option<pg_sys::Oid>) -> SetOfIterator<'static, String> {
    let call = || {
        must_administer_database("rewrite_policies")?;
        let _authorship = Authorship::begin("rewrite_policies")?;
        rewrite(relation)
    };
    SetOfIterator::new(call().or_raise())
}
