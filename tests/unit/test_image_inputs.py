from __future__ import annotations

import pytest

from devkit.dockerfile.inputs import Inputs, age, changed, inputs, outdated

TEXT = """\
FROM python AS base
ARG MORE
COPY requirements.txt ./conf/*.toml /tmp/
ADD https://example.com/x.tgz git@example.com:a/b.git $MORE /opt/
COPY --chown=1:1 ["with space.txt", "start", "/bin/"]
FROM base
COPY --from=base /tmp/built /app/
COPY <<EOF /etc/motd
COPY not-a-file /x
EOF
COPY . /app
"""
NAMED = ("conf/*.toml", "requirements.txt", "start", "with space.txt")


def test_what_a_dockerfile_takes_from_the_context() -> None:
    assert inputs(TEXT, mounted=True) == Inputs(paths=NAMED)
    assert inputs(TEXT, mounted=False) == Inputs(paths=NAMED, whole=True)
    assert inputs("", mounted=False) == Inputs()


def test_what_is_new_gone_or_other_has_changed() -> None:
    assert changed({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"}) == (
        "a", "c", "d",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("a",), "a, which it is built from, has changed"),
        (("a", "b"), "a and 1 other file that it is built from have changed"),
        (("a", "b", "c"), "a and 2 other files that it is built from have changed"),
    ],
)
def test_the_sentence_on_an_old_image(names: tuple[str, ...], told: str) -> None:
    assert outdated(names, seconds=7300) == (
        f"The image is of 2 h ago; since then {told}: `devkit up --build`"
    )


@pytest.mark.parametrize(
    ("seconds", "told"), [(-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (2e5, "2 d")]
)
def test_an_age_has_one_unit(seconds: float, told: str) -> None:
    assert age(seconds) == told
