"""The gate's rules: how often to ask, what counts as an answer, what deserves a warning.

Pure: nothing here waits or connects.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.ports import Failure

if TYPE_CHECKING:
    from devkit.ports import Answer

BAD_REQUEST = 400
SERVER_ERROR = 500
PASSING = frozenset({*range(100, 500), SERVER_ERROR})
"""The status codes that pass; every other one fails the deployment."""


class Outcome(Enum):
    """What one attempt means for its container."""

    HEALTHY = "healthy"
    NOT_YET = "not yet"
    FAILED = "failed"


class Way(Enum):
    """Where the attempts connect to."""

    DIRECT = "the container's own address"
    PUBLISHED = "a published port"


NOT_CONNECTED = frozenset({Failure.REFUSED, Failure.CONNECT_TIMEOUT, Failure.UNREACHABLE})
ENDED = frozenset({Failure.CLOSED, Failure.RESET})
NOT_YET = {
    Way.DIRECT: NOT_CONNECTED,
    # docker-proxy accepts before the application listens, and closes when it finds nobody.
    Way.PUBLISHED: NOT_CONNECTED | ENDED,
}


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """The gate's numbers; the defaults are the cloud's.

    Attributes:
        attempts: How often one container is asked, at most.
        connect_timeout: Seconds for the TCP connection.
        answer_timeout: Seconds from the established connection to the first status line.
        slot: Seconds that an attempt fills, however early it was refused.
        warn_after: Seconds after which a pass is a slow one.
        way: Where the attempts connect to.
    """

    attempts: int = 300
    connect_timeout: float = 0.4
    answer_timeout: float = 20.0
    slot: float = 0.4
    warn_after: float = 60.0
    way: Way = Way.DIRECT


def classify(answer: Answer, *, way: Way = Way.DIRECT) -> Outcome:
    """Say what an attempt's answer means; what the cloud might refuse never passes."""
    if answer.failure is not None:
        return Outcome.NOT_YET if answer.failure in NOT_YET[way] else Outcome.FAILED
    return Outcome.HEALTHY if answer.status in PASSING else Outcome.FAILED


def pass_warnings(status: int, *, seconds: float, policy: GatePolicy) -> tuple[str, ...]:
    """Return all that is to be said about a container that passed, one sentence each."""
    found = (weak_pass_warning(status), slow_pass_warning(seconds, policy=policy))
    return tuple(sentence for sentence in found if sentence is not None)


def weak_pass_warning(status: int) -> str | None:
    """Return a sentence on a status that passes and still means a broken site, if it does."""
    if status == BAD_REQUEST:
        return (
            "GET / answered 400, which passes the gate and still means a broken site: most "
            "often it is Django's DisallowedHost, as the gate asks with the container's "
            "address and port for a Host."
        )
    if status == SERVER_ERROR:
        return (
            "GET / answered 500, which passes the gate and still means a broken site: most "
            "often a database table is missing (is there a release command that migrates?) "
            "or a template fails."
        )
    if BAD_REQUEST < status < SERVER_ERROR:
        return f"GET / answered {status}, which passes the gate: is that what visitors are to get?"
    return None


def slow_pass_warning(seconds: float, *, policy: GatePolicy) -> str | None:
    """Return a sentence on a container that took longer than a stricter cloud would wait."""
    if seconds <= policy.warn_after:
        return None
    return (
        f"It took {seconds:.0f} s to answer: {policy.attempts} attempts allow it, but a second "
        f"document of the cloud says {policy.warn_after:.0f} s, so make the start quicker."
    )
