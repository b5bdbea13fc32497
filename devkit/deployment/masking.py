"""Keeps secrets out of what is shown and recorded, where an application prints them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from devkit.deployment.events import (
    ContainerProbed,
    RunFinished,
    StepOutput,
    StepPassed,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.deployment.events import Event

MASK = "***"
SHORTEST = 8
"""Letters of the shortest value that is hidden: a shorter one is a word that says nothing."""

NO_SECRETS = frozenset({
    "postgres", "postgresql", "database", "localhost", "127.0.0.1", "host.docker.internal",
    "development", "production", "password", "disabled",
})  # fmt: skip
"""Words that stand in many files for local work and in every log."""

_THIS_MACHINE = re.compile(r"(https?://)?(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(:\d+)?/?")


class Mask:
    """Replaces values in texts.

    Args:
        values: What is nobody's to see.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        hidden = filter(_is_secret, values)
        forms = sorted({form for value in hidden for form in _forms(value)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def text(self, text: str) -> str:
        """The text with every value replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def event(self, event: Event) -> Event:
        """The event with every value replaced in what an application may have written."""
        match event:
            case StepOutput():
                return replace(event, line=self.text(event.line))
            case StepPassed():
                return replace(event, summary=self.text(event.summary))
            case ContainerProbed():
                return replace(event, detail=self.text(event.detail))
            case Warned():
                return replace(event, message=self.text(event.message))
            case RunFinished():
                return self.verdict(event)
            case _:
                return event

    def verdict(self, event: RunFinished) -> RunFinished:
        """The verdict with every value replaced."""
        return replace(
            event,
            message=self.text(event.message),
            hint=self.text(event.hint),
            details=tuple(map(self.text, event.details)),
        )


def _forms(value: str) -> tuple[str, ...]:
    """The value as it is, and as applications write it in addresses, in JSON and in tracebacks."""
    return value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1]


def _is_secret(value: str) -> bool:
    is_word = value.lower() in NO_SECRETS or _THIS_MACHINE.fullmatch(value)
    return len(value) >= SHORTEST and not is_word
