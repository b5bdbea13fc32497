"""The images that rehearsals build: a tag of the run's own while it runs, the commit's after it.

A reference is removed, never an image by its id: what else a person has tagged stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.engine.process import run
from devkit.engine.turns import turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

KEPT = 3
"""How many of a project's images stay, to be looked into or used again."""

_COMMIT_TAG = re.compile(r"[0-9a-f]{12}")
_RUN_REFERENCE = re.compile(
    r"devkit/[a-z0-9_-]+:(verify-[0-9a-f]{10}(-old|-data)?|(test|live)-[0-9a-f]{6}-[0-9]+)"
)
_LIMIT = 60.0


@dataclass(frozen=True, kw_only=True)
class RunImage:
    """The references of one rehearsal's image.

    Attributes:
        repository: ``devkit/NAME``.
        run_tag: The run's own tag, so that two runs of one commit never meet.
        commit_tag: The first twelve characters of the commit.
        source: The id of an image to use again; empty for what has the commit's tag.
    """

    repository: str
    run_tag: str
    commit_tag: str
    source: str = ""

    @property
    def reference(self) -> str:
        """What the image is called while the run lasts."""
        return f"{self.repository}:{self.run_tag}"

    @property
    def kept_reference(self) -> str:
        """What it is called once it has passed."""
        return f"{self.repository}:{self.commit_tag}"


async def keep_image(
    image: RunImage, environment: Mapping[str, str], *, weaker: bool = False
) -> None:
    """Give the image that passed the commit's tag.

    Args:
        image: The image, under the run's own tag.
        environment: The environment of the docker commands.
        weaker: Leave the one that has the commit's tag already: this one was built from cache.
    """
    # Two runs that look at the same time would both see the tag free.
    async with _turn(environment):
        before = await _id_of(image.kept_reference, environment)
        if before and weaker:
            return
        await _docker(environment, "tag", image.reference, image.kept_reference)
        if before and before != await _id_of(image.kept_reference, environment):
            await _remove_untagged(before, environment)


async def let_oldest_go(image: RunImage, environment: Mapping[str, str]) -> None:
    """Leave the last few of a project's images, this one among them."""
    listed = await _docker(
        environment, "image", "ls", "--format", "{{.Tag}}", "--filter",
        f"reference={image.repository}",
    )  # fmt: skip
    # The engine lists the youngest first.
    commits = [tag for tag in listed.split() if _COMMIT_TAG.fullmatch(tag)]
    for tag in [tag for tag in commits if tag != image.commit_tag][KEPT - 1 :]:
        await _docker(environment, "image", "rm", f"{image.repository}:{tag}")


async def take_kept(image: RunImage, environment: Mapping[str, str]) -> bool:
    """Give the image that is to be used again the run's tag, too; whether there is one."""
    source = image.source or image.kept_reference
    if not await _id_of(source, environment):
        return False
    await _docker(environment, "tag", source, image.reference)
    return bool(await _id_of(image.reference, environment))


async def forget_run_tag(reference: str, environment: Mapping[str, str]) -> None:
    """Remove a run's own reference, and with it an image that has no other; none for none."""
    if _RUN_REFERENCE.fullmatch(reference):
        await _docker(environment, "image", "rm", reference)


async def remove_image(reference: str, environment: Mapping[str, str]) -> str:
    """Remove one name of an image, and with the last one the image.

    Returns:
        Why it could not be removed; empty where it is gone.
    """
    done = await run(["docker", "image", "rm", reference], env=environment, timeout=_LIMIT)
    if done.ok or "No such image" in done.output:
        return ""
    return (done.output.strip().splitlines() or ["the engine does not answer"])[-1]


@contextlib.asynccontextmanager
async def _turn(environment: Mapping[str, str]) -> AsyncIterator[None]:
    with contextlib.ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, turn("images", environment))
        yield


async def _remove_untagged(image_id: str, environment: Mapping[str, str]) -> None:
    tags = await _docker(environment, "image", "inspect", "--format", "{{.RepoTags}}", image_id)
    if tags.strip() == "[]":
        await _docker(environment, "image", "rm", image_id)


async def _id_of(reference: str, environment: Mapping[str, str]) -> str:
    return await _docker(environment, "image", "inspect", "--format", "{{.Id}}", reference)


async def _docker(environment: Mapping[str, str], *words: str) -> str:
    """What the command wrote; empty where it failed, as housekeeping may."""
    done = await run(["docker", *words], env=environment, timeout=_LIMIT)
    return done.output.strip() if done.ok else ""
