"""Asks before Compose gives a repository's containers more than its own folder.

What a person allowed is remembered in the person's own state folder: a repository could bring a
permission along in any other place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.compose.document import render_compose
from devkit.compose.host_access import host_access, open_ports
from devkit.engine.compose_inputs import DOTENV, OVERRIDES
from devkit.engine.harmless import harmless_note, is_noted_harmless
from devkit.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.project import Project


class HostAccess(Enum):
    """Whether containers may reach this machine."""

    ASK = "refused until a person allows it"
    ALLOW = "allowed from now on, until the files want something else"


def ask_permission(
    root: Path,
    document: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    access: HostAccess,
    key: str = "",
) -> tuple[str, ...]:
    """Refuse what would reach out of the containers, unless a person has allowed it.

    Args:
        root: The project's folder.
        document: What docker compose makes of the project's files.
        environment: The person's environment.
        access: Whether they allow it now.
        key: Of the files, to remember that they want nothing; see devkit.engine.harmless.

    Returns:
        Warnings of ports that others on the network reach.

    Raises:
        RefusedError: The files want something of the machine.
    """
    paths: list[str] = []

    def inside(path: str) -> bool:
        paths.append(path)
        return _is_inside(path, root)

    found = host_access(document, inside=inside)
    record, digest = _record(root, "allowed", environment), _digest(*found)
    if found and access is HostAccess.ASK and _text(record) != digest:
        raise RefusedError(
            f"The Compose files of {root} want more of this machine than the project's folder.",
            hint="Where you trust them: devkit up --allow-host-access (asked once for each change)",
            details=found,
        )
    if found:
        _remember(record, digest)
    ports = ", ".join(open_ports(document))
    if not ports:
        if key and not found:
            _remember(_record(root, "harmless", environment), harmless_note(key, paths))
        return ()
    return (f"Others on the network reach {ports}: put `127.0.0.1:` before the port.",)


def is_known_harmless(root: Path, key: str, *, environment: Mapping[str, str]) -> bool:
    """Whether these very files were found to want nothing of the machine before."""
    note = _text(_record(root, "harmless", environment))
    return is_noted_harmless(note, key, inside=lambda path: _is_inside(path, root))


def is_ours_alone(project: Project, compose_file: Path, *, environment: Mapping[str, str]) -> bool:
    """Whether Compose reads nothing but what devkit itself would write.

    The checksum in the file does not tell: a repository can bring one that fits.
    """
    root = project.root
    if any(os.path.lexists(root / name) for name in OVERRIDES) or _chooses_files(root / DOTENV):
        return False
    text = compose_file.read_text(encoding="utf-8", errors="replace")
    record, digest = _record(root, "own", environment), _digest(text)
    if _text(record) == digest:
        return True
    is_ours = text == render_compose(project)
    if is_ours:
        _remember(record, digest)
    return is_ours


def _chooses_files(dotenv: Path) -> bool:
    return dotenv.exists() and b"COMPOSE_" in dotenv.read_bytes()


def _is_inside(path: str, root: Path) -> bool:
    return Path(path).expanduser().resolve().is_relative_to(root.resolve())


def _record(root: Path, kind: str, environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or str(Path.home())
    state = Path(environment.get("XDG_STATE_HOME") or Path(home, ".local", "state"))
    return state / "devkit" / kind / _digest(str(root))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode(errors="surrogateescape")).hexdigest()


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii")
    return None


def _remember(record: Path, digest: str) -> None:
    with contextlib.suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        record.write_text(digest, encoding="ascii")
