-- Commands on a protected table; Modules: what runs while transfer() is under way gains nothing by it: triggers, their statements, own functions.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_write'), sharing.apply_rules() \g /dev/null
-- rep1 makes a table of his own with a trigger, and is even allowed a trigger on leads.
GRANT CREATE ON SCHEMA public TO app;
GRANT TRIGGER ON leads TO app;
\c - app
-- Within the transfer to ceo, a trigger tries to read, change and insert records of ceo.
CREATE FUNCTION snoop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM leads WHERE owner = 'ceo';
    RAISE NOTICE 'sees % of ceo', n;
    RAISE NOTICE 'updates: %', test.outcome('UPDATE leads SET title = ''snooped'' WHERE owner = ''ceo''');
    RAISE NOTICE 'inserts: %', test.outcome('INSERT INTO leads VALUES (200, ''ceo'')');
    RAISE NOTICE 'gives: %', test.outcome('UPDATE leads SET owner = ''ceo'' WHERE id = 1');
    RAISE NOTICE 'transfers: %', test.outcome('SELECT sharing.transfer(''leads'', ''{5}'', ''user:rep1'')');
    RETURN NEW;
END
$$;
CREATE TRIGGER snoop BEFORE UPDATE ON leads FOR EACH ROW WHEN (NEW.owner = 'ceo' AND pg_trigger_depth() = 0) EXECUTE FUNCTION snoop();
SET sharing.user_key = 'rep1';
\set VERBOSITY terse
SELECT sharing.transfer('leads', '{1}', 'user:ceo');
-- Nor is anything left of the permit afterwards, or after an error.
SELECT test.sees(), test.outcome('INSERT INTO leads VALUES (200, ''ceo'')');
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'failed'; END$$;
\c - postgres
DROP TRIGGER snoop ON leads;
UPDATE leads SET owner = 'rep1' WHERE id = 1;
GRANT EXECUTE ON FUNCTION fail TO app;
CREATE TRIGGER fail BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION fail();
\c - app
SET sharing.user_key = 'rep1';
\set VERBOSITY terse
SELECT sharing.transfer('leads', '{1}', 'user:ceo');
SELECT test.sees(), test.outcome('INSERT INTO leads VALUES (200, ''ceo'')');
DO $$
BEGIN
    PERFORM sharing.transfer('leads', '{1}', 'user:ceo');
EXCEPTION WHEN raise_exception THEN
    RAISE NOTICE 'sees %', test.sees();
END
$$;
-- Record ids are values, not SQL.
\c - postgres
DROP TRIGGER fail ON leads;
CREATE TABLE texts (id text PRIMARY KEY, owner text);
INSERT INTO texts VALUES ('a', 'rep1'), ('b', 'ceo'), (''') OR true --', 'rep1');
GRANT ALL ON texts TO app;
SELECT sharing.protect('texts', 'owner') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT sharing.transfer('texts', ARRAY[''') OR true --'], 'user:rep2');
SELECT sharing.transfer('texts', ARRAY['b'') OR (''''='''], 'user:rep2');
SELECT sharing.transfer('texts', ARRAY['b'], 'user:rep2');
