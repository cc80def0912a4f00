#!/usr/bin/env bash
# pg_upgrade from an older PostgreSQL to the one under test: the configuration, policies and triggers are the
# same afterwards, everybody sees what they saw, and new partitions, drops and shares go on being followed.
# Skipped where no older PostgreSQL with development files is beside it.
set -euo pipefail
. "$(dirname "$0")/../../scripts/common.sh"
. scripts/server.sh

use_pg_config
new_config=$PG_CONFIG new_major=$PG_MAJOR
old_config=
for major in 15 16 17; do
    candidate=$(dirname "$(dirname "$("$new_config" --bindir)")")/$major/bin/pg_config
    if [ "$major" -lt "$new_major" ] && [ -x "$candidate" ] && [ -f "$("$candidate" --includedir-server)/postgres.h" ]; then
        old_config=$candidate
        break
    fi
done
if [ -z "$old_config" ]; then
    echo "SKIPPED: pg_upgrade was not tried: there is no PostgreSQL older than $new_major beside it"
    exit 77
fi

old_dir='' new_dir=''
cleanup() {
    for SERVER_DIR in $old_dir $new_dir; do
        PG_SHARING_BINDIR=$(cat "$SERVER_DIR/bindir")
        SERVER_RECORD=$TARGET/servers/none
        server_stop
    done
}
trap cleanup EXIT

halt() { as_server "$PG_SHARING_BINDIR/pg_ctl" stop -D "$SERVER_DIR/run/data" -m fast >/dev/null; }

# What everybody sees and may change, and how tables are protected, as text.
state() { # database
    server_psql -d "$1" -At <<'SQL'
SELECT jsonb_pretty(sharing.export_config());
SELECT c.oid::regclass, p.polname, p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ORDER BY c.oid::regclass::text, p.polname;
SELECT t.tgrelid::regclass, t.tgname, t.tgenabled, t.tgfoid::regproc FROM pg_trigger t
WHERE NOT t.tgisinternal ORDER BY t.tgrelid::regclass::text, t.tgname;
SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1;
SELECT link_id, module_id, record_id, access FROM sharing.shares ORDER BY 1, 2, 3;
SQL
    for user in 1 2 3 4 5 6 nobody; do
        echo "user $user"
        server_psql -d "$1" -At <<SQL
SET SESSION AUTHORIZATION upgrade_app;
SET sharing.user_key = '$user';
SELECT 'leads', id FROM leads ORDER BY id;
SELECT 'visits', id FROM visits ORDER BY id;
SELECT 'lines', id FROM lines ORDER BY id;
SELECT 'emails', id FROM emails ORDER BY id;
BEGIN;
UPDATE leads SET title = title || '!';
SELECT 'changed', id FROM leads WHERE title LIKE '%!' ORDER BY id;
ROLLBACK;
SQL
    done
}

headline "PostgreSQL of $old_config"
PG_CONFIG=$old_config scripts/setup.sh
old_state=$(mktemp) new_state=$(mktemp)
PG_CONFIG=$old_config
use_pg_config
server_new "upgrade-$$-old"
old_dir=$SERVER_DIR
server_build release
server_start
server_psql -d postgres -c 'CREATE ROLE upgrade_app' -c 'CREATE DATABASE company'
server_psql -d company -o /dev/null <<'SQL'
CREATE EXTENSION pg_sharing;
SELECT sharing.create_office('Head'), sharing.create_office('Branch', security => true);
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss');
SELECT sharing.create_user('1', 'ann', 'Boss', 'Head'), sharing.create_user('2', 'ben', 'Rep', 'Head'),
    sharing.create_user('3', 'cleo', 'Rep', 'Head'), sharing.create_user('4', 'dan', 'Rep', 'Branch'),
    sharing.create_user('5', 'eve', NULL, 'Head'), sharing.create_user('6', 'fay', NULL, 'Branch');
SELECT sharing.create_group('100', 'Team'), sharing.add_member('Team', 'user:5');
CREATE TABLE leads (id int PRIMARY KEY, owner_id int, title text NOT NULL DEFAULT '');
INSERT INTO leads SELECT n, CASE n % 8 WHEN 7 THEN 100 ELSE n % 8 END FROM generate_series(1, 64) n;
CREATE TABLE lines (id int PRIMARY KEY, lead int REFERENCES leads);
INSERT INTO lines SELECT n, n FROM generate_series(1, 64) n;
CREATE TABLE emails (id int PRIMARY KEY, owner_id int, lead int);
INSERT INTO emails SELECT n, n % 8, 65 - n FROM generate_series(1, 64) n;
CREATE TABLE visits (id int PRIMARY KEY, owner_id int) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (33);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (33) TO (65);
INSERT INTO visits SELECT n, n % 8 FROM generate_series(1, 64) n;
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO upgrade_app;
GRANT INSERT ON emails TO upgrade_app;
SELECT sharing.trust('upgrade_app');
SELECT sharing.protect('leads', 'owner_id', owner_group => 'owner_id'), sharing.protect('visits', 'owner_id'),
    sharing.protect('lines', controlled_by => 'leads', via => 'lead'), sharing.protect('emails', 'owner_id', default_owner => true);
SELECT sharing.relate('emails', 'lead', 'leads');
SELECT sharing.add_rule('leads', 'role:Rep', 'group:Team', 'read_only'), sharing.set_global_access('visits', 'public_read_edit'), sharing.apply_rules();
SELECT sharing.enable_record_sharing('5'), sharing.enable_record_sharing('6');
SET SESSION AUTHORIZATION upgrade_app;
SET sharing.user_key = '5';
SELECT sharing.request_link('Branch', 'fay');
SET sharing.user_key = '6';
SELECT sharing.accept_links(array_agg(link_id)) FROM sharing.pending_links();
SET sharing.user_key = '5';
SELECT sharing.share_record('leads', 5, '6');
SQL
state company >"$old_state"
grep -q '^leads|5$' "$old_state" || die 'nobody sees a lead: this tells nothing'
halt

headline "PostgreSQL of $new_config"
PG_CONFIG=$new_config
use_pg_config
server_new "upgrade-$$-new"
new_dir=$SERVER_DIR
server_build release
server_start
halt
old_bin=$(cat "$old_dir/bindir")
options=()
[ "$new_major" -lt 18 ] || options=(--no-data-checksums) # which is what the old server has
as_server rm -rf "$SERVER_DIR/run/data"
as_server "$PG_SHARING_BINDIR/initdb" -D "$SERVER_DIR/run/data" -U postgres --auth=trust --no-sync --encoding=UTF8 \
    --locale=C.UTF-8 "${options[@]}" >/dev/null
as_server sh -c 'cd "$0" && exec "$@"' "$SERVER_DIR/run" "$PG_SHARING_BINDIR/pg_upgrade" --username=postgres \
    --old-bindir="$old_bin" --new-bindir="$PG_SHARING_BINDIR" --old-datadir="$old_dir/run/data" --new-datadir="$SERVER_DIR/run/data" \
    --socketdir="$SERVER_DIR/run"
printf '%s\n' "port = $PGPORT" "unix_socket_directories = '$SERVER_DIR/run/socket'" "listen_addresses = ''" |
    as_server tee -a "$SERVER_DIR/run/data/postgresql.conf" >/dev/null
as_server "$PG_SHARING_BINDIR/pg_ctl" start -D "$SERVER_DIR/run/data" -w -l "$SERVER_DIR/run/log" >/dev/null
server_environment
state company >"$new_state"
diff "$old_state" "$new_state" || die 'not as it was before pg_upgrade'

# What is followed is followed still: a partition that comes is protected, a share goes with its record.
server_psql -d company -o /dev/null <<'SQL'
CREATE TABLE visits_3 PARTITION OF visits FOR VALUES FROM (65) TO (97);
INSERT INTO visits SELECT n, n % 8 FROM generate_series(65, 96) n;
GRANT SELECT ON visits_3 TO upgrade_app;
DELETE FROM lines WHERE lead = 5;
DELETE FROM leads WHERE id = 5;
SELECT sharing.set_global_access('visits', 'private'), sharing.apply_rules();
SQL
seen=$(server_psql -d company -At -c "SET SESSION AUTHORIZATION upgrade_app; SET sharing.user_key = '2'; SELECT count(*), min(owner_id), max(owner_id) FROM visits_3")
[ "$seen" = '4|2|2' ] || die "of the new partition a user sees $seen"
left=$(server_psql -d company -At -c 'SELECT count(*) FROM sharing.shares')
[ "$left" = 0 ] || die "a share outlives its record"
say 'the same for everybody after pg_upgrade'
