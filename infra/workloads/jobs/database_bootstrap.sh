#!/bin/sh
# Makes the roles, databases, extensions and grants of the estate, then checks them. May run at any time, again
# and again: what is there already stays as it is.
#
# SCRIPTS        folder with this file, scram_verifiers.py and the SQL files
# PASSWORDS      folder with one file per login role, named after it, holding its password
# PGSERVICEFILE  connection service "master": host, user, password, sslmode, sslrootcert
# ODOO_DATABASE, GPS_DATABASE, EXPORTER_CONNECTIONS, GRAFANA_CONNECTIONS, GPS_CONNECTIONS, ONLINE_MONTHS
#
# No password is an argument, a variable or part of an SQL statement: libpq reads the master's from the service
# file, and roles get verifiers, which psql includes from a file.
set -eu

: "${SCRIPTS:?}" "${PASSWORDS:?}" "${PGSERVICEFILE:?}" "${ODOO_DATABASE:?}" "${GPS_DATABASE:?}"
: "${EXPORTER_CONNECTIONS:?}" "${GRAFANA_CONNECTIONS:?}" "${GPS_CONNECTIONS:?}" "${ONLINE_MONTHS:?}"
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-5}" PGAPPNAME=database-bootstrap
export PGOPTIONS="-c client_min_messages=warning"

umask 077
work=$(mktemp -d "${TMPDIR:-/tmp}/database-bootstrap.XXXXXX")
trap 'rm -rf "$work"' EXIT

in_database() {
    database=$1
    shift
    psql "service=master dbname=$database" --no-psqlrc --quiet --tuples-only --no-align --output=/dev/null \
        --set=ON_ERROR_STOP=1 --set=odoo_database="$ODOO_DATABASE" --set=gps_database="$GPS_DATABASE" \
        --set=exporter_connections="$EXPORTER_CONNECTIONS" --set=grafana_connections="$GRAFANA_CONNECTIONS" \
        --set=gps_connections="$GPS_CONNECTIONS" --set=online_months="$ONLINE_MONTHS" "$@"
}

python3 "$SCRIPTS/scram_verifiers.py" "$PASSWORDS" >"$work/verifiers.sql"

tries=0
until in_database postgres --command='SELECT 1' 2>"$work/refused"; do
    tries=$((tries + 1))
    if [ "$tries" -ge "${TRIES:-60}" ]; then
        echo "database-bootstrap: no connection after $tries tries: $(cat "$work/refused")" >&2
        exit 1
    fi
    sleep "${PAUSE_SECONDS:-5}"
done

echo "database-bootstrap: roles"
in_database postgres --single-transaction --file="$work/verifiers.sql" --file="$SCRIPTS/roles.sql"
echo "database-bootstrap: databases $ODOO_DATABASE and $GPS_DATABASE"
# CREATE DATABASE cannot be part of a transaction.
in_database postgres --file="$SCRIPTS/databases.sql"
echo "database-bootstrap: inside $ODOO_DATABASE"
in_database "$ODOO_DATABASE" --single-transaction --file="$SCRIPTS/erp.sql"
echo "database-bootstrap: inside $GPS_DATABASE"
in_database "$GPS_DATABASE" --single-transaction --file="$SCRIPTS/gps.sql" \
    --file="$SCRIPTS/gps_archive.sql" --file="$SCRIPTS/gps_outbox.sql" \
    --file="$SCRIPTS/gps_restore_validation.sql"
echo "database-bootstrap: checks"
in_database postgres --single-transaction --file="$SCRIPTS/checks.sql"
echo "database-bootstrap: done"
