"""Whose close it was on a published port: the proxy's, or that of the application behind it.

A close alone does not tell: the proxy closes, too, while it finds nobody. But an attempt that was
begun while somebody listened had found somebody; and where somebody listens after it, too, as one
does who answers the next attempt, it was the application that closed.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.deployment.gate_policy import ENDED, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.deployment.gate_verdict import Attempt, ContainerVerdict


PROOF = 2
"""Closes while somebody listened that outweigh an answer: one may be a server that restarts."""


class Closes:
    """What is known of the containers whose port was closed on the gate.

    Attributes:
        first: Set with the first close.
    """

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self._looks: Counter[str] = Counter()
        self._heard: dict[str, float] = {}
        self._own: dict[str, list[ContainerVerdict]] = {}

    def judge(self, attempt: Attempt, verdict: ContainerVerdict) -> ContainerVerdict:
        """How a container stands after an attempt, in the light of the closes before it."""
        name = verdict.container
        if verdict.failure in ENDED:
            self.first.set()
            if attempt.begun >= self._heard.get(name, math.inf):
                self._own.setdefault(name, []).append(verdict)
        elif verdict.outcome is Outcome.HEALTHY and len(self._own.get(name, ())) >= PROOF:
            detail = f"though somebody listened; attempt {attempt.number} brought {verdict.status}"
            return replace(self._own[name][-1], outcome=Outcome.FAILED, detail=detail)
        return verdict

    def next_look(self, closing: Sequence[str]) -> str:
        """Which of some containers to look into: one that is heard already, else each in turn."""
        name = min(closing, key=lambda each: (each not in self._heard, self._looks[each]))
        self._looks[name] += 1
        return name

    def is_own(self, name: str) -> bool:
        """Whether a container closed while somebody listened, if somebody still does."""
        return name in self._own

    def hear(self, name: str, *, at: float) -> None:
        """Somebody listens in a container, since this moment at the latest."""
        self._heard.setdefault(name, at)

    def forget(self, name: str) -> None:
        """Nobody listens in a container: what was heard before is no proof any more."""
        self._heard.pop(name, None)
        self._own.pop(name, None)
