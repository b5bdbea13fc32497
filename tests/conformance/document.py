"""The conformance table as docs/gate.md."""

from __future__ import annotations

from devkit.deployment.gate_policy import GatePolicy, Outcome
from tests.conformance.table import SECTIONS, Case, Expected
from tests.docs import markdown_table

CLOUD = GatePolicy()
INTRODUCTION = f"""\
# The gate, case by case

This document is made by the tests (`pytest --write-docs`), and a test fails when it is not what
they prove. Every row is a real server on a real socket, asked by the gate's own code: in this
process on an event loop whose time jumps while all wait, and, where the last column says so, in
a container on a real engine in real time.

The gate makes up to {CLOUD.attempts} attempts, each of which fills {CLOUD.connect_timeout} s; a
server that is connected has {CLOUD.answer_timeout:.0f} s for its status line. A refused connection
and one that is not made in time are *not yet*; whatever else is no answer fails at once.

Each row is asked on both ways: at the container's own address, and at a published port, where
docker-proxy stands between. The Host header names the container's own address and port on both,
as in the cloud. **The verdict is the same on both.** What differs is said in the column
*published port*:

- docker-proxy accepts before the application listens, and closes when it finds nobody, so a close
  is *not yet* there. At the first close, and then once a second, the gate looks into one container
  whose port was closed on it: where somebody listens before an attempt and after it, the close was
  the application's, and it fails as it does at its own address, though it may answer by then.
  One that closes for less than two seconds and then answers may pass, for nobody saw it listen. An
  image without `cat` cannot be looked into: there the attempts are used up before the gate fails,
  and what answers before that passes.
- A server that takes no connection is connected by docker-proxy all the same, and fails when
  {CLOUD.answer_timeout:.0f} s have passed without a status line. One that takes none for that long
  and then does passes at its own address alone: on a published port the gate errs on the strict
  side.

Two applications, which listen after 30 s and after 65 s, are rehearsed by `devkit verify` in real
time, the first on a published port. Attempts and seconds are the figures in process; a container's
own start comes on top.
"""
HEADINGS = ("the server", "verdict", "found", "attempts", "after", "published port", "run")


def gate_document() -> str:
    """The whole document."""
    return INTRODUCTION + "".join(
        f"\n## {heading}\n\n{markdown_table(HEADINGS, map(_row, cases))}"
        for heading, cases in SECTIONS.items()
    )


def _row(case: Case) -> tuple[str, ...]:
    direct, published = case.direct, case.published
    differs = ", ".join(_figures(published)) if published else "the same"
    verdict = "passes" if direct.outcome is Outcome.HEALTHY else "**fails**"
    warning = ", with a warning" if direct.warned else ""
    places = ", ".join(place.value for place in case.places)
    return (case.server, verdict + warning, *_figures(direct), differs, places)


def _figures(expected: Expected) -> tuple[str, str, str]:
    return (_found(expected), _attempts(expected.attempts), _after(expected.seconds))


def _found(expected: Expected) -> str:
    if isinstance(expected.answer, int):
        return str(expected.answer)
    return expected.detail or " or ".join(failure.value for failure in expected.answer)


def _attempts(span: tuple[int, int] | None) -> str:
    if span is None:
        return f"all {CLOUD.attempts}"
    low, high = span
    return str(low) if low == high else f"{low} to {high}"


def _after(span: tuple[float, float] | None) -> str:
    if span is None:
        return f"{CLOUD.attempts * CLOUD.slot:.0f} s"
    low, high = span
    return f"{low:g} to {high:g} s" if low else "at once"
