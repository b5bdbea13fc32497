"""The engine's socket, where it does not answer as an engine does."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from devkit.engine.engine_api import container_states
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def engine(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """A socket that answers one request."""
    requests: list[bytes] = []

    def answer_once() -> None:
        accepted, _ = listener.accept()
        with accepted:
            requests.append(accepted.recv(4096))
            accepted.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=answer_once)
        thread.start()
        yield requests
        thread.join()


def test_states_by_name(tmp_path: Path) -> None:
    body = b'[{"Names": ["/run-web-1"], "State": "running"}, {"Names": ["/b"], "State": "exited"}]'

    with engine(tmp_path / "socket", HEAD + body) as requests:
        found = container_states(f"unix://{tmp_path}/socket", {"a": "b"})

    assert found == {"run-web-1": "running", "b": "exited"}
    assert requests[0].startswith(
        b"GET /containers/json?all=1&filters=%7B%22label%22%3A+%5B%22a%3Db%22%5D%7D HTTP/1.1\r\n"
    )


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n", HEAD + b"{", HEAD + b'{"message": "no"}', HEAD + b"[{}]"]
)
def test_an_answer_without_sense_is_not_a_verdict(tmp_path: Path, answer: bytes) -> None:
    with (
        engine(tmp_path / "socket", answer),
        pytest.raises(CouldNotFindOutError, match="does not answer"),
    ):
        container_states(f"unix://{tmp_path}/socket", {})


def test_an_engine_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(CouldNotFindOutError, match="does not answer"):
        container_states(f"unix://{tmp_path}/none", {})
