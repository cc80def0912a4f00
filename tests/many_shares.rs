//! Record sharing between offices: a receiver who holds 10,000 shares finds his records by key and in a page of the newest, gets
//! nothing else, and loses what is taken back at once. What it took is reported, not judged.

mod support;

use postgres::Client;
use std::io::Write;
use std::time::Instant;
use support::fresh_database;

const SHARES: i32 = 10_000;
const RECORDS: i32 = 200_000;

/// Past the capture of the test harness.
fn report(line: &str) {
    // Where stderr is closed, nobody reads it.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn run(client: &mut Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql) {
        panic!("{sql}: {error:?}");
    }
}

fn ids(client: &mut Client, sql: &str) -> Vec<i32> {
    match client.query(sql, &[]) {
        Ok(rows) => rows.iter().map(|row| row.get(0)).collect(),
        Err(error) => panic!("{sql}: {error:?}"),
    }
}

/// Runs it several times on the same connection: the same rows each time, which it returns.
fn timed(client: &mut Client, what: &str, sql: &str) -> Vec<i32> {
    let first = ids(client, sql);
    let begun = Instant::now();
    let times = 20;
    for _ in 0..times {
        assert_eq!(ids(client, sql), first, "{what}, again");
    }
    report(&format!("{what}: {:?} each", begun.elapsed() / times));
    first
}

#[test]
fn a_receiver_of_many_shares_gets_the_right_rows() {
    let database = fresh_database("many_shares");
    database.create_role("many_shares_app");
    let mut admin = database.connect();
    // Every tenth record is the receiver's, every tenth another user's who shares nothing; the sharer
    // has the rest, and shares each twentieth of all.
    run(
        &mut admin,
        &format!(
            "SELECT sharing.trust('many_shares_app');
             SELECT sharing.create_office('A'), sharing.create_office('B');
             SELECT sharing.create_user('1', 'sharer', NULL, 'A'), sharing.create_user('2', 'receiver', NULL, 'B'), sharing.create_user('3', 'other', NULL, 'A');
             SELECT sharing.enable_record_sharing('1');
             SELECT sharing.enable_record_sharing('2');
             CREATE TABLE records (id integer PRIMARY KEY, owner integer, created integer, title text);
             INSERT INTO records SELECT n, CASE n % 10 WHEN 9 THEN 2 WHEN 8 THEN 3 ELSE 1 END, n, 'title' FROM generate_series(1, {RECORDS}) n;
             CREATE INDEX ON records (owner);
             CREATE INDEX ON records (created);
             GRANT ALL ON records TO many_shares_app;
             SELECT sharing.protect('records', 'owner');"
        ),
    );
    run(&mut admin, "VACUUM ANALYZE records");
    let mut sharer = database.connect_as("many_shares_app");
    run(&mut sharer, "SET sharing.user_key = '1'");
    let mut receiver = database.connect_as("many_shares_app");
    run(&mut receiver, "SET sharing.user_key = '2'");
    run(&mut sharer, "SELECT sharing.request_link('B', 'receiver')");
    run(&mut receiver, "SELECT sharing.accept_links('{1}')");
    let is_own = |id: i32| id % 10 == 9;

    let newest = "SELECT id FROM records ORDER BY created DESC LIMIT 50";
    let page = timed(&mut receiver, "newest 50 without shares", newest);
    let own: Vec<_> = (1..=RECORDS).rev().filter(|&id| is_own(id)).collect();
    assert_eq!(page, own[..50]);
    timed(
        &mut receiver,
        "by key without shares",
        "SELECT id FROM records WHERE id = 100009",
    );

    let begun = Instant::now();
    run(
        &mut sharer,
        &format!(
            "SELECT count(sharing.share_record('records', (n * 20)::text, '2', CASE WHEN n % 2 = 0 THEN 'edit' ELSE 'read' END::sharing.access_level)) FROM generate_series(1, {SHARES}) n"
        ),
    );
    report(&format!("sharing {SHARES} records: {:?}", begun.elapsed()));

    let is_shared = |id: i32| id % 20 == 0 && id / 20 <= SHARES;
    let seen: Vec<_> = (1..=RECORDS)
        .rev()
        .filter(|&id| is_own(id) || is_shared(id))
        .collect();
    assert_eq!(timed(&mut receiver, "newest 50", newest), seen[..50]);
    let by_key = |receiver: &mut Client, id: i32| {
        let sql = format!("SELECT id FROM records WHERE id = {id}");
        timed(receiver, &format!("by key {id}"), &sql).len() == 1
    };
    assert!(by_key(&mut receiver, 20));
    assert!(by_key(&mut receiver, 100_000));
    assert!(by_key(&mut receiver, 9));
    assert!(!by_key(&mut receiver, 21));
    assert!(!by_key(&mut receiver, 8));
    let all = timed(
        &mut receiver,
        "all",
        "SELECT id FROM records ORDER BY id DESC",
    );
    assert_eq!(all, seen);
    let locked = ids(
        &mut receiver,
        "SELECT id FROM records WHERE owner = 1 ORDER BY id FOR UPDATE",
    );
    let editable: Vec<_> = (1..=SHARES)
        .map(|n| n * 20)
        .filter(|id| id % 40 == 0)
        .collect();
    assert_eq!(locked, editable);

    // One more, one less, by another session: the next statement knows.
    run(
        &mut sharer,
        "SELECT sharing.share_record('records', '21', '2'), sharing.unshare_record('records', '20', '2')",
    );
    assert!(by_key(&mut receiver, 21));
    assert!(!by_key(&mut receiver, 20));
    run(
        &mut sharer,
        "SELECT sharing.share_record('records', '20', '2')",
    );
    let begun = Instant::now();
    run(
        &mut sharer,
        "SELECT sharing.share_record('records', '22', '2')",
    );
    report(&format!("sharing one more: {:?}", begun.elapsed()));
    let begun = Instant::now();
    run(&mut sharer, "DELETE FROM records WHERE id = 22");
    report(&format!("deleting one: {:?}", begun.elapsed()));

    // A record that changes its owner, and one that is made again.
    run(&mut admin, "UPDATE records SET owner = 3 WHERE id = 40");
    run(&mut sharer, "DELETE FROM records WHERE id = 60");
    run(&mut sharer, "INSERT INTO records VALUES (60, 1, 60, 'new')");
    assert!(!by_key(&mut receiver, 40));
    assert!(!by_key(&mut receiver, 60));
    assert!(by_key(&mut receiver, 80));

    // All at once: the right is taken, and given back.
    run(&mut admin, "SELECT sharing.disable_record_sharing('1')");
    let mut expected = own.clone();
    assert_eq!(ids(&mut receiver, newest), expected[..50]);
    expected.sort_unstable();
    assert_eq!(
        ids(&mut receiver, "SELECT id FROM records ORDER BY id"),
        expected
    );
    run(&mut admin, "SELECT sharing.enable_record_sharing('1')");
    assert_eq!(ids(&mut receiver, newest), seen[..50]);

    let begun = Instant::now();
    run(&mut sharer, "SELECT sharing.delete_link(1)");
    report(&format!("deleting the link: {:?}", begun.elapsed()));
    assert_eq!(ids(&mut receiver, newest), own[..50]);
}
