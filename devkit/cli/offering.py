"""The offer of a first Dockerfile; nothing is written without consent."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.asking import is_agreed
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.config.offer import Offer


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A Dockerfile that was written.

    Attributes:
        written: The files, from the project's folder.
        checks: What a person has to look at, one sentence each.
    """

    written: tuple[str, ...]
    checks: tuple[str, ...]


def offer_dockerfile(session: Session, *, asked_for: bool) -> Accepted | None:
    """Write a Dockerfile where there is none and a person wants one.

    Args:
        session: The session.
        asked_for: Whether `--dockerfile` was given, which is a yes.

    Returns:
        What was written; None where there is a Dockerfile, or nobody wants one.

    Raises:
        ConfigurationError: It was asked for, and devkit has none for such a project.
        InterruptedByUserError: Ctrl-C at the question.
    """
    from devkit.config.facts import read_facts  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.config.offer import offer  # noqa: PLC0415 - the same
    from devkit.engine.projectfiles import has_compose_file  # noqa: PLC0415 - the same
    from devkit.engine.writing import is_there  # noqa: PLC0415 - the same

    root = session.root.resolve()
    if is_there(root / "Dockerfile") or (has_compose_file(root) and not asked_for):
        return None
    made = offer(read_facts(root))
    if made is None:
        if asked_for:
            raise ConfigurationError(
                f"No Dockerfile can be offered: {root} is no Python and no Node project.",
                hint="Write one; devkit init then makes the rest.",
            )
        return None
    if not (asked_for or _agreed(session, made)):
        return None
    return _write(session, made)


def _agreed(session: Session, made: Offer) -> bool:
    if session.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    session.say(made.dockerfile)
    question = f"There is no Dockerfile. Write this one, for {made.what}, and a .dockerignore?"
    return is_agreed(question)


def _write(session: Session, made: Offer) -> Accepted:
    from devkit.engine.writing import create_file  # noqa: PLC0415 - `devkit --help` imports this

    root = session.root.resolve()
    texts = {"Dockerfile": made.dockerfile, ".dockerignore": made.dockerignore}
    written = [name for name, text in texts.items() if create_file(root / name, text, root=root)]
    return Accepted(written=tuple(written), checks=made.checks)
