-- The setting sharing.user_key set before the library is loaded counts like any other, and only for trusted roles.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - app
SET sharing.user_key = 'rep1';
SELECT test.sees();
\c - app
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
DECLARE mine CURSOR FOR SELECT id FROM leads ORDER BY id;
SET LOCAL sharing.user_key = 'ceo';
FETCH ALL FROM mine;
COMMIT;
SELECT test.sees();
\c - stranger
SET sharing.user_key = 'ceo';
SELECT test.sees();
