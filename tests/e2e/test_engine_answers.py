"""What the engine is asked in short, and answers."""

from __future__ import annotations

import pytest

from devkit.engine.docker import Docker
from devkit.errors import CouldNotFindOutError
from tests.e2e.apps import NAME
from tests.e2e.machine import docker

LINES = 60
NEAR = LINES // 2
"""Lines: the engine reads the two streams one by one, and is late at times on a busy machine. One
stream after the other would be as many apart as there are."""
BOTH_WAYS = f"for i in $(seq {LINES}); do echo $i; sleep 0.01; echo err $i >&2; sleep 0.01; done"


def test_a_log_has_stdout_and_stderr_in_the_order_in_which_they_were_written() -> None:
    """The cause of a failure is often on the one, and what came of it on the other."""
    name = f"{NAME}-both"
    try:
        docker("run", "--name", name, "python:3.11-slim-bookworm", "sh", "-c", BOTH_WAYS)
        first = Docker().logs(name, lines=2 * LINES)
        for _ in range(5):
            assert Docker().logs(name, lines=2 * LINES) == first
        assert Docker().logs(name, lines=2) == first[-2:]
        numbers = [str(i) for i in range(1, LINES + 1)]
        assert [line for line in first if not line.startswith("err ")] == numbers
        assert [line[4:] for line in first if line.startswith("err ")] == numbers
        apart = [abs(first.index(each) - first.index(f"err {each}")) for each in numbers]
        assert max(apart) <= NEAR
    finally:
        docker("rm", "--force", name)


def test_what_is_not_there() -> None:
    assert Docker().image(f"{NAME}-no-such-image") is None
    assert Docker().containers({"io.devkit.run": "nobody's"}) == ()
    with pytest.raises(CouldNotFindOutError, match="No such container"):
        Docker().logs(f"{NAME}-nobody", lines=1)


def test_a_container_as_the_engine_has_it() -> None:
    name, label = f"{NAME}-answers", {"io.devkit.tests": NAME}
    base = ("run", "--detach", "--name", name, "--label", f"io.devkit.tests={NAME}")
    writes = "echo x > /new.txt; rm /etc/debian_version; exec sleep 60"
    try:
        docker(
            *base, "--publish", "127.0.0.1::80", "--volume", "/kept", "python:3.11-slim-bookworm",
            "sh", "-c", writes,
        )  # fmt: skip
        docker("exec", name, "sh", "-c", "while [ -e /etc/debian_version ]; do sleep 0.1; done")
        (found,) = Docker().containers(label)
        assert (found.name, found.running, list(found.published)) == (name, True, [80])
        assert found.host.count(".") == 3
        assert Docker().read_files(name, ("/new.txt", "/no/such")) == "x\n"
        assert Docker().read_files(name, ("/no/such",)) == ""
        changes = Docker().changes(name)
        assert "/new.txt" in changes.written
        assert "/etc/debian_version" in changes.removed
        assert changes.mounts == ("/kept",)
        docker("kill", name)
        (ended,) = Docker().containers(label)
        assert (ended.running, ended.exit_code, ended.host) == (False, 137, "")
        assert Docker().stopped(label) == (name,)
    finally:
        docker("rm", "--force", "--volumes", name)
