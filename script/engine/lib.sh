# Shared by the scripts in this folder; sourced, never run.
# shellcheck shell=bash

# All that belongs to an engine that these scripts started lies here: its
# data, its log, its settings. A person's own engine never sees any of it.
STATE=/var/lib/devkit-engine

# Not the usual 5000: there a person's own registry may be.
REGISTRY_PORT=5507

# Where a registry has an image: those with one name only are Docker's own library.
repository() {
    case "$1" in
        */*) echo "${1%%:*}" ;;
        *) echo "library/${1%%:*}" ;;
    esac
}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 4; }

# root by itself, or through sudo where that asks for no password or a person sits there.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

is_debian_like() {
    [ -r /etc/os-release ] && grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

engine_answers() { docker info >/dev/null 2>&1; }
engine_answers_root() { as_root docker info >/dev/null 2>&1; }

# Whether the engine that answers is the one that these scripts started.
engine_is_ours() {
    [ "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)" = "$STATE/docker" ]
}

# processes NAME [WORD]: the numbers of the running processes of that name, with
# WORD among their words; without those in containers, which a machine sees, too.
processes() {
    local found pid
    for found in $(grep -lxsF -- "$1" /proc/[0-9]*/comm || true); do
        pid=${found//[!0-9]/}
        [ "$(awk '$1 == "NSpid:" { print NF }' "/proc/$pid/status" 2>/dev/null)" = 2 ] || continue
        if grep -qszF ${2:+-x} -e "${2:-}" "/proc/$pid/cmdline"; then echo "$pid"; fi
    done
}

our_dockerd() { processes dockerd "$STATE/docker"; }
our_registry() { processes docker-registry "$STATE/registry.yml"; }

# Whether a process listens at the socket where an engine of ours would.
socket_is_live() { grep -Eqs ' 00010000 .* (/var)?/run/docker\.sock$' /proc/net/unix; }

# Whoever has started an engine as root may use it, and nobody else: membership
# in a group that has the socket is as good as root.
open_socket() {
    [ "$(id -u)" = 0 ] || as_root chown "$(id -u)" /var/run/docker.sock
}

has_plugins() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }

# wait_until SECONDS COMMAND...
wait_until() {
    local tries=$(($1 * 5)); shift
    while ! "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}

# The address of the machine's own Debian package source. Debian's cloud images
# name a list of mirrors (mirror+file:) in its place.
debian_source() {
    { grep -rhs '^URIs:\|^deb ' /etc/apt/sources.list /etc/apt/sources.list.d || true
      grep -hs '^https\?:' /etc/apt/mirrors/*.list || true; } |
        grep -o 'https\?://[^[:space:]]*' | grep '/debian/\?$' | head -n 1
}

# Debian's packages, quietly; the log is shown only when it fails.
apt_install() {
    local log
    log=$(mktemp)
    if ! as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt-get could not install: $*"
    fi
    rm -f "$log"
}
