"""A database of the project's, whatever its software, and a program that works on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.project import Software


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of the project's, in a container that is there.

    Attributes:
        software: What it is.
        project: The Compose project.
        service: Its Compose service.
        container: The container's ID.
        container_name: The container's name.
        image: The ID of the container's image.
        image_name: What the image is called.
        folder: Where the server has its files in the container.
        running: Whether it runs.
        kept_outside: Whether that is in a volume or a folder of this machine.
        user: Who may do everything.
        name: What the database is called in its server; empty where nothing tells.
        password: The user's; empty where none is needed.
    """

    software: Software
    project: str
    service: str
    container: str
    container_name: str
    image: str
    image_name: str
    folder: str
    running: bool
    kept_outside: bool
    user: str
    name: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A program of the database's image, for a container of its own.

    Attributes:
        program: What is run.
        arguments: Its arguments.
        options: Of ``docker run`` for it.
    """

    program: str
    arguments: Sequence[str]
    options: Sequence[str] = ()
