-- Administration and safety: a function plans its statements by the snapshot of whoever called it, which does not see what the function itself changed: plans that leave
-- something out (who sees everything, no record shared, nothing related) are right all the same, and the function does not fail.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE orders (id integer PRIMARY KEY, owner text, client integer, title text);
INSERT INTO orders VALUES (1, 'ceo', 1), (2, 'ceo', 3);
GRANT ALL ON orders TO app;
SELECT sharing.protect('orders', 'owner') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SET sharing.user_key = 'liz';
SELECT id FROM orders;
\c - postgres
-- In one function each: rules are applied over a relation that is new; a first record is shared; a module is closed that was public.
CREATE FUNCTION test.relate_and_look(person text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM sharing.relate('orders', 'client', 'clients');
    PERFORM sharing.add_rule('clients', 'group:' || name, 'role:H7', 'read_only') FROM (SELECT 'abes' AS name, sharing.create_group('abes', 'abes'), sharing.add_member('abes', 'user:abe') OFFSET 0) g;
    PERFORM sharing.apply_rules();
    PERFORM sharing.set_office_security('New York', false);
    SET LOCAL SESSION AUTHORIZATION app;
    PERFORM set_config('sharing.user_key', person, true);
    SELECT string_agg(id::text, ' ') INTO found FROM orders;
    RETURN found;
END
$$;
BEGIN;
SELECT test.relate_and_look('sup1');
COMMIT;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION app;
CREATE FUNCTION pg_temp.share_and_look() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('sharing.user_key', 'ann', true);
    PERFORM sharing.share_record('clients', '1', 'liz');
    PERFORM set_config('sharing.user_key', 'liz', true);
    SELECT string_agg(c.id::text, ' ' ORDER BY c.id) || ' and ' || (SELECT string_agg(o.id::text, ' ') FROM orders o) INTO found FROM clients c;
    RETURN found;
END
$$;
SELECT pg_temp.share_and_look();
RESET SESSION AUTHORIZATION;
SELECT sharing.set_global_access('clients', 'public_read_only'), sharing.apply_rules() \g /dev/null
CREATE FUNCTION test.close_and_look(person text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.set_global_access('clients', 'private'), sharing.apply_rules();
    PERFORM sharing.revoke_right('adm', 'administrator');
    SET LOCAL SESSION AUTHORIZATION app;
    PERFORM set_config('sharing.user_key', person, true);
    RETURN (SELECT count(*) FROM clients);
END
$$;
BEGIN;
SELECT test.close_and_look('abe');
ROLLBACK;
BEGIN;
SELECT test.close_and_look('adm');
ROLLBACK;
