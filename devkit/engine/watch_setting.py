"""Reads what has to be known of a project to tell what a changed file means."""

from __future__ import annotations

import os
import posixpath
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import web_service
from devkit.compose.generated import Action, decide
from devkit.compose.variables import STORAGE_MOUNT
from devkit.config.sources import CONFIG_FILE
from devkit.dockerfile import parse
from devkit.dockerfile.instructions import read_instructions
from devkit.engine.adopted import adopted_compose, read_in
from devkit.engine.compose_inputs import COMPOSE_NAMES, DOTENV, OVERRIDES
from devkit.engine.local_stack import compose_document
from devkit.engine.projectfiles import DATA_FOLDER, find_compose_file
from devkit.engine.reading import read_bounded
from devkit.engine.secrets_file import SECRETS_FILE
from devkit.engine.watch_gitignore import find_git, git_ignore, tracked_all_the_same
from devkit.watch.ignoring import DockerIgnore
from devkit.watch.reloading import reloads
from devkit.watch.setting import Mount, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.dockerfile import Dockerfile
    from devkit.project import Project

WEB = "web"
_STAGE_NAME_AT = 2
_TAKES_IN = ("env_file", "include", "extends")


def read_setting(
    project: Project,
    document: Mapping[str, Any] | None,
    *,
    environment: Mapping[str, str],
    service: str = WEB,
) -> Setting:
    """Read a project's files; one that cannot be read says nothing.

    Args:
        project: As devkit.yaml configures it.
        document: What docker compose makes of the project's files; None where they are all
            devkit's own, so that the project tells the same.
        environment: The person's environment, for git.
        service: The service that answers.
    """
    root = project.root
    web = _web(project) if document is None else document["services"].get(service) or {}
    build = _build(web)
    context, name, text = _dockerfile(root, build)
    found = parse(_up_to(text, str(build.get("target") or "")))
    git = find_git(root)
    return Setting(
        mounts=tuple(_mounts(root, web)),
        data=tuple(_data(root, web)),
        context=context,
        dockerfile=name,
        copies=found.intake,
        reloader=reloads(_command(web, found), found.base_images),
        dockerignore=DockerIgnore(_dockerignore(root, context, name)),
        gitignore=git_ignore(root, git),
        tracked=tracked_all_the_same(root, git, environment),
        prefix=git.prefix if git else "",
        configuration=frozenset(
            {CONFIG_FILE, *COMPOSE_NAMES, *OVERRIDES, DOTENV, SECRETS_FILE, *_behind(root)}
        ),
        rules=project.watch,
        has_release=bool(project.release),
    )


def has_own_files(root: Path) -> bool:
    """Whether a person's own compose file, or an addition to ours, decides what runs."""
    if any((root / name).is_file() for name in OVERRIDES):
        return True
    text = _text(find_compose_file(root), root)
    return bool(text) and decide(text, text).action is Action.FOREIGN


def own_document(project: Project, environment: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What docker compose makes of a person's own files, and the service that answers.

    Raises:
        ConfigurationError: They cannot be followed.
        CouldNotFindOutError: There is no docker command.
    """
    document = compose_document(project.root, environment, adopted_compose(project.root))
    file = find_compose_file(project.root).name
    services = document.get("services") or {}
    read = read_in(project.root)
    return document, web_service(services, wanted=project.compose_web, file=file, read=read)


def same_image(document: Mapping[str, Any], *, service: str = WEB) -> tuple[str, ...]:
    """The services that run the image of the one that answers, that one first.

    They are built in the same way, or name the image that the one is built to.
    """
    services: Mapping[str, Any] = document.get("services") or {}
    web = services.get(service) or {}
    mine = {*_built_in_one_way(web), _image(document, service)}
    others = [
        name
        for name, each in services.items()
        if name != service and not mine.isdisjoint(_built_in_one_way(each) or {each.get("image")})
    ]
    return (service, *others)


def _built_in_one_way(service: Mapping[str, Any]) -> set[str]:
    """How a service is built, as one word; empty where it is not."""
    build = _build(service)
    return (
        {f"build {sorted((key, str(value)) for key, value in build.items())}"} if build else set()
    )


def _image(document: Mapping[str, Any], service: str) -> str:
    """What a service's image is called: Compose gives one that it builds a name of its own."""
    each: Mapping[str, Any] = document["services"].get(service) or {}
    return str(each.get("image") or f"{document.get('name')}-{service}")


def is_built(document: Mapping[str, Any], service: str) -> bool:
    """Whether a service's image is built."""
    return bool(_build((document.get("services") or {}).get(service) or {}))


def _build(service: Mapping[str, Any]) -> dict[str, Any]:
    build = service.get("build")
    return {"context": build} if isinstance(build, str) else dict(build or {})


def _web(project: Project) -> dict[str, Any]:
    """What the generated file says of web, as far as it matters here."""
    volumes = [{"type": "bind", "source": str(project.root), "target": project.web.mount}]
    storage = {"type": "bind", "source": str(project.root / DATA_FOLDER), "target": STORAGE_MOUNT}
    return {
        "build": {"context": str(project.root)},
        "command": shlex.split(project.web.command) if project.web.command else None,
        "volumes": volumes * bool(project.web.mount) + [storage] * bool(project.storages),
    }


def _dockerfile(root: Path, build: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """The context and the Dockerfile from the project's folder, and the Dockerfile's text."""
    if not build:
        return None, "", ""
    context = _inner(root, root / str(build.get("context") or "."))
    inline = build.get("dockerfile_inline")
    if inline:
        return context, "", str(inline)
    name = str(build.get("dockerfile") or "Dockerfile")
    place = root / (context or "") / name
    inner = _inner(root, place)
    return context, inner or "", _text(place, root) if inner else ""


def _up_to(text: str, target: str) -> str:
    """A Dockerfile up to the end of a stage; the whole of it where there is no such stage."""
    if not target:
        return text
    lines, stage = text.splitlines(), -1
    is_within = False
    for each in read_instructions(text):
        if each.keyword != "FROM":
            continue
        if is_within:
            return "\n".join(lines[: each.line - 1])
        stage += 1
        words = [word for word in each.arguments.split() if not word.startswith("--")]
        name = words[_STAGE_NAME_AT] if len(words) > _STAGE_NAME_AT else ""
        is_within = target.lower() in {name.lower(), str(stage)}
    return text


def _command(web: Mapping[str, Any], found: Dockerfile) -> str:
    """All that the container runs; what the compose file says goes before the image's."""
    entrypoint, command = _words(web.get("entrypoint")), _words(web.get("command"))
    if entrypoint or command:
        return f"{entrypoint} {command}".strip()
    text = f"{found.entrypoint} {found.command}"
    return text.translate(str.maketrans('[],"', "    ")).strip()


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return str(value or "")


def _mounts(root: Path, web: Mapping[str, Any]) -> Iterator[Mount]:
    for each in web.get("volumes") or ():
        if isinstance(each, dict) and each.get("type") == "bind":
            inner = _inner(root, root / str(each.get("source")))
            if inner is not None:
                target = posixpath.normpath(str(each.get("target")))
                yield Mount(source=inner, target=target)


def _data(root: Path, web: Mapping[str, Any]) -> Iterator[str]:
    for mount in _mounts(root, web):
        if mount.source and mount.target == STORAGE_MOUNT:
            yield mount.source


def _inner(root: Path, path: Path) -> str | None:
    """A path from the project's folder; None where it is outside of it."""
    normal = Path(os.path.normpath(path))
    for base in (root, root.resolve()):
        if normal.is_relative_to(base):
            inner = normal.relative_to(base).as_posix()
            return "" if inner == "." else inner
    return None


def _dockerignore(root: Path, context: str | None, dockerfile: str) -> str:
    """The one that BuildKit takes: that of the Dockerfile before that of the context."""
    if context is None:
        return ""
    for name in (f"{dockerfile}.dockerignore", posixpath.join(context, ".dockerignore")):
        if dockerfile and (root / name).is_file():
            return _text(root / name, root)
    return ""


def _behind(root: Path) -> Iterator[str]:
    """What compose files include, extend and name as env_file, which Compose does not tell."""
    read = read_in(root)
    for name in (*COMPOSE_NAMES, *OVERRIDES):
        text = read(name) or ""
        if any(each in text for each in _TAKES_IN):
            from devkit.adoption.document import files_behind  # noqa: PLC0415 - only these need it

            for path in files_behind(name, read):
                inner = _inner(root, root / path)
                if inner:
                    yield inner


def _text(path: Path, root: Path) -> str:
    try:
        return read_bounded(path, root=root).decode(errors="replace")
    except OSError:
        return ""
