"""Flask, and Flask-Migrate for its database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.config.detection.entry import can_reload
from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import application, is_elsewhere, is_in_place, program
from devkit.config.detection.ports import port_of

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_VARIABLE = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?FLASK_APP[ \t]*=")


def find_flask(sources: Sources) -> Framework | None:
    """Flask, where a dependency names it."""
    flask = sources.dependencies.python.get("flask")
    if flask is None:
        return None
    call = _flask(sources)
    return Framework(
        name="Flask",
        evidence=f"{flask.file} names it",
        release=_release(sources, call),
        local=_local(sources, call),
    )


def _flask(sources: Sources) -> str | None:
    """How the flask command is called so that it finds the application; None where unknown."""
    flask = program(sources.dockerfile, "flask")
    if _is_found_by_itself(sources):
        return flask
    target = "" if is_elsewhere(sources.dockerfile) else application(sources.dockerfile)
    return (
        f'{flask} --app "{target}"'
        if "(" in target
        else (target and f"{flask} --app {target}") or None
    )


def _is_found_by_itself(sources: Sources) -> bool:
    """Whether FLASK_APP says it, or it is where Flask looks: in wsgi.py or app.py."""
    if "FLASK_APP" in sources.dockerfile.environment:
        return True
    packages = sources.dependencies.python
    if "python-dotenv" in packages and _VARIABLE.search(sources.files.get(".flaskenv", "")):
        return is_in_place(sources.dockerfile, ".flaskenv")
    place = sources.first("wsgi.py", "app.py")
    return place is not None and is_in_place(sources.dockerfile, place)


def _release(sources: Sources, call: str | None) -> Guess | None:
    migrate = sources.dependencies.python.get("flask-migrate")
    if migrate is None:
        return None
    command = f"{call or 'flask --app MODULE'} db upgrade"
    if sources.below("migrations/env.py") is None:
        reason = "Flask-Migrate is there, but no folder migrations/ (`flask db init` makes it)"
    elif not is_in_place(sources.dockerfile, "migrations/env.py"):
        reason = "no COPY is seen to take migrations/ into the working directory"
    elif call is None:
        reason = "Flask-Migrate is there; say which module has the application"
    else:
        return Guess(command=command, reason=f"{migrate.file} names it, with migrations/")
    return Guess(command=command, reason=reason, certain=False)


def _local(sources: Sources, call: str | None) -> Guess | None:
    if call is None or not can_reload(sources):
        return None
    return Guess(
        command=f"{call} run --debug --host 0.0.0.0 --port {port_of(sources)}",
        reason="it reloads the code that it serves",
    )
