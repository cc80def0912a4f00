# Sourced by every script here: where things are, and how to say what went wrong.
# shellcheck shell=bash

# A private umask would hide what the server's own user has to read.
umask 022

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$REPO" || exit 1

TARGET=${CARGO_TARGET_DIR:-$REPO/target}
case $TARGET in /*) ;; *) TARGET=$REPO/$TARGET ;; esac

# rustup puts cargo where a shell that has not logged in again does not look; setup.sh uses target/tools
# when another cargo-pgrx is installed already.
PATH=$TARGET/tools/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
export PATH
# cargo-pgrx links functions that nobody calls, in fear of losing the SQL of those that are called. Half of
# the library would be of that kind, which every new session has to bind. Should the fear ever prove
# right, no SQL is found and the build fails.
export CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1

# The scripts that lead from an earlier version to this one, and with them the script of that version: whoever
# restores a dump of it begins with that.
add_upgrades() { # to a tree that cargo-pgrx has packed
    cp sql/upgrades/*.sql "$1$("$PG_CONFIG" --sharedir)/extension/"
}

say() { printf '%s\n' "$*"; }
headline() { printf '\n== %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The pg_config to build with: PG_CONFIG if given, else the one of the system. Empty when there is none.
find_pg_config() {
    if [ -n "${PG_CONFIG:-}" ]; then
        command -v "$PG_CONFIG" || die "PG_CONFIG=$PG_CONFIG is not an executable file"
    else
        command -v pg_config || true
    fi
}

# Sets PG_CONFIG and PG_MAJOR, and CARGO_PG, the cargo arguments that choose the binding of that version.
use_pg_config() {
    PG_CONFIG=$(find_pg_config)
    [ -n "$PG_CONFIG" ] || die "no pg_config found; run 'make setup', or give one with PG_CONFIG="
    PG_MAJOR=$("$PG_CONFIG" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    case $PG_MAJOR in
        15) CARGO_PG=() ;; # the default feature
        16 | 17 | 18) CARGO_PG=(--no-default-features --features "pg$PG_MAJOR") ;;
        *) die "$PG_CONFIG is PostgreSQL $PG_MAJOR; supported are 15 to 18" ;;
    esac
    # The regression drivers come with the server's development files.
    PG_REGRESS_DIR=$(dirname "$("$PG_CONFIG" --pgxs)")/../test
    export PG_CONFIG PG_MAJOR CARGO_PG PG_REGRESS_DIR
}
