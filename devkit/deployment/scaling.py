"""Step 5: the new containers, started all at once, and the gate that each has to pass."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devkit.deployment.diagnosis import Evidence, diagnose, ending, explain_log, parse_listeners
from devkit.deployment.events import ContainerProbed, Warned
from devkit.deployment.gate import CLOUD, pass_gate
from devkit.deployment.gate_policy import ENDED, Way
from devkit.deployment.gate_verdict import Target
from devkit.deployment.image_writes import kept_writes, writes_warning
from devkit.deployment.troubles import could_not_find_out
from devkit.errors import CouldNotFindOutError, DevkitError, GateError
from devkit.ports import Address, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.deployment.diagnosis import Listener
    from devkit.deployment.events import Reporter
    from devkit.deployment.gate_policy import GatePolicy
    from devkit.deployment.gate_verdict import ContainerVerdict, GateVerdict
    from devkit.ports import Clock, Container, Prober, Stage

LOG_LINES = 20
PUBLISHED_ON = "127.0.0.1"
LOG_SEARCHED = 200
LOOKED_INTO = 1
"""So many containers are looked into for what they wrote: they run the same image, and each look
takes the engine more than a second of a core."""
BROKEN = frozenset({400, 500})
"""Statuses that pass the gate and mean a broken site, whose cause may be in the log."""
OF_THE_IMAGE = ("OCI runtime", "failed to create task", "executable file not found",
                "no command specified")  # fmt: skip
"""The engine's words for an image whose command cannot be run."""

TOO_FEW_CPUS = "range of cpus is from"
"""The engine's words for more CPUs than it has."""


@dataclass(frozen=True, kw_only=True)
class Gatekeeper:
    """What the gate needs from outside.

    Attributes:
        prober: Makes one attempt at an address.
        clock: The time, and the waiting between attempts.
        policy: The gate's numbers.
    """

    prober: Prober
    clock: Clock
    policy: GatePolicy = CLOUD


async def start_containers(
    stage: Stage, count: int, *, port: int, way: Way
) -> tuple[Container, ...]:
    """Start ``count`` web containers of the new image.

    Args:
        stage: Where the image is.
        count: How many.
        port: The port that the gate will ask.
        way: Where it will ask; published ports are chosen by the engine.

    Returns:
        All of them, those included that have exited already.

    Raises:
        GateError: The engine cannot start the image's command.
        CouldNotFindOutError: The engine gave no answer, or the disk is full.
    """
    started = await stage.start_containers(count, publish=port if way is Way.PUBLISHED else None)
    if started.ok:
        return await stage.containers()
    beside = could_not_find_out("The containers could not be started", started)
    if beside is not None:
        raise beside
    if TOO_FEW_CPUS in started.output.lower():
        raise CouldNotFindOutError(
            "The engine has fewer CPUs than `cpus` of the environment asks for.",
            hint="Rehearse the other environment (--environment test), or on a larger machine.",
            details=started.tail(5),
        )
    if not any(sign in started.output for sign in OF_THE_IMAGE):
        raise CouldNotFindOutError("The containers could not be started.", details=started.tail(5))
    found = diagnose(Evidence(log=started.tail()))
    raise GateError(
        "The containers could not be started.",
        hint=str(found or "Check CMD and ENTRYPOINT of the Dockerfile."),
        details=started.tail(),
        cause=found.name if found else "",
    )


async def gate_containers(
    stage: Stage,
    containers: Sequence[Container],
    *,
    port: int,
    gatekeeper: Gatekeeper,
    report: Reporter,
) -> str:
    """Ask every container for an HTTP answer, as the cloud's controller does.

    Returns:
        A few words on what answered.

    Raises:
        GateError: A container did not pass; the likely cause is its hint.
    """
    if not containers:
        raise CouldNotFindOutError("The engine lists no web container of the rehearsal.")
    dead = next((container for container in containers if not container.running), None)
    if dead is not None:
        raise await _failed(stage, f"{dead.name} {ending(dead)} at once.", dead.name, port)
    way, watch = gatekeeper.policy.way, ContainerWatch(stage, port=port)
    verdict = await pass_gate(
        [Target(container=c.name, address=address_of(c, port, way)) for c in containers],
        prober=gatekeeper.prober,
        clock=gatekeeper.clock,
        policy=gatekeeper.policy,
        liveness=watch,
        witness=watch,
    )
    await _tell(stage, verdict, report)
    for failed in verdict.failed:
        raise await _failed(stage, failed.sentence, failed.container, port, failed)
    await _warn_of_writes(stage, [c.name for c in containers[:LOOKED_INTO]], report)
    slowest = max(verdict.containers, key=lambda each: each.seconds)
    return f"{len(containers)} answered within {slowest.seconds:.1f} s on {way.value}"


def _not_reached(verdict: ContainerVerdict) -> CouldNotFindOutError:
    return CouldNotFindOutError(
        f"The address of {verdict.container}, {verdict.address}, cannot be reached from here.",
        hint="DEVKIT_GATE=published asks on published ports instead.",
    )


class Watched(Protocol):
    """The part of a stage that tells how its containers are."""

    async def stopped(self) -> tuple[str, ...]:
        """See :class:`devkit.ports.Stage`."""
        ...

    async def containers(self) -> tuple[Container, ...]:
        """See :class:`devkit.ports.Stage`."""
        ...

    async def listeners(self, container: str) -> str:
        """See :class:`devkit.ports.Stage`."""
        ...


class ContainerWatch:
    """Tells the gate what it does not see: keeps the promises of Liveness and of Witness."""

    def __init__(self, stage: Watched, *, port: int) -> None:
        self._stage = stage
        self._port = port

    async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
        """Those that have exited: nothing restarts them here."""
        stopped = set(containers).intersection(await self._stage.stopped())
        found = await self._stage.containers() if stopped else ()
        return {c.name: ending(c) for c in found if c.name in stopped and not c.running}

    async def listens(self, container: str) -> bool:
        """Whether somebody listens on the gate's port for more than the container itself."""
        listeners = parse_listeners(await self._stage.listeners(container))
        return is_heard(listeners, self._port)


async def _tell(stage: Stage, verdict: GateVerdict, report: Reporter) -> None:
    for each in verdict.containers:
        report(_probed(each))
        for warning in each.warnings:
            report(Warned(message=f"{each.container}: {warning}"))
    weak = [v for v in verdict.containers if v.warnings and v.status in BROKEN]
    if verdict.passed and weak:
        cause = explain_log(await stage.logs(weak[0].container, lines=LOG_SEARCHED))
        if cause:
            report(Warned(message=f"{weak[0].container}: {cause}"))


async def _warn_of_writes(stage: Stage, names: Sequence[str], report: Reporter) -> None:
    found = await asyncio.gather(*(stage.changes(name) for name in names))
    paths = sorted({path for changes in found for path in kept_writes(changes)})
    if paths:
        report(Warned(message=writes_warning(paths)))


def _probed(verdict: ContainerVerdict) -> ContainerProbed:
    return ContainerProbed(
        container=verdict.container,
        outcome=verdict.outcome.value.replace(" ", "_"),
        attempts=verdict.attempts,
        seconds=verdict.seconds,
        status=verdict.status,
        detail=verdict.detail or (verdict.failure.value if verdict.failure else ""),
    )


def address_of(container: Container, port: int, way: Way) -> Address:
    """Where the gate asks a container, and for whom: for its own address, as the cloud does."""
    own = Address(host=container.host, port=port)
    if way is Way.DIRECT:
        return own
    published = container.published.get(port, 0)
    named = str(own) if container.host else ""
    return Address(host=PUBLISHED_ON, port=published, asked_for=named)


async def _failed(
    stage: Stage, sentence: str, name: str, port: int, verdict: ContainerVerdict | None = None
) -> DevkitError:
    container = next((c for c in await stage.containers() if c.name == name), None)
    if container is None:
        return CouldNotFindOutError(f"The container {name} is gone: somebody removed it.")
    log = await stage.logs(name, lines=LOG_SEARCHED)
    listeners = parse_listeners(await stage.listeners(name)) if container.running else ()
    if verdict is not None and is_out_of_reach(verdict, listeners):
        return _not_reached(verdict)
    evidence = Evidence.of(
        container,
        port=port,
        log=log,
        listeners=listeners,
        status=verdict.status if verdict else None,
        failure=_reason(verdict, listeners, port) if verdict else None,
        background=stage.background,
    )
    found = diagnose(evidence)
    return GateError(
        sentence,
        hint=str(found or ""),
        details=log[-LOG_LINES:],
        cause=found.name if found else "",
    )


def is_out_of_reach(verdict: ContainerVerdict, listeners: Sequence[Listener]) -> bool:
    """Whether it is we who do not reach the container, rather than it that does not answer.

    The address is unreachable, or every packet to it is lost although somebody listens there: a
    container on a bridge of this machine refuses a connection, it does not leave it without one.
    """
    if verdict.failure is Failure.UNREACHABLE:
        return True
    heard = is_heard(listeners, verdict.address.port)
    return verdict.failure is Failure.CONNECT_TIMEOUT and heard


def _reason(verdict: ContainerVerdict, listeners: Sequence[Listener], port: int) -> Failure | None:
    """Why it did not answer: on a published port it is the proxy that closes where nobody listens.

    Docker's own resolver listens in every container, so no listener at all means that the image
    has nothing to read them with.
    """
    published = verdict.address.host == PUBLISHED_ON
    if published and verdict.failure in ENDED and listeners and not is_heard(listeners, port):
        return Failure.REFUSED
    return verdict.failure


def is_heard(listeners: Sequence[Listener], port: int) -> bool:
    """Whether somebody listens on a port, and not on the loopback address only."""
    return any(each.port == port and not each.loopback for each in listeners)
