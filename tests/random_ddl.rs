//! Random DDL by the owners of protected tables, with everything that an application's migrations do: none of
//! it changes who reaches which record, for statements that are prepared as for new ones. The truth comes
//! from copies of the tables that the product never touched, by conditions that are written out.
//!
//! A failure prints the seed of its world: RANDOM_DDL_SEED=… runs that world alone.
//! RANDOM_DDL_SECONDS=… sets how long new worlds are tried.

mod support;

use postgres::{Client, Statement};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use support::{Database, fresh_database, notice};

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

/// A protected table as it is called at the moment.
#[derive(Clone, Debug)]
struct Table {
    /// What it is: `acc`, `deal`, `line`, `visit`.
    what: &'static str,
    schema: String,
    name: String,
    role: String,
    /// The columns that decide, by what they were called first.
    columns: BTreeMap<&'static str, String>,
    added: Vec<String>,
    indexes: Vec<String>,
    key_moved: bool,
    /// The foreign key to its parent, while there is one.
    foreign_key: Option<String>,
}

impl Table {
    fn new(what: &'static str, columns: &[&'static str]) -> Table {
        let columns = columns.iter().map(|name| (*name, (*name).to_owned()));
        Table {
            what,
            schema: "app".to_owned(),
            name: what.to_owned(),
            role: "ddl_town".to_owned(),
            columns: columns.collect(),
            added: Vec::new(),
            indexes: Vec::new(),
            key_moved: false,
            foreign_key: None,
        }
    }

    fn sql(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

const PREPARE: &str = "
CREATE SCHEMA app AUTHORIZATION ddl_town; CREATE SCHEMA app2 AUTHORIZATION ddl_town; CREATE SCHEMA twin;
GRANT USAGE, CREATE ON SCHEMA app, app2 TO ddl_city; GRANT USAGE ON SCHEMA app, app2 TO ddl_app;
GRANT ddl_city TO ddl_town;
SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.create_role('Boss'), sharing.create_role('Mgr', 'Boss'),
       sharing.create_role('Rep', 'Mgr'), sharing.create_role('Support'), sharing.trust('ddl_app');
SELECT sharing.create_user(key, key, role, office) FROM (VALUES ('1', 'Boss', NULL), ('2', 'Mgr', NULL), ('3', 'Rep', NULL),
       ('4', 'Rep', NULL), ('5', 'Support', NULL), ('6', NULL, 'A'), ('7', NULL, 'B'), ('8', NULL, NULL)) u (key, role, office);
SELECT sharing.enable_record_sharing('6'), sharing.enable_record_sharing('7');
SET SESSION AUTHORIZATION ddl_town;
CREATE TABLE app.acc (junk int, id int PRIMARY KEY, tag text, owner int, note text);
ALTER TABLE app.acc DROP COLUMN junk;
CREATE TABLE app.deal (id int PRIMARY KEY, tag text, owner int, acc_id int CONSTRAINT deal_fk REFERENCES app.acc, note text);
CREATE TABLE app.line (tag text, deal_id int CONSTRAINT line_fk REFERENCES app.deal, id int PRIMARY KEY, note text);
CREATE TABLE app.visit (id int PRIMARY KEY, tag text, owner int, note text) PARTITION BY RANGE (id);
CREATE TABLE app.visit_1 PARTITION OF app.visit FOR VALUES FROM (0) TO (20);
CREATE TABLE app.visit_2 (note text, junk int, owner int, tag text, id int NOT NULL);
ALTER TABLE app.visit_2 DROP COLUMN junk;
ALTER TABLE app.visit ATTACH PARTITION app.visit_2 FOR VALUES FROM (20) TO (40);
-- Keys in an order of which nothing can be read off.
INSERT INTO app.acc SELECT (n * 7) % 31, 'acc' || n, (ARRAY[1, 2, 3, 4, 6, 99, NULL])[1 + n % 7], '' FROM generate_series(1, 30) n;
INSERT INTO app.deal SELECT (n * 11) % 61, 'deal' || n, (ARRAY[8, 3, NULL, 99, 5])[1 + n % 5], 1 + (n * 3) % 30, '' FROM generate_series(1, 60) n;
INSERT INTO app.line SELECT 'line' || n, 1 + (n * 7) % 60, (n * 13) % 97, '' FROM generate_series(1, 96) n;
INSERT INTO app.visit SELECT n, 'visit' || n, (ARRAY[1, 2, 3, 4, 99, NULL])[1 + n % 6], '' FROM generate_series(0, 39) n;
GRANT ALL ON ALL TABLES IN SCHEMA app TO ddl_app;
RESET SESSION AUTHORIZATION;
CREATE TABLE twin.acc AS TABLE app.acc; CREATE TABLE twin.deal AS TABLE app.deal;
CREATE TABLE twin.line AS TABLE app.line; CREATE TABLE twin.visit AS TABLE app.visit;
SELECT sharing.protect('app.acc', 'owner'); SELECT sharing.protect('app.deal', 'owner'); SELECT sharing.protect('app.visit', 'owner');
SELECT sharing.protect('app.line', controlled_by => 'app.deal', via => 'deal_id');
SELECT sharing.relate('app.deal', 'acc_id', 'app.acc');
SELECT sharing.add_rule('acc', 'role:Rep', 'role:Support', 'read_only', '{\"deal\": \"read_write\"}');
SELECT sharing.apply_rules();
CREATE VIEW twin.shared AS SELECT id, CASE id % 2 WHEN 0 THEN 'edit' ELSE 'read' END AS level FROM twin.acc WHERE owner = 6;
";

/// What a user reaches: `{above}` are the owners below them, `{user}` is their key. `{tied}` says
/// whether the deals are tied to their accounts.
const OWN: &str = "(o.owner = {user} OR o.owner = ANY ('{{above}}'))";
const ACC: &str = "OWN OR {user} = 7 AND o.id IN (SELECT id FROM twin.shared SHARES)";
const DEAL: &str = "OWN OR {tied} AND ({user} = 5 AND o.acc_id IN (SELECT id FROM twin.acc WHERE owner IN (3, 4)) SHARED)";

/// The tags of the records of a table that a user can read or edit, by its copy.
fn truth(what: &str, user: i32, edit: bool, open: &Open) -> String {
    let above = match user {
        1 => "2,3,4",
        2 => "3,4",
        _ => "",
    };
    let own = OWN.replace("{above}", above);
    let acc = match edit {
        false => format!("{ACC} OR {{user}} = 5 AND o.owner IN (3, 4)").replace("SHARES", ""),
        true => ACC.replace("SHARES", "WHERE level = 'edit'"),
    };
    let shared = match edit {
        false => "OR {user} = 7 AND o.acc_id IN (SELECT id FROM twin.shared)",
        true => "",
    };
    let deal = DEAL
        .replace("SHARED", shared)
        .replace("{tied}", &open.deal.to_string());
    let condition = match what {
        "acc" => acc,
        "deal" => deal,
        "line" => format!(
            "{} AND o.deal_id IN (SELECT o.id FROM twin.deal o WHERE {deal})",
            open.line
        ),
        _ => "OWN".to_owned(),
    };
    let condition = condition
        .replace("OWN", &own)
        .replace("{user}", &user.to_string());
    let without = match (what, open.visit_1) {
        ("visit", false) => "AND o.id >= 20",
        _ => "",
    };
    format!("SELECT o.tag FROM twin.{what} o WHERE ({condition}) {without} ORDER BY 1")
}

/// What of the world is there at the moment.
#[derive(Clone, Debug)]
struct Open {
    /// Whether the tie of deals to accounts, and that of lines to deals, is one.
    deal: bool,
    line: bool,
    /// Whether the first partition is attached.
    visit_1: bool,
}

struct World {
    tables: Vec<Table>,
    open: Open,
    names: usize,
    superuser: Client,
    /// A session that keeps its statements, and one that is new each time.
    prepared: (Client, HashMap<String, Statement>),
}

fn tags(rows: Vec<postgres::Row>) -> Vec<String> {
    rows.iter().map(|row| row.get(0)).collect()
}

impl World {
    fn build(database: &Database) -> World {
        let mut superuser = database.connect();
        superuser.batch_execute(PREPARE).expect("the world");
        superuser
            .batch_execute(
                "INSERT INTO sharing.links (from_user_id, to_user_id, status) SELECT a.id, b.id, 'active' FROM sharing.users a, sharing.users b WHERE a.key = '6' AND b.key = '7'",
            )
            .expect("a link");
        let mut giver = database.connect_as("ddl_app");
        giver
            .batch_execute("SET sharing.user_key = '6'")
            .expect("SET");
        for row in superuser
            .query("SELECT id::text, level FROM twin.shared", &[])
            .expect("the shared records")
        {
            let (id, level): (String, String) = (row.get(0), row.get(1));
            giver
                .batch_execute(&format!(
                    "SELECT sharing.share_record('app.acc', '{id}', '7', '{level}')"
                ))
                .expect("share_record");
        }
        let mut prepared = database.connect_as("ddl_app");
        prepared
            .batch_execute("SET plan_cache_mode = force_generic_plan")
            .expect("SET");
        let mut tables = vec![
            Table::new("acc", &["id", "owner"]),
            Table::new("deal", &["id", "owner", "acc_id"]),
            Table::new("line", &["id", "deal_id"]),
            Table::new("visit", &["id", "owner"]),
        ];
        tables[1].foreign_key = Some("deal_fk".to_owned());
        tables[2].foreign_key = Some("line_fk".to_owned());
        World {
            tables,
            open: Open {
                deal: true,
                line: true,
                visit_1: true,
            },
            names: 0,
            superuser,
            prepared: (prepared, HashMap::new()),
        }
    }

    fn new_name(&mut self, of: &str) -> String {
        self.names += 1;
        format!("{of}_{}", self.names)
    }

    /// What everybody reaches is what the copies say. Returns how many records that are.
    fn check(&mut self, database: &Database, context: &str) -> usize {
        let mut count = 0;
        let mut fresh = database.connect_as("ddl_app");
        for user in 1..=8 {
            let act = format!("SET sharing.user_key = '{user}'");
            fresh.batch_execute(&act).expect("SET");
            self.prepared.0.batch_execute(&act).expect("SET");
            for table in &self.tables {
                let truth = |edit: bool| truth(table.what, user, edit, &self.open);
                let mut expected = |sql: &str| tags(self.superuser.query(sql, &[]).expect(sql));
                let (read, edit) = (expected(&truth(false)), expected(&truth(true)));
                let select = format!("SELECT tag FROM {} ORDER BY 1", table.sql());
                let update = format!("UPDATE {} SET note = 'x' RETURNING tag", table.sql());
                let context = format!("{context}: user {user}, {}", table.sql());
                let found = fresh.query(&select, &[]);
                let found = tags(found.unwrap_or_else(|error| panic!("{context}: {error:?}")));
                assert_eq!(found, read, "{context}, a new session");
                let (client, statements) = &mut self.prepared;
                for (sql, expected) in [(&select, &read), (&update, &edit)] {
                    if !statements.contains_key(sql) {
                        statements.insert(sql.clone(), client.prepare(sql).expect(sql));
                    }
                    client.batch_execute("BEGIN").expect("BEGIN");
                    let found = client.query(&statements[sql], &[]);
                    let mut found =
                        tags(found.unwrap_or_else(|error| panic!("{context}: {sql}: {error:?}")));
                    found.sort();
                    assert_eq!(&found, expected, "{context}, {sql}");
                    client.batch_execute("ROLLBACK").expect("ROLLBACK");
                }
                count += read.len();
            }
        }
        count
    }

    /// Statements of one step, and what the world is like afterwards.
    fn step(&mut self, dice: &mut Dice) -> (Vec<String>, Vec<Table>, Open) {
        let at = dice.throw(self.tables.len());
        let (mut tables, mut open) = (self.tables.clone(), self.open.clone());
        let name = self.new_name("n");
        let table = &mut tables[at];
        let sql = table.sql();
        let mut statements = Vec::new();
        match dice.throw(17) {
            0 | 1 => {
                let kind = dice.one(&[
                    "int DEFAULT 7",
                    "text DEFAULT 'x' NOT NULL",
                    "int GENERATED ALWAYS AS (1 + 1) STORED",
                    "float DEFAULT random()",
                    "int",
                ]);
                statements.push(format!("ALTER TABLE {sql} ADD COLUMN {name} {kind}"));
                table.added.push(name);
            }
            2 => {
                if let Some(column) = table.added.pop() {
                    statements.push(format!("ALTER TABLE {sql} DROP COLUMN {column}"));
                }
            }
            3 => {
                let columns: Vec<&'static str> = table.columns.keys().copied().collect();
                let column = dice.one(&columns);
                let before = table.columns.insert(column, name.clone());
                let before = before.unwrap_or_default();
                statements.push(format!(
                    "ALTER TABLE {sql} RENAME COLUMN {before} TO {name}"
                ));
            }
            4 => {
                statements.push(format!("ALTER TABLE {sql} RENAME TO {name}"));
                table.name = name;
            }
            5 => {
                table.schema = match table.schema.as_str() {
                    "app" => "app2".to_owned(),
                    _ => "app".to_owned(),
                };
                statements.push(format!("ALTER TABLE {sql} SET SCHEMA {}", table.schema));
            }
            6 | 7 => {
                let columns: Vec<String> = table.columns.values().cloned().collect();
                let (first, second) = (dice.one(&columns), dice.one(&columns));
                let shape = match dice.throw(6) {
                    0 => format!("({first}, tag)"),
                    1 => format!("(tag, {first})"),
                    2 => format!("USING hash ({first})"),
                    3 => format!("({first}) INCLUDE (tag)"),
                    4 => format!("({first}) WHERE {second} > 3"),
                    _ => format!("(({first} + 1), {second})"),
                };
                statements.push(format!("CREATE INDEX {name} ON {sql} {shape}"));
                table.indexes.push(format!("{}.{name}", table.schema));
            }
            8 => {
                let (off, on) = match dice.throw(3) {
                    0 => ("DISABLE TRIGGER USER", "ENABLE TRIGGER USER"),
                    1 => ("ENABLE TRIGGER USER", "ENABLE REPLICA TRIGGER USER"),
                    _ => ("NO FORCE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"),
                };
                if !on.contains("REPLICA") {
                    for what in [off, on] {
                        statements.push(format!("ALTER TABLE {sql} {what}"));
                    }
                }
            }
            9 => statements.push(match dice.throw(4) {
                0 => format!("ALTER POLICY sharing_select ON {sql} USING (true)"),
                1 => format!("DROP POLICY sharing_update_permit ON {sql}"),
                2 => format!("ALTER POLICY sharing_select ON {sql} RENAME TO {name}"),
                _ => format!("DROP POLICY sharing_select ON {sql}"),
            }),
            10 => {
                table.role = match table.role.as_str() {
                    "ddl_town" => "ddl_city".to_owned(),
                    _ => "ddl_town".to_owned(),
                };
                statements.push(format!("ALTER TABLE {sql} OWNER TO {}", table.role));
            }
            11 if table.what == "visit" => {
                statements.push(match open.visit_1 {
                    true => format!("ALTER TABLE {sql} DETACH PARTITION app.visit_1"),
                    false => format!(
                        "ALTER TABLE {sql} ATTACH PARTITION app.visit_1 FOR VALUES FROM (0) TO (20)"
                    ),
                });
                open.visit_1 = !open.visit_1;
            }
            11 if table.what == "acc" => {
                statements.push(format!("CREATE TABLE app.{name} () INHERITS ({sql})"));
                statements.push(format!("DROP TABLE app.{name}"));
            }
            12..=15 => statements.extend(self.tie_step(at, dice, &mut tables, &mut open, name)),
            _ => statements.push(format!("ANALYZE {sql}")),
        }
        (statements, tables, open)
    }

    /// A foreign key goes, or comes back, or leads to where the key was moved.
    fn tie_step(
        &self,
        at: usize,
        dice: &mut Dice,
        tables: &mut [Table],
        open: &mut Open,
        name: String,
    ) -> Vec<String> {
        let child = match at {
            0 | 1 => 1,
            2 => 2,
            _ => return Vec::new(),
        };
        let parent = tables[child - 1].clone();
        let table = &mut tables[child];
        let via = if child == 1 { "acc_id" } else { "deal_id" };
        let reference = format!(
            "ALTER TABLE {} ADD CONSTRAINT {name} FOREIGN KEY ({}) REFERENCES {} ({})",
            table.sql(),
            table.columns[via],
            parent.sql(),
            parent.columns["id"]
        );
        let is_tied = match child {
            1 => &mut open.deal,
            _ => &mut open.line,
        };
        let Some(foreign_key) = table.foreign_key.take() else {
            *is_tied = true;
            table.foreign_key = Some(name);
            return vec![reference];
        };
        let drop = format!("ALTER TABLE {} DROP CONSTRAINT {foreign_key}", table.sql());
        if dice.throw(3) == 0 || parent.key_moved {
            *is_tied = false;
            return vec![drop];
        }
        table.foreign_key = Some(name);
        let (sql, id) = (parent.sql(), parent.columns["id"].clone());
        tables[child - 1].key_moved = true;
        // The children keep the old key, which is unique still.
        vec![
            drop,
            format!(
                "DO $$ DECLARE key text := (SELECT conname FROM pg_constraint WHERE conrelid = '{sql}'::regclass AND contype = 'p'); BEGIN
                     EXECUTE format('ALTER TABLE {sql} ADD COLUMN k_{id} int GENERATED ALWAYS AS IDENTITY, DROP CONSTRAINT %I', key); END $$"
            ),
            format!("ALTER TABLE {sql} ADD PRIMARY KEY (k_{id}), ADD UNIQUE ({id})"),
            reference,
        ]
    }

    /// Runs a step in one transaction, as the owner of the tables; it may be taken back.
    fn run(&mut self, database: &Database, dice: &mut Dice) -> Option<Vec<String>> {
        let (statements, tables, open) = self.step(dice);
        if statements.is_empty() {
            return None;
        }
        let stays = dice.throw(4) > 0;
        let mut owner = database.connect();
        // One of the two roles that own tables is a member of the other.
        let mut all = vec!["SET SESSION AUTHORIZATION ddl_town".to_owned()];
        all.extend(statements.iter().cloned());
        owner.batch_execute("BEGIN").expect("BEGIN");
        for statement in &all {
            owner
                .batch_execute(statement)
                .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        owner
            .batch_execute(if stays { "COMMIT" } else { "ROLLBACK" })
            .expect("the end");
        let mut told = statements;
        if stays {
            self.tables = tables;
            self.open = open;
        } else {
            told.push("ROLLBACK".to_owned());
        }
        Some(told)
    }
}

fn try_world(seed: u64) -> usize {
    let database = fresh_database("random_ddl");
    for role in ["ddl_app", "ddl_town", "ddl_city"] {
        database.create_role(role);
    }
    let mut dice = Dice(seed);
    let mut world = World::build(&database);
    let mut count = world.check(&database, &format!("RANDOM_DDL_SEED={seed}"));
    let mut history = Vec::new();
    for _ in 0..40 {
        if let Some(statements) = world.run(&database, &mut dice) {
            history.extend(statements);
            let context = format!("RANDOM_DDL_SEED={seed}, after {history:#?}");
            count += world.check(&database, &context);
        }
    }
    count
}

#[test]
fn ddl_changes_nothing_of_who_reaches_what() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = variable("RANDOM_DDL_SEED") {
        try_world(seed);
        return;
    }
    let seconds = Duration::from_secs(variable("RANDOM_DDL_SECONDS").unwrap_or(15));
    let begun = Instant::now();
    let (mut worlds, mut records) = (0, 0);
    while worlds < 2 || begun.elapsed() < seconds {
        records += try_world(worlds);
        worlds += 1;
    }
    notice(&format!(
        "random_ddl: {worlds} worlds, {records} records were reached"
    ));
    assert!(records > 0, "nobody reaches anything");
}
