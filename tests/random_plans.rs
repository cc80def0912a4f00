//! Commands on a protected table: whatever plan answers a query, on tables and indexes of whatever shape, the answer is that of the
//! caller's rows alone, in the order that was asked for. Truth is a twin of each table, which holds the
//! caller's rows, chosen by plain SQL, and has neither row security nor indexes.
//!
//! A failure prints the seed of its world: RANDOM_PLANS_SEED=… runs that world alone. RANDOM_PLANS_SECONDS=…
//! sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/shapes.rs"]
mod shapes;

#[path = "support/stored.rs"]
mod stored;

use postgres::{Client, SimpleQueryMessage};
use shapes::{COLUMNS, Shape, TABLES};
use stored::{Dice, EMPTY, Run};
use support::{Database, quoted};

const QUERIES: usize = 24;

/// A query on tables in the schema `{s}`, and whether it says in which order its rows come.
struct Query {
    sql: String,
    is_ordered: bool,
}

/// A condition that some of the indexes answer, or a part of it.
fn condition(dice: &mut Dice, shape: &Shape) -> String {
    let owner = format!("owner = '{}'", shape.owner.key(11 + dice.throw(4)));
    let conditions = [
        "true",
        "a = 5",
        "a BETWEEN 5 AND 9",
        "a IN (3, 5, 7)",
        "a > 10",
        "a = 5 AND c = 5",
        "c = 5",
        "b = 'b2'",
        "b <> 'b1' AND a > 10",
        "lower(b) = 'b3'",
        "b LIKE 'b3%'",
        "b ILIKE 'B3%' OR lower(b) = 'b2'",
        "b LIKE ANY ('{b1%,b2%}') AND a > 10",
        "a::numeric = 5",
        "a::numeric BETWEEN 5 AND 9 OR id::numeric = 77",
        "id::numeric IN (3, 70, 700)",
        "a % 7 = 3",
        "a IS NULL",
        "id BETWEEN 100 AND 1300",
        "t_id = 77",
        "t_id < 500",
        &owner,
    ];
    dice.one(&conditions).expect("conditions").to_string()
}

fn query(dice: &mut Dice, shape: &Shape) -> Query {
    let table = dice.one(&TABLES).expect("tables");
    let other = dice.one(&TABLES).expect("tables");
    let mut column = || match dice.rarely(2) {
        true => "a",
        false => *dice.one(&COLUMNS).expect("columns"),
    };
    let (x, y) = (column(), column());
    let mut direction = || {
        *dice
            .one(&["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
            .expect("directions")
    };
    let (down, down_too) = (direction(), direction());
    let filter = condition(dice, shape);
    let limit = 1 + dice.throw(40);
    let (sql, is_ordered) = match dice.throw(16) {
        // There is no max(uuid).
        0 | 1 if x != "owner" => (
            format!("SELECT max({x}), min({x}) FROM {{s}}{table} WHERE {filter}"),
            true,
        ),
        0..=3 => (
            format!("SELECT {x} FROM {{s}}{table} WHERE {filter} ORDER BY {x}{down} LIMIT {limit}"),
            true,
        ),
        4 | 5 => (
            format!(
                "SELECT * FROM (SELECT id, {x}, {y} AS other FROM {{s}}{table} WHERE {filter} ORDER BY {x}{down}, {y}{down_too}, id LIMIT {limit} OFFSET {}) page",
                dice.throw(20)
            ),
            true,
        ),
        6 => (
            format!(
                "SELECT {x}, id FROM {{s}}{table} WHERE {filter} ORDER BY {x}{down}, {y}{down_too}, id"
            ),
            true,
        ),
        7 => (
            format!("SELECT DISTINCT {x} FROM {{s}}{table} WHERE {filter}"),
            false,
        ),
        8 => (
            format!(
                "SELECT DISTINCT ON ({x}) {x}, {y} FROM {{s}}{table} WHERE {filter} ORDER BY {x}{down}, {y}{down_too}"
            ),
            true,
        ),
        9 => (
            format!(
                "SELECT {x}, {y} AS other, count(*), sum(id) FROM {{s}}{table} WHERE {filter} GROUP BY {x}, {y}"
            ),
            false,
        ),
        10 => (
            format!(
                "SELECT id, row_number() OVER (PARTITION BY {x} ORDER BY {y}{down}, id), sum(id) OVER (PARTITION BY {y} ORDER BY {x}{down_too}, id) FROM {{s}}{table} WHERE {filter}"
            ),
            false,
        ),
        11 => (
            format!(
                "SELECT count(*), sum(x.id::bigint * y.id % 1009) FROM {{s}}{table} x JOIN {{s}}{other} y ON x.a = y.a AND x.b = y.b WHERE x.c = 5 AND x.id % 4 = 0"
            ),
            true,
        ),
        12 => (
            format!(
                "SELECT x.id, y.id AS parent, y.a FROM {{s}}r x LEFT JOIN {{s}}t y ON x.t_id = y.id ORDER BY x.{x}{down}, x.id LIMIT {}",
                limit * 20
            ),
            true,
        ),
        13 => (
            format!(
                "SELECT count(*), sum(x.id), sum(y.id) FROM {{s}}{table} x FULL JOIN {{s}}{other} y USING (owner, a)"
            ),
            true,
        ),
        14 => (
            format!(
                "SELECT n, of_n.* FROM pg_catalog.generate_series(0, 60, 4) n, LATERAL (SELECT max(id), min(t_id), count(*) FROM {{s}}{table} WHERE a = n) of_n"
            ),
            true,
        ),
        _ => (
            format!(
                "SELECT n, newest.id FROM pg_catalog.generate_series(0, 60, 4) n, LATERAL (SELECT id FROM {{s}}{table} WHERE a = n ORDER BY {x}{down}, id DESC LIMIT 3) newest"
            ),
            true,
        ),
    };
    Query { sql, is_ordered }
}

/// One of the ways to plan: each scan and join that is not off competes.
fn settings(dice: &mut Dice) -> String {
    let methods = [
        "seqscan",
        "indexscan",
        "indexonlyscan",
        "bitmapscan",
        "sort",
        "incremental_sort",
        "hashagg",
        "hashjoin",
        "mergejoin",
        "nestloop",
        "material",
        "memoize",
    ];
    let mut sql = "SET jit = off;".to_owned();
    for method in methods {
        // An index is little worth for so few rows.
        let off = match method {
            "seqscan" => !dice.rarely(4),
            "bitmapscan" => dice.rarely(2),
            "indexscan" | "indexonlyscan" => dice.rarely(8),
            _ => dice.rarely(3),
        };
        sql += &format!("SET enable_{method} = {};", if off { "off" } else { "on" });
    }
    for method in ["partitionwise_join", "partitionwise_aggregate"] {
        let on = if dice.rarely(2) { "on" } else { "off" };
        sql += &format!("SET enable_{method} = {on};");
    }
    // Whatever a table's size, or only for large ones.
    let in_parallel = dice.rarely(6);
    for (setting, otherwise) in [
        ("min_parallel_table_scan_size", "8MB"),
        ("min_parallel_index_scan_size", "512kB"),
        ("parallel_setup_cost", "1000"),
        ("parallel_tuple_cost", "0.1"),
    ] {
        let value = if in_parallel { "0" } else { otherwise };
        sql += &format!("SET {setting} = '{value}';");
    }
    let mode = dice.one(&["auto", "force_generic_plan", "force_custom_plan"]);
    sql + &format!("SET plan_cache_mode = {};", mode.expect("modes"))
}

/// A cast that never fails, which nobody else would name.
const NAME: &str = "SELECT sharing.enable_search(); SELECT sharing.search_safe_function('numeric(integer)') WHERE NOT EXISTS (SELECT FROM sharing.search_names WHERE name ~ 'numeric.*integer')";
const FORGET: &str = "DELETE FROM sharing.search_names";

type Answer = Result<Vec<Vec<Option<String>>>, String>;

fn answer(client: &mut Client, sql: &str) -> Answer {
    let messages = client
        .simple_query(sql)
        .map_err(|error| format!("{error:?}"))?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows
        .map(|row| {
            (0..row.len())
                .map(|n| row.get(n).map(str::to_owned))
                .collect()
        })
        .collect())
}

/// The same forwards and backwards, from a cursor.
fn by_cursor(client: &mut Client, sql: &str) -> Answer {
    let declared = format!("BEGIN; DECLARE page SCROLL CURSOR FOR {sql}");
    let run = |client: &mut Client, sql: &str| {
        client
            .batch_execute(sql)
            .map_err(|error| format!("{error:?}"))
    };
    run(client, &declared)?;
    let forwards = answer(client, "FETCH ALL FROM page")?;
    let mut backwards = answer(client, "FETCH BACKWARD ALL FROM page")?;
    backwards.reverse();
    run(client, "COMMIT")?;
    match forwards == backwards {
        true => Ok(forwards),
        false => Err(format!("forwards {forwards:?}, backwards {backwards:?}")),
    }
}

/// Where two answers part.
fn difference(seen: &Answer, truth: &Answer) -> String {
    let (Ok(seen), Ok(truth)) = (seen, truth) else {
        return format!("is {seen:?}\nand not {truth:?}");
    };
    let same = seen.iter().zip(truth).take_while(|(a, b)| a == b).count();
    format!(
        "has {} rows instead of {}; after {same} come {:?} instead of {:?}",
        seen.len(),
        truth.len(),
        &seen[same..seen.len().min(same + 3)],
        &truth[same..truth.len().min(same + 3)]
    )
}

/// One world from its seed. How many queries found rows in it.
fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed ^ 0x91a5);
    let shape = Shape::of(&mut dice);
    let mut admin = database.connect();
    let mut run = |sql: &str| {
        if let Err(error) = admin.batch_execute(sql) {
            panic!("RANDOM_PLANS_SEED={seed}: {error:?}: {sql}");
        }
    };
    run(&shape.build(&quoted(app)));
    let mut client = database.connect_as(app);
    let become_user = |client: &mut Client, key: &str| {
        let set = format!("SET sharing.user_key = '{key}'");
        client.batch_execute(&set).expect("SET");
    };
    for (user, sql) in shape.shares() {
        become_user(&mut client, &user);
        client.batch_execute(&sql).expect(&sql);
    }
    run(&shape.twins(&quoted(app)));
    if !dice.rarely(3) {
        run("VACUUM ANALYZE t, d, r");
    }
    // By the planner's own choice: nothing in the twins depends on who asks.
    let mut plain = database.connect_as(app);
    let mut found = 0;
    for n in 0..QUERIES {
        // Whatever is named safe for searches, and also while a query is prepared.
        let named = dice.rarely(2).then(|| dice.rarely(2));
        if let Some(named) = named {
            run(if named { NAME } else { FORGET });
        }
        let settings = settings(&mut dice);
        let Query { sql, is_ordered } = query(&mut dice, &shape);
        let is_cursor = is_ordered && dice.rarely(8);
        let here = sql.replace("{s}", "public.");
        client.batch_execute(&settings).expect("SET");
        client
            .batch_execute(&format!("PREPARE q{n} AS {here}"))
            .expect("PREPARE");
        for (user, twin) in shape.viewers() {
            if dice.rarely(12) {
                run(if dice.rarely(2) { NAME } else { FORGET });
            }
            become_user(&mut client, &user);
            let mut seen = match is_cursor {
                true => by_cursor(&mut client, &here),
                false => answer(&mut client, &format!("EXECUTE q{n}")),
            };
            let of_twin = sql.replace("{s}", &format!("{twin}."));
            let mut truth = answer(&mut plain, &of_twin);
            if !is_ordered {
                let _ = seen.as_mut().map(|rows| rows.sort());
                let _ = truth.as_mut().map(|rows| rows.sort());
            }
            if seen != truth {
                let plan = answer(&mut client, &format!("EXPLAIN (COSTS OFF) {here}"));
                let plan: Vec<_> = plan.into_iter().flatten().flatten().flatten().collect();
                panic!(
                    "RANDOM_PLANS_SEED={seed}, {user}: {here}\nwith {settings}\n{}\n{}\n{shape:#?}",
                    difference(&seen, &truth),
                    plan.join("\n")
                );
            }
            found += usize::from(truth.is_ok_and(|rows| !rows.is_empty()));
        }
        client
            .batch_execute(&format!("DEALLOCATE q{n}"))
            .expect("DEALLOCATE");
    }
    let mut admin = database.connect();
    let empty = format!("{}; {EMPTY}", shape.drop_twins());
    admin.batch_execute(&empty).expect("DROP");
    found
}

#[test]
fn every_plan_answers_in_order() {
    Run {
        name: "random_plans",
        first: 0,
        seconds: 25,
        at_least: 4,
    }
    .each(try_world);
}
