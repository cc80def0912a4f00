//! Single records of tables of Citus: shared and given, explained, previewed and transferred through the coordinator,
//! as the naive model says, before and after a shard is moved; and no record takes what was another's.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/changes.rs"]
mod changes;

#[path = "support/cluster.rs"]
mod cluster;

use cluster::{Cluster, identified, plain};
use model::{Action, GlobalAccess, Options, World, records_allowing};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use stored::{literal, table_of};
use support::citus::{count, execute, refused};
use support::{Database, fresh_database, skip};

const ACTIONS: [Action; 3] = [Action::Read, Action::Edit, Action::Delete];

fn started(server: &Database, seed: u64) -> Option<Cluster> {
    let options = Options {
        links: 6,
        shares: 12,
        given: 12,
        users: 14,
        records: 48,
        ..plain()
    };
    Cluster::start(server, seed, options)
}

/// How many records of each module everybody reaches.
fn reached(world: &World) -> BTreeMap<(String, String), [BTreeSet<String>; 3]> {
    let mut reached = BTreeMap::new();
    for module in &world.modules {
        for user in &world.users {
            let ids =
                ACTIONS.map(|action| records_allowing(world, &user.key, &module.name, action));
            reached.insert((module.name.clone(), user.key.clone()), ids);
        }
    }
    reached
}

/// Other global access for every module that has its own: previewed as the model counts, and applied.
fn a_preview(cluster: &mut Cluster) {
    let before = reached(&cluster.world);
    let ruling = cluster.world.modules.iter_mut();
    for module in ruling.filter(|module| module.follows.is_none()) {
        module.global_access = match cluster.dice.throw(3) {
            0 => GlobalAccess::Private,
            1 => GlobalAccess::PublicReadOnly,
            _ => GlobalAccess::PublicReadEdit,
        };
        let sql = format!(
            "SELECT sharing.set_global_access({}, '{}')",
            literal(&module.name),
            module.global_access.label()
        );
        execute(&mut cluster.dba, &sql);
    }
    let after = reached(&cluster.world);
    let mut expected = BTreeSet::new();
    for (name, before) in &before {
        let after = &after[name];
        let mut counts = Vec::new();
        for at in 0..3 {
            counts.push(after[at].difference(&before[at]).count() as i64);
            counts.push(before[at].difference(&after[at]).count() as i64);
        }
        if counts.iter().any(|&count| count > 0) {
            expected.insert((name.clone(), counts));
        }
    }
    let sql = "SELECT * FROM sharing.preview_rules() WHERE user_key IS NOT NULL";
    let rows = cluster.dba.query(sql, &[]).expect(sql);
    let found: BTreeSet<_> = rows
        .iter()
        .map(|row| {
            let counts: Vec<i64> = (3..9).map(|column| row.get(column)).collect();
            ((row.get(0), row.get(1)), counts)
        })
        .collect();
    assert_eq!(found, expected, "{:?}: {sql}", cluster.done);
    execute(&mut cluster.dba, "SELECT sharing.apply_rules()");
    cluster.done.push("global access".to_owned());
}

/// Somebody gives away what they may, also out of their own reach, and nothing where that is one record too many.
fn a_transfer(cluster: &mut Cluster) -> bool {
    let world = cluster.world.clone();
    let user = cluster.dice.one(&world.users).expect("a user").clone();
    let to = cluster.dice.one(&world.users).expect("a user").key.clone();
    let module = cluster.dice.one(&world.modules).expect("a module").clone();
    if matches!(module.ownership, model::Ownership::GroupColumn) {
        return false;
    }
    let table = table_of(&world, &module.name);
    let mut own = records_allowing(&world, &user.key, &module.name, Action::ChangeOwner);
    while own.len() > 3 {
        own.pop_first();
    }
    let foreign = world.records.iter().find(|record| {
        record.module == module.name
            && !model::allows(&world, &user.key, record, Action::ChangeOwner)
    });
    let transfer = |ids: &BTreeSet<String>| {
        let ids: Vec<String> = ids.iter().cloned().collect();
        format!(
            "SELECT sharing.transfer('{table}', '{{{}}}', {})",
            ids.join(","),
            literal(&format!("user:{to}"))
        )
    };
    if let Some(foreign) = foreign {
        identified(&mut cluster.app, &user.key);
        let mut too_many = own.clone();
        too_many.insert(foreign.id.clone());
        let sql = transfer(&too_many);
        assert_eq!(refused(&mut cluster.app, &sql), "42501", "{sql}");
    }
    if own.is_empty() {
        return false;
    }
    identified(&mut cluster.app, &user.key);
    let sql = transfer(&own);
    assert_eq!(count(&mut cluster.app, &sql), own.len() as i64, "{sql}");
    execute(&mut cluster.app, "COMMIT");
    give_to(
        cluster,
        &module.name,
        |record| own.contains(&record.id),
        &to,
    );
    cluster.done.push(format!("{}: {sql}", user.key));
    true
}

fn give_to(
    cluster: &mut Cluster,
    module: &str,
    is_given: impl Fn(&model::Record) -> bool,
    to: &str,
) {
    let records = cluster.world.records.iter_mut();
    for record in records.filter(|record| record.module == module && is_given(record)) {
        record.owner = Some(to.to_owned());
        record.group = None;
    }
}

#[test]
fn single_records_are_what_the_model_says() {
    let server = fresh_database("citus_records");
    let Some(mut cluster) = started(&server, 21) else {
        return skip("Citus is not installed");
    };
    cluster.compare();
    cluster.everybody_is_told();
    for _ in 0..12 {
        cluster.change_one_of(&[changes::of_sharing]);
    }
    cluster.compare();
    let mut given = 0;
    for _ in 0..8 {
        given += usize::from(a_transfer(&mut cluster));
    }
    assert!(given > 0, "somebody gives something away");
    cluster.compare();
    a_preview(&mut cluster);
    cluster.compare();

    let table = cluster.distributed();
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    for mode in ["block_writes", "force_logical"] {
        let shard = cluster.shard_of("min", &table, first);
        execute(
            &mut cluster.dba,
            &format!(
                "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, '{mode}')"
            ),
        );
        cluster.done.push(format!("a shard moved: {mode}"));
        cluster.compare();
        for _ in 0..6 {
            cluster.change_one_of(&[changes::of_sharing]);
        }
        cluster.compare();
    }
    cluster.everybody_is_told();
    everything_of_somebody(&mut cluster);
}

/// All records of somebody are handed over.
fn everything_of_somebody(cluster: &mut Cluster) {
    let world = cluster.world.clone();
    let owning = |user: &&model::User| {
        let mut records = world.records.iter();
        records.any(|record| record.owner.as_ref() == Some(&user.key))
    };
    let from = world
        .users
        .iter()
        .find(owning)
        .expect("an owner")
        .key
        .clone();
    let to = world.users.iter().find(|user| user.key != from);
    let to = to.expect("another user").key.clone();
    let is_user = |record: &model::Record| model::user_owner(&world, record).is_some();
    let mut expected = BTreeMap::new();
    for record in world.records.iter().filter(|record| is_user(record)) {
        if record.owner.as_ref() == Some(&from) {
            *expected.entry(record.module.clone()).or_insert(0_i64) += 1;
        }
    }
    let sql = format!(
        "SELECT * FROM sharing.transfer_all({}, {})",
        literal(&format!("user:{from}")),
        literal(&format!("user:{to}"))
    );
    let rows = cluster.dba.query(&sql, &[]).expect(&sql);
    let found: BTreeMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(found, expected, "{sql}");
    for record in &mut cluster.world.records {
        if record.owner.as_ref() == Some(&from) && expected.contains_key(&record.module) {
            record.owner = Some(to.clone());
        }
    }
    cluster.done.push(sql);
    cluster.compare();
}

#[test]
fn a_record_stays_as_long_as_it_is_shared() {
    let server = fresh_database("citus_stays");
    let Some(mut cluster) = Cluster::start(&server, 22, plain()) else {
        return skip("Citus is not installed");
    };
    // Citus makes no role in a transaction that did something to shards.
    for sql in [
        "CREATE ROLE mallory LOGIN",
        "CREATE TABLE deals (id int PRIMARY KEY, owner text)",
        "CREATE TABLE kinds (id int PRIMARY KEY, owner text)",
        "CREATE TABLE alone (id int PRIMARY KEY, owner text)",
        "SELECT create_distributed_table('deals', 'id')",
        "SELECT create_reference_table('kinds')",
        "SELECT create_distributed_table('alone', 'id', shard_count => 1, colocate_with => 'none')",
        "GRANT ALL ON deals, kinds, alone TO app",
        "GRANT SELECT ON deals TO mallory",
        "SELECT sharing.create_user('ann', 'Ann'), sharing.create_user('bob', 'Bob'), sharing.create_user('may', 'May', db_role => 'mallory')",
        "SELECT sharing.create_user('adm', 'Adm'), sharing.grant_right('adm', 'administrator')",
        "SELECT sharing.protect('deals', 'owner')",
        "SELECT sharing.protect('kinds', 'owner')",
        "SELECT sharing.protect('alone', 'owner')",
        "INSERT INTO deals SELECT n, 'ann' FROM generate_series(1, 20) n",
        "INSERT INTO kinds SELECT n, 'ann' FROM generate_series(1, 4) n",
        "INSERT INTO alone VALUES (1, 'ann')",
    ] {
        execute(&mut cluster.dba, sql);
    }
    let doctor = "SELECT count(*) FROM sharing.doctor() WHERE check_name IN ('trigger', 'trigger_off', 'policy')";
    assert_eq!(count(&mut cluster.dba, doctor), 0);
    assert_eq!(count(&mut cluster.nodes[1].admin(), doctor), 0);
    for table in ["deals", "kinds"] {
        a_worker_that_is_behind(&mut cluster, table);
    }
    let app = &mut cluster.app;
    identified(app, "ann");
    execute(
        app,
        "SELECT sharing.revoke_record('deals', '1', 'user:bob'); COMMIT",
    );
    identified(app, "ann");
    execute(
        app,
        "DELETE FROM deals WHERE id = 1; INSERT INTO deals VALUES (1, 'ann'); COMMIT",
    );
    identified(app, "bob");
    assert_eq!(count(app, "SELECT count(*) FROM deals"), 0, "a new record");
    execute(app, "COMMIT");

    // TRUNCATE takes all along, at the coordinator.
    identified(app, "ann");
    execute(
        app,
        "SELECT sharing.grant_record('deals', '2', 'user:bob'); COMMIT",
    );
    assert_eq!(
        refused(&mut cluster.nodes[1].admin(), "TRUNCATE deals"),
        "2BP01"
    );
    execute(&mut cluster.dba, "TRUNCATE deals");
    execute(
        &mut cluster.dba,
        "INSERT INTO deals VALUES (2, 'ann'), (3, 'ann')",
    );
    identified(app, "bob");
    assert_eq!(count(app, "SELECT count(*) FROM deals"), 0);
    execute(app, "COMMIT");
    assert_eq!(
        count(
            &mut cluster.dba,
            "SELECT count(*) FROM sharing.record_grants g JOIN sharing.modules m ON m.id = g.module_id WHERE m.name = 'deals'"
        ),
        0
    );

    attacks(&mut cluster);
}

/// A record is given while a worker does not hear of it: whoever deletes it meanwhile waits.
fn a_worker_that_is_behind(cluster: &mut Cluster, table: &str) {
    let workers: Vec<_> = cluster.nodes[1..]
        .iter()
        .zip(["worker_0", "worker_1"])
        .collect();
    for (node, name) in &workers {
        execute(
            &mut node.admin(),
            &format!("ALTER SUBSCRIPTION {name} DISABLE"),
        );
    }
    let in_background = |sql: String| {
        let mut client = cluster.nodes[0].connect("crm", "app");
        std::thread::spawn(move || {
            identified(&mut client, "ann");
            let result = client
                .batch_execute(&sql)
                .and_then(|()| client.batch_execute("COMMIT"));
            let code = |error: postgres::Error| {
                let error = error.as_db_error().expect("an error of the server");
                error.code().code().to_owned()
            };
            result.map_err(code)
        })
    };
    let gives = in_background(format!(
        "SELECT sharing.grant_record('{table}', '1', 'user:bob')"
    ));
    std::thread::sleep(Duration::from_secs(1));
    let deletes = in_background(format!("DELETE FROM {table} WHERE id = 1"));
    std::thread::sleep(Duration::from_secs(1));
    assert!(
        !gives.is_finished() && !deletes.is_finished(),
        "{table}: both wait"
    );
    for (node, name) in &workers {
        execute(
            &mut node.admin(),
            &format!("ALTER SUBSCRIPTION {name} ENABLE"),
        );
    }
    assert_eq!(gives.join().expect("a thread"), Ok(()));
    assert_eq!(deletes.join().expect("a thread"), Err("2BP01".to_owned()));
}

fn attacks(cluster: &mut Cluster) {
    let app = &mut cluster.app;
    // A record that others have is nobody's to give, share or tell of.
    for (key, sql, code) in [
        (
            "bob",
            "SELECT sharing.grant_record('deals', '2', 'user:bob')",
            "42501",
        ),
        (
            "bob",
            "SELECT sharing.grant_record('deals', '77', 'user:bob')",
            "42501",
        ),
        (
            "ann",
            "SELECT sharing.grant_record('deals', '2) OR (true', 'user:bob')",
            "42501",
        ),
        (
            "bob",
            "SELECT sharing.share_record('deals', '2', 'ann')",
            "42501",
        ),
        (
            "bob",
            "SELECT sharing.transfer('deals', '{2}', 'user:bob')",
            "42501",
        ),
        (
            "bob",
            "SELECT sharing.explain('deals', '2', 'ann')",
            "42501",
        ),
        ("bob", "SELECT sharing.who_can('deals', '2')", "42501"),
        (
            "ann",
            "SELECT sharing.transfer('deals', '{2}', 'user:who')",
            "42704",
        ),
        // One shard alone: Citus would end what it began there before the commit.
        (
            "ann",
            "SELECT sharing.grant_record('alone', '1', 'user:bob')",
            "0A000",
        ),
    ] {
        identified(app, key);
        assert_eq!(refused(app, sql), code, "{sql}");
    }
    identified(app, "bob");
    assert_eq!(
        count(app, "SELECT count(*) FROM sharing.explain('deals', '2')"),
        0
    );
    execute(app, "COMMIT");
    // Outside of a transaction nobody is told who asks.
    execute(app, "SET sharing.user_key = 'ann'");
    assert_eq!(
        refused(app, "SELECT sharing.access_to('deals', '2')"),
        "0A000"
    );
    execute(app, "RESET sharing.user_key");
    // Who administers and does not see the records is not told that there are none.
    for sql in [
        "CREATE ROLE keeper LOGIN",
        "GRANT SELECT, UPDATE ON deals TO keeper",
        "SELECT sharing.grant_admin('keeper')",
    ] {
        execute(&mut cluster.dba, sql);
    }
    let mut keeper = cluster.nodes[0].connect("crm", "keeper");
    for sql in [
        "SELECT sharing.who_can('deals', '2')",
        "SELECT sharing.access_to('deals', '2', 'ann')",
        "SELECT sharing.transfer_all('user:ann', 'user:bob')",
        "SELECT sharing.expect('ann', 'deals', '2', 'full')",
    ] {
        assert_eq!(refused(&mut keeper, sql), "42501", "{sql}");
    }
    // What servers tell each other of a transfer opens no more than a transfer does: nothing is seen by it, nor changed
    // but into the hands of somebody who exists, by who has full access.
    execute(
        app,
        "BEGIN; SET LOCAL sharing.user_key = 'adm'; INSERT INTO deals VALUES (4, 'bob'); COMMIT",
    );
    let module = count(
        &mut cluster.dba,
        "SELECT id::bigint FROM sharing.modules WHERE name = 'deals'",
    );
    let told = |to: &str| {
        format!(
            "SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL sharing.transfer = '{module} owner {to}'"
        )
    };
    identified(app, "ann");
    execute(app, &told("bob"));
    assert_eq!(count(app, "SELECT count(*) FROM deals"), 2);
    assert_eq!(
        count(
            app,
            "WITH u AS (UPDATE deals SET owner = 'bob' RETURNING id) SELECT count(*) FROM u"
        ),
        2
    );
    assert_eq!(
        count(
            app,
            "WITH u AS (UPDATE deals SET owner = owner RETURNING id) SELECT count(*) FROM u"
        ),
        0
    );
    assert_eq!(count(app, "SELECT count(*) FROM deals"), 0);
    execute(app, "ROLLBACK");
    identified(app, "ann");
    execute(app, &told("who"));
    assert_eq!(refused(app, "UPDATE deals SET owner = 'who'"), "42501");
    // Nor into the hands of another than who was named.
    identified(app, "ann");
    execute(app, &told("bob"));
    assert_eq!(refused(app, "UPDATE deals SET owner = 'who'"), "42501");
    // Who may only change a record gives it to nobody.
    identified(app, "ann");
    execute(
        app,
        "SELECT sharing.grant_record('deals', '2', 'user:bob', 'edit'); COMMIT",
    );
    identified(app, "bob");
    execute(app, &told("bob"));
    assert_eq!(
        refused(app, "UPDATE deals SET owner = 'bob' WHERE id = 2"),
        "42501"
    );
    // Without waiting for the workers nothing is given.
    for sql in [
        "ALTER SYSTEM SET synchronous_standby_names = 'worker_0, worker_1'",
        "SELECT pg_reload_conf()",
    ] {
        execute(&mut cluster.dba, sql);
    }
    std::thread::sleep(Duration::from_millis(500));
    identified(app, "ann");
    assert_eq!(
        refused(app, "SELECT sharing.grant_record('deals', '3', 'user:bob')"),
        "55000"
    );
}
