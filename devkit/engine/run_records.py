"""The records of rehearsals, in ``.devkit/runs/`` of the project; names of variables, no values."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devkit.engine.local_files import FOLDER, make_own_folder
from devkit.engine.writing import create_file, create_folder, inside
from devkit.errors import CouldNotFindOutError, DevkitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUNS = "runs"
KEPT = 20
"""So many records of a project are kept."""
EVENTS, VERDICT, LOGS = "events.jsonl", "verdict.json", "logs"
TREND = 3
"""So many runs that passed tell how long the start takes."""
LARGEST_VERDICT = 1024 * 1024

_NAME = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9_.-]+")


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """The record of one run.

    Attributes:
        root: The project's folder.
        folder: The record's own.
    """

    root: Path
    folder: Path

    @property
    def name(self) -> str:
        """Where it is, from the project's folder."""
        return self.folder.relative_to(self.root).as_posix()

    def add_event(self, line: str) -> None:
        """Append one event, so that a run that is killed has told so far.

        Raises:
            OSError: It cannot be written.
        """
        with (self.folder / EVENTS).open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")

    def add_verdict(self, verdict: Mapping[str, Any]) -> None:
        """Write how the run ended.

        Raises:
            DevkitError: It cannot be written.
        """
        text = json.dumps(verdict, indent=2) + "\n"
        create_file(self.folder / VERDICT, text, root=self.root, mode=0o600)

    def add_log(self, container: str, text: str) -> None:
        """Write the end of a container's log.

        Raises:
            DevkitError: It cannot be written.
        """
        create_folder(self.folder / LOGS, root=self.root)
        create_file(self.folder / LOGS / f"{container}.log", text, root=self.root, mode=0o600)


def new_record(root: Path, run: str, *, now: datetime | None = None) -> RunRecord:
    """Make the folder of a new record, for this user alone, and let the oldest ones go.

    Args:
        root: The project's folder.
        run: The run's name.
        now: The time; None for the clock's.

    Raises:
        DevkitError: It cannot be made, or lies outside of the project.
    """
    runs = inside(make_own_folder(root) / RUNS, root)
    create_folder(runs, root=root)
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    folder = runs / f"{moment}-{run}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise CouldNotFindOutError(f"{folder} could not be made: {error.strerror}.") from None
    for old in _records(runs)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return RunRecord(root=root.resolve(), folder=folder)


def seconds_to_ready(root: Path, *, runs: int = TREND) -> tuple[float, ...]:
    """How long the slowest container took to answer, in the last runs that passed, latest last.

    Empty where there are no records, or none that can be read: this only explains.
    """
    try:
        folders = _records(inside(root / FOLDER / RUNS, root))
    except (DevkitError, OSError):
        return ()
    found: list[float] = []
    for folder in reversed(folders):
        seconds = _seconds(folder)
        if seconds is not None:
            found.append(seconds)
        if len(found) == runs:
            break
    return tuple(reversed(found))


def _seconds(folder: Path) -> float | None:
    try:
        with (folder / VERDICT).open(encoding="utf-8") as file:
            verdict = json.loads(file.read(LARGEST_VERDICT))
        if verdict["verdict"] != "passed":
            return None
        return max(float(each) for each in verdict["seconds_to_ready"].values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _records(runs: Path) -> list[Path]:
    """The folders of records, the oldest first; nothing else that lies there."""
    if not runs.is_dir():
        return []
    return sorted(
        path
        for path in runs.iterdir()
        if _NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    )
