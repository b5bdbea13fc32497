"""Which of the cloud's services the application needs, from the images of a compose file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from devkit.adoption.images import image_of, is_service_image, known_image
from devkit.adoption.pairs import environment_of
from devkit.config.checks import SERVICE_PATTERN
from devkit.config.detect import DATABASE_IMAGE
from devkit.config.service_checks import check_services

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.adoption.document import ComposeFile, Read

STORAGE_MOUNT = "/data"

_VERSIONED = (
    (re.compile(r"postg|timescale|pgvector"), DATABASE_IMAGE),
    (re.compile(r"redis"), "redis:7"),
    (re.compile(r"rabbitmq"), "rabbitmq:3"),
)
_DATABASE_NAME = re.compile(r"(?:^|[_-])(?:db|database|postgres(?:ql)?)(?:$|[_-])")
_GENERIC = re.compile(
    r"(?:^|[_-])(?:db|database|postgres(?:ql)?|mysql|mariadb|redis|default)(?=$|[_-])"
)
_VARIABLE = re.compile(r"([A-Z][A-Z0-9]*)_(?:DATABASE|STORAGE)_(?:DSN|URL)")


@dataclass(frozen=True, kw_only=True)
class Need:
    """A service of the compose file that the cloud gives, too.

    Attributes:
        key: In devkit.yaml: ``database``, ``database_reporting``.
        value: In devkit.yaml: the image, or ``file``.
        service: Its name in the compose file; empty for a storage, which is a folder.
        weakness: What is not as in the compose file; empty where all is.
    """

    key: str
    value: str
    service: str = ""
    weakness: str = ""


def find_needs(file: ComposeFile, web: str, read: Read) -> tuple[Need, ...]:
    """What the cloud would give the application of what the compose file starts.

    Args:
        file: The compose file.
        web: The service that is the application.
        read: Gives the text of a Dockerfile that a service is built from.
    """
    application = file.services.get(web) or {}
    variables = _variables(file, application)
    found: dict[str, list[tuple[str, str]]] = {}
    for name, service in file.services.items():
        image = _image(file, name, service, read) if name != web else ""
        known = known_image(image)
        if known:
            found.setdefault(known.kind, []).append((name, image))
    needs = [
        need
        for kind, services in found.items()
        for need in _of_kind(kind, _main_first(kind, services, file, application, variables))
    ]
    return (*_known(needs, variables), *_storages(file, application, variables))


def _variables(file: ComposeFile, application: Mapping[str, Any]) -> dict[str, str]:
    given = environment_of(application)
    return {name: file.text(value) for name, value in given.items() if value is not None}


def _image(file: ComposeFile, name: str, service: Mapping[str, Any], read: Read) -> str:
    """The image of a service, or what it is built from where it is called a database."""
    is_built = bool(service.get("build"))
    if is_built and not _DATABASE_NAME.search(name):
        return ""
    image = image_of(service, read=read, text=file.text)
    if not is_built or known_image(image):
        return image
    return "" if is_service_image(image) else "postgres"


def _main_first(
    kind: str,
    services: list[tuple[str, str]],
    file: ComposeFile,
    application: Mapping[str, Any],
    variables: Mapping[str, str],
) -> list[tuple[str, str]]:
    """The one that the application means by ``DATABASE_URL``, and then the others."""
    url = variables.get("DATABASE_URL", "") or variables.get("DEFAULT_DATABASE_DSN", "")
    aliases = _aliases(file, application)

    def rank(entry: tuple[str, str]) -> tuple[bool, bool, bool]:
        name = entry[0]
        hosts = {name, *aliases.get(name, ())}
        in_url = any(f"@{host}{end}" in url for host in hosts for end in ":/")
        is_meant = kind == "database" and in_url
        is_plain = bool(hosts & {"db", "database", "postgres", "default", "redis"})
        return not is_meant, not is_plain, name not in aliases

    return sorted(services, key=rank)


def _aliases(file: ComposeFile, application: Mapping[str, Any]) -> dict[str, set[str]]:
    """By which names the application knows the services that it links to."""
    links = application.get("links")
    pairs = [file.text(each).partition(":") for each in (links if isinstance(links, list) else ())]
    found: dict[str, set[str]] = {}
    for name, _, alias in pairs:
        found.setdefault(name, set()).add(alias or name)
    return found


def _of_kind(kind: str, services: Iterable[tuple[str, str]]) -> list[Need]:
    needs: list[Need] = []
    taken: set[str] = set()
    for name, image in services:
        prefix = _prefix(name) if needs else ""
        key = f"{kind}_{prefix}" if prefix else kind
        if key not in taken:
            taken.add(key)
            needs.append(Need(key=key, value=image, service=name))
    return needs


def _prefix(name: str) -> str:
    plain = _GENERIC.sub("", name).strip("_-") or name
    words = re.sub(r"[^a-z0-9_]+", "_", plain.lower()).strip("_")
    return re.sub(r"^[^a-z]+", "", words)


def _known(needs: Iterable[Need], variables: Mapping[str, str]) -> list[Need]:
    """Those that devkit can stand in for, with an image that it takes."""
    return [known for need in needs if (known := _accepted(_named(need, variables))) is not None]


def _named(need: Need, variables: Mapping[str, str]) -> Need:
    """By the prefix that the application's own variables have for it."""
    if need.key.partition("_")[0] != "database":
        return need
    for name, value in variables.items():
        told = _VARIABLE.fullmatch(name)
        if told and "_DATABASE_" in name and re.search(rf"@{re.escape(need.service)}[:/]", value):
            prefix = told[1].lower()
            key = "database" if prefix == "default" else f"database_{prefix}"
            return Need(key=key, value=need.value, service=need.service)
    return need


def _accepted(need: Need) -> Need | None:
    known = known_image(need.value)
    official = known.official if known else None
    if official is None and _is_accepted(need.key, need.value):
        return need
    why = "names no version" if official is None else "is set up in a way of its own"
    if official and _is_accepted(need.key, official):
        return _instead(need, official, why)
    # What names no version is taken in the one that devkit.yaml's own examples have.
    for part, image in _VERSIONED:
        if part.search(need.value) and _is_accepted(need.key, image):
            return _instead(need, image, why)
    return None


def _instead(need: Need, image: str, why: str) -> Need:
    weakness = f"its image {need.value} {why}, so {image} is taken"
    return Need(key=need.key, value=image, service=need.service, weakness=weakness)


def _is_accepted(key: str, value: str) -> bool:
    if not re.fullmatch(SERVICE_PATTERN, key):
        return False
    try:
        check_services({key: value})
    except PydanticCustomError:
        return False
    return True


def _storages(
    file: ComposeFile, application: Mapping[str, Any], variables: Mapping[str, str]
) -> list[Need]:
    """The file storages: named by their variable, or mounted where the cloud mounts its own."""
    named = [name for name in environment_of(application) if name.endswith("_STORAGE_DSN")]
    prefixes = [told[1].lower() for name in named if (told := _VARIABLE.fullmatch(name))]
    # One that is elsewhere, such as in S3, is no folder.
    remote = {
        prefix
        for prefix in prefixes
        if not variables.get(f"{prefix.upper()}_STORAGE_DSN", "file:").startswith("file:")
    }
    keys = [f"storage_{p}" if p != "default" else "storage" for p in prefixes if p not in remote]
    volumes = application.get("volumes")
    targets = [_target(file, each) for each in (volumes if isinstance(volumes, list) else ())]
    if not prefixes and STORAGE_MOUNT in targets:
        keys = ["storage"]
    return [Need(key=key, value="file") for key in dict.fromkeys(keys)]


def _target(file: ComposeFile, volume: object) -> str:
    if isinstance(volume, dict):
        return str(volume.get("target", "")).rstrip("/")
    parts = file.text(volume).split(":")
    return (parts[1] if len(parts) > 1 else parts[0]).rstrip("/")
