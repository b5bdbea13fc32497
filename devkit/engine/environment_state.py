"""What a local test or live environment is and what serves in it, as data that is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pathlib import Path


# A repository can bring these files along: what they name is removed from the engine, so that
# nothing passes for a name that devkit would not have given.
SHA = r"^[0-9a-f]{40,64}$"
IMAGE_ID = r"^(sha256:[0-9a-f]{64})?$"
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
        image_id: Of its image; empty for one that has failed.
        port: Where its containers listen.
        run: The value of the run label on its containers.
        since: When its containers took over, or failed.
    """

    number: int
    sha: str = Field(pattern=SHA)
    image: str = Field(pattern=_IMAGE)
    image_id: str = Field(default="", pattern=IMAGE_ID)
    port: int = 80
    run: str = Field(pattern=_RUN)
    since: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def service(self) -> str:
        """The Compose service of its containers."""
        return f"web-{self.number}"


class UnderWay(_Record):
    """A deployment that has begun and not come to its end.

    Attributes:
        run: The value of the run label on its containers.
        image: The reference that its image is built to.
        data: Whether the environment has data of its own already.
    """

    run: str = Field(pattern=_RUN)
    image: str = Field(pattern=_IMAGE)
    data: Literal["none", "kept"]


class EnvironmentState(_Record):
    """What an environment is and what serves in it.

    Attributes:
        project: Its Compose project.
        name: The name of the project at the environment's beginning.
        home: The project's folder then.
        publish: The port of its proxy on 127.0.0.1; 0 before the first deployment.
        number: Of the latest deployment, whatever became of it.
        services: The images of its databases, by their names.
        definitions: A mark of how each service, and the proxy, was defined last.
        database_password: Of its databases.
        secret_key: Of its applications.
        live: What requests go to; None before the first deployment has passed.
        replaced: What served before, until requests have moved and it is removed.
        failed: What did not pass; kept, ended, until the next deployment.
        under_way: What is being made, or was when its devkit was killed; until requests go to it.
    """

    project: str = Field(pattern=_PROJECT)
    name: str
    home: str
    publish: int = Field(default=0, ge=0, lt=65536)
    number: int = 0
    services: dict[str, str] = Field(default_factory=dict)
    definitions: dict[str, str] = Field(default_factory=dict)
    database_password: str = Field(default_factory=lambda: token_urlsafe(16))
    secret_key: str = Field(default_factory=lambda: token_urlsafe(48))
    live: Generation | None = None
    replaced: tuple[Generation, ...] = ()
    failed: tuple[Generation, ...] = ()
    under_way: UnderWay | None = None

    @property
    def switching(self) -> bool:
        """Whether the deployment under way is what counts, and requests may not go to it yet."""
        run = self.under_way.run if self.under_way else None
        return self.live is not None and self.live.run == run

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All that has containers."""
        return (*([self.live] if self.live else []), *self.replaced, *self.failed)


def new_state(project: str, environment: str, home: Path) -> EnvironmentState:
    """The state of an environment that is new; its name is one that no other folder has."""
    compose_project = f"{project}-{environment}-{token_hex(3)}"
    return EnvironmentState(project=compose_project, name=project, home=str(home))
