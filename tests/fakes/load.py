"""A load that sends nothing and records what a test scripts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.ports import Client, Loss, Phase, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence


def sent(
    status: int | None = 200,
    *,
    phase: Phase = Phase.BEFORE,
    client: Client = Client.PLAIN,
    path: str = "/",
    seconds: float = 0.1,
    loss: Loss | None = None,
) -> Sent:
    """A request that was answered, or lost where ``loss`` is given."""
    return Sent(
        client=client,
        path=path,
        phase=phase,
        started=1.0,
        seconds=seconds,
        status=None if loss else status,
        loss=loss,
    )


def one_a_phase() -> dict[Phase, Sequence[Sent]]:
    return {phase: [sent(phase=phase)] for phase in Phase}


@dataclass
class FakeLoad:
    """Keeps the promise of ``devkit.ports.Load``: each phase's requests end as it is entered.

    Those of ``anew`` end once the paths are waited for that were to be asked for anew. All paths
    of the script are answered in each phase in which it has them.
    ``asked`` is a list that other fakes may share, so that a test sees the order.
    """

    script: Mapping[Phase, Sequence[Sent]] = field(default_factory=one_a_phase)
    anew: Sequence[Sent] = ()
    asked: list[str] = field(default_factory=list)
    _phase: Phase = Phase.BEFORE
    _is_anew: bool = False
    _record: Callable[[Sent], None] | None = None

    @contextlib.asynccontextmanager
    async def sending(self, record: Callable[[Sent], None]) -> AsyncIterator[None]:
        self._record = record
        self.enter(Phase.BEFORE)
        try:
            yield
        except BaseException:
            self.asked.append("load cut off")
            raise
        finally:
            self._record = None
        self.asked.append("load ended")

    def enter(self, phase: Phase) -> None:
        assert self._record is not None, "a phase was entered while nothing is sent"
        self.asked.append(f"load {phase.value}")
        self._phase = phase
        self._is_anew = False
        self.end(self.script.get(phase, ()))

    def end(self, requests: Sequence[Sent]) -> None:
        """Have these requests come to their end."""
        assert self._record is not None, "a request ended while nothing is sent"
        for each in requests:
            self._record(each)

    def ask_anew(self) -> None:
        self.asked.append("load anew")
        self._is_anew = True

    async def unanswered(self, *, within: float) -> tuple[str, ...]:
        assert self._record is not None, "a path is waited for while nothing is sent"
        assert within > 0
        self.end(self.anew if self._is_anew else ())
        answered = {each.path for each in (*self.script.get(self._phase, ()), *self.anew)}
        paths = dict.fromkeys(each.path for some in self.script.values() for each in some)
        return tuple(path for path in paths if path not in answered)
