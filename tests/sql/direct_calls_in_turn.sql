-- A predicate that somebody calls himself answers for who asks now, by the rules as they are now, wherever PostgreSQL keeps the
-- state of a call for longer than that: in PL/pgSQL, COPY, checks, conditions of triggers, parameters of EXECUTE.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE deals (id integer PRIMARY KEY, owner text, lead integer);
CREATE TABLE notes (id integer PRIMARY KEY, lead integer);
SELECT sharing.protect('deals', 'owner'), sharing.protect('notes', controlled_by => 'leads', via => 'lead') \g /dev/null
SELECT sharing.relate('deals', 'lead', 'leads');
SELECT sharing.create_group('t', 'T'), sharing.add_member('T', 'user:sup2') \g /dev/null
CREATE TABLE teams (id integer PRIMARY KEY, owner text, team text);
SELECT sharing.protect('teams', 'owner', owner_group => 'team') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write"}') AS rule, sharing.apply_rules() \gset
SELECT id AS relation FROM sharing.relations \gset
-- Of lead 1, which is rep1's: he, mgr above him, and by the rule sup1, who may change the deals on it.
CREATE TABLE calls (n serial, call text, by text[]);
INSERT INTO calls (call, by) VALUES
    ('sharing_internal.may_read(''leads'', ''rep1''::text)', '{rep1,mgr,sup1}'), ('sharing_internal.may_edit(''leads'', ''rep1''::text)', '{rep1,mgr}'),
    ('sharing_internal.may_create(''leads'', ''rep1''::text)', '{rep1,mgr}'), ('sharing_internal.may_delete(''leads'', ''rep1''::text)', '{rep1,mgr}'), ('sharing_internal.may_change_owner(''leads'', ''rep1''::text)', '{rep1,mgr}'),
    ('sharing_internal.may_read(''teams'', NULL::text, ''t''::text)', '{}'), ('sharing_internal.may_read_as_group(''teams'', ''t''::text, NULL::text)', '{sup2}'), ('sharing_internal.may_delete_as_group(''teams'', ''t''::text, NULL::text)', '{sup2}'),
    ('sharing_internal.may_read_related(''deals'', 1, ' || :relation || ', ''ceo''::text)', '{sup1}'), ('sharing_internal.may_edit_related(''deals'', 1, ' || :relation || ', ''ceo''::text)', '{sup1}'), ('sharing_internal.may_create_related(''deals'', 1, ' || :relation || ', ''ceo''::text)', '{sup1}'),
    ('sharing_internal.may_read_detail(''notes'', 1)', '{rep1,mgr,sup1}'), ('sharing_internal.may_edit_detail(''notes'', 1)', '{rep1,mgr}'), ('sharing_internal.may_create_detail(''notes'', 1)', '{rep1,mgr}'), ('sharing_internal.may_delete_detail(''notes'', 1)', '{rep1,mgr}'),
    ('''rep1'' = ANY (sharing_internal.owner_keys(''leads'', ''read'', NULL::text))', '{rep1,mgr,sup1}'), ('''rep1'' = ANY (sharing_internal.owner_keys(''leads'', ''edit'', NULL::text))', '{rep1,mgr}'),
    ('''t'' = ANY (sharing_internal.group_keys(''teams'', ''read'', NULL::text))', '{sup2}'),
    ('1 = ANY (sharing_internal.related_keys(''deals'', ''read'', NULL::integer, ' || :relation || '))', '{sup1}'), ('1 = ANY (sharing_internal.parent_keys(''notes'', ''read'', NULL::integer))', '{rep1,mgr,sup1}'),
    ('coalesce(sharing.current_user_key() = ''mgr'', false)', '{mgr}');
UPDATE calls SET by = by || '{sup2}' WHERE 'sup1' = ANY (by);
GRANT SELECT ON calls TO app;
CREATE TABLE checked (n integer, owner text);
CREATE TABLE watched (n integer, owner text);
CREATE TABLE caught (n integer, person text);
GRANT ALL ON checked, watched, caught TO app;
CREATE FUNCTION test.catch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO caught VALUES (new.n, current_setting('sharing.user_key')); RETURN new; END$$;
-- A condition of a trigger and a check for each call, of the row whose number it has.
SELECT format('ALTER TABLE checked ADD CONSTRAINT call_%s CHECK (n <> %1$s OR %s); CREATE TRIGGER call_%1$s BEFORE INSERT ON watched FOR EACH ROW WHEN (new.n = %1$s AND %2$s) EXECUTE FUNCTION test.catch()', n, call) FROM calls ORDER BY n \gexec
CREATE FUNCTION test.ask(person text) RETURNS void LANGUAGE sql AS 'SELECT set_config(''sharing.user_key'', person, true)';
-- One function for each call that asks all people in turn, one that asks once, and one that hands it to a statement as parameter.
SELECT format($f$
CREATE FUNCTION test.in_turn_%1$s(people text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE person text; found text := '';
BEGIN
    FOREACH person IN ARRAY people LOOP
        PERFORM test.ask(person);
        IF %2$s THEN found := found || ' ' || person; END IF;
    END LOOP;
    RETURN ltrim(found);
END$$;
CREATE FUNCTION test.once_%1$s() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN %2$s; END$$;
CREATE FUNCTION test.parameter_%1$s() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE answer boolean;
BEGIN
    EXECUTE 'SELECT $1' INTO answer USING %2$s;
    RETURN answer;
END$$;
CREATE FUNCTION test.stable_%1$s() RETURNS boolean LANGUAGE plpgsql STABLE AS $$DECLARE answer boolean := %2$s; BEGIN RETURN answer; END$$;
CREATE FUNCTION test.sql_%1$s() RETURNS SETOF boolean LANGUAGE sql VOLATILE AS $$SELECT %2$s$$;
$f$, n, call) FROM calls ORDER BY n \gexec
CREATE FUNCTION test.one_by_one(people text[], expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE person text; answer boolean; found text := '';
BEGIN
    FOREACH person IN ARRAY people LOOP
        PERFORM test.ask(person);
        EXECUTE expression INTO answer;
        IF answer THEN found := found || ' ' || person; END IF;
    END LOOP;
    RETURN ltrim(found);
END$$;
CREATE FUNCTION test.inserts(people text[], n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE person text; found text := '';
BEGIN
    FOREACH person IN ARRAY people LOOP
        PERFORM test.ask(person);
        BEGIN
            INSERT INTO checked VALUES (n);
            found := found || ' ' || person;
        EXCEPTION WHEN check_violation THEN NULL;
        END;
        INSERT INTO watched VALUES (n);
    END LOOP;
    RETURN ltrim(found);
END$$;
\c - app
\set people '{rep1,nobody,mgr,rep2,sup1,sup2,smgr,rep1,rep2,mgr}'
BEGIN;
CREATE TEMPORARY VIEW answers AS
    SELECT n, call, (SELECT coalesce(string_agg(person, ' ' ORDER BY m), '') FROM unnest(:'people'::text[]) WITH ORDINALITY p (person, m) WHERE person = ANY (by)) AS truth FROM calls;
CREATE FUNCTION pg_temp.result(query text) RETURNS text LANGUAGE plpgsql AS $$DECLARE result text; BEGIN EXECUTE query INTO result; RETURN result; END$$;
SELECT n, call, truth, pg_temp.result(format('SELECT test.in_turn_%s(%L)', n, :'people')) = truth AS in_turn, test.one_by_one(:'people', format('SELECT test.once_%s()', n)) = truth AS once,
    test.one_by_one(:'people', format('SELECT test.parameter_%s()', n)) = truth AS parameter, test.one_by_one(:'people', format('SELECT test.stable_%s()', n)) = truth AS stable,
    test.one_by_one(:'people', format('SELECT bool_or(x) FROM test.sql_%s() x', n)) = truth AS sql, test.inserts(:'people', n) = truth AS checked
FROM answers ORDER BY n;
-- Those whom the conditions of the triggers let through, in their order.
SELECT count(*) FILTER (WHERE truth = coalesce(c.people, '')) AS right, count(*) FROM answers LEFT JOIN (SELECT n, string_agg(person, ' ') AS people FROM caught GROUP BY n) c USING (n);
ROLLBACK;
-- COPY of a query, and parameters of EXECUTE and of a cursor, in one transaction.
PREPARE tells (boolean, boolean, boolean) AS SELECT $1, $2, $3;
BEGIN;
SELECT test.ask('sup1') \g /dev/null
COPY (SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1)) TO STDOUT;
EXECUTE tells (sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1));
SELECT test.ask('rep2') \g /dev/null
COPY (SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1)) TO STDOUT;
EXECUTE tells (sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1));
SELECT test.ask('mgr') \g /dev/null
COPY (SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1)) TO STDOUT;
EXECUTE tells (sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_edit('leads', 'rep1'::text), sharing_internal.may_read_detail('notes', 1));
-- Rows that COPY reads into a table with a check, from a session that was somebody else before.
SELECT test.ask('rep2') \g /dev/null
SAVEPOINT s;
COPY checked (n) FROM STDIN;
1
\.
ROLLBACK TO s;
SELECT test.ask('sup1') \g /dev/null
COPY checked (n) FROM STDIN;
1
9
\.
ROLLBACK;
-- A cursor keeps who opened it, what is asked beside it does not.
BEGIN;
SELECT test.ask('mgr') \g /dev/null
DECLARE c CURSOR FOR SELECT n, sharing_internal.may_read('leads', 'rep1'::text) FROM generate_series(1, 2) n;
FETCH 1 FROM c;
SELECT test.ask('rep2') \g /dev/null
FETCH 1 FROM c;
SELECT test.once_1();
ROLLBACK;
-- Another role instead of another user.
\c - postgres
CREATE ROLE sup1_db LOGIN;
CREATE ROLE adm_db LOGIN;
SELECT sharing.set_user_db_role('sup1', 'sup1_db'), sharing.set_user_db_role('adm', 'adm_db') \g /dev/null
CREATE FUNCTION test.by_roles() RETURNS text LANGUAGE plpgsql AS $$
DECLARE role text; answers text := '';
BEGIN
    FOREACH role IN ARRAY '{adm_db,rep2_db,sup1_db,rep2_db,adm_db}'::text[] LOOP
        EXECUTE format('SET LOCAL ROLE %I', role);
        answers := answers || ' ' || sharing_internal.may_read('leads', 'rep1'::text)::text || '/' || sharing_internal.may_edit('leads', 'rep1'::text)::text || '/' || sharing_internal.may_read_detail('notes', 1)::text;
        RESET ROLE;
    END LOOP;
    RETURN answers;
END$$;
SELECT test.by_roles();
-- Rules, people and records that change between two calls of one function, in its own transaction; and what is taken back.
CREATE FUNCTION test.with_changes() RETURNS text LANGUAGE plpgsql AS $$
DECLARE change text; answers text := '';
BEGIN
    FOREACH change IN ARRAY ARRAY['', 'SELECT sharing.drop_rule((SELECT id FROM sharing.rules LIMIT 1)), sharing.apply_rules()', 'SELECT sharing.set_global_access(''leads'', ''public_read_edit''), sharing.apply_rules()',
        'SELECT sharing.set_global_access(''leads'', ''private''), sharing.apply_rules()', 'SELECT sharing.set_user_role(''sup1'', ''H4'')', 'UPDATE leads SET owner = ''vp'' WHERE id = 1', 'SELECT sharing.set_user_role(''sup1'', ''H2'')',
        'SELECT sharing.deactivate_user(''sup1'')'] LOOP
        IF change <> '' THEN
            EXECUTE change;
        END IF;
        SET LOCAL ROLE sup1_db;
        answers := answers || ' ' || sharing_internal.may_read('leads', 'rep1'::text)::text || '/' || sharing_internal.may_edit('leads', 'rep1'::text)::text || '/' || sharing_internal.may_read_detail('notes', 1)::text;
        RESET ROLE;
    END LOOP;
    RETURN answers;
END$$;
-- In words: by the rule; without it; public; private again; above rep1; the lead became vp's; the same, above vp; no user any more.
BEGIN;
SELECT test.with_changes();
ROLLBACK;
CREATE FUNCTION test.taken_back() RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := '';
BEGIN
    FOR n IN 1..4 LOOP
        BEGIN
            IF n > 1 THEN
                PERFORM sharing.drop_rule((SELECT id FROM sharing.rules)), sharing.apply_rules();
            END IF;
            SET LOCAL ROLE sup1_db;
            answers := answers || ' ' || sharing_internal.may_read('leads', 'rep1'::text)::text;
            RESET ROLE;
            IF n < 4 THEN
                RAISE division_by_zero;
            END IF;
        EXCEPTION WHEN division_by_zero THEN answers := answers || '>';
        END;
        SET LOCAL ROLE sup1_db;
        answers := answers || sharing_internal.may_read('leads', 'rep1'::text)::text;
        RESET ROLE;
    END LOOP;
    RETURN answers;
END$$;
SELECT test.taken_back();
