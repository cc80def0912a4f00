//! How long one user's change of role takes, and the next statement of another session.

use crate::world::{connect, create_database, progress};
use crate::{Result, answer, median, milliseconds};

const DATABASE: &str = "bench_change";
const ROUNDS: usize = 50;

/// Medians and maxima, in milliseconds.
pub struct Change {
    /// `set_user_role()`, with its commit.
    pub call: (f64, f64),
    /// The first statement of another session after it.
    pub next: (f64, f64),
    /// The same statement again.
    pub after: (f64, f64),
}

pub fn measure() -> Result<Change> {
    progress("change of a role");
    create_database(DATABASE)?;
    let mut admin = connect(DATABASE, "postgres")?;
    admin.batch_execute(
        "CREATE TABLE records (id bigint PRIMARY KEY, owner_id integer, created_at timestamptz);
        INSERT INTO records SELECT id, 1 + id % 500, now() - id * interval '1 minute'
        FROM generate_series(1, 300000) id;
        CREATE INDEX ON records (owner_id);
        CREATE INDEX ON records (created_at);
        SELECT sharing.create_role('Manager');
        SELECT sharing.create_role('Rep', 'Manager');
        SELECT sharing.create_role('Elsewhere');
        SELECT sharing.create_user(n::text, 'user ' || n, CASE WHEN n = 1 THEN 'Manager' ELSE 'Rep' END)
        FROM generate_series(1, 500) n;
        GRANT SELECT ON records TO bench_app;
        SELECT sharing.trust('bench_app');
        SELECT sharing.protect('records', 'owner_id')",
    )?;
    admin.batch_execute("VACUUM ANALYZE")?;
    let mut manager = connect(DATABASE, "bench_app")?;
    manager.batch_execute("SET sharing.user_key = '1'")?;
    let statement = "SELECT count(*) FROM records WHERE id <= 6000";
    let (mut call, mut next, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (role, seen) = match round % 2 {
            0 => ("Rep", "6000"),
            _ => ("Elsewhere", "5988"),
        };
        let change = format!("SELECT sharing.set_user_role('2', '{role}')");
        let changed = answer(&mut admin, &change)?.0;
        let first = answer(&mut manager, statement)?;
        let second = answer(&mut manager, statement)?;
        if first.1 != [seen] || second.1 != [seen] {
            return Err(format!("with user 2 as {role}: {first:?} instead of {seen}").into());
        }
        if round > 0 {
            call.push(changed);
            next.push(first.0);
            after.push(second.0);
        }
    }
    let summary = |times: Vec<std::time::Duration>| {
        let longest = times.iter().max().copied().unwrap_or_default();
        (milliseconds(median(times)), milliseconds(longest))
    };
    Ok(Change {
        call: summary(call),
        next: summary(next),
        after: summary(after),
    })
}
