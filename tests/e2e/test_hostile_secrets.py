"""Secrets stay where they are, and containers where they belong: looked at on a real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.apps import CONFIG, NAME, server
from tests.e2e.machine import SCRATCH, Workspace, docker
from tests.e2e.watching import holders

if TYPE_CHECKING:
    from tests.e2e.watching import Watcher

CANARY = "canary-7f3d9b"
REST = "hush"


def test_secrets_are_nowhere_but_in_the_local_containers(
    workspace: Workspace, watcher: Watcher
) -> None:
    workspace.write({".env-local": f"TOKEN={CANARY}\nQUOTED='{CANARY} {REST}'\n"})
    (workspace.path / ".env-local").chmod(0o600)
    evil = "services: {web: {privileged: true, volumes: ['/:/host']}}\n"
    told = [workspace.devkit(*words) for words in (["init"], ["up", "--verbose"], ["migrate"])]
    override = {"docker-compose.override.yml": evil, ".env": "TOKEN=none\n"}
    workspace.git("add", "devkit.yaml", "docker-compose.yml", ".dockerignore")
    for name, text in override.items():
        workspace.write({name: text})
        workspace.git("add", name)
    workspace.git("commit", "--quiet", "--message", "Hostile")
    refused = workspace.devkit("up")
    passing = workspace.devkit("verify", "--json", "--cached")
    workspace.write({"server.py": server(status=503), "devkit.yaml": CONFIG})
    workspace.git("commit", "--quiet", "--all", "--message", "Fail \x1b]0;x\x07")
    failing = workspace.devkit("verify", "--verbose", "--cached")
    for name in override:
        (workspace.path / name).unlink()
    told += [
        refused,
        passing,
        failing,
        workspace.devkit("status"),
        workspace.devkit("hook", "status"),
    ]
    talkative = "raise SystemExit(__import__('os').environ['TOKEN'])\n"
    workspace.write({"server.py": talkative})
    told.append(workspace.devkit("up", "--build"))
    assert "exited with code 1" in told[-1].err
    assert "***" in told[-1].err
    image = docker("image", "inspect", f"{NAME}-web")
    history = docker("image", "history", "--no-trunc", f"{NAME}-web")
    files = docker("run", "--rm", f"{NAME}-web", "sh", "-c", "grep -rl canar[y]-7f3d9b /app; true")
    told.append(workspace.devkit("down", "--volumes", "--yes"))

    codes = [result.code for result in told[:6]]
    assert codes == [0, 0, 0, 5, 0, 14], [(r.code, r.err) for r in told]
    assert not any(CANARY in text or REST in text for r in told for text in (r.out, r.err))
    assert "\x1b" not in failing.err
    assert CANARY not in image + history + files
    assert not watcher.told(CANARY)
    for folder in (workspace.path, SCRATCH):
        assert holders(folder, CANARY) <= {".env-local"}
    confined(watcher)


def confined(watcher: Watcher) -> None:
    """No container reaches the machine, and only those of local work have the secrets."""
    watcher.assert_confined()
    for container in watcher.containers.values():
        labels = container["Config"]["Labels"]
        is_rehearsal = "io.devkit.run" in labels
        assert not (is_rehearsal and any(m["Type"] == "bind" for m in container["Mounts"]))
        assert not (is_rehearsal and CANARY in str(container))
        assert CANARY not in str(labels)
