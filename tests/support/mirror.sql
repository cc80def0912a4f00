-- What must be seen in tests/random_turns.rs, by plain SQL over plain tables: a copy of the records, and of every change of the
-- settings, written down by whoever makes it, in the same transaction. sees(table, person, level) is the answer.
CREATE SCHEMA mirror;
CREATE TABLE mirror.users (key text PRIMARY KEY, role text, admin boolean NOT NULL DEFAULT false, active boolean NOT NULL DEFAULT true, office text);
CREATE TABLE mirror.above (role text, below text);
CREATE TABLE mirror.offices (name text PRIMARY KEY, closed boolean);
CREATE TABLE mirror.members (key text PRIMARY KEY);
CREATE TABLE mirror.modules (name text PRIMARY KEY, level int NOT NULL DEFAULT 0);
-- Levels: 1 read, 2 edit, 3 full.
CREATE TABLE mirror.rules (id bigint PRIMARY KEY, module text, owned_by text, shared_with text, level int, related int);
CREATE TABLE mirror.shares (record int PRIMARY KEY);
CREATE TABLE mirror.leads AS TABLE leads;
CREATE TABLE mirror.quotes AS TABLE quotes;
CREATE TABLE mirror.tickets AS TABLE tickets;
CREATE TABLE mirror.lines AS TABLE lines;
INSERT INTO mirror.users VALUES ('boss', 'Boss'), ('manager', 'Manager'), ('rep1', 'Rep'), ('rep2', 'Rep'), ('support', 'Support'), ('admin', NULL);
INSERT INTO mirror.users SELECT 'other' || n, 'Rep' FROM generate_series(0, 79) n;
UPDATE mirror.users SET admin = true WHERE key = 'admin';
UPDATE mirror.users SET office = 'Here' WHERE key = 'rep1';
UPDATE mirror.users SET office = 'There' WHERE key = 'support';
INSERT INTO mirror.above VALUES ('Boss', 'Manager'), ('Boss', 'Rep'), ('Manager', 'Rep');
INSERT INTO mirror.offices VALUES ('Here', true), ('There', true);
INSERT INTO mirror.modules VALUES ('leads'), ('quotes'), ('tickets');

-- The records of a table with which somebody has at least a level of access.
CREATE FUNCTION mirror.sees(relation text, person text, wanted int) RETURNS int[] STABLE LANGUAGE sql
    SET enable_seqscan = on SET enable_hashjoin = on SET enable_bitmapscan = on SET jit = off AS $$
WITH me AS MATERIALIZED (SELECT u.*, key IN (TABLE mirror.members) AS is_member FROM mirror.users u WHERE key = person AND active),
    -- What rules give me.
    given AS MATERIALIZED (SELECT r.* FROM mirror.rules r, me WHERE shared_with = 'role:' || me.role OR shared_with = 'group:helpers' AND is_member),
    owners AS MATERIALIZED (
        SELECT u.key AS owner, u.role, coalesce(f.closed, false) AS is_closed, coalesce(f.closed, false) AND u.office IS DISTINCT FROM me.office AS is_closed_to_me
        FROM me, mirror.users u LEFT JOIN mirror.offices f ON f.name = u.office),
    -- By the owner alone, and what leads of that owner give their quotes.
    own AS MATERIALIZED (
        SELECT m.name AS module, owner, is_closed_to_me,
            CASE WHEN me.admin OR owner = me.key THEN 3 ELSE greatest(
                CASE WHEN NOT is_closed_to_me AND o.role IN (SELECT below FROM mirror.above a WHERE a.role = me.role) THEN 3 END,
                CASE WHEN NOT is_closed_to_me THEN (SELECT max(g.level) FROM given g WHERE g.module = m.name AND owned_by = o.role) END,
                CASE WHEN NOT is_closed THEN m.level END, 0) END AS level,
            CASE WHEN NOT is_closed_to_me THEN (SELECT max(related) FROM given g WHERE g.module = 'leads' AND owned_by = o.role) END AS related
        FROM me, owners o, mirror.modules m),
    lead_levels AS (
        SELECT id, level, related, CASE WHEN me.key = 'support' AND owner = 'rep1' AND id IN (TABLE mirror.shares)
            AND (SELECT active FROM mirror.users WHERE key = 'rep1') THEN 1 ELSE 0 END AS shared
        FROM me, mirror.leads JOIN own USING (owner) WHERE module = 'leads'),
    quote_levels AS (
        SELECT q.id, greatest(own.level, CASE WHEN NOT is_closed_to_me THEN l.related END, shared) AS level
        FROM mirror.quotes q JOIN own USING (owner) LEFT JOIN lead_levels l ON l.id = q.lead_id WHERE module = 'quotes'),
    levels AS (
        SELECT id, greatest(level, shared) AS level FROM lead_levels WHERE relation = 'leads'
        UNION ALL SELECT id, level FROM quote_levels WHERE relation = 'quotes'
        UNION ALL SELECT id, level FROM mirror.tickets JOIN own USING (owner) WHERE module = 'tickets' AND relation = 'tickets'
        UNION ALL SELECT l.id, CASE WHEN me.admin THEN 3 ELSE q.level END FROM me, mirror.lines l LEFT JOIN quote_levels q ON q.id = l.quote_id WHERE relation = 'lines')
SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM levels WHERE level >= wanted
$$;
ANALYZE mirror.leads, mirror.quotes, mirror.tickets, mirror.lines, mirror.users;
