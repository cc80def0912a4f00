-- Keys and record ids as they are stored: integers and uuids have no implicit cast to text, so each
-- function that takes them as text has a form for each of these. A literal and an untyped parameter
-- are text, as before: PostgreSQL prefers strings for what has no type.

DO $$
DECLARE
    called record;
    places integer[];
    kinds pg_catalog.text[];
    declared pg_catalog.text;
    passed pg_catalog.text;
BEGIN
    FOR called IN
        SELECT p.oid, p.proname, p.proretset, p.pronargs, p.proargnames,
               CASE WHEN p.provolatile OPERATOR(pg_catalog.=) 's' THEN 'STABLE' ELSE 'VOLATILE' END AS volatility,
               CASE WHEN p.proparallel OPERATOR(pg_catalog.=) 's' THEN 'SAFE' ELSE 'UNSAFE' END AS parallel,
               pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
               pg_catalog.pg_get_function_result(p.oid) AS result,
               pg_catalog.obj_description(p.oid, 'pg_proc') AS says
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace
          -- Its key is one of tokens.
          AND p.proname OPERATOR(pg_catalog.<>) 'add_key'
          AND EXISTS (SELECT FROM pg_catalog.generate_series(1, p.pronargs) n
                      WHERE p.proargnames[n] OPERATOR(pg_catalog.=) ANY ('{key,user_key,with_user,record_id,record_ids}')
                        AND p.proargtypes[n OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.=) ANY ('{text,text[]}'::pg_catalog.regtype[]))
        ORDER BY p.oid
    LOOP
        places := ARRAY(
            SELECT n FROM pg_catalog.generate_series(1, called.pronargs) n
            WHERE called.proargnames[n] OPERATOR(pg_catalog.=) ANY ('{key,user_key,with_user,record_id,record_ids}')
            ORDER BY n);
        -- Every choice of a type for each place, but text for all of them: that form is there.
        FOR kinds IN
            WITH RECURSIVE choices (at, chosen) AS (
                SELECT 0, '{}'::pg_catalog.text[]
                UNION ALL
                SELECT c.at OPERATOR(pg_catalog.+) 1, pg_catalog.array_append(c.chosen, k.kind)
                FROM choices c, (VALUES ('text'), ('bigint'), ('uuid')) k (kind)
                WHERE c.at OPERATOR(pg_catalog.<) pg_catalog.cardinality(places))
            SELECT chosen FROM choices
            WHERE at OPERATOR(pg_catalog.=) pg_catalog.cardinality(places)
              -- A literal of an array of no type becomes text, too, and is read as an array then.
              AND ('text' OPERATOR(pg_catalog.<>) ANY (chosen)
                   OR called.proargnames[places[1]] OPERATOR(pg_catalog.=) 'record_ids')
        LOOP
            declared := called.arguments;
            passed := '';
            FOR place IN 1 .. called.pronargs LOOP
                passed := pg_catalog.concat(passed, CASE WHEN place OPERATOR(pg_catalog.>) 1 THEN ', ' END, '$', place);
                IF place OPERATOR(pg_catalog.=) ANY (places) THEN
                    DECLARE
                        name pg_catalog.text := called.proargnames[place];
                        kind pg_catalog.text := kinds[pg_catalog.array_position(places, place)];
                    BEGIN
                        IF name OPERATOR(pg_catalog.=) 'record_ids' THEN
                            kind := pg_catalog.concat(kind, CASE WHEN kind OPERATOR(pg_catalog.<>) 'text' THEN '[]' END);
                            declared := pg_catalog.regexp_replace(declared, '\mrecord_ids text\[\]', pg_catalog.concat('record_ids ', kind));
                            passed := pg_catalog.concat(passed, '::pg_catalog.text[]');
                        ELSE
                            -- Of several forms that can all be called without it, PostgreSQL chooses none.
                            declared := pg_catalog.regexp_replace(declared,
                                pg_catalog.concat('\m', name, ' text', CASE WHEN kind OPERATOR(pg_catalog.<>) 'text' THEN '( DEFAULT [^,]+)?' ELSE '\M' END),
                                pg_catalog.concat(name, ' ', kind));
                            passed := pg_catalog.concat(passed, '::pg_catalog.text');
                        END IF;
                    END;
                END IF;
            END LOOP;
            EXECUTE pg_catalog.format(
                'CREATE FUNCTION sharing.%I(%s) RETURNS %s %s PARALLEL %s LANGUAGE sql BEGIN ATOMIC SELECT %s sharing.%I(%s); END',
                called.proname, declared, called.result, called.volatility, called.parallel,
                CASE WHEN called.proretset THEN '* FROM' END, called.proname, passed);
            EXECUTE pg_catalog.format(
                'COMMENT ON FUNCTION sharing.%I(%s) IS %L',
                called.proname, pg_catalog.regexp_replace(declared, ' DEFAULT [^,]+', '', 'g'), called.says);
        END LOOP;
    END LOOP;
END
$$;
