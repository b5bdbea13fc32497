"""Step 2: the commit, checked out into a clean working directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.events import Warned
from devkit.errors import CheckoutError
from devkit.ports import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.deployment.events import Reporter
    from devkit.ports import Checkout, Finding


async def check_out(checkout: Checkout, destination: Path, report: Reporter) -> str:
    """Check the commit out as the cloud does, and refuse what the cloud refuses.

    Args:
        checkout: The commit's repository.
        destination: A folder that does not exist yet.
        report: Told of what the cloud checks out in another way than the developer has it.

    Returns:
        A few words on what was done.

    Raises:
        CheckoutError: git refuses, or the commit has what the cloud refuses.
    """
    await checkout.check_out(destination)
    findings = await checkout.findings(destination)
    for finding in findings:
        if finding.severity is Severity.WARNED:
            report(Warned(message=f"{finding.sentence} {finding.way_out}"))
    refused = [finding for finding in findings if finding.severity is Severity.REFUSED]
    if refused:
        raise _refusal(refused)
    return "clean clone, nothing of the working tree"


def _refusal(refused: Sequence[Finding]) -> CheckoutError:
    first, *others = refused
    also = tuple(f"{finding.sentence} {finding.way_out}" for finding in others)
    return CheckoutError(first.sentence, hint=first.way_out, details=(*first.details, *also))
