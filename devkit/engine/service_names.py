"""The names of a project's services, as its Compose files have them; docker is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from devkit.engine.compose_inputs import OVERRIDES
from devkit.engine.projectfiles import find_compose_file
from devkit.engine.reading import read_bounded

if TYPE_CHECKING:
    from pathlib import Path


def service_names(root: Path) -> tuple[str, ...]:
    """The services in the order of the files; none where they cannot be read.

    Args:
        root: The project's folder.
    """
    found: dict[str, None] = {}
    for path in (find_compose_file(root), *(root / name for name in OVERRIDES)):
        try:
            document = yaml.load(read_bounded(path, root=root), Loader=_Loader)  # noqa: S506 - safe
            services = document["services"]
        except (OSError, yaml.YAMLError, LookupError, TypeError, ValueError, RecursionError):
            continue
        if isinstance(services, dict):
            found |= dict.fromkeys(filter(_is_name, services))
    return tuple(found)


class _Loader(yaml.SafeLoader):
    """Takes Compose's own tags, such as ``!override``, for what they stand before."""


def _untagged(loader: _Loader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return None


_Loader.add_multi_constructor("!", _untagged)


def _is_name(name: object) -> bool:
    return isinstance(name, str)
