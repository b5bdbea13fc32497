"""What goes and what stays of all that carries devkit's labels."""

from __future__ import annotations

import pytest

from devkit.cleaning.plan import (
    LONGEST_RUN,
    Also,
    BuiltImage,
    Fate,
    Kind,
    Observed,
    Plan,
    Run,
    Thing,
    plan_cleaning,
)
from devkit.cleaning.words import count_of, removal_lines, size_of, stay_lines, total_line

NAME = "devkit-verify-0123456789"
TAG = "verify-0123456789"


def run(fate: Fate, *, name: str = NAME) -> Run:
    things = (
        Thing(kind=Kind.CONTAINER, id="c1", name=f"{name}-web-1"),
        Thing(kind=Kind.VOLUME, id="v1", name=f"{name}_database", size=48_000_000),
    )
    return Run(name=name, project="shop", fate=fate, owner="process 123", things=things)


def image(
    tag: str, *, age: float = 60.0, user: str = "", repository: str = "devkit/shop"
) -> BuiltImage:
    return BuiltImage(
        id=f"sha256:{tag}", repository=repository, tag=tag, age=age, user=user, size=9
    )


def names(plan: Plan) -> list[str]:
    return [removal.thing.name for removal in plan.removals]


def test_a_dead_owners_run_goes_with_all_that_it_has() -> None:
    plan = plan_cleaning(Observed(runs=(run(Fate.DEAD),), images=(image(TAG),)))

    assert plan.runs == (NAME,)
    assert names(plan) == [f"{NAME}-web-1", f"{NAME}_database", f"devkit/shop:{TAG}"]
    assert {removal.why for removal in plan.removals} == {"its owner, process 123, is dead"}
    assert plan.bytes == 48_000_009


@pytest.mark.parametrize(
    ("fate", "why"),
    [
        (Fate.LIVING, "process 123 is at it"),
        (Fate.KEPT, f"it was kept to be looked into; devkit clean {NAME} removes it"),
        (Fate.FOREIGN, "process 123 made it, and may still want it"),
    ],
)
def test_all_others_stay_with_their_images(fate: Fate, why: str) -> None:
    plan = plan_cleaning(Observed(runs=(run(fate),), images=(image(TAG, age=LONGEST_RUN + 1),)))
    assert plan.removals == ()
    assert [stay.why for stay in plan.stays] == [why]


def test_kept_runs_go_where_that_is_asked_for() -> None:
    runs = (run(Fate.KEPT), run(Fate.LIVING, name="devkit-verify-aaaaaaaaaa"))
    plan = plan_cleaning(Observed(runs=runs), also=[Also.KEPT_RUNS])
    assert plan.runs == (NAME,)


def test_one_that_is_named_goes_alone() -> None:
    other = run(Fate.DEAD, name="devkit-verify-aaaaaaaaaa")
    observed = Observed(runs=(run(Fate.KEPT), other), images=(image(TAG), image("<none>")))
    plan = plan_cleaning(observed, also=[Also.KEPT_IMAGES], named=[NAME])
    assert plan.runs == (NAME,)
    assert [thing.name for thing in plan.images] == [f"devkit/shop:{TAG}"]


def test_a_living_run_stays_even_when_it_is_named() -> None:
    assert plan_cleaning(Observed(runs=(run(Fate.LIVING),)), named=[NAME]).removals == ()


@pytest.mark.parametrize(
    ("found", "also", "goes"),
    [
        (image("3a60e16ba4ca"), [], False),
        (image("3a60e16ba4ca"), [Also.KEPT_IMAGES], True),
        (image("3a60e16ba4ca", user="shop-live-web-1"), [Also.KEPT_IMAGES], False),
        (image("latest"), [Also.KEPT_IMAGES], False),
        (image("3a60e16ba4ca", repository="example/shop"), [Also.KEPT_IMAGES], False),
        (image(TAG, repository="example/shop", age=LONGEST_RUN + 1), [], False),
        (image("<none>", repository="example/shop"), [], False),
        (image(TAG), [Also.KEPT_IMAGES], False),
        (image(TAG, age=LONGEST_RUN + 1), [], True),
        (image("<none>", repository="<none>"), [], True),
        (image("<none>", repository="<none>", user="web"), [], False),
    ],
    ids=["kept", "asked for", "in use", "a person's tag", "a person's name",
         "a person's run tag", "a person's, by digest", "unknown run", "old run", "no name",
         "no name, in use"],
)  # fmt: skip
def test_images_without_a_run(found: BuiltImage, also: list[Also], goes: bool) -> None:
    plan = plan_cleaning(Observed(images=(found,)), also=also)
    assert [thing.id for thing in plan.images] == ([found.reference] if goes else [])
    assert len(plan.stays) == (0 if goes else 1)


def test_an_image_without_a_name_is_removed_by_its_id() -> None:
    assert image("<none>", repository="<none>").reference == "sha256:<none>"


def test_the_words() -> None:
    plan = plan_cleaning(
        Observed(runs=(run(Fate.DEAD),), images=(image("3a60e16ba4ca"), image("3a60e16ba4cb")))
    )
    why = "its owner, process 123, is dead"
    assert list(removal_lines(plan, verb="Would remove")) == [
        f"Would remove what is left of the rehearsal {NAME} of shop: {why}.",
        f"  container  {NAME}-web-1",
        f"  volume     {NAME}_database  48 MB",
    ]
    assert list(stay_lines(plan)) == [
        "Stays: 2 images devkit/shop; it was verified, and can be used again; --images removes it."
    ]
    assert count_of(plan) == "1 container, 1 volume"
    assert total_line(plan, verb="Removed") == (
        "Removed 1 container, 1 volume, which frees up to 48 MB."
    )
    assert total_line(Plan(), verb="Removed") == "Nothing was left behind."


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (48_100_000, "48.1 MB"), (2_000_000_000, "2 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size_of(count) == text


def test_an_environment_stays_even_where_its_run_is_named() -> None:
    observed = Observed(
        runs=(run(Fate.STANDING),), images=(image("test-0a1b2c-7"), image("live-0a1b2c-12"))
    )
    for plan in (plan_cleaning(observed), plan_cleaning(observed, named=[NAME])):
        assert names(plan) == []
    also = plan_cleaning(observed, also=[Also.KEPT_IMAGES, Also.KEPT_RUNS])
    assert names(also) == []
    told = "\n".join(stay_lines(also))
    assert "Stays: the environment process 123; it stays until devkit deploy stop" in told
    assert "Stays: 2 images devkit/shop; it is of an environment that stays" in told
