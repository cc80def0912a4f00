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
CREATE POLICY sharing_select ON forged USING (sharing.may_read('clients'::regclass, owner) OR sharing.may_read_shared('clients'::regclass, id, owner));
CREATE POLICY spying ON forged USING (spy());
ALTER TABLE forged ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TRIGGER forged AFTER DELETE ON forged FOR EACH ROW EXECUTE FUNCTION sharing.forget_shares();
SELECT sharing.transfer('forged', '{1}', 'user:ann');
SELECT sharing.share_record('forged', '1', 'liz');
SELECT sharing.unshare_record('forged', '1', 'liz');
DELETE FROM forged;
-- The share is still there.
SET sharing.user_key = 'liz';
SELECT id FROM clients ORDER BY id;
