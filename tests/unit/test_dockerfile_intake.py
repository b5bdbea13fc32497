"""What a Dockerfile takes out of the build context."""

from __future__ import annotations

import pytest

from devkit.dockerfile import parse
from devkit.dockerfile.intake import TakenAs, take


@pytest.mark.parametrize(
    ("instruction", "path", "kind", "destination"),
    [
        ("COPY . /app", "a/b.py", TakenAs.ROOT, "/app/a/b.py"),
        ("COPY . .", "a/b.py", TakenAs.ROOT, "/srv/a/b.py"),
        ("COPY ./ ./", "b.py", TakenAs.ROOT, "/srv/b.py"),
        ("COPY src lib", "src/b.py", TakenAs.FOLDER, "/srv/lib/b.py"),
        ("COPY src/ lib/", "src/c/b.py", TakenAs.FOLDER, "/srv/lib/c/b.py"),
        ("COPY a.txt .", "a.txt", TakenAs.FILE, "/srv/a.txt"),
        ("COPY a.txt b.txt", "a.txt", TakenAs.FILE, "/srv/b.txt"),
        ("COPY a.txt b.txt to/", "b.txt", TakenAs.FILE, "/srv/to/b.txt"),
        ('COPY ["a b.txt", "/x y/"]', "a b.txt", TakenAs.FILE, "/x y/a b.txt"),
        ("COPY --chown=1:1 a.txt /x", "a.txt", TakenAs.FILE, "/x"),
        ("COPY req*.txt .", "requirements.txt", TakenAs.FILE, "/srv/requirements.txt"),
        ("COPY */conf /etc/", "web/conf/a", TakenAs.FOLDER, "/etc/a"),
        ("ADD $NAME /x/", "named", TakenAs.FILE, "/x/named"),
        ("COPY a.txt $UNKNOWN", "a.txt", TakenAs.FILE, None),
    ],
)
def test_what_is_taken(instruction: str, path: str, kind: TakenAs, destination: str | None) -> None:
    text = f"FROM x\nARG NAME=named\nWORKDIR /srv\n{instruction}\n"
    (copy,) = parse(text).intake
    taken = take(copy, path)
    assert taken is not None
    assert (taken.kind, taken.destination, copy.line) == (kind, destination, 4)


@pytest.mark.parametrize(
    ("instruction", "path"),
    [
        ("COPY src lib", "src2/b.py"),
        ("COPY req*.txt .", "x/requirements.txt"),
        ("COPY a.txt .", "b.txt"),
        ("COPY a.txt .", "x/a.txt"),
    ],
)
def test_what_is_not(instruction: str, path: str) -> None:
    (copy,) = parse(f"FROM x\n{instruction}\n").intake
    assert take(copy, path) is None


@pytest.mark.parametrize(
    "instruction",
    ["COPY --from=other a b", "ADD https://example.com/x /x", "COPY <<EOF /x\na.txt\nEOF", "COPY"],
)
def test_what_is_not_of_the_context(instruction: str) -> None:
    assert parse(f"FROM x\n{instruction}\n").intake == ()


def test_each_knows_what_ran_after_it_in_its_stage() -> None:
    found = parse("""\
FROM a AS base
COPY a .
RUN one
FROM b AS unused
COPY z .
FROM node AS assets
COPY package.json .
RUN npm ci
FROM base
COPY b .
RUN two
COPY --from=assets /x /y
COPY c .
""")
    assert [(c.sources, c.runs, c.final) for c in found.intake] == [
        (("a",), ("one", "two"), True),
        (("b",), ("two",), True),
        (("c",), (), True),
        (("package.json",), ("npm ci",), False),
    ]


def test_stages_by_number_and_mounts_of_other_stages() -> None:
    found = parse("""\
FROM a
COPY x .
FROM b
RUN --mount=type=bind,from=0,target=/t true
""")
    assert [(c.sources, c.final) for c in found.intake] == [(("x",), False)]


def test_a_hostile_file_stays_within_bounds() -> None:
    many = parse("FROM x\n" + "COPY a b\nRUN x\n" * 5000)
    assert len(many.intake) <= 500
