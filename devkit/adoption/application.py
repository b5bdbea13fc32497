"""Which service of a compose file is the application."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from devkit.adoption.images import image_of, is_cloud_build, is_service_image
from devkit.adoption.ports import published_ports
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from devkit.adoption.document import Read

    Services = Mapping[str, Any]

WEB = "web"
LIKELY_NAMES = (
    "app", "django", "rails", "laravel", "laravel.test", "flask", "fastapi", "node", "php",
    "backend", "api", "server", "www", "site", "website", "application", "webapp", "wsgi",
)  # fmt: skip
"""What people call it, where it is not ``web``; the likeliest first."""

_SERVICE_NAME = re.compile(
    r"(?:^|[_-])(?:db|database|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|cache|memcached"
    r"|rabbitmq|broker|elastic(?:search)?|minio|mail\w*|nginx|proxy|traefik|docs|worker|celery\w*"
    r"|beat|scheduler|cron|flower|queue|sidekiq|horizon|test|tests)(?:$|[_-])"
)


@dataclass(frozen=True, kw_only=True)
class Application:
    """The service that is the application.

    Attributes:
        name: Its name; empty where it cannot be told.
        reason: Why it is that one, as the second half of a sentence.
        candidates: Those that it may be, where it cannot be told.
    """

    name: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = ()


def find_application(
    services: Services, *, read: Read, text: Callable[[object], str] = str
) -> Application:
    """Tell which service is the application.

    Leaving out what serves it or works for it, and what is not built where something is: ``web``;
    else the only one; else the only one of those that publishes a port; else the likeliest name.
    Where only one service is built at all, and as in the cloud, its name does not count.

    Args:
        services: The ``services`` of a compose file, or of what docker compose makes of it.
        read: Gives the text of a Dockerfile that a service is built from.
        text: Puts the variables into a value.
    """
    known = {name: each for name, each in services.items() if isinstance(each, dict)}
    built = [name for name, each in known.items() if each.get("build")]
    read = cache(read)
    ours = _ours(known, read, text)
    if WEB in ours:
        return Application(name=WEB, reason="it is called that")
    if len(built) == 1 and (built == ours or is_cloud_build(known[built[0]], read=read, text=text)):
        return Application(name=built[0], reason="no other service is built")
    if len(ours) == 1:
        return Application(name=ours[0], reason="the others are its helpers")
    open_to_us = [name for name in ours if published_ports(known[name])]
    if len(open_to_us) == 1:
        return Application(name=open_to_us[0], reason="no other such service publishes a port")
    likely = [name for name in LIKELY_NAMES if name in (open_to_us or ours)]
    if len(likely) == 1:
        return Application(name=likely[0], reason="it is called that")
    return Application(candidates=tuple(open_to_us or ours))


def web_service(services: Services, *, wanted: str | None, file: str, read: Read) -> str:
    """The name of the application's service.

    Args:
        services: As ``find_application`` takes them.
        wanted: ``compose.web`` of devkit.yaml; None where it does not say.
        file: The compose file's name, for messages.
        read: As ``find_application`` takes it.

    Raises:
        ConfigurationError: There is no such service, or it cannot be told which one it is.
    """
    if wanted and wanted in services:
        return wanted
    if wanted:
        raise ConfigurationError(
            f"devkit.yaml: `compose.web` is {wanted}, and {file} has no such service"
            f" (its services: {_listed(services)}).",
            hint="A service of a profile counts only where COMPOSE_PROFILES names the profile.",
        )
    found = find_application(services, read=read)
    if found.name:
        return found.name
    if not found.candidates:
        raise ConfigurationError(
            f"{file} has no service that could be the application (its services:"
            f" {_listed(services)}).",
            hint="Name it in devkit.yaml: `compose: {web: NAME}`; or move the file away, and"
            " devkit makes one.",
        )
    raise ConfigurationError(
        f"{file} does not tell which service is the application:"
        f" {_listed(found.candidates)} may all be.",
        hint=f"Name it in devkit.yaml: `compose: {{web: {found.candidates[0]}}}`",
    )


def _ours(known: Services, read: Read, text: Callable[[object], str]) -> list[str]:
    """Those that may be the application: where there are any, only those that are built."""
    built = {name for name, each in known.items() if each.get("build")}
    named = [name for name in known if not _SERVICE_NAME.search(name)]
    serving = {name for name, each in known.items() if _serves(each, read, text)}
    ours = (
        [name for name in named if name not in serving]
        # Where nothing else is left, what is built is the application whatever it is called.
        or [name for name in known if name in built - serving]
        or [name for name in named if name in {*built, WEB}]
    )
    if WEB in ours and WEB not in built and _is_made_by_others(known, built, read, text):
        return [WEB]
    return [name for name in ours if name in built] or ours


def _is_made_by_others(
    known: Services, built: set[str], read: Read, text: Callable[[object], str]
) -> bool:
    """Whether ``web`` runs the image that another one builds, or what is built is beside it."""
    image = known[WEB].get("image")
    if image and image in [known[name].get("image") for name in built]:
        return True
    return not any(
        is_cloud_build(known[name], read=read, text=text) or published_ports(known[name])
        for name in built
    )


def _serves(service: Mapping[str, Any], read: Read, text: Callable[[object], str]) -> bool:
    """Whether it runs a database, a proxy or the like: its own image, or one built from it."""
    if not is_service_image(image_of(service, read=read, text=text)):
        return False
    # What the cloud builds is the application, such as a site that is files and nginx.
    return not is_cloud_build(service, read=read, text=text)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, names)) or "none"
