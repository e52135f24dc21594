#!/bin/sh
# Starts the service from its checkout: `make run`.
# A first start, with no database under WAREHOUSE_HOME, also loads the demo site. A database named by
# WAREHOUSE_DATABASE belongs to somebody: it is brought to the present schema, but gets no demo goods.
set -eu
cd "$(dirname "$0")/.."

: "${HOST:=127.0.0.1}" "${PORT:=8000}" "${WAREHOUSE_HOME:=$PWD/var}"
export WAREHOUSE_HOME
warehouse=.venv/bin/warehouse
# Stands from before the database is made until the demo is in it, so that an interrupted first start is taken up again.
unfinished=$WAREHOUSE_HOME/.first-start

is_first_start() {
    [ -z "${WAREHOUSE_DATABASE:-}" ] || return 1
    [ ! -e "$unfinished" ] || return 0
    for file in "$WAREHOUSE_HOME"/*.db; do
        [ ! -e "$file" ] || return 1
    done
}

if is_first_start; then
    mkdir -p "$WAREHOUSE_HOME"
    : >"$unfinished"
    "$warehouse" init
    "$warehouse" demo
    rm "$unfinished"
else
    "$warehouse" init
fi
exec "$warehouse" serve --host "$HOST" --port "$PORT"
