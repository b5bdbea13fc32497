"""The table of causes: what a failed step can be explained with, the most certain first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.causes import FITS, Cause, Certainty, Match
from devkit.deployment.diagnosis.evidence import State
from devkit.deployment.diagnosis.log_causes import LOG_CAUSES, SERVER_STARTS, find
from devkit.deployment.events import Step
from devkit.ports import Failure

if TYPE_CHECKING:
    from devkit.deployment.diagnosis.causes import Predicate
    from devkit.deployment.diagnosis.evidence import Evidence

KILLED = 137
"""128 and SIGKILL: what a shell says of a process that the kernel killed, too."""

SLOW_START = 20.0
"""Seconds to the first answer from which on a start counts as slow."""

LESS_MEMORY = (
    "Raise `memory` of the environment, in the cloud and in devkit.yaml, or make the application"
    " need less, for example with fewer workers."
)


def _memory(evidence: Evidence) -> str:
    memory = evidence.background.memory
    return f" (it has {memory})" if memory else ""


def _out_of_memory(evidence: Evidence) -> Match | None:
    if evidence.state is not State.OUT_OF_MEMORY:
        return None
    return Match(words={"memory": _memory(evidence)})


def _release_killed(evidence: Evidence) -> Match | None:
    if evidence.step is not Step.RELEASE or evidence.exit_code != KILLED:
        return None
    return Match(words={"memory": _memory(evidence)})


def _release_serves(evidence: Evidence) -> Match | None:
    if evidence.step is not Step.RELEASE or evidence.state is not State.SERVES:
        return None
    return Match(words={"port": evidence.port})


def _time_is_up(evidence: Evidence, step: Step) -> Match | None:
    return FITS if evidence.step is step and evidence.state is State.TIME_IS_UP else None


def _on_loopback(evidence: Evidence) -> Match | None:
    here = evidence.on_the_port
    if not here or not all(each.loopback for each in here):
        return None
    return Match(words={"host": here[0].host, "port": evidence.port})


def _too_late(evidence: Evidence) -> Match | None:
    heard = any(not each.loopback for each in evidence.on_the_port)
    if evidence.failure is not Failure.REFUSED or not heard:
        return None
    return Match(words={"port": evidence.port, "trend": _trend(evidence)})


def _other_port(evidence: Evidence, *, loopback: bool) -> Match | None:
    others = sorted({each.port for each in evidence.heard if each.loopback is loopback})
    if evidence.on_the_port or not others:
        return None
    return Match(words={"others": ", ".join(map(str, others[:5])), "port": evidence.port})


def _exited(evidence: Evidence) -> Match | None:
    if evidence.state is not State.EXITED or evidence.step is Step.BUILD:
        return None
    return Match(words={"code": evidence.exit_code})


def _ended_well(evidence: Evidence) -> Match | None:
    return _exited(evidence) if evidence.step is Step.GATE and evidence.exit_code == 0 else None


def _release_looks_like_a_server(evidence: Evidence) -> Match | None:
    if evidence.step is not Step.RELEASE:
        return None
    found = find(SERVER_STARTS, evidence.log)
    return found and Match(words=found.words)


def _slower_and_slower(evidence: Evidence) -> Match | None:
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


def _failed_with(*failures: Failure) -> Predicate:
    def fits(evidence: Evidence) -> Match | None:
        return Match(words={"port": evidence.port}) if evidence.failure in failures else None

    return fits


def _answered(evidence: Evidence) -> Match | None:
    return None if evidence.status is None else Match(words={"status": evidence.status})


CAUSES: tuple[Cause, ...] = (
    Cause(
        name="out-of-memory",
        evidence="the container's state",
        certainty=Certainty.PROVEN,
        fits=_out_of_memory,
        sentence="The kernel killed it because it needs more memory than it may have{memory}.",
        next_step=LESS_MEMORY,
    ),
    Cause(
        name="entry-point-ignores-command",
        evidence="the sockets of the release command's container, for over five seconds",
        certainty=Certainty.PROVEN,
        fits=_release_serves,
        sentence="A server runs in its place and listens on port {port}: the image's ENTRYPOINT"
        " starts it, whatever command it is given.",
        next_step='Let the ENTRYPOINT end with `exec "$@"`, and start the server in CMD.',
    ),
    Cause(
        name="build-time-limit",
        evidence="the clock",
        certainty=Certainty.PROVEN,
        fits=lambda evidence: _time_is_up(evidence, Step.BUILD),
        sentence="The cloud ends a build after 30 minutes.",
        next_step="Look for the slowest step in the output above.",
    ),
    Cause(
        name="release-killed",
        evidence="the release command's exit code, 137",
        certainty=Certainty.PROVEN,
        fits=_release_killed,
        sentence="It was killed, most likely because it needs more memory than it may"
        " have{memory}.",
        next_step=LESS_MEMORY,
    ),
    Cause(
        name="listens-on-loopback",
        evidence="the container's sockets",
        certainty=Certainty.SOCKETS,
        fits=_on_loopback,
        sentence="The server listens on {host} only, where nobody outside the container can reach"
        " it.",
        next_step="Make it listen on 0.0.0.0:{port}.",
    ),
    Cause(
        name="listens-on-another-port",
        evidence="the container's sockets",
        certainty=Certainty.SOCKETS,
        fits=lambda evidence: _other_port(evidence, loopback=False),
        sentence="The server listens on port {others}, but the gate asks port {port}.",
        next_step="Make EXPOSE and the server's port the same.",
    ),
    Cause(
        name="started-too-slowly",
        evidence="refused to the end, and the container's sockets afterwards; the last runs",
        certainty=Certainty.SOCKETS,
        fits=_too_late,
        sentence="The server listens on port {port} now, but it took too long to start{trend}.",
        next_step="Do less before it listens: move the work into a release command or the build.",
    ),
    *LOG_CAUSES,
    Cause(
        name="release-time-limit",
        evidence="the clock",
        certainty=Certainty.LIKELY,
        fits=lambda evidence: _time_is_up(evidence, Step.RELEASE),
        sentence="The cloud ends a release command after 30 minutes.",
        next_step="Does it wait for something, or does the image's ENTRYPOINT start the server,"
        " whatever command it is given?",
    ),
    Cause(
        name="entry-point-suspected",
        evidence="a server's first words in the output of a release command",
        certainty=Certainty.LIKELY,
        fits=_release_looks_like_a_server,
        sentence="A server was started in its place ({name}): the image's ENTRYPOINT seems to"
        " ignore the command.",
        next_step='Let the ENTRYPOINT end with `exec "$@"`, and start the server in CMD.',
    ),
    Cause(
        name="ended-instead-of-serving",
        evidence="the container's exit code, 0",
        certainty=Certainty.LIKELY,
        fits=_ended_well,
        sentence="The server ended instead of serving.",
        next_step="Keep the image's CMD in the foreground.",
    ),
    Cause(
        name="exited",
        evidence="the exit code",
        certainty=Certainty.LIKELY,
        fits=_exited,
        sentence="It exited with code {code}, and its output names no cause that devkit knows.",
        next_step="Read the last lines of its output.",
    ),
    Cause(
        name="start-got-slower",
        evidence="refused to the end, nothing listens, and the last runs took long as well",
        certainty=Certainty.LIKELY,
        fits=_slower_and_slower,
        sentence="Nothing listened within 120 s{trend}.",
        next_step="Do less before it listens: move the work into a release command or the build.",
    ),
    Cause(
        name="listens-inside-only",
        evidence="the container's sockets",
        certainty=Certainty.LIKELY,
        fits=lambda evidence: _other_port(evidence, loopback=True),
        sentence="Something listens on port {others} inside the container only, but the gate asks"
        " port {port}.",
        next_step="Make the server listen on 0.0.0.0:{port}.",
    ),
    Cause(
        name="nothing-listens",
        evidence="refused to the end",
        certainty=Certainty.LIKELY,
        fits=_failed_with(Failure.REFUSED),
        sentence="Nothing listened on port {port} in all that time.",
        next_step="Does the server start, and on which port?",
    ),
    Cause(
        name="closes-the-connection",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=_failed_with(Failure.CLOSED, Failure.RESET),
        sentence="The server ends the connection without a word: it failed on `GET /`.",
        next_step="Look at its log.",
    ),
    Cause(
        name="no-http",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=_failed_with(Failure.BROKEN),
        sentence="What listens there does not speak HTTP/1.",
        next_step="Serve plain HTTP on that port: the gate asks without TLS.",
    ),
    Cause(
        name="no-answer",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=_failed_with(Failure.NO_ANSWER),
        sentence="`GET /` has to be answered within 20 s.",
        next_step="Give it a quick page.",
    ),
    Cause(
        name="answered-badly",
        evidence="the gate's status",
        certainty=Certainty.LIKELY,
        fits=_answered,
        sentence="The application answered {status} to `GET /`.",
        next_step="Look at its log.",
    ),
)
"""All causes; among the equally certain the first one counts."""
