-- Sharing rules: what rules say of related records is staged and applied like the rules themselves, and so is a relation that carries rules by default.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE quotes (id integer PRIMARY KEY, owner text, lead integer, contact integer, parent integer);
CREATE TABLE "Sales Orders" (id integer PRIMARY KEY, owner text, lead integer);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, lead integer);
CREATE TABLE lines (id integer PRIMARY KEY, owner text, lead integer);
CREATE TABLE alone (id integer PRIMARY KEY, owner text, lead integer, contact integer);
CREATE TABLE further (id integer PRIMARY KEY, owner text, contact integer);
SELECT sharing.protect('further', 'owner'), sharing.protect('quotes', 'owner'), sharing.protect('"Sales Orders"', 'owner'), sharing.protect('contacts', 'owner', follows => 'leads'), sharing.protect('lines', controlled_by => 'leads', via => 'lead'), sharing.protect('alone', 'owner') \g /dev/null
CREATE FUNCTION test.module(name text) RETURNS integer LANGUAGE sql AS 'SELECT m.id FROM sharing.modules m WHERE m.name = $1';
-- A relation, as it is after apply_rules() or, whatever rules there are, before it. The column has the parent's name.
CREATE FUNCTION test.relate(child text, parent text, applied boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
    SELECT sharing.relate(quote_ident(child)::regclass, rtrim(parent, 's')::name, parent::regclass);
    UPDATE sharing.relations l SET applied = relate.applied WHERE l.child_id = test.module(child) AND l.parent_id = test.module(parent) AND l.applied <> relate.applied
$$;
SELECT test.relate('quotes', 'leads', true), test.relate('Sales Orders', 'leads', true) \g /dev/null
CREATE VIEW test.pending AS SELECT module, change, detail FROM sharing.pending_changes();
CREATE VIEW test.levels AS
    SELECT l.rule_id AS rule, m.name AS module, l.level, l.staged_level FROM sharing.related_levels l JOIN sharing.modules m ON m.id = l.module_id ORDER BY 1, 2;

-- A new rule with levels: staged with it.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": "read_write", "Sales Orders": "none"}') AS rule \gset
SELECT * FROM test.levels;
SELECT * FROM test.pending;
SELECT sharing.discard_changes();
SELECT count(*) FROM test.levels;
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": "read_write", "Sales Orders": "none"}') AS rule \gset
SELECT count(*), sharing.apply_rules(), sharing.apply_rules() FROM test.pending;
SELECT * FROM test.levels;
-- The levels alone are a change of the rule; an object replaces all of them, nothing leaves them.
SELECT sharing.alter_rule(:rule, related => '{"quotes": "read_only", "Sales Orders": "none"}');
SELECT * FROM test.pending;
SELECT sharing.alter_rule(:rule, 'read_write');
SELECT * FROM test.pending;
SELECT sharing.alter_rule(:rule, related => '{"quotes": "read_write", "Sales Orders": "none"}');
SELECT * FROM test.pending;
SELECT sharing.alter_rule(:rule, 'read_only', '{}');
SELECT * FROM test.levels;
SELECT * FROM test.pending;
SELECT sharing.discard_changes();
SELECT * FROM test.levels;
SELECT * FROM test.pending;
SELECT sharing.alter_rule(:rule, related => '{"quotes": "none"}'), count(*), sharing.apply_rules() FROM test.pending;
SELECT * FROM test.levels;
-- A level that was staged and is taken back leaves nothing.
SELECT sharing.alter_rule(:rule, related => '{"quotes": "none", "Sales Orders": "read_only"}'), sharing.alter_rule(:rule, related => '{"quotes": "none"}');
SELECT * FROM test.levels;
SELECT count(*) FROM test.pending;
-- A rule that is staged to go goes with its levels, and comes back with them.
SELECT sharing.drop_rule(:rule);
SELECT * FROM test.pending;
SELECT sharing.discard_changes();
SELECT * FROM test.levels;
SELECT sharing.drop_rule(:rule), sharing.apply_rules();
SELECT count(*) FROM test.levels;
-- One that was never valid goes at once.
SELECT sharing.drop_rule(sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": "read_only"}'));
SELECT (SELECT count(*) FROM test.levels) AS levels, count(*) AS pending FROM test.pending;

-- Relations that are declared later. Without rules they change nothing.
SELECT test.relate('alone', 'leads');
SELECT count(*) AS pending, sharing.apply_rules() FROM test.pending;
SELECT count(*) FROM sharing.relations WHERE NOT applied;
SELECT sharing.unrelate('alone', 'lead', 'leads') \g /dev/null
SELECT test.relate('alone', 'leads');
SELECT sharing.discard_changes();
SELECT count(*) FROM sharing.relations WHERE NOT applied;
-- With a rule that does not name the child they are pending; the rule may be staged or enforced.
SELECT sharing.unrelate('alone', 'lead', 'leads') \g /dev/null
SELECT test.relate('alone', 'leads') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"alone": "read_only"}') AS rule \gset
SELECT change, detail - 'relation' AS detail FROM test.pending;
SELECT sharing.alter_rule(:rule, related => '{}');
SELECT module, change, detail - 'relation' AS detail FROM test.pending;
SELECT count(*) AS pending, sharing.discard_changes() FROM test.pending;
SELECT applied FROM sharing.relations WHERE child_id = test.module('alone');
SELECT (SELECT count(*) FROM test.levels) AS levels, count(*) AS pending FROM test.pending;
SELECT sharing.unrelate('alone', 'lead', 'leads') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') AS rule, sharing.apply_rules() \gset
SELECT sharing.add_rule('leads', 'role:H6', 'role:H7', 'read_only', '{"quotes": "read_only"}') AS other, sharing.apply_rules() \gset
SELECT test.relate('alone', 'leads') \g /dev/null
SELECT module, change, detail - 'relation' AS detail FROM test.pending;
-- Also where all of them are going to name it: what is discarded is a change, too.
SELECT sharing.alter_rule(id, related => '{"alone": "none"}') FROM sharing.rules \g /dev/null
SELECT module, change, detail->'to' AS to FROM test.pending;
SELECT sharing.alter_rule(:rule, related => '{}'), sharing.alter_rule(:other, related => '{"quotes": "read_only"}') \g /dev/null
BEGIN;
SELECT count(*) AS pending, sharing.apply_rules() FROM test.pending;
SELECT applied FROM sharing.relations WHERE child_id = test.module('alone');
ROLLBACK;
-- Discarding the relation: it stays, and the rules of before do not carry over it.
SELECT sharing.alter_rule(:other, related => '{"alone": "read_write"}'), sharing.alter_rule(:rule, 'read_write') \g /dev/null
SELECT count(*) AS pending, sharing.discard_changes() FROM test.pending;
SELECT count(*) AS pending FROM test.pending;
SELECT applied FROM sharing.relations WHERE child_id = test.module('alone');
SELECT rule = :rule AS first, module, level, staged_level FROM test.levels;
-- A level that is enforced stays as it is.
SELECT sharing.unrelate('alone', 'lead', 'leads') \g /dev/null
SELECT test.relate('alone', 'leads'), sharing.alter_rule(:other, related => '{"alone": "read_only"}'), sharing.alter_rule(:rule, related => '{"alone": "read_only"}'), sharing.apply_rules() \g /dev/null
UPDATE sharing.relations SET applied = false WHERE child_id = test.module('alone');
SELECT count(*) AS pending, sharing.discard_changes() FROM test.pending;
SELECT rule = :rule AS first, module, level, staged_level FROM test.levels;
-- A level is of a module, whatever its relations: what is carried over one of them is not lost for another.
SELECT test.relate('quotes', 'contacts') \g /dev/null
SELECT module, change, detail - 'relation' AS detail FROM test.pending;
SELECT sharing.discard_changes();
SELECT rule = :rule AS first, module, level, staged_level FROM test.levels;
SELECT module, change, detail - 'relation' AS detail FROM test.pending;
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.discard_changes(), sharing.apply_rules();
SELECT count(*) AS pending FROM test.pending;
-- Rules of a module carry to the children of those that follow it.
SELECT test.relate('further', 'contacts'), sharing.alter_rule(:rule, related => '{"further": "none"}');
SELECT module, change, detail - 'relation' - 'rule' AS detail FROM test.pending;
SELECT count(*) AS pending, sharing.discard_changes() FROM test.pending;
SELECT rule = :rule AS first, module, level FROM test.levels;
SELECT test.relate('alone', 'contacts'), sharing.alter_rule(:rule, related => '{"alone": "none", "quotes": "none"}'), sharing.apply_rules();
SELECT rule = :rule AS first, module, level, staged_level FROM test.levels;

-- Bad input changes nothing.
CREATE FUNCTION test.refusal(statement text, OUT error text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    error := 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    error := SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TABLE test.before AS SELECT test.configuration();
\x on
\pset format unaligned
\t on
SELECT call, r.* FROM unnest(ARRAY[
    $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '[]')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', 'null')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '"none"')$$,
    $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": "read"}')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": null}')$$,
    $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": {"level": "none"}}')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": 1e999}')$$,
    $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"Quotes": "none"}')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"leads": "none"}')$$,
    $$add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"contacts": "none"}')$$, $$add_rule('alone', 'role:H5', 'role:H7', 'read_only', '{"quotes": "none"}')$$,
    $$alter_rule((SELECT min(id) FROM sharing.rules), related => '[]')$$, $$alter_rule((SELECT min(id) FROM sharing.rules), related => '{"lines": "none"}')$$,
    $$alter_rule((SELECT min(id) FROM sharing.rules), 'read_write', '{"quotes": "full"}')$$, $$alter_rule(99, related => '{}')$$,
    -- modules without rules of their own
    $$add_rule('contacts', 'role:H5', 'role:H7', 'read_only')$$, $$set_global_access('contacts', 'public_read_only')$$,
    $$add_rule('lines', 'role:H5', 'role:H7', 'read_only')$$, $$set_global_access('lines', 'private')$$
    ]) WITH ORDINALITY calls (call, n), test.refusal('SELECT sharing.' || call) r ORDER BY n;
\x off
\pset format aligned
\t off
SELECT configuration = test.configuration() AS unchanged FROM test.before;

-- A module that goes takes along what rules say of it, and what its rules say of others.
SELECT sharing.unprotect('alone') \g /dev/null
SELECT rule = :rule AS first, module, level, staged_level FROM test.levels;
DROP TABLE leads;
SELECT count(*) FROM test.levels;

-- A thousand rules and their levels are applied in statements over whole tables.
CREATE TABLE parents (id integer PRIMARY KEY, owner text);
SELECT sharing.protect('parents', 'owner') \g /dev/null
SELECT test.relate('quotes', 'parents') \g /dev/null
INSERT INTO sharing.rules (module_id, owned_by_role_id, shared_with_role_id, staged_access) SELECT test.module('parents'), o.id, s.id, 'read_only' FROM sharing.roles o, sharing.roles s, generate_series(1, 30) LIMIT 1000;
INSERT INTO sharing.related_levels (rule_id, module_id, staged_level) SELECT id, test.module('quotes'), 'read_write' FROM sharing.rules WHERE id % 2 = 0;
CREATE SEQUENCE test.statements;
CREATE FUNCTION test.count_statement() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM nextval('test.statements'); RETURN NULL; END$$;
CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON sharing.rules EXECUTE FUNCTION test.count_statement();
CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON sharing.related_levels EXECUTE FUNCTION test.count_statement();
SELECT count(*) AS pending, sharing.apply_rules() FROM test.pending;
SELECT last_value AS statements FROM test.statements;
DROP TRIGGER counted ON sharing.rules;
DROP TRIGGER counted ON sharing.related_levels;
SELECT count(*) FILTER (WHERE r.access = 'read_only') AS rules, count(l.level) AS levels FROM sharing.rules r LEFT JOIN sharing.related_levels l ON l.rule_id = r.id;
