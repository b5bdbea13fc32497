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

    ``asked`` is a list that other fakes may share, so that a test sees the order.
    """

    script: Mapping[Phase, Sequence[Sent]] = field(default_factory=one_a_phase)
    asked: list[str] = field(default_factory=list)
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
        for each in self.script.get(phase, ()):
            self._record(each)
