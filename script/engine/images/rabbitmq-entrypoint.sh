#!/bin/sh
# Honours what the official image documents: RABBITMQ_DEFAULT_USER, _PASS and _VHOST.
set -e
if [ "$(id -u)" = 0 ]; then
    chown rabbitmq:rabbitmq /var/lib/rabbitmq
    {
        echo "default_user = ${RABBITMQ_DEFAULT_USER:-guest}"
        echo "default_pass = ${RABBITMQ_DEFAULT_PASS:-guest}"
        echo "default_vhost = ${RABBITMQ_DEFAULT_VHOST:-/}"
    } >/etc/rabbitmq/rabbitmq.conf
    chown rabbitmq:rabbitmq /etc/rabbitmq/rabbitmq.conf
    # Debian's programs are for root, who becomes rabbitmq, or for rabbitmq.
    exec gosu rabbitmq "$0" "$@"
fi
exec "$@"
