#!/usr/bin/env bash
# Installs what building, testing and running pg_sharing needs and this machine lacks:
#   PostgreSQL server and its development files, a C compiler, libclang, python3-venv,
#   dpkg-dev and debootstrap for the Debian package, Graphviz for diagrams              (apt)
#   cargo-pgrx in the version of Cargo.toml, initialised for that PostgreSQL            (cargo)
# Runs as root or as a user with sudo. Quick, and silent but for one line, when nothing is missing.
# PG_CONFIG=/path/to/pg_config chooses another PostgreSQL, which is then never installed from here.
set -euo pipefail
. "$(dirname "$0")/common.sh"

command -v cargo >/dev/null || die "cargo not found: install a Rust toolchain first, see https://rustup.rs"
wanted=$(sed -nE 's/^rust-version = "(.*)"/\1/p' Cargo.toml)
found=$(rustc --version | sed -E 's/^rustc ([0-9.]+).*/\1/')
if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
    die "rustc $found is too old (that of a distribution?): $wanted is needed; 'rustup update', or see https://rustup.rs"
fi
find_pg_config >/dev/null # a PG_CONFIG that does not exist ends here

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "'$*' needs root: run 'make setup' as root once, or install sudo"
    fi
}

# Is a PostgreSQL here that has a server, headers and regression drivers?
postgres_complete() {
    local pg_config bindir tests
    pg_config=$(find_pg_config)
    [ -n "$pg_config" ] || return 1
    bindir=$("$pg_config" --bindir) || return 1
    tests=$(dirname "$("$pg_config" --pgxs)")/../test
    [ -x "$bindir/postgres" ] && [ -x "$bindir/initdb" ] && [ -x "$bindir/psql" ] &&
        [ -f "$("$pg_config" --includedir-server)/postgres.h" ] &&
        [ -x "$tests/regress/pg_regress" ] && [ -x "$tests/isolation/pg_isolation_regress" ]
}

has_libclang() {
    local lib
    for lib in "${LIBCLANG_PATH:-/nonexistent}" /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/local/lib; do
        compgen -G "$lib/libclang*.so*" >/dev/null && return 0
    done
    return 1
}

PGRX_VERSION=$(sed -nE 's/^pgrx = .*"=([0-9.]+)".*/\1/p' Cargo.toml)
[ -n "$PGRX_VERSION" ] || die "Cargo.toml names no exact version of pgrx"

pgrx_installed() { # of which directory, or of PATH
    local program=cargo-pgrx
    [ -z "${1:-}" ] || program=$1/bin/cargo-pgrx
    command -v "$program" >/dev/null && [ "$("$program" pgrx --version 2>/dev/null)" = "cargo-pgrx $PGRX_VERSION" ]
}

packages=()
need_postgres=no
if ! postgres_complete; then
    [ -z "${PG_CONFIG:-}" ] ||
        die "$PG_CONFIG: its server, headers, pg_regress or pg_isolation_regress is missing; install its development package"
    need_postgres=yes
fi
command -v cc >/dev/null && command -v make >/dev/null || packages+=(build-essential)
has_libclang || packages+=(libclang-dev)
command -v clang >/dev/null || packages+=(clang) # its own headers, which bindgen wants too
python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
command -v dpkg-shlibdeps >/dev/null || packages+=(dpkg-dev) # for the Debian package
command -v debootstrap >/dev/null || packages+=(debootstrap) # to install it into, in its test
command -v dot >/dev/null || packages+=(graphviz) # what draws diagrams, in their test
if ! pgrx_installed; then # cargo-pgrx links OpenSSL
    command -v pkg-config >/dev/null || packages+=(pkg-config)
    pkg-config --exists openssl 2>/dev/null || packages+=(libssl-dev)
fi

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Debian's server package starts a cluster of its own, unless told not to. We want the programs only. The
# setting is put back after the install, and not touched at all where the administrator has chosen one.
install_postgres() {
    local conf=/etc/postgresql-common/createcluster.conf version='' v changed=no
    for v in 15 17 18 16; do
        if apt-cache show "postgresql-server-dev-$v" >/dev/null 2>&1; then
            version=$v
            break
        fi
    done
    [ -n "$version" ] || die "apt offers no PostgreSQL 15 to 18; install one with its development files and set PG_CONFIG"
    apt_install postgresql-common
    if [ -f "$conf" ] && ! grep -Eq '^[[:space:]]*create_main_cluster' "$conf"; then
        changed=yes
        as_root cp -p "$conf" "$conf.pg_sharing"
        printf 'create_main_cluster = false\n' | as_root tee -a "$conf" >/dev/null
    fi
    local status=0
    apt_install "postgresql-$version" "postgresql-server-dev-$version" || status=$?
    [ "$changed" = no ] || as_root mv "$conf.pg_sharing" "$conf"
    return "$status"
}

if [ "$need_postgres" = yes ] || [ ${#packages[@]} -gt 0 ]; then
    missing="${packages[*]}"
    [ "$need_postgres" = no ] || missing="PostgreSQL $missing"
    command -v apt-get >/dev/null || die "missing, and there is no apt-get to install it with: $missing"
    say "installing: $missing"
    as_root apt-get update
    [ ${#packages[@]} -eq 0 ] || apt_install "${packages[@]}"
    [ "$need_postgres" = no ] || install_postgres
    hash -r
    postgres_complete || die "PostgreSQL's server or development files are still missing after the install"
fi

use_pg_config

if ! pgrx_installed; then
    if command -v cargo-pgrx >/dev/null; then
        # Another project's version: leave it, and keep ours in target/.
        say "installing cargo-pgrx $PGRX_VERSION into $TARGET/tools, beside the version you have"
        cargo install cargo-pgrx --version "$PGRX_VERSION" --locked --root "$TARGET/tools"
        pgrx_installed "$TARGET/tools" || die "cargo-pgrx $PGRX_VERSION was installed, but does not run"
    else
        say "installing cargo-pgrx $PGRX_VERSION"
        cargo install cargo-pgrx --version "$PGRX_VERSION" --locked
        pgrx_installed || die "cargo-pgrx $PGRX_VERSION was installed, but is not found in PATH"
    fi
fi

# The build scripts look the pg_config up there. An entry that works is the developer's choice.
config=${PGRX_HOME:-$HOME/.pgrx}/config.toml
known=$(sed -nE "s/^pg$PG_MAJOR *= *[\"'](.*)[\"']/\1/p" "$config" 2>/dev/null || true)
if [ -z "$known" ] || [ ! -x "$known" ]; then
    say "initialising cargo-pgrx for $PG_CONFIG"
    cargo pgrx init --no-run "--pg$PG_MAJOR" "$PG_CONFIG"
fi

if command -v rustup >/dev/null; then
    for component in rustfmt clippy; do
        cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
    done
fi

# Before these, PostgreSQL evaluates conditions of ON CONFLICT DO UPDATE before it asks the policies
# (CVE-2026-120154).
minor=$("$PG_CONFIG" --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/')
case $PG_MAJOR in 15) least=15.20 ;; 16) least=16.16 ;; 17) least=17.12 ;; *) least=18.7 ;; esac
if [ "$(printf '%s\n' "$least" "$minor" | sort -V | head -n 1)" != "$least" ]; then
    say "warning: PostgreSQL $minor lets ON CONFLICT DO UPDATE tell of rows that its caller does not see; use $least or newer"
fi

say "ready: $("$PG_CONFIG" --version), cargo-pgrx $PGRX_VERSION, $(rustc --version | cut -d' ' -f1,2)"
