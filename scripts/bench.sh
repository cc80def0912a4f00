#!/usr/bin/env bash
# Runs the benchmark (bench/) on a private server of its own, with the extension in the template database.
# ONLY="company switching" runs these parts alone (leads, scenes, search, criteria, bulk, small, carried, citus, company, switching, growth) and prints them;
# only a complete run writes bench/RESULTS.md. BENCH_LEADS, BENCH_ACCOUNTS and BENCH_USERS make smaller tables.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"
. "$(dirname "$0")/pooler.sh"

"$(dirname "$0")/setup.sh"
use_pg_config
trap server_stop EXIT
trap 'exit 130' INT TERM
server_new
server_build release
cargo bench "${CARGO_PG[@]}" --bench compare --no-run
# Background work would fall into some measurements and not into others.
server_start 'shared_buffers = 2GB' 'max_wal_size = 8GB' 'autovacuum = off' 'checkpoint_timeout = 1h' 'jit = off' \
    'max_connections = 150'
server_template
pooler_start || say 'there is no PgBouncer, and apt gives none: its throughput is not measured'
BENCH_SERVER=$$ cargo bench "${CARGO_PG[@]}" --bench compare -- "$@"
