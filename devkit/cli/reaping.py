"""Before a command's own work: what a rehearsal left whose devkit is dead is removed.

Every command that talks to the engine calls this. It costs a look into one folder; docker is
asked only where a run is noted there whose owner is dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.engine.witnesses import noted
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from devkit.cli.session import Session


ENVIRONMENTS = ("test", "live")


def reap_what_is_noted(session: Session) -> None:
    """Remove the remains of dead owners that are noted, bring environments to rest, and say so.

    Raises:
        InterruptedByUserError: A signal came.
    """
    reap_runs(session)
    settle_environments(session)


def reap_runs(session: Session) -> None:
    """Remove the remains of dead owners that are noted, and say so.

    Raises:
        InterruptedByUserError: A signal came.
    """
    waiting = [each.owner for each in noted(session.environment) if not each.kept]
    if waiting and _any_dead(waiting):
        _reap(session)


def settle_environments(session: Session) -> None:
    """Take back or finish a deployment of this project that was cut short, where there is one.

    One that is under way holds its environment's lock, and is left alone.

    Raises:
        InterruptedByUserError: A signal came.
    """
    from devkit.engine.environment_peek import is_unsettled  # noqa: PLC0415 - `--help` needs none

    for name in ENVIRONMENTS:
        folder = session.root / ".devkit" / "environments" / name
        if is_unsettled(folder / "state.json"):
            _settle(session, name)


def _settle(session: Session, name: str) -> None:
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415 - only where it is needed
    from devkit.engine.docker_environment import engine_environment  # noqa: PLC0415 - the same
    from devkit.engine.environment_files import EnvironmentFolder  # noqa: PLC0415 - the same
    from devkit.engine.environment_settle import settle  # noqa: PLC0415 - the same
    from devkit.engine.locks import environment_lock  # noqa: PLC0415 - the same

    folder = EnvironmentFolder(root=session.root, name=name)
    environment = engine_environment(session.environment)
    try:
        with environment_lock(session.root, folder.path, patience=0.0):
            told = run_interruptible(lambda: settle(folder, environment))
    except RefusedError:
        return
    except CouldNotFindOutError as failed:
        session.warn(f"{name} is not at rest after a deployment that was cut short: {failed}")
        return
    for sentence in told:
        session.say(sentence)


def _any_dead(owners: list[str]) -> bool:
    from devkit.engine.ownership import is_dead, parse_owner  # noqa: PLC0415 - only with a note

    parsed = [parse_owner(each) for each in owners]
    return any(owner is not None and is_dead(owner) for owner in parsed)


def _reap(session: Session) -> None:
    from devkit.cleaning.words import count_of  # noqa: PLC0415 - only where something was left
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415 - the same
    from devkit.engine.docker_environment import engine_environment  # noqa: PLC0415 - the same
    from devkit.engine.reaping import reap  # noqa: PLC0415 - the same

    environment = engine_environment(session.environment)
    done = run_interruptible(lambda: reap(environment))
    if done.plan.removals:
        session.say(f"Removed what ended rehearsals had left: {count_of(done.plan)}.")
    for problem in done.problems:
        session.warn(problem)
