#!/usr/bin/env bash
# Administration and safety: no restore loses a share, whatever the order in which tables and partitions are filled, also of data alone with triggers disabled; and a record that the dump does not have takes its shares along.
set -euo pipefail

directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    for database in shares_source shares_target; do dropdb --if-exists "$database"; done
}
trap cleanup EXIT

sql() { psql -X -v ON_ERROR_STOP=1 -qAt -d "$1" -c "$2"; }
shares() { sql "$1" 'SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2'; }

createdb -T "$PG_SHARING_TEMPLATE" shares_source
# Schemas before and after that of pg_sharing, by name; keys that are hashed, listed, in ranges.
sql shares_source "
    CREATE SCHEMA a; CREATE SCHEMA z;
    CREATE TABLE a.leads (id int PRIMARY KEY, owner int);
    CREATE TABLE z.leads (id int PRIMARY KEY, owner int);
    CREATE TABLE a.ranges (id int PRIMARY KEY, owner int) PARTITION BY RANGE (id);
    CREATE TABLE a.ranges_1 PARTITION OF a.ranges FOR VALUES FROM (0) TO (10);
    CREATE TABLE a.ranges_2 PARTITION OF a.ranges FOR VALUES FROM (10) TO (100) PARTITION BY RANGE (id);
    CREATE TABLE a.ranges_2_1 PARTITION OF a.ranges_2 FOR VALUES FROM (10) TO (20);
    CREATE TABLE a.ranges_2_2 PARTITION OF a.ranges_2 DEFAULT;
    CREATE TABLE z.hashes (key text PRIMARY KEY, owner int) PARTITION BY HASH (key);
    CREATE TABLE z.hashes_1 PARTITION OF z.hashes FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE z.hashes_2 PARTITION OF z.hashes FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE TABLE z.lists (id uuid PRIMARY KEY, owner int) PARTITION BY LIST (id);
    CREATE TABLE z.lists_1 PARTITION OF z.lists FOR VALUES IN ('00000000-0000-0000-0000-000000000001');
    CREATE TABLE z.lists_2 PARTITION OF z.lists DEFAULT;
    INSERT INTO a.leads SELECT n, 1 FROM generate_series(1, 40) n;
    INSERT INTO z.leads SELECT n, 1 FROM generate_series(1, 40) n;
    INSERT INTO a.ranges SELECT n, 1 FROM generate_series(1, 40) n;
    INSERT INTO z.hashes SELECT n, 1 FROM generate_series(1, 40) n;
    INSERT INTO z.lists SELECT pg_catalog.format('00000000-0000-0000-0000-0000000000%s', n)::uuid, 1 FROM generate_series(10, 40) n UNION ALL SELECT '00000000-0000-0000-0000-000000000001', 1;
    SELECT sharing.create_office('A'), sharing.create_office('B');
    SELECT sharing.create_user('1', 'ann', office => 'A'), sharing.create_user('2', 'ben', office => 'B');
    SELECT sharing.protect('a.leads', 'owner', module => 'a'), sharing.protect('z.leads', 'owner', module => 'z'), sharing.protect('a.ranges', 'owner'), sharing.protect('z.hashes', 'owner'), sharing.protect('z.lists', 'owner');
    INSERT INTO sharing.user_rights SELECT id, 'record_sharing' FROM sharing.users;
    INSERT INTO sharing.links (from_user_id, to_user_id, status) SELECT a.id, b.id, 'active' FROM sharing.users a, sharing.users b WHERE a.key = '1' AND b.key = '2';
    INSERT INTO sharing.shares SELECT l.id, m.id, r.key, 'read' FROM sharing.links l, sharing.modules m
    JOIN (SELECT 'a' AS name, id::text AS key FROM a.leads UNION ALL SELECT 'z', id::text FROM z.leads UNION ALL SELECT 'ranges', id::text FROM a.ranges
          UNION ALL SELECT 'hashes', key FROM z.hashes UNION ALL SELECT 'lists', id::text FROM z.lists) r ON r.name = m.name;
    INSERT INTO sharing.shared_modules SELECT id FROM sharing.modules;" >/dev/null
shares shares_source >"$directory/expected"
[ "$(wc -l <"$directory/expected")" = 192 ]

check() { # NAME; shares_target has been restored
    shares shares_target >"$directory/found"
    diff "$directory/expected" "$directory/found" || {
        echo "$1: the shares are not as they were"
        exit 1
    }
    echo "ok $1"
}

pg_dump --format=custom --file="$directory/dump" shares_source
pg_restore --list "$directory/dump" >"$directory/list"
for jobs in 1 2 4; do
    createdb -T template0 shares_target
    pg_restore --exit-on-error --jobs="$jobs" --dbname=shares_target "$directory/dump"
    check "everything, $jobs at a time"
    dropdb shares_target
done

# Data alone: as pg_restore orders it, turned round, in parallel, and the shares before everything else.
grep 'TABLE DATA\|SEQUENCE SET' "$directory/list" >"$directory/as_dumped"
tac "$directory/as_dumped" >"$directory/backwards"
{
    grep ' sharing ' "$directory/as_dumped"
    grep -v ' sharing ' "$directory/as_dumped"
} >"$directory/shares_first"
for order in as_dumped backwards shares_first; do
    for jobs in 1 4; do
        createdb -T template0 shares_target
        pg_restore --exit-on-error --section=pre-data --dbname=shares_target "$directory/dump"
        pg_restore --exit-on-error --section=post-data --dbname=shares_target "$directory/dump"
        pg_restore --exit-on-error --data-only --disable-triggers --jobs="$jobs" --use-list="$directory/$order" --dbname=shares_target "$directory/dump"
        check "data alone, $order, $jobs at a time"
        [ "$order $jobs" = "shares_first 4" ] || dropdb shares_target
    done
done

# A partition and a table are brought again without what was deleted meanwhile.
sql shares_source "DELETE FROM a.ranges WHERE id = 15; DELETE FROM z.leads WHERE id = 7"
pg_dump --format=custom --file="$directory/later" --data-only -t a.ranges_2_1 -t z.leads shares_source
sql shares_target "SET session_replication_role = replica; ALTER TABLE a.ranges_2_1 DISABLE TRIGGER ALL; ALTER TABLE z.leads DISABLE TRIGGER ALL; TRUNCATE a.ranges_2_1, z.leads"
pg_restore --exit-on-error --data-only --disable-triggers --dbname=shares_target "$directory/later"
shares shares_source >"$directory/expected"
[ "$(wc -l <"$directory/expected")" = 190 ]
check "one partition and one table again"
