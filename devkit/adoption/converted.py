"""A file that Compose reads, made from one in a form that it reads no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from devkit.adoption.document import Form, form_of, is_first_service, read_compose
from devkit.adoption.plain_yaml import UNREADABLE, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devkit.adoption.document import Read

_RENAMED = {"net": "network_mode"}
_LOGGING = {"log_driver": "driver", "log_opt": "options"}
_GONE = ("volume_driver",)
_HEADER = "# Made by devkit from {name}, which Compose does not read as it is. It is made anew.\n"


def converted(name: str, read: Read) -> str | None:
    """The text that Compose reads in place of a file; None where it reads the file itself.

    Args:
        name: The file's name.
        read: Gives its text, and that of what it extends.
    """
    try:
        document = parse_yaml(read(name) or "")
    except UNREADABLE:
        return None  # Compose says what is wrong with it
    if not isinstance(document, dict) or form_of(document) is Form.CURRENT:
        return None
    if form_of(document) is Form.FIRST:
        # What it extends is written as it is itself, and would not be read either.
        file = read_compose(name, read)
        document = _from_first(document, file.services if file else {})
    else:
        document = {key: value for key, value in document.items() if key != "version"}
    body: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return _HEADER.format(name=name) + body


def _from_first(
    document: dict[str, Any], written: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    services = {name: _service(each, written) for name, each in written.items()}
    kept = {k: v for k, v in document.items() if not is_first_service(k, v) and k != "version"}
    names = sorted({name for each in services.values() for name in _volume_names(each)})
    volumes = {"volumes": dict.fromkeys(names)} if names else {}
    return {**kept, "services": services, **volumes}


def _service(first: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    service = {_RENAMED.get(key, key): value for key, value in first.items()}
    logging = {new: service.pop(old) for old, new in _LOGGING.items() if old in service}
    if logging:
        service["logging"] = logging
    mode = str(service.get("network_mode", ""))
    other = mode.removeprefix("container:")
    if other != mode and other in known:
        service["network_mode"] = f"service:{other}"  # which it meant before any container
    if other != mode and "links" in service:
        del service["links"]  # which the first Compose passed over as well
    return {key: value for key, value in service.items() if key not in _GONE}


def _volume_names(service: dict[str, Any]) -> list[str]:
    """The named volumes; the first Compose made them without being told of them."""
    volumes = service.get("volumes")
    written = volumes if isinstance(volumes, list) else []
    sources = [str(each).split(":")[0] for each in written if ":" in str(each)]
    return [each for each in sources if each and each[0] not in "./~$"]
