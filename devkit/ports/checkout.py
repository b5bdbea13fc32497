"""What the check-out needs from outside: a clone, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Severity(Enum):
    """What the cloud makes of a finding."""

    REFUSED = "refused"
    WARNED = "warned about"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a commit that the cloud does not check out as the developer has it.

    Attributes:
        severity: Whether it ends the deployment.
        sentence: What it is and where; names are shown so that they cannot act on a terminal.
        way_out: What to do about it.
        details: More of its places, one a line, where the sentence does not name all.
    """

    severity: Severity
    sentence: str
    way_out: str
    details: tuple[str, ...] = ()


class Checkout(Protocol):
    """Makes the clean working directory of a commit."""

    async def check_out(self, destination: Path) -> None:
        """Clone and check out the commit, and make sure that nothing else is there.

        Raises:
            CheckoutError: git refuses.
            CouldNotFindOutError: The disk is full.
        """
        ...

    async def findings(self, clone: Path) -> tuple[Finding, ...]:
        """What in the commit the cloud's check-out refuses, or checks out in another way."""
        ...
