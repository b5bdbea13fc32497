"""The nouns: what a project, its services, its environments and a commit are.

All of them are frozen; devkit.config makes a Project, everything else reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PREFIX = "DEFAULT"
DEFAULT_RECEIPT_DAYS = 7


class ServiceKind(Enum):
    """What a service stands in for."""

    DATABASE = "database"
    STORAGE = "storage"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that the cloud gives the application.

    Attributes:
        kind: Database or file storage.
        prefix: Upper-case prefix of its variable, ``DEFAULT`` in ``DEFAULT_DATABASE_DSN``.
        image: The image of its container; None for the file storage, which is a folder.
    """

    kind: ServiceKind
    prefix: str = DEFAULT_PREFIX
    image: str | None = None

    @property
    def name(self) -> str:
        """The Compose service name, for example ``database_default``."""
        return f"{self.kind.value}_{self.prefix.lower()}"


@dataclass(frozen=True, kw_only=True)
class Web:
    """The web container.

    Attributes:
        port: The port that the application listens on inside the container.
        configured_port: ``web.port`` of devkit.yaml; None where it does not say.
        port_warning: Why ``port`` may be wrong (no EXPOSE, or several); empty where it is sure.
        publish: The preferred port on 127.0.0.1 for local work.
        command: The local command as one string, split as a shell splits words; None for the
            image's CMD. The cloud always runs the image's CMD.
        mount: Where the project's folder is bind-mounted for local work; None for not at all.
        paths: What visitors ask for while versions are switched, each beginning with a slash.
        user: Whom the local containers run as, ``owner`` (of the project's folder) or ``image``.
        home: HOME for an owner whom the image does not know; None where the image says.
    """

    port: int = 80
    configured_port: int | None = None
    port_warning: str = ""
    publish: int = 8000
    command: str | None = None
    mount: str | None = None
    paths: tuple[str, ...] = ("/",)
    user: str = "owner"
    home: str | None = None


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One of the cloud's environments, ``test`` or ``live``, or ``local``.

    Attributes:
        containers: How many web containers it runs.
        memory: Memory limit of one container in Docker's notation (``512m``); None for none.
        cpus: CPU limit of one container; None for none.
        env: Further environment variables.
    """

    name: str
    containers: int = 1
    memory: str | None = None
    cpus: float | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as configured, with every default filled in.

    Attributes:
        name: The Compose project name and the image's name.
        root: Absolute path of the folder with the Dockerfile.
        release: The release commands, in order, each split as a shell splits words.
        environments: ``local``, ``test`` and ``live``, always all three.
        compose_web: Which service of a compose file of the person's own is the application; None
            where devkit.yaml does not say.
        receipt_days: How many days a passed rehearsal lets pushes of the same files through.
    """

    name: str
    root: Path
    web: Web
    services: tuple[Service, ...]
    release: tuple[str, ...]
    environments: Mapping[str, Environment]
    compose_web: str | None = None
    receipt_days: int = DEFAULT_RECEIPT_DAYS

    @property
    def databases(self) -> tuple[Service, ...]:
        """The services that run in a container of their own."""
        return tuple(s for s in self.services if s.kind is ServiceKind.DATABASE)

    @property
    def storages(self) -> tuple[Service, ...]:
        """The file storages."""
        return tuple(s for s in self.services if s.kind is ServiceKind.STORAGE)


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A git commit.

    Attributes:
        sha: The full object name of the commit.
        tree: The full object name of its root tree.
        subject: The first line of its message.
        branch: The branch that it was named by or that HEAD is on; empty where there is none.
    """

    sha: str
    tree: str
    subject: str = ""
    branch: str = ""

    @property
    def short(self) -> str:
        """The first twelve characters of the object name, as image tags carry it."""
        return self.sha[:12]

    @property
    def branch_text(self) -> str:
        """The branch for what takes nothing but text: git allows any bytes in its name."""
        return self.branch.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
