#!/usr/bin/env bash
# psql on the demo's server. Arguments go to psql.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/server.sh"
server_use demo || die "the demo is not running; start it with 'make demo'"
exec "$PG_SHARING_BINDIR/psql" -d crm "$@"
