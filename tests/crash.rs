//! A server crashes. Shares and records of a logged table survive together, or go together; an unlogged table, which a
//! crash empties, has none that could open what gets the same keys afterwards.

mod support;

use postgres::Client;
use support::company::{Company, act_for, company, sqlstate};
use support::copied_server::CopiedServer;

fn connect(server: &CopiedServer, company: &Company, key: &str) -> Client {
    let mut client = server.connect(company, &company.app);
    act_for(&mut client, key);
    client
}

fn ids(client: &mut Client, query: &str) -> Vec<i32> {
    let rows = client.query(query, &[]).expect(query);
    rows.iter().map(|row| row.get(0)).collect()
}

fn shared(client: &mut Client) -> Vec<String> {
    let query = "SELECT m.name || ' ' || s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1";
    let rows = client.query(query, &[]).expect(query);
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn shares_survive_a_crash_with_their_records() {
    let company = company("crash");
    let app = &company.app;
    let mut admin = company.database.connect();
    admin
        .batch_execute(&format!(
            "SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.create_user('eve', 'eve', NULL, 'East'), sharing.create_user('wim', 'wim', NULL, 'West');
             SELECT sharing.enable_record_sharing(key) FROM unnest('{{eve,wim}}'::text[]) key;
             CREATE UNLOGGED TABLE drafts (id int PRIMARY KEY, owner text);
             UPDATE leads SET owner = 'eve' WHERE id <= 5;
             GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO {app};
             SELECT sharing.protect('drafts', 'owner')"
        ))
        .expect("more of the company");
    let mut eve = company.connect_for("eve");
    eve.batch_execute("SELECT sharing.request_link('West', 'wim')")
        .expect("a link");
    let mut wim = company.connect_for("wim");
    wim.batch_execute("SELECT sharing.accept_links('{1}')")
        .expect("consent");
    drop((eve, wim, admin));

    let server = CopiedServer::start(&company, &[]);
    let superuser = std::env::var("PGUSER").expect("PGUSER");
    let mut admin = server.connect(&company, &superuser);
    // A copy has no rows of an unlogged table.
    admin
        .batch_execute("INSERT INTO drafts VALUES (1, 'eve'); CHECKPOINT")
        .expect("a draft");
    let mut eve = connect(&server, &company, "eve");
    let share = |client: &mut Client, table: &str, id: i32| {
        client.batch_execute(&format!(
            "SELECT sharing.share_record('{table}', '{id}', 'wim')"
        ))
    };
    for id in 1..=3 {
        share(&mut eve, "leads", id).expect("a share");
    }
    // What would be left behind does not come about.
    assert_eq!(sqlstate(share(&mut eve, "drafts", 1)), "0A000");
    assert_eq!(
        sqlstate(admin.batch_execute("ALTER TABLE leads SET UNLOGGED")),
        "2BP01"
    );
    // One record goes, and comes again as another; changes of an open transaction are none.
    eve.batch_execute("DELETE FROM leads WHERE id = 2; INSERT INTO leads VALUES (2, 'eve')")
        .expect("a record that goes");
    eve.batch_execute("BEGIN; DELETE FROM leads WHERE id = 1")
        .expect("an open transaction");
    share(&mut eve, "leads", 4).expect("a share of an open transaction");
    // Its changes are in the log when the server goes, and no COMMIT is.
    admin
        .batch_execute("SELECT pg_switch_wal()")
        .expect("what is there is written");

    server.crash();
    server.start_again();
    let mut admin = server.connect(&company, &superuser);
    assert_eq!(shared(&mut admin), ["leads 1", "leads 3"]);
    let count = "SELECT count(*)::int FROM drafts";
    assert_eq!(ids(&mut admin, count), [0]);
    let mut eve = connect(&server, &company, "eve");
    let mut wim = connect(&server, &company, "wim");
    assert_eq!(
        ids(&mut eve, "SELECT id FROM leads ORDER BY id"),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(ids(&mut wim, "SELECT id FROM leads ORDER BY id"), [1, 3]);
    // The same key again in the table that was emptied.
    eve.batch_execute("INSERT INTO drafts VALUES (1, 'eve')")
        .expect("a new record");
    assert_eq!(ids(&mut wim, "SELECT id FROM drafts"), []);
    // And both go together afterwards as before.
    eve.batch_execute("DELETE FROM leads WHERE id = 1")
        .expect("a record that goes");
    assert_eq!(shared(&mut admin), ["leads 3"]);
    assert_eq!(ids(&mut wim, "SELECT id FROM leads ORDER BY id"), [3]);
}
