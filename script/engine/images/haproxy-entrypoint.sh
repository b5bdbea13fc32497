#!/bin/sh
# As the official image: `haproxy -f FILE`, or its flags alone, runs in master-worker mode (-W)
# and in the foreground (-db); any other command runs as it is.
set -e
if [ "${1#-}" != "$1" ]; then
    set -- haproxy "$@"
fi
if [ "$1" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi
exec "$@"
