"""What an application wrote into its own image's files, and loses at the next deployment."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.ports import Changes

MEANT_TO_BE_LOST = (
    "/tmp",  # noqa: S108 - a folder inside the container
    "/var/tmp",  # noqa: S108 - the same
    "/run", "/var/run", "/var/lock", "/var/cache", "/dev", "/proc", "/sys", "/data",
    "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab",
)  # fmt: skip
"""Where to write is fine: what lies there is kept elsewhere, or nobody's loss."""

OF_NO_WORTH = frozenset({".pyc", ".pid", ".sock", ".lock"})
PYTHON_CACHE = "__pycache__"
HOME_CACHES = frozenset({".cache", ".npm", ".gunicorn"})
SHOWN = 3


def kept_writes(changes: Changes) -> tuple[str, ...]:
    """The paths that are worth a warning: no folder round a changed file, no cache, no mount."""
    changed = changes.written | changes.removed
    around = {str(parent) for path in changed for parent in PurePosixPath(path).parents}
    around |= {str(parent) for path in changes.mounts for parent in PurePosixPath(path).parents}
    fine = (*MEANT_TO_BE_LOST, *changes.mounts)
    return tuple(
        path for path in sorted(changes.written - around) if not _is_fine(PurePosixPath(path), fine)
    )


def _is_fine(path: PurePosixPath, folders: Sequence[str]) -> bool:
    if path.suffix in OF_NO_WORTH or PYTHON_CACHE in path.parts:
        return True
    if HOME_CACHES & set(path.parts):
        return True
    return any(path.is_relative_to(folder) for folder in folders)


def writes_warning(paths: Sequence[str]) -> str:
    """One sentence on them, and the way out."""
    more = f" (and {len(paths) - SHOWN} more)" if len(paths) > SHOWN else ""
    return (
        "The application wrote into its own image, which is lost at the next deployment:"
        f" {', '.join(paths[:SHOWN])}{more}. Write to /data what is to be kept, the rest to /tmp."
    )
