#!/usr/bin/env bash
# The pages say what is so: the code of README.md and of each page below docs/ runs, in order, as one psql session
# in a fresh database for each page. What runs is every ```sql block, and every ```sh block after the line
# '<!-- run -->', in an empty directory, where PGDATABASE is the page's database. A ```text block right after
# one is its output, and must be equal but for blanks at the ends of lines. Without one, the block must run
# without an error. A block after the line '<!-- not run -->' does not run. Links are looked after by tests/documents.rs.
#
#   tests/scripts/pages.sh [ACCEPT] [PAGE...]   ACCEPT writes the outputs into the pages; read them before you commit
set -euo pipefail
cd "$(dirname "$0")/../.."

accept=
if [ "${1:-}" = ACCEPT ]; then
    accept=yes
    shift
fi
pages=("$@")
[ ${#pages[@]} -gt 0 ] || mapfile -t pages < <(printf 'README.md\n' && find docs -name '*.md' | sort)

work=$(mktemp -d)
chmod 755 "$work"
database=page_$$
sql() { psql -X -q -At -v ON_ERROR_STOP=1 -d postgres "$@"; }
# What a page may leave on the server, beside its database.
list() { sql -c "SELECT 'DATABASE ' || pg_catalog.quote_ident(datname) || ' WITH (FORCE)' FROM pg_catalog.pg_database
        UNION ALL SELECT 'ROLE ' || pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles ORDER BY 1"; }
list >"$work/before"
tidy() {
    local thing
    list | comm -13 "$work/before" - | while read -r thing; do
        case $thing in ROLE*) sql -c "DROP OWNED BY ${thing#ROLE }" ;; esac
        sql -c "DROP $thing"
    done
}
cleanup() {
    tidy || true
    rm -rf "$work"
}
trap cleanup EXIT

# Which lines of a page are code that runs, and which its output. `code`, `output` and `other` are the actions.
reading='
    inside { if ($0 == "```") { last = inside; inside = ""; closed(); next } line(); next }
    $0 == "<!-- not run -->" { skip = 1; outside(); next }
    $0 == "<!-- run -->" { shell = 1; outside(); next }
    ($0 == "```sql" || ($0 == "```sh" && shell)) && !skip { inside = $0 == "```sh" ? "sh" : "sql"; shell = 0; n++; opened(); next }
    $0 == "```text" && (last == "sql" || last == "sh") { inside = "text"; opened(); next }
    /^```/ { inside = "other"; skip = shell = 0; last = ""; opened(); next }
    { last = ""; outside() }
'
# Without blanks at the ends of lines, and without empty lines at the end.
trimmed() { sed -E 's/[[:space:]]+$//' "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }

blocks=0
run() { # the blocks of a page: N.sql or N.sh, N.expected where the page shows an output, and then N.actual
    local page=$1 n
    rm -rf "$work/page"
    mkdir -p "$work/page/files"
    awk -v work="$work/page" '
        function opened() { file = work "/" n (inside == "text" ? ".expected" : "." inside); if (inside != "other") printf "" >file }
        function line() { if (inside != "other") print >file }
        function closed() { if (last != "other") close(file) }
        function outside() { }
        '"$reading"'
        END { print n + 0 >(work "/blocks") }
    ' "$page"
    blocks=$(cat "$work/page/blocks")
    [ "$blocks" -gt 0 ] || return 0
    for ((n = 1; n <= blocks; n++)); do
        printf '\\echo @block %s\n' "$n"
        if [ -f "$work/page/$n.sh" ]; then
            printf '\\! cd %s/page/files && bash -e ../%s.sh 2>&1 </dev/null || echo "ERROR: exit status $?"\n' "$work" "$n"
        else
            cat "$work/page/$n.sql"
        fi
    done >"$work/page/session.sql"
    sql -c "CREATE DATABASE $database TEMPLATE $PG_SHARING_TEMPLATE"
    PGDATABASE=$database PSQL_PAGER='' psql -X -q <"$work/page/session.sql" >"$work/page/session.out" 2>&1 || {
        tail "$work/page/session.out"
        echo "psql did not come to the end of $page"
        exit 1
    }
    awk -v work="$work/page" '/^@block / { file = work "/" $2 ".actual"; printf "" >file; next } { print >file }' "$work/page/session.out"
    tidy
}

accept() {
    local page=$1 n
    for ((n = 1; n <= blocks; n++)); do trimmed "$work/page/$n.actual" >"$work/page/$n.accepted"; done
    awk -v work="$work/page" '
        function opened() {
            print
            if (inside == "text") while ((getline text <(work "/" n ".accepted")) > 0) print text
        }
        function line() { if (inside != "text") print }
        function closed() { print }
        function outside() { print }
        '"$reading"'
    ' "$page" >"$work/accepted.md"
    cat "$work/accepted.md" >"$page"
}

failed=0
for page in "${pages[@]}"; do
    run "$page"
    if [ -n "$accept" ]; then
        accept "$page"
        continue
    fi
    for ((n = 1; n <= blocks; n++)); do
        if [ -f "$work/page/$n.expected" ]; then
            diff -u --label "$page" <(trimmed "$work/page/$n.expected") --label "block $n" <(trimmed "$work/page/$n.actual") || failed=1
        elif grep -q '^ERROR' "$work/page/$n.actual"; then
            cat "$work/page/$n".s* "$work/page/$n.actual"
            failed=1
        fi
    done
    [ $failed -ne 0 ] || echo "$blocks blocks of $page ran"
done
exit $failed
