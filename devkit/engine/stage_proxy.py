"""The proxy of a stage: started with Compose, then told through its own socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.compose.proxy import PROXY_PORT, PROXY_SERVICE, ProxySettings, proxy_config
from devkit.deployment.gate_policy import Way
from devkit.deployment.troubles import could_not_find_out
from devkit.engine.proxy import ContainerProxy
from devkit.errors import CouldNotFindOutError
from devkit.ports import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.engine.stage import ComposeStage

PORT_HINT = "Run the command again: the proxy takes the next port that is free."


@dataclass(frozen=True, kw_only=True)
class StageProxy:
    """Keeps the promise of :class:`devkit.ports.Proxy`.

    Attributes:
        stage: Any version's: they share the Compose project, and the proxy's service in it.
        way: Whether clients ask its own address or its published port.
        targets: Where requests go already; a proxy that is made anew is told again.
    """

    stage: ComposeStage
    way: Way
    targets: tuple[Address, ...] = ()

    async def start(self) -> Address:
        """Start it where it does not run yet; see the port."""
        started = await self.stage.start_service(PROXY_SERVICE)
        if not started.ok:
            what = "The proxy could not be started"
            raise could_not_find_out(what, started, port_hint=PORT_HINT) or (
                CouldNotFindOutError(f"{what}.", details=started.tail(5))
            )
        await self._container.wait_until_ready()
        if self.targets:
            await self.persist(proxy_config(ProxySettings(targets=self.targets)))
            await self.route(self.targets)
        found = await self.stage.service_container(PROXY_SERVICE)
        if self.way is Way.PUBLISHED:
            return Address(host="127.0.0.1", port=found.published.get(PROXY_PORT, 0))
        return Address(host=found.host, port=PROXY_PORT)

    async def route(self, targets: Sequence[Address]) -> None:
        """See the port."""
        await self._container.route(targets)

    async def busy(self, targets: Sequence[Address]) -> int:
        """See the port."""
        return await self._container.busy(targets)

    async def persist(self, config: str) -> None:
        """Let the proxy begin with this configuration when it is restarted."""
        await self._container.persist(config)

    @property
    def _container(self) -> ContainerProxy:
        return ContainerProxy(
            container=f"{self.stage.name}-{PROXY_SERVICE}-1",
            environment=self.stage.command_environment,
        )
