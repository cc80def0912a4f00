# Sourced after server.sh, by the benchmark: PgBouncer before the private server.
# shellcheck shell=bash
#
#   pooler_start    sets BENCH_POOLER_PORT: a socket beside the server's; fails where there is no PgBouncer
#
# server_stop stops it.
# Debian's package would start a service of its own. So it is not installed, but unpacked, with the
# libraries that this machine lacks.

pooler_fetch() {
    local into=$TARGET/tools/pgbouncer packages
    [ ! -x "$into/usr/sbin/pgbouncer" ] || return 0
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    packages=$(apt-get install -s --no-install-recommends pgbouncer </dev/null 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
    [ -n "$packages" ] || return 1
    rm -rf "$into"
    mkdir -p "$into/packages"
    # shellcheck disable=SC2086 # several words
    (cd "$into/packages" && apt-get download $packages >/dev/null 2>&1) || return 1
    local package
    for package in "$into"/packages/*.deb; do dpkg-deb -x "$package" "$into" || return 1; done
    rm -r "$into/packages"
}

pooler_start() {
    local program libraries='' run=$SERVER_DIR/run/pooler port=$((PGPORT + 1))
    program=$(PATH=$PATH:/usr/sbin command -v pgbouncer || true)
    if [ -z "$program" ]; then
        pooler_fetch || return 1
        # The server's user may not be able to reach the repository.
        cp -R "$TARGET/tools/pgbouncer" "$SERVER_DIR/pgbouncer"
        program=$SERVER_DIR/pgbouncer/usr/sbin/pgbouncer
        libraries=$(find "$SERVER_DIR/pgbouncer/usr/lib" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
    fi
    as_server mkdir -p "$run"
    printf '"%s" ""\n' bench_app bench_owner bench_policy | as_server tee "$run/users" >/dev/null
    as_server tee "$run/pgbouncer.ini" >/dev/null <<END
[databases]
* = host=$PGHOST port=$PGPORT
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $PGHOST
auth_type = trust
auth_file = $run/users
pool_mode = transaction
logfile = $run/log
pidfile = $run/pid
END
    as_server env LD_LIBRARY_PATH="$libraries" "$program" -q -d "$run/pgbouncer.ini" </dev/null || return 1
    BENCH_POOLER_PORT=$port
    export BENCH_POOLER_PORT
}
