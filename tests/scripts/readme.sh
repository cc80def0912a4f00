#!/usr/bin/env bash
# The SQL of README.md says what it does there: every ```sql block runs, in order, as one session in a fresh
# database. A ```text block right after it is its output, and must be equal but for blanks at the ends of lines.
# Without one, the block must run without an error. A block after the line '<!-- not run -->' does not run.
#
#   tests/scripts/readme.sh ACCEPT   writes the outputs into README.md; read them before you commit
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
database=readme_$$
cleanup() {
    psql -X -q -d postgres -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
    rm -rf "$work"
}
trap cleanup EXIT

# Blocks into files: N.sql, and N.expected where the README shows an output.
awk -v work="$work" '
    inside == "sql" || inside == "text" {
        if ($0 == "```") { close(file); last = inside; inside = ""; next }
        print >file
        next
    }
    inside == "other" { if ($0 == "```") inside = ""; next }
    $0 == "<!-- not run -->" { skip = 1; next }
    $0 == "```sql" && !skip { inside = "sql"; n++; file = work "/" n ".sql"; printf "" >file; next }
    $0 == "```text" && last == "sql" { inside = "text"; file = work "/" n ".expected"; printf "" >file; next }
    /^```/ { inside = "other"; skip = 0; last = ""; next }
    { last = "" }
    END { print n + 0 >(work "/blocks") }
' README.md
blocks=$(cat "$work/blocks")
[ "$blocks" -gt 0 ] || { echo "README.md has no SQL"; exit 1; }

psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "CREATE DATABASE $database TEMPLATE $PG_SHARING_TEMPLATE"
for ((n = 1; n <= blocks; n++)); do
    printf '\\echo @block %s\n' "$n"
    cat "$work/$n.sql"
done >"$work/session.sql"
PSQL_PAGER='' psql -X -q -d "$database" <"$work/session.sql" >"$work/session.out" 2>&1 || {
    tail "$work/session.out"
    echo "psql did not come to the end"
    exit 1
}
awk -v work="$work" '/^@block / { file = work "/" $2 ".actual"; printf "" >file; next } { print >file }' "$work/session.out"

# Without blanks at the ends of lines, and without empty lines at the end.
trimmed() { sed -E 's/[[:space:]]+$//' "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }

if [ "${1:-}" = ACCEPT ]; then
    for ((n = 1; n <= blocks; n++)); do trimmed "$work/$n.actual" >"$work/$n.accepted"; done
    awk -v work="$work" '
        { if (!(inside == "text" && $0 != "```")) print }
        inside { if ($0 == "```") { last = inside; inside = "" } next }
        $0 == "<!-- not run -->" { skip = 1; next }
        $0 == "```sql" && !skip { inside = "sql"; n++; next }
        $0 == "```text" && last == "sql" {
            inside = "text"
            while ((getline line <(work "/" n ".accepted")) > 0) print line
            next
        }
        /^```/ { inside = "other"; skip = 0; last = ""; next }
        { last = "" }
    ' README.md >"$work/README.md"
    cat "$work/README.md" >README.md
    exit
fi

failed=0
for ((n = 1; n <= blocks; n++)); do
    if [ -f "$work/$n.expected" ]; then
        diff -u --label README.md <(trimmed "$work/$n.expected") --label "block $n" <(trimmed "$work/$n.actual") || failed=1
    elif grep -q '^ERROR' "$work/$n.actual"; then
        cat "$work/$n.sql" "$work/$n.actual"
        failed=1
    fi
done
[ $failed -eq 0 ] && echo "$blocks blocks of README.md ran"
exit $failed
