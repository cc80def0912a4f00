#!/usr/bin/env bash
# docs/existing-application.md, Rails and Odoo: the statements of the page, on tables as these applications make them,
# written to in their ways by an ordinary role. After each, the organization is what plain queries over the tables say.
# Django's recipe is tried by recipe_django.sh, that of Classic Models by tests/classicmodels.rs.
set -euo pipefail
cd "$(dirname "$0")/../.."

directory=$(mktemp -d)
database=
cleanup() {
    rm -rf "$directory"
    [ -z "$database" ] || dropdb --if-exists --force "$database"
}
trap cleanup EXIT

# Told by the tables, stored in the organization: each pair is to be equal.
cat >"$directory/checks.sql" <<'SQL'
CREATE SCHEMA hand;
GRANT USAGE ON SCHEMA hand TO PUBLIC;
CREATE TABLE hand.pairs (what text, told text, stored text);
CREATE FUNCTION hand.check(step text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    pair record;
    different text;
BEGIN
    FOR pair IN SELECT * FROM hand.pairs LOOP
        EXECUTE format('SELECT string_agg(d::text, %3$L) FROM ((SELECT 1, * FROM (%1$s) a EXCEPT ALL SELECT 1, * FROM (%2$s) b)
            UNION ALL (SELECT 2, * FROM (%2$s) b EXCEPT ALL SELECT 2, * FROM (%1$s) a)) d', pair.told, pair.stored, ' ') INTO different;
        IF different IS NOT NULL THEN
            RAISE EXCEPTION '%, %: 1 is told, 2 is stored: %', step, pair.what, different;
        END IF;
    END LOOP;
    RETURN 'ok ' || step;
END
$$;
CREATE FUNCTION hand.must(step text, holds boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION '%', step;
    END IF;
    RETURN 'ok ' || step;
END
$$;
CREATE FUNCTION hand.refused(statement text, code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
    RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = 'not refused: ' || statement;
EXCEPTION
    WHEN SQLSTATE 'P0099' THEN RAISE;
    WHEN OTHERS THEN
        IF SQLSTATE <> code OR SQLERRM ~ 'sharing\.' THEN
            RAISE EXCEPTION '%: % %', statement, SQLSTATE, SQLERRM;
        END IF;
        RETURN 'ok ' || code || ' ' || SQLERRM;
END
$$;
INSERT INTO hand.pairs VALUES
    ('who is gone', 'SELECT NULL WHERE false', 'SELECT u.key FROM sharing.users u WHERE u.source_id IS NULL AND u.active'),
    ('what waits', 'SELECT NULL WHERE false', 'SELECT g.unit FROM sharing.source_gaps g');
SQL
STORED_MEMBERS="SELECT g.key, 'user:' || u.key FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id
    UNION ALL SELECT g.key, 'group:' || i.key FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.groups i ON i.id = m.member_group_id"

recipe() { # NAME HEADING TABLES, and what follows the declaration from standard input
    awk -v heading="### $2" '/^##/ { in_part = $0 == heading } in_part && $0 == "```sql" { inside = 1; next } $0 == "```" { inside = 0 } inside' \
        docs/existing-application.md >"$directory/declare.sql"
    [ -s "$directory/declare.sql" ]
    database=recipe_$1
    createdb -T "$PG_SHARING_TEMPLATE" "$database"
    {
        cat "$directory/checks.sql"
        printf '%s\n' "$3"
        cat "$directory/declare.sql"
        printf "SELECT hand.check('%s: declared');\n" "$1"
        cat
    } >"$directory/session.sql"
    psql -X -q -At -v ON_ERROR_STOP=1 -v stored_members="$STORED_MEMBERS" -d "$database" -f "$directory/session.sql" >"$directory/out" 2>"$directory/errors" ||
        { cat "$directory/out" "$directory/errors"; return 1; }
    grep '^ok ' "$directory/out"
    dropdb --force "$database"
    database=
}

recipe rails Rails "
CREATE ROLE rails_app;
CREATE TABLE users (id bigserial PRIMARY KEY, name varchar, email varchar NOT NULL, manager_id bigint REFERENCES users, sign_in_count integer DEFAULT 0 NOT NULL,
    deleted_at timestamp(6), created_at timestamp(6) NOT NULL DEFAULT now(), updated_at timestamp(6) NOT NULL DEFAULT now());
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE INDEX index_users_on_manager_id ON users (manager_id);
CREATE TABLE teams (id bigserial PRIMARY KEY, name varchar NOT NULL, parent_id bigint REFERENCES teams, deleted_at timestamp(6), created_at timestamp(6) NOT NULL DEFAULT now());
CREATE TABLE memberships (id bigserial PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, user_id bigint NOT NULL REFERENCES users, deleted_at timestamp(6));
CREATE UNIQUE INDEX index_memberships_on_team_id_and_user_id ON memberships (team_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX index_memberships_on_user_id ON memberships (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON users, teams, memberships TO rails_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO rails_app;
INSERT INTO users (name, email, manager_id) VALUES ('Ada', 'a', NULL), ('Bo', 'b', 1), ('Cy', 'c', 1), ('Di', 'd', 2), (NULL, 'e', 2);
INSERT INTO teams (name, parent_id) VALUES ('Sales', NULL), ('North', 1);
INSERT INTO memberships (team_id, user_id) VALUES (1, 1), (2, 4), (2, 5);
" <<'SQL'
INSERT INTO hand.pairs VALUES
    ('users', 'SELECT id::text, coalesce(nullif(name, ''''), id::text), deleted_at IS NULL FROM users',
     'SELECT key, name, active FROM sharing.users WHERE source_id IS NOT NULL'),
    ('teams', 'SELECT id::text, name::text FROM teams WHERE deleted_at IS NULL', 'SELECT key, name FROM sharing.groups'),
    ('members', 'SELECT team_id::text, ''user:'' || user_id FROM memberships WHERE deleted_at IS NULL
         UNION ALL SELECT parent_id::text, ''group:'' || id FROM teams WHERE deleted_at IS NULL AND parent_id IS NOT NULL', :'stored_members'),
    ('who manages whom', 'WITH RECURSIVE up (id, boss) AS (SELECT id, manager_id FROM users WHERE manager_id IS NOT NULL
         UNION SELECT up.id, u.manager_id FROM up JOIN users u ON u.id = up.boss WHERE u.manager_id IS NOT NULL) SELECT boss::text, id::text FROM up',
     'WITH RECURSIVE down (top, role) AS (SELECT parent_id, id FROM sharing.roles WHERE parent_id IS NOT NULL
         UNION SELECT r.parent_id, d.role FROM down d JOIN sharing.roles r ON r.id = d.top WHERE r.parent_id IS NOT NULL)
      SELECT a.key, b.key FROM down d JOIN sharing.users a ON a.role_id = d.top JOIN sharing.users b ON b.role_id = d.role
      WHERE a.source_id IS NOT NULL AND b.source_id IS NOT NULL');
SELECT hand.check('rails: declared');
SELECT stamp AS before FROM sharing.generation \gset
SET SESSION AUTHORIZATION rails_app;
-- touch, sign in, increment_counter
UPDATE users SET updated_at = now(), sign_in_count = sign_in_count + 1;
UPDATE users SET name = name WHERE id = 1;
RESET SESSION AUTHORIZATION;
SELECT hand.must('rails: touch changes no stamp', stamp = :'before'), hand.check('rails: touch') FROM sharing.generation;
SET SESSION AUTHORIZATION rails_app;
-- save, each in a transaction, with another inside
BEGIN;
INSERT INTO users (name, email, manager_id) VALUES ('Ed', 'f', 3) RETURNING id;
SAVEPOINT active_record_1;
INSERT INTO memberships (team_id, user_id) VALUES (1, 6) RETURNING id;
RELEASE SAVEPOINT active_record_1;
SAVEPOINT active_record_1;
UPDATE users SET manager_id = 6 WHERE id IN (4, 5);
ROLLBACK TO SAVEPOINT active_record_1;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: save');
SET SESSION AUTHORIZATION rails_app;
-- insert_all, upsert_all
INSERT INTO users (id, name, email, manager_id) VALUES (4, 'Dora', 'd', 3), (5, 'Eve', 'e', 3), (7, 'Flo', 'g', 4) ON CONFLICT (id) DO UPDATE SET name = excluded.name, manager_id = excluded.manager_id, updated_at = now() RETURNING id;
INSERT INTO users (name, email) VALUES ('Twice', 'a'), ('Gil', 'h') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO memberships (team_id, user_id) VALUES (2, 4), (2, 7) ON CONFLICT (team_id, user_id) WHERE deleted_at IS NULL DO UPDATE SET user_id = excluded.user_id;
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: upsert_all');
SET SESSION AUTHORIZATION rails_app;
-- update_all, delete_all, destroy by hand
UPDATE users SET manager_id = 1 WHERE manager_id = 3;
DELETE FROM memberships WHERE user_id = 6;
DELETE FROM users WHERE id = 6;
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: update_all, delete_all');
SET SESSION AUTHORIZATION rails_app;
-- soft deletion: of a user, of a membership and its like that comes again, of a team with its memberships, of one without
UPDATE users SET deleted_at = now() WHERE id = 2;
UPDATE memberships SET deleted_at = now() WHERE user_id = 4;
INSERT INTO memberships (team_id, user_id) VALUES (2, 4);
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: soft deletion');
SET SESSION AUTHORIZATION rails_app;
BEGIN;
SELECT hand.refused('UPDATE teams SET deleted_at = now() WHERE id = 2', '42704');
ROLLBACK;
BEGIN;
SELECT hand.refused('UPDATE users SET manager_id = 7 WHERE id = 1; UPDATE users SET manager_id = 1 WHERE id = 7', '22023');
ROLLBACK;
BEGIN;
SELECT hand.refused('UPDATE teams SET parent_id = 2 WHERE id = 1', '22023');
ROLLBACK;
BEGIN;
SELECT hand.refused('INSERT INTO teams (name) VALUES (''Sales'')', '42710');
ROLLBACK;
BEGIN;
UPDATE teams SET deleted_at = now() WHERE id = 2;
UPDATE memberships SET deleted_at = now() WHERE team_id = 2;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: a team with its memberships');
SET SESSION AUTHORIZATION rails_app;
UPDATE teams SET deleted_at = NULL WHERE id = 2;
UPDATE users SET deleted_at = NULL;
RESET SESSION AUTHORIZATION;
SELECT hand.check('rails: restored');
-- fixtures :all, with the tables in the order of their names
BEGIN;
ALTER TABLE "memberships" DISABLE TRIGGER ALL; ALTER TABLE "teams" DISABLE TRIGGER ALL; ALTER TABLE "users" DISABLE TRIGGER ALL;
DELETE FROM memberships; DELETE FROM teams; DELETE FROM users;
INSERT INTO memberships (id, team_id, user_id) VALUES (298486374, 980190962, 760181904);
INSERT INTO teams (id, name, parent_id) VALUES (980190962, 'Red', 298486374), (298486374, 'Blue', NULL);
INSERT INTO users (id, name, email, manager_id) VALUES (760181904, 'Zoe', 'z', 5), (5, 'Yan', 'y', NULL);
ALTER TABLE "memberships" ENABLE TRIGGER ALL; ALTER TABLE "teams" ENABLE TRIGGER ALL; ALTER TABLE "users" ENABLE TRIGGER ALL;
COMMIT;
SELECT hand.check('rails: fixtures');
TRUNCATE memberships, teams, users RESTART IDENTITY;
SELECT hand.check('rails: DatabaseCleaner');
SQL

recipe odoo Odoo "
CREATE ROLE odoo_app;
CREATE TABLE res_users (id serial PRIMARY KEY, login varchar NOT NULL UNIQUE, active boolean DEFAULT true, write_date timestamp);
CREATE TABLE res_groups (id serial PRIMARY KEY, name jsonb NOT NULL, category_id integer);
CREATE TABLE res_groups_users_rel (gid integer NOT NULL REFERENCES res_groups ON DELETE CASCADE, uid integer NOT NULL REFERENCES res_users ON DELETE CASCADE, PRIMARY KEY (gid, uid));
CREATE TABLE res_groups_implied_rel (gid integer NOT NULL REFERENCES res_groups ON DELETE CASCADE, hid integer NOT NULL REFERENCES res_groups ON DELETE CASCADE, PRIMARY KEY (gid, hid));
GRANT SELECT, INSERT, UPDATE, DELETE ON res_users, res_groups, res_groups_users_rel, res_groups_implied_rel TO odoo_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO odoo_app;
INSERT INTO res_users (login) VALUES ('__system__'), ('admin'), ('demo');
INSERT INTO res_groups (name) VALUES ('{\"en_US\": \"User\", \"de_DE\": \"Benutzer\"}'), ('{\"en_US\": \"User\"}'), ('{\"en_US\": \"Manager\"}');
INSERT INTO res_groups_users_rel VALUES (1, 3), (3, 2);
INSERT INTO res_groups_implied_rel VALUES (3, 1);
" <<'SQL'
INSERT INTO hand.pairs VALUES
    ('users', 'SELECT id::text, login::text, active FROM res_users', 'SELECT key, name, active FROM sharing.users WHERE source_id IS NOT NULL'),
    ('groups', 'SELECT id::text, id || '' '' || (name->>''en_US'') FROM res_groups', 'SELECT key, name FROM sharing.groups'),
    ('members', 'SELECT gid::text, ''user:'' || uid FROM res_groups_users_rel UNION ALL SELECT hid::text, ''group:'' || gid FROM res_groups_implied_rel', :'stored_members');
SELECT hand.check('odoo: declared');
SET SESSION AUTHORIZATION odoo_app;
INSERT INTO res_users (login, active) VALUES ('new', true), ('portal', false) RETURNING id;
INSERT INTO res_groups_users_rel (gid, uid) VALUES (1, 4), (2, 4) ON CONFLICT DO NOTHING;
UPDATE res_groups SET name = jsonb_set(name, '{en_US}', '"Boss"') WHERE id = 3;
UPDATE res_users SET active = false, write_date = now() WHERE id = 3;
DELETE FROM res_groups_implied_rel WHERE gid = 3;
RESET SESSION AUTHORIZATION;
SELECT hand.check('odoo: write');
SET SESSION AUTHORIZATION odoo_app;
INSERT INTO res_groups_implied_rel VALUES (3, 2), (2, 1);
DELETE FROM res_groups WHERE id = 2;
DELETE FROM res_users WHERE id = 4;
RESET SESSION AUTHORIZATION;
SELECT hand.check('odoo: unlink');
SQL
