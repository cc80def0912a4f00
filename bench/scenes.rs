//! What people do besides reading leads: orders of one's accounts, quotes by a related rule, joins,
//! groups, shared records, writing. Each against the same statement on unprotected twins, with the
//! true owners typed in, or the true semijoin.

use crate::report::{Cell, Part, number, table};
use crate::world::{CALLERS, Caller, OWNERS, TWIN, World, key, progress, take_statistics};
use crate::{REPETITIONS, Result, TIME_PER_CELL, answer, median, milliseconds};
use postgres::Client;
use std::time::Duration;

/// Who is reached by a rule only, and over a relation.
const RECEIVER_OF_FEW: u32 = OWNERS + 11;
const RECEIVER_OF_MANY: u32 = OWNERS + 12;
/// Two who share, with offices of their own.
const SHARER: u32 = OWNERS + 13;
const SHARED_WITH: u32 = OWNERS + 14;

/// One statement and its twin, for one caller.
struct Scene {
    sees: String,
    what: &'static str,
    caller: String,
    sharing: String,
    by_hand: String,
    /// The query for the accounts, and `by_hand` where `{keys}` stands for their keys.
    with_keys: Option<(String, String)>,
    /// Undone after each time.
    writes: bool,
}

pub fn measure(world: &World) -> Result<Part> {
    progress("accounts, orders, quotes, cards");
    let mut admin = world.connect("postgres")?;
    tables(&mut admin)?;
    organization(&mut admin)?;
    let (mut cells, mut rows) = (Vec::new(), Vec::new());
    for scene in scenes(world) {
        let look = |by_hand: &str| {
            run(world, &scene, by_hand)
                .map_err(|error| format!("{}, {}: {error}", scene.sees, scene.what))
        };
        let mut cell = look(&scene.by_hand)?;
        if cell.misses() {
            cell = look(&scene.by_hand)?;
        }
        if cell.misses()
            && let Some(with_keys) = with_keys_typed_in(&mut admin, &scene)?
        {
            cell.with_keys = Some(Box::new(look(&with_keys)?));
        }
        let (by_hand, sharing) = (number(cell.by_hand), number(cell.sharing));
        eprintln!("  {}, {}: {by_hand}  {sharing}", cell.sees, cell.what);
        rows.push([
            cell.sees.clone(),
            cell.what.clone(),
            by_hand,
            sharing,
            format!("{:.2}", cell.ratio()),
        ]);
        cells.push(cell);
    }
    let text = format!(
        "200,000 accounts of 2,000 owners, 1,000,000 orders that accounts control, 500,000 quotes of which a\n\
        rule on accounts shows those of its accounts, 100,000 cards. By hand: the true semijoin, typed in.\n\n{}",
        table(
            2,
            ["sees", "statement", "by hand", "pg_sharing", "ratio"],
            &rows
        )
    );
    Ok(Part {
        text,
        title: "Other tables and other statements",
        cells,
        ..Part::default()
    })
}

/// 200,000 accounts of 2,000 people, 1,000,000 orders of accounts, 500,000 quotes for accounts,
/// 100,000 cards of which one person has 10,000.
fn tables(admin: &mut Client) -> Result<()> {
    let owner = format!("(n % 2000) * 5 * 7919 % {OWNERS} + 1");
    let any_owner = format!("1 + floor(random() * {OWNERS})::bigint");
    let any_account = "1 + floor(random() * 200000)::bigint";
    let any_time = "timestamptz '2020-01-01' + random() * 157680000 * interval '1 second' + n * interval '1 microsecond'";
    admin.batch_execute("SELECT setseed(0.25)")?;
    for (table, columns, values, rows, indexes) in [
        (
            "accounts",
            "id bigint PRIMARY KEY, owner_id bigint, name text, region integer",
            format!("n, {owner}, 'Account ' || n, n % 7"),
            200_000,
            vec!["owner_id"],
        ),
        (
            "orders",
            "id bigint PRIMARY KEY, account_id bigint NOT NULL, status text, amount numeric(12, 2), created_at timestamptz",
            format!(
                "n, {any_account}, (ARRAY['new', 'open', 'done'])[1 + floor(random() * 3)], round((random() * 1000)::numeric, 2), {any_time}"
            ),
            1_000_000,
            vec!["account_id", "created_at"],
        ),
        (
            "quotes",
            "id bigint PRIMARY KEY, account_id bigint, owner_id bigint, amount numeric(12, 2), created_at timestamptz",
            format!(
                "n, {any_account}, {any_owner}, round((random() * 1000)::numeric, 2), {any_time}"
            ),
            500_000,
            vec!["account_id", "owner_id", "created_at"],
        ),
        (
            "cards",
            "id bigint PRIMARY KEY, owner_id bigint, name text, created_at timestamptz",
            format!(
                "n, CASE WHEN n % 10 = 0 THEN {SHARER} ELSE {any_owner} END, 'Card ' || n, {any_time}"
            ),
            100_000,
            vec!["owner_id", "created_at"],
        ),
    ] {
        let twin = format!("{table}_usual");
        admin.batch_execute(&format!(
            "CREATE TABLE {table} ({columns});
            INSERT INTO {table} SELECT {values} FROM generate_series(1, {rows}) n;
            CREATE TABLE {twin} (LIKE {table} INCLUDING STORAGE);
            INSERT INTO {twin} SELECT * FROM {table};
            ALTER TABLE {twin} ADD PRIMARY KEY (id);
            ALTER TABLE {table} OWNER TO bench_owner;
            ALTER TABLE {twin} OWNER TO bench_owner;
            GRANT ALL ON {table} TO bench_app"
        ))?;
        for table in [table, &twin] {
            for column in &indexes {
                admin.batch_execute(&format!("CREATE INDEX ON {table} ({column})"))?;
            }
        }
    }
    for child in ["orders", "quotes"] {
        admin.batch_execute(&format!(
            "ALTER TABLE {child} ADD FOREIGN KEY (account_id) REFERENCES accounts;
            ALTER TABLE {child}_usual ADD FOREIGN KEY (account_id) REFERENCES accounts_usual"
        ))?;
    }
    for table in ["accounts", "orders", "quotes", "cards"] {
        let twin = format!("{table}_usual");
        admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {table}"))?;
        admin.batch_execute(&format!("VACUUM (FREEZE, ANALYZE) {twin}"))?;
        take_statistics(admin, table, &twin)?;
    }
    admin.batch_execute("GRANT INSERT, UPDATE ON leads TO bench_app")?;
    Ok(())
}

fn organization(admin: &mut Client) -> Result<()> {
    admin.batch_execute(&format!(
        "SELECT sharing.protect('accounts', 'owner_id', 'Accounts');
        SELECT sharing.protect('orders', controlled_by => 'accounts', via => 'account_id', module => 'Orders');
        SELECT sharing.protect('quotes', 'owner_id', 'Quotes');
        SELECT sharing.protect('cards', 'owner_id', 'Cards');
        SELECT sharing.relate('quotes', 'account_id', 'accounts');
        SELECT sharing.create_role('Receiver of few'), sharing.create_role('Receiver of many');
        SELECT sharing.create_user('{RECEIVER_OF_FEW}', 'few', 'Receiver of few');
        SELECT sharing.create_user('{RECEIVER_OF_MANY}', 'many', 'Receiver of many');
        SELECT sharing.add_rule('Accounts', 'role:One of 50', 'role:Receiver of few', 'read_only');
        SELECT sharing.add_rule('Accounts', 'role:One of 5,000', 'role:Receiver of many', 'read_only');
        SELECT sharing.apply_rules();
        SELECT sharing.create_office('Here'), sharing.create_office('There');
        SELECT sharing.create_user('{SHARER}', 'sharer', office => 'Here');
        SELECT sharing.create_user('{SHARED_WITH}', 'receiver', office => 'There');
        SELECT sharing.enable_record_sharing('{SHARED_WITH}');
        SELECT sharing.enable_record_sharing('{SHARER}', 'There', 'receiver')"
    ))?;
    // An administrator accepts for nobody: the receiver does.
    admin.batch_execute(&format!(
        "SET SESSION AUTHORIZATION bench_app; SET sharing.user_key = '{SHARED_WITH}';
        SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links();
        SET sharing.user_key = '{SHARER}';
        SELECT count(sharing.share_record('cards', id::text, '{SHARED_WITH}', 'read')) FROM cards;
        RESET sharing.user_key; RESET SESSION AUTHORIZATION;
        CREATE TABLE bench.cards_shared AS SELECT id FROM cards WHERE owner_id = {SHARER};
        ALTER TABLE bench.cards_shared ADD PRIMARY KEY (id); ANALYZE bench.cards_shared;
        GRANT SELECT ON bench.cards_shared TO bench_owner"
    ))?;
    Ok(())
}

/// The accounts of these owners, on the twin.
fn accounts_of(owners: &str) -> String {
    format!("(SELECT id FROM accounts_usual WHERE owner_id = ANY ('{{{owners}}}'::bigint[]))")
}

/// The keys of the users with these numbers.
fn keys(numbers: std::ops::Range<u32>) -> String {
    let keys: Vec<String> = numbers.map(|number| key(number).to_string()).collect();
    keys.join(",")
}

fn scenes(world: &World) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for caller in &CALLERS {
        let owners = world.owners_seen_by(caller);
        let owner_condition = match caller.is_administrator {
            true => "true".to_owned(),
            false => format!("owner_id = ANY ('{{{owners}}}'::bigint[])"),
        };
        let account_condition = match caller.is_administrator {
            true => "true".to_owned(),
            false => format!("account_id IN {}", accounts_of(&owners)),
        };
        reads(
            &mut scenes,
            (caller.name, "orders"),
            &caller.key.to_string(),
            &account_condition,
            (!caller.is_administrator).then(|| accounts_of(&owners)),
        );
        let join = |condition: &str| {
            format!(
                "SELECT a.region, count(*), sum(o.amount) FROM accounts_usual a JOIN orders_usual o ON o.account_id = a.id WHERE {condition} GROUP BY 1 ORDER BY 1"
            )
        };
        // Each table has a policy of its own.
        let with_keys = format!("{owner_condition} AND o.account_id = ANY ({{keys}})");
        scenes.push(Scene {
            sees: caller.name.to_owned(),
            what: "join accounts, orders",
            caller: caller.key.to_string(),
            sharing: "SELECT a.region, count(*), sum(o.amount) FROM accounts a JOIN orders o ON o.account_id = a.id GROUP BY 1 ORDER BY 1".to_owned(),
            by_hand: join(&owner_condition),
            with_keys: (!caller.is_administrator)
                .then(|| (accounts_of(&owners), join(&with_keys))),
            writes: false,
        });
        let mut add = |what, sharing: &str, by_hand: String, writes| {
            scenes.push(Scene {
                sees: caller.name.to_owned(),
                what,
                caller: caller.key.to_string(),
                sharing: sharing.to_owned(),
                by_hand,
                with_keys: None,
                writes,
            });
        };
        add(
            "group by",
            "SELECT status, count(*), sum(amount) FROM leads GROUP BY 1 ORDER BY 1",
            format!(
                "SELECT status, count(*), sum(amount) FROM {TWIN} WHERE {owner_condition} GROUP BY 1 ORDER BY 1"
            ),
            false,
        );
        // Rules that reach others over the relation open nothing to these.
        for (what, query) in [
            ("quotes: count(*)", "SELECT count(*) FROM {t}"),
            (
                "quotes: newest 50",
                "SELECT * FROM {t} ORDER BY created_at DESC LIMIT 50",
            ),
        ] {
            let typed = format!("quotes_usual WHERE {owner_condition}");
            let by_hand = query.replace("{t}", &typed);
            add(what, &query.replace("{t}", "quotes"), by_hand, false);
        }
        if !owners.is_empty() {
            write(&mut add, caller, &owner_condition);
        }
    }
    for (sees, caller, owners) in [
        (
            "quotes of 1,000 accounts, by rule",
            RECEIVER_OF_FEW,
            keys(6_002..6_051),
        ),
        (
            "quotes of 100,000 accounts, by rule",
            RECEIVER_OF_MANY,
            keys(2..5_001),
        ),
    ] {
        let condition = format!(
            "(owner_id = ANY ('{{{caller}}}'::bigint[]) OR account_id IN {})",
            accounts_of(&owners)
        );
        reads(
            &mut scenes,
            (sees, "quotes"),
            &caller.to_string(),
            &condition,
            Some(accounts_of(&owners)),
        );
    }
    let condition = format!(
        "(owner_id = ANY ('{{{SHARED_WITH}}}'::bigint[]) OR id IN (SELECT id FROM bench.cards_shared))"
    );
    let sees = "10,000 shared records";
    reads(
        &mut scenes,
        (sees, "cards"),
        &SHARED_WITH.to_string(),
        &condition,
        None,
    );
    scenes
}

/// The twin of a scene with the keys of the accounts typed in, where they are few.
fn with_keys_typed_in(admin: &mut Client, scene: &Scene) -> Result<Option<String>> {
    let Some((accounts, text)) = &scene.with_keys else {
        return Ok(None);
    };
    let row = admin.query_one(
        &format!(
            "SELECT count(*), coalesce(string_agg(id::text, ','), '') FROM {accounts} accounts"
        ),
        &[],
    )?;
    let (count, keys): (i64, String) = (row.get(0), row.get(1));
    let is_few = count <= 10_000;
    Ok(is_few.then(|| text.replace("{keys}", &format!("'{{{keys}}}'::bigint[]"))))
}

fn reads(
    scenes: &mut Vec<Scene>,
    (sees, table): (&str, &str),
    caller: &str,
    condition: &str,
    accounts: Option<String>,
) {
    let queries: [(&'static str, &str); 5] = match table {
        "orders" => [
            ("orders: count(*)", "SELECT count(*) FROM {t}"),
            (
                "orders: sum, filtered",
                "SELECT sum(amount) FROM {t} AND status = 'open'",
            ),
            (
                "orders: newest 50",
                "SELECT * FROM {t} ORDER BY created_at DESC LIMIT 50",
            ),
            ("orders: by key", "SELECT * FROM {t} AND id = 471"),
            (
                "orders: page of 10 days",
                "SELECT count(*) FROM {t} AND created_at >= '2024-03-01' AND created_at < '2024-03-11'",
            ),
        ],
        _ => [
            ("count(*)", "SELECT count(*) FROM {t}"),
            ("largest id", "SELECT max(id) FROM {t}"),
            (
                "newest 50",
                "SELECT * FROM {t} ORDER BY created_at DESC LIMIT 50",
            ),
            ("by key", "SELECT * FROM {t} AND id = 470"),
            (
                "page of 10 days",
                "SELECT count(*) FROM {t} AND created_at >= '2024-03-01' AND created_at < '2024-03-11'",
            ),
        ],
    };
    for (what, query) in queries {
        scenes.push(Scene {
            sees: sees.to_owned(),
            what,
            caller: caller.to_owned(),
            sharing: query.replace("{t}", &format!("{table} WHERE true")),
            by_hand: query.replace("{t}", &format!("{table}_usual WHERE {condition}")),
            with_keys: accounts.clone().map(|accounts| {
                let typed_in = condition.replace(&format!("IN {accounts}"), "= ANY ({keys})");
                let table = format!("{table}_usual WHERE {typed_in}");
                (accounts, query.replace("{t}", &table))
            }),
            writes: false,
        });
    }
}

fn write(add: &mut impl FnMut(&'static str, &str, String, bool), caller: &Caller, condition: &str) {
    let rows = "id = ANY (ARRAY(SELECT id FROM {t} WHERE {c} ORDER BY id LIMIT 100))";
    let update = "UPDATE {t} SET amount = amount + 1 WHERE {rows}".replace("{rows}", rows);
    add(
        "UPDATE of 100 rows",
        &update.replace("{t}", "leads").replace("{c}", "true"),
        update.replace("{t}", TWIN).replace("{c}", condition) + &format!(" AND {condition}"),
        true,
    );
    // Whoever is no user of the organization has nothing to own.
    let owner = caller.key;
    let insert = format!(
        "INSERT INTO {{t}} (id, owner_id, name, status, amount, created_at) SELECT 10000000 + n, {owner}, 'New ' || n, 'new', n, now() FROM generate_series(1, 1000) n"
    );
    add(
        "INSERT of 1,000 rows",
        &insert.replace("{t}", "leads"),
        insert.replace("{t}", TWIN),
        true,
    );
}

fn run(world: &World, scene: &Scene, text_by_hand: &str) -> Result<Cell> {
    let mut sharing = world.connect("bench_app")?;
    sharing.batch_execute(&format!("SET sharing.user_key = '{}'", scene.caller))?;
    let mut by_hand = world.connect("bench_owner")?;
    let once = |client: &mut Client, text: &str| -> Result<(Duration, Vec<String>)> {
        if !scene.writes {
            return answer(client, text);
        }
        client.batch_execute("BEGIN")?;
        let found = answer(client, text)?;
        client.batch_execute("ROLLBACK")?;
        Ok(found)
    };
    for _ in 0..2 {
        let (found, expected) = (
            once(&mut sharing, &scene.sharing)?.1,
            once(&mut by_hand, text_by_hand)?.1,
        );
        if found != expected {
            return Err(format!("{found:?} instead of {expected:?}").into());
        }
    }
    let round = once(&mut sharing, &scene.sharing)?.0 + once(&mut by_hand, text_by_hand)?.0;
    let repetitions = (TIME_PER_CELL.as_secs_f64() / 2.0 / round.as_secs_f64()) as u32;
    let repetitions = repetitions.clamp(*REPETITIONS.start(), *REPETITIONS.end());
    let (mut of_sharing, mut of_hand) = (Vec::new(), Vec::new());
    for n in 0..repetitions {
        for turn in 0..2 {
            match (n + turn) % 2 {
                0 => of_sharing.push(once(&mut sharing, &scene.sharing)?.0),
                _ => of_hand.push(once(&mut by_hand, text_by_hand)?.0),
            }
        }
    }
    let times = [of_hand, of_sharing].map(|times| milliseconds(median(times)));
    Ok(Cell::new(&scene.sees, scene.what, times))
}
