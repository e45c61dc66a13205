#!/bin/sh
# Makes the views that dashboards read. May run at any time, again and again: it ends with the same views.
#
# SCRIPTS        folder with this file, contract.sql and bi.sql
# PGSERVICEFILE  connection service "odoo": user, password, sslmode, sslrootcert
# ODOO_DATABASE
set -eu

: "${SCRIPTS:?}" "${PGSERVICEFILE:?}" "${ODOO_DATABASE:?}"
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-5}" PGAPPNAME=business-views
export PGOPTIONS="-c client_min_messages=warning"

tries=0
until psql "service=odoo dbname=$ODOO_DATABASE" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --tuples-only --no-align \
    --single-transaction --file="$SCRIPTS/contract.sql" --file="$SCRIPTS/bi.sql"; do
    tries=$((tries + 1))
    if [ "$tries" -ge "${TRIES:-3}" ]; then
        echo "business-views: not made after $tries tries" >&2
        exit 1
    fi
    # A database that fails over, or a dashboard that still reads.
    sleep "${PAUSE_SECONDS:-20}"
done
echo "business-views: done"
