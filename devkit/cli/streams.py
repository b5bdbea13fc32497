"""Writes to stdout and stderr; where the reader has gone away, to nowhere from then on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


def write(stream: TextIO, text: str) -> None:
    """Write at once. What is under way goes on to its end, whether or not somebody reads it."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:  # `| head` has read enough
        write_nowhere(stream)


def write_nowhere(stream: TextIO) -> None:
    """Let what is and will be written to a stream vanish."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
