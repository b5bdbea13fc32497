"""Rehearsals from an old version, on fakes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.choices import Incompatible, Need
from devkit.deployment.events import Event, Step, StepFailed, StepPassed
from devkit.deployment.events import Warned as WarnedEvent
from devkit.deployment.new_version import Version
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.deployment.transition import Transition
from devkit.errors import (
    CouldNotFindOutError,
    DevkitError,
)
from devkit.ports import Answer, Container, Phase
from devkit.project import Environment, Project, Service, ServiceKind, Web
from tests.fakes.clock import FakeClock
from tests.fakes.load import FakeLoad, one_a_phase
from tests.fakes.proxy import FakeProxy
from tests.fakes.stage import FakeCheckout, FakeStage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.ports import Address, Sent

OLD = (Container(id="1", name="old-1", host="172.18.0.1"),)
NEW = (Container(id="2", name="web-1", host="172.18.0.2"),)
OK = Answer(status=200)
POSTGRES = Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm")


@dataclass
class InTurn:
    """Answers each address with one answer after the other, and the last of them for ever."""

    answers: Mapping[str, list[Answer]] = field(default_factory=dict)

    async def attempt(
        self,
        address: Address,
        *,
        connect_timeout: float,  # noqa: ARG002 - the port's
        answer_timeout: float,  # noqa: ARG002 - the port's
    ) -> Answer:
        left = self.answers.get(str(address), [OK])
        return left.pop(0) if len(left) > 1 else left[0]


@dataclass
class WhileAsked(InTurn):
    """Has requests end while the new containers are asked."""

    load: FakeLoad | None = None
    requests: Sequence[Sent] = ()

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        if str(address) == "172.18.0.2:80" and self.load is not None:
            self.load.end(self.requests)
        return await super().attempt(
            address, connect_timeout=connect_timeout, answer_timeout=answer_timeout
        )


class BrokenProxy(FakeProxy):
    """One that does not start."""

    async def start(self) -> Address:
        raise CouldNotFindOutError("No proxy.")


@dataclass
class Run:
    """A rehearsal from an old version on fakes that share one list of what they were asked."""

    asked: list[str] = field(default_factory=list)
    old: FakeStage = field(default_factory=lambda: FakeStage(web=OLD, at_hand=True))
    new: FakeStage = field(default_factory=lambda: FakeStage(web=NEW))
    prober: InTurn = field(default_factory=InTurn)
    requests: Mapping[Phase, Sequence[Sent]] = field(default_factory=one_a_phase)
    anew: Sequence[Sent] = ()
    busy: list[int] = field(default_factory=list)
    proxy: FakeProxy | None = None
    old_services: tuple[Service, ...] = ()
    need: Need = Need.REQUIRED
    incompatible: Incompatible = Incompatible.FAILS
    events: list[Event] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    load: FakeLoad | None = None

    def __call__(self, folder: Path) -> None:
        self.old.asked = self.new.asked = self.asked
        transition = Transition(
            old=self._version(self.old, folder / "old"),
            proxy=self.proxy or FakeProxy(asked=self.asked, requests=self.busy),
            load=self._load,
            need=self.need,
            incompatible=self.incompatible,
        )
        asyncio.run(
            rehearse(
                Rehearsal(new=self._version(self.new, folder / "new"), transition=transition),
                gatekeeper=Gatekeeper(prober=self.prober, clock=self.clock),
                report=self.report,
            )
        )

    def _load(self, _: Address) -> FakeLoad:
        self.load = FakeLoad(script=self.requests, anew=self.anew, asked=self.asked)
        if isinstance(self.prober, WhileAsked):
            self.prober.load = self.load
        return self.load

    def _version(self, stage: FakeStage, clone: Path) -> Version:
        project = Project(
            name="app",
            root=clone.parent,
            web=Web(),
            services=self.old_services if clone.name == "old" else (),
            release=(f"migrate {clone.name}",),
            environments={"live": Environment(name="live")},
        )
        return Version(
            project=project,
            containers=1,
            stage=stage,
            checkout=FakeCheckout(),
            clone=clone,
            subfolder=Path(),
        )

    def report(self, event: Event) -> None:
        """Remember an event."""
        self.events.append(event)

    def fails(self, folder: Path) -> DevkitError:
        """The error that the rehearsal ends with."""
        with pytest.raises(DevkitError) as failure:
            self(folder)
        return failure.value

    def said(self, kind: type[StepPassed | StepFailed]) -> list[Step]:
        """The steps of all events of a kind."""
        return [event.step for event in self.events if isinstance(event, kind)]

    @property
    def warnings(self) -> list[str]:
        """What was warned of."""
        return [event.message for event in self.events if isinstance(event, WarnedEvent)]
