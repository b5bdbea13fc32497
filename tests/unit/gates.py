"""Gates on virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.gate import pass_gate
from devkit.deployment.gate_policy import GatePolicy, Outcome
from devkit.deployment.gate_verdict import Attempt, GateVerdict, Target
from devkit.ports import Address
from tests.fakes.clock import FakeClock
from tests.fakes.prober import FakeProber, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.ports import Liveness, Witness


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate over containers that follow their scripts, on virtual time."""

    clock: FakeClock
    prober: FakeProber
    targets: tuple[Target, ...]

    @classmethod
    def over(cls, *scripts: Sequence[Step]) -> Gate:
        clock = FakeClock()
        addresses = [Address(host=f"10.0.0.{n}", port=80) for n, _ in enumerate(scripts, 1)]
        prober = FakeProber(clock, dict(zip(addresses, scripts, strict=True)))
        targets = [Target(container=f"web-{n}", address=a) for n, a in enumerate(addresses, 1)]
        return cls(clock=clock, prober=prober, targets=tuple(targets))

    def run(
        self,
        *,
        policy: GatePolicy | None = None,
        liveness: Liveness | None = None,
        witness: Witness | None = None,
    ) -> GateVerdict:
        return asyncio.run(self.passing(policy=policy, liveness=liveness, witness=witness))

    async def passing(
        self,
        *,
        policy: GatePolicy | None = None,
        liveness: Liveness | None = None,
        witness: Witness | None = None,
        attempts: list[Attempt] | None = None,
    ) -> GateVerdict:
        heard: list[Attempt] = [] if attempts is None else attempts
        verdict = await pass_gate(
            self.targets,
            prober=self.prober,
            clock=self.clock,
            policy=policy or GatePolicy(),
            liveness=liveness,
            witness=witness,
            progress=heard.append,
        )
        assert len(asyncio.all_tasks()) == 1, "a task outlived the gate"
        return verdict


def outcomes(verdict: GateVerdict) -> list[Outcome]:
    return [container.outcome for container in verdict.containers]
