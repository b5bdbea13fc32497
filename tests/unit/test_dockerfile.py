"""What a Dockerfile's text tells."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from devkit.dockerfile import Dockerfile, parse


def facts(text: str) -> Dockerfile:
    return parse(dedent(text))


@pytest.mark.parametrize(
    ("instructions", "ports"),
    [
        ("EXPOSE 80", (80,)),
        ("expose 80", (80,)),
        ("EXPOSE 80/tcp", (80,)),
        ("EXPOSE 80/TCP", (80,)),
        ("EXPOSE 53/udp", ()),
        ("EXPOSE 80 443", (80, 443)),
        ("EXPOSE 443\nEXPOSE 80\nEXPOSE 443/tcp", (443, 80)),
        ("EXPOSE 8000-8002", (8000, 8001, 8002)),
        ("EXPOSE 8000-8001/tcp 9/udp", (8000, 8001)),
        ("EXPOSE 127.0.0.1:8080:80", (80,)),
        ('EXPOSE "80"', (80,)),
        ("ENV PORT=8080\nEXPOSE $PORT", (8080,)),
        ("ENV PORT 8080\nEXPOSE ${PORT}/tcp", (8080,)),
        ("ARG PORT=8080\nEXPOSE $PORT", (8080,)),
        ("ARG PORT=1\nENV PORT=2\nEXPOSE $PORT", (2,)),
        ("ENV A=8080 B='9090'\nEXPOSE $A $B", (8080, 9090)),
        ('ENV PORTS="80 443"\nEXPOSE $PORTS', (80, 443)),
        ("EXPOSE ${PORT:-5000}", (5000,)),
        ("ENV A=1\nEXPOSE ${A:+6000}", (6000,)),
        ("ENV A=80\nENV B=${A}80\nEXPOSE $B", (8080,)),
        ("EXPOSE $PORT", ()),
        ("EXPOSE ${PORT%x}", ()),
        ("EXPOSE '$PORT'", ()),
        ("EXPOSE 99999", ()),
        ("EXPOSE", ()),
        ("# EXPOSE 80", ()),
        ("RUN echo \\\n  EXPOSE 80", ()),
        ("EXPOSE \\\n  80 \\\n  # why\n\n  443", (80, 443)),
    ],
)
def test_exposed_ports(instructions: str, ports: tuple[int, ...]) -> None:
    assert parse(f"FROM python\n{instructions}\n").ports == ports


def test_global_arguments_count_in_from_and_where_a_stage_takes_them() -> None:
    found = facts("""\
        ARG VERSION=3.11
        ARG PORT=8000
        FROM python:${VERSION}-slim
        EXPOSE $PORT
        ARG PORT
        EXPOSE $PORT
    """)
    assert found.base_images == ("python:3.11-slim",)
    assert found.ports == (8000,)


@pytest.mark.parametrize(
    ("instructions", "workdir"),
    [
        ("", "/"),
        ("WORKDIR /app", "/app"),
        ("WORKDIR /app\nWORKDIR src", "/app/src"),
        ("WORKDIR app", "/app"),
        ("WORKDIR /app/../srv/", "/srv"),
        ("WORKDIR //srv", "/srv"),
        ("ENV HOME=/srv\nWORKDIR $HOME/app", "/srv/app"),
        ('WORKDIR "/my app"', "/my app"),
        ("WORKDIR $UNKNOWN", None),
        ("WORKDIR $UNKNOWN\nWORKDIR x", None),
        ("WORKDIR $UNKNOWN\nWORKDIR /x", "/x"),
    ],
)
def test_workdir(instructions: str, workdir: str | None) -> None:
    assert parse(f"FROM python\n{instructions}").workdir == workdir


@pytest.mark.parametrize(
    ("instruction", "destination"),
    [
        ("COPY . /app", "/app"),
        ("COPY . /app/", "/app"),
        ("copy ./ /app", "/app"),
        ("COPY / /app", "/app"),
        ("ADD . /app", "/app"),
        ("COPY . .", "/srv"),
        ("ADD . .", "/srv"),
        ("COPY . src", "/srv/src"),
        ("COPY --chown=1000:1000 . /app", "/app"),
        ("COPY --chown=a --link   . /app", "/app"),
        ('COPY [".", "/my app"]', "/my app"),
        ('COPY --chown=a ["a", ".", "/app"]', "/app"),
        ("COPY requirements.txt . /app/", "/app"),
        ("COPY --from=build . /app", None),
        ("COPY src /app", None),
        ("COPY .env /app", None),
        ("COPY * /app", None),
        ("COPY .", None),
        ("COPY", None),
        ("COPY . $UNKNOWN", None),
        ("COPY . ${TARGET:-/opt/app}", "/opt/app"),
        ("COPY . /app\nCOPY . /again", "/again"),
        ("COPY . /app\nCOPY start /usr/bin/start", "/app"),
    ],
)
def test_where_the_root_is_copied(instruction: str, destination: str | None) -> None:
    assert parse(f"FROM python\nWORKDIR /srv\n{instruction}").root_copy == destination


@pytest.mark.parametrize(
    ("instructions", "has_command", "has_entrypoint"),
    [
        ("", False, False),
        ('CMD ["start", "web"]', True, False),
        ("CMD start web", True, False),
        ("CMD []", False, False),
        ('ENTRYPOINT ["start"]', False, True),
        ("ENTRYPOINT []", False, False),
        ('ENTRYPOINT ["a"]\nCMD ["b"]', True, True),
        ('CMD ["b"]\nENTRYPOINT ["a"]', True, True),
    ],
)
def test_command_and_entry_point(
    instructions: str, *, has_command: bool, has_entrypoint: bool
) -> None:
    found = parse(f"FROM python\n{instructions}")
    assert (found.has_command, found.has_entrypoint) == (has_command, has_entrypoint)


def test_the_final_stage_counts_with_what_it_inherits() -> None:
    found = facts("""\
        FROM python:3.11 AS Base
        ENV PORT=8000
        WORKDIR /srv
        EXPOSE $PORT
        CMD ["python"]

        FROM node:20 AS assets
        EXPOSE 3000
        COPY . /assets
        RUN npm ci

        FROM --platform=linux/amd64 BASE as final
        EXPOSE 9$PORT
        COPY --from=assets /assets/dist static
        COPY . .
    """)
    assert replace(found, intake=()) == Dockerfile(
        ports=(8000,),
        workdir="/srv",
        has_command=True,
        command='["python"]',
        environment={"PORT": "8000"},
        base="python:3.11",
        copies=(("dist", "/srv/static"), (".", "/srv/")),
        base_images=("python:3.11", "node:20"),
        root_copy="/srv",
        builds_in_place=True,
        only_installs=False,
    )


def test_an_entry_point_takes_the_inherited_command_away() -> None:
    found = facts("""\
        FROM python AS base
        CMD ["web"]
        FROM base
        ENTRYPOINT ["start"]
    """)
    assert not found.has_command


def test_a_stage_does_not_change_the_one_it_starts_from() -> None:
    found = facts("""\
        FROM python AS base
        FROM base AS other
        EXPOSE 9000
        FROM base
    """)
    assert found.ports == ()


def test_scratch_is_no_image_and_one_image_is_named_once() -> None:
    assert facts("""\
        FROM golang:1.22 AS a
        FROM golang:1.22 AS b
        FROM scratch
        FROM $UNKNOWN
    """).base_images == ("golang:1.22",)


@pytest.mark.parametrize(
    "text", ["", "\n", "FROM", "nonsense", "EXPOSE 80", "\\", 'COPY ["', "FROM a AS"]
)
def test_a_broken_file_gives_no_error(text: str) -> None:
    assert isinstance(parse(text), Dockerfile)


def test_nothing_is_mounted_over_the_root_of_the_image() -> None:
    assert parse("FROM python\nCOPY . .").source_folder is None
