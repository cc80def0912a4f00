-- Which triggers stand on each table of pg_sharing: told here by kinds of tables, and read from the catalog after CREATE EXTENSION. Then the doctor: whichever of
-- them is gone, off, or not what it was, it says so, and what it says to run puts the very same one back.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
-- Each table is of one kind.
CREATE TABLE test.kinds (kind text, tables name[]);
INSERT INTO test.kinds VALUES
    ('structure', '{offices,roles,groups,group_members,modules,rules,criteria,relations,related_levels,profiles,profile_permissions,role_profiles,search_names}'),
    ('looked up', '{users,user_rights,user_db_roles,group_users,protected_relations,sources,trusted_roles,token_keys,administrators}'),
    ('links', '{links}'), ('shares', '{shares}'), ('grants', '{record_grants}'), ('expectations', '{expectations}'),
    ('stamps', '{grant_stamps,shared_modules}'), ('generation', '{generation}'), ('gaps', '{source_gaps}'), ('log', '{audit_entries}'), ('heartbeat', '{last_heartbeat}');
-- What stands on each kind, and whether it fires always (A), as usual (O), or for what is replicated (R).
CREATE TABLE test.rules (kinds text[], name name, fires "char", definition text);
INSERT INTO test.rules
SELECT k.kinds, r.name, r.fires, r.definition
FROM (VALUES ('all', (SELECT array_agg(kind) FROM test.kinds)),
             ('recorded', '{structure,looked up,links,shares,grants,expectations}'), ('structure', '{structure}'), ('looked up', '{looked up}'),
             ('links', '{links}'), ('shares', '{shares}'), ('grants', '{grants}'), ('generation', '{generation}'), ('gaps', '{gaps}'), ('log', '{log}'), ('heartbeat', '{heartbeat}')) k (named, kinds)
JOIN (VALUES
    ('all', 'guard_configuration', 'A', 'TRIGGER guard_configuration BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.guard_configuration()'),
    ('structure', 'configuration_changed', 'A', 'TRIGGER configuration_changed AFTER INSERT OR DELETE OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed(''structure'')'),
    ('structure', 'configuration_truncated', 'A', 'TRIGGER configuration_truncated AFTER TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed(''structure'')'),
    ('looked up', 'configuration_changed', 'A', 'TRIGGER configuration_changed AFTER INSERT OR DELETE OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed()'),
    ('looked up', 'configuration_truncated', 'A', 'TRIGGER configuration_truncated AFTER TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.configuration_changed()'),
    ('recorded', 'record_insert', 'O', 'TRIGGER record_insert AFTER INSERT ON T REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change()'),
    ('recorded', 'record_update', 'O', 'TRIGGER record_update AFTER UPDATE ON T REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change()'),
    ('recorded', 'record_delete', 'O', 'TRIGGER record_delete AFTER DELETE ON T REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change()'),
    ('recorded', 'record_truncate', 'O', 'TRIGGER record_truncate BEFORE TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change()'),
    ('links', 'link_changed', 'A', 'TRIGGER link_changed BEFORE UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.link_changed()'),
    ('shares', 'shares_changed', 'A', 'TRIGGER shares_changed AFTER INSERT OR DELETE OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.shares_changed()'),
    ('shares', 'shares_truncated', 'A', 'TRIGGER shares_truncated AFTER TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.shares_changed()'),
    ('grants', 'grants_changed', 'A', 'TRIGGER grants_changed AFTER INSERT OR DELETE OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.grants_changed()'),
    ('grants', 'grants_truncated', 'A', 'TRIGGER grants_truncated AFTER TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.grants_changed()'),
    ('generation', 'keep_generation', 'R', 'TRIGGER keep_generation BEFORE INSERT OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.keep_generation()'),
    ('heartbeat', 'take_heartbeat', 'R', 'TRIGGER take_heartbeat BEFORE INSERT OR UPDATE ON T FOR EACH ROW EXECUTE FUNCTION sharing_internal.take_heartbeat()'),
    ('gaps', 'fill_gaps', 'A', 'CONSTRAINT TRIGGER fill_gaps AFTER INSERT ON T DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sharing_internal.fill_gaps()'),
    ('log', 'append_only', 'A', 'TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON T FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.refuse_change()')
) r (kinds, name, fires, definition) ON r.kinds = k.named;
CREATE VIEW test.wanted AS
    SELECT t::text AS on_table, r.name::text, r.fires, 'CREATE ' || replace(r.definition, ' ON T ', ' ON sharing.' || t || ' ') AS definition
    FROM test.kinds k CROSS JOIN unnest(k.tables) t JOIN test.rules r ON k.kind = ANY (r.kinds);
CREATE VIEW test.present AS
    SELECT c.relname::text AS on_table, g.tgname::text AS name, g.tgenabled AS fires, pg_get_triggerdef(g.oid) AS definition
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = 'sharing'::regnamespace AND NOT g.tgisinternal;
-- Tables of no kind, or of two; triggers that should be there, and that should not.
SELECT c.relname, (SELECT count(*) FROM test.kinds k WHERE c.relname = ANY (k.tables)) AS kinds
FROM pg_class c WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm') AND 1 <> (SELECT count(*) FROM test.kinds k WHERE c.relname = ANY (k.tables));
SELECT 'should be there', w.* FROM (TABLE test.wanted EXCEPT TABLE test.present) w ORDER BY 2, 3;
SELECT 'should not be there', p.* FROM (TABLE test.present EXCEPT TABLE test.wanted) p ORDER BY 2, 3;
SELECT count(*) > 100 AS many FROM test.wanted;
-- All triggers of some names, since the doctor tells a hundred findings one by one: what is done to them, whether the doctor tells of each of these and of nothing else, and what is different once all is run that it says.
CREATE FUNCTION test.damaged(triggers text[], damage text) RETURNS TABLE (told text, mended text) LANGUAGE plpgsql AS $$
DECLARE
    one record;
    mends text[];
BEGIN
    ALTER EVENT TRIGGER sharing_mend_triggers DISABLE;
    FOR one IN SELECT * FROM test.present WHERE name = ANY (triggers) LOOP
        EXECUTE format(damage, one.on_table, one.name);
    END LOOP;
    ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS;
    SELECT coalesce(string_agg(d.what || d.object, ', ' ORDER BY d.object) FILTER (WHERE d.what IS NOT NULL), 'each'), array_agg(d.fix) FILTER (WHERE d.fix IS NOT NULL)
    INTO told, mends
    FROM (SELECT f.fix, coalesce(f.object, w.object) AS object, CASE WHEN f.object IS NULL THEN 'silent of ' WHEN w.object IS NULL THEN 'told of ' END AS what
          FROM (SELECT * FROM sharing.doctor() WHERE check_name LIKE 'own%') f
          FULL JOIN (SELECT format('trigger %I on sharing.%I', name, on_table) AS object FROM test.wanted
                     WHERE name = ANY (triggers) AND (damage NOT LIKE '%ENABLE%' OR fires <> 'O')) w ON w.object = f.object) d;
    FOR one IN SELECT unnest(coalesce(mends, '{}')) AS mend LOOP
        EXECUTE one.mend;
    END LOOP;
    SELECT coalesce(string_agg(d::text, ', '), 'as it was') INTO mended
    FROM ((TABLE test.wanted EXCEPT TABLE test.present) UNION ALL (TABLE test.present EXCEPT TABLE test.wanted)) d;
    mended := mended || coalesce((SELECT '; left: ' || string_agg(object, ', ') FROM sharing.doctor() WHERE check_name LIKE 'own%'), '');
    RETURN NEXT;
END
$$;
CREATE TABLE test.names (names text[]);
INSERT INTO test.names VALUES ('{guard_configuration,configuration_changed,configuration_truncated}'), ('{record_insert,record_update}'), ('{record_delete,record_truncate}');
INSERT INTO test.names SELECT array_agg(DISTINCT name ORDER BY name) FROM test.wanted WHERE name <> ALL (SELECT unnest(names) FROM test.names);
SELECT n.names, count(*) < 100 AS told FROM test.names n JOIN test.wanted w ON w.name = ANY (n.names) GROUP BY 1 ORDER BY 1;
BEGIN;
SELECT n.names, d.* FROM test.names n CROSS JOIN test.damaged(n.names, 'DROP TRIGGER %2$I ON sharing.%1$I') d ORDER BY 1;
SELECT n.names, d.* FROM test.names n CROSS JOIN test.damaged(n.names, 'ALTER TABLE sharing.%1$I DISABLE TRIGGER %2$I') d ORDER BY 1;
SELECT n.names, d.* FROM test.names n CROSS JOIN test.damaged(n.names, 'ALTER TABLE sharing.%1$I ENABLE TRIGGER %2$I') d ORDER BY 1;
ROLLBACK;
