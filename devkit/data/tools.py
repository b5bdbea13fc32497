"""The containers in which programs of a database's image work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.data.dialects import dialect_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.data.database import Database

TOOL_LABEL = "io.devkit.tool"
"""On containers that do one thing to a database; the value is its Compose project."""


def tool(
    database: Database,
    *,
    name: str,
    labels: Mapping[str, str],
    options: Sequence[str] = (),
    entrypoint: str,
    connected: bool = True,
) -> list[str]:
    """The words that begin a container which does one thing; its arguments are to follow.

    Args:
        database: The database.
        name: The container's name.
        labels: On it, so that it is found again.
        options: More for ``docker run``.
        entrypoint: The program.
        connected: Whether it is in the network of the database, which runs.
    """
    labelled = [word for pair in labels.items() for word in ("--label", "=".join(pair))]
    network = f"container:{database.container}" if connected else "none"
    return [
        "docker", "run", "--rm", "--init", "--pull", "never", "--name", name, *labelled,
        # Else the engine would keep all that goes through in the container's log.
        "--log-driver", "none", "--network", network,
        *(("--env", dialect_of(database).password_variable) if connected else ()),
        *options, "--entrypoint", entrypoint, database.image,
    ]  # fmt: skip
