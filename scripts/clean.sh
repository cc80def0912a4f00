#!/usr/bin/env bash
# Stops the demo's server and deletes what was built.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"
server_sweep
server_use demo || true
server_stop
cargo clean
