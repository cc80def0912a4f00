#!/usr/bin/env bash
# Builds pg_sharing in release mode and installs it into the PostgreSQL of PG_CONFIG (default: the system's).
set -euo pipefail
. "$(dirname "$0")/common.sh"
"$(dirname "$0")/setup.sh"
use_pg_config

arguments=(--release --pg-config "$PG_CONFIG")
if [ ! -w "$("$PG_CONFIG" --pkglibdir)" ] || [ ! -w "$("$PG_CONFIG" --sharedir)/extension" ]; then
    command -v sudo >/dev/null || die "$("$PG_CONFIG" --pkglibdir) is not writable, and there is no sudo"
    arguments+=(--sudo)
fi
cargo pgrx install "${arguments[@]}"
say "installed; in a database: CREATE EXTENSION pg_sharing;"
