"""What a service has of the one that it extends, as Compose has merged them from the first on."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_JOINED = ("ports", "expose", "external_links", "dns", "dns_search", "env_file", "tmpfs")
_BY_TARGET = ("volumes", "devices")


def merged_lists(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that both services have, and of which neither takes the other's place.

    Args:
        below: The service that is extended.
        above: The one that extends it.
    """
    keys = {**dict.fromkeys(_JOINED, repr), **dict.fromkeys(_BY_TARGET, _target)}
    merged = {}
    for name, key in keys.items():
        if name in below and name in above:
            both = (*_listed(below[name]), *_listed(above[name]))
            merged[name] = list({key(each): each for each in both}.values())
    return merged


def rebased(service: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """A service of a file in another folder, with its paths from the file that extends it.

    Args:
        service: The service.
        folder: The other file's folder, from this one's; empty for the same.
    """
    moved = dict(service)
    if not folder:
        return moved

    def move(path: object) -> object:
        return _moved(path, folder)

    for key, change in (("build", move), ("env_file", move), ("volumes", _of_mount(folder))):
        if key in moved:
            moved[key] = _each(moved[key], change)
    return moved


def _each(value: object, change: Callable[[object], object]) -> object:
    if isinstance(value, list):
        return [_each(each, change) for each in value]
    if isinstance(value, dict):
        inner = {"context", "path", "source"} & value.keys()
        return {k: change(v) if k in inner else v for k, v in value.items()}
    return change(value)


def _of_mount(folder: str) -> Callable[[object], object]:
    def change(mount: object) -> object:
        source, colon, rest = str(mount).partition(":")
        return f"{_moved(source, folder)}{colon}{rest}" if source.startswith(".") else mount

    return change


def _moved(path: object, folder: str) -> object:
    if not isinstance(path, str) or path.startswith(("/", "~", "$", "git@")) or "://" in path:
        return path
    found = posixpath.normpath(posixpath.join(folder, path))
    return found if found.startswith("..") else f"./{found}"


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _target(mount: object) -> str:
    """Where it is in the container."""
    if isinstance(mount, dict):
        return str(mount.get("target"))
    parts = str(mount).split(":")
    return posixpath.normpath(parts[1] if len(parts) > 1 else parts[0])
