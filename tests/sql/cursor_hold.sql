-- A WITH HOLD cursor keeps what its creator saw; DISCARD ALL takes it from the next tenant.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - app
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
DECLARE held CURSOR WITH HOLD FOR SELECT id, owner FROM leads ORDER BY id;
SET LOCAL sharing.user_key = 'ceo';
COMMIT;
FETCH ALL FROM held;
DISCARD ALL;
FETCH ALL FROM held;
