#!/usr/bin/env bash
# Modules: partitions and children that the script of an extension makes or attaches are protected, at CREATE EXTENSION and at ALTER EXTENSION UPDATE.
set -euo pipefail

extensions=$("$PG_SHARING_BINDIR/pg_config" --sharedir)/extension
cleanup() {
    dropdb --if-exists partition_by_extension
    rm -f "$extensions"/makes_partitions*
}
trap cleanup EXIT

printf '%s\n' "default_version = '1'" 'relocatable = false' >"$extensions/makes_partitions.control"
cat >"$extensions/makes_partitions--1.sql" <<'SQL'
CREATE TABLE public.leads_1 PARTITION OF public.leads FOR VALUES FROM (0) TO (10);
CREATE TABLE public.apart (id int, owner_id int);
ALTER TABLE public.leads ATTACH PARTITION public.apart FOR VALUES FROM (10) TO (20);
CREATE SCHEMA made CREATE TABLE leads_3 PARTITION OF public.leads FOR VALUES FROM (20) TO (30);
SQL
cat >"$extensions/makes_partitions--1--2.sql" <<'SQL'
CREATE TABLE public.leads_4 PARTITION OF public.leads FOR VALUES FROM (30) TO (40);
SQL

createdb -T "$PG_SHARING_TEMPLATE" partition_by_extension
sql() { psql -X -v ON_ERROR_STOP=1 -qAt -d partition_by_extension -c "$1"; }
sql "CREATE TABLE leads (id int, owner_id int) PARTITION BY RANGE (id); SELECT sharing.protect('leads', 'owner_id');" >/dev/null
sql "CREATE EXTENSION makes_partitions; ALTER EXTENSION makes_partitions UPDATE TO '2';"
found=$(sql "SELECT string_agg(c.oid::regclass || ' ' || relrowsecurity || ' ' || relforcerowsecurity || ' ' || (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid), ', ' ORDER BY relname)
             FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'leads'::regclass")
expected='apart true true 8, leads_1 true true 8, made.leads_3 true true 8, leads_4 true true 8'
[ "$found" = "$expected" ] || {
    echo "found:    $found"
    echo "expected: $expected"
    exit 1
}
# They are the extension's, and their policies go with them.
sql 'DROP EXTENSION makes_partitions' 2>/dev/null
[ "$(sql 'SELECT count(*) FROM sharing.protected_relations')" = 1 ]
