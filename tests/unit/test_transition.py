from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.choices import Incompatible, Need
from devkit.deployment.events import Event, ServesOn, Step, StepFailed, StepPassed, TrafficSent
from devkit.deployment.events import Warned as WarnedEvent
from devkit.deployment.new_version import Version
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.deployment.switch import DRAIN_LIMIT
from devkit.deployment.transition import Transition
from devkit.errors import (
    CouldNotFindOutError,
    DevkitError,
    GateError,
    IncompatibleError,
    SwitchError,
)
from devkit.ports import Answer, Completed, Container, Loss, Phase, Stopped
from devkit.project import Environment, Project, Service, ServiceKind, Web
from tests.fakes.clock import FakeClock
from tests.fakes.load import FakeLoad, one_a_phase, sent
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
    busy: list[int] = field(default_factory=list)
    proxy: FakeProxy | None = None
    old_services: tuple[Service, ...] = ()
    need: Need = Need.REQUIRED
    incompatible: Incompatible = Incompatible.FAILS
    events: list[Event] = field(default_factory=list)

    def __call__(self, folder: Path) -> None:
        self.old.asked = self.new.asked = self.asked
        transition = Transition(
            old=self._version(self.old, folder / "old"),
            proxy=self.proxy or FakeProxy(asked=self.asked, requests=self.busy),
            load=lambda _: FakeLoad(script=self.requests, asked=self.asked),
            need=self.need,
            incompatible=self.incompatible,
        )
        asyncio.run(
            rehearse(
                Rehearsal(new=self._version(self.new, folder / "new"), transition=transition),
                gatekeeper=Gatekeeper(prober=self.prober, clock=FakeClock()),
                report=self.report,
            )
        )

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


def test_requests_move_only_when_the_new_containers_answer(tmp_path: Path) -> None:
    run = Run()

    run(tmp_path)

    after_the_build = run.asked[run.asked.index("proxy") :]
    assert after_the_build == [
        "proxy",
        "route 172.18.0.1:80",
        "load before",
        "load during",
        "run ['migrate', 'new'] within 1800 s",
        "prepare 1",
        "start 1",
        "route 172.18.0.2:80",
        "stop",
        "load after",
        "load ended",
    ]
    assert "run ['migrate', 'old'] within 1800 s" in run.asked[: run.asked.index("proxy")]
    assert run.said(StepPassed)[-4:] == [
        Step.RELEASE,
        Step.COMPATIBILITY,
        Step.GATE,
        Step.SWITCH,
    ]
    figures = [(e.phase, e.sent, e.failed) for e in run.events if isinstance(e, TrafficSent)]
    assert figures == [("before", 1, 0), ("during", 1, 0), ("after", 1, 0)]


def test_an_old_image_at_hand_is_not_built(tmp_path: Path) -> None:
    at_hand, missing = Run(), Run(old=FakeStage(web=OLD))

    at_hand(tmp_path / "a")
    missing(tmp_path / "b")

    assert "build old within 1800 s" not in at_hand.asked
    assert "build old within 1800 s" in missing.asked


BROKEN = {"172.18.0.1:80": [OK, OK, Answer(status=500)]}
"""The old container passes the gate, is asked before the release commands, and after them."""


def test_an_old_version_that_breaks_on_the_new_data_is_a_failure(tmp_path: Path) -> None:
    run = Run(prober=InTurn({k: list(v) for k, v in BROKEN.items()}))

    error = run.fails(tmp_path)

    assert type(error) is IncompatibleError
    assert "old-1 answered 500 where it answered 200 before" in error.message
    assert run.said(StepFailed) == [Step.COMPATIBILITY]
    assert "start 1" not in run.asked[run.asked.index("load during") :]


def test_which_may_be_a_warning(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [sent(500, phase=Phase.DURING)]
    run = Run(
        prober=InTurn({k: list(v) for k, v in BROKEN.items()}),
        requests=requests,
        incompatible=Incompatible.WARNED,
    )

    run(tmp_path)

    assert any("old-1 answered 500" in warning for warning in run.warnings)
    assert run.said(StepPassed)[-1] is Step.SWITCH


def test_a_500_from_the_start_is_not_the_new_datas_fault(tmp_path: Path) -> None:
    Run(prober=InTurn({"172.18.0.1:80": [Answer(status=500)]}))(tmp_path)


def test_a_request_that_fails_while_the_commands_run_is_the_old_versions(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [sent(500, phase=Phase.DURING)]

    error = Run(requests=requests).fails(tmp_path)

    assert "1 requests to it failed while the release commands ran" in error.message
    assert "answered 500" in error.details[0]


def test_a_request_that_fails_after_the_switch_fails_it(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.AFTER] = [sent(loss=Loss.RESET, phase=Phase.AFTER)]
    run = Run(requests=requests)

    error = run.fails(tmp_path)

    assert type(error) is SwitchError
    assert error.message == "1 of 3 requests failed while the versions were switched."
    assert run.said(StepFailed) == [Step.SWITCH]


def test_after_a_failing_gate_the_old_version_is_shown_to_serve_on(tmp_path: Path) -> None:
    run = Run(prober=InTurn({"172.18.0.2:80": [Answer(status=503)]}))

    assert type(run.fails(tmp_path)) is GateError

    assert [e for e in run.events if isinstance(e, ServesOn)] == [ServesOn(sent=0, failed=0)]
    assert "route 172.18.0.2:80" not in run.asked
    assert "stop" not in run.asked


def test_an_old_version_that_does_not_come_up_says_nothing_of_the_new(tmp_path: Path) -> None:
    failed = [Completed(returncode=1, output="boom")]
    asked_for = Run(old=FakeStage(web=OLD, at_hand=True, commands=list(failed)))
    at_hand = Run(old=FakeStage(web=OLD, at_hand=True, commands=list(failed)), need=Need.WELCOME)

    error = asked_for.fails(tmp_path / "a")
    at_hand(tmp_path / "b")

    assert type(error) is CouldNotFindOutError
    assert error.message.startswith("The old version cannot be brought up here: The release")
    assert "So the switch from it is not rehearsed." in at_hand.warnings[0]
    assert "stop" in at_hand.asked  # nothing of it stands beside the new version
    assert at_hand.said(StepPassed)[-1] is Step.GATE
    assert "proxy" not in at_hand.asked


def test_a_proxy_that_does_not_start_says_nothing_of_the_new_version(tmp_path: Path) -> None:
    asked_for = Run(proxy=BrokenProxy())
    at_hand = Run(proxy=BrokenProxy(), need=Need.WELCOME)

    error = asked_for.fails(tmp_path / "a")
    at_hand(tmp_path / "b")

    assert type(error) is CouldNotFindOutError
    assert at_hand.warnings == ["No proxy. So the switch from it is not rehearsed."]
    assert at_hand.said(StepPassed)[-1] is Step.GATE


def test_requests_that_are_lost_are_none_of_the_errors_that_are_tolerated(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [
        sent(500, phase=Phase.DURING),
        sent(loss=Loss.RESET, phase=Phase.DURING),
    ]
    run = Run(
        prober=InTurn({k: list(v) for k, v in BROKEN.items()}),
        requests=requests,
        incompatible=Incompatible.WARNED,
    )

    assert run.fails(tmp_path).message.startswith("1 of 4 requests failed")


def test_a_switch_after_which_nobody_was_answered_proves_nothing(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.AFTER] = []

    error = Run(requests=requests).fails(tmp_path)

    assert type(error) is CouldNotFindOutError
    assert "No request came to its end" in error.message


def test_the_services_of_both_versions_are_started(tmp_path: Path) -> None:
    run = Run(old_services=(POSTGRES,))

    run(tmp_path)

    assert run.asked[0] == "services"


def test_the_old_containers_answer_what_they_were_asked_before(tmp_path: Path) -> None:
    patient, late = Run(busy=[2, 1, 0]), Run(busy=[1] * 10_000)

    patient(tmp_path / "a")
    late(tmp_path / "b")

    assert patient.warnings == []
    assert f"took longer than {DRAIN_LIMIT:.0f} s and were cut off" in late.warnings[0]


def test_an_old_container_that_has_to_be_killed_is_warned_about(tmp_path: Path) -> None:
    run = Run()

    async def killed() -> tuple[Stopped, ...]:
        return (Stopped(name="old-1", seconds=10.2, killed=True),)

    run.old.stop_containers = killed  # type: ignore[method-assign]
    run(tmp_path)

    assert "old-1 did not end on SIGTERM and was killed after 10 s" in run.warnings[0]
