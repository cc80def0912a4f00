//! The company in which tests/random_turns.rs takes turns, and changes of its settings.

use crate::stored::Dice;
use crate::support::company::{Company, company};

pub const TABLES: [&str; 4] = ["leads", "quotes", "tickets", "lines"];

/// The company, with children, details, partitions, shares, and what statements are wrapped in.
pub fn world(name: &str) -> Company {
    let company = company(name);
    let (app, person) = (&company.app, format!("{name}_person"));
    company.database.create_role(&person);
    let mut admin = company.database.connect();
    let looks = TABLES.map(|table| {
        format!(
            "CREATE FUNCTION look_{table}() RETURNS int[] LANGUAGE plpgsql STABLE AS $$BEGIN RETURN (SELECT array_agg(id ORDER BY id) FROM {table}); END$$;
             CREATE FUNCTION sql_{table}() RETURNS int[] LANGUAGE sql STABLE AS $$SELECT array_agg(id ORDER BY id) FROM {table}$$;
             CREATE FUNCTION as_{table}(key text) RETURNS int[] LANGUAGE sql AS $$SELECT set_config('sharing.user_key', key, true); SELECT array_agg(id ORDER BY id) FROM {table}$$;
             CREATE FUNCTION each_{table}(keys text[], OUT said text, OUT seen int[]) RETURNS SETOF record LANGUAGE plpgsql AS $$BEGIN
                 FOREACH said IN ARRAY keys LOOP
                     PERFORM set_config('sharing.user_key', said, true);
                     SELECT array_agg(id ORDER BY id) INTO seen FROM {table};
                     RETURN NEXT;
                 END LOOP; END$$;
             CREATE FUNCTION owned_{table}() RETURNS int[] LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN RETURN (SELECT array_agg(id ORDER BY id) FROM {table}); END$$;
             ALTER FUNCTION owned_{table}() OWNER TO {person};
             CREATE FUNCTION set_{table}() RETURNS int[] LANGUAGE plpgsql SET sharing.user_key = 'rep2' AS $$BEGIN RETURN (SELECT array_agg(id ORDER BY id) FROM {table}); END$$;"
        )
    });
    let mirror = include_str!("mirror.sql");
    admin
        .batch_execute(&format!(
            "DELETE FROM leads WHERE id > 400;
             CREATE TABLE quotes (id int PRIMARY KEY, owner text, lead_id int, title text);
             INSERT INTO quotes SELECT n, CASE n % 10 WHEN 3 THEN 'rep1' WHEN 4 THEN 'support' ELSE 'other' || n % 80 END,
                 CASE WHEN n % 3 > 0 THEN n END, 'quote ' || n FROM generate_series(1, 400) n;
             CREATE INDEX ON quotes (owner); CREATE INDEX ON quotes (lead_id);
             CREATE TABLE lines (id int PRIMARY KEY, quote_id int, title text);
             INSERT INTO lines SELECT n, CASE WHEN n % 7 > 0 THEN n END, 'line ' || n FROM generate_series(1, 400) n;
             CREATE INDEX ON lines (quote_id);
             CREATE TABLE tickets (id int, owner text, title text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
             CREATE TABLE tickets_1 PARTITION OF tickets FOR VALUES FROM (0) TO (100);
             CREATE TABLE tickets_2 PARTITION OF tickets FOR VALUES FROM (100) TO (300);
             CREATE TABLE tickets_3 PARTITION OF tickets DEFAULT;
             INSERT INTO tickets SELECT id, owner, title FROM quotes;
             CREATE INDEX ON tickets (owner);
             GRANT ALL ON leads, quotes, lines, tickets TO \"{app}\", \"{person}\";
             GRANT \"{person}\" TO \"{app}\";
             SELECT sharing.set_user_db_role('rep2', '{person}');
             SELECT sharing.create_group('helpers', 'helpers');
             SELECT sharing.create_office('Here'), sharing.create_office('There'), sharing.set_user_office('rep1', 'Here'), sharing.set_user_office('support', 'There');
             SELECT sharing.protect('quotes', 'owner'), sharing.protect('tickets', 'owner'), sharing.protect('lines', controlled_by => 'quotes', via => 'quote_id');
             SELECT sharing.relate('quotes', 'lead_id', 'leads');
             SELECT sharing.apply_rules();
             SELECT FROM sharing.enable_record_sharing('rep1'); SELECT FROM sharing.enable_record_sharing('support');
             "
        ))
        .expect("tables");
    admin.batch_execute("VACUUM ANALYZE").expect("VACUUM");
    admin.batch_execute(&looks.join("\n")).expect("functions");
    admin.batch_execute(mirror).expect("the mirror");
    admin
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA mirror TO \"{app}\", \"{person}\"; GRANT ALL ON ALL TABLES IN SCHEMA mirror TO \"{app}\", \"{person}\""
        ))
        .expect("privileges");
    let mut rep1 = company.connect_for("rep1");
    let request = "SELECT sharing.request_link('There', 'support')";
    rep1.batch_execute(request).expect("a request");
    company
        .connect_for("support")
        .batch_execute(
            "SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links()",
        )
        .expect("a link");
    company
}

/// A change of the settings, and the same in the mirror. Each does nothing where it is so already.
pub fn change(dice: &mut Dice) -> String {
    let someone = ["rep1", "rep2", "support", "manager"][dice.throw(4)];
    match dice.throw(11) {
        0 => {
            let someone = ["rep2", "manager"][dice.throw(2)];
            of_user(
                &format!("key = '{someone}' AND NOT admin"),
                "sharing.grant_right(key, 'administrator')",
                "admin = true",
            )
        }
        1 => of_user(
            "key IN ('rep2', 'manager') AND admin",
            "sharing.revoke_right(key, 'administrator')",
            "admin = false",
        ),
        2 => {
            let role = ["Boss", "Manager", "Rep", "Support"][dice.throw(4)];
            of_user(
                &format!("key = '{someone}'"),
                &format!("sharing.set_user_role(key, '{role}')"),
                &format!("role = '{role}'"),
            )
        }
        3 => format!(
            "SELECT sharing.add_member('helpers', 'user:{someone}') WHERE '{someone}' NOT IN (TABLE mirror.members);
             INSERT INTO mirror.members VALUES ('{someone}') ON CONFLICT DO NOTHING"
        ),
        4 => format!(
            "SELECT sharing.remove_member('helpers', 'user:' || key) FROM mirror.members WHERE key = '{someone}';
             DELETE FROM mirror.members WHERE key = '{someone}'"
        ),
        5 | 6 => rule(dice),
        7 => {
            let module = ["leads", "quotes", "tickets"][dice.throw(3)];
            let (access, level) = [
                ("private", 0),
                ("public_read_only", 1),
                ("public_read_edit", 2),
            ][dice.throw(3)];
            format!(
                "SELECT sharing.set_global_access('{module}', '{access}'), sharing.apply_rules();
                 UPDATE mirror.modules SET level = {level} WHERE name = '{module}'"
            )
        }
        8 => share(dice),
        9 => {
            let (office, closed) = (["Here", "There"][dice.throw(2)], dice.rarely(3));
            format!(
                "SELECT sharing.set_office_security('{office}', {closed});
                 UPDATE mirror.offices SET closed = {closed} WHERE name = '{office}'"
            )
        }
        _ => match dice.rarely(3) {
            true => of_user(
                &format!("key IN ('rep2', 'support') AND key <> '{someone}' AND active"),
                "sharing.deactivate_user(key)",
                "active = false",
            ),
            false => of_user(
                "NOT active",
                "sharing.activate_user(key)",
                "active = true",
            ),
        },
    }
}

/// Of those users for whom a condition holds.
fn of_user(condition: &str, call: &str, set: &str) -> String {
    format!(
        "SELECT {call} FROM mirror.users WHERE {condition}; UPDATE mirror.users SET {set} WHERE {condition}"
    )
}

fn rule(dice: &mut Dice) -> String {
    let module = ["leads", "leads", "leads", "quotes", "tickets"][dice.throw(5)];
    let (owned_by, shared_with) = [
        ("Rep", "role:Support"),
        ("Rep", "group:helpers"),
        ("Support", "role:Rep"),
        ("Rep", "role:Rep"),
    ][dice.throw(4)];
    let (access, level) = [("read_only", 1), ("read_write", 2)][dice.throw(2)];
    let related = ["none", "read_only", "read_write"];
    let related_level = dice.throw(3);
    let (related, related_level) = match module {
        "leads" => (
            format!("jsonb_build_object('quotes', '{}')", related[related_level]),
            related_level,
        ),
        _ => ("NULL".to_owned(), 0),
    };
    let is_it = format!(
        "module = '{module}' AND owned_by = '{owned_by}' AND shared_with = '{shared_with}'"
    );
    let sql = match dice.throw(4) {
        0 | 1 => format!(
            "INSERT INTO mirror.rules
             SELECT sharing.add_rule('{module}', 'role:{owned_by}', '{shared_with}', '{access}', {related}), '{module}', '{owned_by}', '{shared_with}', {level}, {related_level}
             WHERE NOT EXISTS (SELECT FROM mirror.rules WHERE {is_it})"
        ),
        2 => format!(
            "SELECT sharing.alter_rule(id, '{access}', {related}) FROM mirror.rules WHERE {is_it};
             UPDATE mirror.rules SET level = {level}, related = {related_level} WHERE {is_it}"
        ),
        _ => format!(
            "SELECT sharing.drop_rule(id) FROM mirror.rules WHERE {is_it}; DELETE FROM mirror.rules WHERE {is_it}"
        ),
    };
    format!("{sql}; SELECT sharing.apply_rules()")
}

fn share(dice: &mut Dice) -> String {
    let record = 1 + 10 * dice.throw(20);
    match dice.rarely(3) {
        false => {
            let may = "(SELECT bool_and(active) FROM mirror.users WHERE key IN ('rep1', 'support'))";
            format!(
                "SELECT sharing.share_record('leads', {record}, 'support') WHERE {may};
                 INSERT INTO mirror.shares SELECT {record} WHERE {may} ON CONFLICT DO NOTHING"
            )
        }
        true => format!(
            "SELECT sharing.unshare_record('leads', record, 'support') FROM mirror.shares WHERE record = {record};
             DELETE FROM mirror.shares WHERE record = {record}"
        ),
    }
}
