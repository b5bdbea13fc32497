"""What devkit takes for granted of a project with a compose file of its own, in sentences."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import WEB, find_application
from devkit.adoption.document import Form
from devkit.adoption.images import build_of
from devkit.adoption.needs import find_needs
from devkit.adoption.pairs import environment_of
from devkit.adoption.ports import published_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devkit.adoption.document import ComposeFile, Read
    from devkit.adoption.needs import Need
    from devkit.adoption.ports import PublishedPort

DOCKERFILE = "Dockerfile"
SHOWN = 12
"""Names of one sentence."""
_CLOUD = frozenset(
    {"STAGE", "DEBUG", "DOMAIN", "DOMAIN_ALIASES", "SECRET_KEY", "GIT_BRANCH", "GIT_COMMIT",
     "DATABASE_URL", "DEFAULT_DATABASE_DSN", "DEFAULT_STORAGE_DSN", "CACHE_URL",
     "DEFAULT_AMQP_BROKER_URL"}
)  # fmt: skip
"""What the cloud sets as well, to values of its own."""
_OF_SERVICES = re.compile(r"_(?:DATABASE|STORAGE)_DSN$")


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What a compose file comes to.

    Attributes:
        web: The service that is the application; empty where it cannot be told.
        services: As devkit.yaml has them.
        sources: The compose file's service for each of them; none for a storage.
        port: What the application listens on inside of its container; None where the file does
            not tell, or tells of a command that the cloud does not run.
        publish: The port of this machine that it is published on; None for none.
        variables: The names that the file gives the application.
        reasons: What is taken for granted, a sentence each.
        gaps: Where local work and the cloud differ, a sentence each.
        local: What is worth a look in local work, a sentence each.
    """

    web: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    publish: int | None = None
    variables: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    local: tuple[str, ...] = ()


def assume(
    file: ComposeFile,
    *,
    read: Read,
    wanted: str | None = None,
    names_services: bool = False,
    set_there: Iterable[str] = (),
) -> Assumed:
    """Say what a compose file comes to.

    Args:
        file: The compose file.
        read: Gives the text of another file of the project.
        wanted: ``compose.web`` of devkit.yaml; None where it does not say.
        names_services: Whether devkit.yaml names the services itself.
        set_there: Names that devkit.yaml sets for the cloud's environments.
    """
    application = find_application(file.services, read=read, text=file.text)
    web = wanted if wanted in file.services else application.name
    if not web:
        names = _listed(application.candidates or file.services)
        asked = (
            f"{file.name} does not tell which service is the application ({names}): name it in"
            " devkit.yaml, `compose: {web: NAME}`."
        )
        return Assumed(gaps=(asked,))
    service = file.services.get(web) or {}
    needs = () if names_services else find_needs(file, web, read)
    given = tuple(environment_of(service))
    port = _port(file, service)
    return Assumed(
        web=web,
        services={need.key: need.value for need in needs},
        sources={need.key: need.service for need in needs if need.service},
        port=port.target if port and not service.get("command") else None,
        publish=port.published if port else None,
        variables=given,
        reasons=_lines(
            *_web_reason(web, "devkit.yaml names it" if wanted else application.reason),
            *map(_need_reason, needs),
        ),
        gaps=_lines(
            *_build_gaps(file, web, service, read),
            *(() if names_services else _service_gaps(file, web, needs)),
            *_variable_gaps(file, [n for n in given if n not in set_there]),
        ),
        local=_lines(*_port_sentences(web, service, port)),
    )


def adopted_note(file: ComposeFile) -> str:
    """The first thing that a person is told."""
    first = f"{file.name} is your own file: devkit uses it as it is."
    if file.form is Form.CURRENT:
        return first
    form = "without `services:`" if file.form is Form.FIRST else "with a number for its version"
    return (
        f"{file.name} is your own file and stays as it is. It is written {form}, which Compose"
        " reads no more, so Compose is given a copy that says the same."
    )


def _web_reason(web: str, why: str) -> tuple[str, ...]:
    return () if web == WEB else (f"The application is the service {web}: {why}.",)


def _need_reason(need: Need) -> str:
    if not need.service:
        return f"`{need.key}: file`: a folder for files, as its variable or the mount /data says."
    weakness = f"; {need.weakness}" if need.weakness else ""
    return f"`{need.key}: {need.value}`: the service {need.service}{weakness}."


def _port(file: ComposeFile, service: Mapping[str, Any]) -> PublishedPort | None:
    written = service.get("ports")
    if not isinstance(written, list):
        return None
    plain = [each if isinstance(each, dict) else file.text(each) for each in written]
    ports = published_ports({"ports": plain})
    return next((each for each in ports if each.published), next(iter(ports), None))


def _build_gaps(
    file: ComposeFile, web: str, service: Mapping[str, Any], read: Read
) -> Iterator[str]:
    has_dockerfile = read(DOCKERFILE) is not None
    if not has_dockerfile:
        yield (
            f"There is no {DOCKERFILE} in this folder, and the cloud builds no other one: this is"
            " for local work only."
        )
    build = build_of(service)
    if not build and has_dockerfile:
        image = file.text(service.get("image") or "")
        yield f"Local work runs the image {image} in {web}; the cloud builds the {DOCKERFILE}."
    if not build:
        return
    context = posixpath.normpath(file.text(build.get("context") or "."))
    path = posixpath.normpath(file.text(build.get("dockerfile") or DOCKERFILE))
    if has_dockerfile and (context, path) != (".", DOCKERFILE):
        where = "" if context == "." else f" in {context}"
        yield (
            f"Local work builds {path}{where} for {web}; the cloud builds the {DOCKERFILE} of this"
            " folder, and so does `devkit verify`."
        )
    if build.get("target"):
        target = file.text(build["target"])
        yield f"Local work builds the stage {target} of {path}; the cloud builds the last one."
    if build.get("args"):
        names = _listed(environment_of({"environment": build["args"]}))
        yield f"{web} is built with the arguments {names}; a build in the cloud has none."


def _service_gaps(file: ComposeFile, web: str, needs: Iterable[Need]) -> Iterator[str]:
    known = {web, *(need.service for need in needs)}
    others = [name for name in file.services if name not in known]
    if others:
        yield (
            f"`devkit verify` goes without {_listed(others)}: what of it the cloud has is for"
            " `services` in devkit.yaml."
        )


def _variable_gaps(file: ComposeFile, given: Iterable[str]) -> Iterator[str]:
    only = [name for name in given if name not in _CLOUD and not _OF_SERVICES.search(name)]
    if only:
        yield (
            f"Only {file.name} sets {_listed(only)}: set what the application needs for the"
            " environments in the cloud, and here under `environments: {live: {env: ...}}`."
        )


def _port_sentences(
    web: str, service: Mapping[str, Any], port: PublishedPort | None
) -> Iterator[str]:
    if port is None:
        if str(service.get("network_mode", "")) != "host":
            yield f"{web} publishes no port, so `devkit up` does not wait for its page."
    elif port.is_open:
        number = port.published or port.target
        yield f"Others on the network reach {web} at its port {number}: put `127.0.0.1:` before it."


def _lines(*sentences: str) -> tuple[str, ...]:
    """Each on one line, whatever a name in the file has."""
    return tuple(" ".join(each.split()) for each in sentences)


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more
