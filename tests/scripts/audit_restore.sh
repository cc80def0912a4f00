#!/usr/bin/env bash
# Administration and safety: the audit log is part of a dump in every format, and restoring adds nothing to it.
set -euo pipefail

directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    for database in audit_source audit_target; do dropdb --if-exists "$database"; done
}
trap cleanup EXIT

sql() { psql -X -v ON_ERROR_STOP=1 -qAt -d "$1" -c "$2"; }
log() { sql "$1" 'SELECT * FROM sharing.audit_log ORDER BY id'; }

createdb -T "$PG_SHARING_TEMPLATE" audit_source
sql audit_source "
    CREATE TABLE leads (id int PRIMARY KEY, owner_id int);
    SELECT sharing.create_role('Manager'), sharing.create_role('Rep', 'Manager'), sharing.create_office('Boston');
    SELECT sharing.create_user(n::text, 'user ' || n, 'Rep', 'Boston') FROM generate_series(1, 20) n;
    SELECT sharing.create_group('g', 'Sales'), sharing.add_member('Sales', 'user:1'), sharing.add_member('Sales', 'role:Rep');
    SELECT sharing.grant_right('1', 'administrator');
    SELECT sharing.protect('leads', 'owner_id');
    SELECT sharing.add_rule('leads', 'role:Rep', 'group:Sales', 'read_only'), sharing.apply_rules();
    SELECT sharing.drop_user('20');" >/dev/null
log audit_source >"$directory/expected"
[ "$(wc -l <"$directory/expected")" -gt 30 ]

check() { # NAME; audit_target has been restored
    log audit_target >"$directory/found"
    diff "$directory/expected" "$directory/found" || {
        echo "$1: the audit log is not as it was"
        exit 1
    }
    sql audit_target "SELECT sharing.create_role('New')" >/dev/null
    sql audit_target 'SELECT id FROM sharing.audit_log ORDER BY changed_at DESC LIMIT 1' >"$directory/new"
    [ "$(cat "$directory/new")" -gt "$(sql audit_source 'SELECT max(id) FROM sharing.audit_log')" ] || {
        echo "$1: a new entry does not follow the old ones"
        exit 1
    }
    dropdb audit_target
    echo "ok $1"
}

for options in "" --inserts --rows-per-insert=7 --column-inserts; do
    # shellcheck disable=SC2086 # none or one
    pg_dump $options audit_source >"$directory/plain.sql"
    createdb -T template0 audit_target
    psql -X -v ON_ERROR_STOP=1 -q -d audit_target -f "$directory/plain.sql" >/dev/null
    check "plain $options"
done
for format in custom directory tar; do
    pg_dump --format="$format" --file="$directory/$format" audit_source
    for jobs in 1 4; do
        if [ "$format" = tar ] && [ "$jobs" = 4 ]; then continue; fi
        createdb -T template0 audit_target
        pg_restore --exit-on-error --jobs="$jobs" --dbname=audit_target "$directory/$format"
        check "$format, $jobs at a time"
    done
done
