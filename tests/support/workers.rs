//! Statements that parallel workers answer.

use postgres::Client;

/// Workers alone look at rows, wherever there can be any.
pub const PARALLEL: &str =
    "SET force_parallel_mode = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0;
    SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off";

/// The number that a query answers, and how many workers were launched for it.
pub fn counted(client: &mut Client, query: &str) -> (i64, i64) {
    // Workers are a pool of the whole server: another test may have them all for a moment.
    for _ in 0..100 {
        let seen: i64 = client.query_one(query, &[]).expect(query).get(0);
        let rows = client
            .query(&format!("EXPLAIN (ANALYZE, TIMING OFF) {query}"), &[])
            .expect(query);
        let launched = rows.iter().filter_map(|row| launched(row.get(0))).sum();
        if launched > 0 {
            return (seen, launched);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no worker was launched for {query}");
}

/// How many workers a line of a plan tells of.
pub fn launched(line: &str) -> Option<i64> {
    line.split("Workers Launched: ").nth(1)?.parse().ok()
}
