"""The images that a build stands on: which digest each name had, and which it has now."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.process import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LIMIT = 15.0
"""Seconds for asking what an image's name means now."""

_FROM = re.compile(r"#\d+ (?:\[[^\]]*\] )?FROM (?P<name>\S+?)@(?P<digest>sha256:[0-9a-f]{64})\b.*")


def resolved_image(line: str) -> tuple[str, str] | None:
    """The name and the digest of a base image in a line of BuildKit's plain output, or None.

    What a step writes itself has the step's time before it, and so is never mistaken for it.
    """
    found = _FROM.fullmatch(line)
    return (found["name"], found["digest"]) if found else None


async def digests_now(names: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Ask what images' names mean now, by the engine's own way to its registries.

    A build of nothing but the image asks the way that the real build would: through the engine's
    mirrors and with the person's logins, which `docker manifest` and its like go round.

    Returns:
        The digests by name; one that could not be found out is not in it.
    """
    answers = await asyncio.gather(*(_digest(name, environment) for name in names))
    return {name: digest for answer in answers for name, digest in answer.items()}


async def _digest(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="devkit-base-") as folder:
        (Path(folder) / "Dockerfile").write_text(f"FROM {name}\n", encoding="utf-8")
        done = await run(
            ["docker", "buildx", "build", "--progress=plain", "--provenance=false", "--pull",
             "--output=type=cacheonly", folder],
            env=environment, timeout=LIMIT,
        )  # fmt: skip
    # A name that has moved is known before its layers are there: a timed out build tells it, too.
    return dict(pair for line in done.output.splitlines() if (pair := resolved_image(line)))
