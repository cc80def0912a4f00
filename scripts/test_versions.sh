#!/usr/bin/env bash
# Runs the tests on the versions of PostgreSQL that other releases of Debian have, each in a Debian of its own, and
# writes what came out into docs/operations.md. Needs root, debootstrap and the network; takes most of an hour.
#
#   scripts/test_versions.sh                 17 of trixie and 18 of forky
#   scripts/test_versions.sh 18              one of them
#   scripts/test_versions.sh ONLY=sql/rules  a part of the tests: printed, and not written down
#
# The Debians and what is built in them stay in target/versions. The Rust toolchain is this machine's.
set -euo pipefail
. "$(dirname "$0")/common.sh"

PAGE=docs/operations.md
declare -A SUITES=([17]=trixie [18]=forky)

versions=()
arguments=()
for argument in "$@"; do
    case $argument in
        17 | 18) versions+=("$argument") ;;
        *=*) arguments+=("$argument") ;;
        *) die "unknown argument '$argument'; usage is at the head of scripts/test_versions.sh" ;;
    esac
done
[ ${#versions[@]} -gt 0 ] || versions=(17 18)
[ "$(id -u)" -eq 0 ] || die 'only root makes another Debian: run this as root'
for program in debootstrap unshare chroot git tar; do
    command -v "$program" >/dev/null || die "$program not found: run 'make setup'"
done

# The mirror of this machine, where it is a Debian.
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}

# Runs a command in a Debian, in /pg_sharing.
in_debian() { # directory, command …
    local debian=$1 passed_on=() variable
    shift
    for variable in $(compgen -e | grep -E '^(https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|PIP_.*|CARGO_(NET|HTTP|REGISTRIES)_.*|CARGO_BUILD_JOBS|CI)$'); do
        passed_on+=("$variable=${!variable}")
    done
    # shellcheck disable=SC2016 # The inner shell fills them in.
    DEBIAN=$debian CARGO=${CARGO_HOME:-$HOME/.cargo} RUSTUP=${RUSTUP_HOME:-$HOME/.rustup} unshare --mount bash -euc '
        mkdir -p "$DEBIAN/root/.cargo" "$DEBIAN/root/.rustup"
        mount --bind "$CARGO" "$DEBIAN/root/.cargo"
        [ ! -d "$RUSTUP" ] || mount --bind "$RUSTUP" "$DEBIAN/root/.rustup"
        mount -t proc proc "$DEBIAN/proc"
        mount --rbind /dev "$DEBIAN/dev"
        exec chroot "$DEBIAN" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            PATH=/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' bash "${passed_on[@]}" sh -c 'cd /pg_sharing && exec "$@"' sh "$@"
}

# Makes the Debian of a version, once. PostgreSQL 15 stands beside it, to upgrade from.
make_debian() { # directory, suite, version
    [ ! -f "$1/complete" ] || return 0
    rm -rf "$1"
    mkdir -p "$1"
    say "making Debian $2"
    # A debootstrap that is older than the release does not know its name: all are made like sid.
    local like=()
    [ -e "/usr/share/debootstrap/scripts/$2" ] || like=(/usr/share/debootstrap/scripts/sid)
    debootstrap --variant=minbase --include=ca-certificates,git,make "$2" "$1" "$mirror" "${like[@]}" >"$1.log" 2>&1 || {
        tail -n 3 "$1.log"
        die "debootstrap cannot make Debian $2; see $1.log"
    }
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    mkdir -p "$1/etc/postgresql-common" "$1/pg_sharing"
    printf 'create_main_cluster = false\n' >"$1/etc/postgresql-common/createcluster.conf"
    # A mirror may be a snapshot, and of a testing release an old one.
    printf 'Acquire::Check-Valid-Until "false";\n' >"$1/etc/apt/apt.conf.d/snapshot"
    printf 'deb %s bookworm main\n' "$mirror" >"$1/etc/apt/sources.list.d/bookworm.list"
    in_debian "$1" apt-get update >>"$1.log" 2>&1
    in_debian "$1" apt-get install -y --no-install-recommends "postgresql-$3" "postgresql-server-dev-$3" \
        postgresql-15 postgresql-server-dev-15 >>"$1.log" 2>&1 || {
        tail -n 3 "$1.log"
        die "Debian $2 gives no PostgreSQL $3; see $1.log"
    }
    touch "$1/complete"
}

# Files as they are here, committed or not; what was built stays.
copy_repository() { # directory
    mkdir -p "$1"
    find "$1" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} +
    git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | tar -c --null -T - | tar -x -C "$1"
}

# Puts a version's line into the page, between the two comments, in place of an older one.
write_down() { # version, line
    awk -v version="$1" -v line="$2" '
        /^<!-- tested -->$/ { inside = 1 }
        /^<!-- \/tested -->$/ { if (!written) print line; inside = 0 }
        inside && $0 ~ "^\\| " version "\\." { if (!written) print line; written = 1; next }
        { print }
    ' "$PAGE" >"$PAGE.new"
    mv "$PAGE.new" "$PAGE"
}

failed=no
for version in "${versions[@]}"; do
    suite=${SUITES[$version]}
    debian=$TARGET/versions/$version-$suite
    log=$TARGET/versions/$version.log
    headline "PostgreSQL $version, Debian $suite"
    make_debian "$debian" "$suite" "$version"
    cp /etc/resolv.conf "$debian/etc/resolv.conf"
    # Whom this machine trusts, the Debian trusts.
    cp /etc/ssl/certs/ca-certificates.crt "$debian/etc/ssl/certs/ca-certificates.crt"
    [ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$debian/etc/pip.conf"
    copy_repository "$debian/pg_sharing"
    # Before anything is built: all is built again when cargo-pgrx gets to know another PostgreSQL, and pg_upgrade's
    # test brings it this one.
    in_debian "$debian" env PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config scripts/setup.sh
    status=0
    in_debian "$debian" env PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config" scripts/test.sh "${arguments[@]}" 2>&1 | tee "$log" || status=$?
    [ "$status" -eq 0 ] || failed=yes
    result=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    [ -n "$result" ] || die "the tests did not come to their end; see $log"
    if [ ${#arguments[@]} -eq 0 ]; then
        minor=$(in_debian "$debian" "/usr/lib/postgresql/$version/bin/postgres" --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/')
        library=$(sed -nE '1,/^version/s/^version = "(.*)"/\1/p' Cargo.toml)
        skipped=$(sed '1,/^== skipped/d' "$log" | grep -c '^SKIPPED:' || true)
        write_down "$version" "| $minor | $suite | $library | $(date -u +%F) | ${result/, /; }; $skipped skipped |"
    fi
done
[ "$failed" = no ] || die 'not every test passed'
