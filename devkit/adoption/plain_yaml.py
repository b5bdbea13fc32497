"""YAML as Compose reads it, to plain values and within bounds: the text may be anybody's."""

from __future__ import annotations

import re
from typing import Any

import yaml

LONGEST = 500_000
"""Characters of a file."""
LARGEST = 50_000
"""Values that all of its aliases make of it."""
TEXT_OF_ONE = 100
"""Characters of a text that count as one value."""
MOST_LEVELS = 30
MOST_MERGED = 5_000
"""Keys of one mapping, with those that ``<<`` brings in."""
UNREADABLE = (yaml.YAMLError, ValueError, TypeError)
"""What ``parse_yaml`` raises."""

# The C parser is about eight times as fast; PyYAML may have been built without it.
_BASE: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> object:
    """Plain values of a YAML text; Compose's own tags, such as ``!reset``, are passed over.

    Raises:
        yaml.YAMLError: It is no YAML, or made to exhaust the reader.
        ValueError: It has a number that is none.
    """
    _check_depth(text)
    loaded: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see below
    if _size(loaded, {}) > LARGEST:
        raise yaml.YAMLError("its aliases make too much of it")
    return loaded


def _check_depth(text: str) -> None:
    """Look at the flat stream of events first: the C parser does not survive a deep nesting."""
    if len(text) > LONGEST:
        raise yaml.YAMLError(f"it has more than {LONGEST:,} characters")
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            raise yaml.YAMLError(f"it is nested deeper than {MOST_LEVELS} levels")


def _size(value: object, known: dict[int, int]) -> int:
    """How many values there are, a long text as several, and an alias as often as it is used."""
    if isinstance(value, str):
        return 1 + len(value) // TEXT_OF_ONE
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = LARGEST  # met again in itself, it has no end
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(value)]


class _Loader(_BASE):  # type: ignore[misc] # one of two classes
    """A safe loader that reads what an unknown tag stands on."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Take in what ``<<`` names, unless it is made to grow without end."""
        super().flatten_mapping(node)
        if len(node.value) > MOST_MERGED:
            raise yaml.YAMLError(f"`<<` makes more than {MOST_MERGED:,} keys of it")


def _plain(loader: Any, _suffix: str, node: yaml.Node) -> object:  # noqa: ANN401 - PyYAML's own
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain)
# As Compose reads a plain scalar, which is YAML 1.2: `on` is a text, and `22:22` no number.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", "-+0123456789"),
    ("merge", r"<<", "<"),
):
    _name = f"tag:yaml.org,2002:{_tag}"
    _Loader.add_implicit_resolver(_name, re.compile(f"(?:{_pattern})$"), [*_first, ""][:-1])
