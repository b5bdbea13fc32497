"""Every cause of the table: what shows it, with real logs (tests/samples), and what is near it."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from devkit.deployment.diagnosis import Evidence, Listener, State, diagnose
from devkit.deployment.diagnosis.document import table_document
from devkit.deployment.diagnosis.log_causes import names_a_server
from devkit.deployment.diagnosis.table import CAUSES
from devkit.deployment.events import Step
from devkit.ports import Background, Failure

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests" / "samples" / "logs"


def log(name: str) -> tuple[str, ...]:
    """A log that a real program wrote."""
    return tuple((LOGS / f"{name}.log").read_text(encoding="utf-8").splitlines())


EVERYWHERE = (Listener("0.0.0.0", 80),)
LOOPBACK = (Listener("127.0.0.1", 80), Listener("127.0.0.11", 41411))
ELSEWHERE = (Listener("0.0.0.0", 8000),)
INSIDE = (Listener("127.0.0.1", 9229),)
SLOW = Background(seconds_to_ready=(22.4, 31.0, 48.2))
SMALL = Background(memory="64m")


gate = partial(Evidence, port=80)
"""What is known of a container that did not pass the gate on port 80."""


def refused(*listeners: Listener, background: Background = SLOW) -> Evidence:
    """A container that refused every connection."""
    return gate(failure=Failure.REFUSED, listeners=listeners, background=background)


def exited(name: str = "flask-serve", *, code: int = 1) -> Evidence:
    """A container that exited with one of the logs."""
    return gate(state=State.EXITED, exit_code=code, log=log(name))


def build(name: str) -> Evidence:
    """A build that failed with one of the logs."""
    return Evidence(step=Step.BUILD, state=State.EXITED, log=log(name))


def release(name: str = "", *, code: int = 1) -> Evidence:
    """A release command that failed, with one of the logs."""
    lines = log(name) if name else ()
    return Evidence(step=Step.RELEASE, state=State.EXITED, exit_code=code, log=lines)


def only_local(evidence: Evidence) -> Evidence:
    """The same where .env-local has the variable."""
    known = Background(environment="test", only_local=("STRIPE_KEY",))
    return Evidence(state=evidence.state, exit_code=1, log=evidence.log, background=known)


# name: what shows it with what is to be said, and what is near to it and something else.
TABLE: dict[str, tuple[list[tuple[Evidence, str]], list[Evidence]]] = {
    "out-of-memory": (
        [
            (gate(state=State.OUT_OF_MEMORY, background=SMALL), "(it has 64m)"),
            (gate(state=State.OUT_OF_MEMORY, log=log("django-key")), "more memory"),
        ],
        [gate(state=State.EXITED, exit_code=137)],
    ),
    "entry-point-ignores-command": (
        [(Evidence(step=Step.RELEASE, state=State.SERVES, port=80), "listens on port 80")],
        [Evidence(step=Step.RELEASE, state=State.RUNS, port=80, listeners=EVERYWHERE)],
    ),
    "build-time-limit": (
        [(Evidence(step=Step.BUILD, state=State.TIME_IS_UP), "30 minutes")],
        [Evidence(step=Step.BUILD, state=State.EXITED), Evidence(state=State.TIME_IS_UP)],
    ),
    "release-killed": (
        [(release(code=137), "killed")],
        [release(code=1), exited(code=137)],
    ),
    "listens-on-loopback": (
        [(refused(*LOOPBACK), "on 127.0.0.1 only"), (gate(listeners=LOOPBACK), "0.0.0.0:80")],
        [gate(listeners=(*LOOPBACK, *EVERYWHERE)), gate(listeners=INSIDE)],
    ),
    "listens-on-another-port": (
        [(refused(*ELSEWHERE), "port 8000, but the gate asks port 80")],
        [gate(listeners=(*ELSEWHERE, *EVERYWHERE)), refused(*INSIDE)],
    ),
    "started-too-slowly": (
        [(refused(*EVERYWHERE), "it took 22 s, 31 s, 48 s in the last 3 runs")],
        [refused(), gate(listeners=EVERYWHERE, failure=Failure.CLOSED)],
    ),
    "disallowed-host": (
        [(gate(status=400, log=log("django-disallowed-host")), "ALLOWED_HOSTS")],
        [gate(log=log("django-no-table"))],
    ),
    "build-without-variables": (
        [(build("build-variable"), "the variable STRIPE_KEY")],
        [build("build-copy"), exited("django-key")],
    ),
    "build-without-services": (
        [(build("psycopg-name"), "a build has no services")],
        [exited("psycopg-name"), build("build-no-command")],
    ),
    "variable-only-local": (
        [(only_local(exited("django-key")), "only your .env-local has it")],
        [exited("django-key"), only_local(exited("django-mod"))],
    ),
    "missing-variable": (
        [
            (exited(name), "variable STRIPE_KEY is not set")
            for name in ("django-key", "django-environ", "django-decouple", "gunicorn-key",
                         "node-var", "ruby-key", "php-key", "bash-var", "sh-var")
        ],
        [exited("django-mod"), build("build-variable"), gate(log=("KeyError: 'lower_case'",)),
         gate(log=("KeyError: 'HTTP_X_FORWARDED_PROTO'",))],
    ),
    "missing-module": (
        [
            (exited("django-mod"), "module rest_framework"),
            (exited("node-module"), "module express"),
            (exited("node-esm"), "module express"),
            (exited("ruby-module"), "module sidekiq"),
            (exited("ruby-bundler"), "module rails"),
            (exited("php-class"), "module Predis\\Client"),
            (exited("php-autoload"), "vendor/autoload.php"),
        ],
        [exited("node-no-file"), exited("python-no-file")],
    ),
    "missing-file": (
        [
            (exited("node-no-file"), "file /app/server.js"),
            (exited("python-no-file"), "server.py is not in the image"),
        ],
        [exited("node-module"), exited("ruby-module")],
    ),
    "build-missing-file": (
        [(build("build-copy"), "/settings.ini, which is not in the commit")],
        [build("build-no-command"), build("build-variable")],
    ),
    "build-out-of-memory": (
        [(build("build-killed"), "killed")],
        [build("build-variable"), exited("build-killed")],
    ),
    "too-many-connections": (
        [(exited("psycopg-too-many"), "there are 60")],
        [exited("psycopg2-refused"), exited("psycopg-password")],
    ),
    "database-refuses-login": (
        [(exited("psycopg-password"), "DATABASE_URL")],
        [exited("psycopg-too-many"), exited("django-pg")],
    ),
    "database-not-reachable": (
        [
            (exited("django-pg"), "database"),
            (exited("psycopg-name"), "database_default"),
            (exited("psycopg2-refused"), "database"),
            (exited("sqlalchemy"), "database"),
            (exited("node-refused"), "127.0.0.1:5432"),
            (exited("node-name"), "database_default"),
            (exited("ruby-pg"), "database"),
            (exited("ruby-pg-name"), "database_default"),
            (exited("php-pdo"), "database"),
            (exited("php-pdo-name"), "database_default"),
        ],
        [exited("psycopg-password"), exited("psycopg-no-table"), build("psycopg-name")],
    ),
    "pending-migration": (
        [
            (gate(status=500, log=log("django-no-table")), "shop_order"),
            (exited("psycopg-no-table"), "shop_order"),
            (exited("rails-pending"), "Migrations are pending"),
        ],
        [exited("django-pg")],
    ),
    "command-not-found": (
        [
            (exited("no-command"), "command serve is not in the image"),
            (build("build-no-command"), "command npm is not in the image"),
        ],
        [exited("python-no-file")],
    ),
    "address-in-use": (
        [(exited("flask-in-use"), "same port"), (exited("node-in-use"), "same port")],
        [exited("flask-serve")],
    ),
    "out-of-memory-in-log": (
        [(exited("node-heap"), "ran out of memory")],
        [exited("node-module")],
    ),
    "permission-denied": (
        [(exited("permission"), "USER in the Dockerfile")],
        [exited("python-no-file")],
    ),
    "release-time-limit": (
        [(Evidence(step=Step.RELEASE, state=State.TIME_IS_UP), "30 minutes")],
        [release(), Evidence(step=Step.RELEASE, state=State.TIME_IS_UP, log=log("django-key"))],
    ),
    "entry-point-suspected": (
        [
            (release(name), "ENTRYPOINT seems to ignore the command")
            for name in ("django-runserver", "flask-serve", "uvicorn-serve", "puma", "php-serve")
        ],
        [exited("puma"), release("gunicorn-key")],
    ),
    "ended-instead-of-serving": (
        [(gate(state=State.EXITED, exit_code=0), "CMD in the foreground")],
        [gate(state=State.EXITED, exit_code=1), release(code=0)],
    ),
    "exited": (
        [(gate(state=State.EXITED, exit_code=3), "code 3"), (release(code=4), "code 4")],
        [gate(), exited("django-key")],
    ),
    "start-got-slower": (
        [(refused(), "22 s, 31 s, 48 s")],
        [
            refused(background=Background(seconds_to_ready=(0.8, 1.2))),
            gate(failure=Failure.NO_ANSWER, background=SLOW),
        ],
    ),
    "listens-inside-only": (
        [(gate(listeners=INSIDE), "port 9229 inside the container only")],
        [gate(listeners=ELSEWHERE), gate(listeners=INSIDE, log=log("node-refused"))],
    ),
    "nothing-listens": (
        [(refused(background=Background()), "Nothing listened on port 80")],
        [refused(*EVERYWHERE), refused()],
    ),
    "closes-the-connection": (
        [
            (gate(failure=Failure.CLOSED, listeners=EVERYWHERE), "failed on `GET /`"),
            (gate(failure=Failure.RESET), "failed on `GET /`"),
        ],
        [gate(failure=Failure.BROKEN)],
    ),
    "no-http": ([(gate(failure=Failure.BROKEN), "without TLS")], [gate(failure=Failure.CLOSED)]),
    "no-answer": ([(gate(failure=Failure.NO_ANSWER), "20 s")], [gate(failure=Failure.CLOSED)]),
    "answered-badly": (
        [(gate(status=503, listeners=EVERYWHERE), "answered 503")],
        [gate(), gate(status=503, log=log("django-key"))],
    ),
}  # fmt: skip


def test_every_cause_is_shown_by_something_real() -> None:
    assert list(TABLE) == [cause.name for cause in CAUSES]
    assert all(shown and near for shown, near in TABLE.values())


@pytest.mark.parametrize("name", TABLE)
def test_a_cause_is_told_from_what_is_near_to_it(name: str) -> None:
    shown, near = TABLE[name]
    for evidence, words in shown:
        found = diagnose(evidence)
        assert found is not None, evidence
        assert found.name == name, evidence
        assert words in str(found)
        assert "{" not in str(found)
    for evidence in near:
        found = diagnose(evidence)
        assert found is None or found.name != name, evidence


def test_the_words_are_one_or_two_sentences_and_a_step() -> None:
    for cause in CAUSES:
        assert re.fullmatch(r"[A-Z`{].*\.", cause.sentence), cause.sentence
        assert re.fullmatch(r"[A-Z`].*[.?]", cause.next_step), cause.next_step


def test_of_a_log_the_last_cause_counts_and_the_state_counts_more() -> None:
    both = (*log("django-pg"), *log("django-key"))
    found = diagnose(gate(log=both))
    assert found is not None
    assert found.name == "missing-variable"
    killed = diagnose(gate(log=both, state=State.OUT_OF_MEMORY))
    assert killed is not None
    assert killed.name == "out-of-memory"


def test_nothing_is_said_where_nothing_tells() -> None:
    assert diagnose(gate(log=("all is well", "and so on"))) is None


def test_a_name_from_a_log_is_shown_short_and_printable() -> None:
    hostile = f"ModuleNotFoundError: No module named 'a\x1b[2Jb{'c' * 500}'"
    found = diagnose(gate(log=(hostile, "x" * 100_000)))
    assert found is not None
    assert "\x1b" not in found.sentence
    assert len(found.sentence) < 150


def test_a_servers_first_words() -> None:
    assert names_a_server(log("django-disallowed-host"))
    assert not names_a_server(log("django-key"))


def test_the_document_is_made_from_the_table() -> None:
    kept = (ROOT / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert kept == table_document(), "python -m devkit.deployment.diagnosis > docs/diagnosis.md"
