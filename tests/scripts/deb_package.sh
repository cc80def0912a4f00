#!/usr/bin/env bash
# The Debian package: installed into a Debian that has PostgreSQL and no compiler, it brings what CREATE EXTENSION
# needs, and README.md's SQL says there what it says here. Removing the package removes its files.
# The Debian is kept in target/debian-*, since it comes over the network. Without network or root: skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED: the Debian package was not installed: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip 'only root makes a Debian to install it into'
for program in debootstrap dpkg-deb dpkg-shlibdeps; do
    command -v "$program" >/dev/null || skip "$program is not here"
done
. /etc/os-release
pg_config=${PG_CONFIG:-pg_config}
major=$("$pg_config" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
case $("$pg_config" --pkglibdir) in /usr/lib/postgresql/"$major"/lib) ;; *) skip "PostgreSQL is not Debian's" ;; esac

target=${CARGO_TARGET_DIR:-$PWD/target}
debian=$target/debian-$VERSION_CODENAME-$major
if [ ! -f "$debian/complete" ]; then
    rm -rf "$debian"
    log=$target/debootstrap.log
    if ! debootstrap --variant=minbase "$VERSION_CODENAME" "$debian" >"$log" 2>&1; then
        tail -n 3 "$log"
        skip "debootstrap cannot make Debian $VERSION_CODENAME"
    fi
    # Installing starts no server.
    printf '#!/bin/sh\nexit 101\n' >"$debian/usr/sbin/policy-rc.d"
    chmod 755 "$debian/usr/sbin/policy-rc.d"
    mkdir -p "$debian/etc/postgresql-common"
    printf 'create_main_cluster = false\n' >"$debian/etc/postgresql-common/createcluster.conf"
    # The machine's own sources, where that is this Debian, or a minor version could be another.
    cp -R /etc/apt/sources.list.d/debian.sources "$debian/etc/apt/sources.list.d/" 2>/dev/null || true
    if ! chroot "$debian" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-$major" >>"$log" 2>&1; then
        tail -n 3 "$log"
        skip "Debian $VERSION_CODENAME gives no postgresql-$major"
    fi
    touch "$debian/complete"
fi

in_debian() { chroot "$debian" env -i DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
as_postgres() { in_debian setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
bin=/usr/lib/postgresql/$major/bin
package=postgresql-$major-pg-sharing
cleanup() {
    as_postgres "$bin/pg_ctl" stop -D /tmp/data -m immediate >/dev/null 2>&1 || true
    in_debian dpkg --purge "$package" >/dev/null 2>&1 || true
    rm -rf "$debian/tmp/data" "$debian/tmp/socket" "$debian/tmp/pg_sharing.deb"
}
trap cleanup EXIT
cleanup

if in_debian sh -c 'command -v cc || command -v rustc'; then
    echo "there is a compiler in $debian"
    exit 1
fi
deb=$(scripts/deb.sh | tail -n 1)
cp "$deb" "$debian/tmp/pg_sharing.deb"
# dpkg refuses where something is missing that the package says it needs.
in_debian dpkg --install /tmp/pg_sharing.deb >/dev/null
in_debian install -d -o postgres -g postgres /tmp/socket
as_postgres "$bin/initdb" -D /tmp/data -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8 >/dev/null
as_postgres "$bin/pg_ctl" start -w -D /tmp/data -l /tmp/data/log \
    -o "-c listen_addresses='' -c unix_socket_directories=/tmp/socket -c fsync=off -c timezone=UTC -c wal_level=logical" >/dev/null

export PGHOST=$debian/tmp/socket PGPORT=5432 PGUSER=postgres
psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "CREATE DATABASE $PG_SHARING_TEMPLATE"
psql -X -q -v ON_ERROR_STOP=1 -d "$PG_SHARING_TEMPLATE" -c 'CREATE EXTENSION pg_sharing'
tests/scripts/pages.sh README.md

in_debian dpkg --purge "$package" >/dev/null
left=$(find "$debian/usr/lib/postgresql" "$debian/usr/share" -name '*pg[_-]sharing*')
if [ -n "$left" ]; then
    echo "still there: $left"
    exit 1
fi
