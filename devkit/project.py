"""The nouns: what a project, its services, its environments and a commit are.

All of them are frozen; devkit.config makes a Project, everything else reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PREFIX = "DEFAULT"
DEFAULT_RECEIPT_DAYS = 7
WORKER_PREFIX = "worker_"
"""Of the Compose services of workers; no other service's name begins like it."""


class ServiceKind(Enum):
    """What a service stands in for."""

    DATABASE = "database"
    CACHE = "cache"
    BROKER = "broker"
    STORAGE = "storage"
    MAIL = "mail"
    OTHER = "other"


class Software(Enum):
    """What runs in a service's container; each has a template of its own."""

    POSTGRES = "postgres"
    MARIADB = "mariadb"
    MYSQL = "mysql"
    REDIS = "redis"
    VALKEY = "valkey"
    RABBITMQ = "rabbitmq"
    MINIO = "minio"
    MAILPIT = "mailpit"
    MAILDEV = "maildev"
    OTHER = "other"


_SOFTWARE: Mapping[ServiceKind, tuple[tuple[str, Software], ...]] = {
    ServiceKind.DATABASE: (
        (r"postg|timescale|pgvector", Software.POSTGRES),
        (r"mariadb", Software.MARIADB),
        (r"mysql|percona", Software.MYSQL),
        (r"mongo|redis|valkey|mssql|cassandra|oracle", Software.OTHER),
        (r"", Software.POSTGRES),
    ),
    ServiceKind.CACHE: ((r"valkey", Software.VALKEY), (r"redis", Software.REDIS)),
    ServiceKind.BROKER: ((r"rabbitmq", Software.RABBITMQ),),
    ServiceKind.STORAGE: ((r"minio", Software.MINIO),),
    ServiceKind.MAIL: ((r"mailpit", Software.MAILPIT), (r"maildev", Software.MAILDEV)),
}


def tag_of(image: str) -> str:
    """The tag in an image's name; empty where there is none."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def software_of(kind: ServiceKind, image: str) -> Software:
    """What an image holds, told from its name; ``OTHER`` for what devkit does not know."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    known = _SOFTWARE.get(kind, ())
    return next((each for part, each in known if re.search(part, name)), Software.OTHER)


@dataclass(frozen=True, kw_only=True)
class Custom:
    """What devkit.yaml says of a service that devkit has no template for.

    In the values of ``env`` and ``variables``, ``{host}``, ``{port}`` and ``{password}`` stand for
    the service's own.

    Attributes:
        port: Where it listens; None where nobody has to know.
        command: The container's command; None for the image's.
        volume: The path in the container that is kept; None for nothing.
        healthcheck: A line for the container's shell that exits zero once it is ready; None to
            take it as ready once it runs.
        env: The container's variables.
        variables: Those that the application gets.
    """

    port: int | None = None
    command: str | None = None
    volume: str | None = None
    healthcheck: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that the cloud gives the application.

    Attributes:
        kind: What it stands in for.
        prefix: Upper-case prefix of its variable, ``DEFAULT`` in ``DEFAULT_DATABASE_DSN``; of any
            other service its upper-case name.
        image: The image of its container; None for the file storage, which is a folder.
        custom: What is known of any other service; None for the kinds that devkit knows.
    """

    kind: ServiceKind
    prefix: str = DEFAULT_PREFIX
    image: str | None = None
    custom: Custom | None = None

    @property
    def name(self) -> str:
        """The Compose service name, for example ``database_default``."""
        if self.kind is ServiceKind.OTHER:
            return self.prefix.lower()
        return f"{self.kind.value}_{self.prefix.lower()}"

    @property
    def host(self) -> str:
        """Its name on the network where ``_`` may not be part of one, as some clients hold."""
        return self.name.replace("_", "-")

    @property
    def software(self) -> Software:
        """What runs in its container."""
        return software_of(self.kind, self.image or "")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What runs beside web in the same image and serves nobody: a queue's worker, a scheduler.

    Attributes:
        label: Its name in devkit.yaml.
        command: What it runs, as one string, split as a shell splits words.
        containers: How many of it a cloud environment runs.
        memory: Memory limit of one container in Docker's notation; None for the environment's.
    """

    label: str
    command: str
    containers: int = 1
    memory: str | None = None

    @property
    def name(self) -> str:
        """The Compose service name, for example ``worker_celery``."""
        return f"{WORKER_PREFIX}{self.label}"


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
        keep: Folders of the image below ``mount`` that the mount must not hide.
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
    keep: tuple[str, ...] = ()
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
class WatchRules:
    """What a changed file means where devkit is told so, as patterns of .gitignore's kind.

    They are asked in this order, and the first that matches counts.

    Attributes:
        ignore: Nothing is done.
        rebuild: The image is built anew.
        restart: The container is restarted; a file that is not mounted is copied into it first.
        sync: A file that is not mounted is copied into the container, and that is all.
    """

    ignore: tuple[str, ...] = ()
    rebuild: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    sync: tuple[str, ...] = ()


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
        workers: What runs beside web in the same image.
        watch: What changed files mean where the defaults do not do.
    """

    name: str
    root: Path
    web: Web
    services: tuple[Service, ...]
    release: tuple[str, ...]
    environments: Mapping[str, Environment]
    compose_web: str | None = None
    receipt_days: int = DEFAULT_RECEIPT_DAYS
    workers: tuple[Worker, ...] = ()
    watch: WatchRules = field(default_factory=WatchRules)

    @property
    def databases(self) -> tuple[Service, ...]:
        """The databases, of whatever software."""
        return tuple(s for s in self.services if s.kind is ServiceKind.DATABASE)

    @property
    def contained(self) -> tuple[Service, ...]:
        """The services that run in a container of their own."""
        return tuple(s for s in self.services if s.image is not None)

    @property
    def storages(self) -> tuple[Service, ...]:
        """The file storages; object stores are not among them."""
        kept = (s for s in self.services if s.kind is ServiceKind.STORAGE)
        return tuple(s for s in kept if s.image is None)


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
