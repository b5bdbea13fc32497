#!/usr/bin/env bash
# The deployment of a commit, rehearsed with plain commands, one after the other.
#
# Usage: bench/verify.sh REPOSITORY NAME CONTAINERS PORT [RELEASE COMMAND...]
#
# What bench/verify.py measures devkit against: a script as one would write it for a single
# project, to be trusted. All that it makes is its own and is removed, also after Ctrl-C; of the
# run only the image is left, and of those the last three.
set -euo pipefail

repository=$1 name=$2 containers=$3 port=$4
shift 4

run="$name-$$"
label="script-run=$run"
work=$(mktemp -d)
commit=$(git -C "$repository" rev-parse HEAD)
image="$name:${commit:0:12}"

clean_up() {
    set +e # what can be removed is removed
    docker ps --all --quiet --filter "label=$label" | xargs --no-run-if-empty docker rm --force --volumes
    docker network ls --quiet --filter "label=$label" | xargs --no-run-if-empty docker network rm
    docker volume ls --quiet --filter "label=$label" | xargs --no-run-if-empty docker volume rm
    docker image ls --format '{{.Repository}}:{{.Tag}}' "$name" |
        tail --lines +4 | xargs --no-run-if-empty docker image rm
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

give_up() {
    echo "$1" >&2
    exit 1
}

# The services, with a password that nobody has had before.
password=$(head --bytes 16 /dev/urandom | od -An -v -t x1 | tr -d ' \n')
secret=$(head --bytes 32 /dev/urandom | od -An -v -t x1 | tr -d ' \n')
dsn="postgres://postgres:$password@database_default:5432/db"
(umask 077 && cat >"$work/variables" <<VARIABLES
STAGE=live
DEBUG=False
DOMAIN=$name.example.com
DOMAIN_ALIASES=www.$name.example.com
SECRET_KEY=$secret
GIT_BRANCH=main
GIT_COMMIT=$commit
DEFAULT_DATABASE_DSN=$dsn
DATABASE_URL=$dsn
DEFAULT_STORAGE_DSN=file:///data/media/?url=%2Fmedia%2F
VARIABLES
)
docker network create --label "$label" "$run"
docker volume create --label "$label" "$run-database"
docker volume create --label "$label" "$run-storage"
POSTGRES_PASSWORD=$password docker run --detach --label "$label" --name "$run-database" \
    --network "$run" --network-alias database_default --volume "$run-database:/var/lib/postgresql/data" \
    --env POSTGRES_DB=db --env POSTGRES_USER=postgres --env POSTGRES_PASSWORD postgres:15-bookworm
# Over TCP: the first initialisation's own server listens on the unix socket only.
ready=no
for _ in $(seq 360); do
    if docker exec "$run-database" pg_isready --quiet --host 127.0.0.1 --username postgres --dbname db; then
        ready=yes
        break
    fi
    sleep 0.5
done
[ "$ready" = yes ] || give_up "the database did not become ready"

# The check-out: a clean clone, detached at the commit, with nothing changed in it.
git clone --quiet --no-checkout "$repository" "$work/clone"
git -C "$work/clone" checkout --quiet --detach "$commit"
[ "$(git -C "$work/clone" rev-parse HEAD)" = "$commit" ] || give_up "not at the commit"
[ -z "$(git -C "$work/clone" status --porcelain --ignored)" ] || give_up "the clone is not clean"

docker build --pull --no-cache --tag "$image" "$work/clone"

# The release commands, each in a container of its own, up to the first that fails.
for command in "$@"; do
    # shellcheck disable=SC2086 # its words are the command's
    docker run --rm --label "$label" --network "$run" --env-file "$work/variables" \
        --volume "$run-storage:/data" "$image" $command
done

# The containers, and the gate: up to 300 attempts of 0.4 s at each one's own address.
for number in $(seq "$containers"); do
    docker run --detach --label "$label" --name "$run-web-$number" --network "$run" \
        --env-file "$work/variables" --volume "$run-storage:/data" "$image"
done

passes() { # CONTAINER
    local address attempt slot status connected
    address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1")
    for attempt in $(seq 300); do
        sleep 0.4 >/dev/null 2>&1 &
        slot=$!
        read -r status connected < <(
            curl --silent --output /dev/null --noproxy '*' --connect-timeout 0.4 --max-time 20 \
                --write-out '%{http_code} %{time_connect}\n' "http://$address:$port/"
        )
        if [ "$status" -eq 500 ] || { [ "$status" -ge 100 ] && [ "$status" -lt 500 ]; }; then
            echo "$1: $status at attempt $attempt"
            return 0
        fi
        # Without a connection: not yet, and the rest of the slot is waited for.
        [ "$connected" = 0.000000 ] || give_up "$1: connected, and then $status"
        wait "$slot"
    done
    give_up "$1 did not answer"
}

for number in $(seq "$containers"); do
    passes "$run-web-$number"
done
