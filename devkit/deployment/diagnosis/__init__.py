"""Why a step failed, as far as states, logs and sockets tell: at most one cause, one next step.

Pure: the evidence is gathered elsewhere. ``table.CAUSES`` is the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.causes import Certainty, Diagnosis, most_certain
from devkit.deployment.diagnosis.evidence import Evidence, State, ending
from devkit.deployment.diagnosis.listeners import Listener, parse_listeners
from devkit.deployment.diagnosis.table import CAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Diagnosis", "Evidence", "Listener", "State", "diagnose", "ending", "explain", "explain_log",
    "parse_listeners",
]  # fmt: skip


def diagnose(evidence: Evidence) -> Diagnosis | None:
    """The most certain cause; None where nothing tells."""
    return most_certain(CAUSES, evidence)


def explain(evidence: Evidence) -> str:
    """The cause and the next step as a text; empty where nothing tells."""
    return str(diagnose(evidence) or "")


def explain_log(log: Iterable[str]) -> str:
    """The cause that a log alone names, and the next step; empty where it names none."""
    named = (cause for cause in CAUSES if cause.certainty is Certainty.LOG)
    return str(most_certain(named, Evidence(log=tuple(log))) or "")
