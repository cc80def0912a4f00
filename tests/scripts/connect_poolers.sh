#!/usr/bin/env bash
# docs/connect.md, PgBouncer and pgpool: what the page says of them is so. Under PgBouncer the user of a transaction is
# gone with it, and a plain SET stays in transaction mode. pgpool's query cache keeps no rows of protected tables, but
# goes on with what it has when a table is protected; set_config() reaches the server alone that it is sent to, and
# SET LOCAL all of them. Tokens end as settings do, and what has an end with it, also for statements that the pooler's
# connection prepared before. Skipped, one by one, where they are not installed; PgBouncer is unpacked
# where Debian's packages are reached.
set -euo pipefail
. "$(dirname "$0")/../../scripts/common.sh"
. scripts/pooler.sh

todo=()
unpacked=
for pooler in pgbouncer pgpool; do
    if PATH=$PATH:/usr/sbin command -v "$pooler" >/dev/null; then
        todo+=("$pooler")
    elif [ "$pooler" = pgbouncer ] && pooler_fetch; then
        todo+=("$pooler")
        unpacked=$TARGET/tools/pgbouncer
    else
        echo "SKIPPED: docs/connect.md was not tried with $pooler, which is not here"
    fi
done
[ ${#todo[@]} -gt 0 ] || exit 77
PATH=$PATH:/usr/sbin

directory=$(mktemp -d)
pids=()
database=connect_poolers
# In the background, where it is the process itself. Neither pooler runs as root.
become() {
    cd "$directory"
    [ "$(id -u)" -ne 0 ] || exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
    exec "$@"
}
stop() {
    [ ${#pids[@]} -eq 0 ] || { kill "${pids[@]}" && wait "${pids[@]}"; } 2>/dev/null || true
    pids=()
}
cleanup() {
    stop
    rm -rf "$directory"
    dropdb --if-exists --force "$database"
}
trap cleanup EXIT
[ "$(id -u)" -ne 0 ] || chown nobody "$directory"
pgbouncer=(pgbouncer)
if [ -n "$unpacked" ]; then
    cp -R "$unpacked" "$directory/unpacked"
    libraries=$(find "$directory/unpacked/usr/lib" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
    pgbouncer=(env "LD_LIBRARY_PATH=$libraries" "$directory/unpacked/usr/sbin/pgbouncer")
fi

createdb -T "$PG_SHARING_TEMPLATE" "$database"
psql -X -q -v ON_ERROR_STOP=1 -d "$database" >/dev/null <<'SQL'
CREATE ROLE connect_poolers_app LOGIN;
CREATE TABLE leads (id integer PRIMARY KEY, company text, owner_id integer);
CREATE TABLE deals (id integer PRIMARY KEY, owner_id integer);
INSERT INTO leads VALUES (1, 'Alster Marine', 2), (2, 'Borkum Ferries', 2), (3, 'Deichwerk', 3);
INSERT INTO deals VALUES (1, 2), (2, 3);
CREATE VIEW leads_of_the_caller WITH (security_invoker) AS SELECT id FROM leads ORDER BY id;
GRANT SELECT, UPDATE ON leads, deals, leads_of_the_caller TO connect_poolers_app;
SELECT sharing.create_user(2, 'Ben'), sharing.create_user(3, 'Chloe'), sharing.create_user(9, 'Iris'), sharing.grant_right(9, 'administrator');
SELECT sharing.protect('leads', owner => 'owner_id');
SELECT sharing.trust('connect_poolers_app');
CREATE EXTENSION pgcrypto;
SELECT sharing.add_key('mint', 'HS256', 'a secret of the mint, and of nobody else');
CREATE FUNCTION encoded(bytes bytea) RETURNS text LANGUAGE sql AS
    $$SELECT translate(replace(rtrim(encode(bytes, 'base64'), '='), chr(10), ''), '+/', '-_')$$;
CREATE FUNCTION token(key text, seconds integer, scope text) RETURNS text LANGUAGE sql AS $$
    SELECT m || '.' || encoded(hmac(m, 'a secret of the mint, and of nobody else', 'sha256'))
    FROM (SELECT encoded('{"alg":"HS256","kid":"mint"}') || '.' || encoded(convert_to(jsonb_build_object(
        'sub', key, 'exp', extract(epoch FROM clock_timestamp()) + seconds, 'scope', scope)::text, 'UTF8'))) s (m)
$$;
SQL
# A statement that authenticates, by a token for somebody, for so many seconds.
by_token() { # KEY SECONDS SCOPE
    printf 'DO $$BEGIN PERFORM sharing.authenticate('"'%s'"'); END$$' \
        "$(psql -X -At -v ON_ERROR_STOP=1 -d "$database" -c "SELECT token('$1', $2, '$3')")"
}

# Both are found by this port below a folder of their own.
port=6543
client() { # a session by the pooler; its rows on one line
    psql -X -q -At -v ON_ERROR_STOP=1 -h "$directory" -p "$port" -U connect_poolers_app -d "$database" "$@" | paste -sd ' '
}
start() { # PROGRAM ARGUMENT...
    stop
    become "$@" >"$directory/log" 2>&1 &
    pids=($!)
    for _ in $(seq 100); do
        client -c 'SELECT 1' >/dev/null 2>&1 && return
        sleep 0.1
    done
    cat "$directory/log"
    echo "$1 does not answer"
    exit 1
}
expect() { # WHAT ROWS ARGUMENT...
    local what=$1 should=$2 found
    shift 2
    found=$(client "$@")
    [ "$found" = "$should" ] || {
        echo "$what: '$found' where '$should' was expected"
        exit 1
    }
    echo "ok $what"
}
seen="SELECT id FROM leads ORDER BY id"

with_pgbouncer() {
    configure() {
        printf '%s\n' '[databases]' "* = host=$PGHOST port=$PGPORT" '[pgbouncer]' "unix_socket_dir = $directory" "listen_port = $port" \
            'auth_type = any' 'listen_addr =' "pool_mode = $1" 'default_pool_size = 1' >"$directory/pgbouncer.ini"
        # With this auth_type PgBouncer signs in as the user that the database's line names.
        sed -i "s/^\* = .*/& user=connect_poolers_app/" "$directory/pgbouncer.ini"
        start "${pgbouncer[@]}" "$directory/pgbouncer.ini"
    }
    local expired
    configure transaction
    for round in 1 2; do
        expect "pgbouncer, transactions, $round" '1 2' -c "BEGIN" -c "SET LOCAL sharing.user_key = '2'" -c "$seen" -c "COMMIT"
        expect "pgbouncer, nobody, $round" '' -c "$seen"
        expect "pgbouncer, somebody else, $round" '3 3' -c "BEGIN" -c "SELECT set_config('sharing.user_key', '3', true)" -c "$seen" -c "COMMIT"
        expect "pgbouncer, nobody again, $round" '' -c "$seen"
        expect "pgbouncer, an administrator who acts as somebody, $round" '3' -c "BEGIN" -c "SET LOCAL sharing.user_key = '9'" \
            -c "DO \$\$BEGIN PERFORM sharing.act_as('3'); END\$\$" -c "$seen" -c "COMMIT"
        expect "pgbouncer, who comes after them, $round" '' -c "$seen"
        expect "pgbouncer, a token, $round" '1 2' -c "BEGIN" -c "$(by_token 2 60 transaction)" -c "$seen" -c "COMMIT"
        expect "pgbouncer, nobody after the token, $round" '' -c "$seen"
        expect "pgbouncer, somebody else's token, undone, $round" '3' -c "BEGIN" -c "$(by_token 3 60 transaction)" -c "$seen" -c "ROLLBACK"
        expect "pgbouncer, nobody after that, $round" '' -c "$seen"
        # In a transaction of its own each: the next one may be anybody's, and has nothing of it.
        expect "pgbouncer, a token without a transaction, $round" '' -c "$(by_token 2 60 transaction)" -c "$seen"
        expect "pgbouncer, a token beside a setting, $round" '3' -c "BEGIN" -c "SET LOCAL sharing.user_key = '2'" -c "$(by_token 3 60 transaction)" -c "$seen" -c "COMMIT"
    done
    expect 'pgbouncer, a token for the session' '1 2' -c "$(by_token 2 60 session)" -c "$seen"
    expect 'pgbouncer, who comes next by it' '1 2' -c "$seen" # the fault that docs/security.md warns of
    expect 'pgbouncer, who resets it' '' -c 'RESET ALL' -c "$seen"
    expired=$(by_token 2 4 session)
    client -c "$expired"
    sleep 4.1
    expect 'pgbouncer, once it has expired' '' -c "SET sharing.user_key = '2'" -c "$seen" -c 'RESET ALL'
    # What is prepared in the pooler's connection outlives the end of what it showed; the next to run it may be anybody.
    local ends="SELECT sharing.grant_record('leads', '3', 'user:2', until => clock_timestamp() + '4 s')"
    for mode in force_generic_plan force_custom_plan; do
        psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "$ends" >/dev/null
        client -c 'DEALLOCATE ALL' -c "SET plan_cache_mode = $mode" -c "PREPARE seen AS $seen"
        expect "pgbouncer, before an end, $mode" '1 2 3' -c BEGIN -c "SET LOCAL sharing.user_key = '2'" -c 'EXECUTE seen' -c COMMIT
        expect "pgbouncer, somebody else, before it, $mode" '3' -c BEGIN -c "SET LOCAL sharing.user_key = '3'" -c 'EXECUTE seen' -c COMMIT
        sleep 4.1
        expect "pgbouncer, after an end, $mode" '1 2' -c BEGIN -c "SET LOCAL sharing.user_key = '2'" -c 'EXECUTE seen' -c COMMIT
        expect "pgbouncer, somebody else, after it, $mode" '3' -c BEGIN -c "SET LOCAL sharing.user_key = '3'" -c 'EXECUTE seen' -c COMMIT
    done
    # So does the end of a rule with criteria, which reaches one of those who take turns and not the other.
    ends="SELECT sharing.add_rule('leads', NULL, 'role:Fair', 'read_only', criteria => '{\"company\": {\"like\": \"Deich%\"}}', until => clock_timestamp() + '6 s')"
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "SELECT sharing.create_role('Fair'), sharing.set_user_role('2', 'Fair')" >/dev/null
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "INSERT INTO leads VALUES (4, 'Elbe', 3)" >/dev/null
    for mode in force_generic_plan force_custom_plan; do
        psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "$ends" -c 'SELECT sharing.apply_rules()' >/dev/null
        client -c 'DEALLOCATE ALL' -c "SET plan_cache_mode = $mode" -c "PREPARE seen AS $seen"
        for round in 1 2; do
            expect "pgbouncer, not reached by criteria, $mode, $round" '3 4' -c BEGIN -c "SET LOCAL sharing.user_key = '3'" -c 'EXECUTE seen' -c COMMIT
            expect "pgbouncer, reached by criteria, $mode, $round" '1 2 3' -c BEGIN -c "SET LOCAL sharing.user_key = '2'" -c 'EXECUTE seen' -c COMMIT
            expect "pgbouncer, nobody, $mode, $round" '' -c 'EXECUTE seen'
        done
        sleep 6.1
        expect "pgbouncer, after the end of criteria, $mode" '1 2' -c BEGIN -c "SET LOCAL sharing.user_key = '2'" -c 'EXECUTE seen' -c COMMIT
        expect "pgbouncer, not reached after it, $mode" '3 4' -c BEGIN -c "SET LOCAL sharing.user_key = '3'" -c 'EXECUTE seen' -c COMMIT
    done
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c 'DELETE FROM leads WHERE id = 4' >/dev/null
    client -c 'DEALLOCATE ALL' -c 'RESET plan_cache_mode'
    expect 'pgbouncer, a plain SET' '1 2' -c "SET sharing.user_key = '2'" -c "$seen"
    expect 'pgbouncer, who comes next' '1 2' -c "$seen" # the fault that the page warns of
    configure session
    expect 'pgbouncer, a session' '1 2' -c "SET sharing.user_key = '2'" -c "$seen"
    expect 'pgbouncer, the next session' '' -c "$seen"
    expect 'pgbouncer, a session by a token' '1 2' -c "$(by_token 2 60 session)" -c "$seen"
    expect 'pgbouncer, the session after it' '' -c "$seen"
    expect 'pgbouncer, a session by another token' '3' -c "$(by_token 3 60 session)" -c "$seen"
}

with_pgpool() {
    configure() { # LINE...
        rm -rf "$directory/cache"
        mkdir "$directory/cache"
        [ "$(id -u)" -ne 0 ] || chown nobody "$directory/cache"
        # Two sessions of one server stand for a primary and its standby.
        printf '%s\n' "backend_clustering_mode = 'streaming_replication'" "listen_addresses = ''" "port = $port" \
            "socket_dir = '$directory'" "pcp_listen_addresses = ''" "pcp_socket_dir = '$directory'" 'pcp_port = 6544' "pid_file_name = '$directory/pgpool.pid'" \
            "logdir = '$directory'" "work_dir = '$directory'" 'enable_pool_hba = off' 'sr_check_period = 0' 'health_check_period = 0' \
            'num_init_children = 2' 'load_balance_mode = on' "memqcache_oiddir = '$directory/cache'" \
            "backend_hostname0 = '$PGHOST'" "backend_port0 = $PGPORT" 'backend_weight0 = 0' "backend_flag0 = 'ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER'" \
            "backend_hostname1 = '$PGHOST'" "backend_port1 = $PGPORT" 'backend_weight1 = 1' "backend_flag1 = 'DISALLOW_TO_FAILOVER'" \
            "$@" >"$directory/pgpool.conf"
        : >"$directory/none"
        start pgpool -n -f "$directory/pgpool.conf" -a "$directory/none" -F "$directory/none"
    }
    local set_config="SELECT set_config('sharing.user_key', '2', true)" set_local="SET LOCAL sharing.user_key = '2'"
    local change='UPDATE leads SET company = company WHERE id = 1 RETURNING id'
    configure
    expect 'pgpool, set_config()' '2 1 2 1' -c 'BEGIN' -c "$set_config" -c "$seen" -c "$change" -c 'COMMIT'
    expect 'pgpool, SET LOCAL' '1 2 1' -c 'BEGIN' -c "$set_local" -c "$seen" -c "$change" -c 'COMMIT'
    expect 'pgpool, a session' '1 2' -c "SET sharing.user_key = '2'" -c "$seen"
    expect 'pgpool, the next session' '' -c "$seen"
    configure "disable_load_balance_on_write = 'off'"
    expect 'pgpool that balances on, set_config()' '2 1' -c 'BEGIN' -c "$set_config" -c "$seen" -c "$change" -c 'COMMIT'
    expect 'pgpool that balances on, SET LOCAL' '1 2 1' -c 'BEGIN' -c "$set_local" -c "$seen" -c "$change" -c 'COMMIT'

    configure 'memory_cache_enabled = on'
    expect 'pgpool, cached before' '1 2' -c 'SELECT id FROM deals'
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "SELECT sharing.protect('deals', owner => 'owner_id')" >/dev/null
    expect 'pgpool, still cached' '1 2' -c 'SELECT id FROM deals' # what the page warns of
    expect 'pgpool, not cached' '' -c 'SELECT id, owner_id FROM deals'
    client -c "SET sharing.user_key = '2'" -c "$seen" >"$directory/first"
    if [ -n "$(client -c "$seen")" ]; then
        echo "SKIPPED: this $(pgpool --version 2>&1 | tail -n 1) is without the fix of CVE-2024-45624"
        return
    fi
    for user in 2 3; do
        expect "pgpool, cache on, $user" "$(psql -X -At -d "$database" -c "SELECT id FROM leads WHERE owner_id = $user ORDER BY id" | paste -sd ' ')" \
            -c "SET sharing.user_key = '$user'" -c "$seen"
    done
    configure 'memory_cache_enabled = on' "cache_safe_memqcache_table_list = 'leads_of_the_caller'"
    expect 'pgpool, a view that is said to be safe' '1 2' -c "SET sharing.user_key = '2'" -c 'SELECT id FROM leads_of_the_caller'
    expect 'pgpool, it is not' '1 2' -c "SET sharing.user_key = '3'" -c 'SELECT id FROM leads_of_the_caller'
}

for pooler in "${todo[@]}"; do
    "with_$pooler"
done
