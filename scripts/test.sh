#!/usr/bin/env bash
# Runs every test, on a private server that is gone afterwards. Exit status 0 only if nothing failed; the last
# line is 'N passed, N failed'.
#
#   scripts/test.sh                         everything
#   scripts/test.sh ONLY=sql                one stage:  lint core pgspot sql isolation client settings scripts
#   scripts/test.sh ONLY=sql/NAME           one file:   tests/sql/NAME.sql; patterns work: 'ONLY=sql/rule_*'
#   scripts/test.sh ONLY=sql/a,isolation/b  several
#   scripts/test.sh ONLY=client/NAME        tests/NAME.rs        (ONLY=core/NAME: the unit tests whose path has NAME)
#   scripts/test.sh ONLY=... BUILD=debug    with an unoptimized extension, which compiles faster
#   scripts/test.sh ONLY=sql/NAME ACCEPT=1  takes the output as the expected one; read it before you commit it
#   scripts/test.sh ONLY=... SETTINGS='a = b; c = d'   with other settings of the server
#
# The same variables work in the environment, so with 'make test ONLY=...' too.
#
# Stages and where they look, always by wildcard:
#   sql        tests/sql/*.sql with tests/expected/*.out, each in a fresh database that has the extension
#   isolation  tests/isolation/specs/*.spec with tests/isolation/expected/*.out, likewise
#   client     tests/*.rs, which get PGHOST, PGPORT, PGUSER, PG_SHARING_BINDIR and PG_SHARING_TEMPLATE
#   settings   what tells the consistency of plans and caches, again under settings that provoke others
#   scripts    tests/scripts/*.sh, executable, with the same variables; exit status 77 means skipped
#   pgspot     the install and upgrade scripts; tests/pgspot.allow lists what is accepted, and why
# Roles that a sql or isolation test leaves behind are dropped after it. A skipped test says so on a line
# that begins with 'SKIPPED:'; these lines are repeated at the end.
#
# Where everything runs and there is more than one processor, the extension is built beside lint and core, and the
# stages of BESIDE run beside those of HERE, on a server of their own.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"

for argument in "$@"; do
    case $argument in
        ONLY=* | BUILD=* | ACCEPT=* | SETTINGS=*) declare "$argument" ;;
        *) die "unknown argument '$argument'; usage is at the head of scripts/test.sh" ;;
    esac
done
ONLY=${ONLY:-}
BUILD=${BUILD:-release}
ACCEPT=${ACCEPT:-}
SETTINGS=${SETTINGS:-}
case $BUILD in release | debug) ;; *) die "BUILD is release or debug, not '$BUILD'" ;; esac
[ -z "$ACCEPT" ] || [ -z "${CI:-}" ] || die "ACCEPT is for a developer's eyes, not for CI"

IFS=, read -ra items <<<"$ONLY"
for item in "${items[@]}"; do
    case $item in
        lint | core | core/* | pgspot | sql | isolation | client | client/* | settings | scripts) found=yes ;;
        sql/*) found=$(compgen -G "tests/$item.sql" || true) ;;
        isolation/*) found=$(compgen -G "tests/isolation/specs/${item#*/}.spec" || true) ;;
        scripts/*) found=$(compgen -G "tests/$item.sh" || true) ;;
        *) found= ;;
    esac
    [ -n "$found" ] || die "ONLY=$item is no stage (lint, core, pgspot, sql, isolation, client, settings, scripts) and no test of one"
done

PGSPOT_VERSION=0.9.4
CLASSICMODELS_DIR=${CLASSICMODELS_DIR:-../shared/data/classicmodels}
CLASSICMODELS_DIR=$(realpath -m "$CLASSICMODELS_DIR") # tests skip, and say so, where it is absent
export CLASSICMODELS_DIR

passed=0
failed=0
failures=()
pass() {
    passed=$((passed + 1))
    say "ok      $1"
}
fail() {
    failed=$((failed + 1))
    failures+=("$1${2:+: $2}")
    say "FAILED  $1${2:+: $2}"
}

HERE=lint,core,pgspot,sql,settings
BESIDE=isolation,client,scripts
IS_BESIDE=${IS_BESIDE:-} # set for the script that runs them
OUTPUT=$TARGET/regress${IS_BESIDE:+-beside} # results and differences of the last run
mkdir -p "$OUTPUT"
skips=$OUTPUT/skipped
: >"$skips"

# What runs beside this script.
building=
beside=

stage=setup
begin() {
    stage=$1
    headline "$2"
}

finish() {
    local line
    trap - EXIT
    [ -z "$building" ] || kill "$building" 2>/dev/null || true
    [ -z "$beside" ] || kill "$beside" 2>/dev/null || true
    if [ -s "$skips" ]; then
        headline "skipped"
        cat "$skips"
    fi
    if [ $failed -gt 0 ]; then
        headline "failed"
        for line in "${failures[@]}"; do say "$line"; done
    fi
    server_stop
    say
    say "$passed passed, $failed failed"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
    exit
}
# A step that others need has failed, or somebody pressed Ctrl-C: that counts, and the server goes.
trap 'fail "$stage" "the run ended here"; finish' EXIT
trap 'exit 130' INT TERM

# Is this stage, or this file of it, asked for?
wanted() {
    local stage=$1 name=${2:-} item
    [ -n "$ONLY" ] || return 0
    for item in "${items[@]}"; do
        [ "$item" != "$stage" ] || return 0
        if [ -z "$name" ]; then
            [ "${item%%/*}" != "$stage" ] || return 0
        else
            # shellcheck disable=SC2254 # items are patterns
            case $stage/$name in $item) return 0 ;; esac
        fi
    done
    return 1
}

# Are all of its files?
wanted_wholly() {
    local item
    [ -n "$ONLY" ] || return 0
    for item in "${items[@]}"; do
        [ "$item" != "$1" ] || return 0
    done
    return 1
}

# The names in ONLY for a stage whose runner does its own matching.
names_of() {
    local item
    for item in "${items[@]}"; do
        case $item in "$1"/*) say "${item#*/}" ;; esac
    done
}

# Runs cargo test and adds up what its test programs report. A program that dies reports nothing.
cargo_test() {
    local log=$OUTPUT/$1.log status=0 counts p f i
    shift
    cargo test "${CARGO_PG[@]}" --no-fail-fast "$@" </dev/null 2>&1 | tee "$log" || status=$?
    grep '^SKIPPED:' "$log" >>"$skips" || true
    counts=$(sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored.*/\1 \2 \3/p' "$log" |
        awk '{ p += $1; f += $2; i += $3 } END { print p + 0, f + 0, i + 0 }')
    read -r p f i <<<"$counts"
    passed=$((passed + p))
    failed=$((failed + f))
    [ "$f" -eq 0 ] || failures+=("$stage: $f of its tests, see above")
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then fail "$stage" "cargo test ended with status $status"; fi
    if [ "$status" -eq 0 ] && [ "$p" -eq 0 ]; then fail "$stage" "no test ran"; fi
    [ "$i" -eq 0 ] || say "SKIPPED: $i ignored tests of $stage" >>"$skips"
}

# A crash of the server fails the run at its end. The tests after it still tell something.
await_server() {
    for _ in {1..60}; do
        ! "$PG_SHARING_BINDIR/pg_isready" -q || return 0
        sleep 0.5
    done
    die "the server does not come back"
}

drop_new_roles() {
    local roles
    await_server
    roles=$(server_psql -d postgres -At -c "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ')
        FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\_%' AND rolname <> 'postgres'")
    [ -n "$roles" ] || return 0
    server_psql -d postgres -c "DROP OWNED BY $roles" -c "DROP ROLE $roles" || say "warning: roles stay: $roles"
}

# One file through pg_regress or pg_isolation_regress, in a database of its own.
regress_file() {
    local driver=$2 input=$3 name=$4 database=regress_$4 out=$OUTPUT/$1/$4 status=0
    local expected=$input/expected/$name.out
    if [ ! -f "$expected" ]; then
        if [ -z "$ACCEPT" ]; then
            fail "$stage/$name" "it has no $expected (ACCEPT=1 makes one)"
            return 0
        fi
        mkdir -p "$(dirname "$expected")"
        : >"$expected"
    fi
    rm -rf "$out"
    mkdir -p "$out"
    await_server
    server_psql -d postgres -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)" \
        -c "CREATE DATABASE \"$database\" TEMPLATE $PG_SHARING_TEMPLATE" 2>&1 | { grep -v 'NOTICE' || true; }
    "$PG_REGRESS_DIR/$driver" --use-existing --dbname="$database" --inputdir="$input" --outputdir="$out" \
        --bindir="$PG_SHARING_BINDIR" --host="$PGHOST" --port="$PGPORT" --user=postgres "$name" \
        >"$out/driver.log" 2>&1 </dev/null || status=$?
    grep '^SKIPPED:' "$out/results/$name.out" 2>/dev/null >>"$skips" || true
    if [ -n "$ACCEPT" ] && [ "$status" -ne 0 ] && [ -s "$out/results/$name.out" ]; then
        cp "$out/results/$name.out" "$expected"
        pass "$stage/$name (accepted: $expected)"
    elif [ "$status" -eq 0 ]; then
        pass "$stage/$name"
    else
        cat "$out/regression.diffs" 2>/dev/null || cat "$out/driver.log"
        fail "$stage/$name"
    fi
    await_server
    server_psql -d postgres -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)"
    drop_new_roles
}

regress_stage() {
    local driver=$2 input=$3 folder=$4 suffix=$5 file name
    begin "$1" "$1: $input/$folder/*.$suffix"
    for file in "$input/$folder"/*."$suffix"; do
        [ -f "$file" ] || continue
        name=$(basename "$file" ".$suffix")
        if wanted "$1" "$name"; then regress_file "$1" "$driver" "$input" "$name"; fi
    done
    wanted_wholly "$1" || return 0
    for file in "$input"/expected/*.out; do
        [ -f "$file" ] || continue
        name=$(basename "$file" .out)
        # NAME_1.out and so on are further accepted outputs of NAME.
        [ -f "$input/$folder/$name.$suffix" ] || [ -f "$input/$folder/${name%_[0-9]}.$suffix" ] ||
            fail "$stage/$name" "$file belongs to no $folder/$name.$suffix"
    done
}

# Plans that are made once, statements that run in parallel, caches that forget all the time: every answer must
# stay the same.
CONSISTENCY=(sql/{commands,cursor_hold,details_statements,follows,identity_statement,merge,on_conflict}
    sql/{closed_office_of_user_owner,parent_attack,plan_reuse,plans_in_functions,profile_plans,read_only,related_parents}
    sql/{rules_related,share_prepared_plans,share_situations,unfiltered_plans,unrelated_plans}
    isolation/{one_state_per_statement,parent_moves,revoke_and_grant,revoke_generic_plan}
    isolation/{revoke_repeatable_read,share_revoked_while_waiting,two_phase,uncommitted_changes,waiting_writers,waiting_writers_by_index}
    isolation/merge_waits)

settings_stage() {
    local setting name value item largest parallel=debug_parallel_query
    [ "$PG_MAJOR" -ge 16 ] || parallel=force_parallel_mode
    for setting in plan_cache_mode=force_generic_plan $parallel=regress debug_discard_caches=1; do
        name=${setting%=*} value=${setting#*=}
        begin settings "settings: $name = $value"
        if [ "$name" = debug_discard_caches ]; then
            largest=$(server_psql -d postgres -At -c "SELECT max_val FROM pg_catalog.pg_settings WHERE name = '$name'")
            if [ "${largest:-0}" -lt 1 ]; then
                say "SKIPPED: $setting: the server was not built for it" >>"$skips"
                continue
            fi
        fi
        server_psql -d postgres -c "ALTER SYSTEM SET $name = $value" -c "SELECT pg_catalog.pg_reload_conf()" >/dev/null
        for item in "${CONSISTENCY[@]}"; do
            case $item in
                sql/*) regress_file "settings/$name" regress/pg_regress tests "${item#*/}" ;;
                *) regress_file "settings/$name" isolation/pg_isolation_regress tests/isolation "${item#*/}" ;;
            esac
        done
        # With a parallel worker for every statement a random world takes half a minute.
        if [ "$name" = plan_cache_mode ]; then
            RANDOM_ORGANIZATIONS_SECONDS=5 RANDOM_SHARING_SECONDS=5 cargo_test "settings_$name" \
                --test random_organizations --test random_sharing
            drop_new_roles
        fi
        server_psql -d postgres -c "ALTER SYSTEM RESET $name" -c "SELECT pg_catalog.pg_reload_conf()" >/dev/null
    done
}

pgspot_stage() {
    local venv=$TARGET/pgspot-venv file found=$OUTPUT/pgspot.found allowed=$OUTPUT/pgspot.allowed status line
    begin pgspot "pgspot: the install and upgrade scripts"
    if [ "$("$venv/bin/pip" show pgspot 2>/dev/null | sed -n 's/^Version: //p')" != "$PGSPOT_VERSION" ]; then
        rm -rf "$venv"
        if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "pgspot==$PGSPOT_VERSION"; }; then
            fail pgspot "pgspot $PGSPOT_VERSION could not be installed into $venv"
            return 0
        fi
    fi
    sed -E '/^[[:space:]]*(#|$)/d' tests/pgspot.allow | sort -u >"$allowed"
    : >"$found"
    for file in "$SERVER_DIR/package$("$PG_CONFIG" --sharedir)"/extension/pg_sharing--*.sql; do
        status=0
        "$venv/bin/pgspot" "$file" >"$OUTPUT/pgspot.log" 2>&1 || status=$?
        if ! grep -q '^ *Errors: ' "$OUTPUT/pgspot.log"; then
            cat "$OUTPUT/pgspot.log"
            fail "pgspot/${file##*/}" "pgspot ended with status $status"
            continue
        fi
        # Line numbers move with every edit; the rest of a finding identifies it.
        grep -Ev '^ *Errors: |^[[:space:]]*$' "$OUTPUT/pgspot.log" | sed -E 's/ at line [0-9]+$//' >"$OUTPUT/pgspot.lines" || true
        cat "$OUTPUT/pgspot.lines" >>"$found"
        if grep -vxFf "$allowed" "$OUTPUT/pgspot.lines"; then
            fail "pgspot/${file##*/}" "the findings above are not in tests/pgspot.allow"
        else
            pass "pgspot/${file##*/}"
        fi
    done
    while read -r line; do
        grep -qxF "$line" "$found" || fail pgspot "tests/pgspot.allow lists what is no longer found: $line"
    done <"$allowed"
}

scripts_stage() {
    local file name status
    begin scripts "scripts: tests/scripts/*.sh"
    for file in tests/scripts/*.sh; do
        [ -f "$file" ] || continue
        name=$(basename "$file" .sh)
        wanted scripts "$name" || continue
        if [ ! -x "$file" ]; then
            fail "scripts/$name" "$file is not executable"
            continue
        fi
        status=0
        PATH=$PG_SHARING_BINDIR:$PATH "$file" </dev/null 2>&1 | tee "$OUTPUT/$name.log" || status=$?
        grep '^SKIPPED:' "$OUTPUT/$name.log" >>"$skips" || true
        case $status in
            0) pass "scripts/$name" ;;
            77) say "SKIPPED: scripts/$name" >>"$skips" ;;
            *) fail "scripts/$name" "exit status $status" ;;
        esac
        drop_new_roles
    done
}

wants_server() {
    wanted pgspot || wanted sql || wanted isolation || wanted client || wanted settings || wanted scripts
}

# Another one of this script, with a part of the stages; what it prints is printed after what is printed here.
start_beside() {
    IS_BESIDE=yes "$0" ONLY="$BESIDE" BUILD="$BUILD" SETTINGS="$SETTINGS" >"$OUTPUT/beside.log" 2>&1 </dev/null &
    beside=$!
}

await_beside() {
    local status=0 p f line
    begin beside "beside: $BESIDE"
    tail -n +1 -f --pid="$beside" "$OUTPUT/beside.log"
    wait "$beside" || status=$?
    beside=
    cat "$TARGET/regress-beside/skipped" >>"$skips"
    read -r p f < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$OUTPUT/beside.log" | tail -n 1) || true
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-0}))
    while IFS= read -r line; do failures+=("$line"); done < <(sed '1,/^== failed$/d; /^$/,$d' "$OUTPUT/beside.log")
    if [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; then fail beside "it ended with status $status"; fi
}

begin setup "setup"
scripts/setup.sh
pass setup
use_pg_config

at_once=
if [ -z "$ONLY" ] && [ "$(nproc)" -gt 1 ]; then
    at_once=yes
    IFS=, read -ra items <<<"$HERE"
    ONLY=$HERE
fi

if wants_server; then
    server_new
    if [ -n "$at_once" ]; then
        server_build "$BUILD" </dev/null >"$OUTPUT/build.log" 2>&1 &
        building=$!
    fi
fi

if wanted lint; then
    begin lint "lint"
    if scripts/lint.sh </dev/null; then pass lint; else fail lint; fi
fi

if wanted core; then
    begin core "core: unit and property tests without a server"
    mapfile -t names < <(names_of core)
    cargo_test core --lib -- "${names[@]}"
fi

if wants_server; then
    begin build "build ($BUILD)"
    if [ -z "$building" ]; then
        server_build "$BUILD" </dev/null
    elif ! wait "$building"; then
        building=
        cat "$OUTPUT/build.log"
        die "the extension cannot be built"
    fi
    building=
    pass build
fi

if [ -n "$at_once" ]; then start_beside; fi
if wanted pgspot; then pgspot_stage; fi

if wants_server; then
    begin server "server"
    IFS=';' read -ra settings <<<"$SETTINGS"
    server_start "${settings[@]}"
    server_template
    pass "server, CREATE EXTENSION"
    if wanted sql; then regress_stage sql regress/pg_regress tests sql sql; fi
    if wanted isolation; then regress_stage isolation isolation/pg_isolation_regress tests/isolation specs spec; fi
    if wanted client; then
        begin client "client: tests/*.rs over real connections"
        mapfile -t names < <(names_of client)
        [ ${#names[@]} -gt 0 ] || names=('*')
        targets=()
        for name in "${names[@]}"; do targets+=(--test "$name"); done
        cargo_test client "${targets[@]}"
        drop_new_roles
    fi
    if wanted settings; then settings_stage; fi
    if wanted scripts; then scripts_stage; fi
    # A crash restarts the server, and a test that expects an error might not notice.
    if grep -E 'was terminated by signal|PANIC:' "$SERVER_DIR/run/log"; then
        fail "server" "it crashed, see above"
        tail -n 100 "$SERVER_DIR/run/log"
    fi
fi

if [ -n "$beside" ]; then await_beside; fi

finish
