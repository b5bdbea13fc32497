from __future__ import annotations

import pytest

from devkit.engine.messages import is_disk_full, trouble_beside, trouble_in
from devkit.ports import Trouble

NAMED = 'Head "https://registry.example/v2/library/python/manifests/3"'

# Real lines of Docker 20.10 to 28, Compose 2.26 and Buildx 0.13; only the host's name is changed.
SAMPLES = {
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon"
    " running?": Trouble.ENGINE_DOWN,
    "permission denied while trying to connect to the Docker daemon socket at"
    ' unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json":'
    " dial unix /var/run/docker.sock: connect: permission denied": Trouble.NO_PERMISSION,
    "ERROR: failed to solve: python:3.99: failed to resolve source metadata for"
    f" registry.example/library/python:3.99: failed to do request: {NAMED}: dial tcp: lookup"
    " registry.example on 10.0.0.1:53: no such host": Trouble.REGISTRY_UNREACHABLE,
    'Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup'
    " registry.example: no such host": Trouble.REGISTRY_UNREACHABLE,
    ' x Error Get "https://registry.example/v2/": net/http: TLS handshake timeout':
        Trouble.REGISTRY_UNREACHABLE,
    "ERROR: failed to solve: python:3.99: failed to resolve source metadata for"
    " registry.example/library/python:3.99: registry.example/library/python:3.99: not found":
        Trouble.IMAGE_NOT_FOUND,
    "Error response from daemon: manifest for postgres:99 not found: manifest unknown: manifest"
    " unknown": Trouble.IMAGE_NOT_FOUND,
    "Error response from daemon: pull access denied for nosuch, repository does not exist or may"
    " require 'docker login': denied": Trouble.IMAGE_NOT_FOUND,
    "Error response from daemon: driver failed programming external connectivity on endpoint x:"
    " Error starting userland proxy: listen tcp4 127.0.0.1:5000: bind: address already in use":
        Trouble.PORT_TAKEN,
    "Error response from daemon: Bind for 127.0.0.1:8000 failed: port is already allocated":
        Trouble.PORT_TAKEN,
    "ERROR: failed to solve: write /var/lib/docker/x: no space left on device": Trouble.DISK_FULL,
    "ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref"
    ' a::b: "/nothere.txt": not found': Trouble.NONE,
    'ERROR: failed to solve: process "/bin/sh -c exit 7" did not complete successfully: exit'
    " code: 7": Trouble.NONE,
    'ERROR: failed to solve: process "/bin/sh -c curl https://registry/v2/ || echo dial tcp no'
    ' such host" did not complete successfully: exit code: 6': Trouble.NONE,
    "ERROR: failed to solve: python:3.11: failed to resolve source metadata for"
    " registry.example/library/python:3.11: failed to copy: httpReadSeeker: failed open:"
    " unexpected status code https://registry.example/v2/library/python: 429 Too Many Requests":
        Trouble.REGISTRY_UNREACHABLE,
    "ERROR: failed to solve: error getting credentials - err: exec: docker-credential-x: not"
    " found": Trouble.REGISTRY_UNREACHABLE,
    "ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading from"
    " server: EOF": Trouble.ENGINE_DOWN,
    "docker: 'buildx' is not a docker command.": Trouble.TOOL_MISSING,
    "Error response from daemon: could not find an available, non-overlapping IPv4 address pool"
    " among the defaults to assign to the network": Trouble.NONE,
    "": Trouble.NONE,
}  # fmt: skip


@pytest.mark.parametrize("output", SAMPLES)
def test_real_messages_are_understood(output: str) -> None:
    assert trouble_in(f" Container a-web-1  Creating\n{output}\n") is SAMPLES[output]


def test_what_the_application_says_is_not_dockers_word() -> None:
    said = "psycopg: could not dial tcp /v2/ registry: connection refused\nno space left on device"
    assert trouble_in(said) is Trouble.NONE


@pytest.mark.parametrize(
    "said",
    [
        "Error: unknown shorthand flag: 'z' in -z",
        "Cannot connect to the Docker daemon at tcp://x:2375. Is the docker daemon running?",
        "permission denied while trying to connect to the Docker daemon socket at /x",
    ],
)
def test_what_a_step_of_the_dockerfile_says_is_not_dockers_word(said: str) -> None:
    output = f"""\
#5 [2/2] RUN echo "{said}"; false
#5 0.321 {said}
#5 ERROR: process "/bin/sh -c echo {said}" did not complete successfully: exit code: 1
------
 > [2/2] RUN echo "{said}"; false:
0.321 {said}
------
Dockerfile:2
--------------------
   1 |     FROM python:3.11-slim-bookworm
   2 | >>> RUN echo "{said}"; false
--------------------
ERROR: failed to solve: process "/bin/sh -c echo {said}" did not complete successfully: exit code: 1
"""
    assert trouble_in(output) is Trouble.NONE
    assert trouble_in(f"{output}\n{said}\n") is not Trouble.NONE


def test_a_release_commands_own_error_is_its_own() -> None:
    said = "error: cannot bind: address already in use\nERROR: no space left on device"
    assert trouble_beside(said) is Trouble.NONE
    engine = "Error response from daemon: write /var/lib/docker/x: no space left on device"
    assert trouble_beside(f"{said}\n{engine}") is Trouble.DISK_FULL
    gone = (
        'error during connect: Post "http://%2Frun%2Fdocker.sock/v1.45/containers/e1e3/start": EOF'
    )
    assert trouble_beside(gone) is Trouble.ENGINE_DOWN


# Real lines of docker cp, PostgreSQL 15 and its log, on file systems that were too small.
NO_ROOM = (
    "Error response from daemon: write /data/x: no space left on device",
    (
        'pg_restore: error: could not execute query: ERROR:  could not extend file "base/5/16386":'
        " No space left on device"
    ),
    (
        '2026-11-23 17:21:24.745 UTC [94] PANIC:  could not write to file "pg_wal/xlogtemp.94":'
        " No space left on device"
    ),
)


@pytest.mark.parametrize("line", NO_ROOM)
def test_a_copy_without_room_is_known_by_what_the_writer_says(line: str) -> None:
    assert is_disk_full(line)
    assert not is_disk_full("pg_restore: error: could not read from input file: end of file")
