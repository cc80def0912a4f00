//! pg_sharing: record sharing enforced inside PostgreSQL. See ARCHITECTURE.md.
//!
//! Who may use whom: `core` <- `catalog`, `session` <- `policy` <- `api` <- here.
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

pub mod api;
pub mod catalog;
mod compat;
pub mod core;
pub mod policy;
pub mod session;

pgrx::pg_module_magic!(name, version);

pgrx::extension_sql_file!("../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!(
    "../sql/functions.sql",
    name = "functions",
    requires = ["schema"]
);
pgrx::extension_sql_file!("../sql/privileges.sql", name = "privileges", finalize);

#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    catalog::names::install();
    session::settings::define(policy::plans::identity_changes);
    session::caller::install();
    api::execution::install();
}
