-- Record sharing between offices: lists count a share only where it opens its record: not while another user owns that, or the receiver's
-- profiles take the module away. It stays in the list of the link, with access none, and counts again when it opens again.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE notes (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE parts (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5);
CREATE TABLE parts_2 (title text, owner text, gone integer, id integer NOT NULL);
ALTER TABLE parts_2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (5) TO (10);
INSERT INTO notes VALUES (1, 'ann', '');
INSERT INTO parts VALUES (1, 'ann', ''), (6, 'ann', ''), (7, 'ann', '');
GRANT ALL ON notes, parts TO PUBLIC;
SELECT sharing.protect('notes', 'owner') \g /dev/null
SELECT sharing.protect('parts', 'owner') \g /dev/null
SELECT sharing.create_role('Clerk'), sharing.set_user_role('liz', 'Clerk'), sharing.create_profile('P'), sharing.set_permission('P', NULL, true, true, true, true), sharing.assign_profile('Clerk', 'P') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', format('SELECT sharing.share_record(%L, %L, ''liz'', ''edit'')', r, i)) FROM (VALUES ('clients', 1), ('clients', 2), ('notes', 1), ('parts', 1), ('parts', 6), ('parts', 7)) t (r, i);
-- What the lists say beside what liz sees of what ann shared.
CREATE TEMP VIEW lists AS SELECT
    (SELECT string_agg(c, ' ') FROM test.call('ann', 'SELECT status, records FROM sharing.my_receivers()') c) AS my_receivers,
    (SELECT string_agg(c, ' ') FROM test.call('liz', 'SELECT status, records FROM sharing.my_sharers()') c) AS my_sharers,
    (SELECT string_agg(c, ' ') FROM test.call('liz', 'SELECT module, record_id, access FROM sharing.shared_records(1)') c) AS shared_records,
    (SELECT string_agg(c, ' ') FROM test.call('liz', 'SELECT tableoid::regclass, id FROM (SELECT tableoid, id, owner FROM clients UNION ALL SELECT tableoid, id, owner FROM notes UNION ALL SELECT tableoid, id, owner FROM parts) a WHERE owner <> ''liz'' ORDER BY 1, 2') c) AS liz_sees;
\pset expanded on
SELECT * FROM lists;
-- Given away: to a colleague, and to the receiver himself.
SELECT test.call('ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:abe''), sharing.transfer(''parts'', ''{6}'', ''user:liz'')');
SELECT * FROM lists;
-- A profile takes the module away, and the right to edit alone.
\c - postgres
SELECT sharing.set_permission('P', 'notes', false, false, false, false), sharing.set_permission('P', 'parts', true, true, false, true) \g /dev/null
\c - app
\pset expanded on
CREATE TEMP VIEW lists AS SELECT
    (SELECT string_agg(c, ' ') FROM test.call('ann', 'SELECT status, records FROM sharing.my_receivers()') c) AS my_receivers,
    (SELECT string_agg(c, ' ') FROM test.call('liz', 'SELECT status, records FROM sharing.my_sharers()') c) AS my_sharers,
    (SELECT string_agg(c, ' ') FROM test.call('adm', 'SELECT module, record_id, access FROM sharing.shared_records(1)') c) AS shared_records,
    (SELECT string_agg(c, ' ') FROM test.call('liz', 'SELECT tableoid::regclass, id FROM (SELECT tableoid, id, owner FROM clients UNION ALL SELECT tableoid, id, owner FROM notes UNION ALL SELECT tableoid, id, owner FROM parts) a WHERE owner <> ''liz'' ORDER BY 1, 2') c) AS liz_sees;
SELECT * FROM lists;
-- A record that returns counts again.
SELECT test.call('abe', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:ann'')');
SELECT * FROM lists;
-- While the link is suspended its status says so, and the number is what it would open.
SELECT test.call('adm', 'SELECT change FROM sharing.disable_record_sharing(''ann'')');
SELECT * FROM lists;
-- Nobody needs a privilege on the tables for that, and the table's own policies do not hide it.
\c - postgres
SELECT sharing.enable_record_sharing('ann') \g /dev/null
REVOKE ALL ON clients, notes, parts FROM PUBLIC, app;
ALTER TABLE clients DROP CONSTRAINT clients_pkey;
\c - app
SELECT test.call('ann', 'SELECT status, records FROM sharing.my_receivers()');
