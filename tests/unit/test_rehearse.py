from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.events import (
    ContainerProbed,
    Event,
    Step,
    StepFailed,
    StepPassed,
    StepStarted,
    Warned,
)
from devkit.deployment.gate_policy import GatePolicy, Way
from devkit.deployment.new_version import Version
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.errors import (
    BuildError,
    CheckoutError,
    CouldNotFindOutError,
    DevkitError,
    GateError,
    ReleaseCommandError,
    ServicesError,
)
from devkit.ports import (
    Address,
    Answer,
    Background,
    Changes,
    Completed,
    Container,
    Failure,
    Finding,
    Severity,
    Trouble,
)
from devkit.project import Environment, Project, Service, ServiceKind, Web
from tests.fakes.clock import FakeClock
from tests.fakes.stage import FakeCheckout, FakeStage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POSTGRES = Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm")

SUBMODULE = Finding(
    severity=Severity.REFUSED, sentence="There is a submodule.", way_out="Commit its files."
)
LARGE = Finding(severity=Severity.WARNED, sentence="It is large.", way_out="Make it small.")
DB = Container(id="9", name="database_default-1")
FAILED = Completed(returncode=1, output="ERROR: failed to solve: the Dockerfile")


@dataclass
class ByAddress:
    """Answers each address as told, and remembers who was asked."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        assert (connect_timeout, answer_timeout) == (0.4, 20.0)
        self.asked.append(str(address))
        self.hosts.append(address.host_header)
        return self.answers.get(str(address), Answer(status=200))


@dataclass
class Run:
    """One rehearsal on fakes."""

    stage: FakeStage = field(default_factory=FakeStage)
    checkout: FakeCheckout = field(default_factory=FakeCheckout)
    prober: ByAddress = field(default_factory=ByAddress)
    release: tuple[str, ...] = ("start migrate", "start 'clear cache'")
    containers: int = 2
    way: Way = Way.DIRECT
    port: int | None = None
    data: CopiedData | None = None
    events: list[Event] = field(default_factory=list)

    def __call__(self, folder: Path) -> str:
        project = Project(
            name="app",
            root=folder,
            web=Web(configured_port=self.port),
            services=(POSTGRES,),
            release=self.release,
            environments={"live": Environment(name="live", containers=self.containers)},
        )
        policy = GatePolicy(way=self.way)
        image = asyncio.run(
            rehearse(
                Rehearsal(
                    new=Version(
                        project=project,
                        containers=self.containers,
                        stage=self.stage,
                        checkout=self.checkout,
                        clone=folder / "clone",
                        subfolder=Path(),
                    ),
                    data=self.data,
                ),
                gatekeeper=Gatekeeper(prober=self.prober, clock=FakeClock(), policy=policy),
                report=self.report,
            )
        )
        return image.tag

    def report(self, event: Event) -> None:
        """Remember an event."""
        self.events.append(event)

    def fails(self, folder: Path) -> DevkitError:
        """The error that the rehearsal ends with."""
        with pytest.raises(DevkitError) as failure:
            self(folder)
        return failure.value

    def steps(self, kind: type[StepStarted | StepPassed | StepFailed]) -> list[Step]:
        """The steps of all events of a kind."""
        return [event.step for event in self.events if isinstance(event, kind)]


def test_the_steps_run_in_the_clouds_order(tmp_path: Path) -> None:
    run = Run()

    assert run(tmp_path) == "devkit/app:1"

    assert run.stage.asked == [
        "services",
        "build clone within 1800 s",
        "run ['start', 'migrate'] within 1800 s",
        "prepare 2",
        "run ['start', 'clear cache'] within 1800 s",
        "start 2",
    ]
    assert set(run.steps(StepPassed)) == {step for step in Step if step.number}
    assert run.steps(StepPassed)[-2:] == [Step.RELEASE, Step.GATE]
    assert run.prober.asked == ["172.18.0.1:80", "172.18.0.2:80"]


def test_without_a_release_command_there_is_no_time_to_make_containers_ahead(
    tmp_path: Path,
) -> None:
    run = Run(release=())
    run(tmp_path)
    assert run.stage.asked == ["services", "build clone within 1800 s", "start 2"]


def test_while_a_release_command_says_nothing_its_container_may_be_the_first_of_the_storage(
    tmp_path: Path,
) -> None:
    run = Run(stage=FakeStage(says=""))
    run(tmp_path)
    assert not [each for each in run.stage.asked if each.startswith("prepare")]


def test_published_ports_are_asked_where_the_addresses_cannot_be(tmp_path: Path) -> None:
    web = Container(id="1", name="web-1", host="172.18.0.1", published={80: 49153})
    run = Run(stage=FakeStage(web=(web,)), way=Way.PUBLISHED, containers=1)

    run(tmp_path)

    assert run.stage.asked[-1] == "start 1 publishing 80"
    assert not [each for each in run.stage.asked if each.startswith("prepare")]
    assert run.prober.asked == ["127.0.0.1:49153"]
    assert run.prober.hosts == ["172.18.0.1:80"]


FAILURES: dict[str, tuple[Run, type[DevkitError], Step, str]] = {
    "a service": (
        Run(stage=FakeStage(services=Completed(returncode=1, output="unhealthy"), databases=(DB,))),
        ServicesError,
        Step.SERVICES,
        "healthy",
    ),
    "a submodule": (
        Run(checkout=FakeCheckout(found=(SUBMODULE,))),
        CheckoutError,
        Step.CHECKOUT,
        "There is a submodule.",
    ),
    "no Dockerfile": (
        Run(checkout=FakeCheckout(has_dockerfile=False)),
        BuildError,
        Step.BUILD,
        "no Dockerfile",
    ),
    "the build": (
        Run(stage=FakeStage(built=Completed(returncode=1, output="ERROR: failed to solve: no"))),
        BuildError,
        Step.BUILD,
        "does not build",
    ),
    "a build without end": (
        Run(stage=FakeStage(built=Completed(returncode=0, output="", timed_out=True))),
        BuildError,
        Step.BUILD,
        "30 minutes",
    ),
    "the second release command": (
        Run(stage=FakeStage(commands=[Completed(returncode=0, output="ok"),
                                      Completed(returncode=3, output="boom")])),
        ReleaseCommandError,
        Step.RELEASE,
        "`start 'clear cache'` exited with code 3",
    ),
    "starting the containers": (
        Run(stage=FakeStage(started=Completed(returncode=1, output="OCI runtime create failed"))),
        GateError,
        Step.GATE,
        "could not be started",
    ),
    "one container of two": (
        Run(prober=ByAddress({"172.18.0.2:80": Answer(status=503)})),
        GateError,
        Step.GATE,
        "web-2 fails with 503",
    ),
    "a container that has exited": (
        Run(stage=FakeStage(web=(Container(id="1", name="web-1", running=False, exit_code=4),))),
        GateError,
        Step.GATE,
        "web-1 exited with code 4 at once",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_ends_the_rehearsal_at_its_step(name: str, tmp_path: Path) -> None:
    run, kind, step, message = FAILURES[name]
    run.events.clear()

    error = run.fails(tmp_path)

    assert type(error) is kind
    assert message in error.message
    assert run.steps(StepFailed) == [step]
    later = [each for each in Step if each.number > max(step.number, 3)]
    assert not set(run.steps(StepStarted)) & set(later)


@pytest.mark.parametrize("trouble", [Trouble.REGISTRY_UNREACHABLE, Trouble.DISK_FULL])
def test_what_says_nothing_of_the_commit_is_no_failure_of_it(
    trouble: Trouble, tmp_path: Path
) -> None:
    beside = Completed(returncode=1, output="...", trouble=trouble)

    assert type(Run(stage=FakeStage(built=beside)).fails(tmp_path / "a")) is CouldNotFindOutError
    assert type(Run(stage=FakeStage(services=beside)).fails(tmp_path / "b")) is CouldNotFindOutError
    assert type(Run(stage=FakeStage(started=beside)).fails(tmp_path / "c")) is CouldNotFindOutError


UNKNOWN = Completed(returncode=1, output="Error response from daemon: no more address pools")


@pytest.mark.parametrize(
    "stage",
    [FakeStage(services=UNKNOWN), FakeStage(built=UNKNOWN), FakeStage(started=UNKNOWN)],
)
def test_what_docker_says_and_nobody_knows_is_not_held_against_the_commit(
    stage: FakeStage, tmp_path: Path
) -> None:
    assert type(Run(stage=stage).fails(tmp_path)) is CouldNotFindOutError


@pytest.mark.parametrize(
    ("host", "kind"), [("00000000", CouldNotFindOutError), ("0100007F", GateError)]
)
def test_lost_packets_are_ours_where_somebody_listens(
    host: str, kind: type[DevkitError], tmp_path: Path
) -> None:
    lost = Answer(failure=Failure.CONNECT_TIMEOUT)
    sockets = f"   0: {host}:0050 00000000:0000 0A 00000000:00000000"
    run = Run(
        stage=FakeStage(sockets=sockets), prober=ByAddress({"172.18.0.1:80": lost}), containers=1
    )

    assert type(run.fails(tmp_path)) is kind


def test_an_address_that_cannot_be_reached_is_no_failure_of_the_commit(tmp_path: Path) -> None:
    nowhere = Answer(failure=Failure.UNREACHABLE)

    error = Run(prober=ByAddress({"172.18.0.1:80": nowhere})).fails(tmp_path)

    assert type(error) is CouldNotFindOutError
    assert "DEVKIT_GATE=published" in error.hint


def test_what_the_cloud_checks_out_otherwise_is_told_before_the_build(tmp_path: Path) -> None:
    run = Run(checkout=FakeCheckout(found=(LARGE,)), stage=FakeStage(built=FAILED))

    assert type(run.fails(tmp_path)) is BuildError

    warned = run.events.index(Warned(message="It is large. Make it small."))
    assert warned < run.events.index(StepStarted(step=Step.BUILD))


def test_all_that_is_refused_is_told_at_once(tmp_path: Path) -> None:
    other = replace(SUBMODULE, sentence="There is an empty folder.", way_out="Fill it.")
    run = Run(checkout=FakeCheckout(found=(replace(SUBMODULE, details=("'a'",)), LARGE, other)))

    error = run.fails(tmp_path)

    assert (error.message, error.hint) == ("There is a submodule.", "Commit its files.")
    assert error.details == ("'a'", "There is an empty folder. Fill it.")
    assert Warned(message="It is large. Make it small.") in run.events
    assert Step.BUILD not in run.steps(StepStarted)


RESOLVER = "   0: 0B00007F:A1C3 00000000:0000 0A 00000000:00000000"
EVERYWHERE = "   1: 00000000:0050 00000000:0000 0A 00000000:00000000"


@pytest.mark.parametrize(
    ("sockets", "attempt", "hint"),
    [
        (RESOLVER, "at attempt 300", "Nothing listened on port 80 in all that time"),
        (f"{RESOLVER}\n{EVERYWHERE}", "at attempt 3", "The server ends the connection"),
        ("", "at attempt 300", "The server ends the connection"),
    ],
)
def test_a_published_port_that_closes_is_the_proxys_where_nobody_listens(
    sockets: str, attempt: str, hint: str, tmp_path: Path
) -> None:
    web = Container(id="1", name="web-1", host="172.18.0.1", published={80: 49153})
    closing = ByAddress({"127.0.0.1:49153": Answer(failure=Failure.CLOSED)})
    stage = FakeStage(web=(web,), sockets=sockets)

    error = Run(stage=stage, prober=closing, way=Way.PUBLISHED, containers=1).fails(tmp_path)

    assert isinstance(error, GateError)
    assert attempt in str(error)
    assert error.hint.startswith(hint)


def test_a_failed_build_does_not_wait_for_the_services(tmp_path: Path) -> None:
    stage = FakeStage(slow_services=True, built=FAILED)
    run = Run(stage=stage)

    assert type(run.fails(tmp_path)) is BuildError

    assert stage.cancelled == ["services"]


def test_where_both_fail_the_earlier_step_counts(tmp_path: Path) -> None:
    run = Run(stage=FakeStage(services=FAILED, built=FAILED, databases=(DB,)))

    assert type(run.fails(tmp_path)) is ServicesError


def test_a_weak_pass_is_warned_about(tmp_path: Path) -> None:
    run = Run(prober=ByAddress({"172.18.0.1:80": Answer(status=500)}))

    run(tmp_path)

    warned = [event.message for event in run.events if isinstance(event, Warned)]
    assert len(warned) == 1
    assert warned[0].startswith("web-1: GET / answered 500, which passes the gate")


def test_a_weak_pass_whose_log_names_the_cause(tmp_path: Path) -> None:
    log = ("django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: '172.18.0.1'.",)
    answers = {"172.18.0.1:80": Answer(status=400)}
    run = Run(stage=FakeStage(log=log), prober=ByAddress(answers))

    run(tmp_path)

    warned = [event.message for event in run.events if isinstance(event, Warned)]
    assert warned[1].startswith("web-1: Django refused the Host header. ")
    assert len(warned) == 2


def test_what_was_written_into_the_image_is_warned_about_once(tmp_path: Path) -> None:
    changes = Changes(written=frozenset({"/app", "/app/uploads", "/app/uploads/x", "/tmp/y"}))
    run = Run(stage=FakeStage(changed=changes), containers=3)

    run(tmp_path)

    (warned,) = [event.message for event in run.events if isinstance(event, Warned)]
    assert "lost at the next deployment: /app/uploads/x. Write" in warned


def test_a_slow_start_is_told_with_the_last_runs(tmp_path: Path) -> None:
    background = Background(seconds_to_ready=(22.0, 31.0, 48.0))
    refused = Answer(failure=Failure.REFUSED)
    run = Run(
        stage=FakeStage(background=background),
        prober=ByAddress({"172.18.0.1:80": refused}),
        containers=1,
    )

    error = run.fails(tmp_path)

    assert error.cause == "start-got-slower"
    assert "22 s, 31 s, 48 s" in error.hint


def test_more_cpus_than_the_engine_has_are_no_failure_of_the_commit(tmp_path: Path) -> None:
    # Docker Engine 26's words.
    words = "Error response from daemon: Range of CPUs is from 0.01 to 2.00, as there are only 2"
    run = Run(stage=FakeStage(started=Completed(returncode=1, output=words)))

    assert "fewer CPUs" in run.fails(tmp_path).message


def test_a_container_that_never_listens_is_asked_300_times(tmp_path: Path) -> None:
    refused = Answer(failure=Failure.REFUSED)
    sockets = "   0: 0100007F:0050 00000000:0000 0A 00000000:00000000"
    run = Run(
        stage=FakeStage(sockets=sockets),
        prober=ByAddress({"172.18.0.1:80": refused}),
        containers=1,
    )

    error = run.fails(tmp_path)

    probed = [event for event in run.events if isinstance(event, ContainerProbed)]
    assert [(p.attempts, p.outcome) for p in probed] == [(300, "failed")]
    assert "listens on 127.0.0.1 only" in error.hint


@pytest.mark.parametrize(
    ("ports", "asked", "warning"),
    [
        ((), 8080, "no EXPOSE"),
        ((80, 443), 8080, "several ports (80, 443)"),
        ((8080,), 8080, ""),
        ((5000,), 5000, "`web.port` is 8080, but the image exposes 5000"),
    ],
)
def test_the_port_is_the_images(
    ports: tuple[int, ...], asked: int, warning: str, tmp_path: Path
) -> None:
    run = Run(stage=FakeStage(ports=ports), containers=1, port=8080)

    run(tmp_path)

    assert run.prober.asked == [f"172.18.0.1:{asked}"]
    warned = [event.message for event in run.events if isinstance(event, Warned)]
    assert [warning in message for message in warned] == ([True] if warning else [])


@dataclass
class CopiedData:
    """Keeps the promise of ``devkit.ports.Data``, and remembers what had been done before."""

    stage: FakeStage
    failure: DevkitError | None = None
    before: list[str] = field(default_factory=list)

    async def copy(self, *, on_line: Callable[[str], None], warn: Callable[[str], None]) -> str:
        await asyncio.sleep(0.01)
        self.before = list(self.stage.asked)
        on_line("half of it")
        warn("A pipe was left out.")
        if self.failure:
            raise self.failure
        return "all of it"


def test_data_is_copied_before_any_release_command(tmp_path: Path) -> None:
    run = Run()
    run.data = CopiedData(run.stage)

    run(tmp_path)

    assert "services" in run.data.before
    assert not [asked for asked in run.data.before if asked.startswith("run")]
    passed = run.steps(StepPassed)
    assert passed.index(Step.SERVICES) < passed.index(Step.DATA) < passed.index(Step.RELEASE)
    assert Warned(message="A pipe was left out.") in run.events


def test_data_that_cannot_be_copied_says_nothing_of_the_commit(tmp_path: Path) -> None:
    run = Run()
    run.data = CopiedData(run.stage, failure=CouldNotFindOutError("No room."))

    assert run.fails(tmp_path).message == "No room."
    assert run.steps(StepFailed) == [Step.DATA]
    assert not [asked for asked in run.stage.asked if asked.startswith("run")]
