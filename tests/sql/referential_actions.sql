-- Referential actions that change owners pass (semantics: Commands on a protected table), of every kind and shape, for somebody who may change records
-- but not their owners; they leave what the same statements leave in a twin without row security.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set people 'CREATE TABLE people (key text PRIMARY KEY, title text); INSERT INTO people VALUES (''rep1''), (''vp''), (''sup2''); '
\set three '; INSERT INTO records SELECT n, (ARRAY[''rep1'', ''vp'', NULL])[n] FROM generate_series(1, 3) n'
\set cascade 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text)' :three
\set default 'CREATE TABLE records (id integer, owner text DEFAULT ''sup2'' REFERENCES people ON UPDATE SET DEFAULT ON DELETE SET DEFAULT, title text)' :three
\set rename 'UPDATE people SET key = ''new'' WHERE key = ''rep1'''
\set delete 'DELETE FROM people WHERE key = ''rep1'''
\set composite 'CREATE TABLE people (tenant integer, key text, UNIQUE (tenant, key)); INSERT INTO people VALUES (1, ''rep1''), (2, ''rep1''), (1, ''sup2''); CREATE TABLE records (id integer, owner text, tenant integer, title text, '
\set pairs '); INSERT INTO records VALUES (1, ''rep1'', 1), (2, ''rep1'', 2), (3, ''rep1'', NULL), (4, NULL, 1), (5, ''sup2'', 1)'
CREATE TABLE cases (n serial, name text, ddl text, steps text, owner_group text);
INSERT INTO cases (name, ddl, steps) VALUES
    ('update cascade', :'people' || :'cascade', :'rename'),
    ('delete set null', :'people' || :'cascade', :'delete'),
    ('update set null', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET NULL, title text)' || :'three', :'rename'),
    ('delete set default', :'people' || :'default', :'delete'),
    ('update set default', :'people' || :'default', :'rename'),
    ('set default, which is NULL', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET DEFAULT ON DELETE SET DEFAULT, title text)' || :'three', :'delete'),
    ('set default of varchar(9)', :'people' || 'CREATE TABLE records (id integer, owner varchar(9) DEFAULT ''sup2'' REFERENCES people ON DELETE SET DEFAULT, title text)' || :'three', :'delete'),
    ('set default by a setting', :'people' || 'CREATE TABLE records (id integer, owner text DEFAULT current_setting(''app.heir'', true) REFERENCES people ON DELETE SET DEFAULT, title text)' || :'three', 'SET LOCAL app.heir = ''sup2''; ' || :'delete'),
    ('a key becomes NULL', 'CREATE TABLE people (key text UNIQUE, title text); INSERT INTO people VALUES (''rep1''), (''vp'');
        CREATE TABLE records (id integer, owner text REFERENCES people (key) ON UPDATE CASCADE, title text)' || :'three', 'UPDATE people SET key = NULL WHERE key = ''rep1'''),
    ('composite, cascade', :'composite' || 'FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON UPDATE CASCADE' || :'pairs', 'UPDATE people SET key = ''new'', tenant = 7 WHERE key = ''rep1'' AND tenant = 1'),
    ('composite, one column of two changed', :'composite' || 'FOREIGN KEY (owner, tenant) REFERENCES people (key, tenant) ON UPDATE CASCADE' || :'pairs', 'UPDATE people SET key = ''new'' WHERE key = ''rep1'' AND tenant = 2'),
    ('composite, set null', :'composite' || 'FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON UPDATE SET NULL ON DELETE SET NULL' || :'pairs', 'DELETE FROM people WHERE key = ''rep1'' AND tenant = 1; UPDATE people SET key = ''new'' WHERE key = ''rep1'''),
    ('set null of the owner alone', :'composite' || 'FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON DELETE SET NULL (owner)' || :'pairs', 'DELETE FROM people WHERE key = ''rep1'''),
    ('set null of the other column', :'composite' || 'FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON DELETE SET NULL (tenant)' || :'pairs', 'DELETE FROM people WHERE key = ''rep1'''),
    ('match full', :'composite' || 'CHECK (true)); CREATE TABLE full_records (LIKE records); DROP TABLE records; ALTER TABLE full_records RENAME TO records;
        ALTER TABLE records ADD FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL; INSERT INTO records VALUES (1, ''rep1'', 1), (2, NULL, NULL)', 'UPDATE people SET key = ''new'' WHERE tenant = 1 AND key = ''rep1''; DELETE FROM people WHERE key = ''new'''),
    ('people in partitions, renamed within one', 'CREATE TABLE people (title text, key text PRIMARY KEY) PARTITION BY RANGE (key);
        CREATE TABLE people_low (gone integer, key text NOT NULL, title text) PARTITION BY RANGE (key); ALTER TABLE people_low DROP COLUMN gone;
        CREATE TABLE people_a PARTITION OF people_low FOR VALUES FROM (''a'') TO (''h''); CREATE TABLE people_h (title text, note text, key text NOT NULL);
        ALTER TABLE people_h DROP COLUMN note; ALTER TABLE people_low ATTACH PARTITION people_h FOR VALUES FROM (''h'') TO (''s'');
        ALTER TABLE people ATTACH PARTITION people_low FOR VALUES FROM (''a'') TO (''s''); CREATE TABLE people_s PARTITION OF people FOR VALUES FROM (''s'') TO (MAXVALUE);
        INSERT INTO people (key) VALUES (''rep1''), (''vp''), (''sup2''); ' || :'cascade', :'rename'),
    ('people in partitions, deleted', NULL, :'delete'),
    ('people in partitions, renamed into another', NULL, 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1'''),
    ('people in partitions, renamed there and back', NULL, 'UPDATE people SET key = ''zoe'' WHERE key = ''rep1''; UPDATE people SET key = ''ann'' WHERE key = ''zoe''; UPDATE people SET key = ''hal'' WHERE key = ''ann'''),
    ('people in partitions, all renamed at once', NULL, 'UPDATE people SET key = translate(key, ''rsv'', ''tar'')'),
    ('people in partitions, into another by set null', :'people' || 'ALTER TABLE people RENAME TO people_1; CREATE TABLE people (LIKE people_1, PRIMARY KEY (key)) PARTITION BY LIST (key);
        CREATE TABLE people_a PARTITION OF people FOR VALUES IN (''rep1'', ''vp''); CREATE TABLE people_b PARTITION OF people DEFAULT; INSERT INTO people TABLE people_1;
        CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE SET NULL ON DELETE CASCADE, title text)' || :'three', :'rename'),
    ('records in partitions', :'people' || 'CREATE TABLE records (owner text DEFAULT ''sup2'' REFERENCES people ON UPDATE CASCADE ON DELETE SET DEFAULT, id integer, title text) PARTITION BY LIST (id);
        CREATE TABLE records_1 (title text, id integer, gone text, owner text DEFAULT ''vp''); ALTER TABLE records_1 DROP COLUMN gone;
        ALTER TABLE records ATTACH PARTITION records_1 FOR VALUES IN (1); CREATE TABLE records_2 PARTITION OF records DEFAULT; INSERT INTO records VALUES (''rep1'', 1), (''rep1'', 2), (''vp'', 3)', :'rename'),
    ('records in partitions, to the default of the table', NULL, :'delete'),
    ('records in partitions, set null of the owner alone', 'CREATE TABLE people (tenant integer, key text, UNIQUE (tenant, key)); INSERT INTO people VALUES (1, ''rep1''), (2, ''vp'');
        CREATE TABLE records (owner text, id integer, tenant integer, title text, FOREIGN KEY (tenant, owner) REFERENCES people (tenant, key) ON DELETE SET NULL (owner)) PARTITION BY LIST (id);
        CREATE TABLE records_1 (tenant integer, title text, id integer, owner text); ALTER TABLE records ATTACH PARTITION records_1 DEFAULT;
        INSERT INTO records VALUES (''rep1'', 1, 1), (''vp'', 2, 2)', 'DELETE FROM people WHERE tenant = 1'),
    ('records move to another partition', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text) PARTITION BY LIST (owner);
        CREATE TABLE records_1 PARTITION OF records FOR VALUES IN (''rep1'', ''vp''); CREATE TABLE records_2 (title text, owner text, id integer); ALTER TABLE records ATTACH PARTITION records_2 DEFAULT' || :'three', :'rename'),
    ('a foreign key of one partition', :'people' || 'CREATE TABLE records (id integer, owner text, title text) PARTITION BY LIST (id); CREATE TABLE records_1 (owner text DEFAULT ''vp'', title text, id integer);
        ALTER TABLE records ATTACH PARTITION records_1 FOR VALUES IN (1); CREATE TABLE records_2 PARTITION OF records DEFAULT;
        ALTER TABLE records_1 ADD FOREIGN KEY (owner) REFERENCES people ON DELETE SET DEFAULT' || :'three', :'delete'),
    ('both in partitions', 'CREATE TABLE people (key text PRIMARY KEY, title text) PARTITION BY HASH (key); CREATE TABLE people_0 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE people_1 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 1); INSERT INTO people SELECT ''p'' || n FROM generate_series(1, 9) n;
        CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text) PARTITION BY HASH (owner);
        CREATE TABLE records_0 PARTITION OF records FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE records_1 PARTITION OF records FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO records SELECT n, ''p'' || n FROM generate_series(1, 9) n', 'UPDATE people SET key = key || ''x'' WHERE key < ''p8''; DELETE FROM people WHERE key > ''p5'''),
    ('a chain', 'CREATE TABLE persons (key text PRIMARY KEY); INSERT INTO persons VALUES (''rep1''), (''vp''); CREATE TABLE people (key text PRIMARY KEY REFERENCES persons ON UPDATE CASCADE ON DELETE CASCADE);
        INSERT INTO people TABLE persons; ' || :'cascade', 'UPDATE persons SET key = ''new'' WHERE key = ''rep1''; DELETE FROM persons WHERE key = ''vp'''),
    ('deferred', :'people' || 'CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, title text)' || :'three',
        'SET CONSTRAINTS ALL DEFERRED; ' || :'rename' || '; DELETE FROM people WHERE key = ''vp''; SET CONSTRAINTS ALL IMMEDIATE'),
    ('not valid', :'people' || 'DELETE FROM people WHERE key = ''rep1''; CREATE TABLE records (id integer, owner text, title text)' || :'three' || '; ALTER TABLE records ADD FOREIGN KEY (owner) REFERENCES people ON UPDATE CASCADE NOT VALID', 'INSERT INTO people VALUES (''rep1''); ' || :'rename'),
    ('a function of the owner', :'people' || :'cascade' || '; CREATE FUNCTION rename() RETURNS void LANGUAGE sql SECURITY DEFINER AS $f$ ' || :'rename' || ' $f$', 'SELECT rename()'),
    ('a rule', :'people' || :'cascade' || '; CREATE VIEW persons AS TABLE people; CREATE RULE renames AS ON UPDATE TO persons DO INSTEAD UPDATE people SET key = new.key WHERE key = old.key', 'UPDATE persons SET key = ''new'' WHERE key = ''rep1'''),
    ('a trigger elsewhere', :'people' || :'cascade' || '; CREATE TABLE orders (key text); CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN DELETE FROM people WHERE key = new.key; RETURN new; END$f$;
        CREATE TRIGGER follow AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION follow()', 'INSERT INTO orders VALUES (''rep1'')'),
    ('inserted and deleted in one transaction', :'people' || :'cascade', 'INSERT INTO people VALUES (''x''); INSERT INTO records VALUES (9, ''x''); DELETE FROM people WHERE key = ''x'''),
    ('inserted, renamed and deleted', :'people' || :'cascade', 'INSERT INTO people VALUES (''x''); INSERT INTO records VALUES (9, ''x''); UPDATE people SET key = ''y'' WHERE key = ''x''; DELETE FROM people WHERE key = ''y'''),
    ('deleted and inserted again', :'people' || :'cascade', :'delete' || '; INSERT INTO people VALUES (''rep1''); INSERT INTO records VALUES (9, ''rep1''); ' || :'rename'),
    ('deleted and inserted by one statement', :'people' || :'cascade', 'WITH gone AS (DELETE FROM people WHERE key = ''rep1'' RETURNING *) INSERT INTO people TABLE gone'),
    ('touched before', :'people' || :'cascade', 'UPDATE people SET title = ''a''; UPDATE people SET title = ''b''; PERFORM 1 FROM people FOR UPDATE; ' || :'rename' || '; UPDATE people SET title = ''c''; UPDATE people SET key = ''newer'' WHERE key = ''new'''),
    ('keys exchanged', :'people' || :'cascade', 'UPDATE people SET key = ''z'' WHERE key = ''rep1''; UPDATE people SET key = ''rep1'' WHERE key = ''vp''; UPDATE people SET key = ''vp'' WHERE key = ''z'''),
    ('a savepoint taken back', :'people' || :'cascade', 'BEGIN UPDATE people SET key = ''y'' WHERE key = ''rep1''; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; ' || :'rename' ),
    ('locked before a savepoint', :'people' || :'cascade', 'PERFORM 1 FROM people FOR KEY SHARE; BEGIN ' || :'rename' || '; DELETE FROM people WHERE key = ''vp''; EXCEPTION WHEN division_by_zero THEN NULL; END'),
    ('by MERGE and ON CONFLICT', :'people' || :'cascade', 'MERGE INTO people USING (VALUES (''rep1'')) v (k) ON key = k WHEN MATCHED THEN UPDATE SET key = ''new''; INSERT INTO people VALUES (''vp'') ON CONFLICT (key) DO UPDATE SET key = ''newer'''),
    ('bigint', 'CREATE TABLE people (key bigint PRIMARY KEY); INSERT INTO people VALUES (1), (2), (3); CREATE TABLE records (id integer, owner bigint DEFAULT 3 REFERENCES people ON UPDATE CASCADE ON DELETE SET DEFAULT, title text);
        INSERT INTO records VALUES (1, 1), (2, 2)', 'UPDATE people SET key = 5000000000 WHERE key = 1; DELETE FROM people WHERE key = 2'),
    ('integer to bigint', 'CREATE TABLE people (key bigint PRIMARY KEY); INSERT INTO people VALUES (1), (2), (3); CREATE TABLE records (id integer, owner integer REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text);
        INSERT INTO records VALUES (1, 1), (2, 2)', 'UPDATE people SET key = 50000 WHERE key = 1; DELETE FROM people WHERE key = 2'),
    ('integer to numeric', 'CREATE TABLE people (key numeric(9,2) PRIMARY KEY); INSERT INTO people VALUES (1), (2), (3); CREATE TABLE records (id integer, owner integer REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text);
        INSERT INTO records VALUES (1, 1), (2, 2)', 'UPDATE people SET key = 50000 WHERE key = 1; DELETE FROM people WHERE key = 2'),
    ('smallint', 'CREATE TABLE people (key smallint PRIMARY KEY); INSERT INTO people VALUES (1), (2), (3); CREATE TABLE records (id integer, owner smallint DEFAULT 3 REFERENCES people ON UPDATE CASCADE ON DELETE SET DEFAULT, title text);
        INSERT INTO records VALUES (1, 1), (2, 2)', 'UPDATE people SET key = -9 WHERE key = 1; DELETE FROM people WHERE key = 2'),
    ('uuid', 'CREATE TABLE people (key uuid PRIMARY KEY); INSERT INTO people SELECT md5(n::text)::uuid FROM generate_series(1, 3) n;
        CREATE TABLE records (id integer, owner uuid DEFAULT ''eccbc87e-4b5c-e2fe-2830-8fd9f2a7baf3'' REFERENCES people ON UPDATE CASCADE ON DELETE SET DEFAULT, title text);
        INSERT INTO records SELECT n, md5(n::text)::uuid FROM generate_series(1, 2) n', 'UPDATE people SET key = md5(''x'')::uuid WHERE key = md5(''1'')::uuid; DELETE FROM people WHERE key = md5(''2'')::uuid'),
    ('a domain', 'CREATE DOMAIN person AS integer CHECK (value > 0); CREATE TABLE people (key person PRIMARY KEY); INSERT INTO people VALUES (1), (2), (3);
        CREATE TABLE records (id integer, owner person DEFAULT 3 REFERENCES people ON UPDATE CASCADE ON DELETE SET DEFAULT, title text); INSERT INTO records VALUES (1, 1), (2, 2)', 'UPDATE people SET key = 9 WHERE key = 1; DELETE FROM people WHERE key = 2'),
    ('varchar to text, and to char', 'CREATE TABLE people (key char(9) PRIMARY KEY); INSERT INTO people VALUES (''rep1''), (''vp''); CREATE TABLE records (id integer, owner varchar(20) REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text)' || :'three', :'rename' || '; DELETE FROM people WHERE key = ''vp'''),
    ('an enum beside the owner', 'CREATE TYPE brand AS ENUM (''x'', ''y''); CREATE TABLE people (brand brand, key text, PRIMARY KEY (brand, key)); INSERT INTO people VALUES (''x'', ''rep1''), (''y'', ''rep1'');
        CREATE TABLE records (id integer, owner text, brand brand, title text, FOREIGN KEY (brand, owner) REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL (owner)); INSERT INTO records VALUES (1, ''rep1'', ''x''), (2, ''rep1'', ''y'')', 'UPDATE people SET key = ''new'' WHERE brand = ''x''; DELETE FROM people WHERE brand = ''y'''),
    ('two foreign keys', :'people' || 'CREATE TABLE seats (key text PRIMARY KEY); INSERT INTO seats VALUES (''rep1''), (''vp''); CREATE TABLE records (id integer, owner text REFERENCES people REFERENCES seats ON DELETE SET NULL, title text)' || :'three', 'DELETE FROM seats WHERE key = ''rep1'''),
    ('records that refer to records', 'CREATE TABLE records (id integer, key text PRIMARY KEY, owner text REFERENCES records ON UPDATE CASCADE ON DELETE SET NULL, title text); INSERT INTO records VALUES (1, ''rep1'', ''rep1''), (2, ''b'', ''rep1''), (3, ''c'', ''b'')', 'UPDATE records SET key = ''new'' WHERE key = ''b''');
UPDATE cases SET ddl = (SELECT ddl FROM cases one WHERE one.n < cases.n AND ddl IS NOT NULL ORDER BY n DESC LIMIT 1) WHERE ddl IS NULL;
INSERT INTO cases (name, owner_group, ddl, steps) VALUES
    ('a group owner', 'team', 'CREATE TABLE teams (key text PRIMARY KEY); INSERT INTO teams VALUES (''t1''), (''t2''); CREATE TABLE records (id integer, owner text, team text REFERENCES teams ON UPDATE CASCADE ON DELETE SET NULL, title text);
        INSERT INTO records VALUES (1, NULL, ''t1''), (2, ''rep1'', ''t2''), (3, ''rep1'', ''t1'')', 'UPDATE teams SET key = ''t3'' WHERE key = ''t1''; DELETE FROM teams WHERE key = ''t2'''),
    ('both owners by one key', 'team', 'CREATE TABLE people (key text, team text, PRIMARY KEY (key, team)); INSERT INTO people VALUES (''rep1'', ''t1''), (''vp'', ''t2'');
        CREATE TABLE records (id integer, owner text, team text, title text, FOREIGN KEY (owner, team) REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL); INSERT INTO records VALUES (1, ''rep1'', ''t1''), (2, ''vp'', ''t2'')', 'UPDATE people SET key = ''new'', team = ''t9'' WHERE key = ''rep1''; DELETE FROM people WHERE key = ''vp'''),
    ('both owners by two keys', 'team', :'people' || 'CREATE TABLE teams (key text PRIMARY KEY); INSERT INTO teams VALUES (''t1''), (''t2'');
        CREATE TABLE records (id integer, owner text REFERENCES people ON UPDATE CASCADE, team text REFERENCES teams ON DELETE SET NULL, title text); INSERT INTO records VALUES (1, ''rep1'', ''t1''), (2, ''vp'', ''t2'')', :'rename' || '; DELETE FROM teams WHERE key = ''t1''');
-- Each case in a schema of its own, protected, and in a twin. Everybody may change every record.
CREATE FUNCTION test.place(schema text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE one text;
BEGIN
    EXECUTE format('CREATE SCHEMA %1$I; GRANT USAGE ON SCHEMA %1$I TO app, crm', schema);
    PERFORM set_config('search_path', schema || ',public', true);
    EXECUTE (SELECT ddl FROM cases WHERE n = substr(schema, 2)::integer);
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR one IN SELECT oid::regclass FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind IN ('r', 'p', 'v') LOOP
        EXECUTE format('ALTER TABLE %1$s OWNER TO crm; GRANT ALL ON %1$s TO app', one);
    END LOOP;
    FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = schema::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO crm', one);
    END LOOP;
END$$;
DO $$
DECLARE one cases;
BEGIN
    FOR one IN TABLE cases LOOP
        PERFORM test.place('w' || one.n), test.place('s' || one.n);
        PERFORM sharing.protect(format('s%s.records', one.n), 'owner', module => 's' || one.n, owner_group => one.owner_group);
        PERFORM sharing.set_global_access('s' || one.n, 'public_read_edit');
    END LOOP;
    PERFORM sharing.apply_rules();
END$$;
GRANT SELECT ON cases TO app;
-- The steps of a case, and the error with which they end.
CREATE FUNCTION test.walk(schema text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', schema || ',public', true);
    EXECUTE format('DO $do$BEGIN %s; END$do$', (SELECT replace(steps, 'SELECT rename()', 'PERFORM rename()') FROM cases WHERE n = substr(schema, 2)::integer));
    RETURN 'passed';
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM;
END$$;
CREATE FUNCTION test.stored(schema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE rows text;
BEGIN
    EXECUTE format('SELECT string_agg(translate(r::text, ''"'', ''''), '' '' ORDER BY id) FROM %I.records r', schema) INTO rows;
    RETURN rows;
END$$;
CREATE TABLE outcomes (n integer, forbidden text, outcome text);
GRANT ALL ON outcomes TO app;
\c - app
SET sharing.user_key = 'sup1';
INSERT INTO outcomes SELECT n, left(test.outcome(format('UPDATE s%s.records SET owner = NULL WHERE owner IS NOT NULL%s', n, CASE WHEN owner_group IS NOT NULL THEN ' OR team IS NOT NULL' END)), 5), test.walk('s' || n) FROM cases;
\c - postgres
-- A direct change is refused, the same by an action passes, and what is stored is what the twin has.
SELECT n, name, forbidden, outcome, test.walk('w' || n) = outcome AS as_twin, test.stored('s' || n) AS stored,
    test.stored('s' || n) = test.stored('w' || n) AS same_as_twin FROM cases JOIN outcomes USING (n) ORDER BY n;
