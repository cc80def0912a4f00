#!/usr/bin/env bash
# Installing beside a running server: sessions that have the library loaded go on, new ones load the new file.
set -euo pipefail
. "$(dirname "$0")/../../scripts/common.sh"
use_pg_config

root=${PG_SHARING_BINDIR%"$("$PG_CONFIG" --bindir)"}
library=$(find "$root$("$PG_CONFIG" --pkglibdir)" -maxdepth 1 -name 'pg_sharing.*')
directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    dropdb --if-exists -f install_running
}
trap cleanup EXIT

createdb -T "$PG_SHARING_TEMPLATE" install_running
query() { psql -X -v ON_ERROR_STOP=1 -qAt -d install_running "$@"; }
query -c "SELECT sharing.create_user('1', 'ann')" >/dev/null
started=$(query -c 'SELECT pg_catalog.pg_postmaster_start_time()')

mkdir -p "$directory/tree$("$PG_CONFIG" --pkglibdir)" "$directory/tree$("$PG_CONFIG" --sharedir)/extension"
cp "$library" "$directory/tree$("$PG_CONFIG" --pkglibdir)/"
cp "$root$("$PG_CONFIG" --sharedir)"/extension/pg_sharing* "$directory/tree$("$PG_CONFIG" --sharedir)/extension/"

# One session all the time, which calls functions that it has not called before as well.
for n in $(seq 300); do
    echo "SELECT sharing.create_role('role $n');"
    echo 'SELECT pg_catalog.pg_sleep(0.01);'
    [ "$n" -ne 150 ] || echo "SELECT sharing.export_config(); SELECT count(*) FROM sharing.audit_log; SELECT sharing.create_office('o');"
done >"$directory/work.sql"
query -f "$directory/work.sql" >/dev/null 2>"$directory/errors" &
session=$!
before=$(stat -c %i "$library")
for _ in $(seq 10); do
    scripts/install.sh "$directory/tree" "$root"
    query -c 'SELECT sharing.export_config()' >/dev/null # a new session
done
wait $session || {
    cat "$directory/errors"
    echo "a session that was open failed"
    exit 1
}
[ "$(query -c 'SELECT count(*) FROM sharing.roles')" -eq 300 ]
[ "$(query -c 'SELECT pg_catalog.pg_postmaster_start_time()')" = "$started" ]
[ "$(stat -c %i "$library")" != "$before" ] || {
    echo "the library was written over in place"
    exit 1
}
cmp "$library" "$directory/tree$("$PG_CONFIG" --pkglibdir)/$(basename "$library")"
[ -z "$(find "$root" -name '.pg_sharing*')" ] || {
    echo "files were left beside"
    exit 1
}
