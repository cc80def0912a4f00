//! Signed tokens and the sources of trusted roles over real connections: what comes before the library is loaded, parallel
//! workers, a pool of connections whose statements are prepared, and requests as PostgREST makes them.

mod support;

use postgres::Client;
use support::company::{Company, company, count, leads_of, wait_until};
use support::copied_server::CopiedServer;
use support::quoted;
use support::workers::{PARALLEL, by_workers};

/// Tokens are made by pgcrypto.
const MINT: &str = r#"
    CREATE EXTENSION pgcrypto;
    SELECT sharing.add_key('mint', 'HS256', 'a secret of the mint, and of nobody else');
    CREATE FUNCTION encoded(bytes bytea) RETURNS text LANGUAGE sql AS
        $$SELECT translate(replace(rtrim(encode(bytes, 'base64'), '='), chr(10), ''), '+/', '-_')$$;
    CREATE FUNCTION token(key text, seconds double precision, scope text) RETURNS text LANGUAGE sql AS $$
        SELECT m || '.' || encoded(hmac(m, 'a secret of the mint, and of nobody else', 'sha256'))
        FROM (SELECT encoded('{"alg":"HS256","kid":"mint"}') || '.' || encoded(convert_to(jsonb_build_object(
            'sub', key, 'exp', extract(epoch FROM clock_timestamp()) + seconds, 'scope', scope)::text, 'UTF8'))) s (m)
    $$;"#;

fn with_mint(name: &str) -> Company {
    let company = company(name);
    let mut admin = company.database.connect();
    admin.batch_execute(MINT).expect("the mint");
    company
}

fn token(company: &Company, key: &str, seconds: f64, scope: &str) -> String {
    let mut admin = company.database.connect();
    admin
        .query_one("SELECT token($1, $2, $3)", &[&key, &seconds, &scope])
        .expect("a token")
        .get(0)
}

fn authenticate(client: &mut Client, token: &str) {
    client
        .execute("SELECT sharing.authenticate($1)", &[&token])
        .expect("a good token");
}

fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).expect(query).get(0)
}

const LEADS_SEEN: &str = "SELECT count(*) FROM leads";
/// By the twin, which has no row security: what each of six sees, straight from who owns it.
const TWIN: &str = "CREATE TABLE twin AS SELECT l.*, u.role FROM leads l LEFT JOIN (SELECT u.key, r.name AS role FROM sharing.users u LEFT JOIN sharing.roles r ON r.id = u.role_id) u ON u.key = l.owner";

fn twin_of(key: &str) -> &'static str {
    match key {
        "rep1" => "owner = 'rep1'",
        "rep2" => "owner = 'rep2'",
        "manager" => "owner = 'manager' OR role = 'Rep'",
        "boss" => "owner = 'boss' OR role IN ('Rep', 'Manager')",
        "admin" => "true",
        _ => "owner = 'support' AND false",
    }
}

const PEOPLE: [&str; 6] = ["rep1", "rep2", "manager", "boss", "admin", "support"];

#[test]
fn workers_are_told_of_the_token() {
    let company = with_mint("tokens_workers");
    let mut admin = company.database.connect();
    admin.batch_execute(TWIN).expect("the twin");
    for scope in ["session", "transaction"] {
        for key in PEOPLE {
            let token = token(&company, key, 3600.0, scope);
            let mut client = company.connect();
            client.batch_execute(PARALLEL).expect("settings");
            client.batch_execute("BEGIN").expect("BEGIN");
            // A statement of its own before: then the leader remembers what it reaches, and hands that over.
            for _ in 0..2 {
                authenticate(&mut client, &token);
                let seen = by_workers(&mut client, LEADS_SEEN);
                let expected = number(
                    &mut admin,
                    &format!("SELECT count(*) FROM twin WHERE {}", twin_of(key)),
                );
                assert_eq!(seen, expected, "{key}, {scope}");
            }
            client.batch_execute("COMMIT").expect("COMMIT");
        }
    }
    // What expires while a statement runs ends with it, in its workers, too.
    let mut client = company.connect();
    client.batch_execute(PARALLEL).expect("settings");
    let token = token(&company, "rep1", 1.5, "session");
    authenticate(&mut client, &token);
    let slowly = "SELECT count(*) FROM leads WHERE pg_sleep(0.02) IS NOT NULL";
    let expected = number(&mut admin, "SELECT count(*) FROM twin WHERE owner = 'rep1'");
    assert_eq!(number(&mut client, slowly), expected, "it began in time");
    std::thread::sleep(std::time::Duration::from_millis(1600));
    assert_eq!(number(&mut client, slowly), 0);
}

/// What a client can say before the library is loaded is what it can say afterwards.
#[test]
fn settings_that_were_there_before_the_library() {
    let company = with_mint("tokens_early");
    let role = &company.app;
    for options in [
        "-c sharing.token_in_use=1",
        "-c sharing.require_token=off",
        "-c sharing.user_key=admin -c sharing.require_token=off -c sharing.token_in_use=1",
    ] {
        let mut admin = company.database.connect();
        admin
            .batch_execute(&format!(
                "ALTER ROLE {} SET sharing.require_token = on",
                quoted(role)
            ))
            .expect("ALTER ROLE");
        let connected = company
            .database
            .config(role)
            .options(options)
            .connect(postgres::NoTls);
        // Where the library is preloaded, the connection is refused what it may not say.
        let Ok(mut client) = connected else { continue };
        assert_eq!(number(&mut client, LEADS_SEEN), 0, "{options}");
        // Workers have the settings as the session has them, and no word of what it was refused.
        client
            .batch_execute("SET sharing.user_key = 'admin'")
            .expect("what may be set");
        client.batch_execute(PARALLEL).expect("settings");
        assert_eq!(number(&mut client, LEADS_SEEN), 0, "{options}");
        assert_eq!(by_workers(&mut client, LEADS_SEEN), 0, "{options}");
    }
    let mut client = company.connect();
    client
        .batch_execute("DO $$BEGIN SET sharing.require_token = off; EXCEPTION WHEN OTHERS THEN NULL; END$$; SET sharing.user_key = 'admin'")
        .expect("what may be set");
    let _ = client.batch_execute("SET sharing.token_in_use = '1'");
    assert_eq!(number(&mut client, LEADS_SEEN), 0);
    let token = token(&company, "rep1", 3600.0, "session");
    authenticate(&mut client, &token);
    assert!(number(&mut client, LEADS_SEEN) > 0);
}

/// One server connection, whose statements are prepared once, for one client after another: each sees their own.
#[test]
fn a_pooled_connection_with_prepared_statements() {
    let company = with_mint("tokens_pool");
    let mut admin = company.database.connect();
    admin.batch_execute(TWIN).expect("the twin");
    let mut pooled = company.connect();
    pooled
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .expect("SET");
    let list = "SELECT id FROM leads WHERE id > $1 ORDER BY id";
    let listed = pooled.prepare(list).expect(list);
    let tokens = PEOPLE.map(|key| (key, token(&company, key, 3600.0, "transaction")));
    for round in 0..60 {
        let (key, token) = &tokens[(round * 7 + round / 6) % PEOPLE.len()];
        let expected = ids(
            &mut admin,
            &format!("SELECT id FROM twin WHERE {} ORDER BY id", twin_of(key)),
        );
        let mut transaction = pooled.transaction().expect("BEGIN");
        transaction
            .execute("SELECT sharing.authenticate($1)", &[token])
            .expect("a good token");
        let rows = transaction.query(&listed, &[&0]).expect(list);
        assert_eq!(
            rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>(),
            expected,
            "{key}"
        );
        match round % 3 {
            0 => transaction.rollback().expect("ROLLBACK"),
            _ => transaction.commit().expect("COMMIT"),
        }
        let rows = pooled.query(&listed, &[&0]).expect(list);
        assert!(rows.is_empty(), "nobody after {key}");
    }
}

fn ids(client: &mut Client, query: &str) -> Vec<i32> {
    let rows = client.query(query, &[]).expect(query);
    rows.iter().map(|row| row.get(0)).collect()
}

/// Requests as PostgREST makes them, over one connection: a READ ONLY transaction, settings that are LOCAL, one statement
/// with a CTE, prepared, for six identities and for nobody.
#[test]
fn requests_of_postgrest() {
    let company = company("tokens_postgrest");
    let role = "tokens_postgrest_authenticator";
    company.database.create_role(role);
    let user = "tokens_postgrest_user";
    company.database.create_role(user);
    let mut admin = company.database.connect();
    admin.batch_execute(TWIN).expect("the twin");
    admin
        .batch_execute(&format!(
            "GRANT {user} TO {role}; GRANT SELECT, UPDATE ON leads TO {user}; SELECT sharing.trust('{role}', setting => 'request.jwt.claims', claim => 'sub')"
        ))
        .expect("a trusted role");
    let mut client = company.database.connect_as(role);
    let settings = client
        .prepare("SELECT set_config('search_path', 'public', true), set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.method', 'GET', true)")
        .expect("settings");
    let read = client
        .prepare(
            "WITH pgrst_source AS (SELECT leads.* FROM public.leads WHERE leads.id > $1 ORDER BY leads.id LIMIT 1000 OFFSET 0)
             SELECT null::bigint AS total_result_set, count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]')::text AS body,
                 nullif(current_setting('response.headers', true), '') AS response_headers
             FROM (SELECT * FROM pgrst_source) _postgrest_t",
        )
        .expect("a request");
    let write = client
        .prepare(
            "WITH pgrst_source AS (UPDATE public.leads SET title = title || '!' WHERE leads.id > $1 RETURNING leads.id)
             SELECT coalesce(json_agg(_postgrest_t.id ORDER BY _postgrest_t.id), '[]')::text FROM (SELECT * FROM pgrst_source) _postgrest_t",
        )
        .expect("a request");
    for generic in ["auto", "force_generic_plan"] {
        client
            .batch_execute(&format!("SET plan_cache_mode = {generic}"))
            .expect("SET");
        for round in 0..40usize {
            let key = PEOPLE.get((round * 5 + round / 7) % 7).copied();
            let claims = match key {
                Some(key) => format!(r#"{{"role": "{user}", "sub": "{key}", "exp": 4102444800}}"#),
                None => format!(r#"{{"role": "{user}"}}"#),
            };
            let condition = key.map_or("false", twin_of);
            client
                .batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY")
                .expect("BEGIN");
            client
                .query(&settings, &[&user, &claims])
                .expect("settings");
            let body: String = client
                .query_one(&read, &[&0])
                .expect("a request")
                .get("body");
            let writes = client
                .query_one("SELECT pg_current_xact_id_if_assigned() IS NULL", &[])
                .expect("asked");
            assert!(writes.get::<_, bool>(0));
            client.batch_execute("COMMIT").expect("COMMIT");
            let expected = admin
                .query_one(
                    &format!("SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT id, owner, title FROM twin WHERE {condition} ORDER BY id) t"),
                    &[],
                )
                .expect("the twin");
            assert_eq!(body, expected.get::<_, String>(0), "{key:?}");
            if round % 8 == 0 {
                client.batch_execute("BEGIN").expect("BEGIN");
                client
                    .query(&settings, &[&user, &claims])
                    .expect("settings");
                let changed: String = client.query_one(&write, &[&0]).expect("a request").get(0);
                client.batch_execute("ROLLBACK").expect("ROLLBACK");
                let expected = admin
                    .query_one(
                        &format!("SELECT coalesce(json_agg(id ORDER BY id), '[]')::text FROM twin WHERE {condition}"),
                        &[],
                    )
                    .expect("the twin");
                assert_eq!(changed, expected.get::<_, String>(0), "{key:?}");
            }
        }
    }
    // In workers, who are told what the setting says.
    client.batch_execute(PARALLEL).expect("settings");
    for key in PEOPLE {
        client
            .batch_execute(&format!(r#"SET request.jwt.claims = '{{"sub": "{key}"}}'"#))
            .expect("claims");
        let seen = by_workers(&mut client, LEADS_SEEN);
        let expected = number(
            &mut admin,
            &format!("SELECT count(*) FROM twin WHERE {}", twin_of(key)),
        );
        assert_eq!(seen, expected, "{key}");
    }
}

/// On a standby a token is verified and counts, and ends with its key once that is replayed, also for a transaction that
/// keeps its snapshot.
#[test]
fn a_token_and_the_loss_of_its_key_on_a_standby() {
    let company = with_mint("tokens_standby");
    let token = token(&company, "rep1", 3600.0, "session");
    let mut primary = company.database.connect();
    let standby = CopiedServer::start(&company, &["--write-recovery-conf"]);
    let mut reader = standby.connect(&company, &company.app);
    authenticate(&mut reader, &token);
    assert_eq!(count(&mut reader), leads_of("rep1"));
    reader
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .expect("BEGIN");
    assert_eq!(count(&mut reader), leads_of("rep1"));
    primary
        .batch_execute("SELECT sharing.drop_key('mint')")
        .expect("a key less");
    let now: String = primary
        .query_one("SELECT pg_current_wal_lsn()::text", &[])
        .expect("LSN")
        .get(0);
    let mut observer = standby.connect(&company, &company.app);
    wait_until("the standby's replay", || {
        let query = format!("SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn");
        observer.query_one(&query, &[]).expect("LSN").get(0)
    });
    assert_eq!(count(&mut reader), 0, "by an old snapshot");
    reader.batch_execute("COMMIT").expect("COMMIT");
    assert_eq!(count(&mut reader), 0);
    assert!(
        reader
            .execute("SELECT sharing.authenticate($1)", &[&token])
            .is_err()
    );
}
