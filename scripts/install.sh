#!/usr/bin/env bash
# Builds pg_sharing in release mode and installs it into the PostgreSQL of PG_CONFIG (default: the system's).
# A running server may have the library in its memory: files are copied beside their places and renamed, never
# written over. Sessions that are open keep the library that they have loaded.
#
#   scripts/install.sh            build and install
#   scripts/install.sh FROM TO    install the tree FROM, as made by build.sh, below TO ('' is the root)
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Renaming replaces a name in one step, and whoever has the old file open keeps it.
put() { # MODE FROM TO
    local beside
    beside=$(dirname "$3")/.$(basename "$3").$$
    if ! { "${AS[@]}" install -m "$1" "$2" "$beside" && "${AS[@]}" mv -f "$beside" "$3"; }; then
        "${AS[@]}" rm -f "$beside"
        die "$3 could not be installed"
    fi
}

AS=(env) # or with sudo
install_tree() {
    local from=$1 to=$2 file target mode
    # The library first: CREATE EXTENSION by a new script needs its functions.
    while read -r file; do
        target=$to${file#"$from"}
        case $file in *.so | *.dylib) mode=755 ;; *) mode=644 ;; esac
        "${AS[@]}" mkdir -p "$(dirname "$target")"
        put "$mode" "$file" "$target"
    done < <(find "$from" -type f \( -name '*.so' -o -name '*.dylib' \) && find "$from" -type f -name '*.sql' &&
        find "$from" -type f -name '*.control')
}

if [ $# -gt 0 ]; then
    [ $# -eq 2 ] && [ -d "$1" ] || die "usage: scripts/install.sh [FROM TO]"
    install_tree "$1" "$2"
    exit
fi

scripts/build.sh
use_pg_config
if [ ! -w "$("$PG_CONFIG" --pkglibdir)" ] || [ ! -w "$("$PG_CONFIG" --sharedir)/extension" ]; then
    command -v sudo >/dev/null || die "$("$PG_CONFIG" --pkglibdir) is not writable, and there is no sudo"
    AS=(sudo)
fi
install_tree "$TARGET/package" ''
say "installed; in a database: CREATE EXTENSION pg_sharing;"
