"""Keeps what earlier builds left in cache mounts out of an uncached build."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = b"type=cache"
_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"
"""A build argument that BuildKit knows by itself: mounts of another name are other mounts."""


def own_cache_mounts(context: Path, run: str) -> tuple[str, ...]:
    """The options of a build whose cache mounts are to begin empty, as on a new builder.

    In a BuildKit of before September 2024, ``--no-cache`` alone empties only those without
    ``mode``, ``uid`` and ``gid`` (https://github.com/moby/buildkit/pull/5306).

    Args:
        context: The check-out, with the Dockerfile.
        run: The run's name, which no other build has.
    """
    if _WORDS not in (context / "Dockerfile").read_bytes():
        return ()
    return ("--build-arg", f"{_NAMESPACE}={run}")
