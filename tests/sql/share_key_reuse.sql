-- Record sharing between offices: a record that is deleted takes its shares with it, and a new record with the same key and owner starts without any, however
-- the old one went: DELETE, TRUNCATE, a changed key, replica mode, a referential action.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
GRANT TRUNCATE ON clients TO app;
\c - app
SELECT test.link('ann', 'liz') AS ann_to_liz, test.link('ann', 'bob') AS ann_to_bob;
-- Shares record 1 with both, lets somebody do something, and tells what is shared and seen of it then.
CREATE FUNCTION pg_temp.fate(who text, what text[], OUT outcome text, OUT liz text, OUT bob text, OUT shared text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    PERFORM test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit''), sharing.share_record(''clients'', ''2'', ''liz''), sharing.share_record(''clients'', ''1'', ''bob'')');
    ASSERT (test.reach('bob', 'clients')).sees = '1 6';
    FOREACH statement IN ARRAY what LOOP
        outcome := concat_ws(' ', outcome, test.call(who, statement));
    END LOOP;
    liz := (test.reach('liz', 'clients')).sees;
    bob := (test.reach('bob', 'clients')).sees;
    SELECT string_agg(line, ' ') INTO shared FROM test.call('ann', 'SELECT record_id, access FROM sharing.shared_records(1)') line;
    PERFORM test.call('adm', 'DELETE FROM clients WHERE id NOT BETWEEN 1 AND 6');
    PERFORM test.call('adm', 'INSERT INTO clients VALUES (1, ''ann'', ''''), (2, ''ann'', ''''), (4, ''liz'', ''''), (6, ''bob'', '''') ON CONFLICT (id) DO UPDATE SET owner = EXCLUDED.owner');
END
$$;
SELECT what, fate.* FROM (VALUES
    (1, 'ann', ARRAY['DELETE FROM clients WHERE id = 1']),
    (2, 'ann', ARRAY['DELETE FROM clients WHERE id = 1', 'INSERT INTO clients VALUES (1, ''ann'', ''new'')']),
    (3, 'adm', ARRAY['DELETE FROM clients WHERE id = 1', 'INSERT INTO clients VALUES (1, ''ann'', ''new'')']),
    (4, 'ann', ARRAY['WITH gone AS (DELETE FROM clients WHERE id = 1 RETURNING *) INSERT INTO clients SELECT * FROM gone']),
    (5, 'ann', ARRAY['DELETE FROM clients', 'INSERT INTO clients VALUES (1, ''ann'', ''new''), (2, ''ann'', ''new'')']),
    (6, 'ann', ARRAY['UPDATE clients SET id = 7 WHERE id = 1', 'INSERT INTO clients VALUES (1, ''ann'', ''new'')']),
    (7, 'ann', ARRAY['UPDATE clients SET id = 7 WHERE id = 1', 'UPDATE clients SET id = 1 WHERE id = 7']),
    (8, 'ann', ARRAY['UPDATE clients SET id = 7 WHERE id = 1', 'UPDATE clients SET id = 1 WHERE id = 2']),
    (9, 'ann', ARRAY['MERGE INTO clients USING (VALUES (1)) v (id) ON clients.id = v.id WHEN MATCHED THEN DELETE', 'INSERT INTO clients VALUES (1, ''ann'', ''new'')']),
    (10, 'adm', ARRAY['TRUNCATE clients', 'INSERT INTO clients VALUES (1, ''ann'', ''new''), (2, ''ann'', ''new'')']),
    -- what leaves it the same record
    (11, 'ann', ARRAY['UPDATE clients SET id = 1 WHERE id = 1', 'UPDATE clients SET title = ''new''']),
    (12, 'ann', ARRAY['INSERT INTO clients VALUES (1, ''ann'') ON CONFLICT (id) DO UPDATE SET title = ''new''']),
    (13, 'ann', ARRAY['SELECT sharing.transfer(''clients'', ''{1}'', ''user:abe'')']),
    (14, 'adm', ARRAY['UPDATE clients SET owner = ''abe'' WHERE id = 1', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'])) f (n, who, what), pg_temp.fate(who, what) fate
ORDER BY n;
-- Undone with the transaction or to a savepoint: nothing is lost.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
BEGIN;
SELECT test.call('ann', 'DELETE FROM clients WHERE id = 1');
SELECT test.call('ann', 'INSERT INTO clients VALUES (1, ''ann'')');
SELECT test.reach('liz', 'clients');
ROLLBACK;
SELECT test.reach('liz', 'clients');
BEGIN;
SAVEPOINT s;
SELECT test.call('ann', 'DELETE FROM clients WHERE id = 1');
ROLLBACK TO s;
COMMIT;
SELECT test.reach('liz', 'clients');
-- Replica mode, as logical replication applies changes; another extension's owner switches it on.
\c - postgres
SET session_replication_role = replica;
DELETE FROM clients WHERE id = 1;
INSERT INTO clients VALUES (1, 'ann');
SELECT record_id FROM sharing.shares;
SELECT sharing.share_record('clients', '1', 'liz'), sharing.share_record('clients', '2', 'liz');
UPDATE clients SET id = 7 WHERE id = 1;
INSERT INTO clients VALUES (1, 'ann');
SELECT record_id FROM sharing.shares;
SELECT sharing.share_record('clients', '1', 'liz');
TRUNCATE clients;
INSERT INTO clients VALUES (1, 'ann'), (2, 'ann'), (4, 'liz');
SELECT record_id FROM sharing.shares;
RESET session_replication_role;
-- A referential action: the parent takes the record with it.
CREATE TABLE parents (id integer PRIMARY KEY);
INSERT INTO parents VALUES (1), (2), (4), (99);
ALTER TABLE clients ADD FOREIGN KEY (id) REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE;
GRANT ALL ON parents TO app;
\c - app
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz''), sharing.share_record(''clients'', ''2'', ''liz'')');
DELETE FROM parents WHERE id = 1;
UPDATE parents SET id = 3 WHERE id = 2;
INSERT INTO parents VALUES (1), (2);
SELECT test.call('ann', 'INSERT INTO clients VALUES (1, ''ann''), (2, ''ann'')');
SELECT test.reach('ann', 'clients'), test.reach('liz', 'clients');
-- A trigger that keeps the record keeps its shares; one that replaces it does not.
\c - postgres
ALTER TABLE clients DROP CONSTRAINT clients_id_fkey;
SELECT sharing.share_record('clients', '1', 'liz');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER keep BEFORE DELETE ON clients FOR EACH ROW EXECUTE FUNCTION keep();
SET SESSION AUTHORIZATION app;
SELECT test.call('ann', 'DELETE FROM clients WHERE id = 1');
SELECT test.reach('liz', 'clients');
RESET SESSION AUTHORIZATION;
DROP TRIGGER keep ON clients;
CREATE FUNCTION replace() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO clients VALUES (OLD.id, OLD.owner, 'replaced'); RETURN NULL; END$$;
CREATE TRIGGER replace AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION replace();
SET SESSION AUTHORIZATION app;
SELECT test.call('ann', 'DELETE FROM clients WHERE id = 1');
SELECT test.reach('ann', 'clients'), test.reach('liz', 'clients');
RESET SESSION AUTHORIZATION;
-- The table goes with its module, or is no longer protected: so do the shares.
DROP TRIGGER replace ON clients;
SELECT sharing.share_record('clients', '1', 'liz');
SELECT sharing.unprotect('clients') \g /dev/null
SELECT count(*) FROM sharing.shares;
SELECT sharing.protect('clients', 'owner') \g /dev/null
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'clients'::regclass AND tgfoid = 'sharing_internal.forget_shares'::regproc AND tgenabled = 'A';
SELECT sharing.share_record('clients', '1', 'liz');
DROP TABLE clients;
SELECT count(*) AS shares, (SELECT count(*) FROM sharing.links) AS links FROM sharing.shares;
