//! Ordinary roles reach a fresh database that has the extension.

mod support;

#[test]
fn a_role_connects_and_runs_a_query() {
    let database = support::fresh_database("connections");
    database.create_role("connections_rep");
    let row = database
        .connect_as("connections_rep")
        .query_one("SELECT 1", &[])
        .expect("SELECT 1");
    assert_eq!(row.get::<_, i32>(0), 1);
}
