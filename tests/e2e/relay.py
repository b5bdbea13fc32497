"""Stands between docker and its engine, which a test may then cut off or silence."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = "/var/run/docker.sock"
CHUNK = 65536


class Relay:
    """A unix socket that hands everything on to the engine's, both ways, until it is told not to.

    Args:
        path: The socket to listen on; short, as those of sockets have to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._talking = threading.Event()
        self._talking.set()
        self._is_cut = False
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        """The value for DOCKER_HOST."""
        return f"unix://{self.path}"

    def cut(self) -> None:
        """The engine goes away: what was under way breaks off, and nobody listens any more."""
        self._is_cut = True
        self.path.unlink(missing_ok=True)
        for each in (self._listener, *self._sockets):
            _shut(each)
        self._talking.set()

    def silence(self) -> None:
        """The engine hangs: it accepts, and says nothing."""
        self._talking.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(ENGINE)
                self._sockets += [near, far]
                if self._is_cut:  # since it was accepted: cut() may not have seen these two
                    _shut(near)
                    _shut(far)
                    return
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._talking.wait()
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
