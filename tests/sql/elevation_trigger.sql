-- Triggers, rules and policies of a table's owner: the extension's owner sets off none of them.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\set tour :tests '/support/elevation_tour.sql'
\i :attack
\c - town
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON town.plain FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE TRIGGER trap_afterwards AFTER INSERT OR UPDATE OR DELETE ON town.plain FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE TRIGGER trap_truncate AFTER TRUNCATE ON town.parted_1 FOR EACH STATEMENT EXECUTE FUNCTION town.trap();
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON town.parted FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON town.other FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE RULE trap AS ON INSERT TO town.plain DO ALSO SELECT town.spring();
CREATE POLICY trap ON town.plain AS RESTRICTIVE USING (town.spring() = 1);
CREATE POLICY trap ON town.parted AS RESTRICTIVE USING (town.spring() = 1);
\i :tour
-- The trap is a real one: it catches a superuser who does this himself.
INSERT INTO town.other VALUES (100, 'ann');
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
