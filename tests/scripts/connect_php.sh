#!/usr/bin/env bash
# docs/connect.md, PHP: its code runs as it stands, in requests of different people over one persistent connection. Each
# gets their own rows, and nobody those of the one before, also where a request dies on the way. And what the page
# says of a plain SET is so. Skipped without PHP and its extensions for PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED: docs/connect.md was not run by PHP: $1"
    exit 77
}
command -v php >/dev/null || skip 'php is not here'
for extension in pdo_pgsql pgsql; do
    php -r 'exit(extension_loaded($argv[1]) ? 0 : 1);' "$extension" || skip "$extension is not here"
done

directory=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$directory"
    dropdb --if-exists connect_php
}
trap cleanup EXIT

createdb -T "$PG_SHARING_TEMPLATE" connect_php
psql -X -q -v ON_ERROR_STOP=1 -d connect_php >/dev/null <<'SQL'
CREATE ROLE connect_php_app LOGIN;
CREATE TABLE leads (id integer PRIMARY KEY, company text, owner_id integer);
INSERT INTO leads VALUES (1, 'Alster Marine', 2), (2, 'Borkum Ferries', 2), (3, 'Deichwerk', 3);
GRANT SELECT ON leads TO connect_php_app;
SELECT sharing.create_user(2, 'Ben'), sharing.create_user(3, 'Chloe');
SELECT sharing.protect('leads', owner => 'owner_id');
SELECT sharing.trust('connect_php_app');
SQL

# The block of the page, and around it what an application has.
page=$(awk '/^## / { in_part = $0 == "## PHP" } in_part && $0 == "```php" { inside = 1; next } $0 == "```" { inside = 0 } inside' docs/connect.md)
[ "$(wc -l <<<"$page")" -gt 3 ]
{
    cat <<'PHP'
<?php
$userId = $_GET['user'] ?? '';
$way = $_GET['way'];
if ($way === 'pg_pconnect' || $way === 'pg_plain') {
    $connection = pg_pconnect(getenv('CONNECTION'));
    if ($way === 'pg_plain') {
        pg_query($connection, "SET sharing.user_key = '$userId'");
    }
    $leads = pg_fetch_all(pg_query($connection, 'SELECT id FROM leads ORDER BY id'));
    $backend = pg_get_pid($connection);
} else {
    $pdo = new PDO(getenv('DSN'), null, null, [PDO::ATTR_PERSISTENT => true]);
    $backend = $pdo->query('SELECT pg_backend_pid()')->fetchColumn();
    if ($way === 'plain') {
        $pdo->exec("SET sharing.user_key = '$userId'");
    }
    if ($way === 'page') {
PHP
    printf '%s\n' "$page"
    cat <<'PHP'
    } elseif ($way === 'dies') {
        $pdo->beginTransaction();
        $pdo->prepare("SELECT set_config('sharing.user_key', ?, true)")->execute([$userId]);
        $pdo->query('SELECT id FROM leads')->fetchAll();
        http_response_code(500);
        exit;
    } else {
        $leads = $pdo->query('SELECT id FROM leads ORDER BY id')->fetchAll();
    }
}
echo $backend, ':', implode(',', array_column($leads, 'id')), "\n";
PHP
} >"$directory/index.php"

address=$(php -r 'echo stream_socket_get_name(stream_socket_server("tcp://127.0.0.1:0"), false);')
DSN="pgsql:host=$PGHOST;port=$PGPORT;dbname=connect_php;user=connect_php_app" \
    CONNECTION="host=$PGHOST port=$PGPORT dbname=connect_php user=connect_php_app" \
    php -S "$address" -t "$directory" >"$directory/log" 2>&1 &
server=$!

request() { # its answer: backend:ids
    php -r 'echo file_get_contents($argv[1], false, stream_context_create(["http" => ["ignore_errors" => true]]));' \
        "http://$address/?$1"
}
for _ in $(seq 100); do
    request 'way=without' >"$directory/first" 2>/dev/null && [ -s "$directory/first" ] && break
    sleep 0.1
done
backend=$(cut -d : -f 1 "$directory/first")
[ -n "$backend" ] || {
    cat "$directory/log"
    exit 1
}

expect() { # REQUEST IDS
    local answer
    answer=$(request "$1")
    [ "$answer" = "$backend:$2" ] || {
        echo "$1: '$answer' where '$backend:$2' was expected"
        cat "$directory/log"
        exit 1
    }
    echo "ok $1"
}
expect 'way=page&user=2' 1,2
expect 'way=without' ''
expect 'way=page&user=3' 3
request 'way=dies&user=2'
expect 'way=without' ''
expect 'way=page&user=' ''
expect 'way=plain&user=2' 1,2
expect 'way=without' 1,2 # the fault that the page warns of
expect 'way=page&user=3' 3
# pg_pconnect() resets the settings of a connection that it takes again.
backend=$(request 'way=pg_pconnect' | cut -d : -f 1)
expect 'way=pg_plain&user=2' 1,2
expect 'way=pg_pconnect' ''
