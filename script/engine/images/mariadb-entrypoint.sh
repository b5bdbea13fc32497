#!/usr/bin/env bash
# Honours what the official image documents: MARIADB_DATABASE, MARIADB_USER,
# MARIADB_PASSWORD, MARIADB_ROOT_PASSWORD, /docker-entrypoint-initdb.d/*.sql,
# and the healthcheck user. As there, the first initialisation runs a server on
# the unix socket only, and the real one starts after it.
set -euo pipefail
data=/var/lib/mysql

if [ "${1:-mariadbd}" != mariadbd ] && [ "${1#-}" = "$1" ]; then
    exec "$@"
fi
[ "${1#-}" = "$1" ] || set -- mariadbd "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$data" /run/mysqld
    chown mysql:mysql "$data" /run/mysqld
    exec gosu mysql "$0" "$@"
fi

initialise() {
    if [ -z "${MARIADB_ROOT_PASSWORD:-}" ]; then
        echo "Database is uninitialized and password option is not specified" >&2
        exit 1
    fi
    local health file
    health=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
    mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
    mariadbd --skip-networking --socket=/run/mysqld/first.sock &
    until mariadb-admin --socket=/run/mysqld/first.sock --user=root ping >/dev/null 2>&1; do sleep 0.1; done
    mariadb --socket=/run/mysqld/first.sock --user=root <<SQL
CREATE DATABASE IF NOT EXISTS \`${MARIADB_DATABASE:-mysql}\`;
CREATE USER '${MARIADB_USER:-nobody}'@'%' IDENTIFIED BY '${MARIADB_PASSWORD:-}';
GRANT ALL ON \`${MARIADB_DATABASE:-mysql}\`.* TO '${MARIADB_USER:-nobody}'@'%';
CREATE USER healthcheck@'127.0.0.1' IDENTIFIED BY '$health';
CREATE USER root@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
SQL
    for file in /docker-entrypoint-initdb.d/*.sql; do
        [ ! -e "$file" ] || mariadb --socket=/run/mysqld/first.sock --user=root \
            --password="$MARIADB_ROOT_PASSWORD" "${MARIADB_DATABASE:-mysql}" <"$file"
    done
    printf '[mariadb-client]\nhost=127.0.0.1\nprotocol=tcp\nuser=healthcheck\npassword=%s\n' "$health" \
        >"$data/.my-healthcheck.cnf"
    mariadb-admin --socket=/run/mysqld/first.sock --user=root --password="$MARIADB_ROOT_PASSWORD" shutdown
    wait
    echo "MariaDB init process done. Ready for start up."
}

[ -d "$data/mysql" ] || initialise
exec "$@" --bind-address=0.0.0.0
