"""What a local test or live environment remembers, in ``.devkit/environments/NAME``.

``state.json`` says what serves now, ``history.jsonl`` what was deployed, one line each.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devkit.deployment.image_reuse import BuiltImage
from devkit.engine.local_files import FOLDER
from devkit.engine.reading import read_bounded
from devkit.engine.writing import create_file, create_folder, inside, remove_file, replace_file
from devkit.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = "environments"
STATE = "state.json"
HISTORY = "history.jsonl"
PRIVATE = 0o600
LARGEST_HISTORY = 8 * 1024 * 1024

# A repository can bring these files along: what they name is removed from the engine, so that
# nothing passes for a name that devkit would not have given.
_SHA = r"^[0-9a-f]{40,64}$"
_IMAGE_ID = r"^(sha256:[0-9a-f]{64})?$"
_IMAGE = r"^devkit/[a-z0-9][a-z0-9_-]*:[a-z0-9-]+$"
_RUN = r"^devkit-verify-[0-9a-f]{10}$"
_PROJECT = r"^[a-z0-9][a-z0-9_-]*-[0-9a-f]{6}$"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Generation(_Record):
    """The containers of one deployment.

    Attributes:
        number: The deployment's, from 1.
        sha: The commit's full object name.
        image: The reference of its image.
        port: Where its containers listen.
        run: The value of the run label on its containers.
    """

    number: int
    sha: str = Field(pattern=_SHA)
    image: str = Field(pattern=_IMAGE)
    image_id: str = Field(default="", pattern=_IMAGE_ID)
    port: int = 80
    run: str = Field(pattern=_RUN)

    @property
    def service(self) -> str:
        """The Compose service of its containers."""
        return f"web-{self.number}"


class EnvironmentState(_Record):
    """What an environment is and what serves in it.

    Attributes:
        project: Its Compose project.
        publish: The port of its proxy on 127.0.0.1; 0 before the first deployment.
        database_password: Of its databases.
        secret_key: Of its applications.
        live: What requests go to; None before the first deployment has passed.
        set_aside: What is to be removed: the containers that were replaced or have failed.
    """

    project: str = Field(pattern=_PROJECT)
    publish: int = Field(default=0, ge=0, lt=65536)
    database_password: str = Field(default_factory=lambda: token_urlsafe(16))
    secret_key: str = Field(default_factory=lambda: token_urlsafe(48))
    live: Generation | None = None
    set_aside: tuple[Generation, ...] = ()


class Deployed(_Record):
    """One line of the history.

    Attributes:
        number: From 1.
        sha: The commit's full object name.
        image_id: Empty where it did not come to an image.
        reused: Whose image it was; empty where it was built.
        verdict: ``passed``, ``failed``, ``unknown`` or ``interrupted``.
        code: The exit code.
        message: Why it did not pass.
        seconds: How long it took.
    """

    environment: str
    number: int
    sha: str = Field(pattern=_SHA)
    subject: str
    branch: str
    image_id: str = Field(default="", pattern=_IMAGE_ID)
    reused: str = ""
    verdict: str
    code: int
    message: str = ""
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

    def state(self) -> EnvironmentState | None:
        """What is remembered; None where there is no environment.

        Raises:
            RefusedError: The file is not one that devkit wrote.
        """
        path = self.path / STATE
        try:
            return EnvironmentState.model_validate_json(read_bounded(path, root=self.root))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ValidationError):
            raise RefusedError(
                f"{path} cannot be read, so it is not known what serves in {self.name}.",
                hint=f"`devkit deploy stop {self.name}` removes the environment's containers and"
                " forgets the file; the data stay.",
            ) from None

    def store(self, state: EnvironmentState) -> None:
        """Remember; the file holds secrets and is for this user alone."""
        text = state.model_dump_json(indent=2) + "\n"
        replace_file(self.path / STATE, text, root=self.root, mode=PRIVATE)

    def forget(self) -> None:
        """Remember nothing of what serves; the history stays."""
        remove_file(self.path / STATE, root=self.root)

    def history(self) -> tuple[Deployed, ...]:
        """All deployments, the first one first; lines that are no such thing are passed over."""
        try:
            content = read_bounded(self.path / HISTORY, root=self.root, limit=LARGEST_HISTORY)
        except OSError:
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
        """
        path = inside(self.path, self.root) / HISTORY
        if path.is_symlink():  # what it leads to would grow
            raise RefusedError(f"{path} is a link.", hint="Remove it: devkit makes a file there.")
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(deployed.model_dump(mode="json")) + "\n")


def new_state(project: str, environment: str) -> EnvironmentState:
    """The state of an environment that is new; its name is one that no other folder has."""
    return EnvironmentState(project=f"{project}-{environment}-{token_hex(3)}")


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
