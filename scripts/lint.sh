#!/usr/bin/env bash
# Formatting and clippy, with every warning an error; shellcheck where it is installed.
set -euo pipefail
. "$(dirname "$0")/common.sh"
use_pg_config

cargo fmt --check
cargo clippy --all-targets "${CARGO_PG[@]}" -- -D warnings
scripts=(scripts/*.sh .ci/run)
for script in tests/scripts/*.sh; do [ ! -f "$script" ] || scripts+=("$script"); done
for script in "${scripts[@]}"; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then shellcheck -x -S warning "${scripts[@]}"; fi
