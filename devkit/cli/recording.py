"""Keeps the record of a run beside what a person or a program is shown, secrets masked in both."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from devkit.cli.jsonlines import event_line
from devkit.deployment.events import ContainerProbed, RunFinished, RunStarted, Step, Warned
from devkit.deployment.masking import Mask
from devkit.engine.run_records import new_record
from devkit.errors import DevkitError
from devkit.ports.stage import Background

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.deployment.events import Event, Reporter
    from devkit.engine.run_records import RunRecord
    from devkit.engine.stage import ComposeStage

LOG_LINES = 2000
WITH_VARIABLES = frozenset({Step.RELEASE, Step.COMPATIBILITY, Step.GATE, Step.SWITCH})
"""Steps in which the application runs, and may miss a variable."""


class RecordingReporter:
    """Hands every event on, and keeps it in the record of the run.

    A record that cannot be written is warned about once, and never fails a run.

    Args:
        shown: What shows the events.
        root: The project's folder; where there is none no record is kept.
    """

    def __init__(self, shown: Reporter, *, root: Path) -> None:
        self._shown = shown
        self._root = root
        self._record: RunRecord | None = None
        self._mask = Mask()
        self._variables: tuple[str, ...] = ()
        self._background = Background()
        self._ready: dict[str, float] = {}

    @property
    def record(self) -> str:
        """Where the record is, from the project's folder; empty where there is none."""
        return self._record.name if self._record else ""

    def know(self, stage: ComposeStage) -> None:
        """Learn what is to be masked, and the names of the variables."""
        self._mask = Mask(stage.secrets)
        self._variables = stage.variables
        self._background = stage.background

    def __call__(self, event: Event) -> None:
        """Show and keep one event."""
        event = self._mask.event(event)
        if isinstance(event, RunFinished):
            event = self._completed(event)
        if isinstance(event, ContainerProbed) and event.outcome == "healthy":
            self._ready[event.container] = round(event.seconds, 3)
        self._shown(event)
        self._keep(partial(self._write, event))

    async def keep_logs(self, stage: ComposeStage) -> None:
        """Keep the end of every container's log; to be called before the stage is cleared."""
        record = self._record
        if record is None:
            return
        try:
            logs = await stage.all_logs(lines=LOG_LINES)
        except DevkitError as failed:
            self._warn(f"The containers' logs could not be kept: {failed.message}")
            return
        for container, lines in logs.items():
            text = self._mask.text("".join(f"{line}\n" for line in lines))
            self._keep(partial(record.add_log, container, text))

    def _completed(self, event: RunFinished) -> RunFinished:
        is_told = event.verdict == "failed" and event.step in WITH_VARIABLES
        return replace(
            event,
            only_local=self._background.only_local if is_told else (),
            only_compose=self._background.only_compose if is_told else (),
            record=self.record,
        )

    def _write(self, event: Event) -> None:
        if isinstance(event, RunStarted) and self._root.is_dir():
            self._record = new_record(self._root, event.run)
        if self._record is None:
            return
        line = event_line(event)
        self._record.add_event(line)
        if isinstance(event, RunFinished):
            told = {"variables": self._variables, "seconds_to_ready": self._ready}
            self._record.add_verdict({**json.loads(line), **told})

    def _keep(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as failed:
            self._give_up(failed.strerror or str(failed))
        except DevkitError as failed:
            self._give_up(failed.message)

    def _give_up(self, why: str) -> None:
        self._record = None
        self._warn(f"No record of this run is kept: {why.removesuffix('.')}.")

    def _warn(self, message: str) -> None:
        self._shown(Warned(message=message))
