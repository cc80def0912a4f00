//! Who is asking; Which state counts: one session takes turns for many people, in whatever way an application can
//! say for whom it acts, while it and others change the settings. Every statement answers what the settings say that its
//! snapshot sees, whatever plan it was given and whoever that was made for; or 40001, and then the same transaction
//! goes well when it is run again. Truth is plain SQL over plain tables (tests/support/mirror.sql).
//!
//! A failure prints the seed of its world: RANDOM_TURNS_SEED=… runs that world alone. RANDOM_TURNS_SECONDS=… sets
//! how long new worlds are tried.

mod support;

#[path = "support/model.rs"]
mod model;

#[path = "support/stored.rs"]
mod stored;

#[path = "support/turns.rs"]
mod turns;

use postgres::error::SqlState;
use postgres::{Client, Statement};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use stored::Dice;
use turns::{TABLES, change, world};

const PEOPLE: [&str; 8] = [
    "boss", "manager", "rep1", "rep2", "support", "admin", "", "nobody",
];
const TRANSACTIONS: usize = 40;
/// A transaction that goes wrong by a plan goes well when it is run again, or once more.
const ATTEMPTS: usize = 3;

/// One thing that a session does.
#[derive(Clone, Debug)]
enum Step {
    /// Says for whom it acts, or what becomes of that.
    Sql(String),
    /// As an administrator, who acts as somebody.
    ActAs(&'static str),
    Savepoint,
    RollbackTo,
    Release,
    /// Changes the settings, as an administrator.
    Change(String),
    /// The same, by another session, which commits it.
    Elsewhere(String),
    /// Looks at a table in one of the ways.
    Look(&'static str, usize),
    /// Changes what may be changed of a table, and takes it back.
    Write(&'static str),
    /// Is told what an application may offer.
    Told(&'static str),
    /// Opens a cursor, goes on for another, reads it.
    Cursor(&'static str, &'static str),
    /// Calls a function that goes on for others and looks, each time.
    Each(&'static str, [&'static str; 3]),
    /// One that is for another by a setting of its own, or by its owner.
    Within(&'static str, &'static str),
}

/// The ways to look at a table.
const LOOKS: [&str; 9] = [
    "SELECT array_agg(id ORDER BY id) FROM {t}",
    "SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM {t} ORDER BY title, id LIMIT 100000) q",
    "SELECT array_agg(a.id ORDER BY a.id) FROM {t} a JOIN {t} b USING (id)",
    "SELECT array_agg(id ORDER BY id) FROM {t} WHERE id BETWEEN 0 AND 1000",
    "WITH q AS MATERIALIZED (SELECT id FROM {t}) SELECT array_agg(id ORDER BY id) FROM q",
    "SELECT array_agg(q.id ORDER BY q.id) FROM generate_series(1, 400) n, LATERAL (SELECT id FROM {t} WHERE id = n OFFSET 0) q",
    "SELECT array_agg(id ORDER BY id) FROM generate_series(1, 400) s (id) WHERE EXISTS (SELECT FROM {t} x WHERE x.id = s.id)",
    "SELECT look_{t}()",
    "SELECT sql_{t}()",
];

/// The steps of one transaction; the first begins it, if it is one of several.
fn transaction(dice: &mut Dice) -> (Option<&'static str>, Vec<Step>) {
    let isolation = match dice.throw(6) {
        0 => None,
        1 => Some("REPEATABLE READ"),
        2 => Some("SERIALIZABLE"),
        _ => Some("READ COMMITTED"),
    };
    let count = if isolation.is_some() {
        3 + dice.throw(12)
    } else {
        1
    };
    let (mut savepoints, mut changed, mut acting) = (0, false, 0);
    let mut steps = Vec::new();
    for _ in 0..count {
        let table = TABLES[dice.throw(TABLES.len())];
        let person = PEOPLE[dice.throw(PEOPLE.len())];
        let is_one = isolation.is_none();
        steps.push(match dice.throw(24) {
            0..=2 => Step::Sql(format!(
                "SET {}sharing.user_key = '{person}'",
                ["", "LOCAL "][dice.throw(2)]
            )),
            3 => Step::Sql(format!(
                "SELECT set_config('sharing.user_key', '{person}', true)"
            )),
            4 if !is_one => {
                acting = savepoints + 1;
                Step::ActAs(PEOPLE[dice.throw(4)])
            }
            5 => Step::Sql(
                ["RESET ROLE", "SET ROLE {person}", "RESET sharing.user_key"][dice.throw(3)]
                    .to_owned(),
            ),
            6 if !is_one && savepoints < 3 => {
                savepoints += 1;
                Step::Savepoint
            }
            7 if savepoints > 0 => {
                acting = if acting > savepoints { 0 } else { acting };
                Step::RollbackTo
            }
            8 if savepoints > 0 => {
                savepoints -= 1;
                acting = acting.min(savepoints + 1);
                Step::Release
            }
            9 | 10 if !is_one && acting == 0 => {
                changed = true;
                Step::Change(change(dice))
            }
            11 if !changed => Step::Elsewhere(change(dice)),
            12 => Step::Each(table, [0; 3].map(|_| PEOPLE[dice.throw(PEOPLE.len())])),
            13 if !is_one => Step::Cursor(table, person),
            14 => Step::Within(table, ["owned", "set"][dice.throw(2)]),
            15 => Step::Within(table, person),
            16 if isolation == Some("READ COMMITTED") => Step::Write(table),
            17 => Step::Told(table),
            _ => Step::Look(table, dice.throw(LOOKS.len())),
        });
    }
    (isolation, steps)
}

/// A session, and what is known of it.
struct Session<'a> {
    client: Client,
    admin: &'a mut Client,
    person: String,
    prepared: HashMap<String, Statement>,
    /// As whom it acts, at each savepoint and now.
    acting: Vec<Option<&'static str>>,
    context: String,
}

type Outcome = Result<(), postgres::Error>;

impl Session<'_> {
    fn run(&mut self, sql: &str) -> Outcome {
        self.client.batch_execute(sql)
    }

    fn ask(&mut self, sql: &str) -> Result<Vec<i32>, postgres::Error> {
        let statement = match self.prepared.get(sql) {
            Some(known) => known.clone(),
            None => {
                let made = self.client.prepare(sql)?;
                self.prepared.insert(sql.to_owned(), made.clone());
                made
            }
        };
        let row = self.client.query_one(&statement, &[])?;
        Ok(row.get::<_, Option<Vec<i32>>>(0).unwrap_or_default())
    }

    /// The key of whoever asks, in a function that runs as a role or by a setting, or now.
    fn me(&mut self, role: Option<&str>, key: Option<&str>) -> Result<String, postgres::Error> {
        if let Some(Some(acting)) = self.acting.last() {
            return Ok((*acting).to_owned());
        }
        let row = self.client.query_one(
            "SELECT coalesce(current_setting('sharing.user_key', true), ''), current_user::text",
            &[],
        )?;
        let (said, current): (String, String) = (row.get(0), row.get(1));
        let said = key.map_or(said, str::to_owned);
        let role = role.map_or(current, str::to_owned);
        Ok(match (said.is_empty(), role == self.person) {
            (false, _) => said,
            (true, true) => "rep2".to_owned(),
            (true, false) => String::new(),
        })
    }

    fn truth(&mut self, table: &str, me: &str, level: i32) -> Result<Vec<i32>, postgres::Error> {
        let row = self
            .client
            .query_one("SELECT mirror.sees($1, $2, $3)", &[&table, &me, &level])?;
        Ok(row.get(0))
    }

    fn compare(
        &mut self,
        seen: Vec<i32>,
        table: &str,
        me: &str,
        level: i32,
        step: &Step,
    ) -> Outcome {
        let truth = self.truth(table, me, level)?;
        let (many, few): (Vec<i32>, Vec<i32>) = (
            seen.iter()
                .copied()
                .filter(|id| !truth.contains(id))
                .collect(),
            truth
                .iter()
                .copied()
                .filter(|id| !seen.contains(id))
                .collect(),
        );
        assert!(
            many.is_empty() && few.is_empty(),
            "{}: {step:?} as {me:?}: too many {many:?}, too few {few:?}",
            self.context
        );
        Ok(())
    }

    fn take(&mut self, step: &Step, is_again: bool) -> Outcome {
        match step {
            Step::Sql(sql) => {
                let sql = sql.replace("{person}", &self.person);
                self.run(&sql)
            }
            Step::ActAs(key) => {
                // Who acts as somebody already may do no more than they may.
                if self.acting.iter().any(Option::is_some) {
                    return Ok(());
                }
                let active = self
                    .client
                    .query_one("SELECT active FROM mirror.users WHERE key = $1", &[key])?;
                if !active.get::<_, bool>(0) {
                    return Ok(());
                }
                self.as_admin(&format!("SELECT sharing.act_as('{key}')"))?;
                *self.acting.last_mut().expect("now") = Some(key);
                Ok(())
            }
            Step::Savepoint => {
                let now = self.acting.last().copied().flatten();
                self.acting.push(now);
                self.run(&format!("SAVEPOINT s{}", self.acting.len() - 1))
            }
            Step::RollbackTo => {
                let at = self.acting.len() - 1;
                self.acting[at] = self.acting[at - 1];
                self.run(&format!("ROLLBACK TO s{at}"))
            }
            Step::Release => {
                let last = self.acting.pop().flatten();
                *self.acting.last_mut().expect("now") = last;
                self.run(&format!("RELEASE s{}", self.acting.len()))
            }
            Step::Change(sql) if self.acting.iter().all(Option::is_none) => self.as_admin(sql),
            Step::Change(_) => Ok(()),
            Step::Elsewhere(_) if is_again => Ok(()),
            Step::Elsewhere(sql) => self.admin.batch_execute(&format!(
                "BEGIN; SET LOCAL lock_timeout = '2s'; {sql}; COMMIT"
            )),
            Step::Look(table, way) => {
                let seen = self.ask(&LOOKS[*way].replace("{t}", table))?;
                let me = self.me(None, None)?;
                self.compare(seen, table, &me, 1, step)
            }
            Step::Told(table) => {
                let seen = self.ask(&format!("SELECT array_agg(a.record_id::int ORDER BY a.record_id::int) FROM sharing.access_levels('{table}', (SELECT array_agg(n::text) FROM generate_series(1, 410) n)) a WHERE a.access >= 'edit'"))?;
                let me = self.me(None, None)?;
                self.compare(seen, table, &me, 2, step)
            }
            Step::Write(table) => {
                self.run("SAVEPOINT w")?;
                let seen = self.ask(&format!("WITH changed AS (UPDATE {table} SET title = title RETURNING id) SELECT array_agg(id ORDER BY id) FROM changed"))?;
                let me = self.me(None, None)?;
                self.compare(seen, table, &me, 2, step)?;
                self.run("ROLLBACK TO w; RELEASE w")
            }
            Step::Cursor(table, person) => {
                self.run(&format!("DECLARE c CURSOR FOR SELECT id FROM {table}"))?;
                let me = self.me(None, None)?;
                self.run(&format!(
                    "SELECT set_config('sharing.user_key', '{person}', true)"
                ))?;
                let truth = self.truth(table, &me, 1)?;
                let rows = self.client.query("FETCH ALL FROM c", &[])?;
                let mut seen: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
                seen.sort_unstable();
                assert_eq!(seen, truth, "{}: {step:?} as {me}", self.context);
                self.run("CLOSE c")
            }
            Step::Each(table, keys) => self.each(table, keys, step),
            Step::Within(table, "owned") => {
                let seen = self.ask(&format!("SELECT owned_{table}()"))?;
                let owner = self.person.clone();
                let me = self.me(Some(&owner), None)?;
                self.compare(seen, table, &me, 1, step)
            }
            Step::Within(table, "set") => {
                let seen = self.ask(&format!("SELECT set_{table}()"))?;
                let me = self.me(None, Some("rep2"))?;
                self.compare(seen, table, &me, 1, step)
            }
            Step::Within(table, key) => {
                let seen = self.ask(&format!("SELECT as_{table}('{key}')"))?;
                let me = self.me(None, Some(key))?;
                self.compare(seen, table, &me, 1, step)
            }
        }
    }

    fn each(&mut self, table: &str, keys: &[&str], step: &Step) -> Outcome {
        let sql = format!(
            "SELECT said, seen FROM each_{table}(ARRAY['{}'])",
            keys.join("','")
        );
        for row in self.client.query(&sql, &[])? {
            let (key, seen): (String, Option<Vec<i32>>) = (row.get(0), row.get(1));
            let me = self.me(None, Some(&key))?;
            self.compare(seen.unwrap_or_default(), table, &me, 1, step)?;
        }
        Ok(())
    }

    /// Runs something as an administrator, and goes on for whom it was for.
    fn as_admin(&mut self, sql: &str) -> Outcome {
        self.run(&format!("SELECT set_config('test.was', coalesce(current_setting('sharing.user_key', true), ''), true); SET LOCAL sharing.user_key = 'admin'; {sql}"))?;
        self.run("SELECT set_config('sharing.user_key', current_setting('test.was'), true)")
    }

    /// Runs a transaction, and again where that is what its error asks for.
    fn transaction(&mut self, isolation: Option<&str>, steps: &[Step], end: &str) {
        for attempt in 0..ATTEMPTS {
            self.acting = vec![None];
            let outcome = self.attempt(isolation, steps, end, attempt > 0);
            let Err(error) = outcome else { return };
            let retry = error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE);
            assert!(retry, "{}: {steps:?}: {error:?}", self.context);
            self.run("ROLLBACK").expect("ROLLBACK");
            assert!(
                attempt + 1 < ATTEMPTS,
                "{}: {isolation:?} {steps:?} never goes well: {error:?}",
                self.context
            );
        }
    }

    fn attempt(
        &mut self,
        isolation: Option<&str>,
        steps: &[Step],
        end: &str,
        is_again: bool,
    ) -> Outcome {
        if let Some(isolation) = isolation {
            self.run(&format!("BEGIN ISOLATION LEVEL {isolation}"))?;
        }
        for step in steps {
            self.take(step, is_again)?;
        }
        match isolation {
            Some(_) => self.run(end),
            None => Ok(()),
        }
    }
}

fn try_world(seed: u64) {
    let mut dice = Dice(seed);
    let name = format!("random_turns_{seed}");
    let company = world(&name);
    let mut admin = company.database.connect();
    let settings = [
        "SET plan_cache_mode = force_generic_plan",
        "SET plan_cache_mode = auto",
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off",
        "SET plan_cache_mode = auto; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_bitmapscan = off",
    ];
    let settings = settings[dice.throw(settings.len())];
    let client = company.connect();
    let mut session = Session {
        client,
        admin: &mut admin,
        person: format!("{name}_person"),
        prepared: HashMap::new(),
        acting: vec![None],
        context: String::new(),
    };
    session.run(settings).expect("settings");
    for n in 0..TRANSACTIONS {
        let (isolation, steps) = transaction(&mut dice);
        let end = if dice.rarely(4) { "ROLLBACK" } else { "COMMIT" };
        session.context = format!("RANDOM_TURNS_SEED={seed} {settings}, transaction {n}");
        session.transaction(isolation, &steps, end);
    }
}

#[test]
fn everybody_sees_theirs_in_every_turn() {
    let variable = |what: &str| {
        std::env::var(format!("RANDOM_TURNS_{what}"))
            .ok()
            .and_then(|text| text.parse().ok())
    };
    if let Some(seed) = variable("SEED") {
        return try_world(seed);
    }
    let seconds = Duration::from_secs(variable("SECONDS").unwrap_or(25));
    let begun = Instant::now();
    for seed in 0.. {
        try_world(seed);
        if begun.elapsed() > seconds && seed > 3 {
            support::notice(&format!("random_turns: {} worlds", seed + 1));
            break;
        }
    }
}
