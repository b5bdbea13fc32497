"""The hooks folder: looking at it, carrying out a plan, running the hook that was there before."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import SIGNAL_BASE, CouldNotFindOutError
from devkit.hooks.installing import (
    HOOK_NAME,
    FormerHook,
    Move,
    ObservedHooks,
    Remove,
    Scope,
    Write,
)
from devkit.hooks.prepush import FORMER_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.hooks.installing import Operation

_EXECUTABLE = 0o755


def observe_hooks(folder: Path, *, scope: Scope = Scope.REPOSITORY) -> ObservedHooks:
    """Look at a hooks folder; it need not exist.

    Args:
        folder: What ``hooks_folder`` found.
        scope: Whose hooks it holds, see ``hooks_are_shared``.

    Raises:
        CouldNotFindOutError: The hook there cannot be read.
    """
    hook = folder / HOOK_NAME
    return ObservedHooks(
        folder=folder,
        hook=_text(hook),
        is_executable=os.access(hook, os.X_OK),
        former=_former(folder / FORMER_NAME),
        scope=scope,
    )


def carry_out(plan: Sequence[Operation]) -> None:
    """Carry a plan out, or, where one part of it fails, nothing of it.

    All texts are on the disk before the first operation, each of which is one rename or removal.

    Raises:
        CouldNotFindOutError: The folder cannot be written to; it is as it was.
    """
    staged: dict[Path, Path] = {}
    try:
        for write in (operation for operation in plan if isinstance(operation, Write)):
            staged[write.path] = _stage(write)
        _perform(plan, staged)
    except OSError as error:
        raise CouldNotFindOutError(
            f"The hook could not be changed: {error.filename or ''}: {error.strerror}.",
            hint="Nothing was changed. Make the folder writable, and run again.",
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def run_chained(
    hook: Path, arguments: Sequence[str], stdin: bytes, environment: Mapping[str, str]
) -> int:
    """Run the former hook as git would have run it.

    Args:
        hook: Its absolute path.
        arguments: What git gave the hook: the remote's name and its location.
        stdin: What git wrote to the hook, to the byte.
        environment: The environment that git gave the hook.

    Returns:
        Its exit code; 128 and the signal's number where a signal ended it.

    Raises:
        CouldNotFindOutError: It cannot be run.
    """
    try:
        returncode = _run([str(hook), *arguments], stdin, environment)
    except OSError as error:
        raise CouldNotFindOutError(
            f"The former hook {hook} could not be run: {error.strerror}.",
            hint="Mend or remove it.",
        ) from error
    return returncode if returncode >= 0 else SIGNAL_BASE - returncode


def _run(command: list[str], stdin: bytes, environment: Mapping[str, str]) -> int:
    try:
        return subprocess.run(command, input=stdin, env=environment, check=False).returncode
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # No "#!" line: git, too, gives such a hook to the shell.
    return subprocess.run(["sh", *command], input=stdin, env=environment, check=False).returncode


def _text(hook: Path) -> str | None:
    if not os.path.lexists(hook):
        return None
    try:
        return hook.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:  # a link to nothing: no hook to git, but somebody's nevertheless
        return ""
    except OSError as error:
        raise CouldNotFindOutError(f"{hook} could not be read: {error.strerror}.") from error


def _former(hook: Path) -> FormerHook:
    if not os.path.lexists(hook):
        return FormerHook.NONE
    return FormerHook.RUNS if os.access(hook, os.X_OK) else FormerHook.IGNORED


def _stage(write: Write) -> Path:
    import tempfile  # noqa: PLC0415 - 3 ms that a push does not pay

    write.path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=write.path.parent, prefix=f".{write.path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(write.text.encode("utf-8", "surrogateescape"))
        temporary.chmod(_EXECUTABLE)
    except OSError:
        temporary.unlink()
        raise
    return temporary


def _perform(plan: Sequence[Operation], staged: Mapping[Path, Path]) -> None:
    moved: list[Move] = []
    try:
        for operation in plan:
            match operation:
                case Move(source=source, target=target):
                    source.replace(target)
                    moved.append(operation)
                case Write(path=path):
                    staged[path].replace(path)
                case Remove(path=path):
                    path.unlink()
    except OSError:
        for move in reversed(moved):
            with contextlib.suppress(OSError):
                move.target.replace(move.source)
        raise
