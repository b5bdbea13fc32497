"""Reads what has to be known of a project to tell what a changed file means."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import web_service
from devkit.adoption.images import build_of
from devkit.compose.generated import Action, decide
from devkit.compose.variables import STORAGE_MOUNT, local_variables
from devkit.config.sources import CONFIG_FILE
from devkit.dockerfile import parse
from devkit.dockerfile.instructions import read_instructions
from devkit.engine.adopted import adopted_compose, read_in
from devkit.engine.compose_inputs import COMPOSE_NAMES, DOTENV, OVERRIDES
from devkit.engine.local_stack import compose_document
from devkit.engine.projectfiles import DATA_FOLDER, find_compose_file
from devkit.engine.reading import read_text
from devkit.engine.secrets_file import SECRETS_FILE
from devkit.engine.watch_commands import Image, judge
from devkit.engine.watch_gitignore import find_git, git_ignore, tracked_all_the_same
from devkit.engine.watch_mounts import inner, mounts_of
from devkit.watch.ignoring import DockerIgnore
from devkit.watch.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devkit.project import Project

WEB = "web"
_ASSIGNED = re.compile(r"""(?m)^\s*(?:export\s+)?(\w+)\s*=[ \t]*["']?([^"'\s#]*)""")
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
    document = _own(project) if document is None else document
    services = document["services"]
    web = services.get(service) or {}
    build = build_of(web)
    context, name, text = _dockerfile(root, build)
    found = parse(_up_to(text, str(build.get("target") or "")))
    image = Image(root=root, context=context, text=text, found=found)
    along = {each: services.get(each) or {} for each in same_image(document, service=service)}
    judged = judge(along, image)
    git = find_git(root)
    return Setting(
        mounts=tuple(mounts_of(root, web)),
        data=tuple(_data(root, web)),
        context=context,
        dockerfile=name,
        copies=found.intake,
        reloader=judged.reloader,
        others=judged.others,
        judged_by=judged.by,
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
    text = read_text(root, find_compose_file(root).name)
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
    build = build_of(service)
    return (
        {f"build {sorted((key, str(value)) for key, value in build.items())}"} if build else set()
    )


def _image(document: Mapping[str, Any], service: str) -> str:
    """What a service's image is called: Compose gives one that it builds a name of its own."""
    each: Mapping[str, Any] = document["services"].get(service) or {}
    return str(each.get("image") or f"{document.get('name')}-{service}")


def is_built(document: Mapping[str, Any], service: str) -> bool:
    """Whether a service's image is built."""
    return bool(build_of((document.get("services") or {}).get(service) or {}))


def _own(project: Project) -> dict[str, Any]:
    """What the generated file says, as far as it matters here."""
    root = project.root
    volumes = [{"type": "bind", "source": str(root), "target": project.web.mount}]
    storage = {"type": "bind", "source": str(root / DATA_FOLDER), "target": STORAGE_MOUNT}
    every = {
        "build": {"context": str(root)},
        "volumes": volumes * bool(project.web.mount) + [storage] * bool(project.storages),
        "environment": {
            **dict(_ASSIGNED.findall(read_text(root, SECRETS_FILE))),
            **local_variables(project),
        },
    }
    commands = {WEB: project.web.command or ""}
    commands |= {each.name: each.command for each in project.workers}
    services = {name: {**every, "command": shlex.split(text)} for name, text in commands.items()}
    return {"name": project.name, "services": services}


def _dockerfile(root: Path, build: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """The context and the Dockerfile from the project's folder, and the Dockerfile's text."""
    if not build:
        return None, "", ""
    context = inner(root, root / str(build.get("context") or "."))
    inline = build.get("dockerfile_inline")
    if inline:
        return context, "", str(inline)
    name = str(build.get("dockerfile") or "Dockerfile")
    place = root / (context or "") / name
    own = inner(root, place)
    return context, own or "", read_text(root, own) if own else ""


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


def _data(root: Path, web: Mapping[str, Any]) -> Iterator[str]:
    for mount in mounts_of(root, web):
        if mount.source and mount.target == STORAGE_MOUNT:
            yield mount.source


def _dockerignore(root: Path, context: str | None, dockerfile: str) -> str:
    """The one that BuildKit takes: that of the Dockerfile before that of the context."""
    if context is None:
        return ""
    for name in (f"{dockerfile}.dockerignore", posixpath.join(context, ".dockerignore")):
        if dockerfile and (root / name).is_file():
            return read_text(root, name)
    return ""


def _behind(root: Path) -> Iterator[str]:
    """What compose files include, extend and name as env_file, which Compose does not tell."""
    read = read_in(root)
    for name in (*COMPOSE_NAMES, *OVERRIDES):
        text = read(name) or ""
        if any(each in text for each in _TAKES_IN):
            from devkit.adoption.document import files_behind  # noqa: PLC0415 - only these need it

            for path in files_behind(name, read):
                own = inner(root, root / path)
                if own:
                    yield own
