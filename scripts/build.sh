#!/usr/bin/env bash
# Builds the extension in release mode: the files to install, as a tree, in target/package.
set -euo pipefail
. "$(dirname "$0")/common.sh"
"$(dirname "$0")/setup.sh"
use_pg_config

rm -rf "$TARGET/package" # or files of earlier versions would stay
cargo pgrx package --pg-config "$PG_CONFIG" --out-dir "$TARGET/package"
add_upgrades "$TARGET/package"
