"""What of the person's environment and docker settings the rehearsal's commands may see.

The cloud has none of it, so that only what finds the engine and its registries is handed on.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION", "SSH_AUTH_SOCK",
    # What credential helpers ask for the passwords of registries.
    "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR", "GPG_TTY",
    "CLOUDSDK_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS",
})  # fmt: skip
_PREFIXES = ("AWS_",)


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the docker command needs to find its engine and its registries.

    None of them reaches a build or a container.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in _NAMES or name.startswith(_PREFIXES)
    }


def copy_without_proxies(environment: Mapping[str, str], folder: Path) -> bool:
    """Make docker settings without ``proxies`` where the person's have some.

    docker hands those on to every build and every container.

    Args:
        environment: The variables of the docker command.
        folder: Where to make them; does not exist yet.

    Returns:
        Whether they were made, and are to be used by way of DOCKER_CONFIG.
    """
    home = Path(environment.get("HOME", "~")).expanduser()
    theirs = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    settings = _settings(theirs / "config.json")
    if "proxies" not in settings:
        return False
    folder.mkdir(mode=0o700)
    kept = {name: value for name, value in settings.items() if name != "proxies"}
    (folder / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    for each in theirs.iterdir():
        if each.name != "config.json":
            (folder / each.name).symlink_to(each.resolve())
    return True


def _settings(path: Path) -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}
