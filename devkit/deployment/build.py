"""Step 3: the image, built without cache, without variables and without services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import Evidence, State, diagnose
from devkit.deployment.events import Step
from devkit.deployment.troubles import SENTENCES, could_not_find_out
from devkit.errors import BuildError, CouldNotFindOutError, DevkitError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from devkit.ports import Completed, Image, Stage

SOLVED = "failed to solve"
"""BuildKit's word for a build that the Dockerfile or its files are to blame for."""

LOG_LINES = 400
"""How much of the end of the output is searched for a cause."""

TIME_LIMIT = 30 * 60.0
"""Seconds that the cloud gives a build."""

# A name that does not exist is said in other words than a network that does not answer.
_NO_NETWORK = re.compile(r"Temporary failure (in name resolution|resolving)|\bEAI_AGAIN\b")
# Shared memory and the watching of files have limits of their own.
_NO_ROOM = re.compile(
    r"(?!.*(shared memory|/dev/shm|watch)).*(No space left on device|\bENOSPC\b)", re.IGNORECASE
)
_STEP_FAILED = re.compile(r"(#\d+ )ERROR:")
_LAST_LINES = 20


async def build_image(stage: Stage, context: Path, *, on_line: Callable[[str], None]) -> Image:
    """Build the image from the root Dockerfile of the check-out.

    Args:
        stage: Where the image is built; it knows whether the cache may be used.
        context: The clean working directory.
        on_line: Called with each line of the build's output.

    Raises:
        BuildError: There is no Dockerfile, the build fails, or it takes over 30 minutes.
        CouldNotFindOutError: A base image could not be asked for, a step found no network, or the
            disk is full.
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
        return _build_error(
            "The build took longer than the 30 minutes that the cloud gives it.",
            built,
            state=State.TIME_IS_UP,
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
    return _build_error("The image does not build from the commit alone.", built)


def _build_error(message: str, built: Completed, *, state: State = State.EXITED) -> DevkitError:
    log = built.tail(LOG_LINES)
    found = diagnose(Evidence(step=Step.BUILD, state=state, log=log))
    missing = None if found else _missing_here(_end_of_failed_step(log))
    if missing:
        why, hint = missing
        message = f"The image could not be built here: {why}."
        return CouldNotFindOutError(message, hint=hint, details=built.tail())
    return BuildError(
        message,
        hint=str(
            found or "Correct the Dockerfile or the files that it copies, commit, and verify again."
        ),
        details=built.tail(),
        cause=found.name if found else "",
    )


def _end_of_failed_step(log: Sequence[str]) -> list[str]:
    """The last lines of the step that failed: what another one has coped with is no cause."""
    step = next((match[1] for line in reversed(log) if (match := _STEP_FAILED.match(line))), "")
    return [line for line in log if step and line.startswith(step)][-_LAST_LINES:]


def _missing_here(lines: Sequence[str]) -> tuple[str, str] | None:
    """What a step of the Dockerfile did not have, and the way out; None where it had all."""
    if any(map(_NO_NETWORK.search, lines)):
        return "a step had no network", "Check the network, then run again."
    return SENTENCES[Trouble.DISK_FULL] if any(map(_NO_ROOM.match, lines)) else None
