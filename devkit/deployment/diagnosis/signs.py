"""What the evidence shows beside the log: one function a sign, for the table of causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.causes import FITS, Match
from devkit.deployment.diagnosis.evidence import State
from devkit.deployment.diagnosis.log_causes import SERVER_STARTS, find
from devkit.deployment.events import Step
from devkit.ports import Failure

if TYPE_CHECKING:
    from devkit.deployment.diagnosis.causes import Predicate
    from devkit.deployment.diagnosis.evidence import Evidence

KILLED = 137
"""128 and SIGKILL: what a shell says of a process that the kernel killed, too."""

SLOW_START = 20.0
"""Seconds to the first answer from which on a start counts as slow."""


def _memory(evidence: Evidence) -> str:
    memory = evidence.background.memory
    return f" (it has {memory})" if memory else ""


def out_of_memory(evidence: Evidence) -> Match | None:
    """The kernel killed it."""
    if evidence.state is not State.OUT_OF_MEMORY:
        return None
    return Match(words={"memory": _memory(evidence)})


def release_killed(evidence: Evidence) -> Match | None:
    """A release command was killed by something."""
    if evidence.step is not Step.RELEASE or evidence.exit_code != KILLED:
        return None
    return Match(words={"memory": _memory(evidence)})


def release_serves(evidence: Evidence) -> Match | None:
    """A release command was found to be a server."""
    if evidence.step is not Step.RELEASE or evidence.state is not State.SERVES:
        return None
    return Match(words={"port": evidence.port})


def time_is_up(evidence: Evidence, step: Step) -> Match | None:
    """The step took longer than it may."""
    return FITS if evidence.step is step and evidence.state is State.TIME_IS_UP else None


def on_loopback(evidence: Evidence) -> Match | None:
    """Who listens on the gate's port does so inside the container only."""
    here = evidence.on_the_port
    if not here or not all(each.loopback for each in here):
        return None
    return Match(words={"host": here[0].host, "port": evidence.port})


def too_late(evidence: Evidence) -> Match | None:
    """The gate was refused to the end, and now somebody listens there."""
    heard = any(not each.loopback for each in evidence.on_the_port)
    if evidence.failure is not Failure.REFUSED or not heard:
        return None
    return Match(words={"port": evidence.port, "trend": _trend(evidence)})


def other_port(evidence: Evidence, *, loopback: bool) -> Match | None:
    """Somebody listens, and not on the gate's port."""
    others = sorted({each.port for each in evidence.heard if each.loopback is loopback})
    if evidence.on_the_port or not others:
        return None
    return Match(words={"others": ", ".join(map(str, others[:5])), "port": evidence.port})


def exited(evidence: Evidence) -> Match | None:
    """It ended by itself."""
    if evidence.state is not State.EXITED or evidence.step is Step.BUILD:
        return None
    return Match(words={"code": evidence.exit_code})


def ended_well(evidence: Evidence) -> Match | None:
    """A server ended with code 0."""
    return exited(evidence) if evidence.step is Step.GATE and evidence.exit_code == 0 else None


def release_looks_like_a_server(evidence: Evidence) -> Match | None:
    """A server's first words are in the output of a release command."""
    if evidence.step is not Step.RELEASE:
        return None
    found = find(SERVER_STARTS, evidence.log)
    return found and Match(words=found.words)


def slower_and_slower(evidence: Evidence) -> Match | None:
    """Nothing listened, and the last starts were slow already."""
    recent = evidence.background.seconds_to_ready
    slow = bool(recent) and recent[-1] >= SLOW_START
    if evidence.failure is not Failure.REFUSED or not slow:
        return None
    return Match(words={"trend": _trend(evidence)})


def _trend(evidence: Evidence) -> str:
    recent = evidence.background.seconds_to_ready
    if not recent:
        return ""
    which = "run" if len(recent) == 1 else f"{len(recent)} runs"
    return f"; it took {', '.join(f'{s:.0f} s' for s in recent)} in the last {which} that passed"


def failed_with(*failures: Failure) -> Predicate:
    """Fits where the gate's last attempt ended in one of these ways."""

    def fits(evidence: Evidence) -> Match | None:
        return Match(words={"port": evidence.port}) if evidence.failure in failures else None

    return fits


def answered(evidence: Evidence) -> Match | None:
    """There was an answer."""
    return None if evidence.status is None else Match(words={"status": evidence.status})
