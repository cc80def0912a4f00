//! A real application's data (CLASSICMODELS_DIR): employees become users with a role for each managing
//! position along reportsto, customers are protected by salesrepemployeenumber. Everybody's customers are
//! those that plain SQL finds in the unprotected data, and the application's table stays as it was.

mod support;

use postgres::Client;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use support::{fresh_database, skip};

/// In the order of their foreign keys.
const TABLES: [&str; 8] = [
    "offices",
    "employees",
    "customers",
    "productlines",
    "products",
    "orders",
    "orderdetails",
    "payments",
];

/// Of each employee, the customers of himself and of everybody who reports to him, at any depth.
const BY_HAND: &str = "WITH RECURSIVE below (chief, employee) AS (
        SELECT employeenumber, employeenumber FROM employees
        UNION ALL
        SELECT below.chief, e.employeenumber FROM below JOIN employees e ON e.reportsto = below.employee)
    SELECT e.employeenumber::text, coalesce(array_agg(c.customernumber ORDER BY c.customernumber)
                FILTER (WHERE c.customernumber IS NOT NULL), '{}')
    FROM employees e LEFT JOIN below ON below.chief = e.employeenumber
    LEFT JOIN customers c ON c.salesrepemployeenumber = below.employee GROUP BY 1";

/// A role for each employee who is reported to, and one for those who are not.
const ORGANIZATION: &str = "
    DO $$
    DECLARE e record;
    BEGIN
        FOR e IN
            WITH RECURSIVE tree (employee, boss, depth) AS (
                SELECT employeenumber, NULL::int, 0 FROM employees WHERE reportsto IS NULL
                UNION ALL
                SELECT m.employeenumber, m.reportsto, depth + 1 FROM employees m JOIN tree ON m.reportsto = employee)
            SELECT tree.*, m.firstname || ' ' || m.lastname AS name, m.jobtitle,
                   EXISTS (SELECT FROM employees r WHERE r.reportsto = employee) AS manages
            FROM tree JOIN employees m ON m.employeenumber = employee ORDER BY depth, employee
        LOOP
            IF e.manages THEN
                PERFORM sharing.create_role(e.jobtitle || ' ' || e.employee, (SELECT r.name FROM sharing.roles r WHERE r.name LIKE '% ' || e.boss));
                PERFORM sharing.create_user(e.employee::text, e.name, e.jobtitle || ' ' || e.employee);
            ELSE
                IF NOT EXISTS (SELECT FROM sharing.roles r WHERE r.name = 'Reports to ' || e.boss || ' only') THEN
                    PERFORM sharing.create_role('Reports to ' || e.boss || ' only', (SELECT r.name FROM sharing.roles r WHERE r.name LIKE '% ' || e.boss));
                END IF;
                PERFORM sharing.create_user(e.employee::text, e.name, 'Reports to ' || e.boss || ' only');
            END IF;
        END LOOP;
    END$$";

/// Everything that the catalog says of the table but for policies, row security and triggers.
const DEFINITION: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT format('%s %s %s %s %s %s', attnum, attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attacl)
        FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0
        UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE 'customers'::regclass IN (conrelid, confrelid)
        UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'customers'::regclass
        UNION ALL SELECT format('%s %s %s %s', relowner, relacl, reloptions, relfilenode) FROM pg_class WHERE oid = 'customers'::regclass
        UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'customers'::regclass AND tgname !~ 'sharing'
    ) lines (line)";

fn folder() -> PathBuf {
    std::env::var_os("CLASSICMODELS_DIR")
        .map_or("../shared/data/classicmodels".into(), PathBuf::from)
}

fn load(client: &mut Client) {
    let schema = std::fs::read_to_string(folder().join("schema.sql")).expect("schema.sql");
    client
        .batch_execute(&schema)
        .expect("the application's schema");
    for table in TABLES {
        let csv = std::fs::read(folder().join(format!("{table}.csv"))).expect("a CSV file");
        let copy = format!("COPY {table} FROM STDIN WITH (FORMAT csv, HEADER, NULL '\\N')");
        let mut writer = client.copy_in(&copy).expect(&copy);
        writer.write_all(&csv).expect("COPY data");
        assert!(writer.finish().expect(&copy) > 0, "{table}");
    }
}

fn one_text(client: &mut Client, query: &str) -> String {
    client.query_one(query, &[]).expect(query).get(0)
}

/// The ids that a statement returns, which is then taken back.
fn customers(client: &mut Client, user: &str, statement: &str) -> Vec<i32> {
    let mut transaction = client.transaction().expect("BEGIN");
    transaction
        .batch_execute(&format!("SET LOCAL sharing.user_key = '{user}'"))
        .expect("SET LOCAL");
    let rows = transaction.query(statement, &[]).expect(statement);
    let mut ids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn every_employee_sees_the_customers_of_his_reps() {
    if !folder().join("schema.sql").exists() {
        return skip(&format!(
            "classicmodels: there is no {}",
            folder().display()
        ));
    }
    let database = fresh_database("classicmodels");
    database.create_role("classicmodels_app");
    let mut dba = database.connect();
    load(&mut dba);
    let by_hand: BTreeMap<String, Vec<i32>> = dba
        .query(BY_HAND, &[])
        .expect(BY_HAND)
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    assert_eq!(by_hand.len(), 23, "employees");
    // Otherwise it would be no test: a president, managers, reps with and without customers.
    let sizes: std::collections::BTreeSet<usize> = by_hand.values().map(Vec::len).collect();
    assert!(sizes.len() > 5 && sizes.contains(&0), "{sizes:?}");

    dba.batch_execute(ORGANIZATION).expect("the organization");
    dba.batch_execute("GRANT SELECT, UPDATE, DELETE ON customers TO classicmodels_app; GRANT SELECT ON employees, orders, payments TO classicmodels_app; SELECT sharing.trust('classicmodels_app')")
        .expect("grants");
    let before = one_text(&mut dba, DEFINITION);
    dba.batch_execute("SELECT sharing.protect('customers', 'salesrepemployeenumber')")
        .expect("protect");
    assert_eq!(one_text(&mut dba, DEFINITION), before);

    let mut app = database.connect_as("classicmodels_app");
    for (user, expected) in &by_hand {
        for statement in [
            "SELECT customernumber FROM customers",
            "SELECT customernumber FROM customers ORDER BY customername LIMIT 1000",
            "SELECT c.customernumber FROM customers c JOIN employees e ON e.employeenumber = c.salesrepemployeenumber",
            "SELECT customernumber FROM customers FOR UPDATE",
            "UPDATE customers SET creditlimit = creditlimit RETURNING customernumber",
        ] {
            assert_eq!(
                &customers(&mut app, user, statement),
                expected,
                "{user}: {statement}"
            );
        }
        // Blind writes, counted: orders keep the customers who have some from being deleted.
        let mut transaction = app.transaction().expect("BEGIN");
        let set = format!("SET LOCAL sharing.user_key = '{user}'");
        transaction.batch_execute(&set).expect("SET LOCAL");
        let updated = transaction
            .execute("UPDATE customers SET phone = 'x'", &[])
            .expect("UPDATE");
        assert_eq!(updated, expected.len() as u64, "{user}: UPDATE");
        transaction.rollback().expect("ROLLBACK");
        let deletable = "DELETE FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customernumber = c.customernumber)
            AND NOT EXISTS (SELECT FROM payments p WHERE p.customernumber = c.customernumber) RETURNING customernumber";
        let deleted = customers(&mut app, user, deletable);
        let without_orders = one_text(
            &mut dba,
            "SELECT array_agg(customernumber)::text FROM customers WHERE customernumber NOT IN (SELECT customernumber FROM orders UNION SELECT customernumber FROM payments)",
        );
        let without_orders: Vec<i32> = without_orders
            .trim_matches(['{', '}'])
            .split(',')
            .map(|id| id.parse().expect("an id"))
            .collect();
        let expected: Vec<i32> = expected
            .iter()
            .copied()
            .filter(|id| without_orders.contains(id))
            .collect();
        assert_eq!(deleted, expected, "{user}: DELETE");
    }
    // The customers without a sales representative are nobody's.
    let nobodys: i64 = dba
        .query_one(
            "SELECT count(*) FROM customers WHERE salesrepemployeenumber IS NULL",
            &[],
        )
        .expect("SELECT")
        .get(0);
    let everybodys: i64 = i64::try_from(by_hand["1002"].len()).expect("few");
    assert_eq!(everybodys + nobodys, 122);
    dba.batch_execute("SELECT sharing.unprotect('customers')")
        .expect("unprotect");
    assert_eq!(one_text(&mut dba, DEFINITION), before);
}
