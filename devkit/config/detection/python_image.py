"""A first Dockerfile for a Python project."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.config.detection.asgi import find_target, has_uvicorn
from devkit.config.detection.dependencies import read_toml
from devkit.config.detection.django import find_django, find_manage
from devkit.config.detection.procfile import as_cmd, read_procfile
from devkit.config.detection.versions import python_version, table_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.config.detection.findings import Sources

PORT = 8000
_ALL = "0.0.0.0"  # noqa: S104 - inside the container, where the gate comes from outside
TEMPLATE = "python.Dockerfile.j2"
_INCLUDED = re.compile(r"(?m)^[ \t]*(?:-[rc]|--requirement|--constraint)[ \t=]+(\S+)")
_SETTINGS_MODULE = re.compile(r"""DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)["']""")
_FLASK = re.compile(r"(?m)^(\w+)\s*=\s*(?:\w+\.)?(?:Flask|create_app)\(")
_MAKES_APP = re.compile(r"(?m)^def create_app\(\)")
_BUILD_VARIABLES = ("SECRET_KEY", "DJANGO_SECRET_KEY", "DATABASE_URL", "DEFAULT_DATABASE_DSN")
_MIGRATES_FIRST = re.compile(r"\b(?:migrate|upgrade)\b[^&;]*(?:&&|;)")
_MOST_INCLUDED = 20


@dataclass(frozen=True, kw_only=True)
class Manager:
    """A package manager that installs into /venv, in a stage of its own.

    Attributes:
        install: What pip installs it from.
        files: What it reads.
        command: How it installs what production needs.
    """

    install: str
    files: tuple[str, ...]
    command: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """What the image starts.

    Attributes:
        command: The CMD, in exec form where no shell is needed.
        says: It, for people.
        missing: The package that a real deployment wants and no file names.
    """

    command: str
    says: str
    missing: str = ""


def is_python(files: Mapping[str, str]) -> bool:
    """Whether this is a Python project."""
    return any(
        name in {"pyproject.toml", "Pipfile", "setup.py"} or name.startswith("requirements")
        for name in files
    )


def python_values(sources: Sources) -> dict[str, object]:
    """What the template is filled in with."""
    script = find_manage(sources) if find_django(sources) else None
    folder = posixpath.dirname(script or "")
    return {
        "version": python_version(sources.files)[0],
        "manager": _manager(sources.files),
        "requirements": requirements_files(sources.files),
        "packages": _system_packages(sources),
        "port": PORT,
        "folder": folder,
        "collectstatic": _collectstatic(sources) if script else "",
        "command": find_server(sources).command,
    }


def python_checks(sources: Sources) -> tuple[str, ...]:
    """What a person has to look at in it."""
    version, file = python_version(sources.files)
    server = find_server(sources)
    asked = f"as {file} asks for" if file else "no file of the project says which"
    checks = [
        f"Python {version}: {asked}.",
        f"CMD `{server.says}`: it has to listen on 0.0.0.0:{PORT}, which EXPOSE names.",
    ]
    if _MIGRATES_FIRST.search(server.says):
        checks.append(
            "CMD migrates in each container that starts: leave that to `release:` in devkit.yaml."
        )
    if server.missing:
        checks.append(
            f"{server.missing} is not among the dependencies: add it, or name your server in CMD."
        )
    if not _is_locked(sources.files):
        checks.append("No lock file: two builds may install different versions.")
    checks.append("It runs as the user app, who may write into /app and /tmp, and nowhere else.")
    return tuple(checks)


def requirements_files(files: Mapping[str, str]) -> tuple[str, ...]:
    """The requirements file of production, and what it includes."""
    known = ("", "/production", "/prod", "/live", "/base", "-production", "-prod")
    names = (f"requirements{each}.txt" for each in known)
    first = next((name for name in names if name in files), None)
    if first is None:
        return ()
    found = [first]
    for name in found:
        for included in _INCLUDED.findall(files.get(name, "")):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), included))
            is_new = path not in found and len(found) < _MOST_INCLUDED
            if is_new and re.fullmatch(r"[\w./-]+", path) and not path.startswith(("..", "/")):
                found.append(path)
    return tuple(found)


def find_server(sources: Sources) -> Server:
    """The CMD: the Procfile's, or the server that is among the dependencies."""
    told = read_procfile(sources.files.get("Procfile", "")).get("web")
    if told:
        return Server(command=as_cmd(told), says=told)
    return _django(sources) if find_django(sources) else _other(sources)


def _django(sources: Sources) -> Server:
    packages = sources.dependencies.python
    match = _SETTINGS_MODULE.search(sources.files.get(find_manage(sources) or "", ""))
    module = (match[1] if match else "config.settings").partition(".settings")[0]
    if "gunicorn" in packages:
        return _server("gunicorn", "--bind", f"{_ALL}:{PORT}", f"{module}.wsgi:application")
    if "uvicorn" in packages:
        return _server("uvicorn", "--host", _ALL, "--port", str(PORT), f"{module}.asgi:application")
    plain = _server("python", "manage.py", "runserver", f"{_ALL}:{PORT}")
    return replace(plain, missing="gunicorn")


def _other(sources: Sources) -> Server:
    packages = sources.dependencies.python
    if "flask" in packages:
        target = _flask_target(sources)
        if "gunicorn" in packages:
            return _server("gunicorn", "--bind", f"{_ALL}:{PORT}", target)
        address = ("--host", _ALL, "--port", str(PORT))
        return replace(_server("flask", "--app", target, "run", *address), missing="gunicorn")
    target = find_target(sources)
    if target:
        made = _server("uvicorn", "--host", _ALL, "--port", str(PORT), target)
        return made if has_uvicorn(sources) else replace(made, missing="uvicorn")
    return _server("python", sources.first("main.py", "app.py", "wsgi.py") or "main.py")


def _flask_target(sources: Sources) -> str:
    for path in ("wsgi.py", "app.py", "main.py", "app/__init__.py", "src/app.py"):
        module = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        if match := _FLASK.search(sources.texts.get(path, "")):
            return f"{module}:{match[1]}"
        if _MAKES_APP.search(sources.texts.get(path, "")):
            return f"{module}:create_app()"
    return "app:app"


def _server(*words: str) -> Server:
    return Server(command=json.dumps(words), says=" ".join(words))


def _collectstatic(sources: Sources) -> str:
    """Where STATIC_ROOT is set; with stand-ins for the variables, which no build is given."""
    settings = [text for path, text in sources.texts.items() if "settings" in path]
    if not any("STATIC_ROOT" in text for text in settings):
        return ""
    read = [
        name for name in _BUILD_VARIABLES if any(re.search(rf"\b{name}\b", t) for t in settings)
    ]
    values = [
        f"{name}={_build_value(name)}" for name in read if not _only_a_setting(name, settings)
    ]
    return " ".join([*values, "python manage.py collectstatic --noinput"])


def _only_a_setting(name: str, settings: list[str]) -> bool:
    """Whether the name is no environment variable: it stands nowhere in quotes."""
    return not any(re.search(rf"""["']{name}["']""", text) for text in settings)


def _build_value(name: str) -> str:
    return "only-for-the-build" if name.endswith("KEY") else "sqlite:////tmp/build.sqlite3"


def _system_packages(sources: Sources) -> dict[str, list[str]]:
    """Debian's, for what has no wheel of its own: to build it, and to run it."""
    packages = sources.dependencies.python
    build, run = [], []
    if "psycopg2" in packages:
        build += ["gcc", "libc6-dev", "libpq-dev"]
        run += ["libpq5"]
    psycopg = packages.get("psycopg")
    if psycopg and "binary" not in psycopg.extras and "psycopg-binary" not in packages:
        run += ["libpq5"]
    if "mysqlclient" in packages:
        build += ["gcc", "libc6-dev", "pkg-config", "default-libmysqlclient-dev"]
        run += ["libmariadb3"]
    return {"build": list(dict.fromkeys(build)), "run": list(dict.fromkeys(run))}


def _is_locked(files: Mapping[str, str]) -> bool:
    if any(name in files for name in ("poetry.lock", "uv.lock", "Pipfile.lock")):
        return True
    texts = (files.get(name, "") for name in requirements_files(files)[:1])
    return any("==" in text and not re.search(r"(?m)^[A-Za-z][\w.-]*\s*$", text) for text in texts)


def _manager(files: Mapping[str, str]) -> Manager | None:
    """The package manager whose lock file is there; requirements files need none."""
    if "uv.lock" in files:
        return Manager(
            install="uv==0.8.22",
            files=("pyproject.toml", "uv.lock"),
            command="UV_PROJECT_ENVIRONMENT=/venv uv sync --locked --no-dev --no-install-project",
        )
    has_poetry = bool(table_at(read_toml(files.get("pyproject.toml", "")), "tool", "poetry"))
    if "poetry.lock" in files or (has_poetry and not requirements_files(files)):
        lock = ("poetry.lock",) if "poetry.lock" in files else ()
        return Manager(
            install="poetry==2.1.4",
            files=("pyproject.toml", *lock),
            command="poetry install --only main --no-root --no-interaction",
        )
    if "Pipfile" in files and not requirements_files(files):
        lock = ("Pipfile.lock",) if "Pipfile.lock" in files else ()
        command = "pipenv sync" if lock else "pipenv install --skip-lock"
        return Manager(install="pipenv==2025.0.4", files=("Pipfile", *lock), command=command)
    return None
