//! Relations and details of tables of Citus, whose parents are reference tables or distributed together with them: what
//! the naive model says, before and after a shard is moved, and what a plain query finds.

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
use model::Options;
use support::citus::{count, execute, refused};
use support::{fresh_database, skip};

#[test]
fn children_of_reference_tables_are_what_the_model_says() {
    let server = fresh_database("citus_children");
    let options = Options {
        links: 4,
        shares: 8,
        given: 8,
        relations: 5,
        details: true,
        modules: 5,
        users: 12,
        records: 48,
        ..plain()
    };
    let Some(mut cluster) = Cluster::start(&server, 31, options) else {
        return skip("Citus is not installed");
    };
    assert!(!cluster.world.relations.is_empty());
    cluster.compare();
    cluster.everybody_is_told();
    for _ in 0..8 {
        cluster.change_one_of(&[changes::of_sharing, changes::of_organization]);
    }
    cluster.compare();
    let table = cluster.distributed();
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    let shard = cluster.shard_of("min", &table, first);
    execute(
        &mut cluster.dba,
        &format!(
            "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, 'block_writes')"
        ),
    );
    cluster.done.push("a shard moved".to_owned());
    cluster.compare();
    cluster.everybody_is_told();
}

const TOGETHER: [&str; 24] = [
    "CREATE TABLE parents (id int PRIMARY KEY, owner text)",
    "CREATE TABLE children (parent int, id int, owner text, PRIMARY KEY (parent, id))",
    "CREATE TABLE lines (parent int, id int, PRIMARY KEY (parent, id))",
    "CREATE TABLE apart (id int PRIMARY KEY, parent int, owner text)",
    "SELECT create_distributed_table('parents', 'id')",
    "SELECT create_distributed_table('children', 'parent', colocate_with => 'parents')",
    "SELECT create_distributed_table('lines', 'parent', colocate_with => 'parents')",
    "SELECT create_distributed_table('apart', 'id', colocate_with => 'parents')",
    "GRANT ALL ON parents, children, lines, apart TO app",
    "SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss'), sharing.create_role('Support')",
    "SELECT sharing.create_user('ann', 'Ann', 'Rep'), sharing.create_user('bob', 'Bob', 'Rep'), sharing.create_user('sue', 'Sue', 'Support')",
    "INSERT INTO parents SELECT n, CASE WHEN n % 3 = 0 THEN 'ann' ELSE 'bob' END FROM generate_series(1, 60) n",
    "INSERT INTO children SELECT n, n, 'nobody' FROM generate_series(1, 60) n",
    "INSERT INTO lines SELECT n, n FROM generate_series(1, 60) n",
    "INSERT INTO apart SELECT n, n, 'nobody' FROM generate_series(1, 60) n",
    "SELECT sharing.protect('parents', 'owner')",
    "SELECT sharing.protect('children', 'owner')",
    "SELECT sharing.protect('apart', 'owner')",
    "SELECT sharing.protect('lines', controlled_by => 'parents', via => 'parent')",
    "SELECT sharing.relate('children', 'parent', 'parents', with_parent => 'edit')",
    "SELECT sharing.add_rule('parents', 'role:Rep', 'role:Support', 'read_only', related => '{\"children\": \"read_only\"}')",
    "SELECT sharing.apply_rules()",
    "SELECT sharing.expect('ann', 'parents', '3', 'full')",
    "SELECT sharing.apply_rules()",
];

#[test]
fn children_that_are_distributed_together_are_found() {
    let server = fresh_database("citus_together");
    let Some(mut cluster) = Cluster::start(&server, 32, plain()) else {
        return skip("Citus is not installed");
    };
    for sql in TOGETHER {
        execute(&mut cluster.dba, sql);
    }
    // A parent that may be at another server is refused.
    for sql in [
        "SELECT sharing.relate('apart', 'parent', 'parents')",
        "CREATE TABLE more (id int PRIMARY KEY, parent int); SELECT create_distributed_table('more', 'id'); SELECT sharing.protect('more', controlled_by => 'parents', via => 'parent')",
    ] {
        assert_eq!(refused(&mut cluster.dba, sql), "0A000", "{sql}");
    }
    found(&mut cluster);
    let [first, second] = [1, 2].map(|n| cluster.nodes[n].port);
    for (from, to) in [(first, second), (second, first)] {
        let shard = cluster.shard_of("min", "parents", from);
        execute(
            &mut cluster.dba,
            &format!(
                "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {from}, '127.0.0.1', {to}, 'block_writes')"
            ),
        );
        found(&mut cluster);
    }
    // Once moved apart, too little is shown and never too much.
    execute(
        &mut cluster.dba,
        "SELECT update_distributed_table_colocation('lines', colocate_with => 'none')",
    );
    let shard = cluster.shard_of("max", "lines", first);
    execute(
        &mut cluster.dba,
        &format!(
            "SELECT citus_move_shard_placement({shard}, '127.0.0.1', {first}, '127.0.0.1', {second}, 'block_writes')"
        ),
    );
    let app = &mut cluster.app;
    identified(app, "ann");
    let lines = "SELECT count(*) FROM lines";
    assert!(count(app, lines) < 20);
    assert_eq!(count(app, &format!("{lines} WHERE parent % 3 <> 0")), 0);
    execute(app, "COMMIT");
}

fn found(cluster: &mut Cluster) {
    let app = &mut cluster.app;
    for (key, table, expected) in [
        ("ann", "parents", 20),
        ("ann", "children", 20),
        ("ann", "lines", 20),
        ("bob", "lines", 40),
        ("sue", "parents", 60),
        ("sue", "children", 60),
        ("nobody", "children", 0),
        ("nobody", "lines", 0),
    ] {
        identified(app, key);
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(count(app, &sql), expected, "{key}: {sql}");
        if key == "ann" && table != "parents" {
            assert_eq!(count(app, &format!("{sql} WHERE parent % 3 = 0")), 20);
        }
        execute(app, "COMMIT");
    }
    // What may be done with a parent's children may be done there, and nothing else.
    for (key, sql, expected) in [
        ("ann", "UPDATE children SET owner = owner RETURNING id", 20),
        ("ann", "DELETE FROM lines RETURNING id", 20),
        ("sue", "DELETE FROM lines RETURNING id", 0),
        ("sue", "UPDATE children SET owner = owner RETURNING id", 0),
        ("ann", "INSERT INTO lines VALUES (3, 100) RETURNING id", 1),
        (
            "ann",
            "INSERT INTO children VALUES (3, 100, 'nobody') RETURNING id",
            1,
        ),
    ] {
        identified(app, key);
        assert_eq!(
            app.query(sql, &[]).expect(sql).len(),
            expected,
            "{key}: {sql}"
        );
        execute(app, "ROLLBACK");
    }
    for (key, sql) in [
        ("ann", "INSERT INTO lines VALUES (1, 100)"),
        ("sue", "INSERT INTO lines VALUES (1, 100)"),
        ("ann", "INSERT INTO children VALUES (1, 100, 'nobody')"),
        (
            "ann",
            "INSERT INTO lines SELECT 1, n FROM generate_series(100, 101) n",
        ),
    ] {
        identified(app, key);
        let code = refused(app, sql);
        assert!(
            ["42501", "0A000"].contains(&code.as_str()),
            "{key}: {sql}: {code}"
        );
    }
}
