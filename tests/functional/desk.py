"""A project whose docker a test scripts, for what ``devkit watch`` has it do."""

from __future__ import annotations

import asyncio
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cli.session import Session
from devkit.cli.watchloop import WatchLoop
from devkit.compose.words import ComposeProject
from devkit.config.load import load_project
from devkit.engine.local_stack import LocalStack
from devkit.engine.watch_actions import LocalActions
from tests.files import build_file_tree
from tests.functional.programs import environment, scripted_docker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

FILES = {
    "Dockerfile": "FROM scratch\nCOPY pages /srv\n",
    "devkit.yaml": "name: shop\nwatch: {sync: [pages/]}\n",
    "pages/a.txt": "1\n",
    "server.py": "1\n",
    "docker-compose.yml": "services: {web: {build: .}}\n",
}
SCRIPT = """\
echo "$*" >> "$LOG"
case $* in "ps "*) sleep "$(cat "$STATE/slow" 2>/dev/null || echo 0)";; esac
case $* in
*"config --format json"*) cat "$STATE/document.json";;
"ps "*" --quiet "*) test -f "$STATE/inspected.json" && cut -f7 "$STATE/containers"; true;;
"ps "*) cat "$STATE/containers" 2>/dev/null;;
*" up "*) cp "$STATE/next" "$STATE/containers" 2>/dev/null;;
"restart "*) cp "$STATE/restarted" "$STATE/containers" 2>/dev/null;;
"logs "*) cat "$STATE/logged" 2>/dev/null;;
"port "*"/tcp") port=${*##* }; cat "$STATE/port-${port%/tcp}" 2>/dev/null;;
"cp "*) cat > "$STATE/copied.tar";;
"exec "*" cat "*) cat "$STATE/listeners";;
"exec "*) cat "$STATE/no-exec" 2>/dev/null && exit 1;;
"container inspect "*) cat "$STATE/inspected.json";;
esac
while test -f "$STATE/hangs"; do
    case $* in *"$(cat "$STATE/hangs" 2>/dev/null)"*) sleep 0.05;; *) break;; esac
done
"""
RUNS = "Up 2 seconds"
PATIENCE = 10.0
QUIET = 1.0
"""Seconds within which a change has long been acted upon."""


class Desk:
    """A project whose docker writes down what it is told."""

    def __init__(self, folder: Path) -> None:
        self.root = build_file_tree(folder / "shop", FILES)
        self.warnings: list[str] = []
        self.json = False
        self._state = folder / "state"
        self._state.mkdir()
        self._log = self._state / "log"
        self.environment = environment(
            PATH=scripted_docker(folder / "bin", SCRIPT),
            LOG=str(self._log), STATE=str(self._state),
        )  # fmt: skip
        self.declare()

    def declare(self, *others: str, **more: object) -> None:
        """Have Compose tell of more about web, and of other services of its image."""
        mount = {"type": "bind", "source": str(self.root), "target": "/app"}
        web = {"build": {"context": str(self.root)}, "volumes": [mount], **more}
        services = {each: {"build": {"context": str(self.root)}} for each in others}
        document = {"name": "shop", "services": {"web": web, **services}}
        (self._state / "document.json").write_text(json.dumps(document))

    def save(self, path: str, text: str) -> None:
        """Save a file of the project."""
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_text(text)

    def runs(self, *identities: str) -> None:
        """Have containers of web with these IDs."""
        self._list("containers", identities)

    def will_run(self, *identities: str) -> None:
        """Have the next `up` lead to containers of web with these IDs."""
        self._list("next", identities)

    def _list(self, name: str, identities: tuple[str, ...]) -> None:
        self.lists(*(("web", each, RUNS) for each in identities), when=name)

    def lists(self, *containers: tuple[str, str, str], when: str = "containers") -> None:
        """Have containers, each of a service, with an ID and a status.

        Args:
            containers: In the order in which docker tells of them.
            when: ``containers`` for now, ``next`` for after an `up`, ``restarted`` for after a
                restart.
        """
        line = "shop-{service}-1\tshop\t{root}\t{service}\t\t{status}\t{id}\tFalse\timage\n"
        (self._state / when).write_text("".join(
            line.format(root=self.root, service=service, id=identity, status=status)
            for service, identity, status in containers
        ))  # fmt: skip

    def logs(self, *lines: str) -> None:
        """Have every container's log hold these lines."""
        self.state("logged", "".join(f"{each}\n" for each in lines))

    def state(self, name: str, text: str) -> None:
        """Leave something for docker to answer with."""
        (self._state / name).write_text(text)

    def keeps(self, name: str, inside: str) -> None:
        """Have the container of web with a volume."""
        labels = {"com.docker.compose.service": "web"}
        mounts = [{"Name": name, "Destination": inside}]
        inspected = [{"Config": {"Labels": labels}, "Mounts": mounts}]
        (self._state / "inspected.json").write_text(json.dumps(inspected))

    def refuses_exec(self, message: str) -> None:
        """Have docker fail to run anything in a container."""
        (self._state / "no-exec").write_text(message)

    @property
    def told(self) -> list[str]:
        """What docker was told, without the questions."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [each for each in lines if " config " not in each and not each.startswith("ps ")]

    @property
    def copied(self) -> dict[str, bytes]:
        """The files that were copied into the container last."""
        with tarfile.open(self._state / "copied.tar") as tar:
            return {each.name: file.read() for each in tar if (file := tar.extractfile(each))}

    def actions(
        self, *, keep: tuple[str, ...] = (), services: tuple[str, ...] = ("web",)
    ) -> LocalActions:
        project = load_project(self.root)
        stack = LocalStack(
            project=replace(project, web=replace(project.web, keep=keep)),
            compose=ComposeProject(renew=bool(keep)), name="shop", publish=None, target=80,
        )  # fmt: skip
        return LocalActions(
            stack,
            document=json.loads((self._state / "document.json").read_text()),
            services=services,
            environment=self.environment,
            on_line=lambda _: None,
            warn=self.warnings.append,
        )

    def is_slow(self, seconds: float) -> None:
        """Have docker take its time to tell of containers."""
        (self._state / "slow").write_text(str(seconds))

    def hangs(self, words: str) -> None:
        """Have docker be busy with a command that has these words until it is told otherwise."""
        (self._state / "hangs").write_text(words)

    def goes_on(self) -> None:
        (self._state / "hangs").unlink()

    def loop(self, *, migrate: bool = False, publish: int | None = None) -> WatchLoop:
        session = Session(root=self.root, environment=self.environment, json=self.json)
        project = load_project(self.root)
        stack = LocalStack(
            project=project, compose=ComposeProject(), name="shop", publish=publish, target=80
        )
        made = WatchLoop(session, stack, migrate=migrate)
        made.remember()
        return made

    def follow(
        self,
        scenario: Callable[[], Awaitable[None]],
        *,
        failed: bool = False,
        migrate: bool = False,
        publish: int | None = None,
    ) -> None:
        """Watch while a scenario is played."""
        asyncio.run(self._follow(scenario, self.loop(migrate=migrate, publish=publish), failed))

    async def _follow(
        self, scenario: Callable[[], Awaitable[None]], loop: WatchLoop, failed: bool
    ) -> None:
        running = asyncio.ensure_future(loop.run(failed=failed))
        try:
            await scenario()
        finally:
            running.cancel()
            await asyncio.wait([running])
        assert running.cancelled()

    async def has_told(self, words: str, *, times: int = 1) -> None:
        """Wait until docker was told something with these words."""
        for _ in range(int(PATIENCE / 0.02)):
            if len([each for each in self.told if words in each]) >= times:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{words} x {times} in {self.told}")
