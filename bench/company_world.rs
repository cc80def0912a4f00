//! A company of 100,000 people: its database, and a few of them.

use crate::document::{HEADS, document};
use crate::world::{connect, create_database, leads, number, progress};
use crate::{Result, Spread};
use postgres::Client;
use std::time::Instant;

pub const DATABASE: &str = "bench_company";
const IMPORTS: usize = 3;

pub struct Company {
    pub users: u32,
    pub leads: u32,
    pub import: Spread,
    pub apply: Spread,
    pub people: Vec<Person>,
}

#[derive(Clone)]
pub struct Person {
    pub sees: &'static str,
    /// Empty: nobody.
    pub key: String,
    pub owners: i64,
    /// A record that he sees, if he sees any.
    pub record: i64,
}

impl Company {
    pub fn build() -> Result<Company> {
        let users = number("BENCH_USERS", 100_000);
        let rows = number("BENCH_LEADS", 2_000_000);
        let document = document(users).to_string();
        let (mut import, mut apply) = (Vec::new(), Vec::new());
        for n in 1..=IMPORTS {
            progress("import of the company");
            let is_last = n == IMPORTS;
            let database = match is_last {
                true => DATABASE.to_owned(),
                false => format!("bench_import_{n}"),
            };
            create_database(&database)?;
            let mut admin = connect(&database, "postgres")?;
            match is_last {
                true => leads(&mut admin, rows, users)?,
                false => admin
                    .batch_execute("CREATE TABLE leads (id bigint PRIMARY KEY, owner_id bigint)")?,
            }
            admin.batch_execute("SELECT sharing.protect('leads', 'owner_id', 'Leads')")?;
            for (times, statement) in [
                (
                    &mut import,
                    format!(
                        "SELECT count(*) FROM sharing.import_config($document${document}$document$)"
                    ),
                ),
                (&mut apply, "SELECT sharing.apply_rules()".to_owned()),
            ] {
                let begin = Instant::now();
                admin.batch_execute(&statement)?;
                times.push(begin.elapsed());
            }
            drop(admin);
            if !is_last {
                connect("postgres", "postgres")?
                    .batch_execute(&format!("DROP DATABASE {database}"))?;
            }
        }
        let mut admin = connect(DATABASE, "postgres")?;
        admin.batch_execute(
            "GRANT SELECT ON leads, leads_twin TO bench_app, bench_owner;
            SELECT sharing.trust('bench_app')",
        )?;
        for table in [
            "sharing.users",
            "sharing.group_users",
            "sharing.group_members",
            "sharing.rules",
        ] {
            admin.batch_execute(&format!("VACUUM ANALYZE {table}"))?;
        }
        admin.batch_execute("CHECKPOINT")?;
        let mut company = Company {
            users,
            leads: rows,
            import: Spread::of(import),
            apply: Spread::of(apply),
            people: Vec::new(),
        };
        company.people = company.find_people()?;
        Ok(company)
    }

    pub fn connect(&self, role: &str) -> Result<Client> {
        connect(DATABASE, role)
    }

    /// A session of the application on behalf of this user.
    pub fn session(&self, key: &str) -> Result<Client> {
        let mut client = self.connect("bench_app")?;
        client.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
        Ok(client)
    }

    pub fn person(&self, sees: &str) -> Result<&Person> {
        let found = self.people.iter().find(|person| person.sees == sees);
        found.ok_or_else(|| format!("the company has nobody who sees {sees}").into())
    }

    fn find_people(&self) -> Result<Vec<Person>> {
        let mut client = self.connect("bench_app")?;
        let mut look = |sees, key: String| -> Result<Person> {
            client.batch_execute(&format!("SET sharing.user_key = '{key}'"))?;
            let row = client.query_one(
                "SELECT count(DISTINCT owner_id), coalesce(max(id), 1) FROM leads",
                &[],
            )?;
            Ok(Person {
                sees,
                key,
                owners: row.get(0),
                record: row.get(1),
            })
        };
        let mut reps = Vec::new();
        for user in HEADS + 1..HEADS + 200 {
            reps.push(look("his own", user.to_string())?);
        }
        let rep = reps.iter().find(|rep| rep.owners == 1);
        let rep = rep.ok_or("every rep is reached by rules")?.clone();
        let by_rules = reps.iter().min_by_key(|rep| (rep.owners - 1_000).abs());
        let by_rules = by_rules.ok_or("no rep was looked at")?.clone();
        let mut many = reps;
        for user in 4..=HEADS {
            many.push(look("", user.to_string())?);
        }
        many.sort_by_key(|person| person.owners);
        let enough = many.partition_point(|person| person.owners < 5_000);
        let many = many.get(enough.min(many.len() - 1)).cloned();
        Ok(vec![
            look("nothing", String::new())?,
            rep,
            Person {
                sees: "by rules",
                ..by_rules
            },
            Person {
                sees: "thousands",
                ..many.ok_or("nobody was looked at")?
            },
            look("half", "2".to_owned())?,
            look("all below the top", "1".to_owned())?,
            look("everything", self.users.to_string())?,
        ])
    }
}
