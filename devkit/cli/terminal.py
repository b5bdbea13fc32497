"""A rehearsal as a person sees it: a line a step, the running ones below with their last output."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from devkit.cli.legible import one_line
from devkit.deployment.events import (
    Assumed,
    ContainerProbed,
    Event,
    RunFinished,
    RunKind,
    RunStarted,
    ServesOn,
    Step,
    StepFailed,
    StepOutput,
    StepPassed,
    StepStarted,
    TrafficSent,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.status import Status

TITLE_WIDTH = max(len(step.value) for step in Step)
STREAMED = frozenset({Step.RELEASE})
"""Steps whose output is worth reading while it comes."""
NAMES_SHOWN = 12


class TerminalReporter:
    """Prints events on stderr.

    Args:
        console: Where to; it knows whether a person's terminal is behind it.
        quiet: Print only warnings and failures.
        verbose: Print the output of every step.
    """

    def __init__(self, console: Console, *, quiet: bool, verbose: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._running: dict[Step, str] = {}
        self._status: Status | None = None
        self._handlers: dict[type, Callable[[Any], None]] = {
            RunStarted: self._start,
            StepStarted: self._begin_step,
            StepOutput: self._output,
            StepPassed: self._pass_step,
            StepFailed: self._fail_step,
            ContainerProbed: lambda event: self._say(f"      {_probed(event)}"),
            TrafficSent: lambda event: self._say(f"      {_traffic(event)}"),
            ServesOn: self._serves_on,
            Warned: self._warn,
            Assumed: self._assumed,
            RunFinished: self._finish,
        }

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self._handlers[type(event)](event)
        self._show_running()

    def _start(self, event: RunStarted) -> None:
        commit = event.commit
        branch = f", branch {commit.branch}" if commit.branch else ""
        how = "with cached layers" if event.cached else "uncached"
        count = f"{event.containers} container{'s' if event.containers > 1 else ''}"
        self._say(
            f"[bold]{event.kind.value}[/] {commit.short} “{escape(commit.subject)}”"
            f"{escape(branch)}:"
            f" {event.environment}, {count}, {how}"
        )
        if event.old is not None:
            self._say(f"  to be switched from {event.old.short} “{escape(event.old.subject)}”")
        elif event.kind is RunKind.REHEARSAL:
            self._say("  alone: no switch from an old version (--from REV names one)")

    def _serves_on(self, event: ServesOn) -> None:
        mark = "[red]✗[/]" if event.failed else "[green]✓[/]"
        self._say(
            f"  {mark} the old containers serve on: {event.sent} requests since,"
            f" {event.failed} failed"
        )

    def _begin_step(self, event: StepStarted) -> None:
        self._running[event.step] = ""

    def _assumed(self, event: Assumed) -> None:
        for sentence in event.sentences if event.is_news or self._verbose else ():
            self._say(f"    · {escape(one_line(sentence))}")

    def _warn(self, event: Warned) -> None:
        self._console.print(f"    [yellow]![/] {escape(one_line(event.message))}")

    def _output(self, event: StepOutput) -> None:
        self._running[event.step] = event.line
        if self._verbose or (event.step in STREAMED and not self._quiet):
            self._console.print(f"    [dim]{escape(event.line)}[/]")

    def _pass_step(self, event: StepPassed) -> None:
        self._end_step(event.step, "[green]✓[/]", event.seconds, event.summary)

    def _fail_step(self, event: StepFailed) -> None:
        self._end_step(event.step, "[red]✗[/]", event.seconds, "failed")

    def _end_step(self, step: Step, mark: str, seconds: float, summary: str) -> None:
        self._running.pop(step, None)
        title = step.value.ljust(TITLE_WIDTH)
        number = step.number or "·"
        self._say(f"  {mark} {number} {title} {seconds:6.1f} s  {escape(summary)}")

    def _finish(self, event: RunFinished) -> None:
        self._running.clear()
        if event.verdict == "passed":
            self._say(_passed(event))
            return
        for line in () if self._was_shown(event) else event.details:
            self._console.print(f"    [dim]{escape(line)}[/]")
        if event.message:
            mark = "[red]✗[/]" if event.verdict == "failed" else "[yellow]?[/]"
            self._console.print(f"{mark} [bold]{escape(event.message)}[/]")
        if event.hint:
            self._console.print(f"  {escape(event.hint)}")
        if event.only_local:
            self._console.print(f"  Only your .env-local has: {escape(_named(event.only_local))}.")
        if event.only_compose:
            names = escape(_named(event.only_compose))
            self._console.print(f"  Only your compose file has: {names}.")
        if event.kept:
            self._tell_kept(event)
        record = f" Its record: {escape(event.record)}" if event.record else ""
        self._console.print(
            f"  [dim]Exit code {event.code}, after {event.seconds:.1f} s.{record}[/]"
        )

    def _tell_kept(self, event: RunFinished) -> None:
        # Not wrapped, so that what is copied is the command.
        tell = partial(self._console.print, soft_wrap=True)
        tell("  It was left standing. To look into it:")
        for command in event.look:
            tell(f"    {escape(command)}")
        tell(f"  To remove it, with the data in it:\n    devkit clean {event.kept}")

    def _was_shown(self, event: RunFinished) -> bool:
        return event.step in STREAMED and not self._quiet

    def _say(self, line: str) -> None:
        if not self._quiet:
            self._console.print(line)

    def _show_running(self) -> None:
        if not self._console.is_terminal or self._quiet:
            return
        if self._status is not None and not self._running:
            self._status.stop()
            self._status = None
        elif self._running:
            self._spin(" · ".join(map(_running, self._running.items())))

    def _spin(self, text: str) -> None:
        line = escape(text[: max(20, self._console.width - 6)])
        if self._status is None:
            self._status = self._console.status(line)
            self._status.start()
        else:
            self._status.update(line)


def _running(item: tuple[Step, str]) -> str:
    step, line = item
    return f"{step.value}: {line}" if line else step.value


def _traffic(event: TrafficSent) -> str:
    return (
        f"{event.phase}: {event.sent} requests, {event.failed} failed,"
        f" median {event.median:.3f} s, slowest {event.slowest:.2f} s"
    )


def _probed(event: ContainerProbed) -> str:
    attempts = f"attempt {event.attempts}"
    if event.status is not None:
        return f"{event.container}: {event.status} after {event.seconds:.1f} s, {attempts}"
    detail = escape(event.detail or "not asked to the end")
    return f"{event.container}: {detail} ({event.seconds:.1f} s, {attempts})"


def _named(names: tuple[str, ...]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _passed(event: RunFinished) -> str:
    if event.address:
        deployed = f"[bold green]Deployed[/] {event.commit[:12]} in {event.seconds:.1f} s"
        return f"{deployed}: {event.address}"
    receipt = "; a push of it is let through" if event.receipt else ""
    if event.reused:
        said = escape(event.message)
        return f"[green]✓[/] {event.commit[:12]} was {said}{receipt}; --again rehearses it anew."
    verified = f"[bold green]Verified[/] {event.commit[:12]} in {event.seconds:.1f} s"
    if event.message:
        return f"{verified}, {escape(event.message)}: a weaker verdict, which leaves no receipt."
    return f"{verified}{receipt}."
