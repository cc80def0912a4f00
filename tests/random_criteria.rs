//! Criteria: random rules over columns of many types, NULLs in all of them, against conditions typed by hand over a
//! copy of the rows that the extension never touched: what people see, change, delete, insert and move across
//! criteria, of a table, what follows it, its children and details; what access_to(), who_can() and the preview say.
//!
//! A failure prints the seed of its world: RANDOM_CRITERIA_SEED=… runs that world alone.
//! RANDOM_CRITERIA_SECONDS=… sets how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

use postgres::Client;
use std::collections::BTreeSet;
use stored::{Dice, Run, literal};
use support::Database;
use support::company::sqlstate;

const ROWS: usize = 260;
const ROUNDS: usize = 6;

/// What a column is, and values for rows and rules.
struct Column {
    name: &'static str,
    declared: &'static str,
    values: &'static [&'static str],
    /// Written without quotes in JSON.
    is_bare: bool,
    /// A pattern, where the type has them.
    like: Option<&'static str>,
}

const fn column(
    name: &'static str,
    declared: &'static str,
    values: &'static [&'static str],
) -> Column {
    Column {
        name,
        declared,
        values,
        is_bare: false,
        like: None,
    }
}

const fn number(
    name: &'static str,
    declared: &'static str,
    values: &'static [&'static str],
) -> Column {
    Column {
        is_bare: true,
        ..column(name, declared, values)
    }
}

const fn words(
    name: &'static str,
    declared: &'static str,
    values: &'static [&'static str],
    like: &'static str,
) -> Column {
    Column {
        like: Some(like),
        ..column(name, declared, values)
    }
}

const COLUMNS: &[Column] = &[
    words(
        "t",
        "text",
        &["hot", "cold", "Hot", "", "it's", "a\\b", "{x,\"y\"}", "ß"],
        "%o_",
    ),
    words(
        "c",
        "text COLLATE \"C\"",
        &["a", "B", "b", "A", "ä", "zz"],
        "_",
    ),
    column(
        "ci",
        "text COLLATE any_case",
        &["eu", "EU", "Eu", "uk", "us"],
    ),
    words("v", "varchar(4)", &["a", "ab", "abc", "abcd"], "ab%"),
    words("b", "char(4)", &["a", "ab", "abcd"], "ab%"),
    words("d", "region", &["EU", "UK", "US"], "U_"),
    column("e", "stage", &["cold", "warm", "hot"]),
    number("s", "smallint", &["-1", "0", "1", "2"]),
    number(
        "i",
        "integer",
        &["-5", "0", "1", "2", "3", "40", "2147483647"],
    ),
    number("big", "bigint", &["1", "9007199254740993", "-2", "7"]),
    number(
        "n",
        "numeric(8,2)",
        &["1000", "999.99", "0.5", "-3", "1000.01"],
    ),
    number("f", "double precision", &["0.1", "1e10", "-0.25", "3"]),
    number("o", "boolean", &["true", "false"]),
    column(
        "day",
        "date",
        &["2024-01-01", "2024-02-29", "1999-12-31", "infinity"],
    ),
    column(
        "ts",
        "timestamptz",
        &[
            "2024-03-31 01:30:00+01",
            "2024-03-31 00:30:00+00",
            "2024-03-31 00:30:01+00",
            "2024-10-27 02:30:00",
        ],
    ),
    column(
        "tm",
        "timestamp",
        &["2024-01-01 00:00:00", "2024-01-01 12:00:00.5"],
    ),
    column("span", "interval", &["1 mon", "30 days", "29 days", "-1 h"]),
    column(
        "u",
        "uuid",
        &[
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ],
    ),
    column("a", "inet", &["10.0.0.1", "10.0.0.0/8", "::1"]),
    column("y", "bytea", &["\\x00", "\\xff01"]),
    column("x", "citext", &["Red", "red", "BLUE"]),
    column("tags", "text[]", &["{a,b}", "{}", "{\"a b\",NULL}", "{a}"]),
    column("j", "jsonb", &["{\"a\": 1}", "[1, 2]", "null", "\"x\""]),
    column("r", "int4range", &["[1,5)", "empty", "(,3)", "[1,4]"]),
    column("bits", "bit(3)", &["101", "000"]),
    column("codes", "char(2)[]", &["{a,bc}", "{bc}"]),
];

const OWNERS: &[&str] = &[
    "'rep1'",
    "'rep2'",
    "'manager'",
    "'support'",
    "'ghost'",
    "NULL",
];

/// Whose records a rule speaks of, and what that is of the copy's rows.
const OWNED_BY: &[(&str, &str)] = &[
    ("NULL", "true"),
    ("'role:Rep'", "owner IN ('rep1', 'rep2')"),
    (
        "'role_and_subordinates:Manager'",
        "owner IN ('rep1', 'rep2', 'manager')",
    ),
    ("'group:Team'", "(owner = 'rep2' OR team = 'g1')"),
];

/// With whom, whether with their superiors, and who of the viewers these are.
const SHARED_WITH: &[(&str, bool, &[&str])] = &[
    ("role:Support", false, &["support"]),
    ("role:Rep", false, &["rep1"]),
    ("role:Rep", true, &["rep1", "manager"]),
    ("role_and_subordinates:Manager", false, &["rep1", "manager"]),
    ("group:Desk", false, &["support", "manager"]),
];

/// Viewers, and what each has without rules.
const VIEWERS: &[(&str, &str)] = &[
    ("support", "owner = 'support'"),
    ("rep1", "owner = 'rep1'"),
    ("manager", "owner IN ('manager', 'rep1', 'rep2')"),
    ("stranger", "false"),
];

struct RandomRule {
    shared_with: usize,
    writes: bool,
    /// What it is of a row of the copy.
    truth: String,
    /// How it was made.
    made: String,
}

/// What rules and the rest give a viewer, as conditions on rows of the copy.
struct Truth {
    by_rules: [String; 2],
    all: [String; 2],
    full: String,
}

const SETUP: &str = r#"
    CREATE EXTENSION citext;
    CREATE TYPE stage AS ENUM ('cold', 'warm', 'hot');
    CREATE DOMAIN region AS text CHECK (VALUE <> 'nowhere');
    CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    SELECT sharing.create_role('Manager'), sharing.create_role('Rep', 'Manager'), sharing.create_role('Support');
    SELECT sharing.create_user('manager', 'Manager', 'Manager'), sharing.create_user('rep1', 'One', 'Rep'),
        sharing.create_user('rep2', 'Two', 'Rep'), sharing.create_user('support', 'Support', 'Support'),
        sharing.create_user('stranger', 'Stranger');
    SELECT sharing.create_group('g1', 'Team'), sharing.create_group('desk', 'Desk');
    SELECT sharing.add_member('Team', 'user:rep2'), sharing.add_member('Desk', 'user:support'), sharing.add_member('Desk', 'user:manager');
    SELECT sharing.create_office('Away'), sharing.set_user_office('rep2', 'Away');
"#;

fn values(dice: &mut Dice, column: &Column) -> String {
    match dice.rarely(5) {
        true => "NULL".to_owned(),
        false => dice
            .one(column.values)
            .map_or("NULL".to_owned(), |v| literal(v)),
    }
}

/// A world of its own: the table, plain or partitioned, with columns in another order; what follows it, its children.
fn build(admin: &mut Client, app: &str, dice: &mut Dice) {
    let columns = |order: &[usize]| {
        let one = |&n: &usize| format!("{} {}", COLUMNS[n].name, COLUMNS[n].declared);
        order.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let forth: Vec<usize> = (0..COLUMNS.len()).collect();
    let back: Vec<usize> = forth.iter().rev().copied().collect();
    let head = "id int NOT NULL, owner text, team text";
    let mut sql = format!(
        "CREATE TABLE twin ({head}, {0});
         CREATE TABLE contacts ({1}, {head}, PRIMARY KEY (id));",
        columns(&forth),
        columns(&back),
    );
    sql += &match dice.throw(3) {
        0 => format!(
            "CREATE TABLE records ({head}, gone int, {0}, PRIMARY KEY (id)) PARTITION BY RANGE (id);
             CREATE TABLE records_1 PARTITION OF records FOR VALUES FROM (0) TO (100);
             CREATE TABLE records_2 ({1}, lost text, {head});
             ALTER TABLE records_2 DROP COLUMN lost; ALTER TABLE records DROP COLUMN gone;
             ALTER TABLE records ATTACH PARTITION records_2 FOR VALUES FROM (100) TO (1000000);",
            columns(&forth),
            columns(&back),
        ),
        _ => format!(
            "CREATE TABLE records ({head}, {}, PRIMARY KEY (id));",
            columns(&forth)
        ),
    };
    for n in 1..=ROWS {
        let owner = dice.one(OWNERS).expect("owners");
        let team = if dice.rarely(4) { "'g1'" } else { "NULL" };
        let row: Vec<String> = COLUMNS.iter().map(|one| values(dice, one)).collect();
        sql += &format!(
            "INSERT INTO twin VALUES ({n}, {owner}, {team}, {});",
            row.join(", ")
        );
    }
    let names = names();
    sql += &format!(
        "INSERT INTO records (id, owner, team, {names}) SELECT * FROM twin;
         INSERT INTO contacts (id, owner, team, {names}) SELECT * FROM twin;
         CREATE TABLE notes (id int PRIMARY KEY, record_id int, owner text);
         CREATE TABLE cases (id int PRIMARY KEY, record_id int, owner text);
         CREATE TABLE lines (id int PRIMARY KEY, record_id int);
         INSERT INTO notes SELECT id, id, 'ghost' FROM twin; INSERT INTO cases SELECT id, id, 'ghost' FROM twin;
         INSERT INTO lines SELECT id, id FROM twin;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};"
    );
    for n in 0..4 {
        let column = &COLUMNS[dice.throw(COLUMNS.len())];
        sql += &format!("CREATE INDEX index_{n} ON records ({});", column.name);
    }
    sql += "CREATE INDEX ON records (owner); CREATE INDEX ON notes (record_id); CREATE INDEX ON lines (record_id); ANALYZE;
        SELECT sharing.protect('records', 'owner', owner_group => 'team'), sharing.protect('contacts', 'owner', owner_group => 'team', follows => 'records');
        SELECT sharing.protect('notes', 'owner'), sharing.protect('cases', 'owner'), sharing.protect('lines', controlled_by => 'records', via => 'record_id');
        SELECT sharing.relate('notes', 'record_id', 'records'), sharing.relate('cases', 'record_id', 'records', with_parent => 'edit');
        SELECT sharing.apply_rules();";
    admin.batch_execute(&sql).expect("a world");
}

fn names() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|one| one.name).collect();
    names.join(", ")
}

/// What one column must be, in JSON and as somebody would type it.
fn condition(dice: &mut Dice, column: &Column) -> (String, String) {
    let name = column.name;
    let json = |value: &str| match column.is_bare && !is_long(value) {
        true => value.to_owned(),
        false => format!("{value:?}"),
    };
    let mut one = || *dice.one(column.values).expect("values");
    let (first, second, third) = (one(), one(), one());
    let compared = |operator: &str, value: &str| {
        let typed = format!("{name} {operator} {}", literal(value));
        (format!("{operator:?}: {}", json(value)), typed)
    };
    const OPERATORS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
    match dice.throw(9) {
        0 | 1 => (json(first), format!("{name} = {}", literal(first))),
        2 => (
            format!("[{}, {}, {}]", json(first), json(second), json(third)),
            format!(
                "{name} IN ({}, {}, {})",
                literal(first),
                literal(second),
                literal(third)
            ),
        ),
        3 => ("null".to_owned(), format!("{name} IS NULL")),
        4 => (
            r#"{"null": false}"#.to_owned(),
            format!("{name} IS NOT NULL"),
        ),
        5 | 6 => {
            let (a, b) = (dice.throw(6), dice.throw(6));
            let (json, typed) = compared(OPERATORS[a], first);
            match a == b {
                true => (format!("{{{json}}}"), typed),
                false => {
                    let (more, also) = compared(OPERATORS[b], second);
                    (format!("{{{json}, {more}}}"), format!("{typed} AND {also}"))
                }
            }
        }
        _ => match column.like {
            Some(pattern) => (
                format!("{{\"like\": {pattern:?}}}"),
                format!("{name} LIKE {}", literal(pattern)),
            ),
            None => {
                let (json, typed) = compared("<>", first);
                (format!("{{{json}}}"), typed)
            }
        },
    }
}

/// Numbers that JSON may not have as they stand are written as text.
fn is_long(value: &str) -> bool {
    value.len() > 15
}

/// Stages one rule; None where there is such a one.
fn stage(admin: &mut Client, dice: &mut Dice) -> Option<RandomRule> {
    let (owned_by, of_owner) = dice.one(OWNED_BY)?;
    let shared_with = dice.throw(SHARED_WITH.len());
    let (to, superiors, _) = SHARED_WITH[shared_with];
    let writes = dice.rarely(2);
    let (mut json, mut typed) = (Vec::new(), vec![(*of_owner).to_owned()]);
    let first = dice.throw(COLUMNS.len());
    for n in 0..=dice.throw(3) {
        let column = &COLUMNS[(first + n * 5) % COLUMNS.len()];
        let (written, condition) = condition(dice, column);
        json.push(format!("{:?}: {written}", column.name));
        typed.push(condition);
    }
    let access = if writes { "read_write" } else { "read_only" };
    let sql = format!(
        "SELECT sharing.add_rule('records', {owned_by}, '{to}', '{access}', superiors => {superiors}, criteria => {})",
        literal(&format!("{{{}}}", json.join(", ")))
    );
    match admin.batch_execute(&sql) {
        Ok(()) => Some(RandomRule {
            shared_with,
            writes,
            truth: format!("({})", typed.join(" AND ")),
            made: sql,
        }),
        Err(error) if error.code().is_some_and(|code| code.code() == "42710") => None,
        Err(error) => panic!("{sql}: {error:?}"),
    }
}

fn truth(rules: &[RandomRule], viewer: &str, own: &str, is_closed: bool) -> Truth {
    let open = match is_closed {
        true => "owner IS DISTINCT FROM 'rep2'",
        false => "true",
    };
    let by_rules = [false, true].map(|to_edit| {
        let reaching = rules.iter().filter(|rule| {
            SHARED_WITH[rule.shared_with].2.contains(&viewer) && (rule.writes || !to_edit)
        });
        let any: Vec<&str> = reaching.map(|rule| rule.truth.as_str()).collect();
        match any.is_empty() {
            true => "false".to_owned(),
            false => format!("({}) AND {open}", any.join(" OR ")),
        }
    });
    let full = format!("({own} AND {open})");
    let all = [0, 1].map(|n| format!("({full} OR {})", by_rules[n]));
    Truth {
        by_rules,
        all,
        full,
    }
}

fn ids(client: &mut Client, sql: &str) -> BTreeSet<i32> {
    let rows = client.query(sql, &[]);
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

fn of_twin(admin: &mut Client, condition: &str) -> BTreeSet<i32> {
    ids(admin, &format!("SELECT id FROM twin WHERE {condition}"))
}

/// What a statement that is taken back did: the ids that it returned, or None where it was refused.
fn attempt(app: &mut Client, viewer: &str, sql: &str) -> Option<BTreeSet<i32>> {
    let begin = format!("BEGIN; SET LOCAL sharing.user_key = '{viewer}'");
    app.batch_execute(&begin).expect("BEGIN");
    let done = app.query(sql, &[]);
    app.batch_execute("ROLLBACK").expect("ROLLBACK");
    match done {
        Ok(rows) => Some(rows.iter().map(|row| row.get(0)).collect()),
        refused => {
            assert_eq!(sqlstate(refused), "42501", "{sql}");
            None
        }
    }
}

struct World {
    admin: Client,
    app: Client,
    /// The seed, and the rules that are valid.
    context: String,
}

impl World {
    fn attempted(&mut self, viewer: &str, sql: &str) -> BTreeSet<i32> {
        let done = attempt(&mut self.app, viewer, sql);
        done.unwrap_or_else(|| panic!("{viewer}: {sql} was refused, {}", self.context))
    }

    fn compare(&mut self, viewer: &str, truth: &Truth, dice: &mut Dice) {
        let context = self.context.clone();
        let [read, edit] = truth.all.clone().map(|all| of_twin(&mut self.admin, &all));
        let [rule_read, _] = truth
            .by_rules
            .clone()
            .map(|one| of_twin(&mut self.admin, &one));
        let full = of_twin(&mut self.admin, &truth.full);
        let children: BTreeSet<i32> = rule_read.clone();
        for (sql, wanted) in [
            ("SELECT id FROM records", &read),
            (
                "SELECT id FROM records WHERE id > 3 OR t IS NULL OR true",
                &read,
            ),
            ("UPDATE records SET owner = owner RETURNING id", &edit),
            ("SELECT id FROM records FOR UPDATE", &edit),
            ("DELETE FROM records RETURNING id", &full),
            ("SELECT id FROM contacts", &read),
            ("UPDATE contacts SET owner = owner RETURNING id", &edit),
            ("SELECT id FROM notes", &children),
            ("SELECT id FROM cases", &read),
            ("UPDATE cases SET owner = owner RETURNING id", &edit),
            ("SELECT id FROM lines", &read),
            ("UPDATE lines SET record_id = record_id RETURNING id", &edit),
            ("DELETE FROM lines RETURNING id", &full),
        ] {
            let done = self.attempted(viewer, sql);
            let differ: Vec<&i32> = done.symmetric_difference(wanted).collect();
            assert!(differ.is_empty(), "{viewer}: {sql}: {differ:?}, {context}");
        }
        for _ in 0..6 {
            self.compare_one(viewer, truth, dice);
        }
        for _ in 0..4 {
            let id = dice.throw(ROWS) as i32 + 1;
            let level = match () {
                () if full.contains(&id) => "full",
                () if edit.contains(&id) => "edit",
                () if read.contains(&id) => "read",
                () => "none",
            };
            for relation in ["records", "lines"] {
                let told: String = self
                    .admin
                    .query_one(
                        &format!(
                            "SELECT sharing.access_to('{relation}', '{id}', '{viewer}')::text"
                        ),
                        &[],
                    )
                    .expect("access_to")
                    .get(0);
                assert_eq!(told, level, "{viewer} {relation} {id}, {context}");
            }
            let can = format!(
                "SELECT 1 FROM sharing.who_can('records', '{id}') w WHERE w.user_key = '{viewer}'"
            );
            let can = !ids(&mut self.admin, &can).is_empty();
            assert_eq!(can, read.contains(&id), "{viewer} {id}, {context}");
        }
    }

    /// A row that becomes what another is, and a new one like it.
    fn compare_one(&mut self, viewer: &str, truth: &Truth, dice: &mut Dice) {
        let context = self.context.clone();
        let (from, to) = (dice.throw(ROWS) + 1, dice.throw(ROWS) + 1);
        let names = names();
        let moved: Vec<String> = COLUMNS
            .iter()
            .map(|one| format!("y.{}", one.name))
            .collect();
        let moved = moved.join(", ");
        let edit = &truth.all[1];
        let before = of_twin(&mut self.admin, &format!("id = {from} AND {edit}"));
        let after = format!(
            "SELECT r.id FROM (SELECT x.id, x.owner, x.team, {moved} FROM twin x, twin y WHERE x.id = {from} AND y.id = {to}) r WHERE {edit}"
        );
        let after = ids(&mut self.admin, &after);
        let update = format!(
            "UPDATE records SET ({names}) = (SELECT {names} FROM twin WHERE id = {to}) WHERE id = {from} RETURNING id"
        );
        let wanted = match (before.is_empty(), after.is_empty()) {
            (true, _) => Some(BTreeSet::new()),
            (false, true) => None,
            (false, false) => Some(before),
        };
        let done = attempt(&mut self.app, viewer, &update);
        assert_eq!(done, wanted, "{viewer}: {update}, {context}");

        let insert = format!(
            "INSERT INTO records (id, owner, team, {names}) SELECT 100000, owner, team, {names} FROM twin WHERE id = {to} RETURNING 1"
        );
        let may = !of_twin(&mut self.admin, &format!("id = {to} AND {edit}")).is_empty();
        let done = attempt(&mut self.app, viewer, &insert);
        assert_eq!(done.is_some(), may, "{viewer}: {insert}, {context}");
    }

    fn compare_preview(&mut self, before: &[Truth], after: &[Truth]) {
        for (n, (viewer, _)) in VIEWERS.iter().enumerate() {
            let mut wanted = Vec::new();
            for level in [0, 1] {
                let was = of_twin(&mut self.admin, &before[n].all[level]);
                let is = of_twin(&mut self.admin, &after[n].all[level]);
                wanted.extend([is.difference(&was).count(), was.difference(&is).count()]);
            }
            let sql = format!(
                "SELECT gained, lost, edit_gained, edit_lost FROM sharing.preview_rules() WHERE module = 'records' AND user_key = '{viewer}'"
            );
            let row = self.admin.query_opt(&sql, &[]).expect("a preview");
            let told = |column| {
                row.as_ref()
                    .map_or(0, |row| row.get::<_, i64>(column) as usize)
            };
            let told: Vec<usize> = (0..4).map(told).collect();
            assert_eq!(told, wanted, "{viewer}, {}", self.context);
        }
    }
}

/// One world from its seed. How many rules there were.
fn try_world(database: &Database, app: &str, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let mut admin = database.connect();
    let known = admin.query_one("SELECT count(*) FROM sharing.users", &[]);
    if known.expect("users").get::<_, i64>(0) == 0 {
        admin.batch_execute(SETUP).expect("the company");
    }
    admin.batch_execute("SET timezone = 'Europe/Berlin'; SET datestyle = 'SQL, DMY'; SET extra_float_digits = -3").expect("SET");
    build(&mut admin, &support::quoted(app), &mut dice);
    let mut world = World {
        admin,
        app: database.connect_as(app),
        context: String::new(),
    };
    world
        .app
        .batch_execute("SET timezone = 'Asia/Tokyo'")
        .expect("SET");
    if dice.rarely(2) {
        world
            .app
            .batch_execute("SET plan_cache_mode = force_generic_plan")
            .expect("SET");
    }
    let (mut rules, mut is_closed, mut made) = (Vec::new(), false, 0);
    for _ in 0..ROUNDS {
        let all = |rules: &[RandomRule], is_closed| -> Vec<Truth> {
            let viewers = VIEWERS.iter();
            viewers
                .map(|(viewer, own)| truth(rules, viewer, own, is_closed))
                .collect()
        };
        let before = all(&rules, is_closed);
        world
            .admin
            .batch_execute("SELECT sharing.drop_rule(rule) FROM sharing.rule_overview")
            .expect("drop_rule");
        let number = dice.throw(6);
        rules = (0..number)
            .filter_map(|_| stage(&mut world.admin, &mut dice))
            .collect();
        made += rules.len();
        let after = all(&rules, is_closed);
        let told: Vec<_> = rules.iter().map(|rule| (&rule.made, &rule.truth)).collect();
        world.context = format!("RANDOM_CRITERIA_SEED={seed}, {told:#?}");
        world.compare_preview(&before, &after);
        world
            .admin
            .batch_execute("SELECT sharing.apply_rules()")
            .expect("apply_rules");
        is_closed = dice.rarely(3);
        let close = format!("SELECT sharing.set_office_security('Away', {is_closed})");
        world
            .admin
            .batch_execute(&close)
            .expect("set_office_security");
        for (viewer, own) in VIEWERS {
            let truth = truth(&rules, viewer, own, is_closed);
            world.compare(viewer, &truth, &mut dice);
        }
    }
    let broken = "SELECT 1 FROM sharing.doctor() WHERE check_name LIKE '%polic%' AND object LIKE '%records%'";
    assert!(
        ids(&mut world.admin, broken).is_empty(),
        "{}",
        world.context
    );
    world
        .admin
        .batch_execute(
            "SELECT sharing.set_office_security('Away', false);
             DROP TABLE lines, cases, notes, contacts, records, twin;",
        )
        .expect("DROP TABLE");
    let left = "SELECT id FROM sharing.criteria";
    assert!(ids(&mut world.admin, left).is_empty(), "{}", world.context);
    made
}

#[test]
fn what_people_reach_by_criteria_is_what_a_query_says() {
    Run {
        name: "random_criteria",
        first: 0,
        seconds: 20,
        at_least: 3,
    }
    .each(try_world);
}
