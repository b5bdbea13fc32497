"""FastAPI, Starlette and what else uvicorn serves, and Alembic for any SQLAlchemy project."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from devkit.config.detection.entry import can_reload
from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import (
    app_dir,
    application,
    command_words,
    is_elsewhere,
    is_in_place,
    program,
)
from devkit.config.detection.ports import port_of

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_NAMES = {"fastapi": "FastAPI", "starlette": "Starlette", "litestar": "Litestar", "quart": "Quart"}
_MADE = re.compile(r"(?m)^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?(?:FastAPI|Starlette|Litestar)\(")
_PLACES = ("main.py", "app.py", "app/main.py", "src/main.py", "api/main.py")
_FOLDER = re.compile(r"(?m)^\s*script_location\s*=\s*(?:%\(here\)s/)?(\S+)")


def find_asgi(sources: Sources) -> Framework | None:
    """One of these, where a dependency names it."""
    packages = sources.dependencies.python
    named = next((packages[name] for name in _NAMES if name in packages), None)
    if named is None:
        return None
    return Framework(
        name=_NAMES[named.name],
        evidence=f"{named.file} names it",
        release=find_alembic(sources),
        local=_local(sources),
    )


def find_other_sqlalchemy(sources: Sources) -> Framework | None:
    """A project that has nothing known but Alembic's migrations."""
    release = find_alembic(sources)
    if release is None:
        return None
    return Framework(name="Alembic", evidence="there is alembic.ini", release=release)


def find_alembic(sources: Sources) -> Guess | None:
    """Alembic's command, where its configuration, its folder and the package are there."""
    alembic = sources.dependencies.python.get("alembic")
    settings = sources.texts.get("alembic.ini")
    if alembic is None or settings is None:
        return None
    command = f"{program(sources.dockerfile, 'alembic')} upgrade head"
    match = _FOLDER.search(settings)
    script = f"{match[1].strip('/').removeprefix('./')}/env.py" if match else ""
    if script not in sources.files:
        reason = "alembic.ini is there, but not the env.py of its script_location"
    elif not all(is_in_place(sources.dockerfile, each) for each in ("alembic.ini", script)):
        reason = "no COPY is seen to take alembic.ini and its folder into the working directory"
    else:
        return Guess(command=command, reason=f"there are alembic.ini and {script}")
    return Guess(command=command, reason=reason, certain=False)


def find_target(sources: Sources) -> str:
    """The ``module:name`` of the application, from the CMD or from where it is made."""
    told = application(sources.dockerfile)
    if told or is_elsewhere(sources.dockerfile):
        return told
    for path in _PLACES:
        match = _MADE.search(sources.texts.get(path, ""))
        if match and is_in_place(sources.dockerfile, path):
            return f"{path.removesuffix('.py').replace('/', '.')}:{match[1]}"
    return ""


def _local(sources: Sources) -> Guess | None:
    target, folder = find_target(sources), app_dir(sources.dockerfile)
    if not target or not has_uvicorn(sources) or not can_reload(sources):
        return None
    if is_elsewhere(sources.dockerfile) and not folder:
        return None
    is_factory = target.endswith("()") or "--factory" in command_words(sources.dockerfile)
    words = [
        *(program(sources.dockerfile, "uvicorn"), target.removesuffix("()")),
        *(["--factory"] if is_factory else []),
        *(["--app-dir", shlex.quote(folder)] if folder else []),
        f"--reload --host 0.0.0.0 --port {port_of(sources)}",
    ]
    return Guess(command=" ".join(words), reason="it reloads the code that it serves")


def has_uvicorn(sources: Sources) -> bool:
    """Whether the image has uvicorn: by itself, or as an extra of FastAPI."""
    packages = sources.dependencies.python
    fastapi = packages.get("fastapi")
    return "uvicorn" in packages or (
        fastapi is not None and not {"standard", "all"}.isdisjoint(fastapi.extras)
    )
