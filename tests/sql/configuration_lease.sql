-- The setting sharing.configuration_lease and heartbeats where nothing is copied: who may set and call what; a publisher goes by no lease of its own; a heartbeat is no
-- change of the configuration, and no part of it. (What copies do: tests/configuration_lease.rs.)
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SHOW sharing.configuration_lease;
SELECT name, unit, context, min_val FROM pg_settings WHERE name = 'sharing.configuration_lease';
CREATE ROLE beats;
-- Whoever was given it calls it, and nobody else; it needs nothing beside.
SET SESSION AUTHORIZATION beats;
SELECT sharing.heartbeat();
SET sharing.configuration_lease = '1h';
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION sharing.heartbeat() TO beats;
SET SESSION AUTHORIZATION beats;
SELECT sharing.heartbeat() = now() AS beaten;
SELECT * FROM sharing.last_heartbeat;
RESET SESSION AUTHORIZATION;
-- The time is that at which the transaction began: what was committed before it, and not before the call, is vouched for.
BEGIN;
SELECT pg_sleep(0.01);
SELECT sharing.heartbeat() = now() AS beaten;
COMMIT;
BEGIN READ ONLY;
SELECT sharing.heartbeat();
ROLLBACK;
-- No change: no new stamp, no row in the audit log, no word in the document.
CREATE TABLE test.before AS SELECT g.*, (SELECT count(*) FROM sharing.audit_log) AS audited, sharing.export_config() AS document, h.stamp AS heartbeat FROM sharing.generation g, sharing.last_heartbeat h;
SELECT sharing.heartbeat() IS NOT NULL AS beaten;
SELECT b.stamp = g.stamp AS same_state, b.structure = g.structure AS same_structure, b.audited = (SELECT count(*) FROM sharing.audit_log) AS same_log,
       b.document = sharing.export_config() AS same_document, h.previous = b.heartbeat AS follows FROM test.before b, sharing.generation g, sharing.last_heartbeat h;
-- Nor of a dump: what was true when it was made says nothing where it is restored.
SELECT count(*) FROM pg_extension WHERE extname = 'pg_sharing' AND 'sharing.last_heartbeat'::regclass = ANY (extconfig);
-- This is no copy: it needs no heartbeat. The doctor says that copies with the same settings would show nothing.
SET sharing.configuration_lease = '1ms';
SELECT pg_sleep(0.01);
SELECT severity, check_name, object, message, fix FROM sharing.doctor() WHERE check_name = 'stale_configuration';
SELECT count(*) FROM sharing.explain('leads', '1', 'rep1');
DELETE FROM sharing.last_heartbeat;
SELECT message FROM sharing.doctor() WHERE check_name = 'stale_configuration';
SELECT sharing.access_to('leads', '1', 'rep1');
RESET sharing.configuration_lease;
SELECT count(*) FROM sharing.doctor() WHERE check_name = 'stale_configuration';
-- What sends heartbeats sends all of the configuration.
CREATE PUBLICATION part FOR TABLE sharing.last_heartbeat, sharing.users;
SELECT sharing.heartbeat();
\echo :SQLSTATE
DROP PUBLICATION part;
CREATE PUBLICATION "some of it" FOR TABLES IN SCHEMA sharing WITH (publish = 'insert, update');
SELECT sharing.heartbeat();
DROP PUBLICATION "some of it";
CREATE PUBLICATION whole FOR TABLES IN SCHEMA sharing;
SELECT sharing.heartbeat() = now() AS beaten;
-- Who may switch it off.
GRANT SET ON PARAMETER sharing.configuration_lease TO beats;
SELECT severity, object, message FROM sharing.doctor() WHERE check_name = 'parameter_privilege';
REVOKE SET ON PARAMETER sharing.configuration_lease FROM beats;
DROP PUBLICATION whole;
REVOKE ALL ON FUNCTION sharing.heartbeat() FROM beats;
DROP ROLE beats;
