-- The extension installs into its own schema, in a fixed place.
SELECT extname, extrelocatable FROM pg_catalog.pg_extension WHERE extname = 'pg_sharing';
SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname LIKE 'sharing%';
