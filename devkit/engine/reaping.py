"""Removes what a dead owner left: after a kill -9 or a reboot, the next devkit command does it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cleaning.plan import Fate, Kind, Plan, plan_cleaning
from devkit.engine.clearing import DEADLINE, SETTLING, Cleared, Outcome, clear_run
from devkit.engine.hosts_left import remove_left_proxy
from devkit.engine.images import forget_run_tag, remove_image
from devkit.engine.leftovers import is_run_folder, observe
from devkit.engine.orphans import end_orphans
from devkit.engine.shielding import to_the_end
from devkit.engine.witnesses import forget, witnesses
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.cleaning.plan import Observed

HOUSEKEEPING = 5.0
"""Seconds to go on with a run that the engine does not let go of, before what was asked for."""


@dataclass(frozen=True, kw_only=True)
class Reaped:
    """What became of the remains of dead owners.

    Attributes:
        plan: What was found and decided.
        problems: What could not be removed, in sentences.
    """

    plan: Plan = field(default_factory=Plan)
    problems: tuple[str, ...] = ()


def run_folder(name: str) -> Path:
    """Where a run keeps its clone and its Compose document."""
    return Path(tempfile.gettempdir()) / name


async def reap(environment: Mapping[str, str]) -> Reaped:
    """Remove what dead owners left, on the engine and among this person's files.

    Housekeeping: what cannot be removed now is left to the next time.

    Args:
        environment: The environment of the docker commands.

    Returns:
        What was found and decided.
    """
    try:
        observed = await observe(environment)
    except CouldNotFindOutError:
        return Reaped()
    await asyncio.to_thread(_forget_standing, observed, environment)
    plan = plan_cleaning(observed)
    problems = await carry_out(plan, environment, deadline=HOUSEKEEPING)
    return Reaped(plan=plan, problems=problems)


def _forget_standing(observed: Observed, environment: Mapping[str, str]) -> None:
    """Forget the notes of deployments that were made, and whose devkit was killed after that."""
    for each in observed.runs:
        for thing in each.things if each.fate is Fate.STANDING else ():
            if thing.kind is Kind.FOLDER:
                _remove_folder(Path(thing.id), each.name)
            elif thing.kind is Kind.NOTE:
                forget(each.name, environment)


async def carry_out(
    plan: Plan, environment: Mapping[str, str], *, deadline: float = DEADLINE
) -> tuple[str, ...]:
    """Do what was decided, to the end of the run that is at hand where it is cancelled.

    Returns:
        What could not be removed, in sentences or names.
    """
    problems: list[str] = []
    for name in plan.runs:
        cleared = await to_the_end(remove_run(name, plan, environment, deadline))
        problems += [f"{name}: {cleared.sentence}"] if cleared.sentence else []
    for image in plan.images:
        problem = await remove_image(image.id, environment)
        problems += [f"image {image.name}: {problem}"] if problem else []
    if plan.takes_proxy:
        problems += await asyncio.to_thread(remove_left_proxy, environment)
    return tuple(problems)


async def remove_run(
    name: str, plan: Plan, environment: Mapping[str, str], deadline: float
) -> Cleared:
    """Remove a run whose owner is gone: its commands first, which might make more of it."""
    ended = await asyncio.to_thread(end_orphans, name)
    settling = SETTLING if ended else 0.0
    cleared = await clear_run(name, environment, settling=settling, deadline=deadline)
    if cleared.outcome is Outcome.NO_ENGINE:
        return cleared
    noted = next((each for each in witnesses(environment) if each.run == name), None)
    if noted is not None:
        for reference in noted.image.split():
            await forget_run_tag(reference, environment)
    for removal in plan.removals:
        if removal.run == name and removal.thing.kind is Kind.FOLDER:
            await asyncio.to_thread(_remove_folder, Path(removal.thing.id), name)
    if cleared.outcome is Outcome.GONE:
        forget(name, environment)
    return cleared


def _remove_folder(folder: Path, name: str) -> None:
    if is_run_folder(folder, name):
        shutil.rmtree(folder, ignore_errors=True)
