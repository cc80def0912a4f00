-- What only imitates a referential action is refused: between a change of the person to whom a record refers and the
-- action of the foreign key, inside of an action on tables of one's own, where PostgreSQL says that it carries one out.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set people 'CREATE TABLE people (key text PRIMARY KEY, title text); INSERT INTO people VALUES (''rep1''), (''vp''), (''sup1''), (''sup2''); '
\set rows '; INSERT INTO records VALUES (1, ''rep1''), (2, ''vp'')'
\set cascade 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text)' :rows
\set parted 'CREATE TABLE people (key text PRIMARY KEY, title text) PARTITION BY RANGE (key); CREATE TABLE people_a PARTITION OF people FOR VALUES FROM (''a'') TO (''t''); CREATE TABLE people_t PARTITION OF people FOR VALUES FROM (''t'') TO (MAXVALUE); INSERT INTO people VALUES (''rep1''), (''vp''), (''sup1''), (''sup2''); '
\set composite 'CREATE TABLE people (tenant integer, key text, UNIQUE (tenant, key)); INSERT INTO people VALUES (1, ''rep1''), (NULL, ''rep1''), (1, ''sup1''); CREATE TABLE records (id integer, owner text, tenant integer, title text, FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) '
\set pairs '); INSERT INTO records VALUES (1, ''rep1'', 1), (2, ''rep1'', NULL)'
\set rename 'UPDATE people SET key = ''new'' WHERE key = ''rep1'''
\set delete 'DELETE FROM people WHERE key = ''rep1'''
\set mine 'UPDATE records SET owner = ''sup1'' WHERE id = 1'
\set nobody 'UPDATE records SET owner = NULL WHERE id = 1'
\set exactly 'UPDATE records SET owner = ''new'' WHERE id = 1'
CREATE TABLE cases (n serial, name text, ddl text, change text, imitation text);
INSERT INTO cases (name, ddl, change, imitation) VALUES
    ('exactly what the action is going to do', :'people' || :'cascade', :'rename', :'exactly'),
    ('another owner than the key became', :'people' || :'cascade', :'rename', :'mine'),
    ('no owner where the key changed', :'people' || :'cascade', :'rename', :'nobody'),
    ('a record of somebody else', :'people' || :'cascade', :'rename', 'UPDATE records SET owner = ''new'' WHERE id = 2'),
    ('several records, one of somebody else', :'people' || :'cascade', :'rename', 'UPDATE records SET owner = ''new'''),
    ('nobody instead of a deleted person', :'people' || :'cascade', :'delete', :'nobody'),
    ('somebody instead of a deleted person', :'people' || :'cascade', :'delete', :'mine'),
    ('nobody instead of somebody else', :'people' || :'cascade', :'delete', 'UPDATE records SET owner = NULL WHERE id = 2'),
    ('the person is touched only', :'people' || :'cascade', 'UPDATE people SET title = ''x'' WHERE key = ''rep1''', :'nobody'),
    ('the person is touched only, and set null on update', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET NULL, title text)' || :'rows', 'UPDATE people SET title = ''x'' WHERE key = ''rep1''', :'nobody'),
    ('the person is touched, and one renamed', :'people' || :'cascade', 'UPDATE people SET title = ''x'', key = CASE key WHEN ''sup2'' THEN ''new'' ELSE key END', :'exactly'),
    ('the person is locked only', :'people' || :'cascade', 'UPDATE people SET title = ''x'' WHERE key = ''vp''', 'PERFORM 1 FROM people WHERE key = ''rep1'' FOR UPDATE; ' || :'nobody'),
    ('deleted and taken back', :'people' || :'cascade', 'UPDATE people SET title = ''x'' WHERE key = ''vp''',
        'BEGIN DELETE FROM people WHERE key = ''rep1''; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; ' || :'nobody'),
    ('renamed, taken back and inserted', :'people' || :'cascade', 'UPDATE people SET title = ''x'' WHERE key = ''vp''',
        'BEGIN UPDATE people SET key = ''new'' WHERE key = ''rep1''; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; INSERT INTO people VALUES (''new''); ' || :'exactly'),
    ('deleted once, by somebody else', :'people' || :'cascade' || '; SET session_replication_role = replica; DELETE FROM people WHERE key = ''rep1''; SET session_replication_role = origin; INSERT INTO people VALUES (''rep1'')', 'UPDATE people SET title = ''x'' WHERE key = ''vp''', :'nobody'),
    ('renamed once, by somebody else', :'people' || :'cascade' || '; SET session_replication_role = replica; UPDATE people SET key = ''new'' WHERE key = ''rep1''; SET session_replication_role = origin; INSERT INTO people VALUES (''rep1'')', 'UPDATE people SET title = ''x'' WHERE key = ''vp''', :'exactly'),
    ('no action', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people DEFERRABLE INITIALLY DEFERRED, title text)' || :'rows', :'delete', :'nobody'),
    ('no action on update', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, title text)' || :'rows', :'rename', :'exactly'),
    ('set null on update only', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED, title text)' || :'rows', :'delete', :'nobody'),
    ('set null, and not what the key became', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET NULL, title text)' || :'rows', :'rename', :'exactly'),
    ('set default, and not NULL', :'people' || 'CREATE TABLE records (id integer, owner text DEFAULT ''sup2'' REFERENCES people ON DELETE SET DEFAULT, title text)' || :'rows', :'delete', :'nobody'),
    ('set default, and not another one', :'people' || 'CREATE TABLE records (id integer, owner text DEFAULT ''sup2'' REFERENCES people ON DELETE SET DEFAULT, title text)' || :'rows', :'delete', :'mine'),
    ('what a volatile default gives is not known', :'people' || 'CREATE FUNCTION heir() RETURNS text LANGUAGE sql VOLATILE AS $f$ SELECT ''sup1''::text WHERE random() < 2 $f$; CREATE TABLE records (id integer, owner text DEFAULT heir() REFERENCES people ON DELETE SET DEFAULT, title text)' || :'rows', :'delete', :'mine'),
    ('the default of a partition is not that of the table', :'people' || 'CREATE TABLE records (id integer, owner text DEFAULT ''sup2'' REFERENCES people ON DELETE SET DEFAULT, title text) PARTITION BY LIST (id);
        CREATE TABLE records_1 PARTITION OF records (owner DEFAULT ''sup1'') DEFAULT' || :'rows', :'delete', :'mine'),
    ('a foreign key of another column', :'people' || 'CREATE TABLE records (id integer, owner text, title text REFERENCES people ON DELETE SET NULL); INSERT INTO records VALUES (1, ''rep1'', ''rep1''), (2, ''vp'', ''rep1'')', :'delete', :'nobody'),
    ('set null of another column of the key', :'composite' || 'ON DELETE SET NULL (tenant)' || :'pairs', 'DELETE FROM people WHERE tenant = 1 AND key = ''rep1''', :'nobody'),
    ('set null of another column of the key, in a partition of other columns', 'CREATE TABLE people (tenant integer, key text, UNIQUE (tenant, key)); INSERT INTO people VALUES (1, ''rep1''), (1, ''vp'');
        CREATE TABLE records (id integer, owner text, title text, tenant integer, FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON DELETE SET NULL (tenant)) PARTITION BY LIST (id);
        CREATE TABLE records_1 (id integer, tenant integer, title text, owner text); ALTER TABLE records ATTACH PARTITION records_1 DEFAULT; INSERT INTO records VALUES (1, ''rep1'', NULL, 1)', 'DELETE FROM people WHERE key = ''rep1''', :'nobody'),
    ('the owner by the key, and not the rest of the key', :'composite' || 'ON UPDATE CASCADE' || :'pairs', 'UPDATE people SET tenant = 7, key = ''new'' WHERE tenant = 1 AND key = ''rep1''', :'exactly'),
    ('a key that is NULL in part refers to nobody', :'composite' || 'ON UPDATE CASCADE' || :'pairs', 'UPDATE people SET key = ''new'' WHERE tenant IS NULL', 'UPDATE records SET owner = ''new'' WHERE id = 2'),
    ('a key that is NULL in part, deleted', :'composite' || 'ON DELETE SET NULL' || :'pairs', 'DELETE FROM people WHERE tenant IS NULL', 'UPDATE records SET owner = NULL WHERE id = 2'),
    ('moved to another partition: what the action is going to do', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', 'UPDATE records SET owner = ''zoe'' WHERE id = 1'),
    ('moved to another partition: not deleted', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', :'nobody'),
    ('moved to another partition: somebody else', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', :'mine'),
    ('moved to another partition: somebody inserted', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', 'INSERT INTO people VALUES (''new''); ' || :'exactly'),
    ('moved to another partition: somebody inserted there', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', 'INSERT INTO people VALUES (''zack''); UPDATE records SET owner = ''zack'' WHERE id = 1'),
    ('moved to another partition: a record of somebody else', :'parted' || :'cascade', 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''', 'UPDATE records SET owner = ''zoe'' WHERE id = 2'),
    ('another text that is called equal', 'CREATE TABLE people (key char(9) PRIMARY KEY, title text); INSERT INTO people VALUES (''rep1''), (''vp''); ' || :'cascade', :'rename', 'UPDATE records SET owner = ''new  '' WHERE id = 1'),
    ('two columns, one by the key', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE, team text, title text); INSERT INTO records VALUES (1, ''rep1'', ''t1''), (2, ''vp'', ''t2'')', :'rename', 'UPDATE records SET owner = ''new'', team = NULL WHERE id = 1'),
    ('the other column instead', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON DELETE SET NULL, team text, title text); INSERT INTO records VALUES (1, ''rep1'', ''rep1''), (2, ''vp'', ''t2'')', :'delete', 'UPDATE records SET team = NULL WHERE id = 1'),
    ('by INSERT ON CONFLICT', :'people' || 'CREATE TABLE records (id integer PRIMARY KEY, owner text REFERENCES people ON UPDATE CASCADE, title text)' || :'rows', :'rename', 'INSERT INTO records VALUES (1, ''sup1'') ON CONFLICT (id) DO UPDATE SET owner = ''sup1'''),
    ('by a row that moves', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE, title text) PARTITION BY LIST (owner); CREATE TABLE records_1 PARTITION OF records FOR VALUES IN (''rep1'', ''vp''); CREATE TABLE records_2 PARTITION OF records DEFAULT' || :'rows', :'rename', :'mine');
-- Each in a schema of its own. Everybody may change every record, and all of them are seen by everybody.
DO $$
DECLARE one cases; relation text;
BEGIN
    FOR one IN TABLE cases LOOP
        EXECUTE format('CREATE SCHEMA s%1$s; GRANT USAGE ON SCHEMA s%1$s TO app, crm', one.n);
        PERFORM set_config('search_path', format('s%s,public', one.n), true);
        EXECUTE one.ddl;
        SET CONSTRAINTS ALL IMMEDIATE;
        FOR relation IN SELECT oid::regclass FROM pg_class WHERE relnamespace = format('s%s', one.n)::regnamespace AND relkind IN ('r', 'p') LOOP
            EXECUTE format('ALTER TABLE %1$s OWNER TO crm; GRANT ALL ON %1$s TO app', relation);
        END LOOP;
        PERFORM sharing.protect('records', 'owner', module => 's' || one.n, owner_group => CASE WHEN one.ddl LIKE '% team text%' THEN 'team' END);
        PERFORM sharing.set_global_access('s' || one.n, 'public_read_edit');
    END LOOP;
    PERFORM sharing.apply_rules();
END$$;
CREATE FUNCTION test.attack() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('attack.statement', true) <> '' THEN
        IF tg_argv[0] = 'inside' THEN
            INSERT INTO p VALUES (1);
            INSERT INTO c VALUES (1);
            UPDATE p SET id = 2;
        ELSE
            EXECUTE format('DO $do$BEGIN %s; END$do$', set_config('attack.now', current_setting('attack.statement') || set_config('attack.statement', '', true), true));
        END IF;
        RAISE EXCEPTION 'passed';
    END IF;
    RETURN coalesce(new, old);
END$$;
GRANT SELECT ON cases TO app;
GRANT CREATE ON SCHEMA public TO app;
\c - app
SET sharing.user_key = 'sup1';
CREATE TEMPORARY TABLE p (id integer PRIMARY KEY);
CREATE TEMPORARY TABLE c (id integer REFERENCES p ON UPDATE CASCADE);
CREATE TRIGGER evil BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION test.attack('now');
-- A trigger of this name fires before those of foreign keys.
CREATE FUNCTION pg_temp.outcome(one cases, place text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', format('s%s,public,pg_temp', one.n), true);
    EXECUTE format('CREATE TRIGGER "A" AFTER UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION test.attack(%L)', 'people', place);
    PERFORM set_config('attack.statement', one.imitation, true);
    EXECUTE one.change;
    RETURN 'nothing happened';
EXCEPTION WHEN OTHERS THEN RETURN CASE WHEN SQLERRM LIKE 'the owner of a record of %' THEN 'refused' ELSE SQLERRM END;
END$$;
-- Without an action under way, nothing passes.
SELECT n, name, pg_temp.outcome(cases, 'inside') AS inside, pg_temp.outcome(cases, 'now') AS outside FROM cases ORDER BY n;
