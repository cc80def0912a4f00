#!/usr/bin/env bash
# Builds a Debian package for the PostgreSQL of PG_CONFIG (default: the system's): postgresql-MAJOR-pg-sharing,
# in target/. Needs dpkg-deb and dpkg-shlibdeps, which Debian's build-essential brings.
#
#   scripts/deb.sh              build in release mode, and pack
#   scripts/deb.sh --no-build   pack what build.sh left in target/package
set -euo pipefail
. "$(dirname "$0")/common.sh"

case ${1:-} in
    '') scripts/build.sh ;;
    --no-build) [ -d "$TARGET/package" ] || die "there is no $TARGET/package: run scripts/build.sh first" ;;
    *) die "usage: scripts/deb.sh [--no-build]" ;;
esac
use_pg_config
for program in dpkg-deb dpkg-shlibdeps strip; do
    command -v "$program" >/dev/null || die "$program not found: apt-get install dpkg-dev"
done

# By the variables that Debian's tools know.
maintainer="${DEBFULLNAME:-the pg_sharing authors} <${DEBEMAIL:-noreply@example.org}>"
version=$(sed -nE '1,/^version/s/^version = "(.*)"/\1/p' Cargo.toml)
package=postgresql-$PG_MAJOR-pg-sharing
tree=$TARGET/deb/$package
rm -rf "$TARGET/deb"
mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/$package" "$TARGET/deb/debian"
cp -R "$TARGET/package/." "$tree/"
find "$tree" -type d -exec chmod 755 {} +
find "$tree" -type f -exec chmod 644 {} +
library=$(find "$tree" -name pg_sharing.so)
[ -n "$library" ] || die "no pg_sharing.so in $TARGET/package"
strip --strip-unneeded "$library"

# dpkg-shlibdeps wants a source package around it.
printf 'Source: pg-sharing\n\nPackage: %s\nArchitecture: any\nDescription: record sharing\n' "$package" >"$TARGET/deb/debian/control"
depends=$(cd "$TARGET/deb" && dpkg-shlibdeps -O "$library" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || die "dpkg-shlibdeps does not tell what $library needs"

size=$(du -sk --exclude=DEBIAN "$tree" | cut -f1)
cat >"$tree/DEBIAN/control" <<CONTROL
Package: $package
Source: pg-sharing
Version: $version-1
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $size
Depends: postgresql-$PG_MAJOR, $depends
Section: database
Priority: optional
Description: record sharing enforced inside PostgreSQL $PG_MAJOR
 An extension that decides, inside the database, which records of your own
 tables each person sees and changes: by role hierarchy, groups, global access,
 sharing rules, related records and profiles.
 .
 It needs no entry in shared_preload_libraries and no restart. In a database:
 CREATE EXTENSION pg_sharing;
CONTROL

doc=$tree/usr/share/doc/$package
{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
    printf 'Upstream-Name: pg_sharing\n\nFiles: *\nCopyright: 2026, the pg_sharing authors\nLicense: PostgreSQL\n'
    sed -e '1,/^Copyright/d' -e '/./!d; s/^/ /' LICENSE
} >"$doc/copyright"
{
    printf 'pg-sharing (%s-1) unstable; urgency=medium\n\n  * What changed stands in CHANGELOG.md.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(git log -1 --format=%cD 2>/dev/null || date -R)"
} | gzip -9n >"$doc/changelog.Debian.gz"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
cp -R README.md docs "$doc/"
find "$doc" -type d -exec chmod 755 {} +
find "$doc" -type f -exec chmod 644 {} +
(cd "$tree" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)

file=$TARGET/${package}_$version-1_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group --build "$tree" "$file" >/dev/null
say "$file"
