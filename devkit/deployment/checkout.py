"""Step 2: the commit, checked out into a clean working directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CheckoutError

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.ports import Checkout


async def check_out(checkout: Checkout, destination: Path) -> str:
    """Check the commit out as the cloud does, and refuse what the cloud refuses.

    Args:
        checkout: The commit's repository.
        destination: A folder that does not exist yet.

    Returns:
        A few words on what was done.

    Raises:
        CheckoutError: git refuses, or the tree has submodules or empty trees.
    """
    await checkout.check_out(destination)
    problems = await checkout.problems(destination)
    if problems:
        raise CheckoutError(problems[0], details=problems[1:])
    return "clean clone, nothing of the working tree"
