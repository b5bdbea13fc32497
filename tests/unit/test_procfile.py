"""What a line of a Procfile becomes in a Dockerfile."""

from __future__ import annotations

import json
import subprocess

import pytest

from devkit.config.detection.findings import Sources
from devkit.config.detection.procfile import as_cmd
from devkit.config.detection.python_image import python_checks
from devkit.dockerfile import Dockerfile

GUNICORN = "gunicorn config.wsgi"


@pytest.mark.parametrize(
    ("told", "cmd"),
    [
        (GUNICORN, ["gunicorn", "config.wsgi"]),
        ("gunicorn -n 'a b' x", ["gunicorn", "-n", "a b", "x"]),
        (f"a migrate && {GUNICORN}", ["sh", "-c", f"a migrate && exec {GUNICORN}"]),
        (f"cd src && {GUNICORN}", ["sh", "-c", f"cd src && exec {GUNICORN}"]),
        (f"cd src; A=1 {GUNICORN}", ["sh", "-c", f"cd src; A=1 exec {GUNICORN}"]),
        ("gunicorn a 2>&1 | tee log", ["sh", "-c", "gunicorn a 2>&1 | tee log"]),
        ("(cd src && gunicorn a)", ["sh", "-c", "(cd src && gunicorn a)"]),
        ("echo 'a && b' && x", ["sh", "-c", "echo 'a && b' && x"]),
        ("if x; then y; fi", ["sh", "-c", "if x; then y; fi"]),
        ("a & b", ["sh", "-c", "a & b"]),
        ("cd src && exec gunicorn a", ["sh", "-c", "cd src && exec gunicorn a"]),
    ],
)
def test_the_words_of_a_cmd(told: str, cmd: list[str]) -> None:
    assert json.loads(as_cmd(told)) == cmd


@pytest.mark.parametrize(
    ("told", "cmd"),
    [
        ("gunicorn --bind :$PORT a", "exec gunicorn --bind :$PORT a"),
        ("FOO=1 gunicorn a", "FOO=1 exec gunicorn a"),
        ("gunicorn -w $(nproc) a", "exec gunicorn -w $(nproc) a"),
        ("FOO='a b' gunicorn a", "FOO='a b' gunicorn a"),
    ],
)
def test_a_shell_form_where_only_variables_need_one(told: str, cmd: str) -> None:
    assert as_cmd(told) == cmd


def test_each_command_of_a_chain_runs() -> None:
    words = json.loads(as_cmd("cd / && A=1 && B=2 env"))
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert {"B=2", "PWD=/"} <= set(ran.stdout.splitlines())


def test_migrations_in_the_cmd_are_told() -> None:
    files = {"requirements.txt": "gunicorn\n", "Procfile": f"web: a migrate && {GUNICORN}\n"}
    told = " ".join(python_checks(Sources(files, Dockerfile(), "")))
    assert "leave that to `release:`" in told
