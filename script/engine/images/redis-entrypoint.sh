#!/bin/sh
# As the official image: flags alone go to the server, which takes clients from everywhere.
set -e
if [ "${1#-}" != "$1" ]; then
    set -- redis-server "$@"
fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    shift
    set -- gosu redis redis-server --protected-mode no --bind '* -::*' "$@"
fi
exec "$@"
