"""Which image a deployment uses again, as the cloud would."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from devkit.deployment.image_reuse import BUILT_FOR, image_to_reuse
from devkit.engine.environment_files import EnvironmentFolder, built_images
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.project import Commit


@dataclass(frozen=True, kw_only=True)
class Reused:
    """An image that is used again; none where the id is empty.

    Attributes:
        image_id: ``sha256:...``.
        words: Whose it is.
        remaker: The command that makes it again; empty where one may be built instead.
    """

    image_id: str = ""
    words: str = ""
    remaker: str = ""


def image_of_test(root: Path, commit: Commit) -> Reused:
    """The image that was built for test, where the branch has no new commit since."""
    test = EnvironmentFolder(root=root, name=BUILT_FOR)
    found = image_to_reuse(built_images(test.history()), commit)
    return Reused(image_id=found.image_id, words=found.words) if found else Reused()


def image_of_original(root: Path, environment: str) -> Reused:
    """The image that the original of a mirror serves with.

    Raises:
        CouldNotFindOutError: It serves nothing.
    """
    state = EnvironmentFolder(root=root, name=environment).state()
    remaker = f"devkit --project {quote(str(root))} deploy {environment}"
    if state is None or state.live is None or not state.live.image_id:
        raise CouldNotFindOutError(
            f"The original in {root} has nothing deployed to {environment}, so there is no image"
            " to mirror.",
            hint=remaker,
        )
    words = f"the original's image, of commit {state.live.sha[:12]}, is used"
    return Reused(image_id=state.live.image_id, words=words, remaker=f"{remaker} --rebuild")
