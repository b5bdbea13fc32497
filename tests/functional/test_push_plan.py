"""What `git push` would push, beside what it then pushes: real git, real remotes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git_push import plan_push
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError
from devkit.hooks.porcelain import Fate
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.hooks.porcelain import PlannedRef

RECORDER = """\
#!/bin/sh
cat >> "$(git rev-parse --git-common-dir)/git-gave-the-hook"
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Three commits on main and one on work; `origin` has the first of main, and `old`."""
    made = make_repo(tmp_path / "shop", {"f": "1"})
    make_remote(made, "origin")
    made.git("push", "--quiet", "origin", "main", "main:old")
    made.git("switch", "--quiet", "-c", "work")
    made.commit({"w": ""})
    made.git("switch", "--quiet", "main")
    made.commit({"f": "2"})
    made.commit({"f": "3"})
    return made


def make_remote(repo: Repo, name: str) -> Path:
    path = repo.path.parent / f"{name}.git"
    repo.git("init", "--quiet", "--bare", str(path))
    repo.git("remote", "add", name, str(path))
    return path


def plan(repo: Repo, *arguments: str) -> tuple[PlannedRef, ...]:
    return plan_push(arguments, cwd=repo.path, environment=ENVIRONMENT)


def what_git_gives_the_hook(repo: Repo, *arguments: str) -> set[tuple[str, str]]:
    """The target and the object of each ref, as git itself says on a real push."""
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(RECORDER)
    hook.chmod(0o755)
    subprocess.run(["git", "push", *arguments], cwd=repo.path, env=dict(ENVIRONMENT),
                   capture_output=True, check=True)  # fmt: skip
    seen = repo.path / ".git/git-gave-the-hook"
    lines = seen.read_text().splitlines() if seen.exists() else []
    words = [line.rsplit(" ", 3) for line in lines]
    return {(remote, sha) for _, sha, remote, _ in words}


@pytest.mark.parametrize(
    "arguments",
    [
        ["origin", "main"],
        ["origin", "HEAD~1:main"],
        ["origin", "HEAD~1:refs/heads/new"],
        ["origin", "HEAD"],
        ["origin", "@:refs/heads/at"],
        ["origin", "+work:main"],
        ["--force", "origin", "work:main"],
        ["--all", "origin"],
        ["--tags", "origin"],
        ["--follow-tags", "origin", "main"],
        ["--mirror", "origin"],
        ["--delete", "origin", "old"],
        ["origin", ":old", "main:a", "work:b"],
        ["--quiet", "origin", "main"],
        ["-q", "--", "origin", "main"],
        ["--receive-pack", "git-receive-pack", "--quiet", "origin", "main"],
        ["--no-dry-run", "--verify", "origin", "main"],
        ["--repo=origin"],
        ["--prune", "origin", "refs/heads/*:refs/heads/*"],
        ["two", "main", "work"],
        ["../origin.git", "main"],
        ["origin", "old-tag^{}:refs/heads/from-tag", "old-tag"],
        ["-u", "origin", "main"],
    ],
)
def test_the_plan_is_what_git_then_gives_the_hook(arguments: list[str], repo: Repo) -> None:
    repo.git("tag", "--annotate", "--message", "One", "old-tag", "HEAD~1")
    repo.git("config", "push.default", "current")
    second = make_remote(repo, "two")
    third = repo.path.parent / "three.git"
    repo.git("init", "--quiet", "--bare", str(third))
    repo.git("remote", "set-url", "--add", "--push", "two", str(second))
    repo.git("remote", "set-url", "--add", "--push", "two", str(third))
    before = repo.git("for-each-ref"), repo.git("ls-remote", "origin")

    moving = [ref for ref in plan(repo, *arguments) if ref.fate is not Fate.UP_TO_DATE]
    pushed = {(r.target, object_of(repo, r)) for r in moving if r.fate is not Fate.DELETED}
    deleted = {(r.target, "0" * 40) for r in moving if r.fate is Fate.DELETED}

    assert (repo.git("for-each-ref"), repo.git("ls-remote", "origin")) == before
    assert pushed | deleted
    given = what_git_gives_the_hook(repo, *arguments)
    # What --mirror deletes git does not tell the hook.
    assert pushed <= given <= pushed | deleted


def object_of(repo: Repo, ref: PlannedRef) -> str:
    named = repo.git("rev-parse", ref.source)
    assert ref.new_sha in {"", named}
    return named


@pytest.mark.parametrize("default", ["simple", "upstream", "matching", "current"])
def test_push_default_decides_without_arguments(default: str, repo: Repo) -> None:
    repo.git("config", "push.default", default)
    repo.git("branch", "--quiet", "--set-upstream-to=origin/main")
    (ref,) = [ref for ref in plan(repo) if ref.fate is not Fate.UP_TO_DATE]
    assert (ref.target, ref.new_sha) == ("refs/heads/main", repo.head)
    assert ref.old_sha == repo.git("rev-parse", "HEAD~2")


def test_up_to_date_is_said(repo: Repo) -> None:
    repo.git("push", "--quiet", "origin", "main")
    assert [ref.fate for ref in plan(repo, "origin", "main")] == [Fate.UP_TO_DATE]


def test_the_hook_is_not_run(repo: Repo) -> None:
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert plan(repo, "origin", "main")


def test_a_ref_that_the_remote_would_not_take(repo: Repo) -> None:
    repo.git("push", "--quiet", "origin", "main")
    with pytest.raises(RefusedError) as caught:
        plan(repo, "origin", "work:main", "work:other")
    assert caught.value.details == ("refs/heads/main: [rejected] (non-fast-forward)",)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--no-such-option"], UsageError),
        (["nowhere", "main"], CouldNotFindOutError),
        (["origin", "no-such-branch"], CouldNotFindOutError),
    ],
)
def test_what_git_cannot_tell(arguments: list[str], error: type[Exception], repo: Repo) -> None:
    with pytest.raises(error):
        plan(repo, *arguments)


def test_no_remote_at_all(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "alone", {"f": ""})
    with pytest.raises(CouldNotFindOutError):
        plan(made)
