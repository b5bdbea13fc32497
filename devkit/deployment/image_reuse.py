"""When the cloud builds no image, but uses one again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.project import Commit

BUILT_FOR = "test"
"""The environment whose images are used again."""


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image that a deployment built.

    Attributes:
        environment: What it was built for.
        number: Of the deployment.
        sha: The commit's full object name.
        branch: The branch that was deployed.
        image_id: ``sha256:...``.
    """

    environment: str
    number: int
    sha: str
    branch: str
    image_id: str

    @property
    def words(self) -> str:
        """What a person is told of it."""
        return f"the image of {self.environment}'s deployment {self.number} is used again"


def image_to_reuse(built: Iterable[BuiltImage], commit: Commit) -> BuiltImage | None:
    """The image that the cloud would use again for a commit; None where it builds one.

    It builds none where the branch has no new commit since an image was built for test: that
    one is deployed, to test once more or to live.

    Args:
        built: The images that deployments built, in their order.
        commit: What is to be deployed, with its branch.
    """
    of_branch = [
        each
        for each in built
        if each.environment == BUILT_FOR and each.branch == commit.branch_text
    ]
    latest = of_branch[-1] if of_branch else None
    return latest if latest is not None and latest.sha == commit.sha else None
