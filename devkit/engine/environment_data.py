"""Keeps a database from data that another version of it wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.compose.variables import DATABASE_USER
from devkit.errors import RefusedError
from devkit.project import ServiceKind, Software, software_of, tag_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.environment_state import EnvironmentState

_NUMBERS = re.compile(r"(?:^|-)(\d+)(?:\.(\d+))?")
_POSTGRES_IN_TAG = re.compile(r"pg(\d+)()")
_FIRST_OF_ONE_NUMBER = 10
"""From this PostgreSQL on, the first number alone says which data it reads."""


def refuse_other_versions(
    state: EnvironmentState, images: Mapping[str, str], environment: str
) -> None:
    """Refuse a database of another version on data that its predecessor wrote.

    Raises:
        RefusedError: The versions differ.
    """
    for name, image in images.items():
        before = state.services.get(name, "")
        if before and not _reads(image, before):
            raise RefusedError(
                f"The data of {name} in {environment} were written by {before}. {image} cannot read"
                f" them, or writes them so that {before} cannot any more; what serves there is as"
                " before.",
                hint="Keep the version, or begin anew without those data: `devkit deploy stop"
                f" {environment} --volumes`. `docker exec {state.project}-{name}-1"
                f" {_dumper(before)}` saves them.",
            )


def _reads(image: str, before: str) -> bool:
    """Whether one image reads another's data, as far as their names tell."""
    softwares = {software_of(ServiceKind.DATABASE, each) for each in (image, before)}
    pairs = zip(_version(image), _version(before), strict=False)  # a tag may tell one number only
    return len(softwares) == 1 and all(now == then for now, then in pairs)


def _version(image: str) -> tuple[int, ...]:
    """The numbers of which data have a form of their own; none where the tag has none."""
    tag = tag_of(image)
    found = _POSTGRES_IN_TAG.search(tag) or _NUMBERS.search(tag)
    numbers = tuple(int(each) for each in found.groups() if each) if found else ()
    is_postgres = software_of(ServiceKind.DATABASE, image) is Software.POSTGRES
    return numbers[:1] if is_postgres and numbers[:1] >= (_FIRST_OF_ONE_NUMBER,) else numbers


def _dumper(image: str) -> str:
    software = software_of(ServiceKind.DATABASE, image)
    if software is Software.POSTGRES:
        return f"pg_dumpall -U {DATABASE_USER}"
    program = "mariadb-dump" if software is Software.MARIADB else "mysqldump"
    return f"{program} --all-databases -u root -p"
