"""YAML text to plain values, with the line of each and one clear sentence for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 20
MAX_VALUES = 10_000
LONGEST_NUMBER = 100
"""Characters of a number or a date; YAML 1.1 has some that take hours to read."""
_PARSERS_OWN_LIMIT = "maximum nesting depth"
"""What newer parsers say, which look ahead of the events that they tell."""

KeyPath = tuple[str | int, ...]

# The C parser is about eight times as fast; PyYAML may have been built without it.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
_MAPPING = "tag:yaml.org,2002:map"
_SEQUENCE = "tag:yaml.org,2002:seq"
_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A YAML document.

    Attributes:
        value: Plain dicts, lists and scalars; None for an empty text.
        lines: The line of each key and item, counted from 1.
        sources: How each scalar is written in the file, without quotes.
    """

    value: object
    lines: Mapping[KeyPath, int]
    sources: Mapping[KeyPath, str]

    def line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest one above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse_document(text: str, *, file: str) -> Document:
    """Read one YAML document.

    Args:
        text: The text.
        file: The name to use in messages.

    Raises:
        ConfigurationError: It is no YAML, has a key twice, or is made to exhaust the reader.
    """
    try:
        _check_depth(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, file) from None
    reader = _Reader(file)
    value = None if node is None else reader.read(node, ())
    return Document(value=value, lines=reader.lines, sources=reader.sources)


def _check_depth(text: str, file: str) -> None:
    """Look at the flat stream of events first: composing a deep nesting would recurse."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep(event.start_mark.line if event.start_mark else 0, file)


def _too_deep(line: int, file: str) -> ConfigurationError:
    return ConfigurationError(f"{file}:{line + 1}: it is nested deeper than {MAX_DEPTH} levels.")


class _Reader:
    """Turns nodes into values, counting them: an alias counts as often as it is used."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[KeyPath, int] = {}
        self.sources: dict[KeyPath, str] = {}
        self._left = MAX_VALUES
        self._merges = 0
        self._scalars = yaml.SafeLoader("")

    def read(self, node: yaml.Node, path: KeyPath) -> object:
        self._left -= 1
        if self._left < 0 or len(path) > MAX_DEPTH:
            self._refuse(node, f"anchors and aliases make more than {MAX_VALUES:,} values of it")
        if isinstance(node, yaml.MappingNode) and node.tag == _MAPPING:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQUENCE:
            return self._sequence(node, path)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return self._refuse(node, f"devkit does not know the YAML tag `{node.tag}`")

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged |= self._merged(value_node, path)
                continue
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in first_lines:
                lines = f"lines {first_lines[key]} and {line}"
                self._refuse(key_node, f"the key `{key}` is there twice, on {lines}")
            first_lines[key] = self.lines[*path, key] = line
            own[key] = self.read(value_node, (*path, key))
        return merged | own

    def _merged(self, node: yaml.Node, path: KeyPath) -> dict[str, object]:
        """The keys that ``<<`` brings in; of several mappings the first one wins."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, object] = {}
        self._merges += 1
        if self._merges > MAX_DEPTH:
            self._refuse(node, f"`<<` is there more than {MAX_DEPTH} times, or takes in itself")
        for one in reversed(nodes):
            value = self.read(one, path)
            if not isinstance(value, dict):
                self._refuse(one, "`<<` takes in mappings only")
            merged |= value
        return merged

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> list[object]:
        for number, item in enumerate(node.value):
            self.lines[*path, number] = item.start_mark.line + 1
        return [self.read(item, (*path, number)) for number, item in enumerate(node.value)]

    def _key(self, node: yaml.Node) -> str:
        """A key as it is written: to YAML 1.1 a bare ``ON`` would be a boolean."""
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, "a key has to be plain text")
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        self.sources[path] = node.value
        if "\0" in node.value:
            self._refuse(node, "a NUL character cannot stand in any value")
        if len(node.value) > LONGEST_NUMBER and node.tag != _TEXT:
            kind = node.tag.rpartition(":")[2]
            self._refuse(node, f"a {kind} of {len(node.value):,} characters is none; quote it")
        try:
            return self._scalars.construct_object(node)
        except yaml.constructor.ConstructorError:
            return self._refuse(node, f"devkit does not know the YAML tag `{node.tag}`")
        except ValueError:
            kind = node.tag.rpartition(":")[2]
            return self._refuse(node, f"`{node.value}` looks like a {kind} and is none; quote it")

    def _refuse(self, node: yaml.Node, problem: str) -> NoReturn:
        raise ConfigurationError(f"{self.file}:{node.start_mark.line + 1}: {problem}.")


def _not_yaml(error: yaml.YAMLError, text: str, file: str) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that YAML does not allow at all
        return ConfigurationError(f"{file}: this is not YAML: {' '.join(str(error).split())}.")
    line = next(iter(text.splitlines()[mark.line :]), "")
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    problem = ", ".join(part for part in parts if part)
    if _PARSERS_OWN_LIMIT in problem:
        return _too_deep(mark.line, file)
    return ConfigurationError(
        f"{file}:{mark.line + 1}:{mark.column + 1}: this is not YAML: {problem}.",
        hint=_syntax_hint(line, problem),
    )


def _syntax_hint(line: str, problem: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "The line is indented with a tab; YAML wants spaces."
    if "mapping values" in problem or "cannot start any token" in problem:
        return 'Put quotes round a value with `: ` in it or a special character in front: "...".'
    return ""
