"""The conformance table in this process: real sockets, the real prober, time that jumps."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate import pass_gate
from devkit.deployment.gate_policy import GatePolicy, Way
from devkit.deployment.gate_verdict import Target
from devkit.engine.http import HttpProber
from tests.conformance.behaviours import STANDS
from tests.conformance.document import gate_document
from tests.conformance.judging import check
from tests.conformance.jumping import JumpingClock, run_jumping
from tests.conformance.table import TABLE, Case, Place, cases_in
from tests.functional.servers import LOOPBACK, forwarding, refusing, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from devkit.deployment.gate_verdict import ContainerVerdict
    from devkit.ports import Address
    from tests.docs import KeepDocument

    Verdicts = dict[tuple[str, Way], ContainerVerdict]

CASES = cases_in(Place.PROCESS)


class OwnSockets:
    """A witness of this process: the kernel keeps a listener's address, and no other's, from us."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def listens(self, container: str) -> bool:
        del container
        with contextlib.suppress(OSError), refusing(self._address.host, self._address.port):
            return False
        return True


@contextlib.asynccontextmanager
async def asked_at(address: Address, way: Way) -> AsyncIterator[Address]:
    """The server's own address, or that of a proxy before it."""
    if way is Way.DIRECT:
        yield address
        return
    with refusing() as free:
        async with serving(forwarding(address), port=free.port) as proxy:
            yield proxy.address


async def judge(case: Case, way: Way, address: Address) -> ContainerVerdict:
    stand = asyncio.ensure_future(STANDS[case.key](address.host, address.port))
    try:
        await asyncio.sleep(0)
        async with asked_at(address, way) as asked:
            verdict = await pass_gate(
                [Target(container=case.key, address=asked)],
                prober=HttpProber(),
                clock=JumpingClock(),
                policy=GatePolicy(way=way),
                witness=OwnSockets(address),
            )
        return verdict.containers[0]
    finally:
        stand.cancel()
        await asyncio.gather(stand, return_exceptions=True)


async def judge_all() -> Verdicts:
    rows = [(case, way) for case in CASES for way in Way]
    with contextlib.ExitStack() as ports:
        hosts = ["::1" if case.key == "IPv6" else LOOPBACK for case, _ in rows]
        addresses = [ports.enter_context(refusing(host)) for host in hosts]
        found = await asyncio.gather(
            *(judge(*row, a) for row, a in zip(rows, addresses, strict=True))
        )
    return {(case.key, way): verdict for (case, way), verdict in zip(rows, found, strict=True)}


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    """All rows side by side: two minutes of the gate in some seconds."""
    return run_jumping(judge_all())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_at_its_own_address(case: Case, verdicts: Verdicts) -> None:
    check(verdicts[case.key, Way.DIRECT], case.direct, policy=GatePolicy())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_at_a_published_port(case: Case, verdicts: Verdicts) -> None:
    check(verdicts[case.key, Way.PUBLISHED], case.on_published, policy=GatePolicy())


def test_a_row_has_the_same_verdict_on_both_ways() -> None:
    assert [c.key for c in TABLE if c.on_published.outcome is not c.direct.outcome] == []


def test_every_row_is_run_somewhere_and_has_a_server() -> None:
    assert [c.key for c in TABLE if not c.places or c.key not in STANDS] == []
    assert len({c.key for c in TABLE}) == len(TABLE)


def test_the_document_is_the_table(keep_document: KeepDocument) -> None:
    keep_document("gate.md", gate_document())
