"""What `devkit push` verifies where things move during a rehearsal: real git, no rehearsals."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.cli.pushed import Answer, Push
from devkit.cli.pushing import ROUNDS, verify_what_is_pushed
from devkit.cli.session import Session
from devkit.engine.git import find_repository
from devkit.engine.git_push import plan_push
from devkit.errors import RefusedError
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.pushing import Verified
    from devkit.hooks.porcelain import PlannedRef
    from devkit.hooks.prepush import PushedRef


@dataclass
class Run:
    """A `devkit push origin WORDS` whose rehearsals do what the test has somebody do meanwhile."""

    repo: Repo
    words: tuple[str, ...] = ("main",)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(rehearsed=True))
    looks: int = 0
    rehearsed: list[tuple[str, str]] = field(default_factory=list)

    def verify(self) -> Verified:
        """Verify the push."""
        session = Session(root=self.repo.path, environment=ENVIRONMENT)
        push = Push(
            session=session,
            repository=find_repository(self.repo.path, ENVIRONMENT),
            project=Path(),
            remote="",
            in_hook=False,
        )
        return verify_what_is_pushed(push, self._look, self._rehearse)

    def _look(self) -> tuple[PlannedRef, ...]:
        self.looks += 1
        words = ["origin", *self.words]
        return plan_push(words, cwd=self.repo.path, environment=ENVIRONMENT)

    def _rehearse(self, _: Push, ref: PushedRef) -> Answer:
        self.rehearsed.append((ref.remote_branch, ref.local_sha))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self.answer


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A commit on main that `origin` has, and one that it lacks."""
    made = make_repo(tmp_path / "shop", {"f": "1"})
    made.git("init", "--quiet", "--bare", "../origin.git")
    made.git("remote", "add", "origin", "../origin.git")
    made.git("push", "--quiet", "origin", "main")
    made.commit({"f": "2"})
    return made


def test_where_nothing_moves_a_second_look_settles_it(repo: Repo) -> None:
    run = Run(repo)
    verified = run.verify()
    assert (run.rehearsed, run.looks) == ([("main", repo.head)], 2)
    assert [ref.local_sha for ref in verified.refs] == [repo.head]


def test_where_nothing_is_rehearsed_one_look_is_enough(repo: Repo) -> None:
    run = Run(repo, answer=Answer())
    assert run.verify().code == 0
    assert run.looks == 1


def test_a_commit_during_the_rehearsal_is_rehearsed_as_well(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    first = repo.head
    run = Run(repo, meanwhile=[lambda: repo.commit({"f": "3"})])
    verified = run.verify()
    assert run.rehearsed == [("main", first), ("main", repo.head)]
    assert [ref.local_sha for ref in verified.refs] == [repo.head]
    moved = f"main has moved to {repo.head[:12]} during the rehearsal: that is verified as well."
    assert moved in capsys.readouterr().err


def test_a_moved_commit_that_fails_is_the_verdict(repo: Repo) -> None:
    run = Run(repo)

    def fail() -> None:
        run.answer = Answer(code=14, rehearsed=True)

    run.meanwhile = [lambda: repo.commit({"f": "broken"}), fail]
    assert run.verify().code == 14
    assert run.rehearsed[1:] == [("main", repo.head)]


def test_a_remote_that_moves_is_switched_from_anew(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    between = repo.head
    repo.commit({"f": "3"})
    run = Run(repo, meanwhile=[lambda: repo.git("push", "--quiet", "origin", f"{between}:main")])
    verified = run.verify()
    assert run.rehearsed == [("main", repo.head)] * 2
    assert [ref.deployed_sha for ref in verified.refs] == [between]
    moved = "refs/heads/main of the remote has moved during the rehearsal"
    assert moved in capsys.readouterr().err


def test_a_branch_that_appears_is_verified_as_well(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    def branch() -> None:
        repo.git("switch", "--quiet", "-c", "work")
        repo.commit({"w": ""})

    run = Run(repo, words=("--all",), meanwhile=[branch])
    assert run.verify().code == 0
    assert [name for name, _ in run.rehearsed] == ["main", "work"]
    assert "git would push refs/heads/work by now" in capsys.readouterr().err


def test_what_somebody_else_has_pushed_meanwhile_is_done(repo: Repo) -> None:
    run = Run(repo, meanwhile=[lambda: repo.git("push", "--quiet", "origin", "main")])
    assert run.verify().refs == ()


def test_a_remote_that_would_reject_by_now_ends_it(repo: Repo) -> None:
    other = repo.git("commit-tree", "HEAD~1^{tree}", "-p", "HEAD~1", "-m", "Other")
    run = Run(repo, meanwhile=[lambda: repo.git("push", "--quiet", "origin", f"{other}:main")])
    with pytest.raises(RefusedError, match="nothing was pushed"):
        run.verify()


def test_a_branch_that_rests_at_last_is_pushed(repo: Repo) -> None:
    commits = [lambda f=f: repo.commit({"f": str(f)}) for f in range(10, 9 + ROUNDS)]
    run = Run(repo, meanwhile=[*commits])
    assert run.verify().code == 0
    assert (len(run.rehearsed), run.looks) == (ROUNDS, ROUNDS + 1)


def test_a_branch_that_never_rests_is_not_pushed(repo: Repo) -> None:
    commits = [lambda f=f: repo.commit({"f": str(f)}) for f in range(10, 20)]
    run = Run(repo, meanwhile=[*commits])
    with pytest.raises(RefusedError, match="so nothing was pushed"):
        run.verify()
    assert len(run.rehearsed) == ROUNDS
