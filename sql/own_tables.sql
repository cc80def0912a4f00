-- What keeps the extension's own tables: whoever may write to them by a privilege (pg_write_all_data,
-- a GRANT by accident) could make himself anybody, and whoever may put a trigger on them would run his
-- code as their owner. ENABLE ALWAYS: in replica mode, too.

CREATE FUNCTION sharing_internal.guard_configuration() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'guard_configuration';
COMMENT ON FUNCTION sharing_internal.guard_configuration() IS 'Trigger on every table of pg_sharing: only its owner, superusers and the functions of pg_sharing change it';

DO $$
DECLARE
    guarded pg_catalog.name;
BEGIN
    FOR guarded IN
        SELECT c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r'
    LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER guard_configuration BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON sharing.%I
            FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.guard_configuration()', guarded);
        EXECUTE pg_catalog.format('ALTER TABLE sharing.%I ENABLE ALWAYS TRIGGER guard_configuration', guarded);
    END LOOP;
END
$$;

CREATE FUNCTION sharing_internal.guard_triggers() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'guard_triggers';
COMMENT ON FUNCTION sharing_internal.guard_triggers() IS 'Only the owner and superusers put triggers on the tables of pg_sharing and let foreign keys lead to them';
-- CREATE SCHEMA can contain CREATE TRIGGER and CREATE TABLE.
CREATE EVENT TRIGGER sharing_guard_triggers ON ddl_command_end
    WHEN TAG IN ('CREATE TRIGGER', 'CREATE SCHEMA', 'CREATE TABLE', 'ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.guard_triggers();
ALTER EVENT TRIGGER sharing_guard_triggers ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_guard_triggers IS 'Only the owner and superusers put triggers on the tables of pg_sharing and let foreign keys lead to them';

CREATE FUNCTION sharing_internal.mend_triggers() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'mend_triggers';
COMMENT ON FUNCTION sharing_internal.mend_triggers() IS 'After triggers were enabled again: ours fire always, and what changed meanwhile counts';
CREATE EVENT TRIGGER sharing_mend_triggers ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION sharing_internal.mend_triggers();
ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER sharing_mend_triggers IS 'After triggers were enabled again: ours fire always, and what changed meanwhile counts';
