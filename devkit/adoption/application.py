"""Which service of a compose file is the application."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.adoption.ports import published_ports
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Services = Mapping[str, Any]

WEB = "web"
LIKELY_NAMES = (
    "app", "django", "rails", "laravel", "laravel.test", "flask", "fastapi", "node", "php",
    "backend", "api", "server", "www", "site", "website", "application", "webapp", "wsgi",
)  # fmt: skip
"""What people call it, where it is not ``web``; the likeliest first."""

_SERVICE_IMAGE = re.compile(
    r"(?:^|/)(?:postgres|postgis|timescaledb|pgvector|mysql|mariadb|percona|mongo|redis|valkey"
    r"|memcached|rabbitmq|kafka|zookeeper|nats|elasticsearch|opensearch|kibana|minio|mailhog"
    r"|mailpit|mailcatcher|maildev|mailcrab|nginx|traefik|caddy|haproxy|httpd|selenium|adminer"
    r"|phpmyadmin|pgadmin4?|flower|localstack|varnish|solr|meilisearch)(?:-[\w.]+)?(?:[:@]|$)"
)
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


def find_application(services: Services) -> Application:
    """Tell which service is the application.

    ``web``; else the only one that is built; else the only one of those that publishes a port;
    else the likeliest name.

    Args:
        services: The ``services`` of a compose file, or of what docker compose makes of it.
    """
    if WEB in services:
        return Application(name=WEB, reason="it is called that")
    known = {name: each for name, each in services.items() if isinstance(each, dict)}
    built = [name for name, each in known.items() if each.get("build")]
    if len(built) == 1:
        return Application(name=built[0], reason="no other service is built")
    ours = [name for name in built or known if not _is_helper(name, known[name])]
    if len(ours) == 1:
        return Application(name=ours[0], reason="the others are its helpers")
    open_to_us = [name for name in ours if published_ports(known[name])]
    if len(open_to_us) == 1:
        return Application(name=open_to_us[0], reason="no other such service publishes a port")
    likely = [name for name in LIKELY_NAMES if name in (open_to_us or ours)]
    if len(likely) == 1:
        return Application(name=likely[0], reason="it is called that")
    return Application(candidates=tuple(open_to_us or ours))


def web_service(services: Services, *, wanted: str | None, file: str) -> str:
    """The name of the application's service.

    Args:
        services: As ``find_application`` takes them.
        wanted: ``compose.web`` of devkit.yaml; None where it does not say.
        file: The compose file's name, for messages.

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
    found = find_application(services)
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


def _is_helper(name: str, service: Mapping[str, Any]) -> bool:
    """Whether it serves the application or works for it, and is not the application."""
    image = "" if service.get("build") else str(service.get("image") or "")
    return bool(_SERVICE_IMAGE.search(image) or _SERVICE_NAME.search(name))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, names)) or "none"
