"""What the engine is asked in short, and answers."""

from __future__ import annotations

from devkit.engine.docker import Docker
from tests.e2e.apps import NAME
from tests.e2e.machine import docker

LINES = 60
BOTH_WAYS = f"for i in $(seq {LINES}); do echo $i; sleep 0.01; echo err $i >&2; sleep 0.01; done"


def test_a_log_has_stdout_and_stderr_in_the_order_in_which_they_were_written() -> None:
    """The cause of a failure is often on the one, and what came of it on the other."""
    name = f"{NAME}-both"
    try:
        docker("run", "--name", name, "python:3.11-slim-bookworm", "sh", "-c", BOTH_WAYS)
        written = [line for i in range(1, LINES + 1) for line in (str(i), f"err {i}")]
        for _ in range(5):
            assert list(Docker().logs(name, lines=2 * LINES)) == written
        assert list(Docker().logs(name, lines=2)) == written[-2:]
    finally:
        docker("rm", "--force", name)
