"""The words of docker commands that run a program in a container; nothing here runs them.

``docker exec`` hands no signal on, so each program carries a mark in its environment, by which
it, and what it has started, is found in the container.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "DEVKIT_EXEC"
"""The variable in the environment of what ``devkit exec`` starts."""

# Ctrl-P is the shell's previous command; docker's own sequence begins with it, and swallows it.
_DETACH_KEYS = "ctrl-^,ctrl-@"

_SEND = """\
none=1
for each in /proc/[0-9]*/environ; do
  case "$(cat "$each")" in *"$2"*)
    process=${each%/environ}
    kill -"$1" "${process#/proc/}" && none=0
  esac
done 2>/dev/null
exit $none
"""

_SHELL = """\
if command -v bash >/dev/null 2>&1; then exec bash; fi
echo "devkit: there is no bash in this image; this is sh." >&2
exec sh
"""
SHELL = ("sh", "-c", _SHELL)
"""A shell: bash where there is one, else sh, which it says."""

NO_SHELL_CODES = frozenset({126, 127})
"""How docker ends where the program cannot be started."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """How a program is to run in a container.

    Attributes:
        container: The container's ID.
        user: As whom, in docker's notation; empty for the image's own.
        folder: Where; empty for the image's own.
        variables: ``NAME=value``, or ``NAME`` for the value that it has here.
    """

    container: str
    user: str = ""
    folder: str = ""
    variables: tuple[str, ...] = ()


def execute(where: Inside, words: Sequence[str], *, mark: str, tty: bool) -> list[str]:
    """Run words in a container, with our stdin.

    Args:
        where: The container, and how.
        words: The command.
        mark: What finds it again; see ``send``.
        tty: Whether a terminal is behind it.
    """
    flags = ["--interactive", "--env", f"{MARK}={mark}"]
    if tty:
        flags += ["--tty", "--detach-keys", _DETACH_KEYS]
    flags += _as_user(where)
    if where.folder:
        flags += ["--workdir", where.folder]
    for variable in where.variables:
        flags += ["--env", variable]
    return ["docker", "exec", *flags, where.container, *words]


def send(where: Inside, signal: str, *, mark: str) -> list[str]:
    """Send a signal to all processes of a container that carry a mark.

    It exits with 0 where there were some, with 1 where there were none.

    Args:
        where: The container, and as whom the program runs: only the same user sees the mark.
        signal: Its name or number as ``kill`` takes it; 0 only looks.
        mark: As ``execute`` was given it.
    """
    words = ["sh", "-c", _SEND, "sh", signal, f"{MARK}={mark}"]
    return ["docker", "exec", *_as_user(where), where.container, *words]


def _as_user(where: Inside) -> list[str]:
    return ["--user", where.user] if where.user else []
