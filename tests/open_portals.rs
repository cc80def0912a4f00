//! Commands on a protected table: a statement under way keeps the identity with which it began. In the extended
//! protocol it begins with Bind: what is set between Bind and Execute is for the next one, in the
//! session itself and in its parallel workers.

mod support;

use postgres::Transaction;
use support::company::{company, leads_of};
use support::workers::PARALLEL;

fn parallel() -> String {
    format!(
        "{PARALLEL}; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off"
    )
}

fn switch(transaction: &mut Transaction, key: &str) {
    transaction
        .batch_execute(&format!("SET LOCAL sharing.user_key = '{key}'"))
        .expect("SET LOCAL");
}

#[test]
fn two_portals_keep_their_identities() {
    let company = company("open_portals");
    for settings in ["", "SET enable_seqscan = off", &parallel()] {
        let mut client = company.connect();
        client.batch_execute(settings).expect(settings);
        let mut transaction = client.transaction().expect("BEGIN");
        let statement = transaction
            .prepare("SELECT id FROM leads")
            .expect("prepare");
        let keys = ["rep1", "admin", "rep2", "nobody", "boss", ""];
        let portals: Vec<_> = keys
            .into_iter()
            .map(|key| {
                switch(&mut transaction, key);
                transaction.bind(&statement, &[]).expect("Bind")
            })
            .collect();
        for (key, portal) in keys.into_iter().zip(&portals) {
            for now in ["support", "admin"] {
                switch(&mut transaction, now);
                let n = if now == "support" { 7 } else { 0 };
                let rows = transaction.query_portal(portal, n).expect("Execute");
                let left = leads_of(key) - 7;
                let expected = if n > 0 {
                    leads_of(key).min(7)
                } else {
                    left.max(0)
                };
                assert_eq!(rows.len() as i64, expected, "{key}, now {now}, {settings}");
            }
        }
    }
}

/// All rows in one Execute: the only case in which workers take part.
#[test]
fn parallel_workers_keep_the_identity_of_the_portal() {
    let company = company("open_portals_parallel");
    for (key, now) in [
        ("rep1", "admin"),
        ("admin", "rep1"),
        ("rep2", ""),
        ("", "admin"),
        ("rep1", "rep1"),
    ] {
        let mut client = company.connect();
        client.batch_execute(&parallel()).expect("settings");
        let mut transaction = client.transaction().expect("BEGIN");
        switch(&mut transaction, key);
        let portal = transaction.bind("SELECT id FROM leads", &[]).expect("Bind");
        switch(&mut transaction, now);
        let rows = transaction.query_portal(&portal, 0).expect("Execute");
        assert_eq!(rows.len() as i64, leads_of(key), "{key}, now {now}");
    }
}

/// The same by database role.
#[test]
fn a_portal_keeps_its_role() {
    let company = company("open_portals_role");
    company.database.create_role("open_portals_rep1");
    let mut admin = company.database.connect();
    let grant = format!(
        "GRANT SELECT ON leads TO open_portals_rep1; GRANT open_portals_rep1 TO {}; SELECT sharing.set_user_db_role('rep1', 'open_portals_rep1')",
        company.app
    );
    admin.batch_execute(&grant).expect("a user's role");
    for settings in ["", &parallel()] {
        let mut client = company.connect();
        client.batch_execute(settings).expect(settings);
        let mut transaction = client.transaction().expect("BEGIN");
        let as_nobody = transaction.bind("SELECT id FROM leads", &[]).expect("Bind");
        transaction
            .batch_execute("SET LOCAL ROLE open_portals_rep1")
            .expect("SET ROLE");
        let as_rep = transaction.bind("SELECT id FROM leads", &[]).expect("Bind");
        let rows = transaction.query_portal(&as_nobody, 0).expect("Execute");
        assert_eq!(rows.len(), 0, "{settings}");
        transaction.batch_execute("RESET ROLE").expect("RESET ROLE");
        let rows = transaction.query_portal(&as_rep, 0).expect("Execute");
        assert_eq!(rows.len() as i64, leads_of("rep1"), "{settings}");
    }
    admin
        .batch_execute("DROP OWNED BY open_portals_rep1")
        .expect("DROP OWNED");
}

/// The same where an administrator acts as somebody else: between Bind and Execute, and to the end of that.
#[test]
fn a_portal_keeps_whom_it_acted_as() {
    let company = company("open_portals_acting");
    for settings in ["", &parallel()] {
        let mut client = company.connect_for("admin");
        client.batch_execute(settings).expect(settings);
        let mut transaction = client.transaction().expect("BEGIN");
        let statement = transaction
            .prepare("SELECT id FROM leads")
            .expect("prepare");
        let in_person = transaction.bind(&statement, &[]).expect("Bind");
        transaction
            .batch_execute("SAVEPOINT before; SELECT sharing.act_as('rep1')")
            .expect("act_as");
        let acting = transaction.bind(&statement, &[]).expect("Bind");
        let rows_of = |transaction: &mut Transaction, portal| {
            let rows = transaction.query_portal(portal, 0).expect("Execute");
            rows.len() as i64
        };
        assert_eq!(
            rows_of(&mut transaction, &in_person),
            leads_of("admin"),
            "{settings}"
        );
        let as_rep = transaction
            .query(&statement, &[])
            .expect("Bind and Execute");
        assert_eq!(as_rep.len() as i64, leads_of("rep1"), "{settings}");
        switch(&mut transaction, "support");
        assert_eq!(
            rows_of(&mut transaction, &acting),
            leads_of("rep1"),
            "{settings}"
        );
        transaction
            .batch_execute("ROLLBACK TO before")
            .expect("ROLLBACK TO");
        let again = transaction
            .query(&statement, &[])
            .expect("Bind and Execute");
        assert_eq!(again.len() as i64, leads_of("admin"), "{settings}");
        transaction.commit().expect("COMMIT");
        let after = client.query(&statement, &[]).expect("Bind and Execute");
        assert_eq!(after.len() as i64, leads_of("admin"), "{settings}");
    }
}
