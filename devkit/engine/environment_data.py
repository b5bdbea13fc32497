"""Keeps a database from data that another version of it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.compose.variables import DATABASE_USER, major_version
from devkit.errors import RefusedError
from devkit.project import ServiceKind, Software, software_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.environment_state import EnvironmentState


def refuse_other_versions(
    state: EnvironmentState, images: Mapping[str, str], environment: str
) -> None:
    """Refuse a database of another version on data that its predecessor wrote.

    Raises:
        RefusedError: The versions differ.
    """
    for name, image in images.items():
        before = state.services.get(name, "")
        versions = major_version(before), major_version(image)
        if all(versions) and versions[0] != versions[1]:
            raise RefusedError(
                f"The data of {name} in {environment} were written by {before}, and {image} cannot"
                " read them; what serves there is as before.",
                hint="Keep the version, or begin anew without those data: `devkit deploy stop"
                f" {environment} --volumes`. `docker exec {state.project}-{name}-1"
                f" {_dumper(before)}` saves them.",
            )


def _dumper(image: str) -> str:
    software = software_of(ServiceKind.DATABASE, image)
    if software is Software.POSTGRES:
        return f"pg_dumpall -U {DATABASE_USER}"
    program = "mariadb-dump" if software is Software.MARIADB else "mysqldump"
    return f"{program} --all-databases -u root -p"
