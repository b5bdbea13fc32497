"""The gate over addresses, with the real prober and the real clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.gate import pass_gate, silent
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_verdict import GateVerdict, Target
from devkit.engine.clock import SystemClock
from devkit.engine.http import HttpProber

if TYPE_CHECKING:
    from devkit.deployment.gate import Progress
    from devkit.ports import Address


async def gate(
    *addresses: Address, policy: GatePolicy | None = None, progress: Progress = silent
) -> GateVerdict:
    return await pass_gate(
        [Target(container=f"web-{n}", address=a) for n, a in enumerate(addresses, 1)],
        prober=HttpProber(),
        clock=SystemClock(),
        policy=policy or GatePolicy(),
        progress=progress,
    )
