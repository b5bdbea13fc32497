"""What became of the requests that were sent while the containers were switched.

Pure: devkit.engine.load sends them, a :class:`Tally` counts what it is told.

A request belongs to the phase in which it was in flight. One that saw more than one of them saw
the switch, and counts as DURING: so all of BEFORE is known when DURING begins, and every later
answer can be judged as it comes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from devkit.ports import Phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from devkit.ports import Sent

SERVER_ERROR = 500
GATEWAY = frozenset({502, 503, 504})
"""What a proxy answers when it finds nobody to answer."""

EXAMPLES = 10
"""How many failures are kept to be shown; the others are only counted."""


class Judgement(Enum):
    """What became of one request; the value says it to people, after the status."""

    ANSWERED = "as it should be"
    UNANSWERED = "no complete answer"
    GATEWAY = "as a proxy does that finds nobody to ask"
    WORSE = "and below 500 before"


def phase_of(began: Phase, ended: Phase) -> Phase:
    """The phase of a request that was in flight from one moment to the other."""
    return began if began is ended else Phase.DURING


def judge(sent: Sent, *, baseline: Collection[int]) -> Judgement:
    """Say what became of a request.

    502, 503 and 504 fail in every phase, as the gate lets no application pass that answers so
    itself. Another 5xx fails unless the path answered nothing better before the switch; where
    it was not asked then, nobody can say so, and it fails, too.

    Args:
        sent: The request.
        baseline: The statuses that its path had in the phase BEFORE.
    """
    if sent.status is None:
        return Judgement.UNANSWERED
    if sent.status in GATEWAY:
        return Judgement.GATEWAY
    if sent.status < SERVER_ERROR or sent.phase is Phase.BEFORE:
        return Judgement.ANSWERED
    bad_before = bool(baseline) and min(baseline) >= SERVER_ERROR
    return Judgement.ANSWERED if bad_before else Judgement.WORSE


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One phase in numbers.

    Attributes:
        sent: How many requests came to their end.
        failed: How many of these failed.
        worse: How many of those had an answer, and one that is worse than before.
        slowest: The most seconds that a client waited for the other side, a slow client's own
            pauses left out; of the requests that failed, too.
        median: The seconds that half of the clients waited at most, to the millisecond.
    """

    sent: int = 0
    failed: int = 0
    worse: int = 0
    slowest: float = 0.0
    median: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """All phases in numbers, and what a person should know beyond them.

    Attributes:
        phases: The figures of each phase, in their order.
        examples: The first failures, one sentence each.
        warnings: What is no failure and still worth a look, one sentence each.
    """

    phases: Mapping[Phase, Figures]
    examples: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def sent(self) -> int:
        """How many requests came to their end."""
        return sum(figures.sent for figures in self.phases.values())

    @property
    def failed(self) -> int:
        """How many of these failed."""
        return sum(figures.failed for figures in self.phases.values())

    @property
    def passed(self) -> bool:
        """Whether none failed, in any of the phases, and each of them saw requests."""
        return not self.failed and all(figures.sent for figures in self.phases.values())

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        slowest = self._each({p: f"{f.slowest:.2f} s" for p, f in self.phases.items()})
        failed = f"{self.failed} failed"
        if self.failed:
            failed += f" ({self._each({p: str(f.failed) for p, f in self.phases.items()})})"
        requests = "1 request" if self.sent == 1 else f"{self.sent} requests"
        return f"{requests} sent, {failed}; the slowest answer took {slowest} the switch."

    @staticmethod
    def _each(words: Mapping[Phase, str]) -> str:
        before, during, after = (f"{word} {phase.value}" for phase, word in words.items())
        return f"{before}, {during} and {after}"


@dataclass
class _PhaseCount:
    """One phase so far; in milliseconds, so that an hour takes no more memory than a minute."""

    sent: int = 0
    failed: int = 0
    worse: int = 0
    slowest: float = 0.0
    milliseconds: Counter[int] = field(default_factory=Counter)

    def add(self, sent: Sent, judgement: Judgement) -> None:
        self.sent += 1
        self.failed += judgement is not Judgement.ANSWERED
        self.worse += judgement is Judgement.WORSE
        self.slowest = max(self.slowest, sent.waited)
        self.milliseconds[round(sent.waited * 1000)] += 1

    @property
    def figures(self) -> Figures:
        return Figures(
            sent=self.sent,
            failed=self.failed,
            worse=self.worse,
            slowest=self.slowest,
            median=self._median() / 1000,
        )

    def _median(self) -> int:
        seen = 0
        for milliseconds, times in sorted(self.milliseconds.items()):
            seen += times
            if 2 * seen >= self.sent:
                return milliseconds
        return 0


class Tally:
    """Counts the requests as they come to their end, in bounded memory."""

    def __init__(self) -> None:
        self._phases = {phase: _PhaseCount() for phase in Phase}
        self._statuses: dict[str, dict[Phase, Counter[int]]] = {}
        self._examples: list[str] = []

    def record(self, sent: Sent) -> None:
        """Judge and count one."""
        statuses = self._statuses.setdefault(sent.path, {phase: Counter() for phase in Phase})
        judgement = judge(sent, baseline=statuses[Phase.BEFORE].keys())
        self._phases[sent.phase].add(sent, judgement)
        if judgement is not Judgement.ANSWERED and len(self._examples) < EXAMPLES:
            self._examples.append(_example(sent, judgement))
        if sent.status is not None and judgement is not Judgement.GATEWAY:
            statuses[sent.phase][sent.status] += 1

    def figures(self, phase: Phase) -> Figures:
        """The figures of a phase so far."""
        return self._phases[phase].figures

    @property
    def failed(self) -> int:
        """How many have failed so far."""
        return sum(count.failed for count in self._phases.values())

    def report(self) -> Report:
        """All of it so far."""
        return Report(
            phases={phase: count.figures for phase, count in self._phases.items()},
            examples=tuple(self._examples),
            warnings=tuple(
                sentence
                for path, statuses in self._statuses.items()
                for sentence in _warnings(path, statuses)
            ),
        )


def _example(sent: Sent, judgement: Judgement) -> str:
    when = f"{sent.started:.1f} s after the load's start"
    who = f"GET {sent.path} of a {sent.client.value} client"
    if sent.status is not None:
        return f"{when}: {who} was answered {sent.status}, {judgement.value}."
    why = sent.loss.value if sent.loss else judgement.value
    detail = f" ({sent.detail})" if sent.detail else ""
    return f"{when}: {who} failed after {sent.seconds:.1f} s: {why}{detail}."


def _warnings(path: str, statuses: Mapping[Phase, Mapping[int, int]]) -> list[str]:
    before = statuses[Phase.BEFORE].keys()
    errors = _listed(status for status in before if status >= SERVER_ERROR)
    found = [f"GET {path} answered {errors} before the switch already."] if errors else []
    for phase in (Phase.DURING, Phase.AFTER):
        # A 5xx that was not there before is a failure, and said to be one.
        other = _listed(s for s in statuses[phase].keys() - before if s < SERVER_ERROR)
        if other and before:
            where = f"{_listed(before)} before the switch and {other} {phase.value} it"
            found.append(f"GET {path} answered {where}.")
    return found


def _listed(statuses: Iterable[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))
