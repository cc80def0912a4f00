# Sourced: a private, throw-away PostgreSQL server with the extension built from this tree.
# shellcheck shell=bash
#
#   server_new NAME          an empty server directory; NAME is 'demo' (kept) or empty (dies with this script)
#   server_build [PROFILE]   builds the extension (release or debug) and puts it into that directory
#   server_start [LINE...]   initdb and start; each LINE goes into postgresql.conf; sets PGHOST, PGPORT, ...
#   server_template          the database $PG_SHARING_TEMPLATE, in which the extension is created
#   server_stop              stops it and deletes the directory
#   server_use NAME          speaks to the server of that name, if it runs
#
# PostgreSQL finds its lib and share directories relative to its own binary. So a copy of the binaries, in a
# tree of the same shape, has libraries and extensions of its own: nothing is written below /usr, and an
# installed pg_sharing, loaded by some other server, is neither used nor overwritten.

export PG_SHARING_TEMPLATE=pg_sharing_template

# The directory is not in the repository: PostgreSQL refuses to run as root, and the user that it then runs
# as may not be able to reach the repository.
SERVER_TMP=${PG_SHARING_TMP:-/tmp}
SERVER_USER=${PG_SHARING_OS_USER:-postgres} # whom root runs the server as
SERVER_DIR=
SERVER_RECORD=

# As the server's user, in a directory that it can read. The environment asks for backtraces of Rust, as an
# operator's may: no error shows one.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (unset RUST_LIB_BACKTRACE && export RUST_BACKTRACE=1 && cd / && HOME=$SERVER_DIR/run setpriv --reuid="$SERVER_USER" --regid="$(id -g "$SERVER_USER")" --init-groups "$@")
    else
        (unset RUST_LIB_BACKTRACE && export RUST_BACKTRACE=1 && cd / && "$@")
    fi
}

server_running() { # only ever by the pid file of our own data directory
    [ -f "$SERVER_DIR/run/data/postmaster.pid" ] &&
        as_server "$PG_SHARING_BINDIR/pg_ctl" status -D "$SERVER_DIR/run/data" >/dev/null 2>&1
}

server_new() {
    local name=${1:-$$}
    server_sweep
    if [ "$(id -u)" -eq 0 ]; then
        id "$SERVER_USER" >/dev/null 2>&1 ||
            die "the server cannot run as root, and there is no user '$SERVER_USER'; name one in PG_SHARING_OS_USER"
    fi
    SERVER_DIR=$(mktemp -d "$SERVER_TMP/pg_sharing.XXXXXXXX")
    chmod 755 "$SERVER_DIR"
    mkdir -p "$TARGET/servers" "$SERVER_DIR/run"
    SERVER_RECORD=$TARGET/servers/$name
    printf '%s\n' "$SERVER_DIR" >"$SERVER_RECORD"
    PG_SHARING_BINDIR=$SERVER_DIR/root$("$PG_CONFIG" --bindir)
    export PG_SHARING_BINDIR
    printf '%s\n' "$PG_SHARING_BINDIR" >"$SERVER_DIR/bindir"
}

server_build() {
    local profile=${1:-release} arguments=(--pg-config "$PG_CONFIG" --out-dir "$SERVER_DIR/package")
    [ "$profile" = release ] || arguments+=(--debug)
    cargo pgrx package "${arguments[@]}"
    add_upgrades "$SERVER_DIR/package"

    local bindir libdir sharedir root=$SERVER_DIR/root
    bindir=$("$PG_CONFIG" --bindir)
    libdir=$("$PG_CONFIG" --pkglibdir)
    sharedir=$("$PG_CONFIG" --sharedir)
    mkdir -p "$root$bindir" "$root$libdir" "$root$sharedir"
    # Real copies: a symbolic link would be resolved, and lead back to the system's directories.
    cp -L "$bindir"/* "$root$bindir"/
    cp -RsL "$libdir/." "$root$libdir/"
    cp -RsL "$sharedir/." "$root$sharedir/"
    # Links to an installed pg_sharing have to go before the copy, which would write through them.
    rm -f "$root$libdir"/pg_sharing* "$root$sharedir"/extension/pg_sharing*
    cp -R --remove-destination "$SERVER_DIR/package/." "$root/"

    "$PG_SHARING_BINDIR/postgres" --version >/dev/null ||
        die "programs below $SERVER_TMP do not run (mounted noexec?); name another directory in PG_SHARING_TMP"
}

server_start() {
    local run=$SERVER_DIR/run data=$SERVER_DIR/run/data port attempt
    mkdir -p "$run/socket"
    [ "$(id -u)" -ne 0 ] || chown -R "$SERVER_USER:" "$run"
    as_server "$PG_SHARING_BINDIR/initdb" -D "$data" -U postgres --auth=trust --no-sync \
        --encoding=UTF8 --locale=C.UTF-8 >"$SERVER_DIR/initdb.log" 2>&1 || {
        cat "$SERVER_DIR/initdb.log" >&2
        die "initdb failed"
    }
    {
        # WAL is kept for the tests that copy the server while others write.
        printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$run/socket'" \
            'fsync = off' 'wal_level = logical' 'wal_keep_size = 512MB' 'max_prepared_transactions = 10' \
            "log_line_prefix = '%m [%p] %q%u@%d '" "timezone = 'UTC'"
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } | as_server tee -a "$data/postgresql.conf" >/dev/null

    # Below the range from which the kernel hands out ports. Another process may take ours meanwhile.
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue
        printf 'port = %s\n' "$port" | as_server tee -a "$data/postgresql.conf" >/dev/null
        if as_server "$PG_SHARING_BINDIR/pg_ctl" start -D "$data" -w -t 60 -l "$run/log" >/dev/null 2>&1 </dev/null; then
            server_environment
            server_check
            return
        fi
        grep -q 'could not bind\|could not create any' "$run/log" || break
    done
    cat "$run/log" >&2
    die "the server did not start (attempt $attempt)"
}

# What clients need. The caller's own settings must not lead them elsewhere.
server_environment() {
    local name
    for name in $(compgen -e | grep '^PG[A-Z]*$' || true); do unset "$name"; done
    PGHOST=$SERVER_DIR/run/socket
    PGPORT=$(sed -n 4p "$SERVER_DIR/run/data/postmaster.pid")
    PGUSER=postgres
    export PGHOST PGPORT PGUSER
}

server_psql() { "$PG_SHARING_BINDIR/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

# The server must have its own directories, or tests would speak about another build.
server_check() {
    local found
    found=$(server_psql -d postgres -At -c "SELECT setting FROM pg_config WHERE name IN ('PKGLIBDIR', 'SHAREDIR')")
    while read -r found; do
        case $found in "$SERVER_DIR"/*) ;; *) die "the private server uses $found, which is not its own" ;; esac
    done <<<"$found"
}

# Closed to connections, so that many databases can be copied from it at once.
server_template() {
    server_psql -d postgres -c "CREATE DATABASE $PG_SHARING_TEMPLATE"
    server_psql -d "$PG_SHARING_TEMPLATE" -c 'CREATE EXTENSION pg_sharing'
    server_psql -d postgres -c "ALTER DATABASE $PG_SHARING_TEMPLATE WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
}

server_stop() {
    local pid
    # The shape of the name is checked because the directory is deleted.
    case $SERVER_DIR in */pg_sharing.????????) ;; *) return 0 ;; esac
    if [ -d "$SERVER_DIR" ]; then
        # PgBouncer, where the benchmark has put one before the server (pooler.sh).
        pid=$(cat "$SERVER_DIR/run/pooler/pid" 2>/dev/null || true)
        if [ -n "$pid" ] && grep -qs "$SERVER_DIR" "/proc/$pid/cmdline"; then kill "$pid" || true; fi
        if server_running; then
            as_server "$PG_SHARING_BINDIR/pg_ctl" stop -D "$SERVER_DIR/run/data" -m fast -t 30 >/dev/null 2>&1 ||
                as_server "$PG_SHARING_BINDIR/pg_ctl" stop -D "$SERVER_DIR/run/data" -m immediate >/dev/null ||
                die "the server in $SERVER_DIR cannot be stopped (another user's?)"
        fi
        rm -rf "$SERVER_DIR"
    fi
    rm -f "$SERVER_RECORD"
    SERVER_DIR=
}

server_use() {
    SERVER_RECORD=$TARGET/servers/$1 SERVER_DIR=
    [ -f "$SERVER_RECORD" ] || return 1
    SERVER_DIR=$(cat "$SERVER_RECORD")
    [ -f "$SERVER_DIR/bindir" ] || return 1
    PG_SHARING_BINDIR=$(cat "$SERVER_DIR/bindir")
    export PG_SHARING_BINDIR
    server_running && server_environment
}

# Stops the named server, if there is one, and keeps the one of this script.
server_replace() {
    local dir=$SERVER_DIR record=$SERVER_RECORD bindir=$PG_SHARING_BINDIR
    server_use "$1" || true
    server_stop
    SERVER_DIR=$dir SERVER_RECORD=$record PG_SHARING_BINDIR=$bindir
    server_environment # that of the old one was left
    mv "$SERVER_RECORD" "$TARGET/servers/$1"
    SERVER_RECORD=$TARGET/servers/$1
}

# Servers of scripts that were killed before they could clean up.
server_sweep() {
    local record pid
    for record in "$TARGET"/servers/[0-9]*; do
        pid=${record##*/}
        [ -f "$record" ] && [ ! -d "/proc/$pid" ] || continue
        server_use "$pid" || true
        server_stop
    done
}
