//! pg_sharing: record sharing enforced inside PostgreSQL. See ARCHITECTURE.md.
//!
//! Who may use whom: `core` <- `catalog`, `session` <- `policy` <- `api` <- here.
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

pub mod api;
pub mod catalog;
mod compat;
pub mod core;
pub mod policy;
mod process;
pub mod session;

pgrx::pg_module_magic!(name, version);

pgrx::extension_sql_file!("../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!(
    "../sql/functions.sql",
    name = "functions",
    requires = ["schema"]
);
pgrx::extension_sql_file!("../sql/keys.sql", name = "keys", requires = ["functions"]);
pgrx::extension_sql_file!(
    "../sql/own_tables.sql",
    name = "own_tables",
    requires = ["functions"]
);
pgrx::extension_sql_file!("../sql/privileges.sql", name = "privileges", finalize);

#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    catalog::names::install();
    session::settings::define(policy::plans::identity_changes);
    session::caller::install();
    api::execution::install();
    keep_the_top_of_the_heap();
}

/// A small statement works with little more than the 128 kB that glibc leaves free at the top of the
/// heap, so each one would ask the kernel for memory and give it back: a tenth of its time. From the
/// first larger block that a process frees, glibc leaves twice as much as that.
fn keep_the_top_of_the_heap() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(256 * 1024)));
}
