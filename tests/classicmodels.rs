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

/// Everything that the catalog says of `customers` but for policies, row security and triggers.
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

fn definition(client: &mut Client, table: &str) -> String {
    one_text(client, &DEFINITION.replace("customers", table))
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
    let before = definition(&mut dba, "customers");
    dba.batch_execute("SELECT sharing.protect('customers', 'salesrepemployeenumber')")
        .expect("protect");
    assert_eq!(definition(&mut dba, "customers"), before);

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
    assert_eq!(definition(&mut dba, "customers"), before);
}

/// What people of the company do to each other, each as one transaction.
const REORGANIZATIONS: [&str; 5] = [
    "UPDATE employees SET reportsto = 1002 WHERE reportsto = 1143",
    "INSERT INTO employees VALUES (2000, 'New', 'Ann', NULL, NULL, '5', 1165, 'Sales Rep'), (2001, 'New', 'Bob', NULL, NULL, '5', 2000, 'Sales Rep');
     UPDATE customers SET salesrepemployeenumber = 2001 WHERE salesrepemployeenumber IN (1165, 1166)",
    "UPDATE employees SET reportsto = NULL WHERE employeenumber = 1056",
    "UPDATE employees SET reportsto = 1076 WHERE employeenumber IN (1056, 2000)",
    "UPDATE customers SET salesrepemployeenumber = NULL WHERE salesrepemployeenumber = 2001;
     DELETE FROM employees WHERE employeenumber = 2001;
     UPDATE employees SET reportsto = 1002, officecode = '7' WHERE reportsto = 1056",
];

#[test]
fn the_recipe_with_a_view_keeps_up_by_resync() {
    if !folder().join("schema.sql").exists() {
        return skip(&format!(
            "classicmodels: there is no {}",
            folder().display()
        ));
    }
    let database = fresh_database("classicmodels_view");
    database.create_role("classicmodels_owner");
    database.create_role("classicmodels_view_app");
    let mut dba = database.connect();
    load(&mut dba);
    let (_, recipe) = include_str!("../docs/existing-application.md")
        .split_once("### A view: Classic Models")
        .expect("the recipe");
    let (_, recipe) = recipe.split_once("```sql\n").expect("its statements");
    let (recipe, _) = recipe.split_once("```").expect("their end");
    dba.batch_execute(recipe).expect(recipe);
    dba.batch_execute(
        "GRANT SELECT ON customers TO classicmodels_view_app; SELECT sharing.trust('classicmodels_view_app');
         SELECT sharing.protect('customers', 'salesrepemployeenumber')",
    )
    .expect("protected");
    let mut app = database.connect_as("classicmodels_view_app");
    let mut compare = |dba: &mut Client, when: &str| {
        let by_hand = dba.query(BY_HAND, &[]).expect(BY_HAND);
        for row in &by_hand {
            let (user, expected): (String, Vec<i32>) = (row.get(0), row.get(1));
            let seen = customers(&mut app, &user, "SELECT customernumber FROM customers");
            assert_eq!(seen, expected, "{user}, {when}");
        }
        let told = one_text(
            dba,
            "SELECT string_agg(format('%s %s %s %s', e.employeenumber, e.firstname, e.lastname, o.city), ',' ORDER BY e.employeenumber)
             FROM employees e JOIN offices o USING (officecode)",
        );
        assert_eq!(
            one_text(
                dba,
                "SELECT string_agg(format('%s %s %s', u.key, u.name, o.name), ',' ORDER BY u.key) FROM sharing.users u
                 LEFT JOIN sharing.offices o ON o.id = u.office_id WHERE u.active"
            ),
            told,
            "{when}"
        );
        by_hand.len()
    };
    assert_eq!(compare(&mut dba, "declared"), 23);
    for sql in REORGANIZATIONS {
        dba.batch_execute(sql).expect(sql);
        dba.batch_execute("SELECT sharing.resync('people')")
            .expect("resync");
        compare(&mut dba, sql);
    }
}

/// The same tables, filtered by hand: what `hand.me` may see, out of a copy of the data. A session that has
/// `hand` first in its search path runs the application's queries on them.
const BY_HAND_VIEWS: &str = "
    CREATE SCHEMA plain;
    CREATE TABLE plain.customers AS TABLE customers;
    CREATE TABLE plain.orders AS TABLE orders;
    CREATE TABLE plain.orderdetails AS TABLE orderdetails;
    CREATE TABLE plain.payments AS TABLE payments;
    CREATE SCHEMA hand;
    CREATE VIEW hand.team AS
        WITH RECURSIVE below (employee) AS (
            SELECT employeenumber FROM employees WHERE employeenumber::text = current_setting('hand.me')
            UNION ALL
            SELECT e.employeenumber FROM below JOIN employees e ON e.reportsto = below.employee)
        SELECT employee FROM below;
    CREATE VIEW hand.customers AS SELECT * FROM plain.customers WHERE salesrepemployeenumber IN (SELECT employee FROM hand.team);
    CREATE VIEW hand.orders AS SELECT * FROM plain.orders WHERE customernumber IN (SELECT customernumber FROM hand.customers);
    CREATE VIEW hand.orderdetails AS SELECT * FROM plain.orderdetails WHERE ordernumber IN (SELECT ordernumber FROM hand.orders);
    CREATE VIEW hand.payments AS SELECT * FROM plain.payments WHERE customernumber IN (SELECT customernumber FROM hand.customers)";

const FOUR_CALLS: [&str; 4] = [
    "SELECT sharing.protect('customers', 'salesrepemployeenumber')",
    "SELECT sharing.protect('orders', controlled_by => 'customers', via => 'customernumber')",
    "SELECT sharing.protect('orderdetails', controlled_by => 'orders', via => 'ordernumber')",
    "SELECT sharing.protect('payments', controlled_by => 'customers', via => 'customernumber')",
];
const PROTECTED: [&str; 4] = ["customers", "orders", "orderdetails", "payments"];

/// Keys, counts and sums, and what an application asks. Each says in which order its rows come.
const QUERIES: [&str; 19] = [
    "SELECT customernumber FROM customers ORDER BY 1",
    "SELECT ordernumber FROM orders ORDER BY 1",
    "SELECT ordernumber, productcode FROM orderdetails ORDER BY 1, 2",
    "SELECT customernumber, checknumber FROM payments ORDER BY 1, 2",
    "SELECT count(*), sum(creditlimit) FROM customers",
    "SELECT status, count(*), min(orderdate), max(shippeddate) FROM orders GROUP BY status ORDER BY status",
    "SELECT count(*), sum(quantityordered * priceeach), count(DISTINCT productcode) FROM orderdetails",
    "SELECT count(*), sum(amount), max(paymentdate) FROM payments",
    // All four joined.
    "SELECT c.customernumber, o.ordernumber, d.productcode, p.checknumber FROM customers c JOIN orders o USING (customernumber)
        JOIN orderdetails d USING (ordernumber) JOIN payments p ON p.customernumber = c.customernumber ORDER BY 1, 2, 3, 4",
    // Top customers by revenue.
    "SELECT c.customername, sum(d.quantityordered * d.priceeach) AS revenue FROM customers c JOIN orders o USING (customernumber)
        JOIN orderdetails d USING (ordernumber) GROUP BY c.customernumber, c.customername ORDER BY revenue DESC, c.customernumber LIMIT 10",
    // Orders with their lines.
    "SELECT o.ordernumber, o.orderdate, d.orderlinenumber, p.productname, d.quantityordered * d.priceeach AS amount
        FROM orders o JOIN orderdetails d USING (ordernumber) JOIN products p USING (productcode)
        WHERE o.orderdate >= '2005-01-01' ORDER BY o.ordernumber, d.orderlinenumber",
    "SELECT o.*, (SELECT json_agg(d ORDER BY d.orderlinenumber) FROM orderdetails d WHERE d.ordernumber = o.ordernumber) AS lines
        FROM orders o WHERE o.ordernumber IN (10100, 10123, 10298, 10345, 10425) ORDER BY o.ordernumber",
    // Unpaid: what was ordered and not yet paid.
    "WITH ordered AS (SELECT o.customernumber, sum(d.quantityordered * d.priceeach) AS amount FROM orders o JOIN orderdetails d USING (ordernumber)
            WHERE o.status NOT IN ('Cancelled', 'Disputed') GROUP BY 1),
        paid AS (SELECT customernumber, sum(amount) AS amount FROM payments GROUP BY 1)
        SELECT c.customername, ordered.amount - coalesce(paid.amount, 0) AS unpaid FROM customers c JOIN ordered USING (customernumber)
        LEFT JOIN paid USING (customernumber) WHERE ordered.amount > coalesce(paid.amount, 0) ORDER BY unpaid DESC, c.customernumber",
    "SELECT customername FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customernumber = c.customernumber) ORDER BY customernumber",
    "SELECT customername FROM customers WHERE customernumber NOT IN (SELECT customernumber FROM payments) ORDER BY customernumber",
    "SELECT c.customername, latest.ordernumber FROM customers c LEFT JOIN LATERAL
        (SELECT ordernumber FROM orders o WHERE o.customernumber = c.customernumber ORDER BY orderdate DESC, ordernumber DESC LIMIT 1) latest ON true
        ORDER BY c.customernumber",
    "SELECT date_trunc('month', orderdate) AS month, sum(quantityordered * priceeach), sum(sum(quantityordered * priceeach)) OVER (ORDER BY date_trunc('month', orderdate))
        FROM orders JOIN orderdetails USING (ordernumber) GROUP BY 1 ORDER BY 1",
    "SELECT productline, count(DISTINCT ordernumber), sum(quantityordered) FROM products JOIN orderdetails USING (productcode) GROUP BY ROLLUP (productline) ORDER BY 1",
    "SELECT e.lastname, count(c.*) AS customers, sum(p.amount) AS paid FROM employees e LEFT JOIN customers c ON c.salesrepemployeenumber = e.employeenumber
        LEFT JOIN payments p USING (customernumber) GROUP BY e.employeenumber ORDER BY e.employeenumber",
];

/// The rows of a query as texts, in its order.
fn answer(client: &mut Client, query: &str) -> Vec<String> {
    let sql = format!("SELECT q::text FROM ({query}) q");
    let rows = client.query(&sql, &[]);
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many rows a statement touches, which is then taken back; its SQLSTATE where it is refused.
fn touched(client: &mut Client, user: &str, statements: &[&str]) -> Result<u64, String> {
    let mut transaction = client.transaction().expect("BEGIN");
    let identity = format!("SET LOCAL sharing.user_key = '{user}'");
    transaction.batch_execute(&identity).expect("SET LOCAL");
    let mut touched = Ok(0);
    for statement in statements {
        touched = transaction.execute(*statement, &[]).map_err(|error| {
            let code = error.code().map(|code| code.code().to_owned());
            code.unwrap_or_else(|| panic!("{statement}: {error:?}"))
        });
        if touched.is_err() {
            break;
        }
    }
    transaction.rollback().expect("ROLLBACK");
    touched
}

/// What a person may change of orders: exactly those of his customers, and none of anybody else's.
fn change_orders(app: &mut Client, dba: &mut Client, user: &str) {
    let mut numbers = |query: &str| -> Vec<i32> {
        let rows = dba.query(query, &[]).expect(query);
        rows.iter().map(|row| row.get(0)).collect()
    };
    let orders = numbers("SELECT ordernumber FROM hand.orders");
    let lines = numbers("SELECT ordernumber FROM hand.orderdetails").len() as u64;
    let customers = numbers("SELECT customernumber FROM hand.customers");
    let refused = Err("42501".to_owned());
    let all = Ok(orders.len() as u64);
    for statement in [
        "UPDATE orders SET comments = 'x'",
        "UPDATE orders SET comments = 'x' WHERE orderdate > '2000-01-01'",
        "SELECT FROM orders FOR UPDATE",
    ] {
        assert_eq!(touched(app, user, &[statement]), all, "{user}: {statement}");
    }
    let delete = ["DELETE FROM orderdetails", "DELETE FROM orders"];
    assert_eq!(
        touched(app, user, &delete[..1]),
        Ok(lines),
        "{user}: {delete:?}"
    );
    assert_eq!(touched(app, user, &delete), all, "{user}: {delete:?}");
    let allowed = |allowed: bool| if allowed { Ok(1) } else { refused.clone() };
    // A customer of each representative, one of nobody's, and the first order of each.
    let places = "SELECT DISTINCT ON (salesrepemployeenumber) customernumber, ordernumber FROM plain.customers JOIN plain.orders USING (customernumber) ORDER BY salesrepemployeenumber, customernumber, ordernumber";
    let places: Vec<(i32, i32)> = dba
        .query(places, &[])
        .expect(places)
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let mine = places
        .iter()
        .find(|(customer, _)| customers.contains(customer));
    let nobodys = dba
        .query_one(
            "SELECT min(customernumber) FROM plain.customers WHERE salesrepemployeenumber IS NULL",
            &[],
        )
        .expect("SELECT")
        .get(0);
    for customer in places
        .iter()
        .map(|(customer, _)| *customer)
        .chain([nobodys])
    {
        let may = customers.contains(&customer);
        let order = format!(
            "INSERT INTO orders VALUES (1, '2005-06-01', '2005-06-09', NULL, 'In Process', NULL, {customer})"
        );
        assert_eq!(
            touched(app, user, &[&order]),
            allowed(may),
            "{user}: {order}"
        );
        let payment = format!("INSERT INTO payments VALUES ({customer}, 'new', '2005-06-01', 1)");
        assert_eq!(
            touched(app, user, &[&payment]),
            allowed(may),
            "{user}: {payment}"
        );
        if let Some((_, order)) = mine {
            let moved = format!(
                "UPDATE orders SET customernumber = {customer} WHERE ordernumber = {order}"
            );
            assert_eq!(
                touched(app, user, &[&moved]),
                allowed(may),
                "{user}: {moved}"
            );
        }
    }
    for (customer, order) in &places {
        let may = customers.contains(customer);
        assert_eq!(may, orders.contains(order));
        let line = format!(
            "INSERT INTO orderdetails VALUES ({order}, 'S10_1678', 1, 1, 99) ON CONFLICT DO NOTHING"
        );
        let new = !may || dba.query(&format!("SELECT FROM plain.orderdetails WHERE ordernumber = {order} AND productcode = 'S10_1678'"), &[]).expect("SELECT").is_empty();
        let expected = if new { allowed(may) } else { Ok(0) };
        assert_eq!(touched(app, user, &[&line]), expected, "{user}: {line}");
        for statement in [
            format!("UPDATE orders SET status = 'x' WHERE ordernumber = {order}"),
            format!("UPDATE customers SET phone = 'x' WHERE customernumber = {customer}"),
        ] {
            assert_eq!(
                touched(app, user, &[&statement]),
                Ok(may.into()),
                "{user}: {statement}"
            );
        }
        if let Some((own, _)) = mine {
            // Nobody takes what he does not see.
            let taken =
                format!("UPDATE orders SET customernumber = {own} WHERE ordernumber = {order}");
            assert_eq!(
                touched(app, user, &[&taken]),
                Ok(may.into()),
                "{user}: {taken}"
            );
        }
    }
}

#[test]
fn four_calls_protect_the_whole_database() {
    if !folder().join("schema.sql").exists() {
        return skip(&format!(
            "classicmodels: there is no {}",
            folder().display()
        ));
    }
    let database = fresh_database("classicmodels_four");
    database.create_role("classicmodels_four_app");
    let mut dba = database.connect();
    load(&mut dba);
    for sql in [
        ORGANIZATION,
        BY_HAND_VIEWS,
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO classicmodels_four_app",
        "SELECT sharing.trust('classicmodels_four_app')",
        "ANALYZE",
    ] {
        dba.batch_execute(sql).expect(sql);
    }
    let definitions = |dba: &mut Client| PROTECTED.map(|table| definition(dba, table));
    let before = definitions(&mut dba);
    for call in FOUR_CALLS {
        dba.batch_execute(call).expect(call);
    }
    assert_eq!(definitions(&mut dba), before);

    dba.batch_execute("SET search_path = hand, public")
        .expect("SET");
    let mut app = database.connect_as("classicmodels_four_app");
    let employees: Vec<String> = dba
        .query("SELECT employeenumber::text FROM employees ORDER BY 1", &[])
        .expect("SELECT")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(employees.len(), 23);
    let nobody = [String::new(), "1".to_owned()];
    let mut answers = std::collections::BTreeSet::new();
    for user in employees.iter().chain(&nobody) {
        dba.batch_execute(&format!("SET hand.me = '{user}'"))
            .expect("SET");
        app.batch_execute(&format!("SET sharing.user_key = '{user}'"))
            .expect("SET");
        for planner in [
            "RESET enable_hashjoin; RESET enable_seqscan",
            "SET enable_hashjoin = off; SET enable_seqscan = off; SET jit = off",
        ] {
            app.batch_execute(planner).expect(planner);
            for query in QUERIES {
                let expected = answer(&mut dba, query);
                assert_eq!(
                    answer(&mut app, query),
                    expected,
                    "{user}: {query} ({planner})"
                );
                answers.insert((query, expected));
            }
        }
        change_orders(&mut app, &mut dba, user);
    }
    // Otherwise it would be no test: people of different teams are answered differently.
    assert!(
        answers.len() > QUERIES.len() * 10,
        "{} answers",
        answers.len()
    );

    dba.batch_execute("SET search_path = public").expect("SET");
    for table in ["payments", "orderdetails", "orders", "customers"] {
        let sql = format!("SELECT sharing.unprotect('{table}')");
        dba.batch_execute(&sql).expect(&sql);
    }
    assert_eq!(definitions(&mut dba), before);
}
