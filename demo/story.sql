\echo 'The extension that was just built:'
SELECT extname, extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_sharing';
