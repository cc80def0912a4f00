#!/usr/bin/env bash
# Ends: a clock that is set back revives nothing that a session saw end, in its workers neither; who did not look in
# between goes by the clock as it is. By a server whose clock is a file (libfaketime, which is unpacked where Debian's
# packages are reached); skipped where it is not.
set -euo pipefail
. "$(dirname "$0")/../../scripts/common.sh"

unpacked=$TARGET/tools/faketime
mkdir -p "$unpacked"
found() { find /usr/lib "$unpacked" -name libfaketime.so.1 2>/dev/null | head -n 1 || true; }
library=$(found)
if [ -z "$library" ]; then
    (cd "$unpacked" && apt-get download libfaketime >/dev/null 2>&1 && dpkg-deb -x libfaketime_*.deb .) || true
    library=$(found)
fi
[ -n "$library" ] || {
    echo 'SKIPPED: no clock was set back: libfaketime is not here'
    exit 77
}

unset PGPORT # what starts takes its port from there, too
directory=$(mktemp -d)
as_somebody() {
    cd "$directory"
    [ "$(id -u)" -ne 0 ] || exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
    exec "$@"
}
cleanup() {
    (as_somebody "$PG_SHARING_BINDIR/pg_ctl" stop -m immediate -D data >/dev/null 2>&1) || true
    rm -rf "$directory"
}
trap cleanup EXIT
# The server's user may not be able to reach the repository.
cp "$library" "$directory/faketime.so"
echo '+0' >"$directory/clock"
[ "$(id -u)" -ne 0 ] || chown -R nobody "$directory"
(as_somebody "$PG_SHARING_BINDIR/initdb" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync data >/dev/null)
(as_somebody env LD_PRELOAD="$directory/faketime.so" FAKETIME_TIMESTAMP_FILE="$directory/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
    "$PG_SHARING_BINDIR/pg_ctl" start -w -D data -l log -o "-c listen_addresses= -c unix_socket_directories='$directory' -c fsync=off" >/dev/null)
export PGHOST=$directory PGDATABASE=postgres
psql -X -q -U postgres -v ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE ROLE app LOGIN;
CREATE EXTENSION pg_sharing;
CREATE TABLE leads (id integer PRIMARY KEY, owner text);
INSERT INTO leads SELECT n, 'ann' FROM generate_series(1, 3) n;
GRANT SELECT ON leads TO app;
SELECT sharing.create_user('ann', 'Ann'), sharing.create_user('ben', 'Ben'), sharing.create_user('cal', 'Cal'), sharing.create_user('dan', 'Dan');
SELECT sharing.create_role('Owner'), sharing.set_user_role('ann', 'Owner'), sharing.create_group('g', 'Helpers'), sharing.trust('app');
SELECT sharing.protect('leads', 'owner');
SELECT sharing.add_rule('leads', 'role:Owner', 'group:Helpers', 'read_only'), sharing.apply_rules();
SELECT sharing.add_member('Helpers', 'user:ben', now() + '1 day'), sharing.grant_record('leads', 1, 'user:cal', until => now() + '1 day'),
       sharing.grant_record('leads', 2, 'user:dan', until => now() + '3 days');
SQL

parallel="SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
    SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off"
seen="SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '-') FROM leads"
# What a session of somebody sees: as the clock is, two days later, set back again, by its workers, and what another
# session sees then.
for line in 'ben|1 2 3|-|-|-|1 2 3' 'cal|1|-|-|-|1' 'dan|2|2|2|2|2'; do
    IFS='|' read -r person before later back workers fresh <<<"$line"
    found=$(psql -X -q -At -U app -v ON_ERROR_STOP=1 <<SQL
SET sharing.user_key = '$person';
PREPARE seen AS $seen;
EXECUTE seen;
\! echo +2d >'$directory/clock'
EXECUTE seen;
\! echo +0 >'$directory/clock'
EXECUTE seen;
\o /dev/null
$parallel;
\o
$seen;
SQL
    )
    again=$(psql -X -q -At -U app -c "SET sharing.user_key = '$person'" -c "$seen")
    should=$(printf '%s\n' "$before" "$later" "$back" "$workers" "$fresh")
    [ "$found"$'\n'"$again" = "$should" ] || {
        printf '%s: found\n%s\n%s\nwhere should be\n%s\n' "$person" "$found" "$again" "$should"
        exit 1
    }
    echo "ok $person"
done
