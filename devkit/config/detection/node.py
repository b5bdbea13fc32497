"""Node: Express, Next.js, NestJS and others, with the tools that migrate their databases."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from devkit.config.detection.dependencies import read_json
from devkit.config.detection.entry import can_reload
from devkit.config.detection.findings import Framework, Guess
from devkit.config.detection.image import is_in_place
from devkit.config.detection.ports import port_of

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_NAMES = {
    "next": "Next.js",
    "nuxt": "Nuxt",
    "@nestjs/core": "NestJS",
    "@remix-run/node": "Remix",
    "@sveltejs/kit": "SvelteKit",
    "express": "Express",
    "fastify": "Fastify",
    "koa": "Koa",
    "@hapi/hapi": "hapi",
    "hono": "Hono",
}
_SCRIPTS = ("migrate", "db:migrate", "migrate:deploy", "migration:run", "migrate:prod")
_DEVELOPING = re.compile(r"\bdev\b|--watch|\breset\b|\brollback\b|\bmake\b|\bgenerate\b|\bcreate\b")
# package, a file that is there where it is used, a file of its migrations, its command
_TOOLS = (
    ("prisma", ("prisma/schema.prisma",), "prisma/migrations/", "npx prisma migrate deploy"),
    ("knex", ("knexfile.js", "knexfile.ts"), "migrations/", "npx knex migrate:latest"),
    ("sequelize-cli", (".sequelizerc",), "migrations/", "npx sequelize-cli db:migrate"),
)
_NEXT_PORT = 3000
_RELOADING = re.compile(r"node\s+(?:\S+\s+)*--watch\b|nodemon\b|tsx\s+watch\b|next\s+dev\b")


def find_node(sources: Sources) -> Framework | None:
    """A Node project that is started: it names a framework or has a start script."""
    package = read_json(sources.files.get("package.json", ""))
    named = next((n for n in _NAMES if n in sources.dependencies.node), None)
    if named is None and "start" not in scripts(package):
        return None
    return Framework(
        name=_NAMES[named] if named else "Node",
        evidence=f"package.json names {named}" if named else "package.json has a start script",
        release=_release(sources),
        local=_local(sources),
    )


def scripts(package: dict[str, object]) -> dict[str, str]:
    """The scripts of package.json."""
    found = package.get("scripts")
    entries = found.items() if isinstance(found, dict) else ()
    return {str(name): text for name, text in entries if isinstance(text, str)}


def _release(sources: Sources) -> Guess | None:
    """A script of the project's own where it has one, or the tool's command."""
    known = scripts(read_json(sources.files.get("package.json", "")))
    tool = _tool(sources)
    for name in _SCRIPTS:
        text = known.get(name, "")
        if text and not _DEVELOPING.search(text.replace("migrate:make", "make")):
            runner = package_manager(sources)
            certain = tool is not None and tool.certain
            if tool is None or (not tool.certain and tool.command.split()[1] in text):
                reason = f"package.json has a script `{name}`: see that it may run unattended"
            else:
                reason = f"package.json has a script `{name}`, and {tool.reason}"
            return Guess(command=f"{runner} run {name}", reason=reason, certain=certain)
    return tool


def _tool(sources: Sources) -> Guess | None:
    packages = sources.dependencies
    for name, settings, folder, command in _TOOLS:
        place, migrations = sources.first(*settings), sources.below(folder)
        known = packages.node.get(name) or packages.node_development.get(name)
        if known is None or place is None:
            continue
        if migrations is None:
            reason = f"{name} is there, but no migrations in {folder}"
        elif name not in packages.node and not installs_development(sources):
            reason = f"{name} is among the devDependencies, which the image leaves out"
        elif not is_in_place(sources.dockerfile, place):
            reason = f"no COPY is seen to take {place} into the working directory"
        else:
            return Guess(command=command, reason=f"there are {place} and {folder}")
        return Guess(command=command, reason=reason, certain=False)
    return _typeorm(sources)


def _typeorm(sources: Sources) -> Guess | None:
    """Where its DataSource lies no file tells for sure, and what is compiled lies elsewhere."""
    if "typeorm" not in sources.dependencies.node:
        return None
    return Guess(
        command="npx typeorm migration:run -d dist/data-source.js",
        reason="package.json names typeorm: say where the compiled DataSource lies",
        certain=False,
    )


def installs_development(sources: Sources) -> bool:
    """Whether the image has the devDependencies, as far as its text tells."""
    text = sources.dockerfile_text
    left_out = re.search(
        r"--omit[= ]dev|--only[= ]prod|--production|--prod\b|\bNODE_ENV[= ]prod", text
    )
    return left_out is None and bool(re.search(r"\b(?:npm|yarn|pnpm)\s+(?:ci|i|install)\b", text))


def package_manager(sources: Sources) -> str:
    """The program that the lock file speaks of: npm, yarn or pnpm."""
    if "package-lock.json" in sources.files:
        return "npm"
    if "yarn.lock" in sources.files:
        return "yarn"
    return "pnpm" if "pnpm-lock.yaml" in sources.files else "npm"


def _local(sources: Sources) -> Guess | None:
    """The script ``dev``, where it reloads, its program is in the image, and the port is right."""
    text = scripts(read_json(sources.files.get("package.json", ""))).get("dev", "")
    if not _RELOADING.match(text) or not can_reload(sources):
        return None
    if not is_in_place(sources.dockerfile, "package.json"):
        return None
    program = shlex.split(text)[0] if text.count('"') % 2 == 0 and "'" not in text else ""
    is_there = program in {"node", *sources.dependencies.node} or installs_development(sources)
    port = sources.dockerfile.environment.get("PORT") or str(_NEXT_PORT)
    if not is_there or (program == "next" and port != str(port_of(sources))):
        return None
    return Guess(
        command=f"{package_manager(sources)} run dev", reason="it reloads the code that it serves"
    )
