#!/bin/sh
# Starts the service from its checkout: `make run`.
# A first start, with no database under WAREHOUSE_HOME, also loads the demo site. A database that WAREHOUSE_DATABASE or
# the file WAREHOUSE_CONFIG names belongs to somebody: it is brought to the present schema, but gets no demo goods.
set -eu
cd "$(dirname "$0")/.."

home=${WAREHOUSE_HOME:-var}
warehouse=.venv/bin/warehouse
# Stands from before the database is made until the demo is in it, so that an interrupted first start is taken up again.
unfinished=$home/.first-start

is_first_start() {
    [ -z "${WAREHOUSE_DATABASE:-}${WAREHOUSE_CONFIG:-}" ] || return 1
    [ ! -e "$unfinished" ] || return 0
    for file in "$home"/*.db; do
        [ ! -e "$file" ] || return 1
    done
}

if is_first_start; then
    mkdir -p "$home"
    : >"$unfinished"
    "$warehouse" init
    "$warehouse" demo
    rm "$unfinished"
else
    "$warehouse" init
fi
# What is not given is the settings' own business: 127.0.0.1, port 8000, or the file's.
exec "$warehouse" serve ${HOST:+--host "$HOST"} ${PORT:+--port "$PORT"}
