"""The conformance table: one row a case. docs/gate.md is made from it.

Pure data. The servers are in behaviours.py; tests/functional runs the rows with the gate's real
prober over real sockets and time that jumps, tests/e2e in containers and in real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from devkit.deployment.gate_policy import Outcome
from devkit.ports import Failure

STATUSES = {
    Outcome.HEALTHY: (200, 204, 301, 308, 400, 401, 404, 499, 500),
    Outcome.FAILED: (501, 502, 503, 504, 505, 599, 600, 999),
}
INTERIM = (100, 101, 102, 103)


class Place(Enum):
    """Where a row is run."""

    PROCESS = "in process"
    CONTAINER = "in a container"


IN_BOTH = (Place.PROCESS, Place.CONTAINER)
IN_PROCESS = (Place.PROCESS,)
IN_CONTAINER = (Place.CONTAINER,)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the gate has to find.

    Attributes:
        outcome: The verdict.
        answer: The status, or any one of these failures.
        attempts: The fewest and the most; None for all that the policy has.
        seconds: The earliest and the latest moment of the verdict; None for that of the last slot.
        warned: Whether the pass carries a warning.
        detail: What the verdict has to say besides.
    """

    outcome: Outcome
    answer: int | tuple[Failure, ...]
    attempts: tuple[int, int] | None = (1, 1)
    seconds: tuple[float, float] | None = (0.0, 0.4)
    warned: bool = False
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row.

    Attributes:
        key: The name of the behaviour.
        server: What it does, in words.
        direct: What is found at the container's own address.
        published: What is found at a published port, where figures differ; never the verdict.
        places: Where it is run.
    """

    key: str
    server: str
    direct: Expected
    published: Expected | None = None
    places: tuple[Place, ...] = IN_PROCESS

    @property
    def on_published(self) -> Expected:
        """What is found at a published port."""
        return self.published or self.direct


def passes(
    status: int = 200,
    *,
    attempts: tuple[int, int] = (1, 1),
    seconds: tuple[float, float] = (0.0, 0.4),
    warned: bool = False,
) -> Expected:
    return Expected(
        outcome=Outcome.HEALTHY, answer=status, attempts=attempts, seconds=seconds, warned=warned
    )


def fails(
    *answer: Failure,
    attempts: tuple[int, int] | None = (1, 1),
    seconds: tuple[float, float] | None = (0.0, 0.4),
) -> Expected:
    return Expected(outcome=Outcome.FAILED, answer=answer, attempts=attempts, seconds=seconds)


def never(*answer: Failure) -> Expected:
    """Asked until the attempts are used up."""
    return fails(*answer, attempts=None, seconds=None)


def exits(detail: str) -> Expected:
    """Five seconds after its start, which is before the asking begins."""
    return Expected(
        outcome=Outcome.FAILED,
        answer=(Failure.EXITED,),
        attempts=(1, 16),
        seconds=(1.0, 6.5),
        detail=detail,
    )


ENDED = (Failure.CLOSED, Failure.RESET)
CLOSED_ON = fails(*ENDED, attempts=(3, 14), seconds=(0.8, 6.0))
"""On a published port: two looks into the container, a second apart, tell whose close it was."""
NO_PORT = never(*ENDED)
"""On a published port the proxy accepts, finds nobody and closes: *not yet*, as a refusal is."""
TOO_LATE = fails(Failure.NO_ANSWER, seconds=(20.0, 20.4))
BROKEN = fails(Failure.BROKEN)


def _listening() -> tuple[Case, ...]:
    rows = [(0.2, 2, 2), (5, 14, 14), (30, 76, 77), (59, 149, 149), (61, 154, 154), (119, 299, 299)]
    late = tuple(
        Case(
            key=f"after {seconds:g} s",
            server=f"begins to listen after {seconds:g} s",
            direct=passes(
                attempts=(low, high), seconds=(seconds, seconds + 0.45), warned=seconds > 60
            ),
        )
        for seconds, low, high in rows
    )
    too_late = Case(
        key="after 123 s",
        server="begins to listen after 123 s",
        direct=never(Failure.REFUSED),
        published=NO_PORT,
    )
    return (*late, too_late)


def _statuses() -> tuple[Case, ...]:
    interim = tuple(
        Case(
            key=f"interim {status}",
            server=f"answers an interim {status}, then nothing",
            direct=passes(status),
            places=IN_BOTH if status == INTERIM[-1] else IN_PROCESS,
        )
        for status in INTERIM
    )
    final = tuple(
        Case(
            key=f"status {status}",
            server=f"answers {status}",
            direct=Expected(
                outcome=outcome,
                answer=status,
                warned=outcome is Outcome.HEALTHY and status >= 400,
            ),
            places=IN_BOTH if status in {200, 500, 503} else IN_PROCESS,
        )
        for outcome, statuses in STATUSES.items()
        for status in statuses
    )
    return (*interim, *final)


ANSWERS = (
    Case(key="status 099", server="answers 099, which is no status", direct=BROKEN),
    Case(key="HTTP/1.0", server="speaks HTTP/1.0", direct=passes()),
    Case(
        key="HTTP/0.9",
        server="sends a page without a status line, as HTTP/0.9 did",
        direct=BROKEN,
        places=IN_BOTH,
    ),
    Case(key="other protocol", server="speaks another protocol (SSH)", direct=BROKEN),
    Case(key="huge header", server="sends a header of 1 MB", direct=passes(), places=IN_BOTH),
    Case(key="endless line", server="sends a status line without an end", direct=BROKEN),
    Case(
        key="TLS",
        server="speaks TLS on the port, and ends what does not",
        direct=fails(Failure.BROKEN, *ENDED),
        published=CLOSED_ON,
        places=IN_BOTH,
    ),
    Case(key="TLS alert", server="speaks TLS, and answers with an alert", direct=BROKEN),
    Case(
        key="TLS says 400",
        server="speaks TLS, and answers 400 to plain HTTP as nginx does",
        direct=passes(400, warned=True),
    ),
)

TIMES = (
    Case(
        key="hangs 19.5 s",
        server="answers 19.5 s after the request",
        direct=passes(seconds=(19.5, 19.9)),
    ),
    Case(
        key="hangs 20.5 s",
        server="answers 20.5 s after the request",
        direct=TOO_LATE,
        places=IN_BOTH,
    ),
    Case(
        key="drips 17 s",
        server="sends one byte a second, the status line in 17 s",
        direct=passes(seconds=(17.0, 17.4)),
        places=IN_BOTH,
    ),
    Case(
        key="drips 38 s",
        server="sends one byte a second, the status line in 38 s",
        direct=TOO_LATE,
    ),
    Case(
        key="drips headers",
        server="sends the status line at once and a header byte a second",
        direct=passes(),
    ),
    Case(
        key="never accepts",
        server="listens and never accepts",
        direct=TOO_LATE,
    ),
)

CONNECTIONS = (
    Case(
        key="closes",
        server="closes every connection without an answer",
        direct=fails(Failure.CLOSED),
        published=CLOSED_ON,
        places=IN_BOTH,
    ),
    Case(
        key="closes 5 s",
        server="closes every connection for 5 s, then answers",
        direct=fails(Failure.CLOSED),
        published=CLOSED_ON,
        places=IN_BOTH,
    ),
    Case(
        key="resets",
        server="resets every connection after the request",
        direct=fails(Failure.RESET),
        published=CLOSED_ON,
        places=IN_BOTH,
    ),
    Case(
        key="half-closes",
        server="ends its side of the connection and reads on",
        direct=fails(Failure.CLOSED),
        published=CLOSED_ON,
        places=IN_BOTH,
    ),
    Case(
        key="half-closes after",
        server="answers, ends its side of the connection and reads on",
        direct=passes(),
    ),
    Case(
        key="reads no more",
        server="shuts its reading side, then answers",
        direct=passes(),
    ),
    Case(
        key="ends in the line",
        server="ends the connection in the midst of the status line",
        direct=BROKEN,
    ),
    Case(
        key="full queue",
        server="has its accept queue full and never accepts",
        direct=never(Failure.CONNECT_TIMEOUT),
        # The proxy accepts for it, and waits for its own connection.
        published=TOO_LATE,
        places=IN_BOTH,
    ),
    Case(
        key="black hole",
        server="is behind a firewall that drops every packet to the port",
        direct=never(Failure.CONNECT_TIMEOUT),
        published=TOO_LATE,
        places=IN_CONTAINER,
    ),
    Case(
        key="IPv6 only",
        server="listens on IPv6 alone, and is asked on IPv4",
        direct=never(Failure.REFUSED),
        published=NO_PORT,
    ),
    Case(
        key="IPv6 only in container",
        server="listens on :: for IPv6 alone, and its container has no IPv6 address",
        direct=never(Failure.REFUSED),
        # A listener on :: may be there for IPv4, too, and /proc/net does not tell.
        published=CLOSED_ON,
        places=IN_CONTAINER,
    ),
    Case(
        key="IPv6",
        server="listens on IPv6 alone, and is asked there",
        direct=passes(),
    ),
)

CONTAINERS = (
    Case(
        key="listens on 127.0.0.1",
        server="listens on 127.0.0.1 of its container",
        direct=never(Failure.REFUSED),
        published=NO_PORT,
        places=IN_CONTAINER,
    ),
    Case(
        key="another port",
        server="listens on another port than EXPOSE names",
        direct=never(Failure.REFUSED),
        published=NO_PORT,
        places=IN_CONTAINER,
    ),
    *(
        Case(key=key, server=server, direct=exits(words), places=IN_CONTAINER)
        for key, server, words in (
            ("exits 0", "ends with exit code 0 after 5 s", "exited with code 0"),
            ("exits 1", "ends with exit code 1 after 5 s", "exited with code 1"),
            ("out of memory", "runs out of memory after 5 s", "ran out of memory"),
        )
    ),
    Case(
        key="crash loop",
        server="crashes after each start, and something restarts it (a rehearsal does not)",
        direct=never(Failure.REFUSED, Failure.UNREACHABLE, Failure.CONNECT_TIMEOUT),
        published=never(Failure.REFUSED, Failure.CONNECT_TIMEOUT, *ENDED),
        places=IN_CONTAINER,
    ),
)

SECTIONS = {
    "When it listens": _listening(),
    "What it answers": (*_statuses(), *ANSWERS),
    "How long it takes": TIMES,
    "How it treats connections": CONNECTIONS,
    "What becomes of the container": CONTAINERS,
}
TABLE = tuple(case for cases in SECTIONS.values() for case in cases)


def cases_in(place: Place) -> tuple[Case, ...]:
    """The rows that are run there."""
    return tuple(case for case in TABLE if place in case.places)
