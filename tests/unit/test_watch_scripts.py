"""What a command runs that names a script of package.json."""

from __future__ import annotations

import pytest

from devkit.watch.scripts import names_script, resolved

SCRIPTS = {
    "dev": "nodemon server.js",
    "start": "node server.js",
    "serve:web": "npm run -s dev",
    "both": "npm run dev & npm start",
    "loop": "npm run loop",
    "many": "npm run many && " * 60,
    "long": "x" * 2000,
    "install": "node install.js",
    "web": "cd web && npm run dev",
}


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("npm run dev", "nodemon server.js"),
        ("npm run-script dev", "nodemon server.js"),
        ("npm --silent run dev", "nodemon server.js"),
        ("npm run dev -- --inspect", "nodemon server.js -- --inspect"),
        ("sh -c 'exec npm run dev'", "sh -c 'exec nodemon server.js'"),
        ("/usr/bin/env npm start", "/usr/bin/env node server.js"),
        ("yarn run dev", "nodemon server.js"),
        ("yarn dev", "nodemon server.js"),
        ("pnpm run dev", "nodemon server.js"),
        ("pnpm dev", "nodemon server.js"),
        ("bun run dev", "nodemon server.js"),
        ("pnpm serve:web", "nodemon server.js"),
        ("npm run both", "nodemon server.js & node server.js"),
        # What is no script of this package, or is not known to be one.
        ("npm dev", "npm dev"),
        ("npm run build", "npm run build"),
        ("npm run dev:all", "npm run dev:all"),
        ("yarn install", "yarn install"),
        ("yarn workspace web dev", "yarn workspace web dev"),
        ("npm run loop", "npm run loop"),
        ("npm run long", "npm run long"),
        ("npm --prefix web run dev", "npm --prefix web run dev"),
        ("npm run dev -w web", "npm run dev -w web"),
        ("npm run dev --workspace=web", "npm run dev --workspace=web"),
        ("pnpm --filter web dev", "pnpm --filter web dev"),
        ("sh -c 'cd web && npm run dev'", "sh -c 'cd web && npm run dev'"),
        ("npm run web", "cd web && npm run dev"),
        ("node server.js", "node server.js"),
    ],
)
def test_what_is_run(command: str, runs: str) -> None:
    assert resolved(command, SCRIPTS) == runs


def test_scripts_that_name_each_other_come_to_an_end() -> None:
    assert len(resolved("npm run many", SCRIPTS)) < 1_000_000


@pytest.mark.parametrize(
    ("command", "is_one"),
    [("npm run dev", True), ("sh -c yarn dev", True), ("npm ci", False), ("node a.js", False)],
)
def test_which_commands_need_package_json(command: str, is_one: bool) -> None:
    assert names_script(command) is is_one
