-- Attack: a table of one's own with policies that look like those of protect() and name another's module.
-- Nothing is taken for protected that is not: no transfer, no share, and no trigger that forgets shares.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/offices.sql'
\i :organization
GRANT CREATE ON SCHEMA public TO app;
\c - app
SET sharing.user_key = 'ann';
SELECT test.link('ann', 'liz') \g /dev/null
SELECT sharing.share_record('clients', '1', 'liz') \g /dev/null
-- abe, who sees nothing of ann's, prepares his table.
SET sharing.user_key = 'abe';
CREATE TABLE forged (id integer PRIMARY KEY, owner text);
INSERT INTO forged VALUES (1, 'abe'), (2, 'abe');
CREATE FUNCTION spy() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'abe sees %', (SELECT string_agg(id::text, ' ' ORDER BY id) FROM public.clients);
    RETURN true;
END
$$;
CREATE POLICY sharing_select ON forged USING (sharing_internal.may_read('clients'::regclass, owner) OR sharing_internal.may_read_shared('clients'::regclass, id, owner));
CREATE POLICY spying ON forged USING (spy());
ALTER TABLE forged ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER forged AFTER DELETE ON forged FOR EACH ROW EXECUTE FUNCTION sharing_internal.forget_shares();
SELECT sharing.transfer('forged', '{1}', 'user:ann');
SELECT sharing.share_record('forged', '1', 'liz');
SELECT sharing.unshare_record('forged', '1', 'liz');
DELETE FROM forged;
-- The share is still there.
SET sharing.user_key = 'liz';
SELECT id FROM clients ORDER BY id;
-- Functions with the names of ours, without arguments, with columns of other kinds, with a NULL module: errors, no crash.
\c - app
SET sharing.user_key = 'abe';
CREATE FUNCTION may_read() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION may_read_shared() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE TABLE odd (id integer PRIMARY KEY, owner text, amount numeric);
INSERT INTO odd VALUES (1, 'abe', 1);
CREATE POLICY sharing_select ON odd USING (may_read() OR may_read_shared());
CREATE POLICY everything ON odd USING (true);
ALTER TABLE odd ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER odd BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION sharing_internal.guard_owner();
UPDATE odd SET owner = 'ann';
SELECT sharing.transfer('odd', '{1}', 'user:ann');
ALTER POLICY sharing_select ON odd USING (sharing_internal.may_read(NULL::regclass, owner) OR sharing_internal.may_read_shared(NULL::regclass, id, owner));
UPDATE odd SET owner = 'ann';
ALTER POLICY sharing_select ON odd USING (sharing_internal.may_read('odd'::regclass, amount));
UPDATE odd SET owner = 'ann';
ALTER POLICY sharing_select ON odd USING (sharing_internal.may_read('odd'::regclass, 'abe'::text) OR sharing_internal.may_read_shared('odd'::regclass, 1, 'abe'::text));
UPDATE odd SET owner = 'ann';
SELECT * FROM odd;
