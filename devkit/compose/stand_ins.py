"""The containers that stand in for the cloud's services, one template each.

docker-compose.yml includes the templates; a rehearsal's document has them as data.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from devkit.compose.addresses import (
    BUCKET,
    DATABASE_NAME,
    LOCAL_PASSWORD,
    USER,
    filled,
    service_password,
    store_host,
    variable_names,
)
from devkit.compose.variables import database_mount
from devkit.project import ServiceKind, Software
from devkit.templating import render, template_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devkit.project import Service

DATABASE_CONNECTIONS = 60
"""As many as the cloud's databases take."""

_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Postgres' settings for data that no crash has to spare ("Non-Durable Settings" of its manual)."""
_NOUNS = {
    ServiceKind.DATABASE: "database",
    ServiceKind.CACHE: "cache",
    ServiceKind.BROKER: "message broker",
    ServiceKind.STORAGE: "object store",
    ServiceKind.MAIL: "catcher of mails",
}
_WITHOUT_DATA = frozenset({Software.MAILPIT, Software.MAILDEV})


def local_values(service: Service) -> dict[str, Any]:
    """What a service's template is filled with for local work."""
    return _values(service, LOCAL_PASSWORD, rehearsed=False, durable=True)


def rehearsed_service(service: Service, *, secret: str, durable: bool) -> dict[str, Any]:
    """The service of a rehearsal's document.

    Args:
        service: The service.
        secret: What the passwords of the rehearsal are made from.
        durable: Whether its data outlive the engine.
    """
    import yaml  # noqa: PLC0415 - not for what local commands need of this module

    values = _values(service, secret, rehearsed=True, durable=durable)
    made: dict[str, Any] = yaml.safe_load(render(values["template"], {"service": values}))
    return made


def templates_text(services: Iterable[Service]) -> list[str]:
    """The templates of the services as they are written, each once."""
    return [template_text(name) for name in sorted({_template(each) for each in services})]


def volume_names(services: Iterable[Service]) -> list[str]:
    """The volumes of the services that keep something."""
    return [each.name for each in keeping(services)]


def keeping(services: Iterable[Service]) -> list[Service]:
    """The services that keep something."""
    return [each for each in services if _keeps(each)]


def waited_for(service: Service) -> str:
    """Compose's condition for a service to be ready."""
    checked = service.custom is None or service.custom.healthcheck is not None
    return "service_healthy" if checked else "service_started"


def _keeps(service: Service) -> bool:
    if service.custom is not None:
        return service.custom.volume is not None
    return service.software not in _WITHOUT_DATA


def _template(service: Service) -> str:
    return f"services/{service.software.value}.yml.j2"


def _values(service: Service, secret: str, *, rehearsed: bool, durable: bool) -> dict[str, Any]:
    password = service_password(service, secret)
    return {
        "name": service.name,
        "host": service.host,
        "template": _template(service),
        "comment": _comment(service),
        "condition": waited_for(service),
        "image": service.image,
        "rehearsed": rehearsed,
        "durable": durable,
        # A build runs beside a rehearsal's, and each look is a process in the container.
        "start_interval": "500ms" if durable else "1s",
        "password": password,
        "user": USER,
        "database": DATABASE_NAME,
        "connections": DATABASE_CONNECTIONS,
        "bucket": BUCKET,
        "store_host": store_host(service),
        "mount": database_mount(service),
        "command": _command(service, durable=durable),
        **_custom(service, password),
    }


def _command(service: Service, *, durable: bool) -> Sequence[str]:
    if service.custom is not None:
        return shlex.split(service.custom.command or "")
    # The application's user is a superuser here, so that all connections are for it.
    told: Mapping[str, str] = {
        "max_connections": str(DATABASE_CONNECTIONS),
        **({} if durable else _UNSAFE),
    }
    return ["postgres", *(word for pair in told.items() for word in ("-c", "=".join(pair)))]


def _custom(service: Service, password: str) -> dict[str, Any]:
    custom = service.custom
    if custom is None:
        return {}
    return {
        "env": filled(service, custom.env, password),
        "volume": custom.volume,
        "healthcheck": custom.healthcheck,
    }


def _comment(service: Service) -> str:
    names = " and ".join(variable_names(service))
    noun = _NOUNS.get(service.kind, "service")
    what = f"The {noun} of {names}." if names else f"The service `{service.name}`."
    return what if service.kind is ServiceKind.MAIL else f"{what} It is not published on the host."
