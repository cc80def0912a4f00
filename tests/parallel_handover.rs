//! The leader of a parallel plan gives its workers what it knows of its caller: they read the configuration no more,
//! and use what they are given for nobody else and under no other state of the configuration. They judge by the time
//! by which it does, and know from it when something ends.

mod support;

use postgres::Client;
use std::time::{Duration, Instant};
use support::company::{Company, LEADS, company, leads_of, wait_until};
use support::quoted;
use support::workers::{PARALLEL, by_workers, launched};

fn parallel(company: &Company, key: &str) -> Client {
    let mut client = company.connect_for(key);
    client.batch_execute(PARALLEL).expect("settings");
    client
}

#[test]
fn workers_do_not_read_the_configuration() {
    let company = company("parallel_handover");
    let mut admin = company.database.connect();
    let mut read = |table: &str| reads_of(&mut admin, company.database.name(), table);
    let libraries: String = company
        .database
        .connect()
        .query_one("SHOW shared_preload_libraries", &[])
        .expect("libraries")
        .get(0);
    // Where sessions share what they found out, one of them has read for all.
    let is_shared = libraries.contains("pg_sharing");
    const READ: [&str; 5] = [
        "sharing.roles",
        "sharing.relations",
        "sharing.rules",
        "sharing.group_members",
        "sharing.generation",
    ];
    for (n, key) in ["rep1", "manager", "support"].into_iter().enumerate() {
        let before = READ.map(&mut read);
        let mut client = parallel(&company, key);
        let seen = by_workers(&mut client, "SELECT count(*) FROM leads");
        assert_eq!(seen, leads_of(key), "{key}");
        drop(client);
        let after = READ.map(&mut read);
        let [roles, relations, rules, members, generation] =
            std::array::from_fn(|n| after[n] - before[n]);
        let once = i64::from(n == 0 || !is_shared);
        assert_eq!([roles, relations], [once, once], "{key}");
        // By the index of what has an end, and all of them.
        assert_eq!([rules, members], [2 * once, 2 * once], "{key}");
        assert!(generation > 1, "{key}: workers check the stamp");
    }
}

/// In the extended protocol a statement begins with Bind, and its workers are launched with Execute: what ends in
/// between counts for all of them or for none.
#[test]
fn workers_judge_by_the_time_of_their_leader() {
    let company = company("parallel_handover_time");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "SELECT sharing.create_group('helpers', 'Helpers');
             SELECT sharing.add_rule('leads', 'role:Rep', 'group:Helpers', 'read_only'), sharing.apply_rules()",
        )
        .expect("a rule");
    let mut client = parallel(&company, "support");
    let all = i64::from(LEADS);
    let set_end = |admin: &mut Client, seconds: u32| {
        let end = format!(
            "SELECT sharing.add_member('Helpers', 'user:support', until => clock_timestamp() + '{seconds} s')"
        );
        admin.batch_execute(&end).expect(&end);
        Instant::now() + Duration::from_millis(u64::from(seconds) * 1000 + 100)
    };
    set_end(&mut admin, 3600);
    assert_eq!(by_workers(&mut client, "SELECT count(*) FROM leads"), all);
    for is_known in [true, false] {
        let end = set_end(&mut admin, 3);
        if is_known {
            let known = by_workers(&mut client, "SELECT count(*) FROM leads");
            assert_eq!(known, all);
        }
        let mut transaction = client.transaction().expect("BEGIN");
        let bound = "SELECT id FROM leads";
        let portals = [(); 2].map(|()| transaction.bind(bound, &[]).expect("Bind"));
        std::thread::sleep(end.saturating_duration_since(Instant::now()));
        for portal in &portals {
            let rows = transaction.query_portal(portal, 0).expect("Execute");
            assert_eq!(rows.len() as i64, all, "known before: {is_known}");
            let rows = transaction.query(bound, &[]).expect("another statement");
            assert_eq!(rows.len(), 0, "known before: {is_known}");
        }
        drop(transaction);
        assert_eq!(by_workers(&mut client, "SELECT count(*) FROM leads"), 0);
    }
}

/// A plan that was kept is new to whoever uses it next, and to nobody.
#[test]
fn workers_are_given_what_a_kept_plan_needs() {
    let company = company("parallel_handover_kept");
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "CREATE TABLE notes (owner text); GRANT SELECT ON notes TO {}; SELECT sharing.protect('notes', 'owner')",
            quoted(&company.app)
        ))
        .expect("another table");
    let before = reads_of(&mut admin, company.database.name(), "sharing.roles");
    let mut client = parallel(&company, "manager");
    client
        .batch_execute(
            "SET plan_cache_mode = force_generic_plan; PREPARE counted AS SELECT count(*) FROM leads",
        )
        .expect("PREPARE");
    let keys = ["manager", "rep1", "rep2", "support", "unknown", ""];
    // The plan is kept for those of whom the session knows that they have no special rights.
    for key in keys {
        client
            .batch_execute(&format!(
                "SET sharing.user_key = '{key}'; SELECT count(*) FROM notes"
            ))
            .expect("another table");
    }
    for key in keys {
        client
            .batch_execute(&format!("SET sharing.user_key = '{key}'"))
            .expect("SET");
        let seen = by_workers(&mut client, "EXECUTE counted");
        assert_eq!(seen, leads_of(key), "{key}");
    }
    drop(client);
    let after = reads_of(&mut admin, company.database.name(), "sharing.roles");
    assert_eq!(after - before, 1);
}

/// How often a table was read, by sessions that have ended.
fn reads_of(admin: &mut Client, database: &str, table: &str) -> i64 {
    wait_until("the end of other sessions", || {
        let others: i64 = admin
            .query_one(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
                &[&database],
            )
            .expect("pg_stat_activity")
            .get(0);
        others == 0
    });
    admin
        .query_one(
            "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_all_tables
             WHERE relid = $1::text::regclass",
            &[&table],
        )
        .expect("pg_stat_all_tables")
        .get(0)
}

/// Ours stand behind the parameters of a statement, which go on to mean what they meant.
#[test]
fn parameters_of_the_statement_keep_their_values() {
    let company = company("parallel_handover_parameters");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "CREATE FUNCTION after(first int, nothing int, prefix text) RETURNS bigint LANGUAGE plpgsql AS $$
             DECLARE
                unused text := 'x';
                seen bigint;
             BEGIN
                SELECT count(*) INTO seen FROM leads WHERE id > first AND title LIKE prefix || '%' AND nothing IS NULL;
                RETURN seen;
             END $$;
             CREATE FUNCTION workers_after(first int, prefix text) RETURNS SETOF text LANGUAGE plpgsql AS $$
             DECLARE
                line text;
             BEGIN
                FOR line IN EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM leads WHERE id > first AND title LIKE prefix || '%' LOOP
                    RETURN NEXT line;
                END LOOP;
             END $$;
             CREATE FUNCTION after_in_sql(first int, prefix text) RETURNS bigint LANGUAGE sql AS $$
                SELECT count(*) FROM leads WHERE id > first AND title LIKE prefix || '%'
             $$;",
        )
        .expect("functions");
    for key in ["rep1", "boss", "nobody"] {
        let mut client = parallel(&company, key);
        let half = leads_of(key) / 2;
        for mode in ["force_custom_plan", "force_generic_plan"] {
            client
                .batch_execute(&format!(
                    "SET plan_cache_mode = {mode};
                     DEALLOCATE ALL;
                     PREPARE one (int) AS SELECT count(*) FROM leads WHERE id > $1;
                     PREPARE more (text, int, bytea) AS
                        SELECT count(*) FROM leads WHERE id > $2 AND title LIKE $1 || '%' AND length($3) = 3;
                     PREPARE nulls (int, text, bytea) AS
                        SELECT count(*) FROM leads WHERE id > $1 AND $2 IS NULL AND $3 IS NULL"
                ))
                .expect("statements");
            for query in [
                "EXECUTE one (400)",
                "EXECUTE more ('lead', 400, '\\x736861')",
                "EXECUTE nulls (400, NULL, NULL)",
                "SELECT after(400, NULL, 'lead')",
                "SELECT after_in_sql(400, 'lead')",
            ] {
                let seen: i64 = match query.starts_with("EXECUTE") {
                    true => by_workers(&mut client, query),
                    false => client.query_one(query, &[]).expect(query).get(0),
                };
                assert_eq!(seen, half, "{key}: {query}, {mode}");
            }
        }
        wait_until("workers in a function", || {
            let rows = client
                .query("SELECT workers_after(400, 'lead')", &[])
                .expect("EXPLAIN");
            rows.iter().any(|row| launched(row.get(0)) > Some(0))
        });
    }
}

/// A function that runs in a worker for somebody else is not answered with what the leader's caller may see.
#[test]
fn what_is_given_is_the_callers_alone() {
    let company = company("parallel_handover_caller");
    let [rep, manager] = ["rep", "manager"].map(|name| format!("parallel_handover_{name}"));
    for role in [&rep, &manager] {
        company.database.create_role(role);
    }
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "GRANT SELECT ON leads TO {rep}, {manager};
             SELECT sharing.set_user_db_role('rep1', '{rep}'), sharing.set_user_db_role('manager', '{manager}');
             CREATE FUNCTION seen_by_manager() RETURNS bigint STABLE PARALLEL SAFE SECURITY DEFINER LANGUAGE plpgsql AS
                $$BEGIN RETURN (SELECT count(*) FROM public.leads); END$$;
             ALTER FUNCTION seen_by_manager() OWNER TO {manager}",
            rep = quoted(&rep),
            manager = quoted(&manager),
        ))
        .expect("roles");
    let mut client = company.database.connect_as(&rep);
    client.batch_execute(PARALLEL).expect("settings");
    let own = by_workers(&mut client, "SELECT count(*) FROM leads");
    assert_eq!(own, leads_of("rep1"));
    let of_manager = by_workers(&mut client, "SELECT max(seen_by_manager()) FROM leads");
    assert_eq!(of_manager, leads_of("manager"));
    drop(client);
    admin
        .batch_execute(&format!(
            "DROP FUNCTION seen_by_manager(); DROP OWNED BY {rep}, {manager}",
            rep = quoted(&rep),
            manager = quoted(&manager),
        ))
        .expect("DROP OWNED");
}

/// A function that runs in a worker with a snapshot of its own goes by what that sees.
#[test]
fn what_is_given_ends_with_its_state_of_the_configuration() {
    let company = company("parallel_handover_state");
    let mut admin = company.database.connect();
    admin
        .batch_execute(
            "CREATE TABLE signal (n int);
             GRANT SELECT ON signal TO PUBLIC;
             CREATE TABLE waiting (n int);
             INSERT INTO waiting VALUES (1);
             GRANT SELECT ON waiting TO PUBLIC;
             CREATE FUNCTION seen_later() RETURNS bigint VOLATILE PARALLEL SAFE LANGUAGE plpgsql AS $$
             BEGIN
                WHILE NOT EXISTS (SELECT FROM public.signal) LOOP
                    PERFORM pg_catalog.pg_sleep(0.01);
                END LOOP;
                RETURN (SELECT count(*) FROM public.leads);
             END $$",
        )
        .expect("functions");
    // The leader has to know something about leads when the statement begins.
    let query =
        "SELECT max(seen_later()) FROM waiting WHERE n > (SELECT count(*) FROM leads WHERE id = 0)";
    let mut client = parallel(&company, "rep1");
    let before = by_workers(&mut client, "SELECT count(*) FROM leads");
    assert_eq!(before, leads_of("rep1"));
    let later = std::thread::spawn(move || {
        let seen: i64 = client.query_one(query, &[]).expect(query).get(0);
        (client, seen)
    });
    let mut workers = 0i64;
    wait_until("a worker that waits", || {
        workers = admin
            .query_one(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'
                 AND datname = current_database() AND query LIKE '%seen_later%'",
                &[],
            )
            .expect("pg_stat_activity")
            .get(0);
        workers > 0
    });
    admin
        .batch_execute("BEGIN; SELECT sharing.set_user_role('rep1', 'Boss'); INSERT INTO signal VALUES (1); COMMIT")
        .expect("a change");
    let (mut client, seen) = later.join().expect("the query");
    assert_eq!(seen, leads_of("boss"));
    assert_eq!(
        by_workers(&mut client, "SELECT count(*) FROM leads"),
        leads_of("boss")
    );
}

/// Sets of the same table: of its own records and over a relation, for columns of other types.
#[test]
fn what_is_given_is_told_apart() {
    let company = company("parallel_handover_kinds");
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "CREATE TABLE notes (id int PRIMARY KEY, owner text, lead_id int);
             INSERT INTO notes SELECT id, 'admin', id FROM leads;
             CREATE TABLE cases (id int PRIMARY KEY, owner int);
             INSERT INTO cases SELECT id, 1 + id % 2 FROM leads;
             ANALYZE notes, cases;
             GRANT SELECT ON notes, cases TO {app};
             SELECT sharing.create_user('1', 'one', 'Support'), sharing.create_user('2', 'two', 'Rep');
             SELECT sharing.protect('notes', 'owner'), sharing.protect('cases', 'owner');
             SELECT sharing.relate('notes', 'lead_id', 'leads');
             SELECT sharing.add_rule('leads', 'role:Rep', 'role:Support', 'read_only', '{{\"notes\": \"none\"}}');
             SELECT sharing.add_rule('leads', 'role:Manager', 'role:Support', 'read_only');
             SELECT sharing.apply_rules();
             UPDATE leads SET owner = 'manager' WHERE id % 4 = 0;",
            app = quoted(&company.app)
        ))
        .expect("tables");
    let all = i64::from(LEADS);
    let mut client = parallel(&company, "1");
    // Notes are seen where the manager owns the lead, not where a rep does. The first look at both tables
    // brings all sets together.
    let queries = [
        (
            "SELECT (SELECT count(*) FROM leads) + (SELECT count(*) FROM notes)",
            all + all / 4,
        ),
        ("SELECT count(*) FROM leads", all),
        ("SELECT count(*) FROM notes", all / 4),
        (
            "SELECT count(*) FROM leads WHERE sharing_internal.may_read('leads', owner)",
            all,
        ),
        (
            "SELECT count(*) FROM cases WHERE sharing_internal.may_read('cases', owner::text)",
            all / 2,
        ),
        (
            "SELECT count(*) FROM cases WHERE sharing_internal.may_read('cases', owner::bigint)",
            all / 2,
        ),
        (
            "SELECT count(*) FROM leads JOIN notes ON lead_id = leads.id",
            all / 4,
        ),
    ];
    for _ in 0..2 {
        for (query, expected) in queries {
            assert_eq!(by_workers(&mut client, query), expected, "{query}");
        }
    }
}
