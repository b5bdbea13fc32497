"""What a service has of the one that it extends, as Compose has merged them from the first on."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from devkit.adoption.pairs import environment_of, pairs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_JOINED = (
    "ports", "expose", "links", "external_links", "volumes_from", "dns", "dns_search", "env_file",
    "tmpfs", "cap_add", "cap_drop", "security_opt",
)  # fmt: skip
_BY_TARGET = ("volumes", "devices")
_BY_NAME = {"labels": "=", "extra_hosts": ":=", "ulimits": ""}
"""With what parts name and value in a list."""


def extended(
    below: Mapping[str, Any], above: Mapping[str, Any], *, built_or_pulled: bool
) -> dict[str, Any]:
    """What becomes of a service that extends another one.

    Args:
        below: The service that is extended.
        above: The one that extends it.
        built_or_pulled: Whether what is built has no image of another name, as with the first
            Compose: the ``image`` of either takes the place of the other's ``build``, or the
            ``build`` that of the other's ``image``.
    """
    if built_or_pulled:
        below = _without_the_other(below, above)
    merged = {**below, **{key: value for key, value in above.items() if key != "extends"}}
    merged |= _lists(below, above)
    for name, separators in _BY_NAME.items():
        if name in below and name in above:
            merged[name] = pairs_of(below[name], separators) | pairs_of(above[name], separators)
    if "environment" in below and "environment" in above:
        merged["environment"] = environment_of(below) | environment_of(above)
    return merged


def _without_the_other(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    gone: tuple[str, ...] = ()
    if "image" in above:
        gone = ("build", "dockerfile")
    elif "build" in above:  # by the other's dockerfile, where it names none
        gone = ("image",)
    return {key: value for key, value in below.items() if key not in gone}


def _lists(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The lists that both services have, and of which neither takes the other's place."""
    keys: dict[str, Callable[[object], str]] = dict.fromkeys(_JOINED, str)
    keys |= dict.fromkeys(_BY_TARGET, _target)
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
