"""Where the files of the build context lie in the image, as COPY tells."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Copies = tuple[tuple[str, str], ...]
"""Path or pattern in the context, ``.`` for its root, and its place in the image.

A place that ends with a slash is a folder; another one is what the source is.
"""


def copied(sources: Sequence[str], place: str) -> Copies:
    """What ``COPY SOURCES PLACE`` adds."""
    return tuple((posixpath.normpath(source.lstrip("/") or "."), place) for source in sources)


def carried(copies: Copies, sources: Sequence[str], place: str) -> Copies:
    """What ``COPY --from=STAGE SOURCES PLACE`` brings of what the stage has.

    Args:
        copies: The stage's.
        sources: Absolute paths in it.
        place: Where they go.
    """
    found: list[tuple[str, str]] = []
    for source in sources:
        for origin, there in copies:
            end = "/" if there.endswith("/") else ""
            there_itself = there.rstrip("/") or "/"
            above, below = _below(source, there_itself), _below(there_itself, source)
            if above is not None:
                found.append((origin, posixpath.join(place, above).rstrip("/") + end))
            elif below is not None:
                found.append((posixpath.normpath(posixpath.join(origin, below)), place))
    return tuple(found)


def place_of(copies: Copies, path: str) -> str | None:
    """Where a file of the context lies in the image; None where no COPY takes it there.

    Args:
        copies: The image's.
        path: The file, from the context's root.
    """
    places = (_place(source, place, path) for source, place in reversed(copies))
    return next((place for place in places if place is not None), None)


def _place(source: str, place: str, path: str) -> str | None:
    below = path if source == "." else _below(source, path)
    if below:
        return posixpath.join(place, below)
    is_it = below == "" or ("/" not in source and "/" not in path and fnmatchcase(path, source))
    if not is_it:
        return None
    return posixpath.join(place, posixpath.basename(path)) if place.endswith("/") else place


def _below(folder: str, path: str) -> str | None:
    """The rest of a path below a folder, empty for the folder itself; None for another place."""
    if path == folder:
        return ""
    prefix = f"{folder.rstrip('/')}/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None
