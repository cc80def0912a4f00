-- Criteria that cannot be: each is refused with the column and the value, and nothing is changed.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TYPE public.pair AS (a int, b int);
CREATE DOMAIN public.texts AS text[];
CREATE TYPE public.stage AS ENUM ('cold', 'hot');
CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
ALTER TABLE public.leads ADD status text, ADD n integer, ADD amount numeric(10,2), ADD f float8, ADD day date, ADD ts timestamptz,
    ADD flag boolean, ADD code varchar(3), ADD stage public.stage, ADD doc jsonb, ADD tags text[], ADD pair public.pair, ADD spot point,
    ADD words public.texts, ADD many int4range, ADD cic text COLLATE public.ci, ADD u uuid;
CREATE FUNCTION test.refused(criteria jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    PERFORM sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => criteria);
    RAISE EXCEPTION USING ERRCODE = 'XX001', MESSAGE = 'taken: ' || (SELECT string_agg(conditions, '') FROM sharing.criteria);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint LIKE 'They name columns%' OR hint = '' THEN '' ELSE ' (' || hint || ')' END;
END
$$;
SELECT left(criteria, 45) AS criteria, left(test.refused(criteria::jsonb), 200) AS answer FROM (VALUES
    ('{}'), ('[]'), ('"hot"'), ('null'), ('{"nothing": 1}'), ('{"ctid": "(0,1)"}'), ('{"tableoid": 1}'), ('{"status": {}}'), ('{"status": []}'),
    ('{"status": [null]}'), ('{"status": [["a"]]}'), ('{"status": {"=": null}}'), ('{"status": {"=": ["a"]}}'), ('{"status": {"~": "a"}}'),
    ('{"status": {"in": ["a"]}}'), ('{"status": {"like": "a\\"}}'), ('{"status": {"like": "a\\\\"}}'), ('{"status": 1}'), ('{"status": true}'),
    ('{"status": {"null": "yes"}}'), ('{"n": "x"}'), ('{"n": 1.5}'), ('{"n": 3000000000}'), ('{"n": true}'), ('{"n": "7"}'), ('{"n": {"like": "7"}}'),
    ('{"amount": "NaN"}'), ('{"amount": {"<": "Infinity"}}'), ('{"f": "NaN"}'), ('{"f": "-inf"}'), ('{"f": 1e400}'), ('{"amount": 12.50}'),
    ('{"amount": 12345678901234567.8900}'), ('{"day": "2024-13-01"}'), ('{"day": "today"}'), ('{"ts": {">": "NOW"}}'), ('{"day": "infinity"}'),
    ('{"ts": "2024-01-01 00:00+02"}'), ('{"flag": "maybe"}'), ('{"flag": 1}'), ('{"flag": "t"}'), ('{"code": "long"}'), ('{"code": {">": "long"}}'),
    ('{"stage": "warm"}'), ('{"stage": {">=": "cold"}}'), ('{"stage": {"like": "c%"}}'), ('{"doc": "{}"}'), ('{"tags": "{a}"}'), ('{"pair": "(1,2)"}'),
    ('{"spot": "(1,2)"}'), ('{"words": "{a}"}'), ('{"many": "[1,2)"}'), ('{"cic": "a"}'), ('{"cic": {"like": "a%"}}'), ('{"u": "no"}'),
    ('{"u": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}'), ('{"status": "' || repeat('x', 8200) || '"}'), ('{"status": ' || repeat('[', 900) || '1' || repeat(']', 900) || '}'),
    ('{"status": "a''b\\c"}'), ('{"status": ["{a,b}", "\"", "\\", ""]}')
) AS c (criteria);
-- Neither whose records nor what they are.
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only');
-- A rule that is there already; with other criteria it is another.
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"n": 1, "status": "a"}') AS rule \gset
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"status": {"=": "a"}, "n": "1"}');
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"n": 2}');
-- Criteria are altered: of what is valid that is staged.
SELECT sharing.alter_rule(:rule, criteria => '{"n": 3}');
SELECT sharing.alter_rule(:rule, criteria => '{"m": 3}');
SELECT sharing.apply_rules();
SELECT sharing.alter_rule(:rule, criteria => '{"n": 3}');
SELECT sharing.alter_rule(:rule, criteria => '{"n": 2}');
SELECT sharing.alter_rule(:rule, criteria => '{"n": 4}');
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"n": 3}');
SELECT change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT status, criteria, staged_criteria FROM sharing.rule_overview ORDER BY rule;
SELECT conditions FROM sharing.criteria ORDER BY conditions;
-- A module that follows lacks a column, or has it of another type.
CREATE TABLE public.contacts (id int PRIMARY KEY, owner text);
SELECT sharing.protect('public.contacts', 'owner', follows => 'leads');
ALTER TABLE public.contacts ADD n text;
SELECT sharing.protect('public.contacts', 'owner', follows => 'leads') LIMIT 0;
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"flag": true}');
