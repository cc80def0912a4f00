//! Tables and indexes of many shapes, and a twin of each for every viewer: the rows that he may see, chosen
//! by plain SQL, in a table without row security or indexes.

use crate::stored::Dice;

/// Who owns records and who looks at them, in an organization that every world has:
/// head above mid above leaves; a rule that shows the records of the source to the target; a sharer and a
/// receiver in closed offices; an administrator.
#[derive(Clone, Copy, Debug)]
pub enum OwnerType {
    Integer,
    Smallint,
    Bigint,
    Text,
    Varchar,
    Uuid,
}

const OWNER_TYPES: [OwnerType; 6] = [
    OwnerType::Integer,
    OwnerType::Text,
    OwnerType::Bigint,
    OwnerType::Uuid,
    OwnerType::Smallint,
    OwnerType::Varchar,
];

const HEAD: usize = 1;
const MID: [usize; 2] = [2, 3];
const SOURCE: [usize; 2] = [4, 5];
const TARGET: usize = 6;
const SHARER: usize = 7;
const RECEIVER: usize = 8;
const ADMINISTRATOR: usize = 9;
const UNKNOWN: usize = 10;
const FIRST_LEAF: usize = 11;

impl OwnerType {
    fn sql(self) -> &'static str {
        match self {
            OwnerType::Integer => "integer",
            OwnerType::Smallint => "smallint",
            OwnerType::Bigint => "bigint",
            OwnerType::Text => "text",
            OwnerType::Varchar => "varchar(40)",
            OwnerType::Uuid => "uuid",
        }
    }

    pub fn key(self, user: usize) -> String {
        match self {
            OwnerType::Text | OwnerType::Varchar => format!("u{user}"),
            OwnerType::Uuid => format!("{user:08x}-0000-4000-8000-{user:012x}"),
            _ => user.to_string(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Partitions {
    None,
    ById,
    ByA,
}

/// A table of the columns id, a, b, c, owner and t_id, in some order.
#[derive(Clone, Debug)]
struct Table {
    name: &'static str,
    partitions: Partitions,
    /// The column that decides was added when rows were there, with a constant default.
    late: bool,
    indexes: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Shape {
    pub owner: OwnerType,
    leaves: usize,
    tables: Vec<Table>,
    seed: usize,
}

/// How many rows a table has, and how many before columns were added and dropped.
const ROWS: usize = 1500;
const EARLY: usize = 600;

/// Owned records, their details, and records that are related to them.
pub const TABLES: [&str; 3] = ["t", "d", "r"];

pub const COLUMNS: [&str; 6] = ["a", "owner", "b", "t_id", "c", "id"];

impl Shape {
    pub fn of(dice: &mut Dice) -> Shape {
        let owner = *dice.one(&OWNER_TYPES).expect("types");
        let leaves = *dice.one(&[4, 20, 150]).expect("numbers");
        let mut tables: Vec<Table> = Vec::new();
        for name in TABLES {
            // A parent needs a key of one column, and that is the key of its partitions, too.
            let choices = match name {
                "t" => [Partitions::None, Partitions::None, Partitions::ById],
                _ => [Partitions::None, Partitions::ById, Partitions::ByA],
            };
            let mut table = Table {
                name,
                partitions: *dice.one(&choices).expect("choices"),
                late: dice.rarely(2),
                indexes: Vec::new(),
            };
            for _ in 0..1 + dice.throw(3) {
                let index = table.index(dice);
                table.indexes.push(index);
            }
            tables.push(table);
        }
        Shape {
            owner,
            leaves,
            tables,
            seed: dice.throw(1000),
        }
    }

    fn literal(&self, user: usize) -> String {
        format!("'{}'", self.owner.key(user))
    }

    /// A number from 0 that depends on a row's id and on what is asked for.
    fn number(&self, salt: usize, below: usize) -> String {
        let salt = self.seed * 10 + salt;
        format!("((pg_catalog.hashint4(id * 1009 + {salt}) & 2147483647) % {below})")
    }

    /// SQL that makes the organization, the tables and their rows; then who shares what is up to them.
    pub fn build(&self, app: &str) -> String {
        let user = |n: usize, role: &str, office: &str| {
            let key = self.literal(n);
            format!("SELECT sharing.create_user({key}, 'user {n}', {role}, {office});")
        };
        let mut sql = "SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.create_role('Head'), sharing.create_role('Mid', 'Head'),
            sharing.create_role('Leaf', 'Mid'), sharing.create_role('Source'), sharing.create_role('Target');".to_owned();
        sql += &user(HEAD, "'Head'", "NULL");
        MID.iter().for_each(|n| sql += &user(*n, "'Mid'", "NULL"));
        SOURCE
            .iter()
            .for_each(|n| sql += &user(*n, "'Source'", "NULL"));
        sql += &user(TARGET, "'Target'", "NULL");
        sql += &user(SHARER, "NULL", "'A'");
        sql += &user(RECEIVER, "NULL", "'B'");
        sql += &user(ADMINISTRATOR, "NULL", "NULL");
        for n in 0..self.leaves {
            sql += &user(FIRST_LEAF + n, "'Leaf'", "NULL");
        }
        sql += &format!(
            "SELECT sharing.enable_record_sharing({}); SELECT sharing.enable_record_sharing({}); SELECT sharing.grant_right({}, 'administrator');",
            self.literal(SHARER),
            self.literal(RECEIVER),
            self.literal(ADMINISTRATOR)
        );
        for table in &self.tables {
            sql += &table.build(self);
        }
        sql += "SELECT sharing.protect('t', 'owner'); SELECT sharing.protect('d', controlled_by => 't', via => 't_id');
            SELECT sharing.protect('r', 'owner'); SELECT sharing.relate('r', 't_id', 't', with_shares => false);
            SELECT sharing.add_rule('t', 'role:Source', 'role:Target', 'read_only', related => '{\"r\": \"read_only\"}');
            SELECT sharing.apply_rules();";
        sql += &format!("GRANT SELECT ON t, d, r TO {app};");
        sql
    }

    /// The requests and shares of people: whoever does it, and what.
    pub fn shares(&self) -> Vec<(String, String)> {
        let (from, to) = (self.owner.key(SHARER), self.owner.key(RECEIVER));
        vec![
            (
                from.clone(),
                format!("SELECT sharing.request_link('B', 'user {RECEIVER}')"),
            ),
            (
                to.clone(),
                "SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links()"
                    .to_owned(),
            ),
            (
                from,
                format!(
                    "SELECT sharing.share_record('t', id::text, '{to}', 'read') FROM t WHERE id % 3 = 0"
                ),
            ),
        ]
    }

    /// Whoever looks, and the schema of his twins.
    pub fn viewers(&self) -> Vec<(String, String)> {
        let viewers = [
            HEAD,
            MID[0],
            FIRST_LEAF,
            TARGET,
            RECEIVER,
            ADMINISTRATOR,
            UNKNOWN,
        ];
        viewers
            .map(|n| (self.owner.key(n), format!("twin_{n}")))
            .into()
    }

    /// SQL that makes the twins.
    pub fn twins(&self, app: &str) -> String {
        let leaves = FIRST_LEAF..FIRST_LEAF + self.leaves;
        let list = |users: &[usize]| {
            let keys: Vec<_> = users.iter().map(|n| self.literal(*n)).collect();
            format!("IN ({})", keys.join(", "))
        };
        let below = |own: &[usize]| {
            list(
                &own.iter()
                    .copied()
                    .chain(leaves.clone())
                    .collect::<Vec<_>>(),
            )
        };
        let mut sql = String::new();
        for (viewer, owners) in [
            (HEAD, below(&[HEAD, MID[0], MID[1]])),
            (MID[0], below(&[MID[0]])),
            (FIRST_LEAF, list(&[FIRST_LEAF])),
            (TARGET, list(&[TARGET])),
            (RECEIVER, list(&[RECEIVER])),
            (ADMINISTRATOR, "IS NULL OR true".to_owned()),
            (UNKNOWN, "IS NULL AND false".to_owned()),
        ] {
            let (mut of_t, mut of_r) = (format!("owner {owners}"), format!("owner {owners}"));
            let source = list(&SOURCE);
            if viewer == TARGET {
                of_t += &format!(" OR owner {source}");
                // The offices of the sharer and the receiver are closed to him.
                let closed = list(&[SHARER, RECEIVER]);
                of_r += &format!(
                    " OR (owner {closed}) IS NOT TRUE AND t_id IN (SELECT id FROM public.t WHERE owner {source})"
                );
            }
            if viewer == RECEIVER {
                let sharer = self.literal(SHARER);
                of_t += &format!(" OR owner = {sharer} AND id % 3 = 0");
            }
            let of_d = match viewer {
                ADMINISTRATOR => "true".to_owned(),
                _ => format!("t_id IN (SELECT id FROM public.t WHERE {of_t})"),
            };
            let schema = format!("twin_{viewer}");
            sql += &format!("CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO {app};");
            for (table, rows) in TABLES.into_iter().zip([of_t, of_d, of_r]) {
                sql += &format!(
                    "CREATE TABLE {schema}.{table} AS SELECT * FROM public.{table} WHERE {rows};"
                );
            }
            sql += &format!(
                "GRANT SELECT ON {schema}.t, {schema}.d, {schema}.r TO {app}; ANALYZE {schema}.t, {schema}.d, {schema}.r;"
            );
        }
        sql
    }

    pub fn drop_twins(&self) -> String {
        let schemas: Vec<_> = self
            .viewers()
            .into_iter()
            .map(|(_, schema)| schema)
            .collect();
        format!("DROP SCHEMA {} CASCADE", schemas.join(", "))
    }
}

impl Table {
    /// What the rows are filtered by.
    fn decisive(&self, shape: &Shape) -> (&'static str, &'static str, String) {
        match self.name {
            "d" => ("t_id", "integer", "77".to_owned()),
            _ => ("owner", shape.owner.sql(), shape.literal(FIRST_LEAF)),
        }
    }

    fn build(&self, shape: &Shape) -> String {
        let name = self.name;
        let owner = shape.owner.sql();
        let (column, column_type, default) = self.decisive(shape);
        let columns: Vec<_> = [("owner", owner), ("t_id", "integer")]
            .into_iter()
            .filter(|(other, _)| !self.late || *other != column)
            .map(|(name, sql)| format!("{name} {sql}"))
            .collect();
        let key = match self.partitions {
            Partitions::None => "",
            Partitions::ById => "PARTITION BY RANGE (id)",
            Partitions::ByA => "PARTITION BY RANGE (a)",
        };
        let mut sql = format!(
            "CREATE TABLE {name} (gone_1 integer DEFAULT 1, id integer NOT NULL, a integer, gone_2 text DEFAULT 'gone', b text, {}) {key};",
            columns.join(", ")
        );
        // Without a default partition these are in order, and can be read one after the other.
        sql += &match self.partitions {
            Partitions::None => String::new(),
            Partitions::ByA => format!("CREATE TABLE {name}_1 PARTITION OF {name} DEFAULT;"),
            Partitions::ById => format!(
                "CREATE TABLE {name}_1 PARTITION OF {name} FOR VALUES FROM (MINVALUE) TO (601);
                CREATE TABLE {name}_3 PARTITION OF {name} FOR VALUES FROM (1201) TO (MAXVALUE);"
            ),
        };
        sql += &self.insert(shape, 1, EARLY, self.late);
        if self.late {
            sql += &format!("ALTER TABLE {name} ADD {column} {column_type} DEFAULT {default};");
        }
        sql += &format!(
            "ALTER TABLE {name} ADD c integer DEFAULT 5; ALTER TABLE {name} DROP gone_1; ALTER TABLE {name} DROP gone_2;"
        );
        if self.late {
            // A fifth keeps what it never got.
            let value = self.value(shape);
            sql += &format!("UPDATE {name} SET {column} = {value} WHERE id % 5 <> 0;");
        }
        if self.partitions != Partitions::None {
            let (from, to) = match self.partitions {
                Partitions::ByA => ("40", "80"),
                _ => ("601", "1201"),
            };
            sql += &format!(
                "CREATE TABLE {name}_2 (gone_3 integer, c integer DEFAULT 5, t_id integer, b text, owner {owner}, gone_4 text, id integer NOT NULL, a integer);
                ALTER TABLE {name}_2 DROP gone_3; ALTER TABLE {name}_2 DROP gone_4;
                ALTER TABLE {name} ATTACH PARTITION {name}_2 FOR VALUES FROM ({from}) TO ({to});"
            );
        }
        sql += &self.insert(shape, EARLY + 1, ROWS, false);
        if self.partitions != Partitions::ByA {
            sql += &format!("ALTER TABLE {name} ADD PRIMARY KEY (id);");
        }
        for index in &self.indexes {
            sql += &format!("{index};");
        }
        sql
    }

    /// The value of the column that decides.
    fn value(&self, shape: &Shape) -> String {
        match self.name {
            "d" => shape.number(1, ROWS + 20),
            // Two thirds are the leaves', the others are everybody's, and some are nobody's.
            _ => {
                let users = FIRST_LEAF + shape.leaves;
                let keys: Vec<_> = (0..users)
                    .map(|n| match n {
                        0 => "NULL".to_owned(),
                        n => shape.literal(n),
                    })
                    .collect();
                let leaf = shape.number(2, shape.leaves);
                let other = shape.number(3, FIRST_LEAF);
                let third = shape.number(4, 3);
                format!(
                    "(ARRAY[{}]::{}[])[1 + CASE WHEN {third} = 0 THEN {other} ELSE {FIRST_LEAF} + {leaf} END]",
                    keys.join(", "),
                    shape.owner.sql()
                )
            }
        }
    }

    fn insert(&self, shape: &Shape, from: usize, to: usize, without: bool) -> String {
        let name = self.name;
        let parent = shape.number(5, ROWS + 20);
        let value = self.value(shape);
        let (owner, t_id) = match name {
            "d" => ("NULL".to_owned(), value),
            _ => (value, parent),
        };
        let (decisive, ..) = self.decisive(shape);
        let mut columns = vec!["id", "a", "b"];
        let mut values = vec![
            "id".to_owned(),
            // The largest in the partition that comes later.
            format!(
                "nullif({}, 37)",
                shape.number(6, if from == 1 { 38 } else { 62 })
            ),
            format!("'b' || {}", shape.number(7, 6)),
        ];
        for (column, value) in [("owner", owner), ("t_id", t_id)] {
            if !without || column != decisive {
                columns.push(column);
                values.push(value);
            }
        }
        format!(
            "INSERT INTO {name} ({}) SELECT {} FROM pg_catalog.generate_series({from}, {to}) id;",
            columns.join(", "),
            values.join(", ")
        )
    }

    /// An index with what decides in any place, or nowhere.
    fn index(&self, dice: &mut Dice) -> String {
        let name = self.name;
        let decisive = if name == "d" { "t_id" } else { "owner" };
        if dice.rarely(10) {
            return format!("CREATE INDEX ON {name} USING hash ({decisive})");
        }
        // For conditions that are not leakproof.
        if dice.rarely(3) {
            let keys = [
                "b text_pattern_ops",
                "lower(b)",
                "(a::numeric), id",
                "(id::numeric)",
            ];
            let key = dice.one(&keys).expect("keys");
            return format!("CREATE INDEX ON {name} ({key})");
        }
        let mut rest = COLUMNS.to_vec();
        let mut keys = Vec::new();
        for _ in 0..1 + dice.throw(3) {
            keys.push(rest.remove(dice.throw(rest.len())));
        }
        // What decides stands behind what queries order by, or anywhere.
        if dice.rarely(2) {
            let first = *dice.one(&["a", "a", "c"]).expect("columns");
            keys = vec![first, decisive];
            keys.extend((first == "c").then_some("a"));
            rest = COLUMNS.to_vec();
            rest.retain(|column| !keys.contains(column));
        } else if !keys.contains(&decisive) && !dice.rarely(4) {
            let place = dice.throw(keys.len() + 1);
            keys.insert(place, decisive);
            rest.retain(|column| *column != decisive);
        }
        let is_unique = keys.contains(&"id")
            && (self.partitions != Partitions::ByA || keys.contains(&"a"))
            && dice.rarely(2);
        let orders = ["", " DESC", " NULLS FIRST", " DESC NULLS LAST"];
        let columns: Vec<_> = keys
            .iter()
            .map(|column| {
                let column = match *column {
                    "a" if !is_unique && dice.rarely(4) => "(a % 7)",
                    "b" if !is_unique && dice.rarely(4) => "(lower(b))",
                    column => column,
                };
                format!("{column}{}", dice.one(&orders).expect("orders"))
            })
            .collect();
        let unique = if is_unique { "UNIQUE " } else { "" };
        let mut sql = format!("CREATE {unique}INDEX ON {name} ({})", columns.join(", "));
        if dice.rarely(4) && !rest.is_empty() {
            sql += &format!(" INCLUDE ({})", rest[dice.throw(rest.len())]);
        }
        if dice.rarely(5) {
            let conditions = ["a > 10", "b <> 'b1'", "owner IS NOT NULL", "a = 5", "c = 5"];
            sql += &format!(" WHERE {}", dice.one(&conditions).expect("conditions"));
        }
        sql
    }
}
