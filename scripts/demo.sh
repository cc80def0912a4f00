#!/usr/bin/env bash
# Starts a private server, loads the demo into the database crm, and leaves the server running for 'make psql'.
# A second run replaces it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"

"$(dirname "$0")/setup.sh"
use_pg_config
trap server_stop EXIT
trap 'exit 130' INT TERM
server_new
headline "building"
server_build release
headline "starting a private PostgreSQL server in $SERVER_DIR"
server_start
server_psql -d postgres -c 'CREATE DATABASE crm'
server_psql -d crm -c 'CREATE EXTENSION pg_sharing'
headline "the story"
# By standard input, and not -f: errors, some of which belong to the story, come without file and line.
"$PG_SHARING_BINDIR/psql" -X -q -v ON_ERROR_STOP=1 -d crm <demo/story.sql 2>&1 | sed '/^\\connect/!{/^\\/d}'
server_replace demo
trap - EXIT
cat <<END

The server keeps running (port $PGPORT, socket $PGHOST).
  make psql     opens a shell there
  make demo     starts afresh
  make clean    stops it, and deletes what was built
END
