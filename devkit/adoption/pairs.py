"""What a compose file writes as a mapping or as a list of pairs: variables, labels, hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def pairs_of(written: object, separators: str = "=") -> dict[str, Any]:
    """The pairs by name, from either form; None for one without a value.

    Args:
        written: What stands in the file.
        separators: The characters of which the first one parts an entry of a list.
    """
    if isinstance(written, dict):
        return {str(name): value for name, value in written.items()}
    if not isinstance(written, list):
        return {}
    return dict(_parted(str(each), separators) for each in written)


def _parted(entry: str, separators: str) -> tuple[str, str | None]:
    ends = (at for at, character in enumerate(entry) if character in separators)
    end = next(ends, None)
    return (entry, None) if end is None else (entry[:end], entry[end + 1 :])


def environment_of(service: Mapping[str, Any]) -> dict[str, str | None]:
    """The variables that a service is given, from either form; None for one of the host's own."""
    given = pairs_of(service.get("environment"))
    return {name: None if value is None else str(value) for name, value in given.items()}
