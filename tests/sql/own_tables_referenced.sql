-- No privilege on the tables of pg_sharing lets an ordinary role point a foreign key at them: it would tell what is there and keep administrators from changing it.
\set VERBOSITY terse
CREATE ROLE helper LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA sharing TO helper;
GRANT pg_read_all_data, pg_write_all_data TO helper;
GRANT USAGE, CREATE ON SCHEMA public TO helper;
GRANT USAGE ON SCHEMA sharing TO helper;
SELECT format('GRANT CREATE ON DATABASE %I TO helper', current_database()) \gexec
SELECT sharing.create_role('H'), sharing.create_user('1', 'ann') \g /dev/null
\c - helper
CREATE TABLE mine (id integer REFERENCES sharing.users);
CREATE TABLE mine (id integer);
ALTER TABLE mine ADD FOREIGN KEY (id) REFERENCES sharing.users ON DELETE CASCADE;
ALTER TABLE mine ADD FOREIGN KEY (id) REFERENCES sharing.users NOT VALID;
ALTER TABLE mine ADD COLUMN role integer REFERENCES sharing.roles;
CREATE SCHEMA s CREATE TABLE t (id integer REFERENCES sharing.users);
CREATE TABLE parts (id integer) PARTITION BY LIST (id);
ALTER TABLE parts ADD FOREIGN KEY (id) REFERENCES sharing.users;
DO $$BEGIN CREATE TEMP TABLE t (id integer REFERENCES sharing.users); END$$;
DO $$BEGIN ALTER TABLE public.mine ADD FOREIGN KEY (id) REFERENCES sharing.users; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END$$;
-- Nor does anything else that PostgreSQL leaves to the owner.
CREATE TABLE heir () INHERITS (sharing.users);
ALTER TABLE mine INHERIT sharing.users;
CREATE RULE r AS ON INSERT TO sharing.users DO INSTEAD NOTHING;
CREATE INDEX ON sharing.users ((id + 1));
CREATE STATISTICS st ON id, name FROM sharing.users;
CREATE POLICY p ON sharing.users USING (true);
ALTER TABLE sharing.users DISABLE TRIGGER ALL;
-- Other foreign keys are nobody's business.
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (id integer REFERENCES parents);
\c - postgres
SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = ANY (ARRAY(SELECT oid FROM pg_class WHERE relnamespace = 'sharing'::regnamespace));
-- A superuser by hand, as with everything.
CREATE TABLE theirs (id integer REFERENCES sharing.users);
SELECT sharing.drop_user('1'), sharing.drop_role('H') \g /dev/null
DROP OWNED BY helper CASCADE;
