#!/usr/bin/env bash
# Honours what the official image documents: POSTGRES_DB, POSTGRES_USER,
# POSTGRES_PASSWORD(_FILE), POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_ARGS,
# PGDATA and /docker-entrypoint-initdb.d. As there, the first initialisation
# runs a server on the unix socket only, and the real one starts after it.
set -euo pipefail

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
password=${POSTGRES_PASSWORD:-}
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    password=$(cat "$POSTGRES_PASSWORD_FILE")
fi

if [ "${1:-postgres}" != postgres ] && [ "${1#-}" = "$1" ]; then
    exec "$@"
fi
[ "${1#-}" = "$1" ] || set -- postgres "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    chmod 0700 "$PGDATA"
    exec gosu postgres "$0" "$@"
fi

initialise() {
    if [ -z "$password" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
        echo "Error: Database is uninitialized and superuser password is not specified." >&2
        echo "       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser." >&2
        exit 1
    fi
    # shellcheck disable=SC2086 # initdb's arguments are words
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    if [ "$database" != postgres ]; then
        psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$user" -d postgres -v "name=$database" \
            <<<'CREATE DATABASE :"name";'
    fi
    run_scripts
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo "PostgreSQL init process complete; ready for start up."
}

run_scripts() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) bash "$file" ;;
            *.sql) psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$user" -d "$database" ;;
        esac
    done
}

[ -s "$PGDATA/PG_VERSION" ] || PGPASSWORD=$password initialise
exec "$@" -c listen_addresses='*'
