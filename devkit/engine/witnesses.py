"""A small file for each run, from before its first container until after its last one.

It is kept in the person's state folder, where it outlives a reboot and a wiped temporary folder,
and once more in the run's own folder, in case the first cannot be written. With none there,
nothing has to be asked of the engine to know that nothing was left behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER_PREFIX = "devkit-verify-"
FILE = "run.json"
RUN_NAME = re.compile(r"devkit-verify-[0-9a-f]{10}")


@dataclass(frozen=True, kw_only=True)
class Witness:
    """What is known of a run without asking the engine.

    Attributes:
        run: The run's name.
        owner: Who made it, as devkit.engine.ownership writes it.
        project: The project's name.
        image: The run's own image references, with spaces between them.
        folder: Where its clone is.
        kept: ``yes`` for one that is to stay standing after its owner.
        state: The file of the environment that the run becomes part of; empty for a rehearsal.
    """

    run: str
    owner: str
    project: str = ""
    image: str = ""
    folder: str = ""
    kept: str = ""
    state: str = ""


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where this person's runs are noted; need not exist."""
    named = Path(environment.get("XDG_STATE_HOME") or "")
    if not named.is_absolute():
        named = Path(environment.get("HOME") or "~").expanduser() / ".local" / "state"
    return named / "devkit" / "runs"


def notes_mark(environment: Mapping[str, str]) -> str:
    """Tells one person's state folder from another's, without saying where it is."""
    return hashlib.sha256(str(state_folder(environment)).encode()).hexdigest()[:12]


def leave(witness: Witness, environment: Mapping[str, str]) -> None:
    """Note a run, and make its folder: first the note, so that one without the other is found.

    Raises:
        OSError: The run's folder cannot be written, or is somebody else's.
    """
    with contextlib.suppress(OSError):
        notes = state_folder(environment)
        notes.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(notes / f"{witness.run}.json", witness)
    folder = Path(witness.folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or not _is_mine(folder):
        raise OSError(errno.EEXIST, "somebody else has made it", str(folder))
    folder.chmod(0o700)
    _write(folder / FILE, witness)


def keep(run: str, environment: Mapping[str, str]) -> bool:
    """Let a run stay after its owner: nothing but ``devkit clean`` by name or --kept removes it.

    Returns:
        Whether it is known, and the note was made.
    """
    found = next((each for each in witnesses(environment) if each.run == run), None)
    if found is None:
        return False
    with contextlib.suppress(OSError):
        leave(replace(found, kept="yes"), environment)
        return True
    return False


def forget(run: str, environment: Mapping[str, str]) -> None:
    """Take the note away: nothing is left of the run."""
    with contextlib.suppress(OSError):
        (state_folder(environment) / f"{run}.json").unlink(missing_ok=True)


def witnesses(environment: Mapping[str, str]) -> tuple[Witness, ...]:
    """All runs that are noted in either place, by name; a kept one is kept in both."""
    found: dict[str, Witness] = {}
    for each in (*_in_folders(), *noted(environment)):
        known = found.get(each.run)
        kept = each.kept or (known.kept if known else "")
        found[each.run] = replace(each, kept=kept)
    return tuple(found[name] for name in sorted(found))


def noted(environment: Mapping[str, str]) -> tuple[Witness, ...]:
    """The runs in the state folder: the quickest look that there is."""
    try:
        names = sorted(os.listdir(state_folder(environment)))  # noqa: PTH208 - without 5 ms of objects
    except OSError:
        return ()
    paths = (state_folder(environment) / name for name in names)
    read = (_read(path, path.stem) for path in paths if path.suffix == ".json")
    return tuple(each for each in read if each is not None)


def _in_folders() -> Iterator[Witness]:
    import tempfile  # noqa: PLC0415 - the quick look needs none

    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        if folder.is_symlink() or not _is_mine(folder):
            continue
        read = _read(folder / FILE, folder.name)
        if read is not None:
            yield replace(read, folder=str(folder))


def _is_mine(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _read(path: Path, run: str) -> Witness | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        known = {each.name: str(told.get(each.name, "")) for each in fields(Witness)}
    except (OSError, ValueError, AttributeError):
        return None
    if known["run"] != run or RUN_NAME.fullmatch(run) is None:
        return None
    return Witness(**known)


def _write(path: Path, witness: Witness) -> None:
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        temporary.write_text(json.dumps(asdict(witness)), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
