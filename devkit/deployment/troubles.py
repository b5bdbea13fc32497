"""What says nothing of the commit: the engine, a registry, the disk, a port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError, PortTakenError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from devkit.ports import Completed

SENTENCES = {
    Trouble.ENGINE_DOWN: (
        "the Docker Engine does not answer",
        (
            "Start it (Docker Desktop, or `sudo systemctl start docker`), and see that"
            " `docker info` answers."
        ),
    ),
    Trouble.NO_PERMISSION: (
        "you have no permission to talk to the Docker Engine's socket",
        "Add yourself to its group with `sudo usermod -aG docker $USER`, then log in again.",
    ),
    Trouble.TOOL_MISSING: (
        "the docker command has no Compose v2 or no Buildx",
        "Install both plugins; `docker compose version` and `docker buildx version` show them.",
    ),
    Trouble.REGISTRY_UNREACHABLE: (
        "the image registry does not answer",
        "Check the network, then run again; `docker pull` of the image says more.",
    ),
    Trouble.IMAGE_NOT_FOUND: (
        "an image does not exist or may not be pulled",
        "Correct its name in devkit.yaml or the Dockerfile, or `docker login` to its registry.",
    ),
    Trouble.DISK_FULL: (
        "the engine's disk is full",
        "Make room: `docker system df` shows what uses it, `docker system prune` frees some.",
    ),
    Trouble.PORT_TAKEN: (
        "the port is taken",
        "Free it, or set another one as `web.publish` in devkit.yaml.",
    ),
}
"""What is wrong, to stand after a colon, and the way out."""


def could_not_find_out(
    what: str, done: Completed, *, port_hint: str = ""
) -> CouldNotFindOutError | None:
    """The error where a docker command failed for no reason of the application's, else None.

    Args:
        what: What could not be done, a sentence without its full stop.
        done: The command.
        port_hint: The way out of a port that is taken, where devkit.yaml does not name the port.
    """
    if done.trouble not in SENTENCES:
        return None
    why, hint = SENTENCES[done.trouble]
    if done.trouble is Trouble.PORT_TAKEN and port_hint:
        hint = port_hint
    kind = PortTakenError if done.trouble is Trouble.PORT_TAKEN else CouldNotFindOutError
    return kind(f"{what}: {why}.", hint=hint, details=done.tail(5))
