"""The shared proxy for ``http://NAME.localhost``, and the projects that it knows.

It joins each project's own network, so that no project meets another one's containers, and asks for
nothing of the engine. What it knows is in the person's state folder, beside the lock that whoever
changes it holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.compose.hosts import CONFIG_FOLDER, HEADER, Route, hosts_files
from devkit.compose.local import is_host
from devkit.compose.own_override import HTTP_PORT
from devkit.compose.proxy import PROXY_IMAGE, PROXY_PORT
from devkit.engine.commands import ask
from devkit.engine.messages import engine_error
from devkit.engine.ownership import USER_LABEL, Life, life_of, parse_owner, this_process
from devkit.engine.port_holders import may_be_published
from devkit.engine.witnesses import state_folder
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devkit.ports import Completed

HOSTS_LABEL = "io.devkit.hosts"
"""On the proxy and its network; the value is the person's, as ``Hosts.key``."""
PORTS: tuple[int, ...] = (HTTP_PORT, *range(8080, 8100))
PATIENCE = 120.0
"""Seconds to wait for another devkit, which may be fetching the image."""
LIMIT = 60.0
"""Seconds for one docker command."""
PULL_LIMIT = 600.0
ANSWER_LIMIT = 5.0
"""Seconds for the proxy to take up a change."""
LOOK_EVERY = 0.05

_REGISTRY = "registry.json"
_NETWORKS = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{"\\n"}}{{end}}'
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", re.ASCII)
_REFUSED_PORT = re.compile(
    r"already allocated|already in use|permission denied|privileged port|not available"
)


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """One person's proxy; every method blocks.

    Attributes:
        environment: The person's environment.
    """

    environment: Mapping[str, str]

    @property
    def key(self) -> str:
        """What tells this person's proxy from another one's on the same engine."""
        mine = f"{os.geteuid()}:{self._folder}"
        return hashlib.sha256(mine.encode(errors="surrogateescape")).hexdigest()[:6]

    @property
    def container(self) -> str:
        """The proxy's name."""
        return f"devkit-hosts-{self.key}"

    @property
    def network(self) -> str:
        """The proxy's own network, through which it is published.

        Of a container's networks the engine publishes the first by name: were that a project's,
        connections to the others would break whenever this one comes or goes.
        """
        return f"0-{self.container}"

    def serve(self, wanted: Route) -> int:
        """Start the proxy where it does not run, for a project that is about to come up.

        Returns:
            Its port on 127.0.0.1.

        Raises:
            RefusedError: Another project has that host.
            CouldNotFindOutError: It cannot be started.
        """
        with self._locked():
            port, routes = self._load()
            _refuse_taken(routes, wanted.host, wanted.folder)
            wanted = replace(wanted, owner=str(this_process()))
            routes = (*(each for each in routes if each.folder != wanted.folder), wanted)
            self._store(port, routes)
            port = self._started(port, routes)
            self._store(port, routes)
            return port

    def refuse_taken(self, host: str, folder: Path) -> None:
        """Make sure that a host is no other project's.

        Raises:
            RefusedError: It is.
        """
        _refuse_taken(self._load()[1], host, str(folder))

    def route(self, folder: Path, *, container: str) -> bool:
        """Send requests to a project that is up now.

        Returns:
            Whether it is done; not where ``serve`` did not come before.

        Args:
            folder: The project's.
            container: The name of its web container.

        Raises:
            CouldNotFindOutError: The proxy does not take it up.
        """
        with self._locked():
            port, routes = self._load()
            route = next((each for each in routes if each.folder == str(folder)), None)
            if route is None:
                return False
            self._join(container)
            named = replace(route, container=container)
            routes = tuple(named if each is route else each for each in routes)
            self._store(port, routes)
            self._configure(port, routes)
            self._docker("kill", "--signal", "USR2", self.container)
        self._wait_for(route, port)
        return True

    def leave(self, folder: Path) -> None:
        """Take a project away; with the last one the proxy goes.

        Raises:
            CouldNotFindOutError: The engine does not do it.
        """
        if not (self._folder / _REGISTRY).exists():
            return
        with self._locked():
            port, routes = self._load()
            gone = [each for each in routes if each.folder == str(folder)]
            if gone:
                self._store(port, tuple(each for each in routes if each not in gone))
                for network in self._networks_of(gone[0]):
                    self._docker("network", "disconnect", network, self.container)
                self._tidy(reload=True)

    def tidy(self) -> tuple[str, ...]:
        """Forget projects that are gone, and remove the proxy where none is left.

        Returns:
            The projects that are left.

        Raises:
            CouldNotFindOutError: The engine does not do it.
        """
        with self._locked():
            return self._tidy()

    def projects(self) -> tuple[str, ...]:
        """The projects that are behind it."""
        return tuple(each.project for each in self._living(self._load()[1]))

    def _tidy(self, *, reload: bool = False) -> tuple[str, ...]:
        port, known = self._load()
        routes = self._living(known)
        if routes != known:
            self._store(port, routes)
        if not routes:
            self._remove()
        elif reload or routes != known:
            self._configure(port, routes)
            self._docker("kill", "--signal", "USR2", self.container)
        return tuple(each.project for each in routes)

    def _living(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Those whose container is there, running or not, or whose devkit is at work."""
        if not routes:
            return ()
        listed = self._docker("ps", "--all", "--format", "{{.Names}}")
        if not listed.ok:
            raise engine_error(listed.output)
        there = set(listed.output.split())
        me = str(this_process())
        return tuple(
            each
            for each in routes
            if each.container in there or (each.owner != me and _is_at_work(each.owner))
        )

    def _started(self, port: int, routes: Sequence[Route]) -> int:
        """Make sure that the proxy runs; its port."""
        form = "{{.State.Running}} {{json .HostConfig.PortBindings}}"
        found = self._docker("inspect", "--format", form, self.container)
        if found.ok:
            running, _, bindings = found.output.partition(" ")
            published = int(str(json.loads(bindings)[f"{PROXY_PORT}/tcp"][0]["HostPort"]))
            if running == "true" or self._docker("start", self.container).ok:
                return published
            self._docker("rm", "--force", self.container)
        elif "o such" not in found.output:
            raise engine_error(found.output)
        return self._made(port, routes)

    def _made(self, port: int, routes: Sequence[Route]) -> int:
        """Make the proxy, at the port that it had, or the first that is free."""
        label = f"{HOSTS_LABEL}={self.key}"
        self._docker("network", "create", "--label", label, self.network)
        candidates: tuple[int, ...] = (port, *PORTS) if port else PORTS
        for each in candidates:
            if not may_be_published(each):
                continue
            refused = self._start_at(each, routes)
            if refused is None:
                return each
            self._docker("rm", "--force", self.container)
            if not _REFUSED_PORT.search(refused.output):
                raise engine_error(refused.output)
        raise CouldNotFindOutError(
            f"No port of {PORTS[0]} and {PORTS[1]} to {PORTS[-1]} is free for the proxy of"
            " http://NAME.localhost."
        )

    def _start_at(self, port: int, routes: Sequence[Route]) -> Completed | None:
        """Make and start the proxy; what the engine says where it does not."""
        made = self._docker(
            "create", "--name", self.container, "--network", self.network,
            "--label", f"{HOSTS_LABEL}={self.key}", "--label", f"{USER_LABEL}={os.geteuid()}",
            "--restart", "unless-stopped", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges:true",
            "--publish", f"127.0.0.1:{port}:{PROXY_PORT}", PROXY_IMAGE,
            limit=PULL_LIMIT,
        )  # fmt: skip
        if not made.ok:
            return made
        self._configure(port, routes)
        started = self._docker("start", self.container)
        return None if started.ok else started

    def _configure(self, port: int, routes: Sequence[Route]) -> None:
        import tempfile  # noqa: PLC0415 - as above

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)  # HAProxy reads it as a user of its own
            for file, text in hosts_files(routes, port=port).items():
                (folder / file).write_text(text, encoding="utf-8", newline="")
                (folder / file).chmod(0o644)
            done = self._docker("cp", f"{folder}/.", f"{self.container}:{CONFIG_FOLDER}")
        if not done.ok:
            raise engine_error(done.output)

    def _join(self, container: str) -> None:
        """Enter the first network of a container."""
        networks = self._docker("inspect", "--format", _NETWORKS, container)
        if not networks.ok:
            raise engine_error(networks.output)
        name = next(iter(networks.output.split()), "none")
        joined = self._docker("network", "connect", name, self.container)
        if not joined.ok and "already exists" not in joined.output:
            raise engine_error(joined.output)

    def _remove(self) -> None:
        for words in (("rm", "--force", self.container), ("network", "rm", self.network)):
            done = self._docker(*words)
            if not done.ok and "o such" not in done.output and "not found" not in done.output:
                raise engine_error(done.output)

    def _networks_of(self, route: Route) -> list[str]:
        found = self._docker("inspect", "--format", _NETWORKS, self.container)
        theirs = self._docker("inspect", "--format", _NETWORKS, route.container)
        shared = set(found.output.split()) if found.ok else set()
        default = {f"{route.project}_default"}
        return sorted(shared & (set(theirs.output.split()) if theirs.ok else default))

    def _wait_for(self, route: Route, port: int) -> None:
        """Wait until the proxy knows the host; what the application answers is its own matter."""
        deadline, pause = time.monotonic() + ANSWER_LIMIT, threading.Event()
        while time.monotonic() < deadline:
            if _known_by(port, f"{route.host}.localhost"):
                return
            pause.wait(LOOK_EVERY)
        logs = self._docker("logs", "--tail", "5", self.container)
        raise CouldNotFindOutError(
            f"The proxy {self.container} does not know {route.host}.localhost.",
            hint=f"`docker rm --force {self.container}`, then devkit up once more.",
            details=tuple(logs.output.splitlines()),
        )

    @property
    def _folder(self) -> Path:
        return state_folder(self.environment).with_name("hosts")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        import filelock  # noqa: PLC0415 - 20 ms

        path = self._folder / ".lock"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = filelock.FileLock(path, timeout=PATIENCE, fallback_to_soft=False)
            lock.acquire()
        except (OSError, NotImplementedError) as failed:  # a time-out is an OSError, too
            raise CouldNotFindOutError(f"{path} could not be locked: {failed}.") from None
        try:
            yield
        finally:
            lock.release()

    def _load(self) -> tuple[int, tuple[Route, ...]]:
        try:
            told = json.loads((self._folder / _REGISTRY).read_text(encoding="utf-8"))
            routes = tuple(Route(**{**each, "port": int(each["port"])}) for each in told["routes"])
            return int(told["port"]), tuple(filter(_is_sound, routes))
        except (OSError, ValueError, LookupError, TypeError):
            return 0, ()

    def _store(self, port: int, routes: Sequence[Route]) -> None:
        path = self._folder / _REGISTRY
        temporary = path.with_suffix(f".{os.getpid()}")
        text = json.dumps({"port": port, "routes": [asdict(each) for each in routes]})
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(path)
        except OSError as failed:
            raise CouldNotFindOutError(f"{path} could not be written: {failed}.") from None

    def _docker(self, *words: str, limit: float = LIMIT) -> Completed:
        return ask(["docker", *words], cwd=Path("/"), env=self.environment, timeout=limit)


def _is_sound(route: Route) -> bool:
    return is_host(route.host) and _CONTAINER.fullmatch(route.container) is not None


def _refuse_taken(routes: Sequence[Route], host: str, folder: str) -> None:
    others = [each for each in routes if each.host == host and each.folder != folder]
    clash = next((each for each in others if Path(each.folder).is_dir()), None)
    if clash is not None:
        raise RefusedError(
            f"{host}.localhost is the address of {clash.folder}.",
            hint="Choose another one: devkit up --host=NAME",
        )


def _is_at_work(owner: str) -> bool:
    found = parse_owner(owner)
    return found is not None and life_of(found) is Life.LIVING


def _known_by(port: int, host: str) -> bool:
    import http.client  # noqa: PLC0415 - 15 ms

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_LIMIT)
    try:
        connection.request("HEAD", "/", headers={"Host": host})
        return connection.getresponse().getheader(HEADER) != "unknown"
    except TimeoutError:  # the application takes its time
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
