-- The doctor (semantics: Administration and safety): tables, policies and triggers that are not as sharing.protect() left them, while event triggers were off.
-- For each damage: nothing before, what it says, what it says to run, and nothing afterwards.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
CREATE FUNCTION test.unseen(damage text) RETURNS text LANGUAGE sql AS $$
    SELECT 'ALTER EVENT TRIGGER sharing_follow_tables DISABLE; ALTER EVENT TRIGGER sharing_follow_drops DISABLE; ' || damage ||
           '; ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS' $$;
-- Row security.
BEGIN; SELECT * FROM test.visit('ALTER TABLE crm.leads NO FORCE ROW LEVEL SECURITY'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER TABLE crm.leads DISABLE ROW LEVEL SECURITY; ALTER TABLE crm.visits_1 DISABLE ROW LEVEL SECURITY'); ROLLBACK;
-- Partitions and children that came unseen, and a parent.
BEGIN; SELECT * FROM test.visit(test.unseen('CREATE TABLE crm.visits_2 PARTITION OF crm.visits FOR VALUES FROM (10) TO (20)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('CREATE TABLE crm.visits_2 PARTITION OF crm.visits FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id); CREATE TABLE crm.visits_2_1 PARTITION OF crm.visits_2 FOR VALUES FROM (10) TO (20)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('CREATE TABLE crm.old_leads () INHERITS (crm.leads)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('CREATE TABLE crm.all_lines (id integer NOT NULL); ALTER TABLE crm.lines INHERIT crm.all_lines')); ROLLBACK;
-- Policies: altered in what they say, for whom, of which kind, renamed, dropped, and with an arm less or more.
BEGIN; SELECT * FROM test.visit(test.unseen('ALTER POLICY sharing_select ON crm.leads USING (true)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('ALTER POLICY sharing_select ON crm.leads TO doctor_app; ALTER POLICY sharing_update ON crm.visits_1 WITH CHECK (id > 0)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen($$ALTER POLICY sharing_select ON crm.calls USING (sharing_internal.may_read('crm.calls'::regclass, owner) AND sharing_internal.record_key(id))$$)); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen($$ALTER POLICY sharing_update ON crm.calls USING (sharing_internal.may_edit('crm.calls'::regclass, owner) OR id = 1)$$)); ROLLBACK;
-- By another column: what most of them say counts.
BEGIN; SELECT * FROM test.visit(test.unseen($$ALTER POLICY sharing_select ON crm.lines USING (sharing_internal.may_read_detail('crm.lines'::regclass, id) AND sharing_internal.record_key(id))$$)); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('DROP POLICY sharing_delete ON crm.leads; CREATE POLICY sharing_delete ON crm.leads FOR DELETE USING (true)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('DROP POLICY sharing_insert ON crm.leads; CREATE POLICY sharing_insert ON crm.leads AS RESTRICTIVE WITH CHECK (true)')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('ALTER POLICY sharing_select ON crm.leads RENAME TO mine')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('DROP POLICY sharing_select_permit ON crm.leads; DROP POLICY sharing_delete ON crm.visits')); ROLLBACK;
-- A module whose policies tell no column: a person has to say which.
BEGIN; SELECT * FROM test.visit(test.unseen('ALTER TABLE crm.plain ADD COLUMN boss integer; SELECT sharing.protect(''crm.plain'', ''boss''); CREATE INDEX ON crm.plain (boss); ALTER TABLE crm.plain DROP COLUMN boss CASCADE')); ROLLBACK;
-- Policies of others: a permissive one that came later narrows nothing; where they permit alone, a command may be closed to everybody, or to some.
BEGIN; SELECT * FROM test.visit('CREATE POLICY mine ON crm.leads USING (id > 1)'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE POLICY mine ON crm.leads AS RESTRICTIVE USING (id > 1); CREATE POLICY strict ON crm.leads AS RESTRICTIVE USING (sharing_internal.may_read(''crm.leads''::regclass, owner, team))'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE POLICY copy ON crm.leads FOR SELECT USING (sharing_internal.may_read(''crm.leads''::regclass, owner, team))'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE POLICY sellers ON crm.plain FOR SELECT TO doctor_app, doctor_owner USING (true); CREATE INDEX ON crm.plain (owner); SELECT sharing.protect(''crm.plain'', ''owner'')'); ROLLBACK;
-- Triggers: missing, off, or not always.
BEGIN; SELECT * FROM test.visit(test.unseen('DROP TRIGGER sharing_guard_owner ON crm.leads; DROP TRIGGER sharing_table_truncated ON crm.calls; DROP TRIGGER sharing_default_owner ON crm.visits')); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER TABLE crm.leads DISABLE TRIGGER USER'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_mend_triggers DISABLE; ALTER TABLE crm.leads ENABLE TRIGGER sharing_record_deleted; ALTER TABLE crm.visits_1 DISABLE TRIGGER sharing_guard_owner; ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_mend_triggers DISABLE; ALTER TABLE crm.leads ENABLE REPLICA TRIGGER sharing_guard_owner, ENABLE REPLICA TRIGGER sharing_record_deleted; ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS'); ROLLBACK;
-- Event triggers.
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_follow_tables DISABLE; ALTER EVENT TRIGGER sharing_follow_drops ENABLE'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EXTENSION pg_sharing DROP EVENT TRIGGER sharing_guard_triggers; DROP EVENT TRIGGER sharing_guard_triggers'); ROLLBACK;
-- Tables that went unseen, all or in part, and one of the same name.
BEGIN; SELECT * FROM test.visit(test.unseen('DROP TABLE crm.visits_1')); ROLLBACK;
BEGIN; SELECT * FROM test.visit(test.unseen('DROP TABLE crm.lines; CREATE TABLE crm.lines (id integer PRIMARY KEY, call integer)')); ROLLBACK;
-- What a copy of the schema left: closed, and a person has to say what it is to be.
BEGIN; SELECT * FROM test.visit('SELECT sharing.unprotect(''crm.lines''); CREATE POLICY sharing_select ON crm.plain USING (sharing_internal.record_key(id)); CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON crm.lines FOR EACH ROW EXECUTE FUNCTION sharing_internal.guard_owner()'); ROLLBACK;
-- Children that left again, and a partition: what policies say of them is no fault.
BEGIN; SELECT * FROM test.visit('CREATE TABLE crm.old_calls () INHERITS (crm.calls); CREATE INDEX ON crm.old_calls (owner); CREATE INDEX ON crm.old_calls (lead); ALTER TABLE crm.old_calls NO INHERIT crm.calls; CREATE TEMPORARY TABLE new_calls () INHERITS (crm.calls); CREATE INDEX ON new_calls (owner); CREATE INDEX ON new_calls (lead)'); ROLLBACK;
-- A partition that left stays protected, and so does a table that has another name.
BEGIN; SELECT * FROM test.visit('ALTER TABLE crm.visits DETACH PARTITION crm.visits_1; ALTER TABLE crm.leads RENAME TO prospects; ALTER TABLE crm.prospects RENAME COLUMN owner TO seller'); ROLLBACK;
