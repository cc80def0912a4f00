#!/usr/bin/env bash
# Called by the benchmark, which has set something that holds from the next start on: restarts the server that
# scripts/bench.sh has started and named in BENCH_SERVER.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"

server_use "$BENCH_SERVER" || die "the benchmark's server does not run"
as_server "$PG_SHARING_BINDIR/pg_ctl" restart -D "$SERVER_DIR/run/data" -m fast -w -t 120 -l "$SERVER_DIR/run/log" >/dev/null </dev/null
