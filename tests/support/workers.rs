//! Statements that parallel workers answer.

use postgres::{Client, SimpleQueryMessage};

/// Workers alone look at rows, wherever there can be any.
pub const PARALLEL: &str = "SELECT set_config(name, 'on', false)
    FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
    SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0;
    SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off";

/// The number that a command answers, when workers answered it.
pub fn by_workers(client: &mut Client, command: &str) -> i64 {
    // Workers are a pool of the whole server: another test may have them all for a moment.
    for _ in 0..100 {
        let seen = texts(client, command)[0].parse().expect("a number");
        let explain = format!("EXPLAIN (ANALYZE, TIMING OFF) {command}");
        if texts(client, &explain)
            .iter()
            .any(|line| launched(line) > Some(0))
        {
            return seen;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no worker was launched for {command}");
}

/// The first column of what a command answers; it may be one that cannot be prepared.
fn texts(client: &mut Client, command: &str) -> Vec<String> {
    let messages = client.simple_query(command).expect(command);
    let texts = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    texts.collect()
}

/// How many workers a line of a plan tells of.
pub fn launched(line: &str) -> Option<i64> {
    line.split("Workers Launched: ").nth(1)?.parse().ok()
}
