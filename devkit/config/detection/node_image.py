"""A first Dockerfile for a Node project."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from devkit.config.detection.dependencies import read_json
from devkit.config.detection.node import package_manager, scripts
from devkit.config.detection.versions import node_version

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

PORT = 3000
TEMPLATE = "node.Dockerfile.j2"
_LISTENS = re.compile(r"\.listen\(\s*(\d{2,5})\b")
_PLAIN_START = re.compile(r"node (?:[\w./-]+ ?)+")
_LOCKS = {"npm": "package-lock.json", "yarn": "yarn.lock", "pnpm": "pnpm-lock.yaml"}
_INSTALL = {
    "npm": "npm ci",
    "yarn": "corepack enable && yarn install --frozen-lockfile",
    "pnpm": "corepack enable && pnpm install --frozen-lockfile",
}
_PRODUCTION = {"npm": " --omit=dev", "yarn": " --production", "pnpm": " --prod"}
_PRUNE = {
    "npm": "npm prune --omit=dev",
    "yarn": "yarn install --frozen-lockfile --production",
    "pnpm": "pnpm prune --prod",
}


def node_values(sources: Sources) -> dict[str, object]:
    """What the template is filled in with."""
    manager, known = package_manager(sources), _scripts(sources)
    lock = _LOCKS[manager] if _LOCKS[manager] in sources.files else ""
    install = _INSTALL[manager] if lock else "npm install"
    is_built = "build" in known
    packages = sources.dependencies
    return {
        "version": node_version(sources.files)[0],
        "files": ["package.json", *([lock] if lock else [])],
        "install": install if is_built else install + _PRODUCTION[manager],
        "build": f"{manager} run build" if is_built else "",
        "prune": _PRUNE[manager],
        "prisma": "prisma/schema.prisma" in sources.files
        and ("@prisma/client" in packages.node or "prisma" in packages.node),
        "port": _port(sources),
        "command": json.dumps(_start(sources)),
    }


def node_checks(sources: Sources) -> tuple[str, ...]:
    """What a person has to look at in it."""
    version, file = node_version(sources.files)
    asked = f"as {file} asks for" if file else "no file of the project says which"
    port, start = _port(sources), " ".join(_start(sources))
    checks = [
        f"Node {version}: {asked}.",
        f"CMD `{start}`: it has to listen on 0.0.0.0:{port}, which EXPOSE names and PORT says.",
    ]
    if "start" not in _scripts(sources):
        checks.append("package.json has no script `start`: see that CMD names the right file.")
    if not any(lock in sources.files for lock in _LOCKS.values()):
        checks.append("No lock file: commit one, and write `npm ci` for `npm install`.")
    checks.append("It runs as the user node, who may write into /tmp, and not into /data yet.")
    return tuple(checks)


def _scripts(sources: Sources) -> dict[str, str]:
    return scripts(read_json(sources.files.get("package.json", "")))


def _start(sources: Sources) -> list[str]:
    """The words of the script ``start`` where they are node's: npm would keep signals to itself."""
    start = _scripts(sources).get("start", "")
    if start:
        return start.split() if _PLAIN_START.fullmatch(start) else ["npm", "start"]
    main = read_json(sources.files.get("package.json", "")).get("main")
    named = main if isinstance(main, str) and re.fullmatch(r"[\w./-]+", main) else None
    return ["node", named or sources.first("server.js", "index.js") or "index.js"]


def _port(sources: Sources) -> int:
    for path in ("server.js", "index.js", "app.js", "src/index.js", "src/server.js"):
        text = sources.files.get(path, "")
        match = _LISTENS.search(text)
        if match and "process.env.PORT" not in text:
            return int(match[1])
    return PORT
