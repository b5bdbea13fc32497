"""One attempt, alone or against a server of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.engine.http import HttpProber
from tests.functional.servers import LOOPBACK, serving

if TYPE_CHECKING:
    from devkit.ports import Address, Answer
    from tests.functional.servers import Behaviour, Server


async def attempt(
    address: Address, *, connect_timeout: float = 5.0, answer_timeout: float = 5.0
) -> Answer:
    return await HttpProber().attempt(
        address, connect_timeout=connect_timeout, answer_timeout=answer_timeout
    )


def probe(
    behaviour: Behaviour, *, host: str = LOOPBACK, answer_timeout: float = 5.0
) -> tuple[Answer, Server]:
    async def against_a_server() -> tuple[Answer, Server]:
        async with serving(behaviour, host=host) as server:
            return await attempt(server.address, answer_timeout=answer_timeout), server

    return asyncio.run(against_a_server())
