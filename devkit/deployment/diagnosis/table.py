"""The table of causes: what a failed step can be explained with, the most certain first."""

from __future__ import annotations

from devkit.deployment.diagnosis.causes import Cause, Certainty
from devkit.deployment.diagnosis.log_causes import LOG_CAUSES
from devkit.deployment.diagnosis.signs import (
    answered,
    ended_well,
    exited,
    failed_with,
    on_loopback,
    other_port,
    out_of_memory,
    release_killed,
    release_looks_like_a_server,
    release_serves,
    slower_and_slower,
    time_is_up,
    too_late,
)
from devkit.deployment.events import Step
from devkit.ports import Failure

LESS_MEMORY = (
    "Raise `memory` of the environment, in the cloud and in devkit.yaml, or make the application"
    " need less, for example with fewer workers."
)


CAUSES: tuple[Cause, ...] = (
    Cause(
        name="out-of-memory",
        evidence="the container's state",
        certainty=Certainty.PROVEN,
        fits=out_of_memory,
        sentence="The kernel killed it because it needs more memory than it may have{memory}.",
        next_step=LESS_MEMORY,
    ),
    Cause(
        name="entry-point-ignores-command",
        evidence="the sockets of the release command's container, for over five seconds",
        certainty=Certainty.PROVEN,
        fits=release_serves,
        sentence="A server runs in its place and listens on port {port}: the image's ENTRYPOINT"
        " starts it, whatever command it is given.",
        next_step='Let the ENTRYPOINT end with `exec "$@"`, and start the server in CMD.',
    ),
    Cause(
        name="build-time-limit",
        evidence="the clock",
        certainty=Certainty.PROVEN,
        fits=lambda evidence: time_is_up(evidence, Step.BUILD),
        sentence="The cloud ends a build after 30 minutes.",
        next_step="Look for the slowest step in the output above.",
    ),
    Cause(
        name="release-killed",
        evidence="the release command's exit code, 137",
        certainty=Certainty.PROVEN,
        fits=release_killed,
        sentence="It was killed, most likely because it needs more memory than it may"
        " have{memory}.",
        next_step=LESS_MEMORY,
    ),
    Cause(
        name="listens-on-loopback",
        evidence="the container's sockets",
        certainty=Certainty.SOCKETS,
        fits=on_loopback,
        sentence="The server listens on {host} only, where nobody outside the container can reach"
        " it.",
        next_step="Make it listen on 0.0.0.0:{port}.",
    ),
    Cause(
        name="listens-on-another-port",
        evidence="the container's sockets",
        certainty=Certainty.SOCKETS,
        fits=lambda evidence: other_port(evidence, loopback=False),
        sentence="The server listens on port {others}, but the gate asks port {port}.",
        next_step="Make EXPOSE and the server's port the same.",
    ),
    Cause(
        name="started-too-slowly",
        evidence="refused to the end, and the container's sockets afterwards; the last runs",
        certainty=Certainty.SOCKETS,
        fits=too_late,
        sentence="The server listens on port {port} now, but it took too long to start{trend}.",
        next_step="Do less before it listens: move the work into a release command or the build.",
    ),
    *LOG_CAUSES,
    Cause(
        name="release-time-limit",
        evidence="the clock",
        certainty=Certainty.LIKELY,
        fits=lambda evidence: time_is_up(evidence, Step.RELEASE),
        sentence="The cloud ends a release command after 30 minutes.",
        next_step="Does it wait for something, or does the image's ENTRYPOINT start the server,"
        " whatever command it is given?",
    ),
    Cause(
        name="entry-point-suspected",
        evidence="a server's first words in the output of a release command",
        certainty=Certainty.LIKELY,
        fits=release_looks_like_a_server,
        sentence="A server was started in its place ({name}): the image's ENTRYPOINT seems to"
        " ignore the command.",
        next_step='Let the ENTRYPOINT end with `exec "$@"`, and start the server in CMD.',
    ),
    Cause(
        name="ended-instead-of-serving",
        evidence="the container's exit code, 0",
        certainty=Certainty.LIKELY,
        fits=ended_well,
        sentence="The server ended instead of serving.",
        next_step="Keep the image's CMD in the foreground.",
    ),
    Cause(
        name="exited",
        evidence="the exit code",
        certainty=Certainty.LIKELY,
        fits=exited,
        sentence="It ended with code {code}, and its output names no cause that devkit knows.",
        next_step="Read the last lines of its output.",
    ),
    Cause(
        name="start-got-slower",
        evidence="refused to the end, nothing listens, and the last runs took long as well",
        certainty=Certainty.LIKELY,
        fits=slower_and_slower,
        sentence="Nothing listened within 120 s{trend}.",
        next_step="Do less before it listens: move the work into a release command or the build.",
    ),
    Cause(
        name="listens-inside-only",
        evidence="the container's sockets",
        certainty=Certainty.LIKELY,
        fits=lambda evidence: other_port(evidence, loopback=True),
        sentence="Something listens on port {others} inside the container only, but the gate asks"
        " port {port}.",
        next_step="Make the server listen on 0.0.0.0:{port}.",
    ),
    Cause(
        name="nothing-listens",
        evidence="refused to the end",
        certainty=Certainty.LIKELY,
        fits=failed_with(Failure.REFUSED),
        sentence="Nothing listened on port {port} in all that time.",
        next_step="Does the server start, and on which port?",
    ),
    Cause(
        name="closes-the-connection",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=failed_with(Failure.CLOSED, Failure.RESET),
        sentence="The server ends the connection without a word: it failed on `GET /`.",
        next_step="Look at its log.",
    ),
    Cause(
        name="no-http",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=failed_with(Failure.BROKEN),
        sentence="What listens there does not speak HTTP/1.",
        next_step="Serve plain HTTP on that port: the gate asks without TLS.",
    ),
    Cause(
        name="no-answer",
        evidence="the gate's last attempt",
        certainty=Certainty.LIKELY,
        fits=failed_with(Failure.NO_ANSWER),
        sentence="`GET /` has to be answered within 20 s.",
        next_step="Give it a quick page.",
    ),
    Cause(
        name="answered-badly",
        evidence="the gate's status",
        certainty=Certainty.LIKELY,
        fits=answered,
        sentence="The application answered {status} to `GET /`.",
        next_step="Look at its log.",
    ),
)
"""All causes; among the equally certain the first one counts."""
