"""`devkit push` and the hook on real git, without an engine: receipts, skipping, what is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devkit.hooks.receipts import not_from
from tests.functional.programs import NO_ENGINE, devkit, environment
from tests.functional.receipts import give_receipt
from tests.functional.repos import ENVIRONMENT, Repo, make_repo
from tests.shop import DOCKERFILE

if TYPE_CHECKING:
    from pathlib import Path

GIT = {k: v for k, v in ENVIRONMENT.items() if k.startswith("GIT_") or k == "HOME"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project with one commit, and an empty `origin`."""
    made = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE, "devkit.yaml": "name: shop\n"})
    made.git("init", "--quiet", "--bare", "../origin.git")
    made.git("remote", "add", "origin", "../origin.git")
    return made


@pytest.fixture
def hooked(repo: Repo) -> Repo:
    """The same, with the hook, which finds the devkit that is under test."""
    assert run(repo, "hook", "install").returncode == 0
    return repo


def run(repo: Repo, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return devkit(*words, cwd=repo.path, **{**GIT, **NO_ENGINE, **env})


def git_push(repo: Repo, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "push", *words], cwd=repo.path, env=environment(**{**GIT, **NO_ENGINE, **env}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def remote_refs(repo: Repo) -> dict[str, str]:
    lines = repo.git("ls-remote", "origin").splitlines()
    return {name: sha for sha, name in (line.split("\t") for line in lines)}


def unverified(repo: Repo) -> list[str]:
    status = json.loads(run(repo, "--json", "hook", "status").stdout)
    return [each["commit"] for each in status["unverified"]]


def test_a_verified_commit_is_pushed(repo: Repo) -> None:
    give_receipt(repo)
    done = run(repo, "push", "origin", "main", "HEAD:refs/heads/live")
    assert done.returncode == 0, done.stderr
    assert "was verified on" in done.stderr
    assert remote_refs(repo) == {"refs/heads/main": repo.head, "refs/heads/live": repo.head}


def test_an_unverified_commit_is_rehearsed_before_anything_is_pushed(repo: Repo) -> None:
    give_receipt(repo)
    repo.commit({"f": "other"})
    done = run(repo, "push", "origin", "main")
    assert done.returncode == 4, done.stderr
    assert "has no receipt, so it is rehearsed before the push" in done.stderr
    assert "the last rehearsal took 2 min 14 s" in done.stderr
    assert "connection open" not in done.stderr
    assert "nothing was pushed" in done.stderr
    assert remote_refs(repo) == {}


def test_the_hook_says_that_the_connection_is_open(hooked: Repo) -> None:
    give_receipt(hooked)
    hooked.commit({"f": "other"})
    done = git_push(hooked, "origin", "main")
    assert done.returncode != 0
    assert "(the last rehearsal took 2 min 14 s); git holds its connection open" in done.stderr
    assert "`devkit push`" in done.stderr
    assert remote_refs(hooked) == {}


def test_git_s_own_exit_code_and_words_are_kept(repo: Repo) -> None:
    give_receipt(repo)
    refuse = repo.path.parent / "origin.git/hooks/pre-receive"
    refuse.write_text("#!/bin/sh\necho not today\nexit 1\n")
    refuse.chmod(0o755)
    theirs = git_push(repo, "origin", "main")
    done = run(repo, "push", "origin", "main")
    assert done.returncode == theirs.returncode != 0
    assert theirs.stderr in done.stderr


def test_a_push_that_would_be_rejected_ends_before_the_rehearsal(repo: Repo) -> None:
    repo.git("push", "--quiet", "origin", "main")
    repo.git("commit", "--quiet", "--amend", "--message", "Other")
    done = run(repo, "push", "origin", "main")
    assert done.returncode == 5, done.stderr
    assert "refs/heads/main: [rejected] (non-fast-forward)" in done.stderr
    assert "rehears" not in done.stderr


@pytest.mark.parametrize(
    "words", [["origin", "main"], ["--delete", "origin", "main"], ["origin", ":main"]]
)
def test_what_deploys_nothing_new_is_git_s_alone(words: list[str], repo: Repo) -> None:
    repo.git("push", "--quiet", "origin", "main")
    done = run(repo, "push", *words)
    assert done.returncode == 0, done.stderr
    assert "nothing in this push to verify" in done.stderr
    assert bool(remote_refs(repo)) == (words == ["origin", "main"])


def test_help_is_devkit_s_and_all_else_is_git_s(repo: Repo) -> None:
    assert "devkit push" in run(repo, "push", "--help").stdout
    give_receipt(repo)
    done = run(repo, "push", "--porcelain", "--quiet", "-u", "--", "origin", "main")
    assert done.returncode == 0, done.stderr
    assert repo.git("rev-parse", "--abbrev-ref", "main@{upstream}") == "origin/main"
    assert run(repo, "push", "--no-such-option").returncode == 2


def test_the_last_json_line_is_git_s_verdict(repo: Repo) -> None:
    give_receipt(repo)
    done = run(repo, "--json", "push", "origin", "main")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(e["verdict"], e["reused"]) for e in events] == [("passed", True), ("passed", False)]


def test_a_tag_and_a_revision_are_verified_as_what_they_name(repo: Repo) -> None:
    give_receipt(repo)
    repo.git("tag", "--annotate", "--message", "One", "v1")
    first = repo.head
    repo.commit({"f": "unverified"})
    done = run(repo, "push", "origin", "v1", "HEAD~1:refs/heads/main")
    assert done.returncode == 0, done.stderr
    assert remote_refs(repo)["refs/heads/main"] == first
    assert run(repo, "push", "origin", "HEAD:main").returncode == 4


def test_from_a_worktree_and_a_subfolder(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "shop", {"site/Dockerfile": DOCKERFILE})
    made.git("init", "--quiet", "--bare", "../origin.git")
    made.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    made.git("worktree", "add", "--quiet", "-b", "work", "../other")
    done = run(Repo(path=tmp_path / "other"), "--project", "site", "push", "origin", "work")
    assert done.returncode == 4, done.stderr
    assert run(Repo(path=tmp_path / "other"), "push", "origin", "work").returncode == 0


def test_from_outside_of_the_project_the_hook_s_project_counts(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "shop", {"site/Dockerfile": DOCKERFILE})
    made.git("init", "--quiet", "--bare", "../origin.git")
    made.git("remote", "add", "origin", "../origin.git")
    assert run(made, "--project", "site", "hook", "install").returncode == 0
    done = run(made, "push", "origin", "main")
    assert "has no receipt, so it is rehearsed before the push." in done.stderr
    assert (done.returncode, remote_refs(made)) == (4, {})


def test_skipping_is_recorded_told_and_made_good(hooked: Repo) -> None:
    secret = {"SECRET_KEY": "canary"}
    done = git_push(hooked, "origin", "main", DEVKIT_SKIP="1", **secret)
    assert done.returncode == 0, done.stderr
    assert "is not verified (DEVKIT_SKIP=1)" in done.stderr
    skipped = hooked.head
    assert unverified(hooked) == [skipped]
    record = (hooked.path / f".git/devkit/skipped/{skipped}.json").read_text()
    assert "Ada <ada@example.org>" in record
    assert "canary" not in record
    line = f"{skipped[:12]} was let through to refs/heads/main of origin unverified on"
    assert line in run(hooked, "hook", "status").stdout

    hooked.commit({"f": "next"})
    assert line in git_push(hooked, "origin", "main").stderr  # refused, and told
    assert unverified(hooked) == [skipped]
    give_receipt(hooked)
    other = git_push(hooked, "origin", "main")
    assert f"was verified, but not from {skipped[:12]}, which refs/heads/main has" in other.stderr
    assert "has no receipt" not in other.stderr
    assert other.returncode != 0  # there is no engine to rehearse it with
    give_receipt(hooked, old=skipped)
    pushed = git_push(hooked, "origin", "main")
    assert pushed.returncode == 0, pushed.stderr
    assert line in pushed.stderr
    assert unverified(hooked) == []
    assert "unverified" not in git_push(hooked, "origin", "main:refs/heads/more").stderr


def test_verifying_the_skipped_commit_itself_makes_it_good(hooked: Repo) -> None:
    git_push(hooked, "origin", "main", DEVKIT_SKIP="1")
    assert unverified(hooked) == [hooked.head]
    give_receipt(hooked)
    assert unverified(hooked) == []


def test_a_verified_commit_is_not_recorded_as_skipped(hooked: Repo) -> None:
    give_receipt(hooked)
    assert git_push(hooked, "origin", "main", DEVKIT_SKIP="1").returncode == 0
    assert unverified(hooked) == []


@pytest.mark.parametrize("value", ["", "0", "yes"])
def test_only_1_skips(value: str, hooked: Repo) -> None:
    assert git_push(hooked, "origin", "main", DEVKIT_SKIP=value).returncode != 0
    assert unverified(hooked) == []


def test_a_remote_s_password_is_not_recorded(hooked: Repo) -> None:
    stdin = f"refs/heads/main {hooked.head} refs/heads/main {'0' * 40}\n"
    location = "https://ada:canary@example.org/shop.git"
    done = devkit("hook", "run", "--folder", ".", "--", location, location, cwd=hooked.path,
                  stdin=stdin, **{**GIT, **NO_ENGINE, "DEVKIT_SKIP": "1"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = (hooked.path / f".git/devkit/skipped/{hooked.head}.json").read_text()
    assert "https://example.org/shop.git" in record
    assert "canary" not in record


def test_devkit_push_records_a_skip_without_the_hook(repo: Repo) -> None:
    done = run(repo, "push", "origin", "main", DEVKIT_SKIP="1")
    assert done.returncode == 0, done.stderr
    assert unverified(repo) == [repo.head]
    told = run(repo, "push", "origin", "main:refs/heads/more")
    assert told.returncode == 4
    assert "was let through to refs/heads/main unverified on" in told.stderr


def refuse(repo: Repo, *names: str) -> None:
    """Have `origin` reject these branches when they come, as a host does with protected ones."""
    hook = repo.path.parent / "origin.git/hooks/update"
    hook.write_text(f"#!/bin/sh\ncase $1 in {'|'.join(names)}) exit 1;; esac\n")
    hook.chmod(0o755)


@pytest.mark.parametrize("hook", [True, False])
def test_devkit_push_takes_back_what_has_not_arrived(repo: Repo, *, hook: bool) -> None:
    if hook:
        run(repo, "hook", "install")
    refuse(repo, "refs/heads/main")
    done = run(repo, "push", "origin", "main", DEVKIT_SKIP="1")
    assert done.returncode != 0
    assert "is not verified (DEVKIT_SKIP=1)" in done.stderr
    assert unverified(repo) == []


@pytest.mark.parametrize("hook", [True, False])
def test_what_has_arrived_in_part_stays_recorded(repo: Repo, *, hook: bool) -> None:
    if hook:
        run(repo, "hook", "install")
    refuse(repo, "refs/heads/main")
    done = run(repo, "push", "origin", "main", "main:refs/heads/work", DEVKIT_SKIP="1")
    assert (done.returncode, list(remote_refs(repo))) == (1, ["refs/heads/work"])
    assert unverified(repo) == [repo.head]


def test_what_arrived_before_stays_recorded(hooked: Repo) -> None:
    git_push(hooked, "origin", "main:refs/heads/work", DEVKIT_SKIP="1")
    refuse(hooked, "refs/heads/main")
    assert run(hooked, "push", "origin", "main", DEVKIT_SKIP="1").returncode != 0
    assert unverified(hooked) == [hooked.head]


def test_a_commit_needs_a_receipt_from_each_that_it_replaces(hooked: Repo) -> None:
    give_receipt(hooked)
    deployed = [hooked.head]
    git_push(hooked, "origin", "main")
    hooked.git("commit", "--quiet", "--allow-empty", "--message", "Same files")
    deployed.append(hooked.head)
    git_push(hooked, "origin", "main:production")
    hooked.commit({"f": "next"})
    give_receipt(hooked, old=deployed[0])
    done = git_push(hooked, "origin", "main", "main:production")
    assert done.returncode != 0
    assert f"not from {deployed[1][:12]}, which refs/heads/production has now" in done.stderr

    give_receipt(hooked, old=deployed[1])  # adds to the other
    status = json.loads(run(hooked, "--json", "hook", "status").stdout)
    assert deployed in [receipt["switched_from"] for receipt in status["receipts"]]
    line = f"; switched from {deployed[0][:12]}, {deployed[1][:12]}"
    assert line in run(hooked, "hook", "status").stdout
    done = git_push(hooked, "origin", "main", "main:production")
    assert done.returncode == 0, done.stderr
    assert set(remote_refs(hooked).values()) == {hooked.head}


def test_an_old_version_that_did_not_come_up_stands_for_itself_alone(hooked: Repo) -> None:
    give_receipt(hooked)
    git_push(hooked, "origin", "main", "main:production")
    deployed = hooked.head
    hooked.commit({"f": "next"})
    give_receipt(hooked, old=not_from(deployed))
    done = git_push(hooked, "origin", "main")
    assert done.returncode == 0, done.stderr
    assert f"but not from {deployed[:12]}, which could not be brought up; let" in done.stderr

    hooked.git("reset", "--quiet", "--hard", deployed)
    hooked.commit({"f": "third"})
    give_receipt(hooked, old=not_from(hooked.git("rev-parse", "origin/main")))
    assert git_push(hooked, "--force", "origin", "main").returncode == 0
    assert git_push(hooked, "origin", "main:production").returncode != 0


def test_a_tag_that_moves_is_switched_from_its_commit(hooked: Repo) -> None:
    give_receipt(hooked)
    deployed = hooked.head
    hooked.git("tag", "--annotate", "--message", "One", "now")
    git_push(hooked, "origin", "now")
    hooked.commit({"f": "next"})
    hooked.git("tag", "--annotate", "--message", "Two", "--force", "now")
    give_receipt(hooked, old=deployed)
    done = git_push(hooked, "--force", "origin", "now")
    assert done.returncode == 0, done.stderr


def test_status_tells_what_each_receipt_is_worth(repo: Repo) -> None:
    give_receipt(repo)
    repo.commit({"f": "2"})
    give_receipt(repo)
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")
    in_a_week = datetime.now().astimezone() + timedelta(days=7)
    said = run(repo, "hook", "status").stdout
    assert f"{repo.head[:12]} passed " in said
    assert f"in 134 s: good until {in_a_week:%Y-%m-%d}" in said
    assert "its commit is gone" in said
    states = json.loads(run(repo, "--json", "hook", "status").stdout)["receipts"]
    assert sorted(each["state"] for each in states) == ["good", "no_commit"]


def test_the_hook_with_a_receipt_imports_nothing_slow(repo: Repo) -> None:
    give_receipt(repo)
    line = f"refs/heads/main {repo.head} refs/heads/main {'0' * 40}\n"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "devkit", "hook", "run", "--folder", ".",
         "--", "origin", "../origin.git"],
        cwd=repo.path, env=environment(**GIT), input=line, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "was verified on" in done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "devkit.cli.pushed" in imported
    slow = {"typer", "pydantic", "rich", "yaml", "jinja2", "asyncio", "tempfile",
            "devkit.cli.rehearsing", "devkit.config.model", "devkit.dockerfile",
            "devkit.adoption"}  # fmt: skip
    assert not imported & slow


def test_an_expired_receipt_lets_nothing_through(hooked: Repo) -> None:
    give_receipt(hooked)
    (path,) = (hooked.path / ".git/devkit/receipts").iterdir()
    facts = json.loads(path.read_text())
    old = datetime.now(UTC) - timedelta(days=8)
    path.write_text(json.dumps(facts | {"passed_at": old.isoformat()}))
    assert ": expired" in run(hooked, "hook", "status").stdout
    assert "is rehearsed before the push" in git_push(hooked, "origin", "main").stderr
    path.write_text(json.dumps(facts | {"passed_at": old.isoformat(), "days": 30}))
    assert git_push(hooked, "origin", "main").returncode == 0


def test_a_hook_manager_that_was_there_before_is_not_run_in_a_circle(repo: Repo) -> None:
    """The former hook calls `devkit hook run` itself, as pre-commit and lefthook may."""
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec {sys.executable} -m devkit hook run --folder . -- "$@"\n')
    hook.chmod(0o755)
    run(repo, "hook", "install")
    give_receipt(repo)
    done = git_push(repo, "origin", "main")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("was verified on") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_real_push(number: int, repo: Repo) -> None:
    give_receipt(repo)
    started = repo.path.parent / "started"
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {started}\nexec sleep 60\n")
    hook.chmod(0o755)
    push = subprocess.Popen(
        [sys.executable, "-m", "devkit", "push", "origin", "main"], cwd=repo.path,
        env=environment(**GIT), start_new_session=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)  # noqa: TID251 - waits for another process
    os.killpg(push.pid, number)
    assert push.wait(20) == 128 + number
    assert remote_refs(repo) == {}
