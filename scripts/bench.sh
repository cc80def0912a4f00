#!/usr/bin/env bash
# Runs bench/run on a private server of its own, with the extension in the template database.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"

[ -x bench/run ] || die "bench/run is missing"
"$(dirname "$0")/setup.sh"
use_pg_config
trap server_stop EXIT
trap 'exit 130' INT TERM
server_new
server_build release
# Background work would fall into some measurements and not into others.
server_start 'shared_buffers = 512MB' 'max_wal_size = 8GB' 'autovacuum = off' 'checkpoint_timeout = 1h'
server_template
PATH=$PG_SHARING_BINDIR:$PATH bench/run "$@"
