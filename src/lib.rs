//! pg_sharing: record sharing enforced inside PostgreSQL. See ARCHITECTURE.md.
//!
//! Who may use whom: `core`, `pg` <- `catalog::read` <- `catalog::write` <- `session` <- `policy` <- `sources`
//! <- `tables` <- `api` <- `executor` <- here. tests/architecture.rs holds it.
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod api;
mod catalog;
pub mod core;
mod executor;
mod pg;
mod policy;
mod session;
mod sources;
mod tables;

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
    without_backtraces();
    catalog::read::names::install();
    catalog::read::subscriptions::install();
    catalog::read::version::install();
    // Before the prefix of the settings is reserved.
    session::token::install(policy::plans::switching::token_changes);
    session::carried_token::install(policy::plans::switching::caller_changes);
    session::settings::define(session::settings::OnChange {
        user_key: policy::plans::switching::identity_changes,
        require_token: policy::plans::switching::requirement_changes,
    });
    session::acting::install(policy::plans::switching::acting_changes);
    session::source_setting::install(policy::plans::switching::caller_changes);
    pg::shared_memory::install(session::settings::shared_cache_size());
    executor::install();
}

/// pgrx puts a backtrace of Rust into the DETAIL of PostgreSQL's own errors wherever the server's
/// environment asks for backtraces, in place of what PostgreSQL says there. The standard library
/// decides once for this library whether to make any: here.
fn without_backtraces() {
    const NAME: &str = "RUST_LIB_BACKTRACE";
    let before = std::env::var_os(NAME);
    // SAFETY: a backend has one thread, so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(NAME, "0") };
    drop(std::backtrace::Backtrace::capture());
    // SAFETY: as above. Other libraries written in Rust find the environment as it was.
    unsafe {
        match before {
            Some(value) => std::env::set_var(NAME, value),
            None => std::env::remove_var(NAME),
        }
    }
}
