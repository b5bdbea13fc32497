#!/usr/bin/env bash
# As the official image's: --connect and --innodb_initialized, as its own user over TCP.
set -euo pipefail
status=$(mariadb --defaults-extra-file=/var/lib/mysql/.my-healthcheck.cnf --skip-column-names \
    --execute="SELECT 1 FROM information_schema.ENGINES WHERE engine='innodb' AND support IN ('YES', 'DEFAULT')")
[ "$status" = 1 ]
