"""Step 3: the image, built without cache, without variables and without services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.deployment.troubles import could_not_find_out
from devkit.errors import BuildError, CouldNotFindOutError, DevkitError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.ports import Completed, Image, Stage

SOLVED = "failed to solve"
"""BuildKit's word for a build that the Dockerfile or its files are to blame for."""

NO_VARIABLE = re.compile(r"KeyError: '[A-Z][A-Z0-9_]+'|unbound variable|parameter not set")
"""What programs say of a variable that is not there."""

TIME_LIMIT = 30 * 60.0
"""Seconds that the cloud gives a build."""


async def build_image(stage: Stage, context: Path, *, on_line: Callable[[str], None]) -> Image:
    """Build the image from the root Dockerfile of the check-out.

    Args:
        stage: Where the image is built; it knows whether the cache may be used.
        context: The clean working directory.
        on_line: Called with each line of the build's output.

    Raises:
        BuildError: There is no Dockerfile, the build fails, or it takes over 30 minutes.
        CouldNotFindOutError: A base image could not be asked for, or the disk is full.
    """
    if not _has_dockerfile(context):
        raise BuildError(
            "The commit has no Dockerfile in the project's folder.",
            hint="Add it to git: `git add Dockerfile`, commit, and verify again; or name the folder"
            " that has one with --project.",
        )
    built = await stage.build(context, on_line=on_line, timeout=TIME_LIMIT)
    if not built.ok:
        raise _explain(built)
    return await stage.image()


def _has_dockerfile(context: Path) -> bool:
    """Whether there is one of exactly this name (macOS opens another, too), inside the context."""
    names = {path.name for path in context.iterdir()} if context.is_dir() else set()
    target = (context / "Dockerfile").resolve()
    return "Dockerfile" in names and target.is_file() and target.is_relative_to(context.resolve())


def _explain(built: Completed) -> DevkitError:
    if built.timed_out:
        return BuildError(
            "The build took longer than the 30 minutes that the cloud gives it.",
            hint="Look for the slowest step in the output above.",
            details=built.tail(),
        )
    if built.trouble is Trouble.IMAGE_NOT_FOUND:
        return BuildError(
            "A base image of the Dockerfile does not exist or may not be pulled.",
            hint="Correct the FROM line, or `docker login` to the image's registry.",
            details=built.tail(8),
        )
    beside = could_not_find_out("The image could not be built here", built)
    if beside is not None:
        return beside
    if SOLVED not in built.output:
        return CouldNotFindOutError(
            "The image could not be built here: the build did not get as far as the Dockerfile.",
            hint="docker's own words above say why; they say nothing of the commit.",
            details=built.tail(8),
        )
    return BuildError(
        "The image does not build from the commit alone.", hint=_hint(built), details=built.tail()
    )


def _hint(built: Completed) -> str:
    if NO_VARIABLE.search(built.output):
        return (
            "A build has no environment variables, there as here: give the build step a default,"
            " or do that work in a release command or at the start."
        )
    if "not found" in built.output and ("COPY" in built.output or "ADD" in built.output):
        return (
            "A file that the build needs is not in the commit: `git status --ignored` shows what"
            " is untracked or ignored here; look at .dockerignore, too."
        )
    return "Correct the Dockerfile or the files that it copies, commit, and verify again."
