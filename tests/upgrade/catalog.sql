-- Everything that the catalogs say of the extension, one fact a line: two databases have the same extension if
-- this says the same of both.
WITH schemas (oid) AS (
    SELECT oid FROM pg_namespace WHERE nspname IN ('sharing', 'sharing_internal')
), relations AS (
    SELECT c.* FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
), functions AS (
    SELECT p.* FROM pg_proc p JOIN schemas s ON s.oid = p.pronamespace
), extension AS (
    SELECT * FROM pg_extension WHERE extname = 'pg_sharing'
), objects (classid, objid) AS (
    SELECT d.classid, d.objid FROM pg_depend d JOIN extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    UNION SELECT 'pg_class'::regclass, oid FROM relations
    UNION SELECT 'pg_proc'::regclass, oid FROM functions
    UNION SELECT 'pg_type'::regclass, t.oid FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace
    UNION SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid
    UNION SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
    UNION SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d JOIN relations r ON r.oid = d.adrelid
    UNION SELECT 'pg_rewrite'::regclass, w.oid FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class
), acls (what, acl) AS (
    SELECT 'schema ' || n.nspname, n.nspacl FROM pg_namespace n JOIN schemas s ON s.oid = n.oid
    UNION ALL SELECT 'relation ' || oid::regclass, relacl FROM relations
    UNION ALL SELECT 'column ' || r.oid::regclass || '.' || a.attname, a.attacl FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'function ' || oid::regprocedure, proacl FROM functions
    UNION ALL SELECT 'type ' || t.oid::regtype, t.typacl FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace
    UNION ALL SELECT 'at first: ' || pg_describe_object(i.classoid, i.objoid, i.objsubid) || ' ' || i.privtype::text, i.initprivs
        FROM pg_init_privs i JOIN objects o ON o.classid = i.classoid AND o.objid = i.objoid
), facts (kind, fact) AS (
    SELECT 'extension', format('version %s, schema %s, relocatable %s, owner %s', extversion, extnamespace::regnamespace, extrelocatable, extowner::regrole) FROM extension
    UNION ALL SELECT 'dumped', c.relation::regclass || ' ' || coalesce(c.condition, 'NULL') FROM extension, unnest(extconfig, extcondition) c (relation, condition)
    UNION ALL SELECT 'member', pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d JOIN extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    UNION ALL SELECT 'schema', n.nspname || ' ' || n.nspowner::regrole FROM pg_namespace n JOIN schemas s ON s.oid = n.oid
    UNION ALL SELECT 'acl', what || ': ' || a::text FROM acls, unnest(acl) a
    UNION ALL SELECT 'acl', what || ': default' FROM acls WHERE acl IS NULL
    UNION ALL SELECT 'function', pg_get_functiondef(oid) || format(' owner %s cost %s rows %s support %s leakproof %s', proowner::regrole, procost, prorows, prosupport, proleakproof) FROM functions
    UNION ALL SELECT 'comment', pg_describe_object(o.classid, o.objid, d.objsubid) || ': ' || d.description
        FROM objects o JOIN pg_description d ON d.classoid = o.classid AND d.objoid = o.objid
    UNION ALL SELECT 'relation', format('%s %s owner %s persistence %s identity %s options %s security %s %s', relkind, oid::regclass, relowner::regrole, relpersistence, relreplident, reloptions, relrowsecurity, relforcerowsecurity) FROM relations
    UNION ALL SELECT 'column', format('%s %s %s %s null %s identity %s generated %s collation %s storage %s default %s', r.oid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
            a.attidentity, a.attgenerated, a.attcollation, a.attstorage, pg_get_expr(d.adbin, d.adrelid))
        FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL SELECT 'constraint', format('%s %s %s valid %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated) FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid
    UNION ALL SELECT 'index', format('%s valid %s immediate %s identity %s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indimmediate, i.indisreplident) FROM pg_index i JOIN relations r ON r.oid = i.indrelid
    UNION ALL SELECT 'trigger', pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
    UNION ALL SELECT 'view', oid::regclass || ' ' || pg_get_viewdef(oid) FROM relations WHERE relkind = 'v'
    UNION ALL SELECT 'sequence', format('%s %s %s %s %s %s', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax) FROM pg_sequence s JOIN relations r ON r.oid = s.seqrelid
    UNION ALL SELECT 'type', format('%s %s owner %s', typtype, t.oid::regtype, typowner::regrole) FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace
    UNION ALL SELECT 'label', e.enumtypid::regtype || ' ' || row_number() OVER (PARTITION BY e.enumtypid ORDER BY e.enumsortorder) || ' ' || e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN schemas s ON s.oid = t.typnamespace
    UNION ALL SELECT 'event trigger', format('%s on %s tags %s enabled %s calls %s owner %s', evtname, evtevent, evttags, evtenabled, evtfoid::regproc, evtowner::regrole) FROM pg_event_trigger WHERE evtname LIKE 'sharing%'
    UNION ALL SELECT 'policy', pg_describe_object('pg_policy'::regclass, p.oid, 0) FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
    UNION ALL SELECT 'dependency', format('%s on %s %s', pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype)
        FROM pg_depend d JOIN objects o ON o.classid = d.classid AND o.objid = d.objid
)
SELECT (kind || ': ' || regexp_replace(regexp_replace(fact, 'pg_toast_\d+', 'pg_toast', 'g'), '\s+', ' ', 'g')) COLLATE "C" AS line FROM facts ORDER BY line
