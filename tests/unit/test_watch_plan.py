"""What of a plan is left once its greatest part is done."""

from __future__ import annotations

import pytest

from devkit.watch.meaning import Action, Meaning
from devkit.watch.plan import Plan

PLAN = Plan(
    meanings=(
        Meaning(path="devkit.yaml", action=Action.REGENERATE, reason=""),
        Meaning(path="deps.txt", action=Action.REBUILD, reason=""),
        Meaning(path="mounted.py", action=Action.RESTART, reason=""),
        Meaning(path="copied.py", action=Action.RESTART, reason="", into="/app/copied.py"),
        Meaning(path="page.txt", action=Action.SYNC, reason="", into="/srv/page.txt"),
        Meaning(path="seen.txt", action=Action.NOTHING, reason=""),
    )
)


@pytest.mark.parametrize(
    ("built", "replaced", "left"),
    [
        (True, True, []),
        # The image came out as it was, and so did the container.
        (True, False, ["mounted.py", "copied.py", "page.txt"]),
        (False, False, ["mounted.py", "copied.py", "page.txt"]),
        # It began with what is mounted, but with an image that knows nothing of the others.
        (False, True, ["copied.py", "page.txt"]),
    ],
)
def test_what_is_left(built: bool, replaced: bool, left: list[str]) -> None:
    found = PLAN.left(built=built, replaced=replaced)
    assert [each.path for each in found.meanings] == left


SEEN = Meaning(path="a.css", action=Action.NOTHING, reason="")
TASKS = Meaning(path="tasks.py", action=Action.RESTART, reason="", services=("queue", "beat"))
MAIL = Meaning(path="mail.py", action=Action.RESTART, reason="", services=("mail", "queue"))
WEB = Meaning(path="web.py", action=Action.RESTART, reason="")
DEPS = Meaning(path="deps.txt", action=Action.REBUILD, reason="")


@pytest.mark.parametrize(
    ("meanings", "others", "taken_up"),
    [
        ((), (), True),
        ((SEEN,), (), True),
        ((SEEN, TASKS), ("queue", "beat"), True),
        ((TASKS, MAIL), ("queue", "beat", "mail"), True),
        ((TASKS, WEB), (), False),
        ((WEB,), (), False),
        ((TASKS, DEPS), ("queue", "beat"), False),
    ],
)
def test_who_is_restarted(
    meanings: tuple[Meaning, ...], others: tuple[str, ...], taken_up: bool
) -> None:
    plan = Plan(meanings=meanings)
    assert (plan.others, plan.taken_up) == (others, taken_up)
