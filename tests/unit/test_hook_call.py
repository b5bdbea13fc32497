from __future__ import annotations

from pathlib import Path

import pytest

from devkit.cli.hookcall import HookCall, read_hook_call
from devkit.hooks.precommit import PreCommitPush, read_variables

A = "a" * 40


@pytest.mark.parametrize(
    ("common", "rest", "call"),
    [
        ([], [], HookCall()),
        (["--json", "--quiet", "--verbose"], ["--folder", "site", "--", "origin", "--x"],
         HookCall(json=True, quiet=True, verbose=True, folder="site", arguments=("origin", "--x"))),
        (["--project", "a", "--project=b"], ["--folder=s", "origin", "/x"],
         HookCall(project=Path("b"), folder="s", arguments=("origin", "/x"))),
        ([], ["--help"], None),
        ([], ["--folder"], None),
        (["--project"], [], None),
    ],
)  # fmt: skip
def test_the_hook_s_command_line(common: list[str], rest: list[str], call: HookCall | None) -> None:
    assert read_hook_call(common, rest) == call


LOCAL = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x", "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/y"}


@pytest.mark.parametrize(
    ("more", "revision", "remote_sha"),
    [
        ({}, "refs/heads/x", ""),
        ({"PRE_COMMIT_TO_REF": A, "PRE_COMMIT_FROM_REF": "b" * 40}, A, "b" * 40),
        ({"PRE_COMMIT_TO_REF": A, "PRE_COMMIT_FROM_REF": f"{'b' * 40}^"}, A, ""),
    ],
)
def test_what_pre_commit_says(more: dict[str, str], revision: str, remote_sha: str) -> None:
    assert read_variables(LOCAL | more) == PreCommitPush(
        local_ref="refs/heads/x",
        revision=revision,
        remote_ref="refs/heads/y",
        remote_sha=remote_sha,
    )


def test_without_its_variables_there_is_no_push() -> None:
    assert read_variables({}) is None
