"""What a local test or live environment remembers, in ``.devkit/environments/NAME``.

``state.json`` says what serves now, ``history.jsonl`` what was deployed, one line each.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devkit.deployment.image_reuse import BuiltImage
from devkit.engine.environment_state import IMAGE_ID, SHA, EnvironmentState
from devkit.engine.local_files import FOLDER
from devkit.engine.reading import read_bounded
from devkit.engine.writing import create_file, create_folder, inside, remove_file, replace_file
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = "environments"
STATE = "state.json"
HISTORY = "history.jsonl"
PRIVATE = 0o600
OTHERS = 0o077
LARGEST_HISTORY = 8 * 1024 * 1024


class Deployed(BaseModel):
    """One line of the history.

    Attributes:
        number: From 1.
        sha: The commit's full object name.
        image_id: Empty where it did not come to an image.
        reused: Whose image it was; empty where it was built.
        verdict: ``passed``, ``failed``, ``unknown`` or ``interrupted``.
        code: The exit code.
        message: Why it did not pass.
        record: Where the run's record is, from the project's folder.
        seconds: How long it took.
    """

    model_config = ConfigDict(frozen=True)

    environment: str
    number: int
    sha: str = Field(pattern=SHA)
    subject: str
    branch: str
    image_id: str = Field(default="", pattern=IMAGE_ID)
    reused: str = ""
    verdict: str
    code: int
    message: str = ""
    record: str = ""
    containers: int
    began_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    seconds: float


@dataclass(frozen=True, kw_only=True)
class EnvironmentFolder:
    """The files of one environment.

    Attributes:
        root: The project's folder.
        name: ``test`` or ``live``.
    """

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """Where they are."""
        return self.root / FOLDER / ENVIRONMENTS / self.name

    @property
    def state_path(self) -> Path:
        """What serves now."""
        return self.path / STATE

    def make(self) -> None:
        """Make the folder, where there is none yet; git is told to leave it alone.

        Raises:
            RefusedError: It leads out of the project.
            CouldNotFindOutError: It cannot be made.
        """
        create_folder(self.root / FOLDER, root=self.root)
        create_file(self.root / FOLDER / ".gitignore", "*\n", root=self.root)
        create_folder(self.path.parent, root=self.root)
        create_folder(self.path, root=self.root)
        inside(self.path / HISTORY, self.root)

    def state(self) -> EnvironmentState | None:
        """What is remembered; None where there is no environment.

        Raises:
            RefusedError: The file is not one that devkit wrote.
        """
        path = self.state_path
        if not os.path.lexists(path):
            return None
        try:
            _refuse_foreign(path)
            return EnvironmentState.model_validate_json(read_bounded(path, root=self.root))
        except (OSError, ValueError, ValidationError):
            raise RefusedError(
                f"{path} is not as devkit wrote it, so it is not known what serves in {self.name}.",
                hint=f"`devkit deploy stop {self.name}` removes the environment's containers and"
                " forgets the file; the data stay in their volumes.",
            ) from None

    def store(self, state: EnvironmentState) -> None:
        """Remember; the file holds secrets and is for this user alone."""
        text = state.model_dump_json(indent=2) + "\n"
        replace_file(self.state_path, text, root=self.root, mode=PRIVATE)

    def forget(self) -> None:
        """Remember nothing of what serves; the history stays."""
        remove_file(self.state_path, root=self.root)

    def history(self) -> tuple[Deployed, ...]:
        """All deployments, the first one first; lines that are no such thing are passed over."""
        try:
            content = read_bounded(self.path / HISTORY, root=self.root, limit=LARGEST_HISTORY)
        except (OSError, ValueError, RefusedError):
            return ()
        found = []
        for line in content.split(b"\n"):
            with contextlib.suppress(ValidationError):
                found.append(Deployed.model_validate_json(line))
        return tuple(found)

    def add(self, deployed: Deployed) -> None:
        """Write a line of history.

        Raises:
            RefusedError: The file is a link.
            CouldNotFindOutError: It cannot be written.
        """
        path = inside(self.path, self.root) / HISTORY
        if path.is_symlink():  # what it leads to would grow
            raise RefusedError(f"{path} is a link.", hint="Remove it: devkit makes a file there.")
        line = json.dumps(deployed.model_dump(mode="json")) + "\n"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as failed:
            raise CouldNotFindOutError(
                f"{path} could not be written: {(failed.strerror or str(failed)).lower()}."
            ) from None


def _refuse_foreign(path: Path) -> None:
    """A repository may bring a state along that speaks of another project's containers.

    But git keeps no file for its owner alone.

    Raises:
        OSError: This one is not as devkit makes them.
    """
    if path.is_symlink() or path.stat().st_mode & OTHERS:
        raise PermissionError(path)


def built_images(history: tuple[Deployed, ...]) -> tuple[BuiltImage, ...]:
    """The images that these deployments built."""
    return tuple(
        BuiltImage(
            environment=each.environment,
            number=each.number,
            sha=each.sha,
            branch=each.branch,
            image_id=each.image_id,
        )
        for each in history
        if each.image_id and not each.reused
    )
