"""pre-commit and lefthook themselves, as docs/hooks.md says to set them up, on real pushes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.functional.programs import NO_ENGINE, environment
from tests.functional.receipts import give_receipt
from tests.functional.repos import ENVIRONMENT, Repo, make_repo
from tests.shop import DOCKERFILE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GIT = {k: v for k, v in ENVIRONMENT.items() if k.startswith("GIT_")}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project whose first commit has a receipt, and two empty remotes."""
    made = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE, "devkit.yaml": "name: shop\n"})
    for name in ("origin", "other"):
        made.git("init", "--quiet", "--bare", f"../{name}.git")
        made.git("remote", "add", name, f"../{name}.git")
    return made


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"no {name}; script/bootstrap installs it")
    return found or pytest.skip(f"no {name}; script/bootstrap installs it")


def command(repo: Repo, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    home = str(repo.path.parent)  # pre-commit's own folder, and git's configuration
    env = environment(**{**GIT, **NO_ENGINE, "PATH": path, "HOME": home})
    env.pop("CI", None)  # lefthook installs nothing there
    return subprocess.run(
        words, cwd=repo.path, env=env, capture_output=True, text=True, check=False
    )


def checked(repo: Repo, *words: str) -> None:
    done = command(repo, *words)
    assert done.returncode == 0, done.stdout + done.stderr


def with_pre_commit(repo: Repo) -> None:
    """The published hook as it is, but for where devkit comes from: it is here already."""
    published: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (hook,) = published
    hook |= {"language": "system"}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    repo.commit({".pre-commit-config.yaml": json.dumps(config)})
    checked(repo, tool("pre-commit"), "install", "--hook-type", "pre-push")


def with_lefthook(repo: Repo) -> None:
    (snippet,) = re.findall(
        r"```yaml\n(# lefthook\.yml\n.*?)```", (ROOT / "docs/hooks.md").read_text(), re.DOTALL
    )
    repo.commit({"lefthook.yml": snippet})
    checked(repo, tool("lefthook"), "install")


MANAGERS = [with_pre_commit, with_lefthook]


@pytest.mark.parametrize("install", MANAGERS)
def test_a_push_is_judged_under_a_manager(install: Callable[[Repo], None], repo: Repo) -> None:
    install(repo)
    give_receipt(repo)
    first = command(repo, "git", "push", "origin", "main")
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{repo.head[:12]} was verified on" in first.stdout + first.stderr

    deployed = repo.head
    repo.commit({"f": "unverified"})
    for refspec in ("main", "main:refs/heads/new"):
        refused = command(repo, "git", "push", "origin", refspec)
        assert refused.returncode != 0
        assert f"{repo.head[:12]} has no receipt" in refused.stdout + refused.stderr

    give_receipt(repo, old=deployed)
    second = command(repo, "git", "push", "origin", "main")
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"{repo.head[:12]} was verified on" in second.stdout + second.stderr


def test_lefthook_hands_every_ref_on(repo: Repo) -> None:
    with_lefthook(repo)
    give_receipt(repo)
    first = repo.head
    repo.git("branch", "unverified")
    repo.git("switch", "--quiet", "unverified")
    repo.commit({"f": "unverified"})
    refused = command(repo, "git", "push", "other", "main", "unverified")
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert f"{first[:12]} was verified on" in said
    assert f"{repo.head[:12]} has no receipt" in said
    assert repo.git("ls-remote", "other") == ""


@pytest.mark.parametrize("install", MANAGERS)
def test_devkit_over_a_manager_that_runs_devkit(
    install: Callable[[Repo], None], repo: Repo
) -> None:
    install(repo)
    give_receipt(repo)
    checked(repo, sys.executable, "-m", "devkit", "hook", "install")
    pushed = command(repo, "git", "push", "origin", "main")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert (pushed.stdout + pushed.stderr).count("was verified on") == 2


@pytest.mark.parametrize("install", MANAGERS)
def test_skipping_under_a_manager_names_the_remote(
    install: Callable[[Repo], None], repo: Repo
) -> None:
    install(repo)
    env = command(repo, "env", "DEVKIT_SKIP=1", "git", "push", "origin", "main")
    assert env.returncode == 0, env.stdout + env.stderr
    record = json.loads((repo.path / f".git/devkit/skipped/{repo.head}.json").read_text())
    assert (record["remote"], record["remote_ref"]) == ("origin", "refs/heads/main")
