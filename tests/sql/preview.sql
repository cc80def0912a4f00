-- Sharing rules: preview_rules() counts what apply_rules() then does, for users and groups as owners, unknown and absent ones; also of the children of
-- records, of modules that follow and of details. What a user sees by a share he neither gains nor loses.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1'), sharing.add_member('G', 'role:H7'), sharing.create_office('closed', security => true),
       sharing.set_user_office('rep2', 'closed'), sharing.set_user_office('sup2', 'closed'), sharing.deactivate_user('vp') \g /dev/null
CREATE TABLE records (id integer, owner text, team text);
INSERT INTO records SELECT n, (ARRAY['rep1', 'rep2', 'mgr', 'vp', 'ceo', 'sup1', 'sup2', 'ghost', NULL])[1 + n % 9], (ARRAY['g', NULL, NULL, 'ghost'])[1 + n % 4] FROM generate_series(1, 72) n;
CREATE TABLE mixed (id integer, owner text);
INSERT INTO mixed SELECT id, coalesce(owner, team) FROM records;
GRANT SELECT ON records, mixed TO app;
SELECT sharing.protect('records', 'owner', owner_group => 'team'), sharing.protect('mixed', 'owner', owner_group => 'owner') \g /dev/null
-- The ids that each user sees in each table; twice, before and after.
CREATE TABLE test.seen (stage text, module text, person text, ids text[]);
CREATE PROCEDURE test.look(stage text) LANGUAGE plpgsql AS $$
DECLARE
    person text;
    module text;
    ids text[];
BEGIN
    FOR person IN SELECT key FROM sharing.users LOOP
        FOR module IN SELECT m.name FROM sharing.modules m LOOP
            SET LOCAL SESSION AUTHORIZATION app;
            PERFORM set_config('sharing.user_key', person, true);
            EXECUTE format('SELECT coalesce(array_agg(id::text), ''{}'') FROM %I', module) INTO ids;
            RESET SESSION AUTHORIZATION;
            INSERT INTO test.seen VALUES (stage, module, person, ids);
        END LOOP;
    END LOOP;
END
$$;
CREATE PROCEDURE test.compare() LANGUAGE plpgsql AS $$
DECLARE
    said bigint;
    wrong text;
BEGIN
    TRUNCATE test.seen;
    CREATE TEMP TABLE preview ON COMMIT DROP AS SELECT * FROM sharing.preview_rules();
    CALL test.look('before');
    PERFORM sharing.apply_rules();
    CALL test.look('after');
    SELECT count(*) INTO said FROM preview;
    SELECT string_agg(concat_ws(' ', module, person, p.gained, p.lost, 'really', r.gained, r.lost), ', ') INTO wrong
    FROM (SELECT b.module, b.person, (SELECT count(*) FROM (SELECT unnest(a.ids) EXCEPT SELECT unnest(b.ids)) x) AS gained,
                 (SELECT count(*) FROM (SELECT unnest(b.ids) EXCEPT SELECT unnest(a.ids)) x) AS lost
          FROM test.seen b JOIN test.seen a USING (module, person) WHERE b.stage = 'before' AND a.stage = 'after') r
    FULL JOIN (SELECT module, user_key AS person, gained, lost FROM preview) p USING (module, person)
    WHERE (coalesce(p.gained, 0), coalesce(p.lost, 0)) <> (r.gained, r.lost);
    RAISE NOTICE '% rows previewed, wrong: %', said, wrong;
END
$$;
CALL test.compare();
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.add_rule('records', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('mixed', 'group:G', 'role:H4', 'read_write') \g /dev/null
SELECT * FROM sharing.preview_rules() WHERE user_key IN ('rep1', 'sup1', 'mgr') ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.set_global_access('records', 'public_read_edit'), sharing.add_rule('mixed', 'role_and_subordinates:H2', 'role_and_subordinates:H6', 'read_only', superiors => true), sharing.alter_rule(1, 'read_write'), sharing.drop_rule(2) \g /dev/null
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.set_global_access(m, 'private') FROM unnest('{leads,records}'::text[]) m \g /dev/null
SELECT sharing.drop_rule(id) FROM sharing.rules WHERE id <> 2 \g /dev/null
SELECT sharing.add_rule('records', 'group:G', 'group:G', 'read_only'), sharing.add_rule('leads', 'role:H1', 'role:H5', 'read_only') \g /dev/null
BEGIN; CALL test.compare(); COMMIT;
-- Edit and delete alone change nobody's sight.
SELECT sharing.alter_rule(id, 'read_write') FROM sharing.rules \g /dev/null
BEGIN; CALL test.compare(); COMMIT;

-- A module that follows, children over relations, and details: quotes of leads (or, by their kind, of contacts), lines of quotes, parts of lines.
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.set_global_access(m, 'private') FROM unnest('{leads,records,mixed}'::text[]) m \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
CREATE TABLE contacts (id integer PRIMARY KEY, owner text);
CREATE TABLE quotes (id integer PRIMARY KEY, owner text, kind text, parent bigint);
CREATE TABLE lines (id integer PRIMARY KEY, quote integer);
CREATE TABLE parts (id integer PRIMARY KEY, line integer);
INSERT INTO contacts SELECT n, (ARRAY['rep1', 'mgr', 'sup1', NULL])[1 + n % 4] FROM generate_series(1, 8) n;
INSERT INTO quotes SELECT n, (ARRAY['ceo', 'ceo', 'rep1', 'ghost'])[1 + n % 4], (ARRAY['lead', 'contact'])[1 + n % 2], n FROM generate_series(1, 12) n;
INSERT INTO lines SELECT n, n % 14 FROM generate_series(1, 28) n;
INSERT INTO parts SELECT n, n FROM generate_series(1, 30) n;
GRANT ALL ON contacts, quotes, lines, parts TO app;
SELECT sharing.protect('contacts', 'owner', follows => 'leads'), sharing.protect('quotes', 'owner') \g /dev/null
SELECT sharing.protect('lines', controlled_by => 'quotes', via => 'quote'), sharing.protect('parts', controlled_by => 'lines', via => 'line') \g /dev/null
SELECT sharing.relate('quotes', 'parent', 'leads', 'kind', 'lead'), sharing.relate('quotes', 'parent', 'contacts', 'kind', 'contact') \g /dev/null
-- A rule for leads is one for contacts as well, and for the quotes of both, the lines and the parts.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') AS rule \gset
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
-- Its level for quotes, staged.
SELECT sharing.alter_rule(:rule, related => '{"quotes": "none"}');
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.alter_rule(:rule, related => '{"quotes": "read_write"}');
SELECT * FROM sharing.preview_rules() WHERE user_key = 'sup2' ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
-- A level that only lets more be done changes nobody's sight.
SELECT sharing.alter_rule(:rule, related => '{"quotes": "read_only"}');
SELECT count(*) FROM sharing.preview_rules();
-- A relation that is not applied yet, while a rule is enforced.
SELECT sharing.alter_rule(:rule, related => '{}'), sharing.unrelate('quotes', 'parent', 'leads'), sharing.apply_rules() \g /dev/null
SELECT sharing.relate('quotes', 'parent', 'leads', 'kind', 'lead');
SELECT * FROM sharing.preview_rules() WHERE user_key = 'sup2' ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
-- Global access of leads is that of contacts; of quotes, that of their lines and parts.
SELECT sharing.set_global_access('leads', 'public_read_only');
SELECT module, user_key, gained, lost FROM sharing.preview_rules() WHERE user_key IN ('sup1', 'mgr') ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.set_global_access('leads', 'private'), sharing.set_global_access('quotes', 'public_read_only');
SELECT module, user_key, gained, lost FROM sharing.preview_rules() WHERE user_key IN ('sup1', 'mgr') ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
-- Shares: of leads, so of their quotes; and of a quote. The partner sees them before and after.
SELECT sharing.set_global_access('quotes', 'private'), sharing.drop_rule(:rule), sharing.apply_rules() \g /dev/null
SELECT sharing.create_office('one'), sharing.create_office('two'), sharing.set_user_office('mgr', 'one'), sharing.set_user_office('sup1', 'two') \g /dev/null
UPDATE leads SET owner = 'mgr' WHERE id IN (2, 4, 6);
UPDATE quotes SET owner = 'mgr' WHERE id IN (1, 4, 5);
SELECT count(*) FROM unnest('{mgr,sup1}'::text[]) u, sharing.enable_record_sharing(u) \g /dev/null
SELECT sharing.set_office_security(o, false) FROM unnest('{one,two}'::text[]) o \g /dev/null
SET sharing.user_key = 'mgr';
SET SESSION AUTHORIZATION app;
SELECT sharing.request_link('two', 'sup1') AS link \gset
SET sharing.user_key = 'sup1';
SELECT sharing.accept_links(ARRAY[:link]) \g /dev/null
SET sharing.user_key = 'mgr';
SELECT sharing.share_record('leads', '4', 'sup1'), sharing.share_record('leads', '6', 'sup1'), sharing.share_record('quotes', '5', 'sup1') \g /dev/null
RESET SESSION AUTHORIZATION;
RESET sharing.user_key;
SELECT sharing.add_rule('leads', 'role:H4', 'role:H7', 'read_only') AS rule, sharing.add_rule('quotes', 'role:H4', 'role:H7', 'read_only') AS other \gset
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.drop_rule(:rule), sharing.drop_rule(:other) \g /dev/null
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
