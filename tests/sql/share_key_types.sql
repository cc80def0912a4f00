-- Modules; Record sharing between offices: shares in tables whose keys and owners are of every type that there may be, with a group column beside the owner, or one column for
-- both. A key is its exact text, as the database writes it; no other spelling of the value names the record.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE DOMAIN record_key AS integer;
SELECT sharing.create_user(key, key, NULL, office)
FROM (VALUES ('41', 'New York'), ('42', 'Los Angeles'), ('7b0e5d1c-0000-4000-8000-00000000000a', 'New York'), ('7b0e5d1c-0000-4000-8000-00000000000b', 'Los Angeles')) p (key, office) \g /dev/null
SELECT sharing.enable_record_sharing(key) FROM sharing.users WHERE key LIKE '4_' OR key LIKE '7%' \g /dev/null
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:abe'), sharing.create_group('40', 'Forty') \g /dev/null
\c - app
SELECT test.link('41', '42'), test.link('7b0e5d1c-0000-4000-8000-00000000000a', '7b0e5d1c-0000-4000-8000-00000000000b'), test.link('ann', 'liz');
\c - postgres
CREATE PROCEDURE try(key_type text, first text, second text, spelling text, owner_type text, sharer text, receiver text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE typed (id %s PRIMARY KEY, owner %s, title text)', key_type, owner_type);
    EXECUTE format('INSERT INTO typed VALUES (%L, %L, NULL), (%L, %L, NULL)', first, sharer, second, sharer);
    GRANT ALL ON typed TO app;
    PERFORM sharing.protect('typed', 'owner');
    SET LOCAL SESSION AUTHORIZATION app;
    RAISE NOTICE '% owned by %: shared %, sees %', key_type, owner_type, coalesce((SELECT string_agg(x, ' ') FROM test.call(sharer, format('SELECT sharing.share_record(''typed'', %L, %L, ''edit'')', spelling, receiver)) x), ''), test.reach(receiver, 'typed');
    RAISE NOTICE '  after %: sees %', (SELECT string_agg(x, ' ') FROM test.call(sharer, format('SELECT sharing.unshare_record(''typed'', %L, %L)', spelling, receiver)) x), test.reach(receiver, 'typed');
    RESET SESSION AUTHORIZATION;
    DROP TABLE typed;
END
$$;
CALL try('integer', '1', '2', '1', 'text', 'ann', 'liz');
CALL try('integer', '1', '2', ' 01', 'text', 'ann', 'liz');
CALL try('bigint', '-9223372036854775808', '9223372036854775807', '-9223372036854775808', 'bigint', '41', '42');
CALL try('smallint', '-1', '1', '-1', 'integer', '41', '42');
CALL try('record_key', '1', '2', '1', 'smallint', '41', '42');
CALL try('uuid', '7b0e5d1c-0000-4000-8000-000000000001', '7b0e5d1c-0000-4000-8000-000000000002', '7b0e5d1c-0000-4000-8000-000000000001', 'uuid', '7b0e5d1c-0000-4000-8000-00000000000a', '7b0e5d1c-0000-4000-8000-00000000000b');
CALL try('uuid', '7b0e5d1c-0000-4000-8000-000000000001', '7b0e5d1c-0000-4000-8000-000000000002', '{7B0E5D1C000040008000000000000001}', 'varchar(40)', 'ann', 'liz');
CALL try('text', '007', '7', '007', 'text', 'ann', 'liz');
CALL try('text', '', ' ', '', 'text', 'ann', 'liz');
CALL try('text', 'o''b"\', 'x', 'o''b"\', 'text', 'ann', 'liz');
CALL try('varchar(10)', 'é', 'e', 'é', 'text', 'ann', 'liz');
-- A user column and a group column: shared by the user owner, whatever the group.
CREATE TABLE two (id integer PRIMARY KEY, owner text, team text, title text);
INSERT INTO two VALUES (1, 'ann', 'g', NULL), (2, NULL, 'g', NULL), (3, 'ghost', 'g', NULL), (4, 'ann', NULL, NULL);
-- One column that holds either.
CREATE TABLE one (id integer PRIMARY KEY, owner text, title text);
INSERT INTO one VALUES (1, 'ann', NULL), (2, 'g', NULL), (3, 'ghost', NULL);
GRANT ALL ON two, one TO app;
SELECT sharing.protect('two', 'owner', owner_group => 'team'), sharing.protect('one', 'owner', owner_group => 'owner') \g /dev/null
\c - app
SELECT id, test.call('ann', format('SELECT sharing.share_record(''two'', %L, ''liz'', ''edit'')', id)) FROM generate_series(1, 4) id;
SELECT id, test.call('abe', format('SELECT sharing.share_record(''two'', %L, ''liz'')', id)) FROM generate_series(1, 4) id;
SELECT id, test.call('ann', format('SELECT sharing.share_record(''one'', %L, ''liz'', ''edit'')', id)) FROM generate_series(1, 3) id;
SELECT test.reach('liz', 'two'), test.reach('liz', 'one');
SELECT statement, test.outcome_for('liz', statement) FROM unnest(ARRAY['UPDATE two SET team = NULL WHERE id = 1', 'UPDATE two SET team = ''g'' WHERE id = 4', 'UPDATE two SET title = ''x''', 'UPDATE one SET owner = ''g''', 'UPDATE one SET title = ''x''']) statement;
SELECT test.call('ann', 'UPDATE two SET team = NULL WHERE id = 1'), test.reach('liz', 'two');
SELECT test.call('ann', 'SELECT sharing.transfer(''two'', ''{4}'', ''group:G'')'), test.reach('liz', 'two');
SELECT test.call('ann', 'SELECT module, record_id FROM sharing.shared_records(3)');
