//! Random statements on tables of an application from which the organization comes, in random transactions with
//! savepoints, with and without foreign keys: after each of them the organization equals what plain queries over
//! the tables say, and a transaction whose rows name nothing that is missing is not refused at its end.
//!
//! A failure prints the seed of its world: RANDOM_SOURCES_SEED=… runs that world alone.
//!
//! And several sessions at once, at every isolation level: whenever nobody is in a transaction, it equals that, too.

mod support;

use postgres::Client;
use support::fresh_database;

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn one<T: Clone>(&mut self, things: &[T]) -> T {
        things[self.throw(things.len())].clone()
    }
}

const TABLES: &str = "
CREATE TABLE roles (id integer PRIMARY KEY, title text NOT NULL UNIQUE, parent_id integer);
CREATE TABLE branches (name text PRIMARY KEY, parent text);
CREATE TABLE users (id bigint PRIMARY KEY, name text, role_id integer, branch text, active boolean, last_login integer) PARTITION BY RANGE (id);
CREATE TABLE users_low PARTITION OF users FOR VALUES FROM (0) TO (4);
CREATE TABLE users_high PARTITION OF users DEFAULT;
CREATE TABLE teams (id smallint PRIMARY KEY, title varchar(20) NOT NULL UNIQUE, branch text);
CREATE TABLE team_members (team_id smallint, user_id bigint, role_id integer, subteam smallint);
CREATE INDEX ON team_members (user_id);
SELECT count(*) FROM sharing.sync_roles('roles', 'title', 'parent_id', key => 'id');
SELECT count(*) FROM sharing.sync_offices('branches', 'name', 'parent');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role_id', office => 'branch', active => 'active');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'title', office => 'branch');
SELECT count(*) FROM sharing.sync_members('team_members', 'team_id', \"user\" => 'user_id', role => 'role_id', subgroup => 'subteam');
";

const FOREIGN_KEYS: &str = "
ALTER TABLE roles ADD FOREIGN KEY (parent_id) REFERENCES roles ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE branches ADD FOREIGN KEY (parent) REFERENCES branches ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD FOREIGN KEY (role_id) REFERENCES roles ON DELETE SET NULL ON UPDATE CASCADE, ADD FOREIGN KEY (branch) REFERENCES branches ON UPDATE CASCADE;
ALTER TABLE teams ADD FOREIGN KEY (branch) REFERENCES branches ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE team_members ADD FOREIGN KEY (team_id) REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE,
    ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE, ADD FOREIGN KEY (role_id) REFERENCES roles ON DELETE CASCADE ON UPDATE CASCADE,
    ADD FOREIGN KEY (subteam) REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE;
";

/// What the tables say, and what is stored: each pair must be equal.
const EQUAL: [(&str, &str); 6] = [
    (
        "SELECT format('%s %s', r.title, p.title) FROM roles r LEFT JOIN roles p ON p.id = r.parent_id",
        "SELECT format('%s %s', r.name, p.name) FROM sharing.roles r LEFT JOIN sharing.roles p ON p.id = r.parent_id",
    ),
    (
        "SELECT format('%s %s', r.name, r.parent) FROM branches r",
        "SELECT format('%s %s', r.name, p.name) FROM sharing.offices r LEFT JOIN sharing.offices p ON p.id = r.parent_id",
    ),
    (
        "SELECT format('%s %s %s %s %s', u.id, coalesce(nullif(u.name, ''), u.id::text), r.title, u.branch, coalesce(u.active, false))
         FROM users u LEFT JOIN roles r ON r.id = u.role_id",
        "SELECT format('%s %s %s %s %s', u.key, u.name, r.name, o.name, u.active) FROM sharing.users u LEFT JOIN sharing.roles r ON r.id = u.role_id
         LEFT JOIN sharing.offices o ON o.id = u.office_id WHERE u.source_id IS NOT NULL",
    ),
    (
        "SELECT NULL WHERE false",
        "SELECT key FROM sharing.users u WHERE (u.active OR u.source_id IS NOT NULL) AND u.key NOT IN (SELECT id::text FROM users)",
    ),
    (
        "SELECT format('%s %s %s', id, title, branch) FROM teams",
        "SELECT format('%s %s %s', g.key, g.name, o.name) FROM sharing.groups g LEFT JOIN sharing.offices o ON o.id = g.office_id",
    ),
    (
        "SELECT DISTINCT format('%s u%s r%s g%s', t.title, m.user_id, r.title, s.title) FROM team_members m JOIN teams t ON t.id = m.team_id
         LEFT JOIN roles r ON r.id = m.role_id LEFT JOIN teams s ON s.id = m.subteam WHERE num_nonnulls(m.user_id, m.role_id, m.subteam) > 0",
        "SELECT format('%s u%s r%s g%s', g.name, u.key, '', '') FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id
         JOIN sharing.users u ON u.id = m.user_id
         UNION ALL SELECT format('%s u%s r%s g%s', g.name, '', r.name, i.name) FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id
         LEFT JOIN sharing.roles r ON r.id = m.role_id LEFT JOIN sharing.groups i ON i.id = m.member_group_id",
    ),
];

/// What cannot be at the end of a transaction.
const WRONG: &str = "
SELECT 'role' FROM users WHERE role_id IS NOT NULL AND role_id NOT IN (SELECT id FROM roles)
UNION ALL SELECT 'branch' FROM users WHERE branch IS NOT NULL AND branch NOT IN (SELECT name FROM branches)
UNION ALL SELECT 'parent' FROM roles WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM roles)
UNION ALL SELECT 'above' FROM branches WHERE parent IS NOT NULL AND parent NOT IN (SELECT name FROM branches)
UNION ALL SELECT 'branch of team' FROM teams WHERE branch IS NOT NULL AND branch NOT IN (SELECT name FROM branches)
UNION ALL SELECT 'member' FROM team_members WHERE num_nonnulls(user_id, role_id, subteam) > 0 AND team_id IS NOT NULL AND (team_id NOT IN (SELECT id FROM teams)
    OR user_id IS NOT NULL AND user_id NOT IN (SELECT id FROM users) AND user_id::text NOT IN (SELECT key FROM sharing.users) OR role_id IS NOT NULL AND role_id NOT IN (SELECT id FROM roles)
    OR subteam IS NOT NULL AND subteam NOT IN (SELECT id FROM teams) OR num_nonnulls(user_id, role_id, subteam) > 1)
UNION ALL (WITH RECURSIVE up (id, at) AS (SELECT id, parent_id FROM roles UNION SELECT u.id, r.parent_id FROM up u JOIN roles r ON r.id = u.at)
    SELECT 'circle' FROM up WHERE id = at)
UNION ALL (WITH RECURSIVE up (name, at) AS (SELECT name, parent FROM branches UNION SELECT u.name, r.parent FROM up u JOIN branches r ON r.name = u.at)
    SELECT 'circle' FROM up WHERE name = at)
UNION ALL (WITH RECURSIVE up (id, at) AS (SELECT team_id, subteam FROM team_members WHERE subteam IS NOT NULL
        UNION SELECT u.id, m.subteam FROM up u JOIN team_members m ON m.team_id = u.at AND m.subteam IS NOT NULL)
    SELECT 'nested' FROM up WHERE id = at)";

fn statement(dice: &mut Dice) -> String {
    let id = 1 + dice.throw(5);
    let other = dice.one(&["NULL", "1", "2", "3", "4"]);
    let name = dice.one(&["'a'", "'b'", "'c'", "'d'"]);
    let place = dice.one(&["NULL", "'x'", "'y'", "'z'"]);
    let branch = dice.one(&["'x'", "'y'", "'z'"]);
    match dice.throw(30) {
        0..=2 => format!("INSERT INTO roles VALUES ({id}, 'r' || {id}, {other}) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id"),
        3 => format!("UPDATE roles SET title = 'r' || {name} || id WHERE id = {id}"),
        4 => format!("UPDATE roles SET id = {id} WHERE id = {other}"),
        5 => format!("DELETE FROM roles WHERE id = {id}"),
        6 => format!("UPDATE roles SET parent_id = {other} WHERE id >= {id}"),
        7 => "UPDATE roles SET title = 'q' || (6 - id) WHERE id <= 5".to_owned(),
        8 | 9 => format!("INSERT INTO branches VALUES ({branch}, {place}) ON CONFLICT (name) DO UPDATE SET parent = excluded.parent"),
        10 => format!("UPDATE branches SET name = {branch} WHERE name = {place}"),
        11 => format!("DELETE FROM branches WHERE name = {branch}"),
        12..=14 => format!("INSERT INTO users SELECT n, {name} || n, {other}, {place}, n % 3 <> 0 FROM generate_series({id}, {id} + 1) n
            ON CONFLICT (id) DO UPDATE SET role_id = excluded.role_id, branch = excluded.branch"),
        15 => format!("UPDATE users SET role_id = {other}, branch = {place} WHERE id >= {id}"),
        16 => format!("UPDATE users SET name = {name}, active = NOT active WHERE id = {id}"),
        17 => format!("UPDATE users SET id = id + {id} WHERE id = {other}"),
        18 => format!("DELETE FROM users_low WHERE id = {id}"),
        19 => format!("DELETE FROM users WHERE id = {id}"),
        20 => "UPDATE users SET last_login = coalesce(last_login, 0) + 1".to_owned(),
        21 => format!("INSERT INTO users_high VALUES (4 + {id}, {name}, {other}, {place}, true)"),
        22 | 23 => format!("INSERT INTO teams VALUES ({id}, 't' || {id}, {place}) ON CONFLICT (id) DO UPDATE SET branch = excluded.branch"),
        24 => format!("UPDATE teams SET id = {id} WHERE id = {other}"),
        25 => format!("DELETE FROM teams WHERE id = {id}"),
        26 => format!("INSERT INTO team_members VALUES ({id}, {other}), ({other}, {id})"),
        27 => format!("INSERT INTO team_members VALUES ({id}, NULL, {other}, NULL), ({id}, NULL, NULL, {other})"),
        28 => format!("DELETE FROM team_members WHERE team_id = {id} OR user_id = {other} OR subteam = {id}"),
        _ => match dice.throw(8) {
            0 => "TRUNCATE roles, branches, users, teams, team_members".to_owned(),
            1 => "TRUNCATE users_low CASCADE".to_owned(),
            2 => "TRUNCATE team_members".to_owned(),
            3 => format!("MERGE INTO users u USING (SELECT {id} AS id) d ON u.id = d.id WHEN MATCHED AND u.active THEN DELETE
                WHEN MATCHED THEN UPDATE SET active = true WHEN NOT MATCHED THEN INSERT (id, role_id) VALUES (d.id, {other})"),
            _ => format!("UPDATE team_members SET team_id = {id} WHERE user_id = {other}"),
        },
    }
}

fn rows(client: &mut Client, query: &str) -> Vec<String> {
    let mut rows: Vec<String> = client
        .query(query, &[])
        .unwrap_or_else(|error| panic!("{query}: {error:?}"))
        .iter()
        .map(|row| row.get(0))
        .collect();
    rows.sort();
    rows
}

/// Errors that people can cause; whatever else comes is ours.
fn must_be_clear(error: &postgres::Error, done: &[String]) {
    let Some(error) = error.as_db_error() else {
        panic!("{error}: {done:?}");
    };
    let code = error.code().code();
    let is_clear = [
        "42704", "22023", "2BP01", "42710", "23505", "23503", "23502", "22003", "55006",
    ];
    assert!(
        is_clear.contains(&code) && error.schema() != Some("sharing"),
        "{error:?}: {done:#?}"
    );
    // Where everything goes, nothing is left that names anything.
    assert!(
        code != "2BP01"
            || !done
                .last()
                .is_some_and(|sql| sql.starts_with("TRUNCATE roles")),
        "{error:?}: {done:#?}"
    );
}

fn world(seed: u64, counts: &mut [usize; 2]) {
    let mut dice = Dice(seed);
    let database = fresh_database(&format!("random_sources_{seed}"));
    let mut client = database.connect();
    client.batch_execute(TABLES).expect(TABLES);
    if dice.throw(2) == 0 {
        client.batch_execute(FOREIGN_KEYS).expect(FOREIGN_KEYS);
    }
    let mut done = vec![format!("RANDOM_SOURCES_SEED={seed}")];
    for _ in 0..60 {
        let mut run = |client: &mut Client, sql: &str| {
            done.push(sql.to_owned());
            let result = client.batch_execute(sql);
            if let Err(error) = &result {
                must_be_clear(error, &done);
                done.push(format!("-- {error:?}").chars().take(160).collect());
            }
            result.is_ok()
        };
        run(&mut client, "BEGIN");
        let mut is_whole = true;
        for n in 0..1 + dice.throw(6) {
            if dice.throw(3) == 0 {
                run(&mut client, &format!("SAVEPOINT s{n}"));
                let is_fine = run(&mut client, &statement(&mut dice));
                if !is_fine || dice.throw(3) == 0 {
                    run(&mut client, &format!("ROLLBACK TO s{n}"));
                }
            } else if !run(&mut client, &statement(&mut dice)) {
                is_whole = false;
                break;
            }
        }
        if !is_whole {
            run(&mut client, "ROLLBACK");
            counts[0] += 1;
        } else {
            let wrong = rows(&mut client, WRONG);
            let is_fine = run(&mut client, "COMMIT");
            assert!(
                is_fine == wrong.is_empty()
                    || (!is_fine && done.last().is_some_and(|why| why.contains("23503"))),
                "{wrong:?} and {is_fine}: {done:#?}"
            );
            counts[usize::from(is_fine)] += 1;
        }
        for (told, stored) in EQUAL {
            let (told, stored) = (rows(&mut client, told), rows(&mut client, stored));
            assert_eq!(told, stored, "{done:#?}");
        }
        assert!(
            rows(&mut client, "SELECT unit FROM sharing.source_gaps").is_empty(),
            "{done:#?}"
        );
    }
}

#[test]
fn the_organization_is_what_the_tables_say() {
    let seeds: Vec<u64> = match std::env::var("RANDOM_SOURCES_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (1..=12).collect(),
    };
    let mut counts = [0, 0];
    for &seed in &seeds {
        world(seed, &mut counts);
    }
    assert!(
        seeds.len() == 1 || counts.iter().all(|&count| count > 100),
        "{counts:?}"
    );
}

/// Transactions of one session among others. Whatever refuses one of them refuses all of it.
fn some_transactions(client: &mut Client, dice: &mut Dice, counts: &mut [usize; 2]) {
    for _ in 0..12 {
        let level = dice.one(&["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]);
        let mut done = vec![format!("BEGIN ISOLATION LEVEL {level}")];
        for _ in 0..1 + dice.throw(4) {
            done.push(statement(dice));
        }
        if dice.throw(4) == 0 {
            done.push("SELECT count(*) FROM sharing.resync()".to_owned());
        }
        done.push(
            dice.one(&["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"])
                .to_owned(),
        );
        let problem = done.iter().find_map(|sql| client.batch_execute(sql).err());
        counts[usize::from(problem.is_none())] += 1;
        if let Some(problem) = problem {
            let code = problem.as_db_error().map(|error| error.code().code());
            if !matches!(code, Some("40001" | "40P01")) {
                must_be_clear(&problem, &done);
            }
            client.batch_execute("ROLLBACK").expect("ROLLBACK");
        }
    }
}

#[test]
fn several_sessions_at_once() {
    let database = fresh_database("random_sources_at_once");
    let mut client = database.connect();
    client.batch_execute(TABLES).expect(TABLES);
    let mut counts = [0, 0];
    for round in 0..10 {
        let sessions = [0, 1, 2].map(|session| {
            let mut client = database.connect();
            std::thread::spawn(move || {
                let mut counts = [0, 0];
                let mut dice = Dice(1000 * round + session);
                some_transactions(&mut client, &mut dice, &mut counts);
                counts
            })
        });
        for session in sessions {
            let of_session = session.join().expect("a session that ends");
            counts = [counts[0] + of_session[0], counts[1] + of_session[1]];
        }
        for (told, stored) in EQUAL {
            let (told, stored) = (rows(&mut client, told), rows(&mut client, stored));
            assert_eq!(told, stored, "round {round}");
        }
        assert!(rows(&mut client, "SELECT unit FROM sharing.source_gaps").is_empty());
        if round == 4 {
            let emptied = "TRUNCATE roles, branches, users, teams, team_members";
            client.batch_execute(emptied).expect(emptied);
            client.batch_execute(FOREIGN_KEYS).expect(FOREIGN_KEYS);
        }
    }
    assert!(counts.iter().all(|&count| count > 60), "{counts:?}");
}
