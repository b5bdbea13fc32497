"""Secrets stay out of what is shown and recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.events import (
    ContainerProbed,
    RunFinished,
    Step,
    StepFailed,
    StepOutput,
    Warned,
)
from devkit.deployment.masking import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cret-of-the-run"
MASK = Mask([SECRET, "p@ss/word+1", "short", "postgres", ""])


def test_a_secret_is_replaced_wherever_an_application_may_have_written_it() -> None:
    text = f"it is {SECRET}, {SECRET}!"
    hidden = "it is ***, ***!"

    assert MASK.event(StepOutput(step=Step.RELEASE, line=text)) == StepOutput(
        step=Step.RELEASE, line=hidden
    )
    assert MASK.event(Warned(message=text)) == Warned(message=hidden)
    probed = ContainerProbed(
        container="web-1", outcome="failed", attempts=1, seconds=0.1, detail=text
    )
    assert SECRET not in repr(MASK.event(probed))
    finished = RunFinished(
        verdict="failed", code=14, seconds=1.0, message=text, hint=text, details=(text, "fine")
    )
    assert SECRET not in repr(MASK.event(finished))
    assert "fine" in repr(MASK.event(finished))


def test_the_form_in_an_address_is_replaced_too() -> None:
    assert MASK.text("postgres://u:p%40ss%2Fword%2B1@h/db") == "postgres://u:***@h/db"


@pytest.mark.parametrize(
    "secret", ['a "quoted" word', "back\\slash-word", "schlüsselwort", 'it\'s a "b"']
)
@pytest.mark.parametrize("written", [str, json.dumps, repr])
def test_the_forms_in_json_and_in_a_traceback_are_replaced_too(
    secret: str, written: Callable[[str], str]
) -> None:
    assert "***" in Mask([secret]).text(f"KEY={written(secret)}")
    assert Mask([secret]).text(written(secret)) in {"***", '"***"', "'***'"}


def test_of_two_secrets_the_longer_one_goes_first() -> None:
    assert Mask(["abcdefgh", "abcdefghijkl"]).text("abcdefghijkl") == "***"


def test_short_words_and_those_of_every_log_stay() -> None:
    assert MASK.text("short postgres") == "short postgres"


@pytest.mark.parametrize(
    "value",
    ["password", "database", "http://localhost:8000", "127.0.0.1:8000", "0.0.0.0:80", "True"],
)
def test_what_is_no_secret_does_not_garble_what_is_told(value: str) -> None:
    text = f"connection to {value} refused: password authentication failed for database x"
    assert Mask([value]).text(text) == text


def test_other_events_and_an_empty_mask_leave_all_as_it_is() -> None:
    event = StepFailed(step=Step.GATE, seconds=1.0)
    assert MASK.event(event) is event
    assert Mask().text(SECRET) == SECRET
